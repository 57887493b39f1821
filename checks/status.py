"""Make the tables of the page on the state of the checks: python checks/status.py FOLDER.

All is read or counted: from the locks, the data, the notebooks, and what the slower checks
measured. `make book` runs this, so it imports neither PyTorch nor nbval.
"""

import functools
import gzip
import hashlib
import re
import sys
from collections import Counter
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
sys.path += [str(ROOT), str(ROOT / "mutation")]
import notebooks  # noqa: E402
import report  # noqa: E402
import tables  # noqa: E402

MATRIX = ROOT / "checks/results/matrix.csv"
CLEAN_ROOM = ROOT / "checks/results/clean-room.csv"
ARCHIVES = "data/FashionMNIST/raw/*.gz"
PACKAGES = {
    "torch": "computes", "torchvision": "reads the data", "mlx": "computes, on one page",
    "numpy": "is used by torchvision and matplotlib", "matplotlib": "draws", "ipykernel": "runs the cells",
    "nbval": "compares the outputs", "pytest": "runs nbval and the tests",
    "jupytext": "makes the notebooks of the pages", "jupyter-book": "builds this site",
    "sphinx": "is used by jupyter-book",
}
# The formats that nbval passes over, less PNG, which compare_figures.py compares.
PASSED_OVER = {"image/jpeg", "application/vnd.jupyter.widget-view+json"}
COSTS = "notebook", "seconds", "mutants", "caught", "share, %", "changed since"
NOT_MEASURED = "not measured"
SILENT, REDRAWN = "silent", "of stored values"


def text(name):
    """Return the text of a file of the repository."""
    return (ROOT / name).read_text("utf-8")


def versions():
    """Return a row for Python and for each of PACKAGES: what both locks install."""
    locks = {"locked": text("requirements/test.txt"), "oldest PyTorch": text("requirements/oldest.txt")}
    workflows = "".join(file.read_text("utf-8") for file in ROOT.glob(".github/workflows/*.yml"))
    tried = sorted(set(re.findall(r"python(?:-version)?: \"(\d+\.\d+)\"", workflows)))
    uses = f"runs all; online, the tests run with {' and '.join(tried)}"
    python = {name: re.search(r"--python-version (\S+)", lock)[1] for name, lock in locks.items()}
    rows = [{"package": "Python", "what it does": uses} | {k: f"from {v} on" for k, v in python.items()}]
    for package, use in PACKAGES.items():
        # More than one where it depends on the Python.
        found = {name: re.findall(rf"^{package}==(\S+)", lock, re.MULTILINE)
                 for name, lock in locks.items()}
        rows.append({"package": package, "what it does": use}
                    | {name: " or ".join(several) for name, several in found.items()})
    return rows


def data():
    """Return a row for each archive of the data, and their SHA-256 as sha256sum writes them."""
    rows, sums = [], []
    for file in sorted(ROOT.glob(ARCHIVES)):
        packed = file.read_bytes()
        with gzip.open(file) as stream:  # the header: four bytes of format, then how many
            items = int.from_bytes(stream.read(8)[4:], "big")
        rows.append({"archive": file.name, "bytes": len(packed), "items": items,
                     "MD5": hashlib.md5(packed, usedforsecurity=False).hexdigest()})
        sums.append(f"{hashlib.sha256(packed).hexdigest()}  {file.relative_to(ROOT).as_posix()}\n")
    if not rows:
        raise FileNotFoundError(f"no {ARCHIVES}: run `git checkout data`")
    return rows, "".join(sums)


def stored():
    """Return the code cells of each notebook, by its name."""
    return {notebooks.name(page): notebooks.code_cells(
        nbformat.read(page.with_suffix(".ipynb"), as_version=4)) for page in notebooks.pages()}


def compared(cells):
    """Return how many outputs of code cells are compared, by kind, and how many are not."""
    count = Counter({"code cells": len(cells), SILENT: 0, "texts": 0, "figures": 0,
                     REDRAWN: 0, "not compared": 0})
    for cell in cells:
        count[SILENT] += not cell.outputs
        for output in cell.outputs:
            formats = set(output.get("data", {}))
            if notebooks.exempt(cell) or formats & PASSED_OVER:
                count["not compared"] += 1
            elif "image/png" in formats:
                count["figures"] += 1
                count[REDRAWN] += "drawn_from" in output.metadata
            else:
                count["texts"] += 1
    return count


digest = functools.cache(tables.digest)


def changed(row):
    """Return whether the notebook of a row of results is no longer as it was measured."""
    return row["digest"] != digest(ROOT / f"{row['notebook']}.ipynb")


def seconds(rows):
    """Return the row of one notebook that counts as its run time, or None.

    Of the runs with the locked PyTorch, one thread and no noise, the one with the widest
    instructions; rows are those of the notebook in MATRIX.
    """
    locked = re.search(r"^torch==(\S+)", text("requirements/test.txt"), re.MULTILINE)[1]
    rows = [row for row in rows if row["PyTorch"].split("+")[0] == locked
            and row["threads"] == "1" and row["noise"] == "none"]
    order = ["default", "avx2", "avx512"]
    return max(rows, key=lambda row: order.index(row["instructions"]), default=None)


def per_notebook(cells):
    """Return a row for each notebook: what of it is compared; the last row is the sum."""
    counts = {name: compared(own) for name, own in cells.items()}
    counts["all"] = compared([cell for own in cells.values() for cell in own])
    return [{"notebook": name} | count for name, count in counts.items()]


def costs(names):
    """Return a row for each notebook: its run time and its mutants; the last row is the sum."""
    runs, mutants, rows = tables.read(MATRIX), {}, []
    for row in report.summary(tables.read(report.RESULTS)):
        name, _, since = row["notebook"].partition(" (")
        mutants[name] = [row[column] for column in ("mutants", "caught", report.SCORE)], since
    for name in names:
        run = seconds([row for row in runs if row["notebook"] == name])
        found, since = mutants.get(name, (3 * [NOT_MEASURED], ""))
        old = [what for what, is_old in (("seconds", run and changed(run)), ("mutants", since)) if is_old]
        rows.append([name, int(run["seconds"]) if run else NOT_MEASURED, *found,
                     " and ".join(old) or "no"])
    times = [row[1] for row in rows]
    total = NOT_MEASURED if NOT_MEASURED in times else sum(times)
    rows.append(["all", total, *mutants["all"][0], ""])
    return [dict(zip(COSTS, row)) for row in rows]


def not_compared(cells, total):
    """Return what the comparison leaves out, how much of it and why.

    cells are those of stored(), total is the last row of per_notebook().
    """
    level, side = re.search(r"^TOLERANCE, TILE = (\d+), (\d+)$", text("compare_figures.py"), re.M).groups()
    exempt = sum(notebooks.exempt(cell) for own in cells.values() for cell in own)
    mlx = sum(len(own) for own in cells.values() if any("import mlx" in cell.source for cell in own))
    rows = [
        (exempt, "cells that are exempt",
         "nbval passes over a cell that was never run, or that a tag or comment names; tests "
         "forbid both."),
        (total["not compared"], "outputs that are passed over",
         "nbval compares no JPEG and no widget; a test forbids both."),
        (total[REDRAWN], "figures whose values are new in each run",
         "They show run times, or training that is chaotic in the last digit. Such a figure is "
         "drawn again from the values that are stored with it, and compared. The values are not; "
         "what the text concludes from them is printed, and compared."),
        (total["figures"], "figures, in their last shades", "Processors round differently. Squares of "
         f"{side} by {side} pixels may differ by {level} of 255 levels on average, no more."),
        (total["code cells"], "numbers of cells, such as [1]",
         "nbval passes over them; a test compares them with the order."),
        (mlx, "cells of the page on MLX, on Windows", "They were not tried there, and are skipped."),
    ]
    return [dict(zip(("how many", "what", "why"), row)) for row in rows]


def runs(file, names):
    """Return a row for each run of the notebooks in a file of results.

    names are the columns that identify a run.
    """
    pages, groups = [notebooks.name(page) for page in notebooks.pages()], {}
    for row in tables.read(file):
        if row["notebook"] in pages:
            # What follows a + in a version of PyTorch names its build.
            groups.setdefault(tuple(row[name].split("+")[0] for name in names), []).append(row)
    return [dict(zip(names, run))
            | {f"notebooks of {len(pages)}": len(rows),
               "held": sum(row["held"] == "yes" for row in rows),
               "unchanged since": sum(not changed(row) for row in rows),
               "cells": sum(int(row["cells"]) for row in rows),
               "date": " and ".join(sorted({row["date"] for row in rows}))}
            for run, rows in groups.items()]


def processors():
    """Return a row for each processor that MATRIX was measured on."""
    found = Counter(row["processor"] for row in tables.read(MATRIX))
    return [{"processor": name, "runs of a notebook": n} for name, n in found.items()]


def draw_all(folder):
    """Write folder/status-*: the tables of the page, and the SHA-256 of the data."""
    cells, (archives, sums) = stored(), data()
    each = per_notebook(cells)
    made = {
        "versions": versions(),
        "data": archives,
        "notebooks": each,
        "costs": costs(cells),
        "not-compared": not_compared(cells, each[-1]),
        "matrix": runs(MATRIX, ["PyTorch", "instructions", "threads", "noise"]),
        "processors": processors(),
        "clean-room": runs(CLEAN_ROOM, ["system"]),
    }
    for name, rows in made.items():
        tables.write(Path(folder, f"status-{name}.csv"), rows or [{"result": NOT_MEASURED}])
    Path(folder, "status-sha256.txt").write_text(sums, "utf-8")


if __name__ == "__main__":
    draw_all(sys.argv[1])
