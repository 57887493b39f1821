"""The HTML: complete, every link lands, the outputs are those of the notebooks."""

import re
from urllib.parse import unquote, urldefrag, urlsplit

import pytest

from generator import notebooks
from tests import compare_figures
from web import address, figures


@pytest.fixture(scope="module")
def anchors(html):
    """The ids that links can lead to, of every page of the site."""
    return {file: {tag["id"] for tag in page.find_all(id=True)} for file, page in html.items()}


def lands(url, file, anchors):
    """Whether a link in the page file leads to a file, and to an id where it names one."""
    path, anchor = urldefrag(url)
    if path.startswith("/"):  # from the page for wrong addresses, which is at the root
        path = path.removeprefix(urlsplit(address.published()[1]).path) or "index.html"
    target = (file.parent / unquote(path)).resolve() if path else file
    if anchor and target in anchors:
        return anchor in anchors[target]
    return target.is_file()


def test_links_between_pages_land(html, anchors):
    count = 0
    for file, page in html.items():
        for tag in page.find_all(["a", "link", "script", "img"]):
            url = tag.get("href") or tag.get("src") or ""
            if url and url != "#" and not re.match(r"[a-z]+:|//", url):
                assert lands(re.sub(r"\?.*?(#|$)", r"\1", url), file, anchors), (file, url)
                count += 1
    assert count > 100


def test_links_from_the_notebooks_land(page, site, anchors):
    address = notebooks.site() + "/"
    links = re.findall(
        re.escape(address) + r"([^)\s\"]*)", page.with_suffix(".ipynb").read_text("utf-8")
    )
    assert links
    for link in links:
        assert lands(link, site / "index.html", anchors), link


def test_nothing_comes_from_a_third_party(html):
    for file, page in html.items():
        for tag in page.find_all(["script", "img", "iframe", "link"]):
            loads = tag.name != "link" or "stylesheet" in tag.get("rel", [])
            url = tag.get("src") or tag.get("href") or ""
            assert not (loads and re.match(r"https?:|//", url)), (file, url)


def shown(cell, file):
    """Return the outputs of a cell of the HTML: lines of text, and figures."""
    output = cell.find(class_="cell_output")
    if output is None:
        return [], []
    text = [pre.text.rstrip() for pre in output.find_all("pre")]
    images = [(file.parent / img["src"]).read_text("utf-8") for img in output.find_all("img")]
    return text, images


def stored(cell):
    """Return the outputs of a cell of the notebook in the same form."""
    text, images = [], []
    for output in cell.outputs:
        data = output.get("data", {})
        if "image/svg+xml" in data:
            images.append(data["image/svg+xml"].rstrip())
        else:
            text.append((output.get("text") or data["text/plain"]).rstrip())
    return text, images


def test_outputs_are_those_of_the_notebook(page, code, site, html):
    file = site / f"{notebooks.name(page)}.html"
    cells = html[file].find_all("div", class_="cell")
    assert len(cells) == len(code)
    for in_html, in_notebook in zip(cells, code):
        assert shown(in_html, file) == stored(in_notebook), in_notebook.source


def test_figures_have_their_place_before_they_are_loaded(html):
    found = [
        (file.parent, img) for file, page in html.items() for img in page.select("article a > img")
    ]
    assert len(found) > 40
    for folder, img in found:
        shape = figures.size((folder / img["src"]).read_text("utf-8"))
        assert [float(img[side]) for side in ("width", "height")] == [
            round(figures.PIXELS * side) for side in shape
        ]


def test_folded_cells_go_by_their_titles(page, code, site, html):
    folded = [cell.source for cell in code if "hide-input" in cell.metadata.get("tags", [])]
    summaries = html[site / f"{notebooks.name(page)}.html"].select("details.fold > summary")
    assert [f"# @title {tag.text}" for tag in summaries] == [s.splitlines()[0] for s in folded]


def test_download_is_the_committed_notebook(page, site):
    name = f"{notebooks.name(page)}.ipynb"
    assert (site / "_sources" / name).read_bytes() == (notebooks.ROOT / name).read_bytes()


def test_each_figure_can_be_downloaded_with_its_credit(html):
    for file, page in html.items():
        for link in page.select("a.enlarge"):
            copy = (file.parent / link["href"]).read_text("utf-8")
            assert figures.LICENCE in copy and f"{address.published()[1]}" in copy
            plain = (file.parent / link.img["src"]).read_text("utf-8")
            assert plain.split("</metadata>")[1].rstrip().removesuffix("</svg>") in copy
            width, height = figures.size(plain)
            assert figures.size(copy) == [width, height + figures.ROOM]
            compare_figures.picture(copy)
