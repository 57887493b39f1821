"""The pages in a browser: accessible, light, quiet, reachable by keyboard, on phones too."""

import gzip
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from sphinx_external_toc.parsing import parse_toc_yaml

from generator import notebooks
from web import address

NOTEBOOKS = [notebooks.name(page) for page in notebooks.pages()]
BOOK = list(parse_toc_yaml(notebooks.ROOT / "_toc.yml"))
PAGES = [*BOOK, "404", "search"]
# Style and frame are shared: both widths and both themes on each page, all four together on a few.
MODES = [(1300, "light"), (390, "dark")]
OTHER_MODES = [(1300, "dark"), (390, "light")]
ALL_MODES = "intro", "404", "search", "about/exercises", "exercises/linear-concise"
# Pieces of code of one kind, in one kind of box, have the same colours: axe looks
# at the first of each kind, which makes it up to seven times as fast.
ONE_OF_EACH_KIND = """() => {
  const seen = new Set();
  for (const piece of document.querySelectorAll('.highlight span[class]')) {
    const boxes = ['.highlight', '.cell_input, .cell_output', '.cell, details'];
    const kind = [piece, ...boxes.map(box => piece.closest(box)?.parentElement)]
        .concat(piece.closest('.cell')).map(element => element?.className).join();
    if (seen.has(kind)) piece.replaceWith(...piece.childNodes);
    else seen.add(kind);
  }
  document.querySelectorAll('pre').forEach(pre => pre.normalize());
}"""
# The theme lets the tab key reach a box that scrolls, a moment after the width changed.
REACHABLE = """() => [...document.querySelectorAll('pre, .pst-scrollable-table-container')]
    .every(box => box.scrollWidth <= box.clientWidth || box.tabIndex >= 0)"""
STILL = "*, ::before, ::after { animation: none !important; transition: none !important; }"
# Formulas in the text that are wider than the paragraph or the table around them.
CUT = """() => [...document.querySelectorAll('.bd-article span.math mjx-math')].filter(formula => {
    const box = formula.closest('table, p, li, summary') ?? document.body;
    return formula.getBoundingClientRect().right > box.getBoundingClientRect().right + 1
  }).map(formula => formula.parentElement.textContent)"""
AXE = """async where => (await axe.run(where, {resultTypes: ["violations"]})).violations
    .map(found => [found.id, found.nodes.length, found.nodes[0].html.slice(0, 200)])"""
DRAW_ALL = """() => Promise.all([...document.images].map(image => {
    image.loading = 'eager'; return image.decode()
  })).then(() => null)"""
# The height of a page at 1300 px, so that a reader sees where she is: 16,000 px, and a twentieth
# more where the fonts are others.
HIGHEST = 16_800


@pytest.mark.parametrize("name", PAGES)
def test_quiet_light_short_and_accessible_in_both_themes_on_desk_and_phone(
    name, visit, served, site
):
    visited = visit(name, width=1300)
    page = visited.page
    page.evaluate(DRAW_ALL)
    assert visited.complaints == []
    # Formulas weigh; so do all figures of the book on one page, when a reader gets to its end.
    heavy = name == "about/figures" or any("mathjax" in url for url in visited.requests)
    assert weight(visited.requests, served, site) < (1_200_000 if heavy else 700_000)
    # Every formula of the source was typeset, and none was misunderstood.
    assert page.locator(".math:not(:has(mjx-container)), mjx-merror").count() == 0
    if name in NOTEBOOKS:
        assert page.evaluate("document.documentElement.scrollHeight") <= HIGHEST
    page.evaluate(AXE_SCRIPT)
    page.evaluate(ONE_OF_EACH_KIND)
    page.add_style_tag(content=STILL)
    for width, scheme in MODES + (OTHER_MODES if name in ALL_MODES else []):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function(f"document.documentElement.dataset.theme === '{scheme}'")
        page.wait_for_function(REACHABLE)
        # The frame around the text is the same on all pages.
        where = "html" if name in ALL_MODES else "main"
        assert page.evaluate(AXE, where) == [], (width, scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if width == 390:
            assert page.evaluate(CUT) == []


def weight(requests, served, site):
    """Return the bytes that addresses of the site send, compressed; none may lead elsewhere."""
    total = 0
    for url in set(requests):
        assert url.startswith((served, "data:")), url
        if url.startswith(served):
            file = site / unquote(urlsplit(url).path).removeprefix(urlsplit(served).path + "/")
            packed = file.suffix in (".png", ".woff", ".woff2")
            total += len(file.read_bytes() if packed else gzip.compress(file.read_bytes()))
    return total


@pytest.mark.parametrize("name", [name for name in NOTEBOOKS if "chapters" in name][::3])
def test_works_from_disk(name, visit, site):
    visited = visit(name, address=site.as_uri())
    assert visited.complaints == []
    assert all(url.startswith((site.as_uri(), "data:")) for url in visited.requests)
    assert visited.formulas > 10


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_buttons_lead_to_this_repository(name, html, site):
    repository, _ = address.published()
    path = repository.removeprefix("https://github.com/")
    buttons = {
        a.get("href") for a in html[site / f"{name}.html"].select(".article-header-buttons a")
    }
    branch = "main"
    assert {
        f"https://colab.research.google.com/github/{path}/blob/{branch}/{name}.ipynb",
        f"https://mybinder.org/v2/gh/{path}/{branch}?urlpath=lab/tree/{name}.ipynb",
        f"../_sources/{name}.ipynb",
        f"{repository}/blob/{branch}/{name}.md?plain=1",
        f"{repository}/edit/{branch}/{name}.md",
        repository,
    } <= buttons, buttons


def press_at(page, selector, key):
    """Go to the first element of selector with the tab key, then press key."""
    wanted = page.locator(selector).first
    for _ in range(400):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            page.keyboard.press(key)
            return
    raise AssertionError(f"the tab key never reached {selector}")


def test_hints_and_theme_by_keyboard(visit):
    page = visit("exercises/linear-concise").page
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    press_at(page, ".bd-header-article .theme-switch-button", "Enter")
    page.keyboard.press("Enter")
    assert page.evaluate("document.documentElement.dataset.mode") == "dark"
    press_at(page, ".bd-article details:not(.fold) > summary", "Enter")
    assert page.locator(".bd-article details:not(.fold)").first.get_attribute("open") is not None


def test_a_figure_enlarges_by_keyboard_and_closes(visit):
    page = visit("chapters/softmax-scratch").page
    small = page.locator("a.enlarge > img").first
    before = small.bounding_box()["width"]
    press_at(page, "a.enlarge", "Enter")
    assert page.locator("dialog.enlarged img").bounding_box()["width"] > 1.3 * before
    page.evaluate(AXE_SCRIPT)
    assert page.evaluate(AXE, "dialog.enlarged") == []
    link = page.locator("dialog.enlarged a")
    with page.expect_download() as saved:
        link.click()
    assert saved.value.suggested_filename == "softmax-scratch-1.svg"
    press_at(page, "dialog.enlarged button", "Enter")
    assert page.locator("dialog.enlarged").is_hidden()


def test_site_has_what_hosts_and_readers_ask_for(site):
    for name in "sitemap.xml", "_images/cover.png", "_static/favicon.svg":
        assert (site / name).stat().st_size > 100
    assert (site / ".nojekyll").exists()  # else GitHub would leave out _static


def test_each_page_has_a_preview(html, site):
    for name in BOOK:
        head = html[site / f"{name}.html"].head
        properties = {tag["property"]: tag["content"] for tag in head.select("meta[property]")}
        assert {"og:title", "og:description", "og:url", "og:image"} <= properties.keys()
        assert Path(site, "_images", properties["og:image"].rpartition("/")[2]).exists()
