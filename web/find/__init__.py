"""Sphinx extension: the field of the front page that leads from a number to its exercise.

It stands where the page has an empty element: <div id="find-exercise"></div>
"""

import json
from pathlib import Path

from web import exercises
from web.assets import put_into_site

SCRIPT = Path(__file__).with_name("find.js")
ELEMENT = '<div id="find-exercise"></div>'
FORM = """\
<form id="find-exercise" class="find" hidden>
<label for="find-number">I came for exercise</label>
<input id="find-number" name="number" placeholder="3.6.1 (b)" size="12" autocomplete="off"
 spellcheck="false" aria-describedby="find-said">
<button type="submit">Go</button>
<label class="find-edition"><input type="checkbox" name="english">
 That is its number in the English edition</label>
<p id="find-said" role="status"></p>
<script type="application/json">{numbers}</script>
</form>"""


def numbers(app, docname):
    """Return what the script needs: our numbers with their places, the English ones with ours."""

    def address(place):
        name, _, anchor = place.partition("#")
        return f"{app.builder.get_relative_uri(docname, name)}#{anchor}"

    here = {
        label: [address(place), title] for label, (place, title) in app.env.exercise_places.items()
    }
    english = {theirs: [ours, remark] for theirs, ours, remark in exercises.english()}
    return {"here": here, "english": english}


def put_form(app, pagename, templatename, context, doctree):
    """Put the form in the place of the element, and load its script there."""
    if ELEMENT in context.get("body", ""):
        said = json.dumps(numbers(app, pagename)).replace("<", r"\u003c")
        context["body"] = context["body"].replace(ELEMENT, FORM.format(numbers=said))
        app.add_js_file("../find.js", loading_method="defer")


def copy_script(app):
    """Put the script into the site."""
    put_into_site(app, SCRIPT)


def setup(app):
    """Connect the functions above to the events of Sphinx."""
    app.connect("builder-inited", copy_script)
    app.connect("html-page-context", put_form)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
