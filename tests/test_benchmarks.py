"""The benchmarks measure the book's own functions, right ones; nothing here is timed."""

import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from generator import notebooks

sys.path.append(str(notebooks.ROOT / "benchmarks"))
import measure  # noqa: E402
import ways  # noqa: E402


@pytest.fixture(scope="module")
def images():
    """The first images of both sets, as the benchmarks load them."""
    data = vars(ways.load())
    return SimpleNamespace(**{name: tensor[:1000] for name, tensor in data.items()})


def test_the_pages_define_what_is_measured():
    programs = [file.read_text("utf-8") for file in Path(ways.__file__).parent.glob("*.py")]
    used = re.findall(r"(SWEEP|LADDER|SCALE)\[\"(\w+)\"\](?! =)", "".join(programs))
    assert len(used) > 15
    for page, name in used:
        assert name in getattr(ways, page), f"{name} is gone from the page"


def test_ways_are_the_same_training(images):
    trained = {}
    for name in ("sliced", "ours"):
        train, test = ways.WAYS[name](images, 64, seed=3)
        trained[name] = [train(), train(), test()]
    assert trained["sliced"] == pytest.approx(trained["ours"], abs=1e-5)
    assert trained["ours"][1] < trained["ours"][0] < 2.3


def test_losses_are_the_same():
    draw = torch.Generator().manual_seed(0)
    W = torch.randn(3000, 5, generator=draw, requires_grad=True)
    H = torch.randn(7, 5, generator=draw, requires_grad=True)
    y = torch.arange(0, 2800, 400)
    results = []
    for name in ways.LOSSES:
        results.append([ways.loss_and_gradient(name, H, W, y), H.grad, W.grad])
    torch.testing.assert_close(*results)


def test_aims_are_compared_with_the_results(monkeypatch, capsys):
    written = []
    monkeypatch.setattr(measure, "write", lambda name, rows: written.extend(rows))
    measure.write_targets()
    stored = measure.read("targets")
    assert len(stored) == len(measure.AIMS) == len(written)
    assert [row["measure"] for row in stored] == [row["measure"] for row in written]
    assert [row["met"] for row in stored] == [row["met"] for row in written]
    assert [float(row["measured"]) for row in stored] == [row["measured"] for row in written]


def shown(html, site, name):
    """Return the rows of the page's table of results/name.csv: lists of <td>."""
    names = re.findall(r":file: .*/(.+)\.csv", (notebooks.ROOT / "benchmarks.md").read_text("utf-8"))
    table = html[site / "benchmarks.html"].find_all("table")[names.index(name)]
    return [row.find_all("td") for row in table.select("tbody tr")]


def test_the_page_shows_the_results_to_the_right(site, html):
    for file in measure.RESULTS.glob("*.csv"):
        for cells, row in zip(shown(html, site, file.stem), measure.read(file.stem), strict=True):
            for cell, stored in zip(cells, row.values(), strict=True):
                text = cell.get_text(strip=True)
                if "text-right" in cell.get("class", []):
                    assert float(text.replace(",", "")) == float(stored)
                else:
                    assert text.replace("’", "'") == stored
    assert all("text-right" in row[2]["class"] for row in shown(html, site, "targets"))
    for row in shown(html, site, "epochs"):  # three significant digits
        assert len(row[2].get_text(strip=True).replace(".", "").lstrip("0")) == 3, row
    assert shown(html, site, "collectives")[-1][0].get_text(strip=True) == "67,108,864"


def test_alt_texts_say_the_finding(site, html):
    images = html[site / "benchmarks.html"].select("article img[src*=benchmark-]")
    assert len(images) == 5
    gain = max(float(row["times as fast"]) for row in measure.read("epochs"))
    assert re.match(rf"Ours: \d+ to {gain:.0f} times as fast as the usual way\. ", images[0]["alt"])
