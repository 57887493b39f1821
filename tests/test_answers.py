"""Every exercise is asked, answered part by part, and found; corrections have evidence."""

import re
from urllib.parse import urldefrag

import pytest
import yaml

from generator import notebooks

SECTIONS = yaml.safe_load((notebooks.ROOT / "tests/exercises.yml").read_text("utf-8"))
EXERCISES = [
    (f"{section['section']}.{number}", section, parts)
    for section in SECTIONS
    for number, parts in enumerate(section["parts"], 1)
]
each_exercise = pytest.mark.parametrize(
    "exercise, section, parts", EXERCISES, ids=[name for name, *_ in EXERCISES]
)


def anchor(exercise):
    """Return the HTML id of the answer to an exercise such as 3.6.1."""
    return "exercise-" + exercise.replace(".", "-")


def answer_of(exercise, section, site, html):
    """Return the section of the site that answers an exercise."""
    page = html[site / f"solutions/{section['name']}.html"]
    return page.find("section", id=anchor(exercise))


def paragraphs(section):
    """Return question and short answer: the text of a section before its parts."""
    return [p.get_text() for p in section.find_all("p", recursive=False)]


def test_the_sources_ask_26_exercises_in_38_parts():
    assert len(EXERCISES) == 26
    assert sum(parts for *_, parts in EXERCISES) == 38


@each_exercise
def test_answer_has_question_short_answer_and_every_part(exercise, section, parts, site, html):
    answer = answer_of(exercise, section, site, html)
    assert answer.find("h2").get_text().startswith(f"Exercise {exercise}")
    question, short_answer = paragraphs(answer)
    assert re.match(r"Question\. .+[.?!:)]", question, re.DOTALL), question
    assert re.match(r"Short answer\. .+\.$", short_answer, re.DOTALL), short_answer
    assert len(re.findall(r"[.!?](?=\s|$)", short_answer)) == 2, "one sentence, please"
    found = answer.find_all("section", recursive=False)
    headings = {part.find("h3").get_text(): part for part in found}
    for letter in "abcdefgh"[:parts]:
        part = [p for title, p in headings.items() if title.startswith(f"{exercise} ({letter}): ")]
        assert len(part) == 1, f"{exercise} ({letter}) in {list(headings)}"
        assert len(part[0].get_text().split()) > 40, part[0].get_text()
    assert answer.find("div", class_="cell_output"), "an answer shows its evidence"


@each_exercise
def test_chapter_asks_and_links(exercise, section, parts, site, html):
    asked = html[site / f"chapters/{section['name']}.html"].find(id="exercises")
    assert exercise in asked.get_text()
    assert asked.find("a", href=f"../solutions/{section['name']}.html#{anchor(exercise)}")


@each_exercise
def test_index_leads_to_the_answer(exercise, section, parts, site, html):
    index = html[site / "about/exercises.html"]
    link = index.find("a", href=f"../solutions/{section['name']}.html#{anchor(exercise)}")
    assert link and link.get_text() == exercise
    entry = link.find_parent("section")
    assert paragraphs(entry) == paragraphs(answer_of(exercise, section, site, html))


def test_index_is_one_click_away_from_every_page(site, html):
    for name in ["intro", *map(notebooks.name, notebooks.pages())]:
        links = {a.get("href", "") for a in html[site / f"{name}.html"].find_all("a")}
        assert links & {"about/exercises.html", "../about/exercises.html"}, name


def corrections(site, html):
    """Return the tables of corrections, a row a statement."""
    return html[site / "about/corrections.html"].find_all("table", class_="corrections")


def test_each_correction_is_shown_by_a_cell_of_the_book(site, html):
    pages = {(site / f"{notebooks.name(page)}.html").resolve() for page in notebooks.pages()}
    rows = [row for table in corrections(site, html) for row in table.select("tbody tr")]
    assert len(rows) >= 60
    for row in rows:
        *texts, evidence = row.find_all("td")
        assert len(texts) == 3 and all(cell.get_text().strip() for cell in texts), row
        path, heading = urldefrag(evidence.find("a")["href"])
        file = (site / "about" / path).resolve()
        assert file in pages, path
        place = html[file].find("section", id=heading)
        assert place, f"{path} has no section #{heading}"
        assert place.find("div", class_="cell_input"), f"{path}#{heading} runs nothing"


def test_each_table_of_corrections_has_a_linked_source(site, html):
    for table in corrections(site, html):
        source = table.find_parents("section")[-2]  # below the page's own
        assert source.find("p", recursive=False).find("a", href=re.compile("https://"))
