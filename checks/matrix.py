"""Rerun the notebooks in other environments: processors, threads, versions, and with noise.

    python -m checks.matrix                        all
    python -m checks.matrix chapters/NAME.md ...   only these; the table stays as it is

ATEN_CPU_CAPABILITY and OMP_NUM_THREADS choose the first two; the versions are the locked ones
of .venv, and those of .venv-oldest and .venv-colab. Two more runs add noise to the products
(checks/noise.py). What the processor does not have is left out, and said. Writes
checks/results/matrix.csv, a row a run. Exit code 1 where an output differs; with Colab's
versions, an output other than a figure.
"""

import datetime
import itertools
import subprocess
import sys
from pathlib import Path

from checks import tables
from checks.rerun import asked, rerun, total
from generator import kernel, notebooks

NOISE = Path(__file__).with_name("noise.py")
# Where the Python of each set of versions is; the locked ones are those of this process.
FOLDERS = {"locked": sys.prefix, "oldest": ".venv-oldest", "Colab's": ".venv-colab"}
# Each run: versions, instructions ("" is the processor's own choice), threads, which noise.
RUNS = [
    *itertools.product(["locked", "oldest"], ["default", "avx2", "avx512"], [1, 2], [""]),
    ("Colab's", "", 1, ""),
    *itertools.product(["locked"], [""], [1], ["1", "2"]),
]
ASK = "import torch; print(torch.__version__, torch.backends.cpu.get_cpu_capability())"
COLUMNS = "versions", "PyTorch", "instructions", "threads", "noise"


def line(values):
    """Print values as a line of the table."""
    print("".join(str(value).ljust(14) for value in values).rstrip(), flush=True)


def run(files, versions, instructions, threads, noise):
    """Rerun files (paths from the root) in one of RUNS.

    Return what identifies the run, a dict, and a Result for each file; none where the
    processor lacks the instructions. Raises RuntimeError if it could not run.
    """
    # Two notebooks at a time; a thread that waits leaves its core to the other one.
    changes = {"OMP_NUM_THREADS": str(threads), "OMP_WAIT_POLICY": "passive", "NOISE": noise}
    if instructions:
        changes["ATEN_CPU_CAPABILITY"] = instructions
    scripts = Path(sys.executable).parent.name
    python = notebooks.ROOT / FOLDERS[versions] / scripts / "python"
    try:
        answer = subprocess.run([python, "-c", ASK], env=kernel.environment() | changes,
                                capture_output=True, text=True, check=True).stdout  # fmt: skip
    except (OSError, subprocess.CalledProcessError) as error:
        raise RuntimeError(f"{python} has no torch: run `make test-matrix`") from error
    torch, used = answer.lower().split()
    values = versions, torch, instructions or used, threads, noise or "none"
    name = dict(zip(COLUMNS, values))
    if used != name["instructions"]:
        return name, {}
    options = ["-n", "2", "--dist", "loadscope"]
    startup = NOISE if noise else None
    # Colab's matplotlib sets text a few pixels elsewhere: there any figure is taken for right.
    figures = versions != "Colab's"
    return name, rerun(files, python, notebooks.ROOT, changes, options, startup, figures)


def main():
    """Do all runs for the pages that the command line names; return the exit code."""
    said = asked(__doc__.splitlines()[0])
    # The solutions first: they take longest.
    files = [page.relative_to(notebooks.ROOT).with_suffix(".ipynb") for page in said.pages]
    files.sort(reverse=True)
    machine = {"processor": tables.processor(), "date": datetime.date.today().isoformat()}
    rows = []
    line([*COLUMNS, "notebooks", "held", "cells", "seconds"])
    for choice in RUNS:
        try:
            name, results = run(files, *choice)
        except (OSError, RuntimeError) as error:
            sys.exit(f"test matrix: {str(error).splitlines()[0]}")
        if not results:
            line([*name.values(), "not on this processor"])
            continue
        seconds = {"seconds": round(sum(result.seconds for result in results.values()))}
        row = name | total(results.values()) | seconds
        line(row.values())
        rows.append(row | machine)
        for file, result in results.items():
            for fault in result.faults:
                print(f"  {file}: {fault}")
    if not rows:
        sys.exit("test matrix: no run is possible on this processor")
    if said.everything:
        tables.write("matrix", rows)
    return int(any(row["held"] < row["notebooks"] for row in rows))


if __name__ == "__main__":
    sys.exit(main())
