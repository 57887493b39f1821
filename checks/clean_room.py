"""Run each notebook as a reader in Colab does: alone, with what Colab has; compare.

    python -m checks.clean_room                        all notebooks
    python -m checks.clean_room chapters/NAME.md ...   only these
    python -m checks.clean_room --python PATH ...      with a Python as it is, Colab's own

Each is copied to an empty folder outside the repository, beside it the archives of the
data, where a download would put them. Its kernel has the lock of .binder less MLX, and
pip, in an environment made anew; a notebook that installs something has one of its own.
With --python nothing is made: what a notebook installs stays there, so it runs last.
Otherwise it writes checks/results/clean-room.csv, a row for each notebook. Exit code 1
where an output differs. The page about MLX is not made for Windows.
"""

import argparse
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

from generator import notebooks
from checks import tables
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


def given(python, variables):
    """Return the absolute path of a Python; raise RuntimeError if it cannot run notebooks."""
    ask = [python, "-c", "import ipykernel"]
    try:
        subprocess.run(ask, env=variables, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise RuntimeError(f"{python} is no Python with ipykernel: name one that is") from error
    return Path(python).absolute()  # not resolved: a link may be all that an environment has


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


def check(sources, scratch, own_python=None):
    """Rerun the notebook of each page, printing a table; return rows for TABLE."""
    variables = {k: v for k, v in os.environ.items() if not k.startswith(OURS)}
    variables["OMP_NUM_THREADS"] = "1"
    today = {"system": platform.system(), "date": datetime.date.today().isoformat()}
    shared, rows = own_python and given(own_python, variables), []
    if own_python:
        sources = sorted(sources, key=lambda page: installs(page.with_suffix(".ipynb")))
    print(f"{'notebook':<34}{'cells':>6}{'result':>8}{'seconds':>9}")
    for number, page in enumerate(sources):
        notebook, own = page.with_suffix(".ipynb"), scratch / str(number)
        if installs(notebook) and not own_python:
            python = environment(own / "environment")
        else:
            python = shared = shared or environment(scratch / "environment")
        place = room(notebook, own)
        options = ["--noconftest"]
        # Another matplotlib than the locked one may draw another figure.
        options += [] if own_python else ["-p", "compare_figures"]
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
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("--python", metavar="PATH", help="run them with this one as it is")
    said = asked(__doc__.splitlines()[0], [options])
    try:
        with tempfile.TemporaryDirectory() as scratch:
            rows = check(said.pages, Path(scratch), said.python)
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        sys.exit(f"clean room: {str(error).splitlines()[0]}")
    if not said.python:
        tables.renew(TABLE, rows, [notebooks.name(page) for page in notebooks.pages()])
    return int(any(row["held"] == "no" for row in rows))


if __name__ == "__main__":
    sys.exit(main())
