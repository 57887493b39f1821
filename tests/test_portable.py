"""Each notebook stands alone in Colab: plain text, few imports, short cells, few of them."""

import ast
import re
import statistics
import sys

from generator import notebooks
from tests import compare_figures

MAY_IMPORT = {"torch", "torchvision", "matplotlib"} | set(sys.stdlib_module_names)
MLX = compare_figures.MLX
# The most words of text and code cells of a page, by its folder: so that it can be read in one go.
BOUNDS = {"chapters": (3500, 60), "exercises": (2000, 60), "solutions": (1600, 30)}
MYST = re.compile(r"^\s*(`{3,}|~{3,}|:{3,})\{|\{[\w:-]+\}`|^\(\S+\)=\s*$|^%", re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)[^)]*\)|(?:src|href)=[\"']([^\"']+)")
HERE = re.compile(r"(?<![\w./])(?:\.\./(?!data\b)|(?:chapters|exercises|solutions|tests|data)/)")


def text_cells(notebook):
    """Return the Markdown of a notebook, without code spans, a string a cell."""
    cells = [c.source for c in notebook.cells if c.cell_type == "markdown"]
    return [re.sub(r"(?<!`)`[^`\n]+`(?!`)", "", source) for source in cells]


def test_text_is_plain_markdown(notebook):
    for source in [c.source for c in notebook.cells if c.cell_type == "markdown"]:
        assert not MYST.search(source), MYST.search(source)[0]


def test_links_are_absolute(notebook):
    for source in text_cells(notebook):
        for link in ("".join(groups) for groups in LINK.findall(source)):
            assert re.match(r"(https://|mailto:)", link), link


def test_no_path_of_the_repository(notebook):
    code = [cell.source for cell in notebooks.code_cells(notebook)]
    text = [re.sub(r"\]\([^)]*\)", "]", source) for source in text_cells(notebook)]
    for source in code + text:
        assert not HERE.search(source), source


def test_imports_what_colab_has(page, trees):
    nodes = [node for tree in trees for node in ast.walk(tree)]
    names = [a.name for n in nodes if isinstance(n, ast.Import) for a in n.names]
    names += [n.module for n in nodes if isinstance(n, ast.ImportFrom)]
    installed = {"mlx"} if page.stem == MLX else set()
    assert names and {name.split(".")[0] for name in names} <= MAY_IMPORT | installed
    # Neither `!pip` nor `%magic`: those would not have parsed above.


def test_only_the_mlx_pages_install_and_what_the_tests_lock(page, code):
    installs = [cell for cell in code if re.search(r"\bpip\b", cell.source)]
    assert installs == (code[:1] if page.stem == MLX else [])
    if page.stem == MLX:
        lock = (notebooks.ROOT / ".binder/requirements.in").read_text("utf-8")
        requirement = re.search(r"^(mlx\S*);", lock, re.MULTILINE)[1]
        assert f'"{requirement}"' in code[0].source


def test_cells_are_small(code):
    sizes = {False: [0], True: [0]}
    for cell in code:
        lines = [line for line in cell.source.splitlines() if line.strip()]
        assert max(map(len, lines)) <= 79, cell.source
        sizes["hide-input" in cell.metadata.get("tags", [])].append(len(lines))
    assert statistics.median(sizes[False][1:] or [0]) <= 5
    assert max(sizes[False]) <= 15, "an open cell"
    assert max(sizes[True]) <= 60, "a folded cell"


def test_page_is_short(page, notebook, code):
    words = sum(len(c.source.split()) for c in notebook.cells if c.cell_type == "markdown")
    most_words, most_cells = BOUNDS[page.parent.name]
    assert words <= most_words and len(code) <= most_cells
