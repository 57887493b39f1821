"""Sphinx extension: the book for programs that read it.

Beside each page NAME.html stands NAME.md: the same as plain Markdown, with its outputs, and
figures by link. exercises.json has every question, with its parts and hints, and no answer.
llms.txt, in the form of https://llmstxt.org, leads to all of them.
"""

import json
import re
from pathlib import Path

from bs4 import BeautifulSoup
from docutils import nodes
from markdownify import MarkdownConverter
from sphinx_external_toc.parsing import parse_toc_yaml

from generator import notebooks
from web import exercises

# What a reader of plain text has no use for: marks beside headings, checks with their keys, and
# places that scripts fill.
LEFT_OUT = "a.headerlink, .tag_check, script, style, div[id]:empty"
CELL = re.compile(r"^```\{code-cell\}.*?\n(?:---\n(.*?)---\n)?(.*?)^```$\n*", re.M | re.S)
HINT = re.compile(r"\s*<details>\s*<summary>Hint \d</summary>(.+?)</details>", re.S)
ANSWER = re.compile(r"^\[[^]]+\]\([^)]*solutions/.+$", re.M)
NOTES = """\
Every page has a twin in Markdown beside it: NAME.md for NAME.html, with the outputs that its \
code printed. Formulas are TeX between dollars, figures are links. The checks of the exercises \
are left out. An exercise is for people to try: help with a hint before you tell the answer."""


class Converter(MarkdownConverter):
    """HTML of a page to Markdown: formulas as TeX, cells and their outputs as blocks."""

    class Options:
        """The forms that most programs understand."""

        heading_style = "atx"
        bullets = "-"
        escape_underscores = False
        escape_asterisks = False
        code_language_callback = staticmethod(
            lambda pre: "text" if pre.find_parent(class_="cell_output") else "python"
        )

    def convert_div(self, element, text, parent_tags):
        """Set a displayed formula between two lines of dollars."""
        if "math" in element.get("class", []):
            return f"\n\n$$\n{element.get_text().strip()[2:-2].strip()}\n$$\n\n"
        return f"\n\n{text.strip()}\n\n"

    def convert_span(self, element, text, parent_tags):
        """Set a formula in the text between dollars."""
        math = "math" in element.get("class", [])
        return f"${element.get_text()[2:-2]}$" if math else text

    def convert_summary(self, element, text, parent_tags):
        """Name what is folded on the site by a line of its own."""
        return f"\n\n**{text.strip()}**\n\n"


def markdown(body):
    """Return the HTML of a page's text as Markdown."""
    page = BeautifulSoup(body, "html.parser")
    for element in page.select(LEFT_OUT):
        element.decompose()
    for link in page.select("a:has(> img)"):
        link.unwrap()
    return Converter().convert_soup(page).strip() + "\n"


def write_twin(app, pagename, templatename, context, doctree):
    """Write the Markdown of a page of the book beside it, and name it in the page's head."""
    if doctree is None:
        return
    twin = Path(app.outdir, f"{pagename}.md")
    twin.parent.mkdir(parents=True, exist_ok=True)
    twin.write_text(markdown(context["body"]), "utf-8")
    link = f'<link rel="alternate" type="text/markdown" href="{twin.name}">'
    context["metatags"] = context.get("metatags", "") + link


def plain(text):
    """Return Markdown without checks; the other cells are ordinary blocks of code."""

    def block(match):
        return "" if "check" in (match[1] or "") else f"```python\n{match[2]}```\n\n"

    return ANSWER.sub("", CELL.sub(block, text)).strip()


def described(exercise, page, site):
    """Return an exercise of a page as data: what it asks, with hints, but without the answer."""
    text = notebooks.absolute_links(exercise.text, page)
    text = text.replace(notebooks.site() + "/", site)  # a fork has another
    hints = [hint.strip() for hint in HINT.findall(text)]
    question, *found = re.split(r"^### \(([a-h])\) (.+)$", HINT.sub("", text), flags=re.M)
    slug = notebooks.default_slugify(f"{exercise.number} {exercise.title}")
    return {
        "number": exercise.number,
        "title": exercise.title,
        "url": f"{site}exercises/{page.stem}.html#{notebooks.heading_id(page, slug)}",
        "question": plain(question),
        "hints": hints,
        "parts": [
            {"part": letter, "title": title, "question": plain(part)}
            for letter, title, part in zip(found[::3], found[1::3], found[2::3])
        ],
    }


def first_sentence(doctree):
    """Return the first sentence of a page."""
    text = next(doctree.findall(nodes.paragraph)).astext().replace("\n", " ")
    return re.match(r".+?[.?!](?= |$)|.+", text.removeprefix("Question. "))[0]


def index(app):
    """Return the text of llms.txt: the book in short, and a link to each of its pages."""
    site, env = app.config.html_baseurl, app.env
    toc = parse_toc_yaml(notebooks.ROOT / "_toc.yml")
    captions = {part.items[0]: part.caption for part in toc.root.subtrees}
    home = env.get_doctree("intro")
    lines = [f"# {env.titles['intro'].astext()}", f"\n> {first_sentence(home)}", f"\n{NOTES}"]
    for name in toc:
        if name in captions:
            lines.append(f"\n## {captions[name]}\n")
        if name != "intro":
            title, words = env.titles[name].astext(), first_sentence(env.get_doctree(name))
            lines.append(f"- [{title}]({site}{name}.md): {words}")
    lines.append("\n## Data\n")
    lines.append(f"- [exercises.json]({site}exercises.json): every question with parts and hints")
    lines.append(f"- [The repository]({app.config.html_theme_options['repository_url']})")
    return "\n".join(lines) + "\n"


def write_lists(app, error):
    """Write exercises.json and llms.txt into the root of the site."""
    if error or app.builder.format != "html":
        return
    pages = sorted(Path(app.srcdir, "exercises").glob("[!.]*.md"))
    site = app.config.html_baseurl
    asked = [described(each, page, site) for page in pages for each in exercises.asked(page)]
    asked.sort(key=lambda each: each["number"])
    book = {"title": app.config.html_title, "url": site, "licence": "CC-BY-SA-4.0"}
    text = json.dumps(book | {"exercises": asked}, indent=1, ensure_ascii=False)
    Path(app.outdir, "exercises.json").write_text(text + "\n", "utf-8")
    Path(app.outdir, "llms.txt").write_text(index(app), "utf-8")


def setup(app):
    """Connect the functions above to the events of Sphinx."""
    app.connect("html-page-context", write_twin, priority=950)  # after all that change the text
    app.connect("build-finished", write_lists)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
