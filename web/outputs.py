"""Sphinx extension: the pages show, and offer, what the notebooks store."""

import shutil
import tempfile
from pathlib import Path

import nbformat
import vl_convert
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.cache.main import NbValidityError
from sphinx.errors import ExtensionError

from generator import notebooks


def notebook_of(env, docname):
    """Return the path of the notebook beside a page; it may not exist."""
    return Path(env.doc2path(docname)).with_suffix(".ipynb")


def place_cache(app, config):
    """Keep the cache of myst-nb, which is made anew in each build, away from the book.

    It is a database that is opened by an address, where `%`, `?` and `#` mean something.
    """
    config.nb_execution_cache_path = tempfile.mkdtemp()


def remove_cache(app, error):
    """Remove that cache."""
    shutil.rmtree(app.config.nb_execution_cache_path, ignore_errors=True)


def use_committed_outputs(app, env, docnames):
    """Fill the cache of myst-nb from the notebooks, so that it executes nothing.

    Raises ExtensionError for a notebook that was not executed in order.
    """
    cache = get_cache(app.config.nb_execution_cache_path)
    for notebook in [notebook_of(env, name) for name in docnames]:
        try:
            if notebook.exists():
                content = nbformat.read(notebook, as_version=4)
                for cell in content.cells:  # the page has not what folds a cell elsewhere
                    for key in notebooks.FOLDED:
                        cell.metadata.pop(key, None)
                bundle = CacheBundleIn(content, str(notebook))
                cache.cache_notebook_bundle(bundle, overwrite=True)
        except NbValidityError as error:
            remedy = "run `make notebooks`"
            raise ExtensionError(f"{notebook}: not executed in order; {remedy}") from error


def save_cover(app, env, docnames):
    """Save the figure of the cell tagged `cover`: for the landing page, and as PNG for previews."""
    for notebook in Path(app.srcdir).glob("chapters/[!.]*.ipynb"):
        for cell in nbformat.read(notebook, as_version=4).cells:
            if "cover" in cell.metadata.get("tags", []):
                figure = cell.outputs[-1]["data"]["image/svg+xml"]
                Path(app.outdir).with_name("cover.svg").write_text(figure, "utf-8")
                preview = Path(app.outdir, "_images/cover.png")
                preview.parent.mkdir(parents=True, exist_ok=True)
                preview.write_bytes(vl_convert.svg_to_png(figure, scale=2))


def depend_on_notebook(app, docname, source):
    """Rebuild a page when the outputs in its notebook changed."""
    notebook = notebook_of(app.env, docname)
    if notebook.exists():
        app.env.note_dependency(str(notebook))


def offer_notebooks(app, error):
    """Offer the checked notebooks to download, instead of the theme's own copies."""
    if error or app.builder.format != "html":
        return
    for docname in app.env.found_docs:
        notebook = notebook_of(app.env, docname)
        if notebook.exists():
            shutil.copy2(notebook, Path(app.outdir, "_sources", docname + ".ipynb"))


def setup(app):
    """Connect the functions above to the events of Sphinx."""
    app.connect("config-inited", place_cache)
    app.connect("env-before-read-docs", use_committed_outputs)
    app.connect("env-before-read-docs", save_cover)
    app.connect("source-read", depend_on_notebook)
    app.connect("build-finished", offer_notebooks)
    app.connect("build-finished", remove_cache)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
