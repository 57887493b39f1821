"""Sphinx extension: what the page on mutants shows, from the results of the last run."""

import runpy
from pathlib import Path


def write_report(app):
    """Draw the bars and write the lists, where results, reasons, script or notebooks changed."""
    source, target = Path(app.srcdir), Path(app.srcdir, "_build")
    if not (source / "mutation.md").exists():  # a part of the book, without that page
        return
    inputs = [*source.glob("mutation/*.*")]
    inputs += [*source.glob("chapters/*.ipynb"), *source.glob("solutions/*.ipynb")]
    drawn = [file.stat().st_mtime for file in target.glob("mutation*.*")]
    if min(drawn, default=0) < max(file.stat().st_mtime for file in inputs):
        target.mkdir(exist_ok=True)
        runpy.run_path(str(source / "mutation/report.py"))["draw_all"](target)


def setup(app):
    """Connect the function above to the start of a build."""
    app.connect("builder-inited", write_report)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
