"""The mutants are what the page says, few are missed, and each reason fits a survivor."""

import pytest

import notebooks
import operators
import report
import tables

EMPTY = dict.fromkeys(["notebook", "digest", "sample", "cell", "before", "after", "caught"], "")
EXAMPLES = [(kind, example) for kind in operators.OWN for example in kind.examples()]


@pytest.mark.parametrize("kind, example", EXAMPLES)
def test_own_operators_do_what_their_examples_say(kind, example):
    code = example.pre_mutation_code
    assert operators.mutate_code(code, kind(), example.occurrence) == example.post_mutation_code


def test_each_named_kind_of_change_is_made():
    source = "for k in range(3):\n    total += f(-x, dim=1) * 0.5 < 2\n"
    found = operators.places(source)
    changed = {operators.mutate(source, *mutant) for place in found.values() for mutant in place}
    for line in ("for k in []:", "total -= f(-x, dim=1) * 0.5 < 2", "total += f(+x, dim=1) * 0.5 < 2",
                 "total += f(-x, dim= 2) * 0.5 < 2", "total += f(-x) * 0.5 < 2", "    pass",
                 "total += f(-x, dim=1) / 0.5 < 2", "total += f(-x, dim=1) * 0.5 <= 2"):
        assert any(line in mutant for mutant in changed if mutant), line
    assert source not in changed


def test_no_mutant_is_broken_or_the_same_program():
    assert operators.mutate("x = (1)", "NumberReplacer", 0) == "x = ( 2)"
    assert operators.mutate("def f(*, a): pass", "ReplaceBinaryOperator_Mul_Add", 0) is None
    assert operators.mutate("x = 10 ** 2", "ReplaceBinaryOperator_Pow_Mul", 0) == "x = 10 * 2"


def test_a_survivor_without_a_reason_is_named(capsys):
    row = EMPTY | {"notebook": "chapters/a", "before": "x = 1", "after": "x = 2"}
    caught = row | {"caught": "output"}
    assert report.fate(row, {}) == "missed"
    assert report.fate(row, {("chapters/a", "x = 1", "x = 2"): "why"}) == "equivalent"
    assert report.fate(caught, {}) == "output"
    assert report.judge([row, caught]) == 1
    assert "chapters/a, cell : not caught:\n  - x = 1\n  + x = 2\n" in capsys.readouterr().out


def test_all_notebooks_were_measured_and_at_most_one_mutant_in_twenty_is_missed():
    rows = tables.read(report.RESULTS)
    assert {row["notebook"] for row in rows} == {notebooks.name(page) for page in notebooks.pages()}
    assert report.summary(rows)[-1][report.SCORE] >= 95


def test_every_reason_has_a_survivor():
    assert not report.unused(tables.read(report.RESULTS))


def test_limits_are_those_of_the_wilson_interval(html, site):
    # Newcombe, Statistics in Medicine 17 (1998), table I
    assert [round(limit, 2) for limit in report.limits(81, 263)] == [25.53, 36.62]
    assert [round(limit, 2) for limit in report.limits(0, 20)] == [0, 16.11]
    words = " ".join(html[site / "mutation.html"].select_one("article").text.split())
    for line in report.errors_of_sample(tables.read(report.RESULTS)).splitlines():
        assert line.removeprefix("- ") in words


def test_counts_of_all_mutants_are_printed(capsys):
    row = EMPTY | {"notebook": "chapters/linear-concise"}
    report.print_counts([row, row | {"caught": "output"}, row | {"caught": "error"}])
    assert "all: 2 of 3 mutants caught, 66.7 %\n" in capsys.readouterr().out


def test_alt_text_says_the_finding(html, site):
    total = report.summary(tables.read(report.RESULTS))[-1]
    alt = html[site / "mutation.html"].select_one("article img")["alt"]
    assert f"{total[report.SCORE]:.1f} % of those not judged equivalent. A bar" in alt
