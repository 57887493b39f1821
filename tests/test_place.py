"""A reader knows where she is: contents that follow, what comes next, run times, numbers."""

import csv
import json
import re
from urllib.parse import parse_qs, unquote, urldefrag, urlsplit

import pytest
from sphinx_external_toc.parsing import parse_toc_yaml

from checks import tables
from generator import notebooks
from web import exercises, find, place

BOOK = list(parse_toc_yaml(notebooks.ROOT / "_toc.yml"))
NOTEBOOKS = [notebooks.name(page) for page in notebooks.pages()]
LONG = ["chapters/softmax-scratch", "solutions/3-7-2-more-epochs", "about/exercises"]
# The entry that is marked: its words, and whether all of it is in its box and on the screen.
MARKED = """() => {
  const entries = [...document.querySelectorAll('#pst-page-toc-nav a.active')];
  if (entries.length !== 1) return null;
  const entry = entries[0].getBoundingClientRect();
  const box = entries[0].closest('.bd-sidebar-secondary').getBoundingClientRect();
  return [entries[0].textContent, entry.top >= Math.max(box.top, 0)
      && entry.bottom <= Math.min(box.bottom, innerHeight) && entry.right <= innerWidth];
}"""
LAST = "[...document.querySelectorAll('#pst-page-toc-nav a')].at(-1).textContent"
TO_THE_END = "scrollTo({top: document.documentElement.scrollHeight, behavior: 'instant'})"


@pytest.mark.parametrize("name", LONG)
def test_contents_follow_the_reader_to_the_end_on_a_desk(name, visit):
    page = visit(name, width=1300).page
    last = page.evaluate(LAST)
    page.evaluate(TO_THE_END)
    page.wait_for_function(f"last => ({MARKED})()?.[0] === last", arg=last)
    assert page.evaluate(MARKED) == [last, True]


@pytest.mark.parametrize("name", LONG)
def test_a_line_follows_the_reader_on_a_phone_and_opens_the_contents(name, visit):
    page = visit(name, width=390).page
    line = page.locator(".contents-line")
    assert not line.is_visible()
    last = page.evaluate(LAST)
    page.evaluate(TO_THE_END)
    page.wait_for_function(
        "last => document.querySelector('.contents-line').textContent === last", arg=last
    )
    box = line.bounding_box()
    assert line.is_visible() and 0 < box["y"] < 60 and box["x"] + box["width"] <= 390
    page.mouse.click(100, box["y"] + box["height"] / 2)  # `click` would scroll the page first
    page.wait_for_function(f"({MARKED})()?.[1]")
    assert page.evaluate(MARKED) == [last, True]


def test_the_section_in_the_middle_of_a_long_page_is_marked(visit):
    page = visit("chapters/softmax-scratch", width=1300).page
    for heading in page.locator("article h2").all()[1::3]:
        heading.evaluate("heading => heading.scrollIntoView({behavior: 'instant'})")
        words = heading.inner_text().rstrip("#").strip()
        page.wait_for_function(f"words => ({MARKED})()?.[0].trim() === words", arg=words)
        assert page.evaluate(MARKED)[1], words


@pytest.mark.parametrize("name", BOOK)
def test_each_page_says_how_long_it_takes_and_what_comes_next(name, html, site):
    page = html[site / f"{name}.html"]
    for link in page.select(".prev-next-area a"):
        folder = (site / name).parent.joinpath(link["href"]).resolve().parent.name
        subtitle = link.select_one(".prev-next-subtitle").get_text()
        assert subtitle.partition(": ")[2] == place.KINDS.get(folder, ""), subtitle
        assert link.select_one(".prev-next-title").get_text().strip()
    report = page.select_one(".bd-footer-content a.report")["href"]
    assert parse_qs(urlsplit(report).query) == {"template": ["error.yml"], "page": [name]}
    assert page.select_one(".bd-footer-content a[rel=license]")
    lines = [line.get_text() for line in page.select(".page-facts")]
    if name == "intro":
        assert lines == []
    else:
        (line,) = lines
        assert re.match(r"[1-9]\d? min to read", line), line
        assert ("the notebook ran in" in line) == (name in NOTEBOOKS)


def test_each_notebook_has_a_run_time_that_was_measured():
    rows = tables.read("run-times")
    assert sorted(row["notebook"] for row in rows) == sorted(NOTEBOOKS)
    assert all(float(row["seconds"]) > 0 and row["processor"] and row["date"] for row in rows)


def test_times_are_said_as_people_say_them():
    assert [place.duration(x) for x in (0.2, 4.4, 55, 75.3, 100)] == [
        "1 s",
        "4 s",
        "55 s",
        "75 s",
        "2 min",
    ]


def numbers(html, site):
    """Return what the front page knows, as its script reads it."""
    return json.loads(html[site / "intro.html"].select_one("#find-exercise script").string)


def test_each_number_leads_to_its_heading(html, site):
    here = numbers(html, site)["here"]
    asked = {
        label
        for page in (notebooks.ROOT / "exercises").glob("*.md")
        for number, _, parts, _ in exercises.asked(page)
        for label in [number, *(f"{number} ({letter})" for letter in parts)]
    }
    assert asked <= here.keys() and len(asked) > 90
    for label, (address, title) in here.items():
        path, anchor = urldefrag(address)
        section = html[site / unquote(path)].find("section", id=anchor)
        heading = section.find(re.compile("h[1-4]")).find(string=True)
        name = re.search(r"\([a-h]\)$|$", label)[0] or label
        assert heading == f"{name} {title}", label
        exercise = section if name == label else section.parent
        assert exercise.find(re.compile("h[1-4]")).get_text().startswith(label.partition(" (")[0])


def test_the_english_edition_leads_to_every_exercise_here(html, site):
    known = numbers(html, site)
    assert {ours for ours, _ in known["english"].values()} <= known["here"].keys()
    reached = {ours.partition(" (")[0] for ours, _ in known["english"].values()}
    assert reached == {label for label in known["here"] if not re.search(r"MLX|\(", label)}
    table = html[site / "about/exercises.html"].select("table.numbers tbody tr")
    with exercises.ENGLISH.open(newline="") as stream:
        assert len(table) == len(list(csv.reader(stream))) - 1
    for row in table:
        theirs, ours, _ = (cell.get_text(" ").strip() for cell in row.select("td"))
        assert ours.startswith(known["english"][theirs][0]), theirs


# What is typed, whether the box of the English edition is ticked, where it leads.
LEADS = [
    ("3.6.1", False, "3.6.1 Overflow of the exponential"),
    ("3.6.1 (b)", False, "(b) A row of equal logits"),
    ("exercise 3.6.1b", False, "(b) A row of equal logits"),
    ("３.６.１ （ｂ）", False, "(b) A row of equal logits"),
    ("3-4-2", False, "3.4.2 Binary codes for three classes"),
    ("MLX 2", False, "MLX 2 More epochs and a penalty"),
    ("3.6", False, "3.6 Exercises: softmax regression from scratch"),
    ("English 4.4.2", False, "3.6.2 The domain of the logarithm"),
    ("4.4.3", False, "3.6.4 Whether the most likely label is the best answer"),
    ("3.4.1", True, "3.2.1 Weights that start at zero"),
    ("d2l 4.1.5 (c)", False, "(b) With a factor"),
]
# What is typed, what the line says then; the page stays.
STAYS = [
    ("3.6.9", False, "There is no exercise 3.6.9 here. Section 3.6 has 3.6.1 to 3.6.5."),
    (
        "5.1.1",
        False,
        "There is no exercise 5.1.1 here. This book has sections 3.1 to 3.7.",
    ),
    ("3.6.1 (g)", False, "3.6.1 has no such part: 3.6.1 Overflow of the exponential"),
    ("4.1.3", False, "4.1.3 of the English edition has no counterpart in this book."),
    ("overflow", False, "Type a number such as 3.6.1, or 3.6.1 (b)."),
    ("", True, "Type a number such as 3.6.1, or 3.6.1 (b)."),
]


def ask(page, typed, english):
    """Type a number into the field of the front page and press Enter."""
    page.get_by_label("I came for exercise").fill(typed)
    page.get_by_label("English edition").set_checked(english)
    page.get_by_label("I came for exercise").press("Enter")


@pytest.mark.parametrize("typed, english, title", LEADS)
def test_the_field_leads_to_the_place_from_disk(typed, english, title, visit, site):
    page = visit("intro", address=site.as_uri()).page
    ask(page, typed, english)
    page.wait_for_url("**/exercises/**")
    page.wait_for_load_state()
    heading = page.locator("article :is(h1, h2, h3)", has_text=title).first
    heading.wait_for()
    page.wait_for_function(
        "at => at.getBoundingClientRect().top > 0 && at.getBoundingClientRect().top < 200",
        arg=heading.element_handle(),
    )


@pytest.mark.parametrize("typed, english, words", STAYS)
def test_the_field_says_what_it_does_not_know(typed, english, words, visit, site):
    page = visit("intro", address=site.as_uri()).page
    ask(page, typed, english)
    assert page.locator("#find-said").inner_text() == words
    assert page.url.endswith("intro.html")


def test_the_field_names_the_parts_of_an_english_exercise(visit):
    page = visit("intro").page
    ask(page, "4.1.6", False)
    links = page.locator("#find-said a").all_inner_texts()
    assert [link.split(" (")[0] for link in links][:1] == ["3.4.1"] and len(links) == 3


@pytest.mark.parametrize("width", [1300, 390])
def test_the_first_screen_says_what_to_do_first(width, visit):
    page = visit("intro", width=width).page
    page.set_viewport_size({"width": width, "height": 844})
    for first in page.get_by_role("link", name="Start with 3.4"), page.get_by_label("I came for"):
        box = first.bounding_box()
        assert box["y"] + box["height"] <= 844
    assert page.locator("#explorable-temperature svg").count() == 1
    assert page.evaluate("document.documentElement.scrollHeight") < 5_200


def test_without_scripts_the_front_page_has_the_list(browser, site):
    page = browser.new_page(java_script_enabled=False)
    page.goto((site / "intro.html").as_uri())
    assert not page.locator("#find-exercise").is_visible()
    assert page.get_by_role("link", name="All exercises", exact=True).first.is_visible()
    assert find.ELEMENT not in page.content()
    page.close()
