"""A function or a constant that several notebooks define is the same in all."""

import ast

from generator import notebooks
from tests.conftest import read


def definitions():
    """Yield (name, text, page) of each function, class and CONSTANT of the book."""
    for page in notebooks.pages():
        for cell in notebooks.code_cells(read(page)):
            for node in ast.parse(cell.source).body:
                if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                    names = [node.name]
                elif isinstance(node, ast.Assign):
                    targets = [ast.unparse(target) for target in node.targets]
                    names = [n for n in targets if n.isupper() and len(n) > 2]
                else:
                    continue
                text = ast.get_source_segment(cell.source, node)
                yield from ((name, text, page.name) for name in names)


def test_a_name_means_one_thing():
    first = {}
    shared = 0
    for name, text, page in definitions():
        known, where = first.setdefault(name, (text, page))
        assert text == known, f"{name} differs between {where} and {page}"
        shared += where != page
    assert shared >= 10, "the notebooks share functions; none was found"
