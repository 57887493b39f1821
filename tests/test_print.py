"""The print edition: all pages asked for, folded text opened, links and page numbers right."""

import base64
import re
from collections import Counter

import pytest
from bs4 import BeautifulSoup
from pypdf import PdfReader

from generator import notebooks
from web import address, exercises, pdf

# A card page, one with folded hints and checks, one with folded code that passes a check.
PAGES = "intro", "exercises/linear-concise", "solutions/3-3-1-sum-or-mean"
FEW = pdf.Edition("few.pdf", PAGES)


@pytest.fixture(scope="module")
def printed(browser, copy):
    """A few pages of the book in print: the whole one takes minutes."""
    target = copy / FEW.file
    pdf.save(browser, copy, target, FEW)
    assert not list(copy.glob("*.part")) and not (copy / "print.html").exists()
    return PdfReader(target)


def text(reader):
    """Return all words of a PDF, separated by single spaces."""
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def titles():
    """Return the first heading of each page that is printed."""
    sources = [(notebooks.ROOT / f"{name}.md").read_text("utf-8") for name in PAGES]
    return [re.search(r"^# (.+)$", source, re.MULTILINE)[1] for source in sources]


def test_outline_names_each_page_and_its_sections(printed):
    top = [entry for entry in printed.outline if not isinstance(entry, list)]
    assert [entry.title for entry in top] == titles()
    assert sum(isinstance(entry, list) for entry in printed.outline) == len(PAGES)


def test_contents_name_the_sheet_of_each_page(printed):
    contents = printed.pages[1].extract_text()
    top = [entry for entry in printed.outline if not isinstance(entry, list)]
    for entry in top:
        number = printed.get_destination_page_number(entry) + 1
        assert re.search(rf"{re.escape(entry.title)}\s+{number}$", contents, re.MULTILINE)
        # The same number stands at the foot of that sheet: it is drawn first or last.
        lines = printed.pages[number - 1].extract_text().strip().splitlines()
        assert str(number) in (lines[0].strip(), lines[-1].strip())


def test_folded_text_is_opened_and_checks_are_left_out(printed):
    exercises, answer = ((notebooks.ROOT / f"{name}.md").read_text("utf-8") for name in PAGES[1:])
    words = text(printed)
    labels = re.findall(r"^# @title (.+)$", answer, re.MULTILINE)
    assert any("Passes" in label for label in labels)
    assert all(f"# @title {label}" in words for label in labels)
    assert words.count("Hint 2") >= exercises.count("<summary>Hint 2")
    assert "# @title Check" in exercises and "# @title Check" not in words
    assert "nothing tried yet" not in words


def test_links_lead_into_the_book_or_online(printed, copy):
    source = BeautifulSoup(pdf.joined(copy, FEW), "html.parser")
    inside, online = [], set()
    for page in printed.pages:
        for note in page.get("/Annots", []):
            note = note.get_object()
            if "/Dest" in note:
                assert note["/Dest"] in printed.named_destinations, note
                inside.append(note["/Dest"])
            else:
                online.add(note["/A"]["/URI"])
    links = ["/" + link["href"][1:] for link in source.select('a[href^="#"]')]
    assert len(links) > len(PAGES) and not Counter(links) - Counter(inside)
    assert online and all(address.startswith("https://") for address in online), online
    # A page that is not printed is linked where it is published.
    assert f"{address.published()[1]}about/corrections.html" in online


def test_says_in_one_line_what_is_missing(monkeypatch, tmp_path):
    monkeypatch.setattr(pdf, "chromium", lambda: None)
    assert pdf.main() == pdf.NO_CHROMIUM
    monkeypatch.setattr(pdf, "chromium", lambda: "chromium")
    monkeypatch.setattr(pdf, "SITE", tmp_path / "nothing")
    assert "make book" in pdf.main()


def test_a_missing_picture_is_no_print(browser, copy, tmp_path):
    whole = (copy / "exercises/linear-concise.html").read_text("utf-8")
    start = '<article class="bd-article">'
    assert start in whole
    damaged = whole.replace(start, f'{start}<img src="../no.png" alt="none">')
    (copy / "exercises/no-picture.html").write_text(damaged, "utf-8")
    with pytest.raises(RuntimeError, match=r"no\.png"):
        pdf.save(browser, copy, tmp_path / "few.pdf", FEW._replace(pages=["exercises/no-picture"]))
    assert list(tmp_path.iterdir()) == []


def verdicts(page):
    """Return what the choices of a page of exercises say to each statement."""
    keys = re.findall(r'choose\(.+?, """(.+?)"""\)', page.read_text("utf-8"), re.DOTALL)
    return [text for key in keys for text in base64.b64decode(key).decode().split("|")]


def test_the_sheets_hold_every_question_and_no_key(browser, copy):
    sheets = pdf.EDITIONS[1]
    pdf.save(browser, copy, copy / sheets.file, sheets)
    words = text(PdfReader(copy / sheets.file))
    source = BeautifulSoup(pdf.joined(copy, sheets), "html.parser")
    boxes = source.select("ul.boxes > li")
    pages = sorted((notebooks.ROOT / "exercises").glob("*.md"))
    asked = [(page, each) for page in pages for each in exercises.asked(page)]
    assert len(sheets.pages) == len(pages) and len(asked) >= 28
    for page, each in asked:
        for title in f"{each.number} {each.title}", *each.parts.values():
            assert title in words, (page, title)
    coded = [said for page in pages for said in verdicts(page)]
    assert len(boxes) >= len(coded) > 70
    for secret in *coded, "Hint 1", "def fault_", "def check(", "choose(", "choice_", "Answer to":
        assert secret not in source.get_text() and secret not in words, secret
