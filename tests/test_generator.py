"""The generator of notebooks: nothing is lost, nothing gets in, faults are told in one line."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from generator import notebooks

TOC = "format: jb-book\nroot: intro\nchapters:\n  - file: chapters/first\n"
PAGE = """---
jupytext: {{text_representation: {{extension: .md, format_name: myst}}}}
kernelspec: {{name: python3, display_name: Python 3, language: python}}
---

# A page

```{{code-cell}} ipython3
{code}
```
"""
FIGURE = """---
mystnb: {image: {alt: A straight line from the origin upwards}}
---
import matplotlib.pyplot as plt
fig, ax = plt.subplots(figsize=(2, 1))
ax.plot([0, 1])
plt.show()"""


@pytest.fixture
def small(tmp_path):
    """The one page of a book of its own, whose notebook was run; with our generator."""
    shutil.copytree(notebooks.ROOT / "generator", tmp_path / "generator")
    shutil.copy(notebooks.ROOT / "_config.yml", tmp_path)
    (tmp_path / "_toc.yml").write_text(TOC)
    (tmp_path / "intro.md").write_text("# Introduction\n")
    data = tmp_path / "data/FashionMNIST"
    (data / "raw").mkdir(parents=True)
    (data / "SHA256SUMS").write_text("")
    small = tmp_path / "chapters/first.md"
    small.parent.mkdir()
    write(small, "print(6 * 7)")
    notebook = notebooks.read_source(small)
    output = nbformat.v4.new_output("stream", name="stdout", text="42\n")
    notebook.cells[-1].update(execution_count=1, outputs=[output])
    notebooks.write(notebook, small.with_suffix(".ipynb"))
    return small


def write(small, code):
    """Write the page with one code cell."""
    small.write_text(PAGE.format(code=code))


def generate(small, *arguments, **options):
    """Run the generator on the book of a page; return exit code, output and errors."""
    command = [sys.executable, "-m", "generator.notebooks", *arguments]
    done = subprocess.run(command, cwd=small.parents[1], capture_output=True, text=True, **options)
    return done.returncode, done.stdout, done.stderr


def stored(small):
    """Return the output that the notebook of the page stores first."""
    return nbformat.read(small.with_suffix(".ipynb"), as_version=4).cells[-1].outputs[0]


on_posix = pytest.mark.skipif(sys.platform == "win32", reason="it needs signals and limits")
STALE = "chapters/first.md: its notebook is stale; run `make notebooks`"


@on_posix
def test_killed_run_leaves_the_notebook_and_can_be_repeated(small):
    before = small.with_suffix(".ipynb").read_bytes()
    # The parent of the kernel is the generator.
    write(small, "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)")
    assert generate(small)[0] == -signal.SIGKILL
    assert small.with_suffix(".ipynb").read_bytes() == before
    assert not list(small.parent.glob("*.part"))
    write(small, "print(6 * 7 + 1)")
    assert generate(small)[::2] == (0, "")
    assert generate(small, "--check") == (0, "", "")
    assert stored(small).text == "43\n"


DAMAGES = {
    "removed": Path.unlink,
    "cut short": lambda file: file.write_bytes(file.read_bytes()[:300]),
    "no text": lambda file: file.write_bytes(b"\xf0"),
    "no notebook": lambda file: file.write_text("[1, 2]"),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_damaged_notebook_is_called_stale_and_repaired(small, damage):
    damage(small.with_suffix(".ipynb"))
    assert generate(small, "--check") == (1, "", STALE + "\n")
    assert generate(small)[::2] == (0, "")
    assert stored(small).text == "42\n"


def answer(notebook):
    """Type an answer into a cell, as a reader does."""
    notebook.cells[-1].source = "print('my answer')"


def attach(notebook):
    """Attach a picture to the text."""
    notebook.cells[0].attachments = {"picture.png": {"image/png": "AAAA"}}


def lose_ids(notebook):
    """Save it in the format of Colab, which has no ids."""
    notebook.nbformat_minor = 4
    for cell in notebook.cells:
        del cell["id"]


@pytest.mark.parametrize("change", [answer, attach, lose_ids])
def test_notebook_that_a_person_changed_is_kept(small, change):
    file = small.with_suffix(".ipynb")
    notebook = nbformat.read(file, as_version=4)
    change(notebook)
    file.write_text(nbformat.writes(notebook))
    theirs = file.read_bytes()
    code, _, errors = generate(small, "--check")
    assert (code, errors) == (1, f"{STALE}, which keeps what was changed by hand as .ipynb~\n")
    for name in "first.ipynb~", "first.ipynb~2":
        file.write_bytes(theirs)
        code, output, _ = generate(small)
        assert code == 0 and f"kept as {name}\n" in output
        assert file.with_name(name).read_bytes() == theirs
        assert stored(small).text == "42\n"


@on_posix
def test_notebook_that_cannot_be_written_is_left_as_it_was(small):
    import resource

    small.write_text(small.read_text() + "A new text. " * 20_000)
    before = small.with_suffix(".ipynb").read_bytes()
    # A limit on the size of a file stands for a full disk; it binds root too.
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
    code, output, errors = generate(small, preexec_fn=limit)
    assert (code, output) == (1, "")
    assert errors.startswith("chapters/first.md: its notebook is as it was (File too large)")
    assert errors.count("\n") == 1
    assert small.with_suffix(".ipynb").read_bytes() == before
    assert not list(small.parent.glob("*.part"))


def test_settings_of_a_person_reach_no_output(small, tmp_path):
    home = tmp_path / "home"
    profile = home / ".ipython/profile_default"
    profile.mkdir(parents=True)
    (profile / "ipython_config.py").write_text("c.InlineBackend.figure_formats = {'png'}\n")
    (home / ".config/matplotlib").mkdir(parents=True)
    (home / ".config/matplotlib/matplotlibrc").write_text("figure.dpi: 20\n")
    write(small, FIGURE)
    assert generate(small)[::2] == (0, "")
    plain = stored(small).data
    small.with_suffix(".ipynb").unlink()
    theirs = {"HOME": str(home), "MPLBACKEND": "agg", "IPYTHONDIR": str(home / ".ipython")}
    theirs |= {"MATPLOTLIBRC": str(home / ".config/matplotlib"), "PYTHONWARNINGS": "always"}
    assert generate(small, env=os.environ | theirs)[0] == 0
    assert stored(small).data == plain and "image/svg+xml" in plain


@pytest.mark.parametrize(
    "code, said",
    [
        (
            FIGURE.replace("plt.show()", "plt.close()"),
            "has an alternative text and draws no figure",
        ),
        ("import warnings\nwarnings.warn('old')", "writes to stderr"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
    ],
)
def test_what_a_page_must_not_do_is_no_success(small, code, said):
    before = small.with_suffix(".ipynb").read_bytes()
    write(small, code)
    exit_code, output, errors = generate(small)
    assert (exit_code, output) == (1, "")
    assert errors.startswith("chapters/first.md: code cell 1") and said in errors
    assert errors.count("\n") == 1
    assert small.with_suffix(".ipynb").read_bytes() == before


def replaced(old, new, encoding="utf-8"):
    """Return what replaces a text in the page, and saves it with an encoding."""
    return lambda small: small.write_text(small.read_text().replace(old, new), encoding)


def table_of_contents(text):
    """Return what writes another table of contents."""
    return lambda small: small.parents[1].joinpath("_toc.yml").write_text(text)


@pytest.mark.parametrize(
    "damage, said",
    [
        (replaced("", ""), ""),
        (replaced("A page", "A page", "utf-8-sig"), ""),
        (replaced("A page", "A page \xa7", "latin-1"), "first.md is no UTF-8: save it with that"),
        (replaced("---\njup", "\n---\njup"), "chapters/first.md: it does not begin with a header"),
        (table_of_contents(TOC + "  - file: gone\n"), "_toc.yml names"),
        (table_of_contents("root: [\n"), "_toc.yml cannot be read"),
    ],
)
def test_a_page_that_cannot_be_read_is_told_in_one_line(small, damage, said):
    damage(small)
    code, output, errors = generate(small, "--check")
    assert (code, output, errors.count("\n")) == (bool(said), "", bool(said))
    assert errors.startswith(said)
