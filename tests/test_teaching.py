"""What teachers find: lessons of 45 minutes, quotations that hold, figures, a form for errors."""

import re
from itertools import pairwise

import pytest
import yaml

from generator import notebooks
from tests import conftest, test_tries
from web import teaching


@pytest.fixture(scope="module")
def teachers(site, html):
    """The page for teachers, parsed."""
    return html[site / "about/teachers.html"]


@pytest.fixture(scope="module")
def lessons(teachers):
    """The sections of the page that are lessons."""
    sections = teachers.select("article section section:has(> h2)")
    return [section for section in sections if "lesson" in section.h2.get_text()]


def test_each_lesson_fills_45_minutes_and_ends_with_a_question(lessons):
    assert len(lessons) == 2
    for lesson in lessons:
        steps = re.findall(
            r"^(\d+) to (\d+): ", "\n".join(h.get_text() for h in lesson("h3")), re.M
        )
        assert (steps[0][0], steps[-1][1]) == ("0", "45")
        assert all(end == start for (_, end), (start, _) in pairwise(steps))
        assert "Closing question." in lesson.get_text() and "Answer." in lesson.get_text()
        assert len(lesson.select(".attempt")) >= 6 and len(lesson.select(".cell_output")) >= 4


def test_wrong_answers_are_those_that_the_checks_are_tested_with(teachers):
    known = [
        f"… {attempt['says']} …"
        for page in test_tries.PAGES
        for _, wrong in test_tries.attempts(page).values()
        for attempt in wrong
    ]
    for attempt in teachers.select(".attempt"):
        label, said = re.search(r"^Check (.+?): (.+)$", attempt.get_text(), re.M).groups()
        choice = re.match(r"\s*\(([A-D])\) ", attempt.get_text())
        if choice:
            variable = "choice_" + re.sub(r"\W", "", label)
            _, verdict = teaching.option(variable, choice[1])
            assert said == verdict and not verdict.startswith("right")
        else:
            assert said in known, said


def test_cells_stand_with_their_stored_outputs(teachers):
    sources, outputs = set(), set()
    for page in notebooks.pages():
        for cell in notebooks.code_cells(conftest.read(page)):
            sources.add(cell.source)
            outputs.update(output.get("text", "").rstrip() for output in cell.outputs)
    cells = teachers.select(".cell")
    assert len(cells) >= 12
    for cell in cells:
        assert cell.pre
        for source in cell.select(".cell_input pre"):
            assert source.get_text().rstrip("\n") in sources
        for output in cell.select(".cell_output pre"):
            assert output.get_text().rstrip() in outputs


def test_the_entry_to_cite_is_that_of_the_citation_file(teachers):
    source = yaml.safe_load(teaching.CITATION.read_text("utf-8"))
    entry = teachers.select_one(".highlight-bibtex").get_text()
    fields = dict(re.findall(r"^ +(\w+) += \{+(.+?)\}+,?$", entry, re.M))
    assert fields["title"] == source["title"]
    assert fields["author"] == source["authors"][0]["name"]
    assert fields["url"].startswith("https://") and re.fullmatch(r"20\d\d", fields["year"])
    assert entry.count("{") == entry.count("}")


def test_every_figure_is_offered_by_its_page(site, html):
    offered = html[site / "about/figures.html"].select("figure.slide")
    framed = {
        (file.parent / link["href"]).resolve(): link.img["alt"]
        for file, page in html.items()
        for link in page.select("a.enlarge")
    }
    folder = site / "about"
    found = {(folder / each.a["href"]).resolve(): each.img["alt"] for each in offered}
    assert found == framed and len(found) > 40
    for figure, each in zip(found, offered):
        address = (folder / each.figcaption.a["href"]).resolve().relative_to(site.resolve())
        assert address.as_posix() in figure.read_text("utf-8")  # the credit names that page


def test_the_form_asks_where_and_takes_the_page_from_its_address():
    form = yaml.safe_load((notebooks.ROOT / ".github/ISSUE_TEMPLATE/error.yml").read_text("utf-8"))
    fields = {field["id"]: field for field in form["body"]}
    assert fields.keys() == {"page", "what", "expected", "where", "versions"}
    assert fields["page"]["type"] == "input"
    assert all("label" in field["attributes"] for field in form["body"])
