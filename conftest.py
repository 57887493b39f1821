"""What all tests share, nbval's included: sound data, one thread, a fresh site."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup

import notebooks

# The notebook on MLX, which was not tried on Windows.
MLX = notebooks.ROOT / "chapters/softmax-concise-mlx.ipynb"

# One thread a process, since the notebooks run side by side.
os.environ.setdefault("OMP_NUM_THREADS", "1")


def read(page):
    """Return the committed notebook of a page (a path to a .md file)."""
    return nbformat.read(page.with_suffix(".ipynb"), as_version=4)


def page_name(page):
    """Return the path of a page in the repository, without its ending."""
    return page.relative_to(notebooks.ROOT).with_suffix("").as_posix()


def data_loader():
    """Return load_fashion_mnist as chapter 3.5 defines it."""
    chapter = notebooks.ROOT / "chapters/fashion-mnist.md"
    return notebooks.definitions(chapter)["load_fashion_mnist"]


def pytest_sessionstart(session):
    """Unpack the data before two workers would do so at once; stop if it is bad."""
    if not hasattr(session.config, "workerinput"):
        try:
            data_loader()(notebooks.ROOT / "data")
        except RuntimeError as error:
            pytest.exit(str(error), returncode=1)


def pytest_generate_tests(metafunc):
    """Run a test that takes `page` once for each page that is a notebook."""
    if "page" in metafunc.fixturenames:
        metafunc.parametrize("page", notebooks.pages(), ids=page_name)


def pytest_collection_modifyitems(items):
    """Skip the notebook on MLX on Windows."""
    if sys.platform == "win32":
        reason = "MLX was not tried on Windows"
        for item in items:
            if item.path == MLX:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture
def notebook(page):
    """The committed notebook of the page."""
    return read(page)


@pytest.fixture
def code(notebook):
    """The code cells of the notebook."""
    return notebooks.code_cells(notebook)


@pytest.fixture
def trees(code):
    """The syntax tree of each code cell of the notebook."""
    return [ast.parse(cell.source) for cell in code]


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """A build of the HTML from nothing, every warning an error; its folder."""
    source = tmp_path_factory.mktemp("book")
    files = subprocess.check_output(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=notebooks.ROOT,
        text=True,
    )
    for name in files.splitlines():
        if not name.startswith(("data/", "tests/")):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(notebooks.ROOT / name, source / name)
    command = [Path(sys.executable).with_name("jupyter-book"), "build", "-W", "-n", source]
    build = subprocess.run(command, capture_output=True, text=True)
    assert build.returncode == 0, build.stdout[-2000:] + build.stderr[-4000:]
    assert "Using cached notebook" in build.stdout + build.stderr
    assert "Executing notebook" not in build.stdout + build.stderr, "the build ran code"
    return source / "_build" / "html"


@pytest.fixture(scope="session")
def html(site):
    """Every page of the site, parsed, by its path."""
    parse = lambda file: BeautifulSoup(file.read_text("utf-8"), "html.parser")
    return {file: parse(file) for file in site.rglob("*.html") if "_static" not in file.parts}
