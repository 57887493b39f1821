"""Sphinx extension: the index of all exercises, made from the pages that ask and answer them."""

import re
from pathlib import Path

PAGE = "about/exercises"
SECTION = "\n## {}\n\n[Try them](../chapters/{}.md#exercises).\n"
ENTRY = """
### [{number}](../solutions/{name}.md#exercise-{slug}) {title}

```{{include}} ../solutions/{name}.md
:start-after: "## Exercise {number}"
:end-before: "###"
:relative-docs: ../
```
"""


def list_exercises(app, docname, source):
    """Add to the page an entry for each exercise, in the order of the table of contents.

    Its title is the heading in the chapter; question and short answer are those of the answer.
    """
    if docname != PAGE:
        return
    answers = [name for name in app.env.found_docs if name.startswith("solutions/")]
    sections = []
    for name in (Path(answer).name for answer in answers):
        chapter = Path(app.srcdir, "chapters", f"{name}.md")
        app.env.note_dependency(str(chapter))
        text = chapter.read_text("utf-8-sig")
        heading = re.search(r"^# ([^:\n]+)", text, re.MULTILINE)[1]
        asked = re.findall(r"^### (\d\.\d\.\d) (.+)$", text, re.MULTILINE)
        entries = [
            ENTRY.format(number=number, slug=number.replace(".", ""), name=name, title=title)
            for number, title in asked
        ]
        sections.append(SECTION.format(heading, name) + "".join(entries))
    source[0] += "".join(sorted(sections))


def setup(app):
    """Connect the function above to the event of Sphinx."""
    app.connect("source-read", list_exercises)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
