"""Sphinx extension: MathJax and the icons, served from the site and no larger than needed."""

import re
import shutil
from importlib.resources import files
from pathlib import Path

from fontTools import subset
from sphinx.util.fileutil import copy_asset

MATHJAX = files("sphinx-mathjax-offline") / "static" / "mathjax"


def put_into_site(app, *files):
    """Copy files into the root of the site, where the theme does not load them on every page."""
    if app.builder.format == "html":
        Path(app.outdir).mkdir(parents=True, exist_ok=True)
        for file in files:
            shutil.copy2(file, app.outdir)


def copy_mathjax(app, error):
    """Serve MathJax from the site: one script and its fonts."""
    if error or app.builder.format != "html":
        return
    mathjax = Path(app.outdir, "mathjax")
    mathjax.mkdir(exist_ok=True)
    shutil.copy2(MATHJAX / "tex-chtml-full.js", mathjax)
    copy_asset(MATHJAX / "output" / "chtml" / "fonts", mathjax / "output/chtml/fonts")


def keep_used_icons(app, error):
    """Reduce Font Awesome to the icons of the pages: 1 kB instead of 800 kB.

    The theme's own script draws all icons; without it (see _templates/layout.html)
    the fonts do, which its style sheet names too.
    """
    if error or app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    pages = [*Path(app.outdir).rglob("*.html"), *static.glob("scripts/*theme.js")]
    used = set()
    for page in pages:
        used.update(re.findall(r"\bfa-[a-z-]+", page.read_text("utf-8")))
    style = (static / "styles/pydata-sphinx-theme.css").read_text("utf-8")
    rules = re.findall(r'((?:\.fa-[\w-]+:before,?)+)\{content:"\\(\w+)"\}', style)
    codes = [int(code, 16) for names, code in rules if used & set(re.findall(r"fa-[\w-]+", names))]
    for font in static.glob("vendor/fontawesome/webfonts/*.woff2"):
        options = subset.Options(flavor="woff2")
        icons = subset.load_font(font, options)
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=codes)
        subsetter.subset(icons)
        subset.save_font(icons, font, options)
    for unused in [*static.glob("scripts/fontawesome.js*"), *static.rglob("*.ttf")]:
        unused.unlink()


def setup(app):
    """Connect the functions above to the events of Sphinx."""
    app.connect("build-finished", copy_mathjax)
    app.connect("build-finished", keep_used_icons)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
