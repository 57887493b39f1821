"""Run notebooks under nbval with the kernel of any environment, and count what held."""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

import nbformat

from generator import kernel, notebooks

ESCAPE = re.compile(r"#x1B\[[\d;]*m")  # a colour of IPython's, as pytest writes it in XML


@dataclass
class Result:
    """What came of one notebook."""

    cells: int = 0  # that ran and gave the stored outputs
    faults: list = field(default_factory=list)  # a line for each other cell
    seconds: float = 0.0


def total(results):
    """Return the columns of a table that count what held in several notebooks."""
    held = sum(not result.faults for result in results)
    return {"notebooks": len(results), "held": held, "cells": sum(r.cells for r in results)}


def asked(description, **options):
    """Return what the command line says: its pages, or all, and the values of options.

    options are more arguments, with what argparse should know of each. Exits with one line
    if a page is unknown. `everything` says whether no page was named.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("pages", nargs="*", type=Path, help="chapters/NAME.md ...; or all")
    for name, facts in options.items():
        parser.add_argument(f"--{name}", **facts)
    said = parser.parse_args()
    unknown = [str(page) for page in said.pages if page.resolve() not in notebooks.pages()]
    if unknown:
        parser.error(f"no page of the book: {', '.join(unknown)}")
    said.everything = not said.pages
    said.pages = [page.resolve() for page in said.pages] or notebooks.pages()
    return said


def rerun(files, python, folder, changes=(), options=(), startup=None, figures=True):
    """Run notebooks under nbval; return a Result for each of files.

    files are paths from folder; each runs where it is. pytest, its options, and nbval are
    those of this process; only the kernel is that of python (a path). So nothing that
    compares can lend a notebook a package. changes are variables of the kernel's environment
    that differ from the usual ones; startup is the path of a program that the kernel runs
    first. Raises RuntimeError if pytest could not run.
    """
    with tempfile.TemporaryDirectory() as scratch:
        argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        if startup:
            argv += ["--IPKernelApp.exec_lines", f"__import__('runpy').run_path({str(startup)!r})"]
        named = {"argv": argv, "display_name": "Python", "language": "python"}
        specification = Path(scratch, "kernels", "checked", "kernel.json")
        specification.parent.mkdir(parents=True)
        specification.write_text(json.dumps(named), "utf-8")
        report, settings = Path(scratch, "report.xml"), Path(scratch, "pytest.ini")
        settings.write_text("[pytest]\naddopts = --nbval --color=no -p no:cacheprovider\n", "utf-8")
        command = [sys.executable, "-m", "pytest", "-c", settings, "--nbval-kernel-name", "checked"]
        command += ["--junitxml", report, "--rootdir", folder, *options]
        command += ["-p", "tests.compare_figures", *([] if figures else ["--any-figure"])]
        command += [Path(folder, file) for file in files]
        variables = kernel.environment() | {"JUPYTER_PATH": scratch}
        # Here pytest finds our plugin; a kernel starts in the folder of its notebook.
        where = {"cwd": notebooks.ROOT, "env": variables | dict(changes)}
        run = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", **where)
        if run.returncode > 1:  # neither all passed nor some failed
            raise RuntimeError((run.stderr or run.stdout).strip().splitlines()[-1])
        return read(report, files, folder)


def fault(case):
    """Say in one line what is wrong with a cell: nbval's verdict, then the end of its text."""
    name, text = case.get("name"), case[0].text or case[0].get("message") or case[0].tag
    lines = [x.strip() for x in ESCAPE.sub("", text).splitlines() if x.strip()]
    said = dict.fromkeys([lines[min(1, len(lines) - 1)].removeprefix(f"{name}: "), lines[-1]])
    return f"{name}: {' ... '.join(said)}"


def read(report, files, folder):
    """Return the Result of each of files from pytest's JUnit report."""
    cases = defaultdict(list)
    for case in ElementTree.parse(report).iter("testcase"):
        cases[case.get("classname")].append(case)
    results = {}
    for file in files:
        result = results[file] = Result()
        for case in cases[Path(file).as_posix().replace("/", ".")]:
            result.seconds += float(case.get("time"))
            if len(case):  # <failure>, <error> or <skipped>
                result.faults.append(fault(case))
            else:
                result.cells += 1
        stored = notebooks.code_cells(nbformat.read(Path(folder, file), as_version=4))
        missing = len(stored) - result.cells - len(result.faults)
        if missing or not stored:
            result.faults.append(f"{missing} of {len(stored)} cells were not run")
    return results
