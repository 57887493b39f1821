"""Sphinx extension: the index of all exercises, made from the pages that ask and answer them.

english.csv leads from the numbers of the English edition to those of this book: to the same
question, or, where there is a remark, to one that is close.
"""

import csv
import re
from pathlib import Path
from typing import NamedTuple

from docutils import nodes
from myst_parser.mdit_to_docutils.base import default_slugify

PAGE = "about/exercises"
HEADING = re.compile(r"^## ((?:MLX )?\d[\d.]*) (.+)$", re.MULTILINE)
SECTION = "\n## [{title}](../exercises/{page.name})\n"
ENTRY = """
### {number} {title}

```{{include}} ../solutions/{answer}
:start-after: "**Question.**"
:end-before: "**Short answer.**"
:relative-docs: ../
```

[Try it](../exercises/{page}#{slug}), or read [the answer](../solutions/{answer}).

:::{{dropdown}} Short answer
```{{include}} ../solutions/{answer}
:start-after: "**Short answer.**"
:end-before: "[Try it first]"
:relative-docs: ../
```
:::
"""
ENGLISH = Path(__file__).with_name("english.csv")
NUMBERS = """
## Numbers of the English edition

The current [English edition](https://d2l.ai) has these sections in its chapters 3 and 4.
Its numbers are others, and so are some of its exercises.
Here is where each of its exercises is in this book, if it is.
The first page of this book has [a field](../intro.md) that takes its numbers, too.

:::{{table}}
:class: numbers

| English edition | here | remark |
|---|---|---|
{rows}
:::
"""


class Place(NamedTuple):
    """Where a section, an exercise or a part is: `exercises/NAME#id`, and its title."""

    place: str
    title: str


class Exercise(NamedTuple):
    """An exercise as its page asks it: parts are its headings, by letter."""

    number: str
    title: str
    parts: dict
    text: str


def asked(page):
    """Return the exercises of a page (a path in exercises/), in order."""
    _, *found = HEADING.split(page.read_text("utf-8-sig"))
    return [
        Exercise(number, title, dict(re.findall(r"^### \(([a-h])\) (.+)$", text, re.M)), text)
        for number, title, text in zip(found[::3], found[1::3], found[2::3])
    ]


def answer(page, number):
    """Return the path of the page that answers an exercise of page, or None."""
    files = page.parents[1].glob(f"solutions/{number.replace('.', '-')}-*.md")
    return next(files, None)


def places(env):
    """Return the Place of each section, exercise and part that has a number, by that number.

    They are those of the pages in exercises/, by the ids that the site gives their headings.
    """
    found = {}
    for name in sorted(name for name in env.found_docs if name.startswith("exercises/")):
        number = ""
        for section in env.get_doctree(name).findall(nodes.section):
            title = section[0].astext()
            if match := re.match(r"((?:MLX )?\d[\d.]*) (.+)", title):
                label = number = match[1]
            elif (match := re.match(r"(\([a-h]\)) (.+)", title)) and number:
                label = f"{number} {match[1]}"
            else:
                continue
            found.setdefault(label, Place(f"{name}#{section['ids'][0]}", match[2]))
    return found


def english():
    """Return the rows of english.csv: a number of the English edition, ours, and a remark."""
    with ENGLISH.open(newline="", encoding="utf-8") as stream:
        return [tuple(row.values()) for row in csv.DictReader(stream)]


def number_table(targets):
    """Return the part of the index that leads from the English edition's numbers to ours.

    targets are links from the index, as Markdown, by number.
    """
    rows = [f"| {theirs} | {targets[ours]} | {remark} |" for theirs, ours, remark in english()]
    return NUMBERS.format(rows="\n".join(rows))


def list_exercises(app, docname, source):
    """Add to the index an entry for each exercise that has an answer, section by section."""
    if docname != PAGE:
        return
    app.env.note_dependency(str(ENGLISH))
    for name in app.env.found_docs:
        if name.startswith(("exercises/", "solutions/")):
            app.env.note_dependency(str(Path(app.srcdir, f"{name}.md")))
    entries, targets = [], {}
    for page in sorted(Path(app.srcdir, "exercises").glob("[!.]*.md")):
        title = re.search(r"^# (.+)$", page.read_text("utf-8-sig"), re.MULTILINE)[1]
        entries.append(SECTION.format(title=title, page=page))
        targets.setdefault(title.split()[0], f"[{title}](../exercises/{page.name})")
        for number, title, parts, _ in asked(page):
            slug = default_slugify(f"{number} {title}")
            targets[number] = f"[{number} {title}](../exercises/{page.name}#{slug})"
            for letter, words in parts.items():
                part = default_slugify(f"({letter}) {words}")
                label = f"{number} ({letter})"
                targets[label] = f"[{label} {words}](../exercises/{page.name}#{part})"
            if file := answer(page, number):
                entry = {"number": number, "title": title, "page": page.name}
                entries[-1] += ENTRY.format(**entry, slug=slug, answer=file.name)
    source[0] += "".join(sorted(entries, key=lambda entry: entry.partition("[")[2]))
    source[0] += number_table(targets)


def setup(app):
    """Connect the function above to the event of Sphinx."""
    app.connect("source-read", list_exercises)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
