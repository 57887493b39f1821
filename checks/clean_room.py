"""Run each notebook as a reader in Colab does: alone, with what Colab has; compare.

    python -m checks.clean_room                        all notebooks
    python -m checks.clean_room chapters/NAME.md ...   only these

Each is copied to an empty folder outside the repository, beside it the archives of the
data, where a download would put them. Its kernel has the lock of .binder less MLX, and
pip, in an environment made anew; a notebook that installs something has one of its own.
Writes checks/results/clean-room.csv, a row for each notebook. Exit code 1 where an
output differs. The page about MLX is not made for Windows.
"""

import datetime
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from importlib.metadata import version
from pathlib import Path

import nbformat

import notebooks
import tables
from checks.rerun import asked, rerun

TABLE = notebooks.ROOT / "checks" / "results" / "clean-room.csv"
LOCK = notebooks.ROOT / ".binder" / "requirements.txt"
TESTS_LOCK = notebooks.ROOT / "requirements" / "test.txt"
ARCHIVES = Path("data", "FashionMNIST", "raw")
# Variables that could reach from here into the kernel, or change how it computes.
OURS = "PYTHON", "IPYTHON", "JUPYTER", "VIRTUAL_ENV", "MPL", "ATEN", "TORCH", "OMP", "MKL", "MLX"


def environment(folder):
    """Make an environment in folder with what Colab has; return its Python.

    Raises RuntimeError or OSError if it cannot be made.
    """
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    mlx = re.findall(r"^mlx[\w-]*", LOCK.read_text("utf-8"), re.MULTILINE)
    excludes = folder / "excludes.txt"
    excludes.write_text("\n".join(mlx), "utf-8")
    install = [Path(sys.executable).with_name("uv"), "pip", "install", "--quiet"]
    install += ["--python", python, "--require-hashes", "--requirement", LOCK]
    install += ["--excludes", excludes, "--constraint", TESTS_LOCK]
    # Colab has a kernel of its own; this one is the tests'.
    install += [f"ipykernel=={version('ipykernel')}"]
    run = subprocess.run(install, capture_output=True, text=True)
    if run.returncode:
        raise RuntimeError(run.stderr.strip().splitlines()[-1])
    return python


def room(notebook, folder):
    """Copy notebook and the archives of the data to folder; return the notebook's folder."""
    place = folder / "notebook"
    place.mkdir(parents=True)
    shutil.copy(notebook, place)
    (folder / ARCHIVES).mkdir(parents=True)
    for archive in (notebooks.ROOT / ARCHIVES).glob("*.gz"):
        shutil.copy(archive, folder / ARCHIVES)
    return place


def installs(notebook):
    """Return whether the notebook at a path calls pip."""
    cells = notebooks.code_cells(nbformat.read(notebook, as_version=4))
    return any(re.search(r"\bpip\b", cell.source) for cell in cells)


def check(sources, scratch):
    """Rerun the notebook of each page, printing a table; return rows for TABLE."""
    variables = {k: v for k, v in os.environ.items() if not k.startswith(OURS)}
    variables["OMP_NUM_THREADS"] = "1"
    today = {"system": platform.system(), "date": datetime.date.today().isoformat()}
    shared, rows = None, []
    print(f"{'notebook':<34}{'cells':>6}{'result':>8}{'seconds':>9}")
    for number, page in enumerate(sources):
        notebook, own = page.with_suffix(".ipynb"), scratch / str(number)
        if installs(notebook):
            python = environment(own / "environment")
        else:
            python = shared = shared or environment(scratch / "environment")
        place = room(notebook, own)
        options = "--noconftest", "--rootdir", place, "-p", "no:cacheprovider"
        result = rerun([notebook.name], python, place, variables, options)[notebook.name]
        shutil.rmtree(own)
        word = "differs" if result.faults else "same"
        print(f"{notebooks.name(page):<34}{result.cells:>6}{word:>8}{result.seconds:>9.0f}", flush=True)
        for fault in result.faults:
            print(f"  {fault}")
        rows.append(result.row(notebook) | today)
    return rows


def main():
    """Check the pages that the command line names; return the exit code."""
    sources = asked(__doc__.splitlines()[0])
    try:
        with tempfile.TemporaryDirectory() as scratch:
            rows = check(sources, Path(scratch))
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        sys.exit(f"clean room: {str(error).splitlines()[0]}")
    tables.renew(TABLE, rows, [notebooks.name(page) for page in notebooks.pages()])
    return int(any(row["held"] == "no" for row in rows))


if __name__ == "__main__":
    sys.exit(main())
