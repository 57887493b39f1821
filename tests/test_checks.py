"""The slow checks count what held, and see what did not."""

import subprocess
import sys

import nbformat
import torch
from nbformat.v4 import new_code_cell, new_notebook, new_output

from checks import gpu_losses, matrix, mutation
from checks.rerun import rerun
from checks.speed import ways
from generator import notebooks


def saved(folder, name, *cells):
    """Write a notebook of cells, pairs of a source and what it printed; return its path."""
    stored = [new_code_cell(source, execution_count=1) for source, _ in cells]
    for cell, (_, printed) in zip(stored, cells):
        cell.outputs = [new_output("stream", name="stdout", text=printed)] if printed else []
    nbformat.write(new_notebook(cells=stored), folder / name)
    return folder / name


def test_rerun_counts_what_held_and_names_what_did_not(tmp_path):
    right, wrong = ("print(1 + 1)", "2\n"), ("print(1 + 1)", "3\n")
    ours = "import generator; print(1)", "1\n"  # a module of the book: out of reach
    notebook = {"holds.ipynb": [right], "fails.ipynb": [right, wrong, ours], "empty.ipynb": []}
    files = [saved(tmp_path, name, *cells).name for name, cells in notebook.items()]
    holds, fails, empty = rerun(files, sys.executable, tmp_path).values()
    assert (holds.cells, holds.faults) == (1, [])
    assert (fails.cells, len(fails.faults)) == (1, 2)
    assert fails.faults[0].startswith("Cell 1: Cell outputs differ")
    assert fails.faults[1].endswith("ModuleNotFoundError: No module named 'generator'")
    assert empty.faults == ["0 of 0 cells were not run"]


def test_noise_changes_rounded_products_and_no_exact_ones(tmp_path):
    thirds, halves = torch.full((2, 2), 1 / 3), torch.full((2, 2), 0.5)
    setup = "import torch\nthirds, halves = torch.full((2, 2), 1 / 3), torch.full((2, 2), 0.5)"
    cells = [(setup, "")]
    for name, value in ("thirds", thirds), ("halves", halves):
        cells += [(f"print(({name} @ {name})[0, 0].item())", f"{(value @ value)[0, 0].item()}\n")]
        cells += [(f"print(torch.equal({name} @ {name}, {name} @ {name}))", "True\n")]
    cells += [("print(((thirds @ thirds) * 9 - 2).abs().max().item() < 1e-4)", "True\n")]
    name = saved(tmp_path, "products.ipynb", *cells).name
    kernel = [name], sys.executable, tmp_path, {"NOISE": "1"}
    (quiet,), (noisy,) = rerun(*kernel).values(), rerun(*kernel, startup=matrix.NOISE).values()
    assert (quiet.cells, quiet.faults) == (6, [])
    assert noisy.cells == 5
    assert noisy.faults[0].startswith("Cell 1: Cell outputs differ")


def test_mutants_are_the_same_each_time_and_called_what_caught_them(tmp_path):
    sources = ["x = 2 + 3", "print(x)", "spare = 4", "# @title A check\nprint(1)"]
    assert mutation.sample(sources, 3) == mutation.sample(sources, 3)
    # An edit of one cell leaves the sample of the others as it is.
    now, edited = mutation.sample(sources, 99), mutation.sample(["y = 1", *sources[1:]], 99)
    assert {number for number, _ in now} == {0, 2}
    assert [mutant for mutant in now if mutant[0]] == [mutant for mutant in edited if mutant[0]]
    file = saved(tmp_path, "tiny.ipynb", *zip(sources, ["", "5\n", "", "1\n"]))
    mutants = {(0, "x = 2 - 3"): "output", (0, "x = 2 + y"): "error", (2, "spare = 5"): ""}
    assert {mutant: mutation.caught(file, *mutant)[0] for mutant in mutants} == mutants


def test_clean_room_refuses_a_python_that_cannot_run_notebooks():
    command = [sys.executable, "-m", "checks.clean_room", "--python", "gone"]
    run = subprocess.run(command, cwd=notebooks.ROOT, capture_output=True, text=True)
    line = "clean room: gone is no Python with ipykernel: name one that is\n"
    assert (run.returncode, run.stdout, run.stderr) == (1, "", line)


def test_the_ways_that_are_timed_learn_the_same():
    sets = ways.load(1000)
    timed = ways.getitems_way, ways.sliced_way, ways.bytes_way, ways.batched_way
    losses = torch.tensor([make(*sets)[0]() for make in timed])
    assert losses.max() - losses.min() < 1e-5 and 1 < losses.min() < 3


def test_the_losses_for_graphics_processors_agree_on_a_small_size():
    for dtype, bound in (torch.float32, 1e-5), (torch.bfloat16, 0.02):
        rows = gpu_losses.compare((16, 8, 40), "cpu", dtype, repeats=1)
        assert len(rows) == 4
        assert all(row[gap] < bound for row in rows for gap in row if gap.endswith("gap"))
