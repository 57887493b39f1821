"""Sphinx extension: figures load late, keep their place meanwhile, and can be enlarged."""

import re
from pathlib import Path

from PIL import Image


def load_images_late(app):
    """Load a figure when the reader comes near it."""
    app.env.settings["image_loading"] = "lazy"


def frame_figures(app, pagename, templatename, context, doctree):
    """Give each figure its size, so that nothing moves when it is loaded late, and a link.

    The link shows the figure alone, to be enlarged; and the tab key gets to the figure,
    which on a phone may scroll.
    """
    files = {name: Path(app.srcdir, file) for file, name in app.builder.images.items()}

    def framed(match):
        with Image.open(files[match["name"]]) as figure:
            size = f'width="{figure.width}" height="{figure.height}"'
        return f'<a class="enlarge" href="{match["src"]}"><img {size} {match["rest"]}</a>'

    if "body" in context:
        figures = r'<img (?P<rest>[^>]*src="(?P<src>[^"]*_images/(?P<name>[^"/]+\.png))"[^>]*>)'
        context["body"] = re.sub(figures, framed, context["body"])


def setup(app):
    """Connect the functions above to the events of Sphinx."""
    app.connect("builder-inited", load_images_late)
    app.connect("html-page-context", frame_figures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
