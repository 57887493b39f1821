"""Sphinx extension: each page says how long it takes, what belongs to it, and what comes next.

The line below a title is made here, so that no notebook needs a directive for it. contents.js
lets the contents of the page follow the reader.
"""

import math
import re
from html import escape
from pathlib import Path
from posixpath import dirname, join, normpath

from docutils import nodes

from checks import tables
from web import exercises
from web.assets import put_into_site

SCRIPT = Path(__file__).with_name("contents.js")
KINDS = {"chapters": "chapter", "exercises": "exercises", "solutions": "answer"}
WORDS_A_MINUTE = 200
UNREAD = nodes.literal_block, nodes.raw, nodes.comment


def words(doctree):
    """Return how many words a page has, with those of formulas, without code and outputs."""
    texts = (
        node
        for node in doctree.findall(nodes.Text)
        if not isinstance(node.parent, UNREAD) and not isinstance(node.parent.parent, UNREAD)
    )
    return sum(len(text.split()) for text in texts)


def duration(seconds):
    """Return a time as it is said: 1 s, 12 s, 2 min."""
    return f"{max(1, round(seconds))} s" if seconds < 90 else f"{round(seconds / 60)} min"


def related(env, docname):
    """Yield the pages that belong to a page: what a link to each says, its name and place."""
    folder, _, name = docname.partition("/")
    if folder == "solutions":
        number = re.match(r"\d-\d-\d", name)[0].replace("-", ".")
        place = env.exercise_places[number].place
        yield f"Exercise {number}", place
        name = place.partition("#")[0].partition("/")[2]
    elif folder == "chapters" and f"exercises/{name}" in env.found_docs:
        yield "Exercises of this section", f"exercises/{name}"
    if folder in ("exercises", "solutions") and f"chapters/{name}" in env.found_docs:
        yield "Chapter", f"chapters/{name}"


def facts(app, docname, doctree):
    """Return the line below the title of a page, as HTML."""

    def link(text, place):
        name, _, anchor = place.partition("#")
        address = app.builder.get_relative_uri(docname, name) + (anchor and f"#{anchor}")
        return f'<a href="{escape(address)}">{text}</a>'

    minutes = math.ceil(words(doctree) / WORDS_A_MINUTE)
    said = [f"{minutes} min to read"]
    if row := app.env.run_times.get(docname):
        time = link(duration(float(row["seconds"])), "about/checks#run-times")
        said.append(f"the notebook ran in {time} on one core of an {escape(row['processor'])}")
    said += [link(*each) for each in related(app.env, docname)]
    return f'<p class="page-facts">{" · ".join(said)}</p>'


def read_facts(app, env):
    """Read what the lines need; return the pages to make anew: all, if any of it changed."""
    now = exercises.places(env), {row["notebook"]: row for row in tables.read("run-times")}
    before = getattr(env, "exercise_places", None), getattr(env, "run_times", None)
    env.exercise_places, env.run_times = now
    return [] if before == now else list(env.found_docs)


def kind(pagename, relation):
    """Return the kind of a page that follows, or goes before, as the theme knows it."""
    folder = normpath(join(dirname(pagename), relation["link"])).partition("/")[0]
    return KINDS.get(folder)


def put_facts(app, pagename, templatename, context, doctree):
    """Put the line below the title, and say what kind of page comes next; load the script."""
    app.add_js_file("../contents.js", loading_method="defer")
    context["kinds"] = {
        name: kind(pagename, context[name]) for name in ("prev", "next") if context.get(name)
    }
    if doctree is not None and pagename != app.config.root_doc:
        line = facts(app, pagename, doctree)
        context["body"] = context["body"].replace("</h1>", f"</h1>\n{line}", 1)


def start_with_a_lesson(app, pagename, templatename, context, doctree):
    """Let the front page lead to the first chapter: the pages before it have exercises only."""
    if pagename == app.config.root_doc:
        names = app.env.toctree_includes[pagename]
        first = next(name for name in names if name.startswith("chapters/"))
        context["next"] = {
            "link": app.builder.get_relative_uri(pagename, first),
            "title": app.env.titles[first].astext(),
        }


def copy_script(app):
    """Put the script into the site; not among the theme's, which stand in the head."""
    put_into_site(app, SCRIPT)


def setup(app):
    """Connect the functions above to the events of Sphinx."""
    app.connect("builder-inited", copy_script)
    app.connect("env-updated", read_facts)
    app.connect("html-page-context", start_with_a_lesson, priority=400)
    app.connect("html-page-context", put_facts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
