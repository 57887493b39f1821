"""The search: each query leads to the section that answers it, from disk too."""

import json
import re
from urllib.parse import quote

import pytest
import yaml
from axe_playwright_python.base import AXE_SCRIPT
from sphinx_external_toc.parsing import parse_toc_yaml

from generator import notebooks
from tests.test_browser import AXE
from web import search

QUERIES = yaml.safe_load(notebooks.ROOT.joinpath("tests/search.yml").read_text("utf-8"))
FIND = """queries => queries.map(query =>
    bookFind(query).map(({place}) => place.replace('.html', '')))"""

# Marks that begin or end within a word.
CUT_WORDS = r"""() => [...document.querySelectorAll('mark.found')].filter(mark =>
    /\w$/.test(mark.previousSibling?.data ?? '') || /^\w/.test(mark.nextSibling?.data ?? '')
  ).map(mark => mark.parentNode.textContent)"""


@pytest.fixture(scope="module")
def entries(site):
    """What the search knows of each section of the site, by its place."""
    script = site.joinpath("search/entries.js").read_text("utf-8")
    found = json.loads(script.removeprefix("bookEntries = ").rstrip(";\n"))
    return {entry["place"].replace(".html", ""): entry for entry in found}


@pytest.fixture
def results(visit, site):
    """A function that asks the search page, from disk, and returns the page."""

    def results(query, **how):
        page = visit("search", address=site.as_uri(), **how).page
        page.goto(f"{site.as_uri()}/search.html?q={quote(query)}")
        page.wait_for_function("document.getElementById('search-status').textContent")
        return page

    return results


def ranks(found, wanted):
    """Return for each query the rank of the first right place, or 999."""
    return {
        query: next((rank for rank, place in enumerate(places, 1) if place in right), 999)
        for (query, right), places in zip(wanted.items(), found)
    }


@pytest.mark.parametrize(
    "group, first, in_three",
    [("queries", 0.9, 1), ("held_out", 0.6, 0.8), ("held_out_again", 0.6, 0.8)],
)
def test_queries_lead_to_their_places(group, first, in_three, results):
    wanted = QUERIES[group]
    found = ranks(results("x").evaluate(FIND, list(wanted)), wanted)
    later = {query: rank for query, rank in found.items() if rank > 1}
    assert len(found) - len(later) >= first * len(found), later
    assert sum(rank <= 3 for rank in found.values()) >= in_three * len(found), later


def test_the_forms_of_a_word_find_the_same(results):
    forms = ["log-sum-exp", "log sum exp", "logsumexp"]
    found = results("x").evaluate(FIND, forms)
    assert len({tuple(places[:3]) for places in found}) == 1, found


def test_all_sections_are_known_and_no_others(site, entries):
    for page in {*parse_toc_yaml(notebooks.ROOT / "_toc.yml")} - {search.REPEATS}:
        source = site.joinpath(f"{page}.html").read_text("utf-8")
        known = {place.partition("#")[2] for place in entries if place.startswith(f"{page}#")}
        assert known == set(re.findall(r'<section (?!class="explorable")[^>]*?id="(.+?)"', source))


def test_places_that_are_named_by_hand_exist(entries):
    named = {place for group in QUERIES.values() for places in group.values() for place in places}
    assert {*search.KNOWN_AS, *named} - {*entries} <= {
        place for place in named if "#explorable-" in place
    }


def test_results_quote_no_tex_and_no_check(entries):
    for place, entry in entries.items():
        assert not re.search(r"\\[a-zA-Z]|\$", entry.get("text", "")), place
        assert "nothing tried yet" not in entry.get("prints", ""), place


@pytest.mark.parametrize(
    "tex, text",
    [
        (r"-\log \hat y_y", "−log ŷ_y"),
        (r"\frac{1}{n} \sum_{i=1}^n x_i", "1/n ∑ᵢ₌₁ⁿ xᵢ"),
        (r"e^{-\lambda x} \le 10^{-6}", "e^(−λx) ≤ 10⁻⁶"),
        (r"\nonsense{x}", "…"),
    ],
)
def test_formulas_are_quoted_as_text(tex, text):
    assert search.formula(tex) == text


def test_a_reader_arrives_at_the_section_with_whole_words_marked(results):
    page = results("subtract the max")
    page.keyboard.press("ArrowDown")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.wait_for_selector("html[data-arrived]")
    heading = page.locator(f"[id='{page.url.partition('#')[2]}'] > :is(h1, h2, h3)").first
    assert "highlight" not in page.url
    assert 0 <= heading.bounding_box()["y"] < 200
    marked = {word.lower() for word in page.locator("mark.found").all_inner_texts()}
    assert {"maximum", "subtract"} <= marked
    assert page.evaluate(CUT_WORDS) == []
    page.keyboard.press("Escape")
    assert page.locator("mark.found").count() == 0


def test_a_fold_opens_that_alone_has_the_words(visit, site):
    page = visit("search", address=site.as_uri()).page
    name, section = "solutions/3-5-2-faster-reading", "the-loader-s-workers-are-slow-or-hang"
    page.goto(f"{site.as_uri()}/{name}.html?highlight=non_blocking#{section}")
    page.wait_for_selector("html[data-arrived]")
    assert page.locator("mark.found").first.is_visible()


def test_results_change_as_one_types_and_nothing_found_leads_on(results):
    page = results("qwxz")
    assert page.locator("#search-nothing").is_visible()
    assert page.locator("#search-status").inner_text() == "Nothing found."
    page.locator(".bd-search-container input").fill("overfl")
    page.locator("#search-results mark", has_text="overflow").first.wait_for()
    assert page.locator("#search-nothing").is_hidden()


@pytest.mark.parametrize("width, scheme", [(1300, "light"), (390, "dark")])
def test_results_and_marks_are_accessible(width, scheme, results):
    page = results("cross_entropy", width=width, scheme=scheme)
    page.evaluate(AXE_SCRIPT)
    assert page.evaluate(AXE, "main") == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.locator("#search-results a").first.click()
    page.wait_for_selector("html[data-arrived]")
    page.evaluate(AXE_SCRIPT)
    assert page.evaluate(AXE, ".bd-article") == []
