"""Sphinx extension: charts that answer the reader, drawn in the browser.

A page names the chart of NAME.py by an empty element, which is
invisible wherever else the page is read: <div id="explorable-NAME"></div>
A module has either chart(), TITLE and INSTRUCTION, or html(name) for HTML of its own.
"""

import json
import re
import shutil
from importlib import import_module
from pathlib import Path

import vl_convert
from docutils import nodes

from web.explorables import confusion

VEGA = f"vega-{vl_convert.get_vega_version()}.js"
FILES = "explorables.css", "explorables.js", "confusion.js"
# In the colours of the page, which change with its theme.
LOOK = {
    "background": "transparent",
    "font": "sans-serif",
    "view": {"stroke": None},
    "axis": {
        "domainColor": "currentColor",
        "gridColor": "currentColor",
        "gridOpacity": 0.15,
        "labelColor": "currentColor",
        "labelFontSize": 13,
        "tickColor": "currentColor",
        "titleColor": "currentColor",
        "titleFontSize": 13,
        "titleFontWeight": "normal",
    },
    "rule": {"color": "currentColor"},
    "text": {"color": "currentColor", "fontSize": 13},
}
BOX = """\
<section class="explorable" id="{name}" aria-labelledby="{name}-title" hidden>
<h{level} id="{name}-title">{title}</h{level}>
<p>{instruction}</p>
<div class="explorable-inputs"></div>
<div class="explorable-chart"></div>
<p class="explorable-reading"></p>
<script type="application/json">{specification}</script>
</section>
"""


def box(module, name, level):
    """Return the HTML of the chart that a module defines, under a heading of this level.

    It is hidden until the script draws the chart.
    """
    chart = module.chart().properties(width="container").to_dict()
    vega = vl_convert.vegalite_to_vega(chart | {"config": LOOK})
    return BOX.format(
        name=name,
        level=level,
        title=module.TITLE,
        instruction=module.INSTRUCTION,
        specification=json.dumps(vega).replace("<", r"\u003c"),
    )


def put_explorables(app, doctree):
    """Replace each element that names an explorable by what the browser needs."""
    for node in list(doctree.findall(nodes.raw)):
        if match := re.fullmatch(r'<div id="(explorable-(\w+))"></div>', node.astext().strip()):
            module = import_module(f"web.explorables.{match[2]}")
            level = 1
            parent = node.parent
            while not isinstance(parent, nodes.document):
                level += isinstance(parent, nodes.section)
                parent = parent.parent
            own = getattr(module, "html", None)  # else it is drawn by Vega
            html = own(match[1]) if own else box(module, match[1], level)
            node.replace_self(nodes.raw("", html, format="html"))


def bundle_vega():
    """Return the script that sets `vega`: the part of Vega that draws, and its licences."""
    version = vl_convert.get_vega_version()
    # vl-convert holds this module, so nothing is fetched.
    module = f"https://cdn.jsdelivr.net/npm/vega@{version}/+esm"
    imports = f'import {{View, parse}} from "{module}"; window.vega = {{View, parse}};'
    licences = f"/*! Vega {version}: BSD-3-Clause, vega.github.io/vega. D3: ISC, d3js.org. */"
    return f"{licences}\n(() => {{{vl_convert.javascript_bundle(imports)}}})();\n"


def copy_runtime(app):
    """Put the scripts and the style sheet into the site; bundle Vega if it is new."""
    if app.builder.format != "html":
        return
    site = Path(app.outdir)
    site.mkdir(parents=True, exist_ok=True)
    bundle = site.with_name(VEGA)
    if not bundle.exists():
        bundle.write_text(bundle_vega(), "utf-8")
    for file in (bundle, *(Path(__file__).with_name(name) for name in FILES)):
        shutil.copy2(file, site)
    confusion.draw(site)


def load_runtime(app, pagename, templatename, context, doctree):
    """Load the runtime on the pages that have an explorable, and only there."""
    body = context.get("body", "")
    scripts = [VEGA, "explorables.js"] if 'class="explorable"' in body else []
    scripts += ["confusion.js"] if 'class="explorable confusion"' in body else []
    if scripts:
        app.add_css_file("../explorables.css")
    for script in scripts:
        app.add_js_file(f"../{script}", loading_method="defer")


def setup(app):
    """Connect the functions above to the events of Sphinx."""
    app.connect("builder-inited", copy_runtime)
    app.connect("doctree-read", put_explorables)
    app.connect("html-page-context", load_runtime)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
