"""Build the HTML book into _build/html, from the outputs that the notebooks store.

    python -m web.build

Nothing is done where no source changed. Exit code 1, with one line or Sphinx's warnings, if a
notebook is stale or a page has a fault.
"""

import hashlib
import io
import os
import shutil
import sys
from contextlib import redirect_stdout

from filelock import FileLock
from jupyter_book.sphinx import build_sphinx

from generator import notebooks
from web import address

BUILD = notebooks.ROOT / "_build"
SITE = BUILD / "html"
# What the site is made from: a change in the machinery makes all pages anew.
MACHINERY = "web", "generator", "requirements", "_config.yml"
SOURCES = (
    "intro.md",
    "_toc.yml",
    "about",
    "chapters",
    "exercises",
    "solutions",
    "checks/results",
    "tests/tries",
    "CITATION.cff",
    "data/FashionMNIST/SHA256SUMS",
)


def digest(names):
    """Return what identifies the files below the names, and the address of the site."""
    found = hashlib.sha256(repr(address.published()).encode())
    for place in (notebooks.ROOT / name for name in names):
        for file in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if file.is_file() and file.suffix not in (".pyc", ".part"):
                found.update(f"{file.relative_to(notebooks.ROOT)}\0".encode())
                found.update(hashlib.sha256(file.read_bytes()).digest())
    return found.hexdigest()


def build():
    """Build the site where a source changed; return what is wrong, or None.

    A build that failed or was killed leaves no stamp, and the next one starts from nothing:
    Sphinx would not repeat the warnings of pages that it has read.
    """
    BUILD.mkdir(exist_ok=True)
    with FileLock(BUILD / "lock"):
        try:
            _, success = notebooks.renew_texts(notebooks.pages(), check=True)
        except ValueError as error:
            return str(error)
        if not success:
            return "the book is not built"
        stamp, machinery, sources = BUILD / "stamp", digest(MACHINERY), digest(SOURCES)
        before = stamp.read_text().split() if stamp.exists() else ["", ""]
        if before == [machinery, sources]:
            return None
        stamp.unlink(missing_ok=True)
        if before[0] != machinery:
            shutil.rmtree(SITE, ignore_errors=True)
            shutil.rmtree(BUILD / ".doctrees", ignore_errors=True)
        with redirect_stdout(io.StringIO()) as log:
            failed = build_sphinx(
                notebooks.ROOT,
                SITE,
                noconfig=True,
                path_config=notebooks.ROOT / "_config.yml",
                confoverrides={
                    "external_toc_path": str(notebooks.ROOT / "_toc.yml"),
                    "nitpicky": True,
                    "latex_individualpages": False,
                },
                warningiserror=True,
                keep_going=True,
                jobs=os.cpu_count(),
            )
        if failed:
            return "the book is not built: see above"
        if "Executing notebook" in log.getvalue():
            return "the build ran code: the cache of outputs does not fit the pages"
        stamp.write_text(f"{machinery} {sources}")


def main():
    """Build the site and say where it is; return what is wrong, or None."""
    if fault := build():
        return fault
    print(f"The book: {(SITE / 'index.html').as_uri()}")


if __name__ == "__main__":
    sys.exit(main())
