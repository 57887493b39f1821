"""The checks in other environments count what held, and see what did not."""

import os
import subprocess
import sys
import venv
from pathlib import Path

import nbformat
import pytest
import torch
from nbformat.v4 import new_code_cell, new_notebook, new_output

from tests import conftest
from generator import notebooks
from checks import tables
from checks import clean_room, matrix
from checks.rerun import Result, rerun


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


def test_noise_changes_rounded_products_and_no_exact_ones(tmp_path):
    thirds, halves = torch.full((2, 2), 1 / 3), torch.full((2, 2), 0.5)
    setup = "thirds, halves = torch.full((2, 2), 1 / 3), torch.full((2, 2), 0.5)"
    cells = [executed(f"import torch\n{setup}\nprint(1)", 1)]
    for product in "thirds @ thirds", "halves @ halves":
        value = eval(product, {"thirds": thirds, "halves": halves})
        cells.append(executed(f"print(({product})[0, 0].item())", value[0, 0].item()))
        cells.append(executed(f"print(torch.equal({product}, {product}))", True))
    cells.append(executed("print(((thirds @ thirds) * 9 - 2).abs().max().item() < 1e-4)", True))
    nbformat.write(new_notebook(cells=cells), tmp_path / "products.ipynb")
    kernel = ["products.ipynb"], sys.executable, tmp_path, os.environ | {"NOISE": "1"}
    (quiet,), (noisy,) = rerun(*kernel).values(), rerun(*kernel, startup=matrix.NOISE).values()
    assert (quiet.cells, quiet.faults) == (6, [])
    assert noisy.cells == 5
    assert noisy.faults[0].startswith("Cell 1: Cell outputs differ")


def test_new_results_replace_those_of_their_notebooks_only(tmp_path):
    file = tmp_path / "results" / "some.csv"
    row = lambda notebook, cells: {"notebook": notebook, "cells": cells}
    tables.renew(file, [row("b", "1"), row("b", "2"), row("gone", "3")], ["a", "b", "gone"])
    assert tables.renew(file, [row("a", "4"), row("a", "5")], ["a", "b"]) == tables.read(file)
    assert [list(r.values()) for r in tables.read(file)] == [["a", "4"], ["a", "5"], ["b", "1"], ["b", "2"]]
    assert [path.name for path in file.parent.iterdir()] == ["some.csv"]


def test_clean_room_makes_no_environment_where_it_is_given_a_python(monkeypatch, tmp_path):
    used = []

    def record(files, python, *_):
        used.append((files[0], python))
        return {files[0]: Result(cells=1)}

    monkeypatch.setattr(clean_room, "rerun", record)
    monkeypatch.setattr(clean_room, "environment", None)  # a call would fail
    other = notebooks.ROOT / "chapters" / "linear-scratch.md"
    pages = [conftest.MLX.with_suffix(".md"), other]
    assert clean_room.check(pages, tmp_path, sys.executable)
    ours = Path(sys.executable)
    assert used == [("linear-scratch.ipynb", ours), (conftest.MLX.name, ours)]


def test_clean_room_refuses_a_python_that_cannot_run_notebooks(tmp_path):
    command = [sys.executable, "-m", "checks.clean_room", "--python", "gone"]
    command += ["chapters/linear-scratch.md"]
    run = subprocess.run(command, cwd=notebooks.ROOT, capture_output=True, text=True)
    line = "clean room: gone is no Python with ipykernel: name one that is\n"
    assert (run.returncode, run.stdout, run.stderr) == (1, "", line)
    venv.create(tmp_path / "bare", symlinks=os.name != "nt")
    bare = tmp_path / "bare" / Path(sys.executable).parent.name / Path(sys.executable).name
    with pytest.raises(RuntimeError, match="no Python with ipykernel"):
        clean_room.given(bare, dict(os.environ))
