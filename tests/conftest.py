"""What all tests share, nbval's included: sound data, one thread, a fresh site, a browser."""

import ast
import os
import shutil
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
import pytest
from bs4 import BeautifulSoup
from filelock import FileLock
from playwright.sync_api import sync_playwright

from generator import notebooks
from web import pdf

pytest_plugins = ["compare_figures"]

# The notebook on MLX, which was not tried on Windows.
MLX = notebooks.ROOT / "chapters/softmax-concise-mlx.ipynb"

# One thread a process, since the notebooks run side by side.
os.environ.setdefault("OMP_NUM_THREADS", "1")


def read(page):
    """Return the committed notebook of a page (a path to a .md file)."""
    return nbformat.read(page.with_suffix(".ipynb"), as_version=4)


def pytest_sessionstart(session):
    """Check the data before two workers would download it at once; stop if it is bad."""
    if not hasattr(session.config, "workerinput"):
        try:
            notebooks.load_data()
        except RuntimeError as error:
            pytest.exit(str(error), returncode=1)


def pytest_generate_tests(metafunc):
    """Run a test that takes `page` once for each page that is a notebook."""
    if "page" in metafunc.fixturenames:
        metafunc.parametrize("page", notebooks.pages(), ids=notebooks.name)


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
def site(tmp_path_factory, worker_id):
    """A build of the HTML from nothing, every warning an error; its folder.

    The workers share one: the first that asks builds it, the others wait.
    """
    temporary = tmp_path_factory.getbasetemp()
    source = (temporary if worker_id == "master" else temporary.parent) / "book"
    site = source.with_name("site")  # moved here once it is whole
    with FileLock(f"{source}.lock"):
        if not site.exists():
            build(source)
            (source / "_build" / "html").rename(site)
    return site


def build(source):
    """Copy the book to the folder source and build its HTML there."""
    files = subprocess.check_output(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=notebooks.ROOT,
        text=True,
    )
    for name in files.splitlines():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(notebooks.ROOT / name, source / name)
    command = [Path(sys.executable).with_name("jupyter-book"), "build", "-W", "-n", source]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-4000:]
    assert "Using cached notebook" in run.stdout + run.stderr
    assert "Executing notebook" not in run.stdout + run.stderr, "the build ran code"


@pytest.fixture(scope="session")
def html(site):
    """Every page of the site, parsed, by its path."""
    parse = lambda file: BeautifulSoup(file.read_text("utf-8"), "html.parser")
    return {file: parse(file) for file in site.rglob("*.html") if "_static" not in file.parts}


@pytest.fixture(scope="session")
def browser():
    """Chromium, the system's; skips where there is none."""
    if pdf.chromium() is None:
        pytest.skip(pdf.NO_CHROMIUM)
    with sync_playwright() as playwright:
        browser = pdf.launch(playwright)
        yield browser
        browser.close()


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files and logs nothing."""

    def log_message(self, *arguments):
        """Do nothing."""


@pytest.fixture(scope="session")
def served(site, tmp_path_factory):
    """The address of the site on a local server, in the folder that it has when published."""
    root = tmp_path_factory.mktemp("served")
    folder = urlsplit(notebooks.site()).path.strip("/")
    shutil.copytree(site, root / folder, dirs_exist_ok=True)
    handler = partial(QuietHandler, directory=root)
    with ThreadingHTTPServer(("localhost", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}/{folder}".rstrip("/")
        server.shutdown()
