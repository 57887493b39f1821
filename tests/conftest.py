"""What the tests share: the notebooks, the built site, a browser."""

import ast
import shutil
import threading
from contextlib import contextmanager, suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import nbformat
import pytest

from generator import notebooks

TYPESET = """() => window.MathJax?.startup?.promise
    ?.then(() => document.querySelectorAll('mjx-container').length)"""


def read(page):
    """Return the committed notebook of a page (a path to a .md file)."""
    return nbformat.read(page.with_suffix(".ipynb"), as_version=4)


def pytest_generate_tests(metafunc):
    """Run a test that takes `page` once for each page that is a notebook."""
    if "page" in metafunc.fixturenames:
        metafunc.parametrize("page", notebooks.pages(), ids=notebooks.name)


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
def site():
    """The folder of the site, built where a source changed; every warning is an error."""
    from web import build

    fault = build.build()
    assert fault is None, fault
    return build.SITE


@pytest.fixture(scope="session")
def html(site):
    """Every page of the site, parsed when it is first asked for, by its path."""
    from bs4 import BeautifulSoup

    class Pages(dict):
        def __missing__(self, file):
            self[file] = BeautifulSoup(file.read_text("utf-8"), "lxml")
            return self[file]

        def items(self):
            files = [file for file in site.rglob("*.html") if "_static" not in file.parts]
            return [(file, self[file]) for file in files]

    return Pages()


@pytest.fixture(scope="session")
def browser(site):
    """Chromium, the system's; skips where there is none.

    The site comes first: a build starts a process by fork (of sphinx-sitemap), which would hold
    the browser's pipes, so that the browser never learns that the session ends.
    """
    from playwright.sync_api import sync_playwright

    from web import pdf

    if pdf.chromium() is None:
        pytest.skip(pdf.NO_CHROMIUM)
    with sync_playwright() as playwright:
        browser = pdf.launch(playwright)
        yield browser
        browser.close()


class Handler(SimpleHTTPRequestHandler):
    """Serves the files of a folder, below the address that it has when published."""

    def __init__(self, *arguments, below="", **options):
        self.below = below
        super().__init__(*arguments, **options)

    def translate_path(self, path):
        """Return the file that an address stands for."""
        return super().translate_path(path.removeprefix(self.below) or "/")

    def log_message(self, *arguments):
        """Do nothing."""

    def copyfile(self, source, outputfile):
        """Send a file; a page that is closed meanwhile takes no more of it."""
        with suppress(ConnectionError):
            super().copyfile(source, outputfile)


@contextmanager
def serve(site):
    """Serve the folder of the site, below the path that it has when published."""
    from web import build

    path = urlsplit(build.address.published()[1]).path.rstrip("/")
    handler = partial(Handler, directory=site, below=path)
    with ThreadingHTTPServer(("localhost", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}{path}"
        server.shutdown()


@pytest.fixture(scope="session")
def served(site):
    """The address of the site on a local server."""
    with serve(site) as address:
        yield address


@pytest.fixture(scope="module")
def copy(site, tmp_path_factory):
    """A site of one's own, for a test that writes into it."""
    return shutil.copytree(site, tmp_path_factory.mktemp("copy") / "site")


class Visit:
    """A page of the site, and what it asked for and complained of."""

    def __init__(self, tab, address):
        self.page, self.requests, self.complaints = tab, [], []
        self.listeners = {
            "request": lambda request: self.requests.append(request.url),
            "pageerror": lambda error: self.complaints.append(str(error)),
            "console": self.listen,
        }
        for event, listener in self.listeners.items():
            tab.on(event, listener)
        tab.goto(address)
        self.formulas = tab.evaluate(TYPESET)

    def end(self):
        """Listen no more, and forget what the page stored in the browser."""
        for event, listener in self.listeners.items():
            self.page.remove_listener(event, listener)
        self.page.evaluate("localStorage.clear()")

    def listen(self, message):
        """Keep a message of the console that is an error or a warning."""
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)


@pytest.fixture(scope="session")
def tab(browser):
    """A window for all visits: a new one takes half a second."""
    return browser.new_page()


@pytest.fixture
def visit(tab, served):
    """A function that opens a page of the site, by name."""
    visits = []

    def visit(name, address=served, width=1280, scheme="light"):
        tab.set_viewport_size({"width": width, "height": 900})
        tab.emulate_media(color_scheme=scheme)
        visits.append(Visit(tab, f"{address}/{name}.html"))
        return visits[-1]

    yield visit
    for opened in visits:
        opened.end()
