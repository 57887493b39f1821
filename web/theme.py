"""Sphinx extension: the theme's options, the repository it links to, MathJax and icons."""

import os
import re
import shutil
import subprocess
from html import escape
from importlib.resources import files
from pathlib import Path

from fontTools import subset
from myst_nb.sphinx_ import HideCodeCellNode
from PIL import Image
from sphinx.util.fileutil import copy_asset

NOT_FOUND = """\
<h1>Page not found</h1>
<p>There is no page at this address. Perhaps it was renamed, or the link is mistyped.</p>
<ul>
<li><a href="{root}intro.html">The book's first page</a></li>
<li><a href="{root}exercises.html">All exercises</a>, each with its answer</li>
<li><a href="{root}search.html">Search</a> for a word or the number of an exercise</li>
</ul>
"""
MATHJAX = files("sphinx-mathjax-offline") / "static" / "mathjax"


def repository(folder, configured):
    """Return the address of the GitHub repository of the copy of the book in folder.

    A workflow of GitHub names it; else the remote `origin` does; else it is the
    configured address.
    """
    if name := os.environ.get("GITHUB_REPOSITORY"):
        return f"https://github.com/{name}"
    git = ["git", "remote", "get-url", "origin"]
    try:
        remote = subprocess.run(git, cwd=folder, capture_output=True, text=True).stdout.strip()
    except FileNotFoundError:  # no git: a downloaded copy
        remote = ""
    origin = re.search(r"\bgithub\.com[:/]([\w.-]+/[\w.-]+?)(\.git)?/?$", remote)
    return f"https://github.com/{origin[1]}" if origin else configured


def pages_address(repository):
    """Return the address at which GitHub Pages publishes a repository."""
    owner, name = repository.rsplit("/", 2)[1:]
    host = f"{owner.lower()}.github.io"
    return f"https://{host}/" if name.lower() == host else f"https://{host}/{name}/"


def set_options(app, config):
    """Add theme options; `sphinx.config` in _config.yml would replace them all."""
    options = config.html_theme_options
    address = repository(app.srcdir, options["repository_url"])
    if address != options["repository_url"]:
        options["repository_url"] = address
        config.html_baseurl = pages_address(address)
    options.update(
        navbar_persistent=[],
        show_toc_level=2,
        use_download_button=True,
        use_source_button=True,
    )
    # Follow the system's colours; the theme complains of an empty default.
    config.html_context["default_mode"] = "auto"
    # For the landing page: where the workflow puts the PDF (see printing/).
    pdf = f"{config.html_baseurl}softmax-regression.pdf"
    config.myst_substitutions = {"print_edition": f"[one PDF]({pdf})"}
    config.ogp_site_url, config.ogp_site_name = config.html_baseurl, config.html_title
    # The page for wrong addresses is shown at any depth, so its links are absolute.
    config.notfound_urls_prefix = root = "/" + config.html_baseurl.split("/", 3)[3]
    config.notfound_context = {"title": "Page not found", "body": NOT_FOUND.format(root=root)}
    # Outside _static, since the theme loads every script in there on every page.
    config.mathjax_path = "../mathjax/tex-chtml-full.js"


def open_fold(writer, node):
    """Open a folded cell under its title, `# @title ...` as Colab has it.

    The summary of myst-nb is the same for all cells, and has a label that hides its text.
    """
    classes = " ".join(["fold", *node["classes"]])
    title = re.match("# @title (.+)", node.astext())
    summary = escape(title[1]) if title else node["prompt_show"]
    writer.body.append(f'<details class="{classes}"><summary>{summary}</summary>\n')


def close_fold(writer, node):
    """Close a folded cell."""
    writer.body.append("</details>\n")


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
    app.add_node(HideCodeCellNode, override=True, html=(open_fold, close_fold))
    app.connect("config-inited", set_options, priority=400)  # before others read them
    app.connect("builder-inited", load_images_late)
    app.connect("html-page-context", frame_figures)
    app.connect("build-finished", copy_mathjax)
    app.connect("build-finished", keep_used_icons)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
