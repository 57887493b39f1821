"""Build and test the book where other people do: in their folders, homes, locales, Pythons.

    python -m checks.worlds                 all worlds
    python -m checks.worlds 'a zip' ...     only these
    python -m checks.worlds --whole ...     with all notebooks, not with one

In each, `make book` installs and builds a copy of the book, and pytest runs the tests. Prints a
line for each world. Exit code 1 if something fails in one. Not made for Windows.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from generator import notebooks

NOTEBOOK = "exercises/linear-concise.ipynb"
NOBODY = 65534
PLACEHOLDER = re.compile("example(?=/softmax-regression|.github.io)")


def run(*command, folder, **options):
    """Run a command in a folder; return what it printed; CalledProcessError if it fails."""
    done = subprocess.run(
        command, cwd=folder, check=True, capture_output=True, text=True, **options
    )
    return done.stdout


def clone(target, *settings):
    """Clone the committed book to the folder target."""
    run("git", *settings, "clone", "--quiet", notebooks.ROOT, target, folder=target.parent)


def without_git(book):
    """Make it what a downloaded archive holds."""
    shutil.rmtree(book / ".git")


def inside_another(book):
    """Make it a copy within another repository, which has a fork's address."""
    without_git(book)
    run("git", "init", "--quiet", folder=book.parent)
    address = "https://github.com/other/thing"
    run("git", "remote", "add", "origin", address, folder=book.parent)


def rename_remote(book):
    """Call the remote something else."""
    run("git", "remote", "rename", "origin", "upstream", folder=book)


def publish(book):
    """Replace the placeholder by an address, and renew the links of the notebooks."""
    config = book / "_config.yml"
    config.write_text(PLACEHOLDER.sub("someone", config.read_text("utf-8")), "utf-8")
    run("make", "notebooks", folder=book)


def hide(book):
    """Add the files that systems and editors leave behind."""
    for name in "._intro.md", "chapters/._x.md", "solutions/._x.ipynb", ".vscode/notes.md":
        (book / name).parent.mkdir(exist_ok=True)
        (book / name).write_bytes(b"\x00\x05\x16\x07")
    (book / 'a"b Übung.txt').write_text("")
    (book / "broken").symlink_to("nowhere")


def lock_out(book):
    """Let no one else into the folder above."""
    book.parent.chmod(0o700)


# What is special in each: the folder's name, variables (None: unset), options of make, a change.
WORLDS = {
    "a plain clone": {},
    "a zip": {"change": without_git},
    "odd folder": {"name": "a b#c$HOME'd\"e%20f?Übung"},
    "inside another repository": {"change": inside_another},
    "CRLF checkout": {"git": ["-c", "core.autocrlf=true"]},
    "remote of another name": {"change": rename_remote},
    "stray files": {"change": hide},
    "locale C": {"variables": {"LANG": "C", "LC_ALL": "C"}},
    "no HOME": {"variables": {"HOME": None}},
    "unwritable HOME": {"variables": {"HOME": "/dev/null"}},
    "folder above closed": {"change": lock_out},
    "ordinary user": {"user": NOBODY},
    "active environment": {"variables": {"VIRTUAL_ENV": sys.prefix}},
    "make -j4": {"make": ["-j4"]},
    "settings": {"variables": {"PIP_USER": "1", "MPLBACKEND": "agg", "PYTHONWARNINGS": "always"}},
    "another repository": {"variables": {"GITHUB_REPOSITORY": "reader/other"}},
    "published address": {"change": publish},
    "no Chromium": {"variables": {"CHROME": "/nowhere"}},
    "Python 3.12": {"python": "3.12"},
    "Python 3.13": {"python": "3.13"},
}


def visit(
    folder, whole, name="book", variables=(), make=(), git=(), change=None, user=None, python=None
):
    """Build and test a copy of the book below folder; return pytest's last line.

    Raises CalledProcessError where something fails, and LookupError if the world is not to be
    had on this machine.
    """
    book = folder / name
    environment = dict(os.environ)
    environment.setdefault("UV_CACHE_DIR", run("uv", "cache", "dir", folder=folder).strip())
    for key, value in dict(variables).items():
        environment |= {key: value or ""}
        if value is None:
            del environment[key]
    if python:
        try:
            found = run("uv", "python", "find", "--no-python-downloads", python, folder=folder)
        except subprocess.CalledProcessError as error:
            raise LookupError(f"no Python {python} on this machine") from error
        make = [*make, f"PYTHON={found.strip()}"]
    clone(book, *git)
    if change:
        change(book)
    options = {"folder": book, "env": environment}
    if user is not None:
        if os.geteuid() != 0:
            raise LookupError("this is an ordinary user's session already")
        base = Path("/usr/bin/python3")
        make = [*make, f"PYTHON={base}"]
        environment |= {"HOME": str(folder), "UV_CACHE_DIR": str(folder / "cache")}
        folder.chmod(0o755)
        for place, _, files in os.walk(folder):
            for file in ["", *files]:
                os.lchown(Path(place, file), user, user)
        options |= {"user": user, "group": user}
        try:
            run(base, "-c", "import ensurepip", **options)
        except (OSError, subprocess.CalledProcessError) as error:
            raise LookupError("no Python that another user may run, with venv") from error
    run("make", *make, "book", **options)
    run("make", *make, ".venv/test", **options)
    tests = [] if whole else ["tests", NOTEBOOK]
    printed = run(".venv/bin/python", "-m", "pytest", "-q", *tests, **options)
    return printed.strip().splitlines()[-1].strip("= ")


def main():
    """Visit the worlds that the command line names; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("worlds", nargs="*", metavar="WORLD", help=", ".join(WORLDS))
    parser.add_argument("--whole", action="store_true", help="run all notebooks")
    said = parser.parse_args()
    if unknown := set(said.worlds) - set(WORLDS):
        parser.error(f"no such world: {', '.join(sorted(unknown))}")
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    failed = False
    for world in said.worlds or WORLDS:
        start = time.perf_counter()
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
            try:
                said_last = visit(Path(scratch).resolve(), said.whole, **WORLDS[world])
            except LookupError as error:
                said_last = f"skipped: {error}"
            except subprocess.CalledProcessError as error:
                failed = True
                lines = (error.stdout + error.stderr).strip().splitlines() or [""]
                faults = [line for line in lines if line.startswith(("FAILED", "ERROR"))]
                said_last = "\n  ".join([f"FAILED: {error.cmd[0]}", *(faults or lines[-9:])])
        print(f"{world}: {said_last} ({time.perf_counter() - start:.0f} s)", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
