"""Tables of measured results: CSV files with a row for each thing measured of a notebook."""

import csv
import hashlib
import os

import nbformat


def digest(notebook, *more):
    """Return 12 digits for what was measured: code and outputs of a notebook, and more texts.

    notebook is the path of a .ipynb; the text between its code cells may change freely.
    """
    cells = nbformat.read(notebook, as_version=4).cells
    parts = [str((c.source, c.outputs)) for c in cells if c.cell_type == "code"]
    return hashlib.sha256("\n".join([*parts, *more]).encode()).hexdigest()[:12]


def read(file):
    """Return the rows of a file as dicts of strings; none if there is no file."""
    if not file.exists():
        return []
    with file.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def write(file, rows):
    """Write rows (dicts with equal keys) in one step, so that no half file is left."""
    draft = file.with_suffix(".csv.part")
    file.parent.mkdir(exist_ok=True)
    with draft.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    os.replace(draft, file)


def renew(file, rows, notebooks):
    """Write rows in the place of the older ones of their notebooks; return all rows.

    notebooks are the names of those in the book, in its order; rows of others go.
    """
    measured = {row["notebook"] for row in rows}
    rows = rows + [row for row in read(file) if row["notebook"] not in measured]
    rows = [row for name in notebooks for row in rows if row["notebook"] == name]
    write(file, rows)
    return rows
