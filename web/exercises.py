"""Sphinx extension: the index of all exercises, made from the pages that ask and answer them."""

import re
from pathlib import Path
from typing import NamedTuple

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


def list_exercises(app, docname, source):
    """Add to the index an entry for each exercise that has an answer, section by section."""
    if docname != PAGE:
        return
    for name in app.env.found_docs:
        if name.startswith(("exercises/", "solutions/")):
            app.env.note_dependency(str(Path(app.srcdir, f"{name}.md")))
    entries = []
    for page in Path(app.srcdir, "exercises").glob("[!.]*.md"):
        title = re.search(r"^# (.+)$", page.read_text("utf-8-sig"), re.MULTILINE)[1]
        entries.append(SECTION.format(title=title, page=page))
        for number, title, *_ in asked(page):
            if file := answer(page, number):
                slug = default_slugify(f"{number} {title}")
                entry = {"number": number, "title": title, "page": page.name}
                entries[-1] += ENTRY.format(**entry, slug=slug, answer=file.name)
    source[0] += "".join(sorted(entries, key=lambda entry: entry.partition("[")[2]))


def setup(app):
    """Connect the function above to the event of Sphinx."""
    app.connect("source-read", list_exercises)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
