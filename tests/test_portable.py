"""Each notebook stands alone in Colab: plain text, few imports, short cells."""

import ast
import re
import statistics
import sys

from generator import notebooks
from tests import compare_figures

MAY_IMPORT = {"torch", "torchvision", "matplotlib"} | set(sys.stdlib_module_names)
MLX = compare_figures.MLX.with_suffix(".md")
MYST = re.compile(r"^\s*(`{3,}|~{3,}|:{3,})\{|\{[\w:-]+\}`|^\(\S+\)=\s*$|^%", re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)[^)]*\)|(?:src|href)=[\"']([^\"']+)")
HERE = re.compile(r"(?<![\w./])(?:\.\./(?!data\b)|(?:chapters|solutions|tests|data)/)")


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
    installed = {"mlx"} if page == MLX else set()
    assert names and {name.split(".")[0] for name in names} <= MAY_IMPORT | installed
    # Neither `!pip` nor `%magic`: those would not have parsed above.


def test_only_the_mlx_page_installs_and_what_the_tests_lock(page, code):
    installs = [cell for cell in code if re.search(r"\bpip\b", cell.source)]
    assert installs == (code[:1] if page == MLX else [])
    if page == MLX:
        lock = (notebooks.ROOT / ".binder/requirements.in").read_text("utf-8")
        requirement = re.search(r"^(mlx\S*);", lock, re.MULTILINE)[1]
        assert f'"{requirement}"' in code[0].source


def test_cells_are_small(code):
    lines = [[x for x in cell.source.splitlines() if x.strip()] for cell in code]
    assert statistics.median(map(len, lines)) <= 5
    assert max(map(len, lines)) <= 15
    assert max(len(line) for cell in lines for line in cell) <= 79
