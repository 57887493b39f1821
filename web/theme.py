"""Sphinx extension: the theme's options, the address of this copy, folded cells."""

import re
from html import escape

from myst_nb.sphinx_ import HideCodeCellNode

from web import address

NOT_FOUND = """\
<h1>Page not found</h1>
<p>There is no page at this address. Perhaps it was renamed, or the link is mistyped.</p>
<ul>
<li><a href="{root}intro.html">The book's first page</a></li>
<li><a href="{root}about/exercises.html">All exercises</a>, each with its answer</li>
<li><a href="{root}search.html">Search</a> for a word or the number of an exercise</li>
</ul>
"""


def set_options(app, config):
    """Add theme options; `sphinx.config` in _config.yml would replace them all."""
    options = config.html_theme_options
    options["repository_url"], config.html_baseurl = address.published()
    options.update(
        navbar_persistent=[],
        show_toc_level=2,
        use_download_button=True,
        use_source_button=True,
        footer_content_items=["page-footer.html"],
    )
    # Follow the system's colours; the theme complains of an empty default.
    config.html_context["default_mode"] = "auto"
    # For the landing page: where the workflow puts the PDF (see pdf.py), and who wrote the book.
    config.myst_substitutions = {
        "print_edition": f"[one PDF]({config.html_baseurl}softmax-regression.pdf)",
        "contributors": f"[contributors]({options['repository_url']}/graphs/contributors)",
    }
    config.ogp_site_url, config.ogp_site_name = config.html_baseurl, config.html_title
    # The page for wrong addresses is shown at any depth, so its links are absolute.
    config.notfound_urls_prefix = root = "/" + config.html_baseurl.split("/", 3)[3]
    config.notfound_context = {"title": "Page not found", "body": NOT_FOUND.format(root=root)}
    # Outside _static, since the theme loads every script in there on every page.
    config.mathjax_path = "../mathjax/tex-chtml-full.js"


def name_toggles(app, pagename, templatename, context, doctree):
    """Give the arrows that open a part of the sidebar a name, for those who hear the page."""
    draw = context.get("generate_toctree_html")
    named = '<summary aria-label="The pages of this part">'
    if draw:
        context["generate_toctree_html"] = lambda *of, **how: str(draw(*of, **how)).replace(
            "<summary>", named
        )


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


def setup(app):
    """Connect the functions above to the events of Sphinx."""
    app.add_node(HideCodeCellNode, override=True, html=(open_fold, close_fold))
    app.connect("config-inited", set_options, priority=400)  # before others read them
    app.connect("html-page-context", name_toggles, priority=900)  # after the theme
    return {"parallel_read_safe": True, "parallel_write_safe": True}
