"""Run each notebook as a reader in Colab does: alone, with what Colab has; compare.

    python -m checks.clean_room                        all notebooks
    python -m checks.clean_room chapters/NAME.md ...   only these; the table stays as it is
    python -m checks.clean_room --python PATH ...      with a Python as it is, Colab's own

Each is copied to an empty folder outside the repository, beside it the archives of the
data, where a download would put them. Its kernel has the lock of .binder less MLX, and
pip, in an environment made anew; a notebook that installs something has one of its own.
With --python nothing is made: what a notebook installs stays there, so it runs last.
Otherwise it writes checks/results/clean-room.csv, a row. Exit code 1 where an output
differs. The page about MLX is not made for Windows.
"""

import datetime
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

from checks import tables
from checks.rerun import asked, rerun, total
from generator import kernel, notebooks

LOCK = notebooks.ROOT / ".binder" / "requirements.txt"
TESTS_LOCK = notebooks.ROOT / "requirements" / "test.txt"
ARCHIVES = Path("data", "FashionMNIST", "raw")


def environment(folder):
    """Make an environment in folder with what Colab has; return its Python.

    Raises RuntimeError or OSError if it cannot be made.
    """
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    excludes = folder / "excludes.txt"
    mlx = re.findall(r"^mlx[\w-]*", LOCK.read_text("utf-8"), re.MULTILINE)
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


def given(python):
    """Return the absolute path of a Python; raise RuntimeError if it cannot run notebooks."""
    ask = [python, "-c", "import ipykernel"]
    try:
        subprocess.run(ask, env=kernel.environment(), capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise RuntimeError(f"{python} is no Python with ipykernel: name one that is") from error
    return Path(python).absolute()  # not resolved: a link may be all that an environment has


def room(notebook, folder):
    """Copy notebook and the archives of the data to folder; return the notebook's copy."""
    place = folder / "notebook"
    place.mkdir(parents=True)
    (folder / ARCHIVES).mkdir(parents=True)
    for archive in (notebooks.ROOT / ARCHIVES).glob("*.gz"):
        shutil.copy(archive, folder / ARCHIVES)
    return Path(shutil.copy(notebook, place))


def installs(notebook):
    """Return whether the notebook at a path calls pip."""
    cells = notebooks.code_cells(nbformat.read(notebook, as_version=4))
    return any(re.search(r"\bpip\b", cell.source) for cell in cells)


def check(pages, scratch, own_python=None):
    """Rerun the notebook of each page, printing a table; return the Result of each."""
    shared, results = own_python and given(own_python), []
    files = [page.with_suffix(".ipynb") for page in pages]
    print(f"{'notebook':<34}{'cells':>6}{'result':>8}{'seconds':>9}")
    for file in sorted(files, key=installs) if own_python else files:
        with tempfile.TemporaryDirectory(dir=scratch) as own:
            if installs(file) and not own_python:
                python = environment(Path(own, "environment"))
            else:
                python = shared = shared or environment(scratch / "environment")
            copy = room(file, Path(own))
            # Another matplotlib than the locked one may draw another figure.
            figures = not own_python
            (result,) = rerun([copy.name], python, copy.parent, figures=figures).values()
        word = "differs" if result.faults else "same"
        name = notebooks.name(file)
        print(f"{name:<34}{result.cells:>6}{word:>8}{result.seconds:>9.0f}", flush=True)
        for fault in result.faults:
            print(f"  {fault}")
        results.append(result)
    return results


def main():
    """Check the pages that the command line names; return the exit code."""
    own = {"metavar": "PATH", "help": "run them with this one as it is"}
    said = asked(__doc__.splitlines()[0], python=own)
    try:
        with tempfile.TemporaryDirectory() as scratch:
            results = check(said.pages, Path(scratch), said.python)
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        sys.exit(f"clean room: {str(error).splitlines()[0]}")
    if said.everything and not said.python:
        today = {"date": datetime.date.today().isoformat()}
        tables.write("clean-room", [{"system": platform.system()} | total(results) | today])
    return int(any(result.faults for result in results))


if __name__ == "__main__":
    sys.exit(main())
