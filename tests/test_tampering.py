"""Whatever is altered in a stored notebook, nbval or a test of test_notebooks.py fails.

A small page is run once, by the book's generator. Each tampering alters a copy of its notebook.
For nbval the altered cells stand one after the other in one notebook, run by one kernel.
"""

import ast
import asyncio
import copy
import inspect
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from xml.etree import ElementTree

import nbformat
import pytest
from tqdm import tqdm

from generator import notebooks
from tests import test_notebooks
from tests.compare_figures import SVG

PAGE = """---
kernelspec: {display_name: Python 3, language: python, name: python3}
---
# Squares

The square of 3 is 9.

```{code-cell} ipython3
import time
import matplotlib.pyplot as plt
```

```{code-cell} ipython3
for n in (1, 2, 3):
    print(f"{n} squared is {n * n:4}")
```

```{code-cell} ipython3
[n**0.5 for n in (2, 3)]
```

```{code-cell} ipython3
---
mystnb: {image: {alt: A curve of the squares up to 81}}
---
fig, ax = plt.subplots(figsize=(4, 3), layout="constrained")
ax.plot([n**2 for n in range(10)], "-", lw=1, color="C0")
ax.plot([0, 9], [20.0, 20.0], ":", lw=1, color="C1")
ax.set_xticks([0, 3, 6], ["0.5", "1.5", "2.5"], fontsize=8)
ax.set_title("Squares from 0 to 81")
print("the last square is", 81)
plt.show()
```

```{code-cell} ipython3
---
mystnb: {image: {alt: A straight line of the numbers up to 81}}
---
fig, ax = plt.subplots(figsize=(4, 3), layout="constrained")
ax.plot([9 * n for n in range(10)], "-", lw=1, color="C0")
ax.set_title("Ninefold from 0 to 81")
plt.show()
```

```{code-cell} ipython3
seconds = [time.perf_counter() % 1 + n for n in range(3)]
```

```{code-cell} ipython3
---
mystnb: {image: {alt: Bars of three run times in seconds}}
drawn_from: [seconds]
---
fig, ax = plt.subplots(figsize=(4, 3))
ax.bar(range(3), seconds)
plt.show()
```

"""
IMPORTS, TABLE, VALUE, CURVE, LINE, CLOCK, BARS = range(7)

# The cell CURVE with a piece replaced, for figures that were altered.
ALTERED = {
    "a digit of the title": ("to 81", "to 31"),
    "a digit of a small tick label": ('"1.5"', '"1.3"'),
    "a thin line moved by two pixels": ("[20.0, 20.0]", "[20.8, 20.8]"),
    "the colour of a thin line": ('"C1"', '"C2"'),
    "one point of a curve": ("n**2 for", "n**2 + 3 * (n == 5) for"),
}


def replaced(number, old, new):
    """Return a tampering that replaces a text in the outputs of a cell."""

    def tamper(code):
        before = json.dumps(code[number].outputs)
        assert json.dumps(old)[1:-1] in before
        after = before.replace(json.dumps(old)[1:-1], json.dumps(new)[1:-1])
        code[number].outputs = nbformat.from_dict(json.loads(after))

    return tamper


def with_figure(number, change):
    """Return a tampering that changes the figure of a cell, a string."""

    def tamper(code):
        data = code[number].outputs[-1].data
        data[SVG] = change(data[SVG])

    return tamper


def cut_stream(code):
    """Store what a cell printed in two pieces."""
    first, second = (copy.deepcopy(code[TABLE].outputs[0]) for _ in range(2))
    first.text, second.text = first.text[:5], first.text[5:]
    code[TABLE].outputs = [first, second]


def turn_value_into_display(code):
    """Store a value as if the cell had displayed it."""
    value = code[VALUE].outputs[0]
    value.output_type = "display_data"
    del value["execution_count"]


OF_OUTPUTS = {
    "a printed digit": replaced(TABLE, "   4", "   5"),
    "the last line break": replaced(TABLE, "9\n", "9"),
    "what a carriage return hides": replaced(TABLE, "2 squared", "2 cubed\r2 squared"),
    "a stream in two pieces": cut_stream,
    "stdout as stderr": replaced(TABLE, "stdout", "stderr"),
    "the last digit of a value": replaced(VALUE, "1.7320508075688772", "1.7320508075688773"),
    "the kind of an output": turn_value_into_display,
    "an output deleted": lambda code: code[TABLE].outputs.clear(),
    "an output twice": lambda code: code[TABLE].outputs.append(code[VALUE].outputs[0]),
    "an output where there was none": lambda code: code[CLOCK].outputs.extend(code[TABLE].outputs),
    "a count removed": lambda code: code[TABLE].update(execution_count=None),
    "a figure repeated": lambda code: code[LINE].update(outputs=code[CURVE].outputs[-1:]),
    "a figure deleted": lambda code: code[LINE].outputs.clear(),
    "a figure without its picture": lambda code: code[LINE].outputs[0].data.pop(SVG),
    "a figure of another size": lambda code: code[LINE].update(outputs=code[BARS].outputs),
    "a figure made transparent": with_figure(
        LINE, lambda svg: svg.replace("<svg ", '<svg opacity="0" ')
    ),
    "a figure cut off": with_figure(LINE, lambda svg: svg[: len(svg) // 2]),
    "a stored run time": replaced(BARS, "'seconds': [", "'seconds': [1"),
    "stored run times that are code": replaced(BARS, "'seconds': [", "'seconds': [print(), "),
}


def changed(number, **fields):
    """Return a tampering that sets fields of a code cell."""
    new = nbformat.from_dict(fields)
    return lambda notebook: notebooks.code_cells(notebook)[number].update(new)


def swap_cells(notebook):
    """Swap two cells, with their outputs and counts."""
    notebook.cells[3], notebook.cells[4] = notebook.cells[4], notebook.cells[3]


def count_result(notebook):
    """Store another count with a value than with its cell."""
    notebooks.code_cells(notebook)[VALUE].outputs[0].execution_count = 9


def add_jpeg(notebook):
    """Store a second picture with a figure, in a format that nbval passes over."""
    data = notebooks.code_cells(notebook)[LINE].outputs[0].data
    data["image/jpeg"] = data[SVG]


GENERATOR = "test_generator_would_change_nothing"
ORDER = "test_executed_in_order_without_errors"
FORMATS = "test_outputs_are_text_and_figures"
RUNS_CODE = with_figure(LINE, lambda svg: svg.replace("</svg>", "<script>1</script></svg>"))
FETCHES = with_figure(LINE, lambda svg: svg.replace("</svg>", '<image href="//e.org/"/></svg>'))
EXEMPT = "test_no_cell_is_exempt_from_comparison"
OF_NOTEBOOK = {
    "a word of the text": (GENERATOR, lambda n: n.cells[0].update(source="# Cubes")),
    "a cell dropped": (GENERATOR, lambda n: n.cells.pop()),
    "cells swapped": (GENERATOR, swap_cells),
    "a line of code": (GENERATOR, changed(TABLE, source="print(1)")),
    "alternative text": (GENERATOR, changed(CURVE, metadata={"mystnb": {"image": {"alt": "A"}}})),
    "a figure without alternative text": (
        "test_every_figure_says_what_it_shows",
        changed(CURVE, metadata={}),
    ),
    "a cell said not to have run": (ORDER, changed(TABLE, execution_count=None, outputs=[])),
    "a printing cell without output": (
        "test_output_where_the_code_prints",
        changed(TABLE, outputs=[]),
    ),
    "the count of a value": (ORDER, count_result),
    "a picture in a format that is not compared": (FORMATS, add_jpeg),
    "a figure that runs code": (FORMATS, lambda n: RUNS_CODE(notebooks.code_cells(n))),
    "a figure that fetches": (FORMATS, lambda n: FETCHES(notebooks.code_cells(n))),
    "stderr": (ORDER, lambda n: replaced(TABLE, "stdout", "stderr")(notebooks.code_cells(n))),
    "a comment that stops nbval": (EXEMPT, changed(TABLE, source="# NBVAL_IGNORE_OUTPUT\n1")),
    "a tag that stops nbval": (EXEMPT, changed(TABLE, metadata={"tags": ["nbval-skip"]})),
}


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """The small page, its notebook, and the same cell CURVE drawn with each alteration."""
    page = tmp_path_factory.mktemp("tampering") / "page.md"
    page.write_text(PAGE, "utf-8")
    notebook = notebooks.read_source(page)
    length = len(notebook.cells)
    source = notebooks.code_cells(notebook)[CURVE].source
    for old, new in ALTERED.values():
        assert old in source
        notebook.cells.append(nbformat.v4.new_code_cell(source.replace(old, new)))
    # In a thread: a worker that ran browser tests has a loop of Playwright's in this one.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, notebooks.execute(notebook, page, tqdm(disable=True))).result()
    figures = [cell.outputs for cell in notebook.cells[length:]]
    del notebook.cells[length:]
    return SimpleNamespace(page=page, notebook=notebook, altered=dict(zip(ALTERED, figures)))


@pytest.fixture(scope="module")
def by_nbval(ran):
    """What nbval says of each altered cell, in a list by the name of the tampering.

    None stands for a cell that passes. Under the name "sound" are all cells, unaltered; they
    come first, so that the kernel has run the whole page.
    """
    sound = notebooks.code_cells(ran.notebook)
    found = {"sound": sound}
    for name in (*OF_OUTPUTS, *ALTERED):
        tampered = copy.deepcopy(sound)
        if name in ALTERED:
            tampered[CURVE].outputs = ran.altered[name]
        else:
            OF_OUTPUTS[name](tampered)
        found[name] = [cell for cell, before in zip(tampered, sound) if cell != before]
    together = copy.deepcopy(ran.notebook)
    together.cells = [cell for cells in found.values() for cell in cells]
    file = ran.page.with_name("tampered.ipynb")
    file.write_text(json.dumps(together), "utf-8")
    file.with_name("pytest.ini").write_text("[pytest]\n", "utf-8")
    report = file.with_name("report.xml")
    plugins = ["-p", "tests.compare_figures", "-p", "no:cacheprovider", "--nbval", "--color=no"]
    subprocess.run(
        [sys.executable, "-m", "pytest", *plugins, f"--junitxml={report}", file.name],
        cwd=file.parent,
        env=os.environ | {"PYTHONPATH": str(notebooks.ROOT)},
        stdout=subprocess.DEVNULL,
    )
    said = [case.findtext("failure") for case in ElementTree.parse(report).iter("testcase")]
    assert len(said) == len(together.cells)
    return {name: [said.pop(0) for _ in cells] for name, cells in found.items()}


def test_a_sound_notebook_passes(by_nbval, ran):
    assert by_nbval["sound"] == [None] * len(notebooks.code_cells(ran.notebook))
    for name in {name for name, _ in OF_NOTEBOOK.values()}:
        run_test(name, ran.page, ran.notebook)


@pytest.mark.parametrize("name", [*OF_OUTPUTS, *ALTERED])
def test_nbval_catches(by_nbval, name):
    assert by_nbval[name] and all(by_nbval[name])
    assert "plugin exception" not in str(by_nbval[name]), "it failed by accident"


def run_test(name, page, notebook):
    """Call a test of test_notebooks.py for a page and a notebook in its place."""
    page.with_suffix(".ipynb").write_text(json.dumps(notebook), "utf-8")
    code = notebooks.code_cells(notebook)
    trees = [ast.parse(cell.source) for cell in code]
    known = {"page": page, "code": code, "trees": trees}
    test = getattr(test_notebooks, name)
    test(**{key: known[key] for key in inspect.signature(test).parameters})


@pytest.mark.parametrize("name", OF_NOTEBOOK)
def test_a_test_catches(ran, name):
    test, tamper = OF_NOTEBOOK[name]
    tampered = copy.deepcopy(ran.notebook)
    tamper(tampered)
    assert tampered != ran.notebook
    with pytest.raises(AssertionError):
        run_test(test, ran.page, tampered)
