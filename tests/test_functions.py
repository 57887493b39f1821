"""A function or a constant that several notebooks define is the same in all, and can be copied."""

import ast
import sys

import pytest

from generator import functions, notebooks
from tests.conftest import read

HEADER = b"""---
jupytext: {text_representation: {extension: .md, format_name: myst}}
kernelspec: {name: python3, display_name: Python 3, language: python}
---

# A page: \xe7\xb7\x9a\xe5\xbd\xa2
"""
FIRST = (
    HEADER
    + b"""
```{code-cell} ipython3
import functools

RATE = 0.1; OTHER = 1  # of this page


@functools.cache
def softmax(x):
    \"\"\"Return \xe2\x80\x9cprobabilities\xe2\x80\x9d.\"\"\"

    # The largest first.
    return x


print(softmax(RATE))
```
"""
)
SECOND = (
    HEADER
    + b"""
def softmax(x): in prose, and `RATE = 3`; no newline at the end

```python
RATE = 5
def softmax(x):
    return "not run"
```

```{code-cell} ipython3
---
tags: [hide-input]
mystnb: {image: {alt: RATE = 4}}
---
print("\xc3\xa9"); RATE = 0.2  # its own remark
TABLE = {}
TABLE[0] = RATE
```

```{code-cell} ipython3
:tags: [hide-input]
def softmax(x):
    return 2 * x
softmax(1)
```

The end."""
)
THIRD = HEADER + b"\n```{code-cell} ipython3\nprint(1)\n```\n"


def test_a_name_means_one_thing():
    first = {}
    shared = 0
    for page in notebooks.pages():
        for cell in notebooks.code_cells(read(page)):
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
    trees = [ast.parse(cell.source) for cell in notebooks.code_cells(notebooks.read_source(page))]
    names = [name for tree in trees for name, _ in functions.named(tree)]
    assert list(functions.definitions(page, page.read_bytes())) == list(dict.fromkeys(names))


@pytest.fixture
def book(tmp_path, monkeypatch):
    """The folder of a book with three pages, of which the first two define RATE and softmax."""
    tmp_path = tmp_path.resolve()
    monkeypatch.setattr(notebooks, "ROOT", tmp_path)
    pages = {"first": FIRST, "second": SECOND, "third": THIRD}
    names = "".join(f"  - file: {name}\n" for name in pages)
    (tmp_path / "_toc.yml").write_text(f"format: jb-book\nroot: intro\nchapters:\n{names}")
    (tmp_path / "intro.md").write_text("# Introduction\n")
    for name, content in pages.items():
        (tmp_path / f"{name}.md").write_bytes(content)
    return tmp_path


@pytest.fixture
def run(monkeypatch):
    """Return a function that runs the command: what it returns is what is wrong, or None."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["functions", *map(str, arguments)])
        return functions.main()

    return run


def content(book):
    """Return the content of every file of a folder."""
    return {file.name: file.read_bytes() for file in book.iterdir()}


CHANGED = SECOND.replace(b"RATE = 0.2", b"RATE = 0.1").replace(
    b"def softmax(x):\n    return 2 * x",
    FIRST[FIRST.index(b"@functools") : FIRST.index(b"\n\n\nprint")],
)


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_definitions_are_copied_and_nothing_else(book, run, capsys, newline):
    before = content(book) | {"second.md": CHANGED.replace(b"\n", newline)}
    (book / "second.md").write_bytes(SECOND.replace(b"\n", newline))
    assert run("softmax", "RATE") is None
    assert content(book) == before
    assert capsys.readouterr().out == "second.md: changed\nnext: make notebooks\n"
    assert run("softmax", "RATE") is None
    assert content(book) == before
    assert capsys.readouterr().out == "all pages agree already\n"


def test_another_page_can_be_the_source(book, run):
    before = content(book)
    assert run("--from", book / "second.md", "RATE") is None
    assert content(book) == before | {"first.md": FIRST.replace(b"RATE = 0.1", b"RATE = 0.2")}


def test_shared_names_are_listed(book, run, capsys):
    assert run("--list") is None
    assert capsys.readouterr().out == "RATE: first, second\nsoftmax: first, second\n"


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["RATE", "gone"], "no page has gone"),
        (["RATE", "OTHER"], "only first has OTHER"),
        (["RATE", "--from", "third"], "third has no RATE"),
    ],
)
def test_what_cannot_be_copied_changes_no_page(book, run, arguments, said, monkeypatch):
    monkeypatch.chdir(book)
    before = content(book)
    assert run(*arguments) == said
    assert content(book) == before


def test_two_definitions_in_one_page_are_refused(book, run):
    (book / "third.md").write_bytes(THIRD.replace(b"print(1)", b"RATE = 1\nRATE = 2"))
    assert run("RATE") == "third has RATE more than once"


def test_code_that_is_none_is_told_with_its_line(book, run):
    (book / "third.md").write_bytes(THIRD.replace(b"print(1)", b"print(1)\nRATE ="))
    assert run("RATE") == "third.md, line 10: invalid syntax"
