"""A build, a run or an installation that is killed half-way leaves nothing that misleads."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from generator import notebooks
from disks import full_disk, read_only

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it needs make, sh and signals")

FOLDERS = ["_ext", "_static", "_templates", "benchmarks", "explorables", "requirements"]
FILES = ["Makefile", "_config.yml", "notebooks.py"]
TOC = "format: jb-book\nroot: intro\nchapters:\n  - file: chapters/first\n  - file: chapters/second\n"
PAGE = """---
jupytext: {{text_representation: {{extension: .md, format_name: myst}}}}
kernelspec: {{name: python3, display_name: Python 3, language: python}}
---

# The page {name}

```{{code-cell}} ipython3
{code}
```
"""
# An extension of Sphinx that kills the build once, at the place that the file `kill` names.
KILLER = """
import os, signal
from pathlib import Path

write_text, order = Path.write_text, Path(__file__).parents[1] / "kill"

def kill_at(place, file=None):
    if order.exists() and order.read_text() == place:
        order.unlink()
        if file:
            open(file, "w")  # which leaves an empty file until something is written
        os.kill(0, signal.SIGKILL)  # make, and the workers of Sphinx, too

def write(path, *arguments, **options):
    if path.name == "base.ipynb":  # of jupyter-cache
        kill_at("while the cache is primed")
    return write_text(path, *arguments, **options)

def in_page(app, pagename, *rest):
    if pagename == "chapters/second":
        kill_at("while the pages are written", Path(app.outdir, pagename + ".html"))

def setup(app):
    Path.write_text = write
    app.connect("html-page-context", in_page)
"""


def write_page(book, name, code):
    """Write a page with one code cell; return its path."""
    page = book / "chapters" / f"{name}.md"
    page.write_text(PAGE.format(name=name, code=code))
    return page


@pytest.fixture
def book(tmp_path):
    """A book of three small pages, two of them notebooks that were run, with our machinery."""
    book = tmp_path / "book"
    for name in FOLDERS:
        shutil.copytree(notebooks.ROOT / name, book / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(notebooks.ROOT / name, book)
    (book / "_toc.yml").write_text(TOC)
    (book / "intro.md").write_text("# Introduction\n\n![Bands](_build/banner.svg)\n")
    (book / "chapters").mkdir()
    for name in "first", "second":
        page = write_page(book, name, "print(6 * 7)")
        notebook = notebooks.read_source(page)
        output = nbformat.v4.new_output("stream", name="stdout", text="42\n")
        notebook.cells[-1].update(execution_count=1, outputs=[output])
        notebooks.write(notebook, page.with_suffix(".ipynb"))
    return book


def run(*command, book):
    """Run a command in the book; return exit code, output and errors."""
    options = dict(capture_output=True, text=True, start_new_session=True, timeout=300)
    done = subprocess.run(command, cwd=book, **options)
    return done.returncode, done.stdout, done.stderr


def make_book(book):
    """Run `make book` with this environment and return the same as run."""
    if not (book / ".venv").exists():
        (book / ".venv").symlink_to(sys.prefix)
    return run("make", "book", "--old-file=.venv/book", book=book)


def site(book):
    """Return the bytes of each file of the site."""
    folder = book / "_build/html"
    return {f.relative_to(folder): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


def test_build_that_was_killed_gives_the_same_site_when_started_again(book):
    (book / "_ext/killer.py").write_text(KILLER)
    config = book / "_config.yml"
    settings = config.read_text().replace("    book: _ext\n", "    book: _ext\n    killer: _ext\n")
    config.write_text(settings.replace("      - book\n", "      - book\n      - killer\n"))
    code, output, errors = make_book(book)
    assert (code, errors) == (0, "")
    whole = site(book)
    shutil.rmtree(book / "_build")
    for place in "while the cache is primed", "while the pages are written":
        (book / "kill").write_text(place)
        assert make_book(book)[0] == -signal.SIGKILL, f"it was not killed {place}"
    assert (book / "_build/html/chapters/second.html").read_text() == ""
    code, output, errors = make_book(book)
    assert (code, errors) == (0, "")
    again = site(book)
    assert [name for name in whole.keys() | again.keys() if whole.get(name) != again.get(name)] == []



def generate(book, *arguments):
    """Run the book's notebooks.py and return the same as run."""
    return run(sys.executable, "notebooks.py", *arguments, book=book)


def test_killed_run_leaves_the_notebook_and_can_be_repeated(book):
    notebook = book / "chapters/first.ipynb"
    before = notebook.read_bytes()
    # The parent of the kernel is notebooks.py.
    write_page(book, "first", "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)")
    assert generate(book)[0] == -signal.SIGKILL
    assert notebook.read_bytes() == before
    assert not list(book.rglob("*.part"))
    write_page(book, "first", "print(6 * 7 + 1)")
    code, output, errors = generate(book)
    assert (code, errors) == (0, "") and "chapters/first.md: executed" in output
    assert generate(book, "--check") == (0, "", "")
    assert nbformat.read(notebook, as_version=4).cells[-1].outputs[0].text == "43\n"


def cut_short(notebook):
    """Leave the first half of a notebook."""
    notebook.write_bytes(notebook.read_bytes()[: notebook.stat().st_size // 2])


def flip_a_bit(notebook):
    """Make a letter a byte that no text holds."""
    content = bytearray(notebook.read_bytes())
    content[content.index(b"page")] ^= 0x80
    notebook.write_bytes(content)


def lose_a_key(notebook):
    """Misspell the name of a part of a cell."""
    notebook.write_bytes(notebook.read_bytes().replace(b'"outputs"', b'"outputt"'))


@pytest.mark.parametrize("damage", [Path.unlink, cut_short, flip_a_bit, lose_a_key])
def test_damaged_notebook_is_called_stale(book, damage):
    damage(book / "chapters/first.ipynb")
    code, output, errors = generate(book, "--check")
    assert (code, output) == (1, "")
    assert errors == "chapters/first.md: its notebook is stale; run `make notebooks`\n"


def test_notebook_older_than_its_page_stops_the_build(book):
    write_page(book, "first", "print(6 * 9)")
    code, output, errors = make_book(book)
    assert code != 0
    assert errors.splitlines()[0] == "chapters/first.md: its notebook is stale; run `make notebooks`"
    assert len(errors.splitlines()) == 2, "make adds a line of its own"
    assert not (book / "_build").exists()


def test_notebook_that_cannot_be_written_is_left_as_it_was(book, tmp_path):
    # On a disk that holds the book's machinery and pages, and little more.
    small = tmp_path / "small"
    small.mkdir()
    source = tmp_path / "source"
    for name in "chapters", "intro.md", "notebooks.py", "_toc.yml", "_config.yml":
        copy = shutil.copytree if (book / name).is_dir() else shutil.copy
        source.mkdir(exist_ok=True)
        copy(book / name, source / name)
    page = source / "chapters/first.md"
    page.write_text(page.read_text() + "A new text. " * 20_000)
    notebook = source / "chapters/first.ipynb"
    before = notebook.read_bytes()
    command = [*full_disk(small, source, kilobytes=350), sys.executable, small / "notebooks.py"]
    code, output, errors = run(*command, book=book)
    assert (code, output) == (1, "")
    assert "chapters/first.md: its notebook is as it was" in errors
    assert errors.endswith(": free disk space, or make its folder writable\n")
    assert len(errors.splitlines()) == 1
    assert notebook.read_bytes() == before
    assert not list(source.rglob("*.part"))


def test_notebook_in_a_read_only_folder_is_told_in_one_line(book, capsys, monkeypatch):
    page = book / "chapters/first.md"
    page.write_text(page.read_text() + "\nA new text.\n")
    monkeypatch.setattr(notebooks, "ROOT", book)
    with read_only(book / "chapters"):
        work, success = notebooks.renew_texts([page], check=False)
    assert (work, success) == ([], False)
    remedy = "its notebook is as it was (Permission denied): free disk space, or make its folder writable"
    assert capsys.readouterr().err == f"chapters/first.md: {remedy}\n"


def test_installation_that_was_killed_is_not_taken_for_complete(book):
    # An installer that notes its arguments, and dies with make the first time.
    binaries = book / ".venv/bin"
    binaries.mkdir(parents=True)
    uv = binaries / "uv"
    uv.write_text('#!/bin/sh\necho "$@" >> calls\ntest -e again || { touch again; kill -9 0; }\n')
    uv.chmod(0o755)
    install = ["make", ".venv/book", "--old-file=.venv/uv"]
    assert run(*install, book=book)[0] == -signal.SIGKILL
    assert not (book / ".venv/book").exists()
    assert run(*install, book=book)[0] == 0
    assert (book / ".venv/book").exists()
    os.utime(book / "requirements/book.txt")  # a newer lock
    assert run(*install, book=book)[0] == 0
    calls = (book / "calls").read_text().splitlines()
    assert ["--reinstall" in call for call in calls] == [False, True, False]
