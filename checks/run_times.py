"""Measure how long each notebook runs with Colab's versions, one after the other.

    python -m checks.run_times                        all; an idle machine, some minutes
    python -m checks.run_times chapters/NAME.md ...   only these; the other rows stay

The versions are those of .venv-colab, as in checks/matrix.py. Writes checks/results/run-times.csv,
from which each page of the site says how long its notebook runs. A time is that of all cells,
with one thread; the start of Python is not in it. Exit code 1 where a cell failed.
"""

import datetime
import os
import sys
from pathlib import Path

from checks import tables
from checks.matrix import FOLDERS
from checks.rerun import asked, rerun
from generator import notebooks

NAME = "run-times"


def main():
    """Measure the pages that the command line names; return the exit code."""
    said = asked(__doc__.splitlines()[0])
    python = notebooks.ROOT / FOLDERS["Colab's"] / Path(sys.executable).parent.name / "python"
    machine = {
        "processor": tables.processor(),
        "cores": os.cpu_count(),
        "date": datetime.date.today().isoformat(),
    }
    rows = {row["notebook"]: row for row in tables.read(NAME)}
    faults = 0
    for page in said.pages:
        name, file = notebooks.name(page), page.relative_to(notebooks.ROOT).with_suffix(".ipynb")
        try:
            (result,) = rerun([file], python, notebooks.ROOT, figures=False).values()
        except (OSError, RuntimeError) as error:
            sys.exit(f"run times: {str(error).splitlines()[0]}")
        print(f"{name:<40}{result.seconds:>7.1f}", *result.faults, sep="\n  ", flush=True)
        faults += bool(result.faults)
        rows[name] = {"notebook": name, "seconds": f"{result.seconds:.1f}"} | machine
    names = [notebooks.name(page) for page in notebooks.pages()]
    tables.write(NAME, [rows[name] for name in names if name in rows])
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main())
