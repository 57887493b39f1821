"""The page on the state of the checks shows what is so, found here in another way."""

import hashlib
import inspect
import json
import re
import subprocess
import sys
from collections import Counter

import nbval.plugin
import pytest
from nbformat.v4 import new_code_cell, new_output
from test_locks import locked
from torchvision.datasets import FashionMNIST

import compare_figures
import conftest
import notebooks
import report
import tables
from checks import clean_room, matrix, status
from checks.rerun import Result


@pytest.fixture(scope="module")
def shown(html, site):
    """A function that returns the rows of a table of the page, dicts by column."""
    source = (notebooks.ROOT / "status.md").read_text("utf-8")
    names = re.findall(r":file: _build/status-(.+)\.csv", source)
    found = dict(zip(names, html[site / "status.html"].find_all("table"), strict=True))

    def rows(name):
        head, *body = [[cell.get_text(strip=True).replace("\xa0", " ") for cell in row.find_all(["th", "td"])]
                       for row in found[name].find_all("tr")]
        return [dict(zip(head, row, strict=True)) for row in body]

    return rows


def number(text):
    """Return a whole number as the page writes it."""
    return int(text.replace(",", ""))


def packages_of(lock):
    """Return the packages of a lock, each with its version."""
    return {tuple(line.split()[0].split("==")) for line in locked(f"requirements/{lock}.txt")}


def test_versions_are_those_of_the_locks(shown):
    python, *packages = shown("versions")
    oldest = re.search(r"version_info >= \((\d+), (\d+)\)", (notebooks.ROOT / "Makefile").read_text("utf-8"))
    assert python["locked"] == python["oldest PyTorch"] == f"from {'.'.join(oldest.groups())} on"
    assert re.search(r"run with 3\.\d+", python["what it does"])
    assert [row["package"] for row in packages] == list(status.PACKAGES)
    for column, lock in ("locked", "test"), ("oldest PyTorch", "oldest"):
        lines = packages_of(lock)
        for row in packages:
            expected = {version for package, version in lines if package == row["package"]}
            assert set(row[column].split(" or ")) == (expected or {""})
    assert all(row["locked"] for row in packages)
    assert packages_of("book") <= packages_of("test")


def test_data_is_the_data(shown, html, site):
    train, test = notebooks.load_data()
    rows, (sums,) = shown("data"), html[site / "status.html"].select("article div.highlight-text pre")
    assert {row["archive"]: row["MD5"] for row in rows} == dict(FashionMNIST.resources)
    for row in rows:
        file = notebooks.ROOT / "data/FashionMNIST/raw" / row["archive"]
        assert number(row["bytes"]) == file.stat().st_size
        assert number(row["items"]) == len(train if "train" in file.name else test)
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        assert f"{digest}  data/FashionMNIST/raw/{file.name}\n" in sums.text


def test_missing_data_stops_with_the_remedy(monkeypatch, tmp_path):
    monkeypatch.setattr(status, "ROOT", tmp_path)
    with pytest.raises(FileNotFoundError, match="git checkout data"):
        status.data()


def checked(cell):
    """Return whether nbval itself would compare the outputs of a cell, a dict."""
    marks = dict(nbval.plugin.find_metadata_tags(cell["metadata"]))
    marks |= dict(nbval.plugin.find_comment_markers("".join(cell["source"])))
    return marks.get("check", True) and not marks.get("skip") and cell["execution_count"]


def test_what_is_compared_is_what_nbval_compares(shown):
    command = sys.executable, "-m", "pytest", "--collect-only", "-q", "-n0", "chapters", "solutions"
    listed = subprocess.check_output(command, cwd=notebooks.ROOT, text=True)
    collected = Counter(re.findall(r"^(.+)\.ipynb::Cell \d+$", listed, re.MULTILINE))
    *rows, total = shown("notebooks")
    assert {row["notebook"]: int(row["code cells"]) for row in rows} == collected
    for row in rows:
        stored = json.loads((notebooks.ROOT / f"{row['notebook']}.ipynb").read_text("utf-8"))
        cells = [cell for cell in stored["cells"] if cell["cell_type"] == "code"]
        outputs = [output for cell in cells if checked(cell) for output in cell["outputs"]]
        figures = [output for output in outputs if "image/png" in output.get("data", {})]
        assert int(row["silent"]) == sum(cell["outputs"] == [] for cell in cells)
        assert int(row["texts"]) == len(outputs) - len(figures)
        assert int(row["figures"]) == len(figures)
        assert int(row["of stored values"]) == sum("drawn_from" in cell["metadata"] for cell in cells)
        assert int(row["not compared"]) == 0
    for column in list(total)[1:]:
        assert int(total[column]) == sum(int(row[column]) for row in rows)


def test_an_output_that_nbval_passes_over_does_not_count_as_compared():
    text = new_output("stream", name="stdout", text="1\n")
    other = [new_output("display_data", {name: "", "text/plain": ""}) for name in status.PASSED_OVER]
    cells = [
        new_code_cell("1", execution_count=1, outputs=[text, *other]),
        new_code_cell("1", execution_count=2, outputs=[text], metadata={"tags": ["nbval-ignore-output"]}),
        new_code_cell("# NBVAL_SKIP", execution_count=3, outputs=[text]),
        new_code_cell("1", outputs=[text]),
    ]
    count = status.compared(cells)
    assert (count["texts"], count["figures"], count["not compared"]) == (1, 0, 3 + len(other))
    lines = inspect.getsource(nbval.plugin.IPyNbFile.__init__).splitlines()
    skipped = re.findall(r"'(\w+/\S+)'", "\n".join(x for x in lines if not x.strip().startswith("#")))
    assert set(skipped) == status.PASSED_OVER | {"image/png"}


def test_what_is_left_out_is_counted(shown):
    rows = shown("not-compared")
    counts = [int(row["how many"]) for row in rows]
    total = shown("notebooks")[-1]
    mlx, = [row for row in shown("notebooks") if row["notebook"] == notebooks.name(conftest.MLX)]
    columns = "of stored values", "figures", "code cells"
    assert counts == [0, 0, *(int(total[name]) for name in columns), int(mlx["code cells"])]
    tile, level = compare_figures.TILE, compare_figures.TOLERANCE
    assert f"{tile} by {tile} pixels may differ by {level} of 255 levels" in rows[3]["why"]


def test_mutants_are_those_measured(shown):
    *rows, total = shown("costs")
    results, reasons = tables.read(report.RESULTS), report.reasons()
    caught = Counter(row["notebook"] for row in results if row["caught"])
    assert {row["notebook"]: int(row["caught"]) for row in rows} == caught
    assert int(total["caught"]) == caught.total()
    missed = sum(not row["caught"] and report.key(row) not in reasons for row in results)
    share = 100 * caught.total() / (caught.total() + missed)
    assert float(total["share, %"]) == pytest.approx(share, abs=0.05)


def test_runs_in_other_environments_are_those_measured(shown):
    assert (status.MATRIX, status.CLEAN_ROOM) == (matrix.TABLE, clean_room.TABLE)
    for name, file in ("matrix", status.MATRIX), ("clean-room", status.CLEAN_ROOM):
        stored, rows = tables.read(file), shown(name)
        if not stored:
            assert rows == [{"result": "not measured"}]
            continue
        held = sum(row["held"] == "yes" for row in stored)
        assert sum(int(row["held"]) for row in rows) == held
        assert sum(number(row["cells"]) for row in rows) == sum(int(row["cells"]) for row in stored)


@pytest.fixture
def measured(tmp_path, monkeypatch):
    """Results of one notebook that is unchanged and of one that changed, in three runs."""
    pages = [notebooks.name(page) for page in notebooks.pages()[:2]]
    torch = dict(packages_of("test"))["torch"]
    row = {"cells": 7, "held": "yes", "PyTorch": f"{torch}+cpu", "threads": "1", "noise": "none",
           "processor": "some", "date": "2030-01-01"}
    digests = tables.digest(notebooks.ROOT / f"{pages[0]}.ipynb"), "older"
    runs = [row | {"instructions": "avx2", "seconds": 20}, row | {"instructions": "default", "seconds": 40},
            row | {"instructions": "avx512", "seconds": 1, "noise": "1", "held": "no"}]
    monkeypatch.setattr(status, "MATRIX", tmp_path / "matrix.csv")
    tables.write(status.MATRIX, [{"notebook": page, "digest": digest} | run
                                 for page, digest in zip(pages, digests) for run in runs])
    return pages


def test_a_result_of_an_older_notebook_is_shown_as_changed(measured):
    same, old, *others, total = status.costs([*measured, "chapters/new"])
    assert (same["seconds"], old["seconds"]) == (20, 20)
    assert "seconds" not in same["changed since"] and "seconds" in old["changed since"]
    assert [row["seconds"] for row in (*others, total)] == ["not measured", "not measured"]
    first, _, noisy = status.runs(status.MATRIX, ["instructions", "noise"])
    assert (first["held"], first["unchanged since"], first["cells"]) == (2, 1, 14)
    assert (noisy["noise"], noisy["held"], noisy["unchanged since"]) == ("1", 0, 1)


def test_the_clean_room_is_summed_up(tmp_path):
    page, results = notebooks.pages()[0].with_suffix(".ipynb"), tmp_path / "clean-room.csv"
    tables.write(results, [Result(7).row(page) | {"system": "Linux", "date": "2030-01-01"}])
    row, = status.runs(results, ["system"])
    assert list(row.values()) == ["Linux", 1, 1, 1, 7, "2030-01-01"]


def test_what_was_not_measured_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(status, "MATRIX", tmp_path / "none.csv")
    status.draw_all(tmp_path)
    assert tables.read(tmp_path / "status-matrix.csv") == [{"result": "not measured"}]
    assert {row["seconds"] for row in tables.read(tmp_path / "status-costs.csv")} == {"not measured"}
