"""The confusion matrix of section 3.6, whose counts show the test images behind them."""

import gzip
import re
from html import escape

import nbformat
from PIL import Image

from generator import notebooks

PAGE = notebooks.ROOT / "chapters/softmax-scratch.ipynb"
IMAGES = notebooks.ROOT / "data/FashionMNIST/raw/t10k-images-idx3-ubyte.gz"
FILE = "confusion.png"
SIDE, SHOWN = 28, 8  # pixels; images behind a count at most
BOX = """\
<details class="explorable confusion" id="{name}" hidden>
<summary>Try it: the images behind the counts</summary>
<table>
<caption>Rows are true classes, columns predicted ones. Choose a count by touch, with the mouse or
with the arrow keys: below are its test images, the first eight.</caption>
<thead><tr><td></td>{columns}</tr></thead>
<tbody>{rows}</tbody>
</table>
<p class="explorable-reading"></p>
<div class="confusion-images" role="img" aria-label="The images, in a row"></div>
</details>
"""


def behind():
    """Return what the page printed: by true and predicted class, the count and the images."""
    cells = nbformat.read(PAGE, as_version=4).cells
    printed = next(
        cell.outputs[0].text for cell in cells if "behind" in cell.metadata.get("tags", [])
    )
    found = re.findall(r"^ *(\d+) (.+) as (.+): ([\d ]+)$", printed, re.MULTILINE)
    return {(true, called): (int(n), [*map(int, i.split())]) for n, true, called, i in found}


def draw(site):
    """Save the images behind all counts as one picture: a row for each count, ink on white."""
    pixels = gzip.decompress(IMAGES.read_bytes())[16:]
    rows = [images for _, images in behind().values()]
    picture = Image.new("L", (SIDE * SHOWN, SIDE * len(rows)), 255)
    for y, images in enumerate(rows):
        for x, number in enumerate(images):
            start = SIDE**2 * number
            image = Image.frombytes("L", (SIDE, SIDE), pixels[start : start + SIDE**2])
            picture.paste(image.point(lambda ink: 255 - ink), (SIDE * x, SIDE * y))
    # Sixteen greys are enough to see, and make half the file.
    picture.quantize(16).save(site / FILE, optimize=True)


def html(name):
    """Return the matrix as a table of buttons; the first pressed is the commonest mistake."""
    counts = behind()
    order = {pair: row for row, pair in enumerate(counts)}
    worst = max((n, pair) for pair, (n, _) in counts.items() if pair[0] != pair[1])[1]
    classes = [*dict.fromkeys(true for true, _ in counts)]

    def cell(*pair):
        if pair not in counts:
            return "<td>0</td>"
        n, images = counts[pair]
        label = escape(f"{n}, {' called '.join(pair)}")
        style = f"--row: {order[pair]}; --shown: {len(images)}; --share: {min(1, n / 200):.2f}"
        return (
            f'<td><button type="button" aria-label="{label}" tabindex="-1" style="{style}"'
            f' aria-pressed="{str(pair == worst).lower()}">{n}</button></td>'
        )

    rows = (
        f'<tr><th scope="row">{true}</th>{"".join(cell(true, called) for called in classes)}</tr>'
        for true in classes
    )
    columns = "".join(f'<th scope="col">{called}</th>' for called in classes)
    return BOX.format(name=name, columns=columns, rows="".join(rows))
