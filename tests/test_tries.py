"""Each exercise can be tried: two hints, a place to answer, a check that tells right from wrong."""

import ast
import base64
import contextlib
import io
import linecache
import re
import sys
from functools import cache
from itertools import pairwise

import pytest
import yaml

from generator import notebooks
from tests import compare_figures, conftest
from web import exercises

PAGES = [page for page in notebooks.pages() if page.parent.name == "exercises"]
UNTRIED = re.compile(r"(.+): nothing tried yet\n")


def tagged(page, tag):
    """Return the code cells of the notebook of a page that have a tag."""
    cells = notebooks.code_cells(conftest.read(page))
    return [cell for cell in cells if tag in cell.metadata.get("tags", [])]


def turns(page):
    """Return each place to answer of a page with its check: label -> (cell, check cell)."""
    cells = notebooks.code_cells(conftest.read(page))
    found = {}
    for cell, check in pairwise(cells):
        if "your-turn" in cell.metadata.get("tags", []):
            assert "check" in check.metadata.get("tags", []), cell.source
            found[UNTRIED.fullmatch(check.outputs[0]["text"])[1]] = cell, check
    return found


@cache
def passing():
    """Return the code in the answers that passes the checks: label -> code."""
    answers = [page for page in notebooks.pages() if page.parent.name == "solutions"]
    title = "# @title Passes the check of "
    cells = [cell.source for page in answers for cell in tagged(page, "passes")]
    assert all(source.startswith(title) for source in cells)
    return {s.splitlines()[0].removeprefix(title): s for s in cells}


def attempts(page):
    """Return the attempts at the exercises of a page: label -> (right ones, wrong ones).

    The first right one is the code of the answer, if there is an answer; others may stand beside
    the wrong ones.
    """
    file = notebooks.ROOT / "tests" / "tries" / f"{page.stem}.yml"
    tries, found = yaml.safe_load(file.read_text("utf-8")), {}
    for label, entry in tries.items():
        answer = [passing()[label]] if label in passing() else []
        if isinstance(entry, dict):
            assert isinstance(entry["right"], list), f"{label}: right: takes a list"
            found[label] = answer + entry["right"], entry["wrong"]
        else:
            found[label] = answer, entry
    return found


TRIES = [
    pytest.param(
        *(page, label, right, wrong),
        id=label,
        marks=pytest.mark.training if "train_softmax(" in str((right, wrong)) else (),
    )
    for page in PAGES
    for label, (right, wrong) in attempts(page).items()
]
each_page = pytest.mark.parametrize("asks", PAGES, ids=notebooks.name)


@each_page
def test_each_turn_is_tried_below(asks):
    assert turns(asks).keys() == attempts(asks).keys()


@each_page
def test_exercise_has_two_hints_and_a_turn_for_each_part(asks):
    labels = list(turns(asks))
    for exercise in exercises.asked(asks):
        hints = re.findall(
            r"<details>\s*<summary>(.+?)</summary>(.+?)</details>", exercise.text, re.DOTALL
        )
        assert [title for title, _ in hints] == ["Hint 1", "Hint 2"], exercise.number
        assert all(len(hint.split()) >= 8 for _, hint in hints)
        parts = [f"{exercise.number} ({letter})" for letter in exercise.parts]
        for part in parts or [exercise.number]:
            assert any(re.fullmatch(re.escape(part) + r"(, \w+)?", turn) for turn in labels), part


@each_page
def test_a_choice_does_not_show_its_key(asks):
    text = asks.read_text("utf-8")
    for cell in tagged(asks, "check"):
        for call in ast.walk(ast.parse(cell.source)):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "choose":
                verdicts = base64.b64decode(call.args[2].value).decode().split("|")
                assert sum(verdict.startswith("right. ") for verdict in verdicts) == 1
                assert len(verdicts) >= 3 and not any(verdict in text for verdict in verdicts)


@pytest.fixture(scope="module")
def namespaces():
    """What each page defines, by page; made once."""
    return {}


def judged(code, check, namespace):
    """Return what a check prints after code, both run in a copy of namespace, as in Jupyter."""
    cell, printed = f"<answer {len(linecache.cache)}>", io.StringIO()
    linecache.cache[cell] = len(code), None, code.splitlines(True), cell
    namespace = dict(namespace)
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(code, cell, "exec"), namespace)
    with contextlib.redirect_stdout(printed):
        exec(check, namespace)
    return printed.getvalue()


@pytest.mark.parametrize("asks, label, right, wrong", TRIES)
def test_check_tells_right_from_wrong(asks, label, right, wrong, namespaces, monkeypatch):
    if sys.platform == "win32" and asks.stem == compare_figures.MLX:
        pytest.skip("MLX was not tried on Windows")
    assert right, f"nothing passes the check of {label}"
    if asks not in namespaces:
        namespaces[asks] = notebooks.definitions(asks)
    monkeypatch.chdir(asks.parent)  # as its notebook, which finds the data from there
    _, check = turns(asks)[label]

    def verdict(code):
        return " ".join(judged(code, check.source, namespaces[asks]).split())

    assert check.outputs[0]["text"] == f"{label}: nothing tried yet\n"
    for attempt in right:
        assert verdict(attempt).startswith(f"{label}: right"), attempt
    assert len(wrong) >= 2
    for attempt in wrong:
        said = verdict(attempt["code"])
        assert attempt["says"] in said and not said.startswith(f"{label}: right"), said
