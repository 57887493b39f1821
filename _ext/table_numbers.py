"""Sphinx extension: the numbers in the tables of the pages on speed and on the checks."""

import re

from docutils import nodes

PAGES = "benchmarks", "status"


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
    if app.env.docname not in PAGES:
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


def setup(app):
    """Connect the function above to the events of Sphinx."""
    app.connect("doctree-read", write_numbers)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
