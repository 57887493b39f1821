"""Sphinx extension: the list of all figures, to download for slides."""

from html import escape
from pathlib import Path

from docutils import nodes
from sphinx_external_toc.parsing import parse_toc_yaml

from generator import notebooks
from web import figures

PAGE = "about/figures"
ENTRY = """\
<figure class="slide">
<a href="../figures/{name}.svg" download="{file}.svg"><img src="../figures/{name}.svg" \
alt="{alt}" width="{width}" height="{height}" loading="lazy"></a>
<figcaption>{alt} From <a href="../{page}.html">{title}</a>.</figcaption>
</figure>
"""


def entries(app):
    """Return the HTML of an entry for each figure, in the order of the book."""
    for page in parse_toc_yaml(notebooks.ROOT / "_toc.yml"):
        images = app.env.get_doctree(page).findall(nodes.image)
        drawn = [image for image in images if image["uri"].endswith(".svg")]
        for number, image in enumerate(drawn, start=1):
            name = f"{page}-{number}"
            sides = figures.size(Path(app.srcdir, image["uri"]).read_text("utf-8"))
            width, height = sides[0], sides[1] + figures.ROOM
            yield ENTRY.format(
                name=name,
                file=name.rpartition("/")[2],
                alt=escape(image["alt"]),
                width=round(width * figures.PIXELS),
                height=round(height * figures.PIXELS),
                page=page,
                title=escape(app.env.titles[page].astext()),
            )


def list_figures(app, doctree, docname):
    """Add the entries to the page for figures."""
    if docname == PAGE:
        section = next(doctree.findall(nodes.section))
        shown = f'<div class="slides">{"".join(entries(app))}</div>'
        section += nodes.raw("", shown, format="html")


def depend(app, docname, source):
    """Make the list again when a page has changed."""
    if docname == PAGE:
        for name in app.env.found_docs:
            page = Path(app.env.doc2path(name))
            for file in page, page.with_suffix(".ipynb"):
                if file.exists():
                    app.env.note_dependency(str(file))


def setup(app):
    """Connect the functions above to the events of Sphinx."""
    app.connect("source-read", depend)
    app.connect("doctree-resolved", list_figures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
