"""Sphinx extension: what makes the pages of the book; it sets up its parts."""

PARTS = (
    "outputs",
    "theme",
    "figures",
    "assets",
    "search",
    "exercises",
    "place",
    "find",
    "explorables",
    "practice",
    "teaching",
    "gallery",
    "machines",
)


def setup(app):
    """Set up each part, an extension of its own."""
    for part in PARTS:
        app.setup_extension(f"web.{part}")
    # It does not say that pages may be read side by side; they may, since it waits for all.
    app.extensions["sphinx_multitoc_numbering"].parallel_read_safe = True
    return {"parallel_read_safe": True, "parallel_write_safe": True}
