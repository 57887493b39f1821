"""A function or a constant that several notebooks define is the same in all, and can be copied."""

import ast
import sys

import pytest

from generator import functions, notebooks
from tests.conftest import read

CELL = "\n```{{code-cell}} ipython3\n---\ntags: [{tag}]\n---\n{code}\n```\n"
SOFTMAX = '@functools.cache\ndef softmax(x):\n    """Return “probabilities”."""\n\n    return x'
FIRST = "# A page: 線形\n" + CELL.format(
    tag="x", code=f"import functools\n\nRATE = 0.1; OTHER = 1  # of this page\n\n\n{SOFTMAX}"
)
SECOND = (
    "def softmax(x): in prose, and `RATE = 3`\n\n```python\nRATE = 5\n```\n"
    + CELL.format(tag="your-turn", code="def softmax(x):\n    return ...")
    + CELL.format(tag="RATE = 4", code='print("é"); RATE = 0.2  # its own remark')
    + CELL.format(tag="x", code="def softmax(x):\n    return 2 * x\nsoftmax(1)")
    + "The end."
)
CHANGED = SECOND.replace("RATE = 0.2", "RATE = 0.1").replace(
    "def softmax(x):\n    return 2 * x", SOFTMAX
)


def with_names(notebook):
    """Return the code cells of a notebook less the places to answer."""
    cells = notebooks.code_cells(notebook)
    return [cell for cell in cells if "your-turn" not in cell.metadata.get("tags", [])]


def test_a_name_means_one_thing():
    first = {}
    shared = 0
    for page in notebooks.pages():
        for cell in with_names(read(page)):
            for name, node in functions.named(ast.parse(cell.source)):
                text = [ast.unparse(d) for d in getattr(node, "decorator_list", [])]
                text.append(ast.get_source_segment(cell.source, node))
                known, where = first.setdefault(name, (text, page))
                remedy = f"run python -m generator.functions {name}"
                places = f"{notebooks.name(where)} and {notebooks.name(page)}"
                assert text == known, f"{name} differs between {places}: {remedy}"
                shared += where != page
    assert shared >= 10, "the notebooks share functions; none was found"


def test_the_command_finds_in_a_page_what_its_notebook_defines(page):
    trees = [ast.parse(cell.source) for cell in with_names(notebooks.read_source(page))]
    names = [name for tree in trees for name, _ in functions.named(tree)]
    assert list(functions.definitions(page, page.read_bytes())) == list(dict.fromkeys(names))


@pytest.fixture
def book(tmp_path, monkeypatch):
    """The folder of a book with two pages, which both define RATE and softmax."""
    monkeypatch.setattr(notebooks, "ROOT", tmp_path.resolve())
    monkeypatch.chdir(tmp_path)
    toc = "format: jb-book\nroot: first\nchapters:\n  - file: second\n"
    (tmp_path / "_toc.yml").write_text(toc)
    (tmp_path / "first.md").write_bytes(FIRST.encode())
    (tmp_path / "second.md").write_bytes(SECOND.encode())
    return tmp_path


@pytest.fixture
def run(monkeypatch):
    """Return a function that runs the command: what it returns is what is wrong, or None."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["functions", *arguments])
        return functions.main()

    return run


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_definitions_are_copied_and_nothing_else(book, run, capsys, newline):
    first, second = book / "first.md", book / "second.md"
    second.write_bytes(SECOND.replace("\n", newline).encode())
    assert run("softmax", "RATE") is None
    assert capsys.readouterr().out == "second.md: changed\nnext: make notebooks\n"
    assert second.read_bytes().decode() == CHANGED.replace("\n", newline)
    assert run("--from", "second.md", "RATE") is None
    assert run("--list") is None
    said = "all pages agree already\nRATE: first, second\nsoftmax: first, second\n"
    assert capsys.readouterr().out == said
    assert first.read_bytes() == FIRST.encode()


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["RATE", "gone"], "no page has gone"),
        (["RATE", "OTHER"], "only first has OTHER"),
        (["RATE", "--from", "intro"], "intro has no RATE"),
        (["TWICE"], "first has TWICE more than once"),
        (["BROKEN"], "second.md, line 11: invalid syntax"),
    ],
)
def test_what_cannot_be_copied_changes_no_page(book, run, arguments, said):
    with (book / "first.md").open("a") as first:
        first.write(CELL.format(tag="x", code="TWICE = 1\nTWICE = 2"))
    with (book / "second.md").open("a") as second:
        second.write(CELL.format(tag="x", code="TWICE = 3"))
    if arguments == ["BROKEN"]:
        (book / "second.md").write_text(CELL.format(tag="x", code="\n\n\n\n\nBROKEN ="))
    before = [file.read_bytes() for file in book.glob("*.md")]
    assert run(*arguments) == said
    assert [file.read_bytes() for file in book.glob("*.md")] == before
