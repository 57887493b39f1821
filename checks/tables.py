"""Tables of measured results, CSV files, and the name of the processor that they were made on."""

import csv
import platform
from pathlib import Path

RESULTS = Path(__file__).with_name("results")


def read(name):
    """Return the rows of results/NAME.csv as dicts of strings; none if there is no file."""
    file = RESULTS / f"{name}.csv"
    if not file.exists():
        return []
    with file.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def write(name, rows):
    """Write rows (dicts with equal keys) in one step, so that no half file is left."""
    file = RESULTS / f"{name}.csv"
    draft = file.with_suffix(".csv.part")
    with draft.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    draft.replace(file)


def processor():
    """Return the name of this machine's processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(": ")[1] for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
