"""Practice in the page: what a reader types is judged there, and nothing harms the page."""

import ast
import base64
import hashlib
import json
import re

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from generator import notebooks
from tests import conftest, test_tries
from tests.test_browser import AXE, MODES, ONE_OF_EACH_KIND, OTHER_MODES, REACHABLE, STILL, weight
from web import practice

PAGE = "exercises/softmax-regression"
FIRST, SECOND, THIRD, FOURTH = "3.4.1 (a)", "3.4.1 (b), first", "3.4.3 (a)", "3.4.3 (c)"
TURNS = test_tries.turns(notebooks.ROOT / f"{PAGE}.md")
CODED = re.compile(r'^choose\("(.+?)", \w+, """([^"]+)"""\)', re.MULTILINE)
WRONG = "def drawn_class_covariance(p):\n    return torch.outer(p, p)"
SCRIPT = "text/javascript"
REFUSED = "this page's small Python cannot run that"
PARTS = [".practice-code", ".practice-choice", ".practice-row", ".practice-verdict"]
SAID = """line => !line.textContent.startsWith('Checking')
    && line.textContent.replace(/\\s+/g, ' ').trim()"""
# What a reader may do to the page's Python: the code, after the given one, and what is said.
HARM = {
    "def deep(n):\n    return deep(n + 1)\ndeep(0)": "functions within functions",
    "a = [0] * 10**8": "memory",
    "import js\njs.postMessage(1)": "js",
    "import jsffi\na = jsffi.to_js([1])\na.constructor.constructor('return this')()": "jsffi",
    "def check(*a):\n    print('mine')\nbase64 = F = STOP = tried = None": "",
    "import builtins\nbuiltins.len = builtins.print = None\nlen = print = None": "",
    "for i in range(100000):\n    print('x' * 10)": "the dots",
    "import sys\nsys.exit()": "SystemExit",
}


class Answer:
    """A place for code on a page, found by its label."""

    def __init__(self, page, label):
        self.page, self.label = page, label
        self.field = page.locator(f'textarea[aria-label="Your answer, {label}"]')
        self.box = page.locator(".practice-code").filter(has=self.field)
        self.output = self.box.locator(".practice-output")
        self.verdict = self.box.get_by_role("status")

    def open(self):
        """Turn to the field, and wait for the editor in its place."""
        if self.field.is_visible():
            self.field.focus()
        editor = self.box.locator(".cm-content")
        editor.wait_for()
        editor.focus()

    def type(self, code):
        """Replace what is in the editor, as a reader would paste it."""
        self.open()
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.insert_text(code)

    def judged(self, code, key="Control+Enter"):
        """Return the verdict on code."""
        self.type(code)
        self.verdict.evaluate("line => line.textContent = ''")
        self.page.keyboard.press(key)
        return self.said()

    def said(self):
        """Return the verdict, when there is one."""
        line = self.verdict.element_handle()
        return self.page.wait_for_function(SAID, arg=line).json_value()


def given(label):
    """Return the code that stands in a place to answer at first."""
    return TURNS[label][0].source


@pytest.fixture
def practised(visit):
    """The page, untouched."""
    return visit(PAGE, width=1300)


@pytest.fixture
def alone(browser):
    """A window of its own, for what is done to it before the page is loaded."""
    page = browser.new_page()
    yield page
    page.close()


def test_each_choice_shows_the_reason_that_the_notebook_prints(practised):
    page = practised.page
    choices = {}
    for _, check in TURNS.values():
        if found := CODED.search(check.source):
            choices[found[1]] = base64.b64decode(found[2]).decode().split("|")
    forms = page.locator(".practice-choice").all()
    assert len(forms) == len(choices) > 3
    for form, (label, reasons) in zip(forms, choices.items()):
        assert form.get_by_role("radio").count() == len(reasons)
        verdict = form.locator("xpath=following::*[@role='status'][1]")
        check = form.locator("xpath=following::button[1]")
        check.evaluate("button => button.click()")
        assert verdict.text_content() == f"{label}: nothing tried yet"
        for letter, reason in zip("ABCDEF", reasons):
            radio = form.get_by_role("radio", name=re.compile(rf"^\({letter}\)"))
            radio.evaluate("radio => radio.click()")
            assert verdict.text_content() == ""
            check.evaluate("button => button.click()")
            assert verdict.text_content() == f"{label}: {reason}"
    assert not any("/practice/" in url for url in loaded(practised))
    assert page.locator(".math:not(:has(mjx-container))").count() == 0


def loaded(visited):
    """Return what a visit loaded beyond what each exercise page has."""
    return [
        url
        for url in visited.requests
        if not re.search(r"/practice/practice\.(js|css)", url) and "/practice/" in url
    ]


def test_the_code_is_judged_and_the_page_is_quiet_and_light(practised, served, site):
    assert loaded(practised) == []
    small = [url for url in practised.requests if "/practice/" in url]
    assert len(small) == 2 and weight(small, served, site) < 8_000
    first, second = Answer(practised.page, FIRST), Answer(practised.page, SECOND)
    right = test_tries.passing()[FIRST]
    assert first.judged(right + "\nprint('mine', 1 + 1)") == f"{FIRST}: right"
    assert first.output.inner_text().strip() == "mine 2"
    assert first.verdict.get_attribute("data-state") == "right"
    wrong = second.judged(WRONG)
    assert wrong.startswith(f"{SECOND}: not yet") and len(wrong) > 40
    assert not second.output.is_visible()
    assert practised.complaints == []
    assert weight(loaded(practised), served, site) < 400_000


def test_what_was_typed_survives_until_start_again(practised):
    page = practised.page
    Answer(page, FIRST).type("kept = 1")
    Answer(page, SECOND).type(given(SECOND))
    assert page.get_by_text("stored in this browser alone").count() == 1
    page.reload()
    assert page.evaluate("Object.keys(localStorage).filter(k => k.startsWith('practice')).length")
    answer = Answer(page, FIRST)
    assert answer.field.input_value() == "kept = 1"
    answer.open()
    assert answer.box.locator(".cm-content").inner_text() == "kept = 1"
    answer.box.get_by_role("button", name="Start again").click()
    assert answer.field.input_value() == given(FIRST)
    page.reload()
    assert Answer(page, FIRST).field.input_value() == given(FIRST)


def test_by_keyboard_alone(practised):
    page = practised.page
    page.locator(".tag_check summary", has_text="Helper of the checks of 3.4.1").focus()
    page.keyboard.press("Tab")
    while not page.evaluate("Boolean(document.activeElement.closest('.practice-code'))"):
        page.keyboard.press("Tab")
    answer = Answer(page, FIRST)
    answer.box.locator(".cm-content").wait_for()
    focused = "document.activeElement.matches('.cm-content')"
    page.wait_for_function(focused)
    assert page.get_by_text("Escape, then Tab").first.is_visible()
    page.keyboard.press("Control+End")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate(focused)
    page.keyboard.type("x = f(1")  # the bracket is closed
    assert answer.field.input_value() == given(FIRST) + "\n    x = f(1)"
    page.keyboard.press("ControlOrMeta+z")
    assert "x = f" not in answer.field.input_value()
    page.keyboard.press("Escape")
    page.wait_for_timeout(20)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Check"
    page.keyboard.press("Enter")
    assert answer.said().startswith(f"{FIRST}: ")


def test_no_harm_lasts(practised):
    page = practised.page
    answer, right = Answer(page, FIRST), test_tries.passing()[FIRST]
    for code, said in HARM.items():
        verdict = answer.judged(f"{given(FIRST)}\n{code}")
        assert said in verdict and len(verdict) < 300, (code, verdict)
        assert len(answer.output.text_content()) < 21_000
        assert answer.judged(right) == f"{FIRST}: right", code
    assert practised.complaints == []


def test_the_worker_has_nothing_that_reaches_out(alone, served):
    told = "harden(); for (let at = globalThis, all = []; ; at = Object.getPrototypeOf(at))"
    told += "{ if (!at) throw Error(all.join(' ')); all.push(...Reflect.ownKeys(at).map(String)) }"
    worker = (practice.HERE / "worker.js").read_text("utf-8").replace("  harden();", told)
    alone.route("**/worker.js", lambda route: route.fulfill(body=worker, content_type=SCRIPT))
    alone.goto(f"{served}/{PAGE}.html")
    answer = Answer(alone, FIRST)
    names = set(re.findall(r"[\w.]+", answer.judged("x = 1")))
    reach = """fetch XMLHttpRequest WebSocket WebTransport EventSource importScripts indexedDB
        caches BroadcastChannel postMessage Worker SharedWorker FontFace navigator location self
        eval Function setTimeout setInterval addEventListener onmessage"""
    assert {"Object", "WebAssembly", "proxy_js_ref"} < names and not names & set(reach.split())
    # A worker that fails is no reason to reload: the next check starts another one.
    alone.unroute("**/worker.js")
    assert answer.judged(test_tries.passing()[FIRST]) == f"{FIRST}: right"


def test_accessible_in_every_state_and_an_endless_loop_is_ended(practised):
    page, right = practised.page, test_tries.passing()[FIRST]
    page.add_style_tag(content=STILL)
    page.evaluate(AXE_SCRIPT)
    answers = [Answer(page, label) for label in (FIRST, SECOND, THIRD, FOURTH)]
    answers[0].judged(f"{right}\nprint(1)")
    answers[1].judged("def drawn_class_covariance(p):  # text\n    return p, 'a', 1.0, None")
    answers[2].judged("unknown()")
    page.locator(".practice-choice label").first.click()
    page.locator(".practice-choice + .practice-row button").first.click()
    page.evaluate(ONE_OF_EACH_KIND)
    answers[3].type("while True:\n    pass")
    page.keyboard.press("Control+Enter")
    page.get_by_text("Checking …").wait_for()
    states = [answer.verdict.get_attribute("data-state") for answer in answers]
    assert states == ["right", "not-yet", "stopped", ""]
    for width, scheme in MODES + OTHER_MODES:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function(f"document.documentElement.dataset.theme === '{scheme}'")
        page.wait_for_function(REACHABLE)
        assert page.evaluate(AXE, {"include": PARTS}) == [], (width, scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    ended = f"{FOURTH}: stopped after 10 seconds: an endless loop? If not, use Jupyter or Colab."
    assert answers[3].said().startswith(ended)
    assert answers[0].judged(right) == f"{FIRST}: right"


def test_works_with_less(alone, served, site):
    """Without storage, without the editor, and with a cell for Jupyter alone."""
    html = (site / f"{PAGE}.html").read_text("utf-8")
    html = html.replace('"cell tag_your-turn ', '"cell tag_jupyter-only tag_your-turn ', 1)
    alone.route("**/editor.min.js", lambda route: route.abort())
    alone.route(f"**/{PAGE}.html", lambda route: route.fulfill(body=html, content_type="text/html"))
    denied = "{get() { throw new DOMException('denied', 'SecurityError') }}"
    alone.add_init_script(f"Object.defineProperty(window, 'localStorage', {denied})")
    alone.goto(f"{served}/{PAGE}.html")
    note = alone.locator(".practice-note", has_text="This one needs Jupyter or Colab.")
    assert note.count() == 1
    links = [link.get_attribute("href") for link in note.get_by_role("link").all()]
    assert [link.rpartition("/")[2] for link in links] == ["softmax-regression.ipynb"] * 2
    assert "colab" in links[0] and "_sources" in links[1]
    answer = Answer(alone, SECOND)
    answer.field.fill(test_tries.passing()[SECOND])
    answer.box.get_by_role("button", name="Check").click()
    assert answer.said() == f"{SECOND}: right"
    answer.box.get_by_role("button", name="Start again").click()
    assert answer.field.is_visible() and answer.field.input_value() == given(SECOND)


def test_from_disk_choices_work_and_code_says_why_not(visit, site):
    visited = visit(PAGE, address=site.as_uri())
    page = visited.page
    assert page.locator(".practice-code").count() == 0
    notes = page.locator(".practice-note", has_text="cannot run code")
    choices = page.locator(".practice-choice")
    assert notes.count() + choices.count() == len(TURNS)
    assert notes.first.get_by_role("link").count() == 2
    choices.first.get_by_role("radio").first.check()
    page.locator(".practice-choice + .practice-row button").first.click()
    assert len(page.locator(".practice-verdict").first.inner_text()) > 20
    assert visited.complaints == []


def test_on_paper_and_without_scripts_the_page_is_as_written(practised, browser, site):
    page = practised.page
    page.emulate_media(media="print")
    try:
        assert page.locator(".practice:visible").count() == 0
        cells = page.locator(".tag_your-turn > .cell_input, .tag_check > .cell_output")
        assert cells.count() == 2 * len(TURNS)
        assert all(cell.is_visible() for cell in cells.all())
    finally:
        page.emulate_media(media="screen")
    still = browser.new_page(java_script_enabled=False)
    still.goto(f"{site.as_uri()}/{PAGE}.html")
    assert still.locator(".tag_your-turn > .cell_input:visible").count() == len(TURNS)
    assert still.locator(".practice").count() == 0
    still.close()


def test_reading_pages_load_nothing_of_it(site):
    for file in site.rglob("*.html"):
        text = file.read_text("utf-8")
        assert ("practice/practice.js" in text) == ("tag_your-turn" in text), file


def test_vendored_files_are_those_that_were_locked():
    versions, hashes = (practice.VENDOR / "VERSIONS").read_text().split("\n\n")
    for line in hashes.splitlines():
        expected, name = line.split("  ")
        assert hashlib.sha256((practice.VENDOR / name).read_bytes()).hexdigest() == expected, name
    files = {file.name for file in practice.VENDOR.iterdir()} - {"VERSIONS"}
    assert files == {line.split("  ")[1] for line in hashes.splitlines()}
    lock = json.loads((practice.HERE / "package-lock.json").read_text())["packages"]
    for line in versions.splitlines():
        name, version = line.split()
        assert lock[f"node_modules/{name}"]["version"] == version
    assert not any("resolved" in entry for entry in lock.values())


class Undocumented(ast.NodeTransformer):
    """Puts 0 in the place of each docstring."""

    def generic_visit(self, node):
        super().generic_visit(node)
        documented = isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
        if documented and ast.get_docstring(node):
            node.body[0] = ast.Expr(ast.Constant(0))
        return node


def test_the_page_has_the_python_that_was_written():
    files = practice.python_files()
    assert "judge.py" in files and "torch/__init__.py" in files
    for name, text in files.items():
        written = ast.parse((practice.HERE / "python" / name).read_text("utf-8"))
        assert ast.dump(ast.parse(text)) == ast.dump(Undocumented().visit(written)), name


# The page's worker, as practice.js starts it, judges one task after the other.
JUDGE = """async ([cells, tasks]) => {
  const address = new URL("../practice/worker.js", location);
  const worker = new Worker(address, {type: "module"});
  const ask = message => new Promise((told, failed) => {
    worker.onmessage = ({data}) => told(data);
    worker.onerror = failed;
    worker.postMessage(message);
  });
  await ask({cells});
  const said = [];
  for (const task of tasks) said.push(await ask(task));
  worker.terminate();
  return said.map(({said, crash}) => crash ?? said.slice(said.indexOf("\\f") + 1));
}"""


def tasks(asks, answers):
    """Return the plain cells of a page, and what its worker is to judge.

    answers is label -> codes; a choice needs no worker, and what Jupyter alone can do is left out.
    """
    turns = test_tries.turns(asks)
    below = [check for _, check in turns.values()]
    cells = notebooks.code_cells(conftest.read(asks))
    plain = [c.source for c in cells if c not in below and "your-turn" not in tags(c)]
    return plain, [
        {"given": cell.source, "answer": code, "check": check.source, "label": label}
        for label, codes in answers.items()
        for cell, check in [turns[label]]
        if "jupyter-only" not in tags(cell) and not CODED.search(check.source)
        for code in [cell.source, *codes]
    ]


@pytest.mark.parametrize(
    "asks", [page for page in test_tries.PAGES if "mlx" not in page.stem], ids=notebooks.name
)
def test_page_says_what_torch_says(asks, visit):
    """Each stored attempt has the same verdict, letter for letter, in the page and in torch.

    What the page's Python lacks, it may refuse to judge: of few attempts.
    """
    definitions, attempts = notebooks.definitions(asks), test_tries.attempts(asks).items()
    answers = {label: [*right, *(w["code"] for w in wrong)] for label, (right, wrong) in attempts}
    plain, given = tasks(asks, answers)
    due = [test_tries.judged(t["answer"], t["check"], definitions) for t in given]
    said = visit(notebooks.name(asks)).page.evaluate(JUDGE, [plain, given])
    other = [(t["answer"], *pair) for t, *pair in zip(given, due, said) if len(set(pair)) > 1]
    refused = [case for case in other if REFUSED in case[2]]
    assert [case for case in other if case not in refused] == []
    assert len(refused) <= len(given) / 50, refused


def tags(cell):
    """Return the tags of a cell of a notebook."""
    return cell.metadata.get("tags", [])
