"""Sphinx extension: draws the cover, ten softmax probabilities from hot to cold."""

from pathlib import Path

# From the accent colour of _static/book.css to a light tint of it.
DARK, LIGHT = (0.10, 0.27, 0.42), (0.80, 0.89, 0.94)


def draw(width, height, target, **options):
    """Draw the cover, width and height in inches, and save it as target.

    From left to right the temperature falls from 30 to 0.2; each band is one
    of ten probabilities softmax(logits / T).
    """
    import matplotlib
    import numpy as np

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    matplotlib.rcParams["svg.hashsalt"] = "cover"  # the same file each time
    logits = np.array([0.3, 1.1, -0.9, 2.0, 0.7, 3.0, 1.6, -0.2, 2.4, 0.1])
    temperature = np.geomspace(30, 0.2, 160)
    powers = np.exp((logits - logits.max()) / temperature[:, None])
    shares = (powers / powers.sum(axis=1, keepdims=True)).T
    # The larger the logit, the darker its band.
    rank = logits.argsort().argsort()[:, None] / 9
    colours = np.array(LIGHT) + rank * (np.array(DARK) - np.array(LIGHT))
    figure = plt.figure(figsize=(width, height))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.stackplot(np.linspace(0, 1, 160), shares, colors=colours, edgecolor="white", lw=0.8)
    axes.set(xlim=(0, 1), ylim=(0, 1))
    axes.axis("off")
    figure.savefig(target, **options)
    plt.close(figure)


def draw_cover(app):
    """Draw the cover for the landing page and for link previews, where it is not drawn yet."""
    folder = Path(app.srcdir, "_build")
    banner, preview = folder / "banner.svg", folder / "banner.png"
    drawn = [file.stat().st_mtime for file in (banner, preview) if file.exists()]
    if len(drawn) < 2 or min(drawn) < Path(__file__).stat().st_mtime:
        folder.mkdir(exist_ok=True)
        draw(8, 1.6, banner, metadata={"Date": None})
        draw(12, 6.3, preview, dpi=100)


def copy_preview(app, error):
    """Put the picture for link previews where the pages say it is."""
    if not error and app.builder.format == "html":
        picture = Path(app.srcdir, "_build", "banner.png").read_bytes()
        Path(app.outdir, app.config.ogp_image).write_bytes(picture)


def setup(app):
    """Connect the functions above to the events of Sphinx."""
    app.connect("builder-inited", draw_cover)
    app.connect("build-finished", copy_preview)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
