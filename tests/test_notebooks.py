"""Each page has one notebook: the same code, executed in order, complete."""

import ast
import re

from generator import notebooks
from tests.compare_figures import SVG

FOLDERS = "chapters", "exercises", "solutions"
FENCE = re.compile(
    r"^```\{code-cell\}[^\n]*\n(?:---\n.*?\n---\n)?(.*?)\n?^```$", re.MULTILINE | re.DOTALL
)


def test_each_notebook_has_its_page_and_the_reverse():
    folders = [notebooks.ROOT / name for name in FOLDERS]
    sources = {f for folder in folders for f in folder.glob("*.md")}
    results = {f for folder in folders for f in folder.glob("*.ipynb")}
    assert sources == set(notebooks.pages())
    assert results == {f.with_suffix(".ipynb") for f in sources}


def test_code_is_the_code_of_the_page(page, code):
    in_page = [c.strip() for c in FENCE.findall(page.read_text("utf-8"))]
    assert [cell.source.strip() for cell in code] == in_page


def test_generator_would_change_nothing(page):
    _, stale = notebooks.compare(page)
    assert stale is None


def test_executed_in_order_without_errors(code):
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    for cell in code:
        counts = [o.execution_count for o in cell.outputs if "execution_count" in o]
        assert counts in ([], [cell.execution_count])
    outputs = [output for cell in code for output in cell.outputs]
    assert not [o for o in outputs if o.output_type == "error"]
    assert not [o for o in outputs if o.get("name") == "stderr"]


def test_outputs_are_text_and_figures(code):
    # nbval and compare_figures.py compare these; nbval passes over JPEG and widgets.
    data = [output.get("data", {}) for cell in code for output in cell.outputs]
    assert {name for formats in data for name in formats} <= {"text/plain", SVG}
    for figure in (formats[SVG] for formats in data if SVG in formats):
        # No script, and nothing from elsewhere: a reader may open it alone.
        assert not re.search(r"<(script|foreignObject)|\bon\w+=|@import", figure)
        assert not re.search(r"""(href="|url\()(?!#|data:image/png)""", figure)


def returns_nothing(function):
    """Whether a function definition has no `return` with a value."""
    returns = [n for n in ast.walk(function) if isinstance(n, ast.Return) and n.value]
    return isinstance(function, ast.FunctionDef) and not returns


def shows_something(tree, silent):
    """Whether a cell prints, draws, or ends in a value, unless it is known to be None."""
    body = [s for s in tree.body if not isinstance(s, (ast.FunctionDef, ast.ClassDef))]
    calls = [n for s in body for n in ast.walk(s) if isinstance(n, ast.Call)]
    if {ast.unparse(call.func) for call in calls} & {"print", "plt.show"}:
        return True
    last = ast.unparse(body[-1]) if body and isinstance(body[-1], ast.Expr) else ""
    known = last.startswith(("torch.set_", *silent)) or last.endswith(".backward()")
    return bool(last) and not known


def test_output_where_the_code_prints(code, trees):
    functions = [s for tree in trees for s in tree.body if returns_nothing(s)]
    silent = [f"{function.name}(" for function in functions]
    for cell, tree in zip(code, trees):
        assert cell.outputs or not shows_something(tree, silent), cell.source


def test_every_figure_says_what_it_shows(code):
    for cell in code:
        if any(SVG in output.get("data", {}) for output in cell.outputs):
            alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
            assert len(alt.split()) >= 5, cell.source


def test_no_cell_is_exempt_from_comparison(code):
    for cell in code:
        assert not notebooks.exempt(cell), cell.source
