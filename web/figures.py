"""Sphinx extension: figures load late, keep their place meanwhile, enlarge, can be downloaded.

A figure is SVG. A copy of it with a line of credit lies in figures/PAGE-NUMBER.svg.
"""

import re
from html import escape, unescape
from pathlib import Path

from web.assets import put_into_site

LICENCE = "CC BY-SA 4.0"
FIGURE = re.compile(r'<img (?P<rest>[^>]*src="(?P<src>[^"]*_images/(?P<name>[^"/]+\.svg))"[^>]*>)')
CREDIT = """\
<g transform="translate(0 {height})" font-family="sans-serif" font-size="8" fill="#444">
<rect width="{width}" height="{more}" fill="#fff"/>
<text x="4" y="10">{title}. {licence}.</text><text x="4" y="20">{address}</text>
</g>
</svg>
"""
ROOM = 24  # points below the figure, for the credit
PIXELS = 96 / 72  # a CSS pixel is 1/96 inch, and Matplotlib writes points


def load_images_late(app):
    """Load a figure when the reader comes near it."""
    app.env.settings["image_loading"] = "lazy"


def size(svg):
    """Return the width and height of a figure of Matplotlib's, in points."""
    return [float(re.search(rf'\b{side}="([\d.]+)pt"', svg)[1]) for side in ("width", "height")]


def credited(svg, title, address, alt):
    """Return a figure with two lines below it: the book and its licence, and the page's address.

    alt, the text for those who do not see the figure, takes the place of Matplotlib's metadata.
    """
    width, height = size(svg)
    head, body = re.split(r"<metadata>.*?</metadata>", svg, maxsplit=1, flags=re.DOTALL)
    head = re.sub(r'height="[^"]*"', f'height="{height + ROOM}pt"', head)
    head = re.sub(r'viewBox="[^"]*"', f'viewBox="0 0 {width} {height + ROOM}"', head)
    facts = {"title": escape(title), "licence": LICENCE, "address": escape(address)}
    credit = CREDIT.format(width=width, height=height, more=ROOM, **facts)
    return f"{head}<title>{escape(alt)}</title>{body.replace('</svg>', credit)}"


def frame_figures(app, pagename, templatename, context, doctree):
    """Give each figure its size, so that nothing moves when it is loaded late, and a link.

    The link leads to the copy with the credit; the script shows the figure large instead.
    """
    if app.builder.format != "html" or not FIGURE.search(context.get("body", "")):
        return
    files = {name: Path(app.srcdir, file) for file, name in app.builder.images.items()}
    up = "../" * pagename.count("/")
    numbers = iter(range(1, 100))

    def framed(match):
        svg = files[match["name"]].read_text("utf-8")
        width, height = (round(side * PIXELS) for side in size(svg))
        name = f"figures/{pagename}-{next(numbers)}.svg"
        alt = unescape(re.search(r'alt="([^"]*)"', match[0])[1])
        address = f"{app.config.html_baseurl}{pagename}.html"
        copy = Path(app.outdir, name)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(credited(svg, app.config.html_title, address, alt), "utf-8")
        shape = f'width="{width}" height="{height}"'
        return f'<a class="enlarge" href="{up}{name}"><img {shape} {match["rest"]}</a>'

    context["body"] = FIGURE.sub(framed, context["body"])
    app.add_js_file("../enlarge.js", loading_method="defer")


def copy_script(app):
    """Put the script into the site."""
    put_into_site(app, Path(__file__).with_name("enlarge.js"))


def setup(app):
    """Connect the functions above to the events of Sphinx."""
    app.connect("builder-inited", load_images_late)
    app.connect("builder-inited", copy_script)
    app.connect("html-page-context", frame_figures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
