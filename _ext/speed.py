"""Sphinx extension: the figures and the tables of the page on speed, from its results."""

import re
import runpy
from pathlib import Path

from docutils import nodes
from PIL import Image

PAGE = "benchmarks"


def draw_figures(app):
    """Draw the figures, where the results or their script changed."""
    source, target = Path(app.srcdir, "benchmarks"), Path(app.srcdir, "_build")
    inputs = [source / "figures.py", *source.glob("results/*.csv")]
    drawn = [file.stat().st_mtime for file in target.glob("benchmark-*.png")]
    if min(drawn, default=0) < max(file.stat().st_mtime for file in inputs):
        target.mkdir(exist_ok=True)
        runpy.run_path(str(inputs[0]))["draw_all"](target)


def written(texts):
    """Return a column of numbers (strings) as the page shows them; None if one is no number.

    Measured numbers have three significant digits, long whole ones separators.
    """
    try:
        numbers = [float(text) for text in texts]
    except ValueError:
        return None
    if all(number.is_integer() for number in numbers):
        return [f"{x:,.0f}" if max(numbers) >= 10_000 else f"{x:.0f}" for x in numbers]
    return [f"{x:.0f}" if x == 0 or x >= 100 else f"{x:#.3g}" for x in numbers]


def write_numbers(app, doctree):
    """Write the numbers of each table alike, to the right, units beside their words."""
    if app.env.docname != PAGE:
        return
    for table in doctree.findall(nodes.table):
        columns = zip(*(row.children for row in table.findall(nodes.row)))
        for head, *cells in columns:
            unit = re.sub(r", (\S+)$", ",\N{NO-BREAK SPACE}\\1", head.astext())
            replacements = {head: unit}
            if texts := written([cell.astext() for cell in cells]):
                replacements.update(zip(cells, texts))
                for cell in (head, *cells):
                    cell["classes"].append("text-right")
            for cell, text in replacements.items():
                cell.children = [nodes.paragraph("", text)]


def name_findings(app, doctree):
    """Put the title of each figure, which says the finding, before its alt text."""
    if app.env.docname != PAGE:
        return
    for image in doctree.findall(nodes.image):
        file = Path(app.srcdir, image["uri"])
        app.env.note_dependency(str(file))
        with Image.open(file) as figure:
            image["alt"] = f"{figure.text['Title']}. {image['alt']}"


def setup(app):
    """Connect the functions above to the events of Sphinx."""
    app.connect("builder-inited", draw_figures)
    app.connect("doctree-read", write_numbers)
    app.connect("doctree-read", name_findings)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
