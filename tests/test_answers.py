"""Every exercise of the sources is asked, answered part by part, and found; corrections too."""

import re
from itertools import pairwise
from urllib.parse import urldefrag

import pytest
import yaml
from myst_parser.mdit_to_docutils.base import default_slugify
from sphinx_external_toc.parsing import parse_toc_yaml

from generator import notebooks
from tests import conftest, test_tries
from web import exercises

SECTIONS = yaml.safe_load((notebooks.ROOT / "tests/exercises.yml").read_text("utf-8"))
EXERCISES = [
    pytest.param(page, exercise, id=exercise.number)
    for page in test_tries.PAGES
    for exercise in exercises.asked(page)
    if exercises.answer(page, exercise.number)
]
each_exercise = pytest.mark.parametrize("asks, exercise", EXERCISES)


def answer_of(asks, exercise):
    """Return the path of the page that answers an exercise, and its text."""
    file = exercises.answer(asks, exercise.number)
    return file, file.read_text("utf-8")


def test_all_exercises_and_parts_of_the_sources_are_asked():
    asked = {exercise.number: exercise.parts for _, exercise in (p.values for p in EXERCISES)}
    wanted = {
        f"{section['section']}.{number}": parts
        for section in SECTIONS
        for number, parts in enumerate(section["parts"], 1)
    }
    assert len(wanted) == 26 and sum(wanted.values()) == 38
    assert asked.keys() == wanted.keys()
    for number, parts in wanted.items():
        assert len(asked[number]) == parts if parts > 1 else "".join(asked[number]) in "abcdefgh"


@each_exercise
def test_answer_has_question_short_answer_and_every_part(asks, exercise):
    file, text = answer_of(asks, exercise)
    assert f"\n# {exercise.number} {exercise.title}\n" in text
    question, short = re.findall(r"^\*\*(?:Question|Short answer)\.\*\* (.+)$", text, re.M)
    assert exercise.text.startswith(f"\n\n{question}\n"), question
    assert len(re.findall(r"[.!?](?=\s|$)", short)) == 1 and short.endswith("."), short
    _, *found = re.split(r"^## \(([a-h])\) (.+)$", text, flags=re.MULTILINE)
    parts = dict(zip(found[::3], found[1::3]))
    assert parts == exercise.parts
    for letter, part in zip(found[::3], found[2::3]):
        prose = re.sub(r"^```.+?^```$", "", part, flags=re.MULTILINE | re.DOTALL)
        assert len(prose.split()) >= 40, part
        assert f"# @title Passes the check of {exercise.number} ({letter})" in part
    for further in re.findall(r"<summary>Further</summary>(.+?)</details>", text, re.DOTALL):
        assert len(further.split()) <= 300
    cells = notebooks.code_cells(conftest.read(file))
    assert any(cell.outputs for cell in cells), "an answer shows its evidence"
    assert short not in asks.read_text("utf-8"), "an exercise shows no answer"


@each_exercise
def test_exercise_and_answer_link_to_each_other(asks, exercise):
    file, text = answer_of(asks, exercise)
    slug = default_slugify(f"{exercise.number} {exercise.title}")
    assert f"](../exercises/{asks.name}#{slug})" in text
    assert f"](../solutions/{file.name})" in exercise.text
    for letter, title in exercise.parts.items():
        part = default_slugify(f"({letter}) {title}")
        assert f"[({letter})](../solutions/{file.name}#{part})" in exercise.text
        assert f"[({letter})](../exercises/{asks.name}#{part})" in text
    chapter = asks.parents[1] / "chapters" / asks.name
    if chapter.exists():
        assert f"](../exercises/{asks.name}#{slug})" in chapter.read_text("utf-8")


@each_exercise
def test_index_leads_to_question_and_answer(asks, exercise, site, html):
    file = exercises.answer(asks, exercise.number)
    answer = f'article a[href="../solutions/{file.stem}.html"]'
    entry = html[site / "about/exercises.html"].select_one(answer).find_parent("section")
    assert f"{exercise.number} {exercise.title}" in entry.get_text()
    assert entry.find("a", href=re.compile(rf"^\.\./exercises/{asks.stem}\.html#."))
    question, short = (entry.select_one(place).get_text().strip() for place in ("p", "details p"))
    page = html[site / f"solutions/{file.stem}.html"]
    shown = [p.get_text() for p in page.select("article p:not(.page-facts)")]
    assert question and question in shown[0] and short and short in shown[1]


def test_pages_follow_each_other_as_one_reads():
    order = list(parse_toc_yaml(notebooks.ROOT / "_toc.yml"))
    for page in test_tries.PAGES:
        chapter = page.parents[1] / "chapters" / page.name
        if chapter.exists():
            place = order.index(notebooks.name(chapter))
            assert order[place + 1] == notebooks.name(page)
            assert f"](../exercises/{page.name}" in chapter.read_text("utf-8")
    answers = [name for name in order if name.startswith("solutions/")]
    assert all(one < other for one, other in pairwise(answers)) and answers


def test_index_is_one_click_away_from_every_page(site, html):
    for name in ["intro", *map(notebooks.name, notebooks.pages())]:
        links = {a.get("href", "") for a in html[site / f"{name}.html"].find_all("a")}
        assert links & {"about/exercises.html", "../about/exercises.html"}, name


def test_each_question_is_answered_in_its_own_words(site, html):
    links = html[site / "about/questions.html"].select("article li a.reference")
    assert len(links) >= 15
    for link in links:
        path, heading = urldefrag(link["href"])
        page = html[(site / "about" / path).resolve()]
        place = page.find("section", id=heading or True).get_text(" ").lower()
        words = set(re.findall(r"[a-z_]{3,}", link.get_text().lower()))
        found = {word for word in words if word in place}
        assert len(found) >= 0.8 * len(words), words - found


def corrections(site, html):
    """Return the tables of corrections, a row a statement."""
    return html[site / "about/corrections.html"].find_all("table", class_="corrections")


def test_each_correction_is_shown_by_a_cell_of_the_book(site, html):
    pages = {(site / f"{notebooks.name(page)}.html").resolve() for page in notebooks.pages()}
    rows = [row for table in corrections(site, html) for row in table.select("tbody tr")]
    assert len(rows) >= 50
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
