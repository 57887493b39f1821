"""Sphinx extension: the exercises can be answered on their pages, in the reader's browser.

practice.js makes a form of each choice and a field of each place for code; worker.js judges the
code with MicroPython, by the page's own cells. What is not ours is in vendor/ (see web/renew.py).
"""

import ast
import io
import json
import shutil
import tokenize
from pathlib import Path

HERE = Path(__file__).parent
VENDOR = HERE / "vendor"
FILES = "practice.js", "practice.css", "worker.js"
VENDORED = "editor.min.js", "micropython.mjs", "micropython.wasm"


def bare(source):
    """Return Python source without comments, docstrings and wide indents: a tenth less to load."""
    lines = dict(enumerate(source.splitlines(), start=1))
    within = set()  # the lines that begin inside a string
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        (row, column), (end, _) = token.start, token.end
        within.update(range(row + 1, end + 1))
        if token.type == tokenize.COMMENT:
            lines[row] = lines[row][:column]
    kinds = ast.Module, ast.ClassDef, ast.FunctionDef
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, kinds) and ast.get_docstring(node):
            text = node.body[0]
            lines[text.lineno] = text.col_offset * " " + "0"
            for row in range(text.lineno + 1, text.end_lineno + 1):
                lines[row] = ""
                within.discard(row)
    for row, line in lines.items():
        if row not in within:
            lines[row] = (len(line) - len(line.lstrip())) // 4 * " " + line.strip()
    return "".join(f"{line}\n" for row, line in lines.items() if line or row in within)


def python_files():
    """Return what each file of the page's Python runs, by its path."""
    root = HERE / "python"
    return {
        file.relative_to(root).as_posix(): bare(file.read_text("utf-8"))
        for file in sorted(root.rglob("*.py"))
    }


def copy_runtime(app):
    """Put the scripts, the style sheet and the files for the worker into the site."""
    if app.builder.format != "html":
        return
    folder = Path(app.outdir, "practice")
    folder.mkdir(parents=True, exist_ok=True)
    for file in (*map(HERE.joinpath, FILES), *map(VENDOR.joinpath, VENDORED)):
        shutil.copy2(file, folder)
    # In one file, since each request costs a reader more than its bytes.
    (folder / "python.json").write_text(json.dumps(python_files()), "utf-8")


def load_runtime(app, pagename, templatename, context, doctree):
    """Load the script and the style on the pages that have a place to answer, and only there."""
    if "tag_your-turn" in context.get("body", ""):
        app.add_css_file("../practice/practice.css")
        app.add_js_file("../practice/practice.js", loading_method="defer")


def setup(app):
    """Connect the functions above to the events of Sphinx."""
    app.connect("builder-inited", copy_runtime)
    app.connect("html-page-context", load_runtime)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
