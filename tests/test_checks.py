"""The checks in other environments count what held, and see what did not."""

import os
import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from checks.rerun import rerun


def executed(source, printed):
    """Return a code cell that is stored as having printed a line."""
    output = new_output("stream", name="stdout", text=f"{printed}\n")
    return new_code_cell(source, execution_count=1, outputs=[output])


def test_rerun_counts_what_held_and_names_what_did_not(tmp_path):
    right, wrong = executed("print(1 + 1)", 2), executed("print(1 + 1)", 3)
    ours = executed("import notebooks; print(1)", 1)  # a module of the book: out of reach
    for name, cells in {"holds": [right], "fails": [right, wrong, ours], "empty": []}.items():
        nbformat.write(new_notebook(cells=cells), tmp_path / f"{name}.ipynb")
    files = "holds.ipynb", "fails.ipynb", "empty.ipynb"
    holds, fails, empty = rerun(files, sys.executable, tmp_path, dict(os.environ)).values()
    assert (holds.cells, holds.faults) == (1, [])
    assert fails.cells == 1
    assert fails.faults[0] == "Cell 1: Cell outputs differ ... + 3"
    assert fails.faults[1].endswith("ModuleNotFoundError: No module named 'notebooks'")
    assert len(fails.faults) == 2
    assert empty.faults == ["0 of 0 cells were not run"]


def test_rerun_says_why_pytest_could_not_run(tmp_path):
    with pytest.raises(RuntimeError, match="gone.ipynb"):
        rerun(["gone.ipynb"], sys.executable, tmp_path, dict(os.environ))
