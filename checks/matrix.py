"""Rerun the notebooks in other environments: processors, threads, PyTorches, and with noise.

    python -m checks.matrix                        all
    python -m checks.matrix chapters/NAME.md ...   only these

ATEN_CPU_CAPABILITY and OMP_NUM_THREADS choose the first two; the versions of PyTorch are
the locked one of .venv and the one of .venv-oldest. Two more runs add noise to the
products (checks/noise.py). What the processor does not have is left out, and said. Writes
checks/results/matrix.csv, a row for each notebook and run. Exit code 1 where an output
differs.
"""

import datetime
import itertools
import os
import subprocess
import sys
import time
from pathlib import Path

from generator import notebooks
from checks import tables
from checks.rerun import asked, rerun

sys.path.append(str(notebooks.ROOT / "benchmarks"))
from measure import processor  # noqa: E402

TABLE = notebooks.ROOT / "checks" / "results" / "matrix.csv"
NOISE = Path(__file__).with_name("noise.py")
LOCKED = Path(sys.executable)
OLDEST = notebooks.ROOT / ".venv-oldest" / LOCKED.parent.name / "python"
# Each run: Python, instructions ("" is the processor's own choice), threads, which noise.
RUNS = [
    *itertools.product([LOCKED, OLDEST], ["default", "avx2", "avx512"], [1, 2], [""]),
    *itertools.product([LOCKED], [""], [1], ["1", "2"]),
]
ASK = "import torch; print(torch.__version__, torch.backends.cpu.get_cpu_capability())"
WIDTHS = 14, 14, 9, 7, 16, 11, 7, 9


def line(values):
    """Print values as a line of the table."""
    print("".join(str(v).ljust(w) for v, w in zip(values, WIDTHS)).rstrip(), flush=True)


def run(files, python, instructions, threads, noise):
    """Rerun files (paths from the root) in one of RUNS.

    Return what identifies the run, a dict, and a Result for each file; none where the
    processor lacks the instructions. Raises RuntimeError if it could not run.
    """
    # Two notebooks at a time; a thread that waits leaves its core to the other one.
    variables = os.environ | {"OMP_NUM_THREADS": str(threads), "OMP_WAIT_POLICY": "passive",
                              "NOISE": noise}
    if instructions:
        variables["ATEN_CPU_CAPABILITY"] = instructions
    quiet = {"text": True, "stderr": subprocess.DEVNULL}
    try:
        answer = subprocess.check_output([python, "-c", ASK], env=variables, **quiet)
    except (OSError, subprocess.CalledProcessError) as error:
        raise RuntimeError(f"{python} has no torch: run `make test-matrix`") from error
    torch, used = answer.lower().split()
    name = {"PyTorch": torch, "instructions": instructions or used, "threads": threads,
            "noise": noise or "none"}
    if used != name["instructions"]:
        return name, {}
    startup = NOISE if noise else None
    return name, rerun(files, python, notebooks.ROOT, variables, ["-n", "2", "--dist", "loadscope"], startup)


def main():
    """Do all runs for the pages that the command line names; return the exit code."""
    pages = asked(__doc__.splitlines()[0]).pages
    # The solutions first: they take longest.
    files = [page.relative_to(notebooks.ROOT).with_suffix(".ipynb") for page in pages]
    files.sort(reverse=True)
    machine = {"processor": processor(), "date": datetime.date.today().isoformat()}
    rows, faults = [], 0
    line(["PyTorch", "instructions", "threads", "noise", "notebooks held", "notebooks", "cells", "seconds"])
    for choice in RUNS:
        start = time.perf_counter()
        try:
            name, results = run(files, *choice)
        except (OSError, RuntimeError) as error:
            sys.exit(f"test matrix: {str(error).splitlines()[0]}")
        if not results:
            line([*name.values(), "not on this processor"])
        else:
            held = sum(not result.faults for result in results.values())
            cells = sum(result.cells for result in results.values())
            line([*name.values(), held, len(results), cells, round(time.perf_counter() - start)])
        for file, result in results.items():
            for fault in result.faults:
                print(f"  {file}: {fault}")
            faults += len(result.faults)
            rows.append(result.row(file) | name | machine)
    if not rows:
        sys.exit("test matrix: no run is possible on this processor")
    tables.renew(TABLE, rows, [notebooks.name(page) for page in notebooks.pages()])
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main())
