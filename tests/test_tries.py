"""Each exercise can be tried: hints in two steps, and a check that sees right from wrong."""

import re
import sys
from itertools import pairwise

import pytest
import yaml

from generator import notebooks
from tests import compare_figures, conftest
from tests.test_answers import EXERCISES

FOLDER = notebooks.ROOT / "tests" / "tries"
TRIES = [
    pytest.param(notebooks.ROOT / f"chapters/{file.stem}.md", label, attempts, id=label)
    for file in sorted(FOLDER.glob("*.yml"))
    for label, attempts in yaml.safe_load(file.read_text("utf-8")).items()
]
CHAPTERS = sorted({chapter for chapter, *_ in (param.values for param in TRIES)})
UNTRIED = re.compile(r"(.+): nothing tried yet\n")


def turns(page):
    """Return the cells of each 'your turn' of a page: label -> (answer cell, check cell)."""
    cells = notebooks.code_cells(conftest.read(page))
    found = {}
    for cell, check in pairwise(cells):
        if "your-turn" in cell.metadata.get("tags", []):
            assert "check" in check.metadata.get("tags", []), cell.source
            found[UNTRIED.fullmatch(check.outputs[0]["text"])[1]] = cell, check
    return found


each_chapter = pytest.mark.parametrize("chapter", CHAPTERS, ids=notebooks.name)


@each_chapter
def test_each_turn_is_tried_below(chapter):
    labels = [label for source, label, _ in (param.values for param in TRIES) if source == chapter]
    assert labels and set(turns(chapter)) == set(labels)


@each_chapter
def test_checks_are_folded(chapter):
    checks = [c for c in notebooks.code_cells(conftest.read(chapter)) if "# @title" in c.source]
    assert checks
    for cell in checks:
        assert cell.metadata["tags"] == ["check", "hide-input"], cell.source
        assert cell.metadata["cellView"] == "form", cell.source
        assert cell.metadata["jupyter"] == {"source_hidden": True}, cell.source


@pytest.mark.parametrize(
    "exercise, section, parts", EXERCISES, ids=[name for name, *_ in EXERCISES]
)
def test_exercise_has_two_hints_and_a_turn_for_each_part(exercise, section, parts):
    page = notebooks.ROOT / f"chapters/{section['name']}.md"
    text = page.read_text("utf-8").split(f"\n### {exercise} ", 1)[1].split("\n### ", 1)[0]
    hints = re.findall(r"<details>\s*<summary>(.+?)</summary>(.+?)</details>", text, re.DOTALL)
    assert [title for title, _ in hints] == ["Hint 1", "Hint 2"]
    assert all(len(hint.split()) >= 8 for _, hint in hints)
    labels = [exercise] if parts == 1 else [f"{exercise} ({letter})" for letter in "abcde"[:parts]]
    for label in labels:
        assert any(re.fullmatch(re.escape(label) + r"(, \w+)?", turn) for turn in turns(page)), (
            label
        )


@pytest.fixture(scope="module")
def namespaces():
    """What each page defines, by page; made once."""
    return {}


@pytest.mark.parametrize("chapter, label, attempts", TRIES)
def test_check_tells_right_from_wrong(chapter, label, attempts, namespaces, capsys):
    if sys.platform == "win32" and chapter.stem == compare_figures.MLX.stem:
        pytest.skip("MLX was not tried on Windows")
    if chapter not in namespaces:
        namespaces[chapter] = notebooks.definitions(chapter)
    _, check = turns(chapter)[label]

    def verdict(code):
        namespace = dict(namespaces[chapter])
        exec(code, namespace)
        capsys.readouterr()
        exec(check.source, namespace)
        return " ".join(capsys.readouterr().out.split())

    assert check.outputs[0]["text"] == f"{label}: nothing tried yet\n"
    assert verdict(attempts["right"]).startswith(f"{label}: right")
    assert len(attempts["wrong"]) >= 2
    for attempt in attempts["wrong"]:
        said = verdict(attempt["code"])
        assert attempt["says"] in said and not said.startswith(f"{label}: right"), said
