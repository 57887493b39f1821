"""The explorables: by keyboard they show the right numbers; without scripts, nothing."""

import gzip
import re

import pytest
import torch
from axe_playwright_python.base import AXE_SCRIPT
from PIL import Image

from generator import notebooks
from tests.test_browser import AXE
from web.explorables import confusion

PAGES = {
    "temperature": "chapters/softmax-regression.html",
    "overflow": "chapters/softmax-scratch.html",
    "threshold": "exercises/softmax-scratch.html",
    "confusion": "chapters/softmax-scratch.html",
}
FITS = """box => Math.abs(box.querySelector('.explorable-chart').clientWidth
    - box.querySelector('svg').getAttribute('width')) <= 2
    && box.getBoundingClientRect().right <= innerWidth"""
TYPES = torch.float16, torch.bfloat16, torch.float32, torch.float64
# Around the limits of each type, among subnormal numbers, and beyond.
LOGITS = """0 -0.5 1e-7 3.14159 11.08 11.09 50 88.5 88.72 88.73 89 300 709.78 709.79 1000 70000
    1e39 -9.3 -13.5 -17.4 -88 -93.1 -102 -103.9 -104 -720 -744.4 -745 -746 -70000""".split()


@pytest.fixture
def find(browser, site):
    """A function that opens the page of an explorable, from disk, and returns its element."""
    pages = []

    def find(name, **options):
        pages.append(browser.new_page(**options))
        pages[-1].goto(f"{site.as_uri()}/{PAGES[name]}")
        return pages[-1].locator(f"#explorable-{name}")

    yield find
    for page in pages:
        page.close()


@pytest.fixture(scope="module")
def functions():
    """The functions of the pages that speak of what the explorables show, by name."""
    pages = "chapters/softmax-scratch.md", "solutions/3-6-4-best-answer.md"
    overflow, threshold = (notebooks.definitions(notebooks.ROOT / page) for page in pages)
    threshold["shift"] = 2.0  # of the test value in 3.6.4
    return overflow | threshold


def press(box, label, key):
    """Press a key on the slider with this label; return what the sentence says then."""
    box.get_by_role("slider", name=label).press(key)
    return box.locator(".explorable-reading").inner_text()


def test_temperature(find):
    box = find("temperature")
    second, third = 0.6931, 1.6094
    start = box.locator(".explorable-reading").inner_text()
    assert "are 0.1250, 0.2500 and 0.6250;" in start  # 1/8, 2/8 and 5/8, as in the text
    for label, key, T, *logits in (
        ("temperature T", "Shift", 1, 0, second, third),
        ("temperature T", "ArrowRight", 1.1, 0, second, third),
        ("first logit", "ArrowLeft", 1.1, -0.01, second, third),
        ("third logit", "End", 1.1, -0.01, second, 5),
        ("temperature T", "Home", 0.1, -0.01, second, 5),
    ):
        p = torch.softmax(torch.tensor(logits, dtype=torch.float64) / T, dim=0)
        numbers = [f"{x:.4f}" for x in [*p.tolist(), torch.special.entr(p).sum().item()]]
        expected = "At T = {:.1f} the probabilities are {}, {} and {}; the entropy is {} nats."
        assert press(box, label, key) == expected.format(T, *numbers)


def test_threshold(find, functions):
    box = find("threshold")
    for label, key, threshold, c, share in (
        ("threshold", "Shift", 0.5, 9, 2),
        ("threshold", "ArrowLeft", 0.495, 9, 2),
        ("cost ratio", "ArrowRight", 0.495, 10, 2),
        ("share ill", "End", 0.495, 10, 50),
        ("threshold", "Home", 0.005, 10, 50),
        ("cost ratio", "Home", 0.005, 1, 50),
    ):
        own, half = (functions["exact_cost"](t, c, share / 100) for t in (threshold, 0.5))
        times = "as much as" if c == 1 else f"{c} times"
        expected = (
            f"If a missed case costs {times} a false alarm, treating above {100 * threshold:.1f} %"
            f" costs {own:.4f} per patient; argmax, above 50 %, costs {half:.4f}."
        )
        assert press(box, label, key) == expected


def rows(logit, functions):
    """Yield what torch gives in each type: the logit as stored, exp, naive, shifted."""
    for dtype in TYPES:
        a = torch.tensor([[float(logit)]], dtype=torch.float64).to(dtype)
        two = torch.cat([a, a - 1], dim=1)
        p = [functions[name](two)[0, 0].item() for name in ("softmax", "shifted_softmax")]
        marks = ["" if abs(each - 0.7311) < 0.01 else " ✗" for each in p]
        row = f"{a.item():.6g}", f"{a.exp().item():.2e}", *map("{:.4f}{}".format, p, marks)
        yield [re.sub(r"e([+-])0", r"e\1", text) for text in row]


def test_overflow(find, functions):
    box = find("overflow")
    for logit in LOGITS:
        box.get_by_label("logit a").fill(logit)
        shown = [
            text.replace("−", "-") for text in box.locator(".role-mark text").all_text_contents()
        ]
        expected = list(rows(logit, functions))
        assert shown == [text for row in expected for text in row], logit
        naive, shifted = (sum("✗" not in row[column] for row in expected) for column in (2, 3))
        sentence = (
            f"The naive softmax is right in {naive} of 4 types, the shifted one in {shifted}."
        )
        assert box.locator(".explorable-reading").inner_text() == sentence


def test_overflow_asks_for_a_number(find):
    box = find("overflow")
    logit = box.get_by_label("logit a")
    for typed in ("", "e", "-1e400"):
        logit.fill("7")
        assert box.locator(".explorable-reading").inner_text() != "Type a number."
        logit.press("ControlOrMeta+a")
        logit.press("Delete")
        logit.press_sequentially(typed)
        assert box.locator(".explorable-reading").inner_text() == "Type a number."
        assert set(box.locator(".role-mark text").all_text_contents()) == {"–"}


def test_threshold_shows_the_minimum_and_both_points(find):
    box = find("threshold")
    for label, key in (("cost ratio", "End"), ("share ill", "End"), ("cost ratio", "Home")):
        press(box, label, key)
        ticks = box.locator(".role-axis-label text").all_text_contents()
        assert max(map(float, ticks[4:])) < 20  # the first four are those of the thresholds
        points = box.locator(".mark-symbol path").all()
        circle, square = (point.evaluate("point => point.getBBox().width") for point in points)
        assert circle > 1.4 * square


def test_the_picture_has_the_images_behind_each_count(site):
    images, labels = (
        memoryview(gzip.decompress(confusion.IMAGES.with_name(name).read_bytes()))
        for name in (confusion.IMAGES.name, "t10k-labels-idx1-ubyte.gz")
    )
    counts = confusion.behind()
    classes = [*dict.fromkeys(true for true, _ in counts)]
    assert sum(n for n, _ in counts.values()) == len(labels[8:])
    picture = Image.open(site / confusion.FILE).convert("L")
    assert (site / confusion.FILE).stat().st_size < 100_000
    for row, ((true, _), (n, numbers)) in enumerate(counts.items()):
        assert len(numbers) == min(n, 8)
        for column, number in enumerate(numbers):
            assert classes[labels[8 + number]] == true
            corner = 28 * column, 28 * row
            seen = picture.crop((*corner, corner[0] + 28, corner[1] + 28)).tobytes()
            ink = images[16 + 784 * number :][:784]
            assert max(abs(255 - a - b) for a, b in zip(ink, seen)) < 20  # sixteen greys


def test_confusion_by_keyboard_loads_its_picture_when_opened(find):
    box = find("confusion")
    counts = confusion.behind()
    shown = box.locator(".confusion-images")
    assert "png" not in shown.evaluate("box => getComputedStyle(box).backgroundImage")
    box.locator("summary").press("Enter")
    assert confusion.FILE in shown.evaluate("box => getComputedStyle(box).backgroundImage")
    for key, *pair in (
        ("Shift", "Pullover", "Coat"),
        ("ArrowRight", "Pullover", "Sandal"),
        ("ArrowUp", "T-shirt/top", "Sandal"),  # over the trousers, none of which was called so
        ("ArrowUp", "T-shirt/top", "Sandal"),
        ("ArrowLeft", "T-shirt/top", "Coat"),
    ):
        box.locator("button[tabindex='0']").press(key)
        n, numbers = counts[tuple(pair)]
        sentence = f"{' called '.join(pair)}: {len(numbers)} of {n} test images."
        assert box.locator(".explorable-reading").inner_text() == sentence
        focused = box.locator("button:focus")
        assert focused.get_attribute("aria-label") == f"{n}, {' called '.join(pair)}"
        tile = shown.evaluate("box => box.offsetHeight")
        assert shown.evaluate("box => box.offsetWidth") == tile * len(numbers)
        top = -tile * list(counts).index(tuple(pair))
        assert shown.evaluate("box => getComputedStyle(box).backgroundPositionY") == f"{top}px"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_confusion_fits_a_phone_and_is_accessible(find, scheme):
    box = find("confusion", viewport={"width": 390, "height": 900}, color_scheme=scheme)
    box.locator("summary").click()
    box.page.evaluate(AXE_SCRIPT)
    assert box.page.evaluate(AXE, "#explorable-confusion") == []
    assert box.evaluate("box => box.scrollWidth <= box.clientWidth")


@pytest.mark.parametrize("name", [name for name in PAGES if name != "confusion"])
def test_chart_follows_the_width_of_its_box(find, name):
    box = find(name, viewport={"width": 768, "height": 900})
    box.locator("svg").wait_for()
    for width in (1300, 768):
        box.page.set_viewport_size({"width": width, "height": 900})
        # The sidebars slide, and the chart follows.
        box.page.wait_for_function(FITS, arg=box.element_handle())


def test_nothing_is_left_without_scripts(find):
    for name in PAGES:
        box = find(name, java_script_enabled=False)
        assert box.count() == 1 and not box.is_visible()
