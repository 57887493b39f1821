"""Sphinx extension: the figures of the pages that show measured results."""

import runpy
from pathlib import Path

from docutils import nodes
from PIL import Image

# Of each page: what draws it, from which files, and what is drawn into _build.
PAGES = {
    "benchmarks": ("benchmarks/figures.py", ["benchmarks/results/*.csv"], "benchmark-*.png"),
    "mutation": (
        "mutation/report.py",
        ["mutation/*.*", "chapters/*.ipynb", "solutions/*.ipynb"],
        "mutation*.*",
    ),
    "status": (
        "checks/status.py",
        ["checks/results/*.csv", "mutation/*.*", "tests/tries/*", "chapters/*.ipynb",
         "solutions/*.ipynb", "requirements/*.txt", ".github/workflows/*", "compare_figures.py",
         "data/FashionMNIST/raw/*.gz"],
        "status-*",
    ),
}


def draw_results(app):
    """Draw the figures of each page, where the results or their script changed."""
    source, target = Path(app.srcdir), Path(app.srcdir, "_build")
    for page, (script, results, drawn) in PAGES.items():
        if not (source / f"{page}.md").exists():  # a part of the book, without that page
            continue
        inputs = [source / script, *(file for pattern in results for file in source.glob(pattern))]
        times = [file.stat().st_mtime for file in target.glob(drawn)]
        if min(times, default=0) < max(file.stat().st_mtime for file in inputs):
            target.mkdir(exist_ok=True)
            runpy.run_path(str(source / script))["draw_all"](target)


def name_findings(app, doctree):
    """Put the title of each figure, which says the finding, before its alt text."""
    if app.env.docname not in PAGES:
        return
    for image in doctree.findall(nodes.image):
        file = Path(app.srcdir, image["uri"])
        app.env.note_dependency(str(file))
        with Image.open(file) as figure:
            image["alt"] = f"{figure.text['Title']}. {image['alt']}"


def setup(app):
    """Connect the functions above to the events of Sphinx."""
    app.connect("builder-inited", draw_results)
    app.connect("doctree-read", name_findings)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
