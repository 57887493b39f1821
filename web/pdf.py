"""Print the built book: all its pages in one PDF, beside its pages in _build/html.

    python -m web.pdf

Its exercises are printed once more, as sheets to write on, without hints and links to answers,
and its answers, to hand out later.

The single-page builder of Sphinx gives sections of different pages the same
ids (`summary`, `exercises`), so that its links lead to the wrong page. Instead
the articles of the built pages are joined here, each with ids of its own.
Exit code 1, with one line, where Chromium or the built book is missing.
"""

import os
import re
import shutil
import sys
from html import escape
from io import BytesIO
from pathlib import Path
from posixpath import join, normpath
from typing import NamedTuple
from urllib.parse import unquote, urldefrag

import pikepdf
import yaml
from bs4 import BeautifulSoup
from playwright.sync_api import Error, sync_playwright
from sphinx_external_toc.parsing import parse_toc_yaml

from generator import notebooks

BOOK = parse_toc_yaml(notebooks.ROOT / "_toc.yml")
SITE = notebooks.ROOT / "_build/html"
PAPER = Path(__file__).with_name("paper.css")
# On a sheet: hints, links to answers, and how to answer on the site.
NOT_ON_A_SHEET = """details:not(.fold), p:has(> a[href*="solutions/"]),
    p:-soup-contains("press Check")"""
NAME = '<p class="name">Name:</p>'
# What a printed page loads of the page's head: not the scripts of the theme.
LOADED = 'link[rel=stylesheet], script:-soup-contains("window.MathJax"), script[src*="mathjax/"]'
# Formulas are printed as glyphs: their copies for screen readers double the work.
GLYPHS = "Object.assign(window.MathJax.options, {enableAssistiveMml: false, enableMenu: false})"
READY = "MathJax.startup.promise.then(() => document.fonts.ready).then(() => null)"
MISSING = """[...document.images].filter(i => !i.complete || !i.naturalWidth).map(i => i.src)
    .concat([...document.querySelectorAll('mjx-merror')].map(e => e.textContent))"""
NUMBER = """sheets => document.querySelectorAll('body > nav a')
    .forEach(a => a.lastChild.textContent = sheets['/' + a.hash.slice(1)])"""
CHROMIUMS = "chromium", "chromium-browser", "google-chrome"
NO_CHROMIUM = "no Chromium was found: install one, or set CHROME to its path"


class Edition(NamedTuple):
    """What is printed into one file: pages of the site, the first one where its title stands."""

    file: str
    pages: tuple
    title: str = ""
    sheets: bool = False


EDITIONS = (
    Edition("softmax-regression.pdf", tuple(p for p in BOOK if p != "about/figures")),
    Edition("exercises.pdf", tuple(p for p in BOOK if "exercises/" in p), "Exercises", True),
    Edition("answers.pdf", tuple(p for p in BOOK if "solutions/" in p), "Answers"),
)


def chromium():
    """Return the path of Chromium, CHROME where it is set, else by its usual names, or None."""
    names = [os.environ.get("CHROME")] if "CHROME" in os.environ else CHROMIUMS
    return next(filter(None, map(shutil.which, names)), None)


def launch(playwright):
    """Return the system's Chromium, started without a window."""
    switches = ["--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    if sys.platform == "linux" and os.geteuid() == 0:
        switches.append("--no-sandbox")  # Chromium refuses to start for root with it
    return playwright.chromium.launch(executable_path=chromium(), args=switches)


def read(site, page):
    """Return a page of the site, parsed; its relative addresses start at the site's folder."""
    parsed = BeautifulSoup((site / f"{page}.html").read_text("utf-8"), "html.parser")
    for name in ("href", "src"):
        for element in parsed.select(f"[{name}]"):
            if not re.match(r"[a-z]+:|#", element[name]):
                element[name] = normpath(join(page, "..", unquote(element[name])))
    return parsed


def joined_id(page, name=""):
    """Return the id, among all pages, of an element of a page, or of the page."""
    return re.sub(r"\W", "-", page) + "--" + name


def make_boxes(body):
    """Turn the statements that a reader chooses from into boxes to tick, instead of code."""
    for cell in body.select('.tag_your-turn:-soup-contains("choice_")'):
        cell.find_previous_sibling("ul")["class"] = "boxes"
        cell.decompose()


def article(parsed, page, edition, online):
    """Return the article of a parsed page as it is printed.

    Links to the printed pages lead to places in the PDF, others to the online book.
    """
    body, pages = parsed.select_one("article.bd-article"), edition.pages
    unprintables = "a.headerlink, [hidden], .tag_check, .tag_behind, .page-facts"
    for unprintable in body.select(unprintables):
        unprintable.decompose()
    make_boxes(body)
    if edition.sheets:
        for unwanted in body.select(NOT_ON_A_SHEET):
            unwanted.decompose()
        body.h1.insert_after(BeautifulSoup(NAME, "html.parser"))
    for uncoloured in body.select(".highlight :is(.n, .p, .w)"):  # half of the PDF
        uncoloured.unwrap()
    for details in body.select("details"):
        details["open"] = ""
    for image in body.select("img"):
        image["loading"] = "eager"
    for element in body.select("[id]"):
        element["id"] = joined_id(page, element["id"])
    for link in body.select("a[href]"):
        address, anchor = urldefrag(link["href"])
        target = address.removesuffix(".html") or page
        if target in pages:
            link["href"] = "#" + joined_id(target, anchor)
        else:
            link["href"] = join(online, link["href"])
    body["id"] = joined_id(page)
    return str(body)


def contents(titles):
    """Return the table of contents, with an empty place for the number of each page."""
    captions = {part.items[0]: part.caption for part in BOOK.root.subtrees}
    lines, caption = ["<p>Contents</p>"], None
    for page in BOOK:
        caption = captions.get(page, caption)
        if page in titles:
            if caption:
                lines.append(f"<p>{escape(caption)}</p>")
                caption = None
            title = f"<span>{escape(titles[page])}</span><span></span>"
            lines.append(f'<a href="#{joined_id(page)}">{title}</a>')
    return "\n".join(lines)


def joined(site, edition):
    """Return the pages of an edition as one page of HTML, to be put into the site's folder."""
    pages = edition.pages
    parsed = {page: read(site, page) for page in pages}
    titles = {page: str(parsed[page].h1.find(string=True)) for page in pages}
    online = parsed[pages[0]].select_one("link[rel=canonical]")["href"]
    online = online.removesuffix(f"{pages[0]}.html")
    loaded = dict.fromkeys(str(tag) for page in pages for tag in parsed[page].select(LOADED))
    config = yaml.safe_load((notebooks.ROOT / "_config.yml").read_text("utf-8"))
    title, author = escape(config["title"]), escape(config["author"])
    part = f"<p>{edition.title}</p>\n" if edition.title else ""
    return f"""<!doctype html>
<html lang="en" data-theme="light">
<head>
<meta charset="utf-8">
<title>{": ".join(filter(None, (title, edition.title)))}</title>
<meta name="author" content="{author}">
{"".join(loaded)}
<script>{GLYPHS}</script>
<style>{PAPER.read_text("utf-8")}</style>
</head>
<body>
<header>
<p>{title}</p>
{part}<p>By {author}</p>
<p><a href="{online}">{online}</a></p>
</header>
<nav>
{contents(titles)}
</nav>
{"".join(article(parsed[page], page, edition, online) for page in pages)}
</body>
</html>
"""


def sheets(pdf):
    """Return the number of the sheet, from 1, on which each named place of a PDF stands."""
    with pikepdf.open(BytesIO(pdf)) as draft:
        number = {sheet.objgen: count for count, sheet in enumerate(draft.pages, start=1)}
        places = draft.Root.get("/Dests", {})  # of the links within it
        return {name: number[place[0].objgen] for name, place in places.items()}


def save(browser, site, target, edition):
    """Print an edition, from the built pages in the folder site, into the file target.

    A draft tells on which sheet each article begins; the contents name it.
    Raises RuntimeError if a picture is missing or a formula is not understood.
    """
    source, part = site / "print.html", target.with_suffix(".part")
    source.write_text(joined(site, edition), "utf-8")
    try:
        tab = browser.new_page()
        tab.goto(source.as_uri())
        tab.evaluate(READY)
        if missing := tab.evaluate(MISSING):
            raise RuntimeError(f"cannot be printed: {', '.join(missing)}")
        tab.evaluate(NUMBER, sheets(tab.pdf(prefer_css_page_size=True)))
        options = {"print_background": True, "outline": True, "tagged": True}
        printed = tab.pdf(prefer_css_page_size=True, **options)
        with pikepdf.open(BytesIO(printed)) as pdf:  # half the size, shown from the first sheet on
            pdf.save(part, object_stream_mode=pikepdf.ObjectStreamMode.generate, linearize=True)
        part.replace(target)
    finally:
        source.unlink()
        part.unlink(missing_ok=True)


def main():
    """Print all editions; return what is wrong, or None."""
    if chromium() is None:
        return NO_CHROMIUM
    if not SITE.exists():
        return "the book is not built: run `make book`"
    try:
        with sync_playwright() as playwright:
            browser = launch(playwright)
            for edition in EDITIONS:
                save(browser, SITE, SITE / edition.file, edition)
                print(f"Printed: {(SITE / edition.file).as_uri()}")
    except (Error, OSError, RuntimeError) as error:
        return str(error).splitlines()[0]


if __name__ == "__main__":
    sys.exit(main())
