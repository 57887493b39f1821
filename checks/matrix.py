"""Rerun the notebooks on each instruction set, with one and two threads, two PyTorches.

    python -m checks.matrix                        all; writes checks/results/matrix.csv
    python -m checks.matrix chapters/NAME.md ...   only these; writes nothing

ATEN_CPU_CAPABILITY and OMP_NUM_THREADS choose the first two; the versions of PyTorch are
the locked one of .venv and the one of .venv-oldest. What the processor does not have is
left out, and said. Exit code 1 where an output differs.
"""

import csv
import datetime
import itertools
import os
import subprocess
import sys
import time
from pathlib import Path

import notebooks
from checks.rerun import asked, rerun

sys.path.append(str(notebooks.ROOT / "benchmarks"))
from measure import processor  # noqa: E402

TABLE = notebooks.ROOT / "checks" / "results" / "matrix.csv"
LOCKED = Path(sys.executable)
PYTHONS = LOCKED, notebooks.ROOT / ".venv-oldest" / LOCKED.parent.name / "python"
INSTRUCTIONS = "default", "avx2", "avx512"
THREADS = 1, 2
ASK = "import torch; print(torch.__version__, torch.backends.cpu.get_cpu_capability())"
WIDTHS = 14, 14, 9, 16, 11, 7, 9


def line(values):
    """Print values as a line of the table."""
    print("".join(str(v).ljust(w) for v, w in zip(values, WIDTHS)).rstrip(), flush=True)


def combination(python, instructions, threads, files):
    """Rerun files (paths from the root) in one combination.

    Return a row of the table, without notebooks where the processor lacks the
    instructions, and the faults, a line each. Raises RuntimeError if it could not run.
    """
    chosen = {"ATEN_CPU_CAPABILITY": instructions, "OMP_NUM_THREADS": str(threads)}
    variables = os.environ | chosen
    quiet = {"text": True, "stderr": subprocess.DEVNULL}
    try:
        answer = subprocess.check_output([python, "-c", ASK], env=variables, **quiet)
    except (OSError, subprocess.CalledProcessError) as error:
        raise RuntimeError(f"{python} has no torch: run `make test-matrix`") from error
    torch, used = answer.split()
    row = {"PyTorch": torch, "instructions": instructions, "threads": threads}
    results, start = {}, time.perf_counter()
    if used.lower() == instructions:
        # Two notebooks at a time, or one with two threads.
        workers = "2" if threads == 1 else "0"
        results = rerun(files, python, notebooks.ROOT, variables, ["-n", workers])
    row["notebooks held"] = sum(not result.faults for result in results.values())
    row["notebooks"] = len(results)
    row["cells"] = sum(result.cells for result in results.values())
    row["seconds"] = round(time.perf_counter() - start)
    faults = [f"{file}: {fault}" for file in results for fault in results[file].faults]
    return row, faults


def write(rows):
    """Write rows (dicts with equal keys) to the table in one step."""
    TABLE.parent.mkdir(exist_ok=True)
    draft = TABLE.with_suffix(".csv.part")
    with draft.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, rows[0], lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    os.replace(draft, TABLE)


def main():
    """Run all combinations for the pages that the command line names; return the exit code."""
    pages = asked(__doc__.splitlines()[0])
    # The solutions first: they take longest.
    files = [page.relative_to(notebooks.ROOT).with_suffix(".ipynb") for page in pages]
    files.sort(reverse=True)
    machine = {"processor": processor(), "date": datetime.date.today().isoformat()}
    rows, success = [], True
    for choice in itertools.product(PYTHONS, INSTRUCTIONS, THREADS):
        try:
            row, faults = combination(*choice, files)
        except (OSError, RuntimeError) as error:
            sys.exit(f"test matrix: {str(error).splitlines()[0]}")
        if not rows:
            line(row)
        what = list(row.values())
        line(what if row["notebooks"] else [*what[:3], "not on this processor"])
        for fault in faults:
            print(f"  {fault}")
        rows.append(row | machine)
        success &= not faults
    if set(pages) == set(notebooks.pages()):
        write(rows)
    return int(not success or not any(row["notebooks"] for row in rows))


if __name__ == "__main__":
    sys.exit(main())
