"""A pytest plugin for the run of the notebooks: nbval compares figures, and what it passes over.

It also gives the kernels the book's settings and sound data, and keeps a notebook in one worker.

nbval alone compares figures as text, though their last digits depend on the processor; it ignores
the kind and order of outputs, and drops what stands before a carriage return. Here a figure is
compared, as a screen shows it, with the one that nbval's kernel drew.

A figure of run times differs on each run, one of chaotic training on each kind of processor.
Its cell names in its metadata, as `drawn_from`, the variables that it draws; the generator
stores their values with the figure. Here the cell draws those values, so that all of the
figure is compared; the values themselves cannot be.
"""

import ast
import copy
import io
import os
import sys
from contextlib import contextmanager

import nbval.plugin
import pytest
import vl_convert
from PIL import Image, ImageChops

from generator import data, kernel, notebooks

SETTINGS = notebooks.ROOT / "pyproject.toml"
SVG = "image/svg+xml"
# The stem of the notebooks on MLX, which were not tried on Windows.
MLX = "softmax-concise-mlx"
# The largest mean difference, in levels of 255, of a square of TILE by TILE pixels. Another
# instruction set and two threads change at most 1 (seen in 46 figures), matplotlib 3.11.0
# instead of 3.11.2 too (in 41); one digit for another, at 8 points, at least 32; two figures of
# one size and notebook, 241.
TOLERANCE, TILE = 8, 4


def pytest_addoption(parser):
    """Let another version of Matplotlib, which sets its text elsewhere, draw what it draws."""
    parser.addoption("--any-figure", action="store_true", help="take every figure for right")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    """Keep a person's settings from the kernels that this process starts."""
    if config.inipath == SETTINGS:  # not a slow check, which makes an environment of its own
        settings = kernel.environment()
        os.environ.clear()
        os.environ.update(settings)


def pytest_sessionstart(session):
    """Have sound data before two workers would unpack it at once; stop if there is none."""
    if not hasattr(session.config, "workerinput") and session.config.inipath == SETTINGS:
        try:
            data.prepare()
        except (OSError, RuntimeError) as error:
            pytest.exit(str(error), returncode=1)


@pytest.hookimpl(optionalhook=True)  # of pytest-xdist
def pytest_xdist_make_scheduler(config, log):
    """Keep the cells of a notebook, and the tests of a file, in one worker, in their order.

    Only the tests in the browser, which take longest, are shared out one by one.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            file = nodeid.partition("::")[0]
            return nodeid if file.endswith(("test_browser.py", "test_practice.py")) else file

    return ByFile(config, log)


def pytest_itemcollected(item):
    """Make nbval's cells cells of our class, which nbval's constructor would not take."""
    if isinstance(item, nbval.plugin.IPyNbCell):
        item.__class__ = Cell
        if item.path.stem == MLX and sys.platform == "win32":
            item.add_marker(pytest.mark.skip(reason="MLX was not tried on Windows"))


def picture(svg):
    """Return what an SVG file, a string, shows on a screen; ValueError if it is none."""
    try:
        return Image.open(io.BytesIO(vl_convert.svg_to_png(svg))).convert("RGBA")
    except RuntimeError as error:
        reason = str(error).splitlines()[0]
        raise ValueError(f"the stored figure is damaged: {reason}") from error


def difference(first, second):
    """Return how far two pictures of one size differ at worst: the mean of a tile, 0 to 255."""
    # Band by band, since reduce() weighs colours by the transparency.
    bands = ImageChops.difference(first, second).split()
    return max(band.reduce(TILE).getextrema()[1] for band in bands)


def figure_fault(drawn, stored):
    """Say how the stored figure differs from the one drawn, both SVG, or None."""
    try:
        drawn, stored = picture(drawn), picture(stored)
    except ValueError as error:
        return str(error)
    if drawn.size != stored.size:
        return f"the stored figure has {stored.size} pixels, the one drawn {drawn.size}"
    found = difference(drawn, stored)
    if found > TOLERANCE:
        return f"the figures differ by {found} of 255 levels in a tile, {TOLERANCE} are allowed"
    return None


def kind(output):
    """Return what nbval skips of an output: its type, stream, formats and metadata."""
    metadata = {k: v for k, v in output.get("metadata", {}).items() if k != "drawn_from"}
    return output.output_type, output.get("name"), sorted(output.get("data", [])), metadata


def drawn_from(cell):
    """Return the values stored with the figure of a cell, by variable; ValueError if wrong."""
    metadata = [output.get("metadata", {}) for output in cell.outputs]
    stored = [values["drawn_from"] for values in metadata if "drawn_from" in values]
    names = cell.metadata.get("drawn_from", [])
    try:
        values = ast.literal_eval(stored[0]) if stored else {}
    except (SyntaxError, ValueError) as error:
        raise ValueError("the values stored with the figure cannot be read") from error
    if len(stored) > 1 or not isinstance(values, dict) or list(values) != names:
        raise ValueError(f"the values stored with the figure are not those of {names}")
    return values


class Cell(nbval.plugin.IPyNbCell):
    """A code cell that nbval runs and compares, here with its figures."""

    def runtest(self):
        """Run the cell with its stored values and compare its outputs; raise if they differ."""
        joined = nbval.plugin.coalesce_streams(copy.deepcopy(self.cell.outputs))
        if joined != self.cell.outputs:
            self.raise_cell_error("The stored streams are cut up or hold a carriage return")
        try:
            values = drawn_from(self.cell)
        except ValueError as error:
            self.raise_cell_error(str(error))
        with self.in_place(values):
            super().runtest()

    @contextmanager
    def in_place(self, values):
        """Set variables of the kernel to the values, a dictionary, while the cell runs.

        A list takes the place of a tensor as a tensor of the same type.
        """
        if values:
            names = ", ".join(values)
            self.execute(
                f"_measured = {names},; {names}, = [old.new_tensor(value) "
                f"if hasattr(old, 'new_tensor') else value "
                f"for old, value in zip(_measured, {list(values.values())!r})]"
            )
        try:
            yield
        finally:
            if values:
                self.execute(f"{names}, = _measured")

    def execute(self, code):
        """Run a line of our own in the kernel; raise if it fails."""
        reply = self.parent.kernel.kc.execute(code, silent=True, reply=True, timeout=60)["content"]
        if reply["status"] != "ok":
            self.raise_cell_error(f"{reply['ename']}: {reply['evalue']}")

    def compare_outputs(self, test, ref, skip_compare=None):
        """Return whether the outputs of the run, test, are those stored, ref."""
        skip = *(skip_compare or self.parent.skip_compare), SVG
        if not super().compare_outputs(test, ref, skip):
            return False
        if list(map(kind, test)) != list(map(kind, ref)):
            faults = [f"stored: {list(map(kind, ref))}\nnow: {list(map(kind, test))}"]
        elif self.config.getoption("any_figure"):
            faults = []
        else:
            pairs = [
                (a.data[SVG], b.data[SVG]) for a, b in zip(test, ref) if SVG in a.get("data", {})
            ]
            faults = [fault for pair in pairs if (fault := figure_fault(*pair))]
        self.comparison_traceback = faults
        return not faults
