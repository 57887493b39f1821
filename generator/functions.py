"""Copy the definition of a function, class or CONSTANT to all pages that define one of its name.

    python -m generator.functions NAME ...                from the first page that has it
    python -m generator.functions --from PAGE NAME ...    from another page
    python -m generator.functions --list                  say which names several pages define

Exit code 1, with one line and no page changed, where a name cannot be copied.
"""

import argparse
import ast
import re
import shutil
import sys
from collections import defaultdict
from itertools import accumulate
from pathlib import Path

from generator import notebooks

# A code cell of a page: its metadata, between '---' or in lines that begin with ':', and its code.
CELL = rb"^```\{code-cell\}.*\n(---\s*\n(?:.*\n)*?---\s*\n|(?::.*\n)*)((?:.*\n)*?)```\s*$"


def named(tree):
    """Yield (name, node) of each function, class and CONSTANT defined on top of a syntax tree."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name, node
        for target in getattr(node, "targets", []):
            name = ast.unparse(target)
            if isinstance(target, ast.Name | ast.Tuple) and name.isupper() and len(name) > 2:
                yield name, node


def definitions(page, content):
    """Return where the content of a page (bytes) defines each name: name -> [(start, end), ...].

    Places to answer are left out: there a reader defines what an answer defines.
    """
    found = defaultdict(list)
    starts = [0, *accumulate((len(line) + 1 for line in content.split(b"\n")), initial=0)]
    for cell in re.finditer(CELL, content, re.MULTILINE):
        if b"your-turn" in cell[1]:
            continue
        above = content[: cell.start(2)].count(b"\n")  # so that lines are those of the page
        for name, node in named(ast.parse(b"\n" * above + cell[2], f"{notebooks.name(page)}.md")):
            line = min(n.lineno for n in [node, *getattr(node, "decorator_list", [])])
            end = starts[node.end_lineno] + node.end_col_offset
            found[name].append((starts[line] + node.col_offset, end))
    return found


def spread(name, contents, source=None):
    """Copy a definition from source, or the first page that has it, in contents: page -> bytes.

    Raises ValueError, in one line, where that cannot be done.
    """
    places = {page: definitions(page, content)[name] for page, content in contents.items()}
    places = {page: spans for page, spans in places.items() if spans}
    source = source or next(iter(places), None)
    if source not in places:
        raise ValueError(
            f"{notebooks.name(source)} has no {name}" if source else f"no page has {name}"
        )
    if len(places) == 1:
        raise ValueError(f"only {notebooks.name(source)} has {name}")
    if twice := [notebooks.name(page) for page, spans in places.items() if len(spans) > 1]:
        raise ValueError(f"{twice[0]} has {name} more than once")
    text = contents[source][slice(*places[source][0])].replace(b"\r\n", b"\n")
    for page, [(start, end)] in places.items():
        old = contents[page]
        new = text.replace(b"\n", b"\r\n") if b"\r\n" in old else text
        contents[page] = old[:start] + new + old[end:]


def write(page, content):
    """Write the content of a page in one step, so that no half page is left."""
    draft = page.with_suffix(".md.part")
    try:
        draft.write_bytes(content)
        shutil.copymode(page, draft)
        draft.replace(page)
    finally:
        draft.unlink(missing_ok=True)


def main():
    """Parse the command line, copy or list; return what is wrong, or None."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--from", dest="source", type=Path, metavar="PAGE")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    try:
        before = {page: page.read_bytes() for page in notebooks.pages()}
        if options.list or not options.names:
            where = defaultdict(list)
            for page in before:
                for name in definitions(page, before[page]):
                    where[name].append(notebooks.name(page))
            print(*(f"{n}: {', '.join(w)}" for n, w in where.items() if len(w) > 1), sep="\n")
            return
        after, source = dict(before), options.source and options.source.resolve()
        for name in options.names:
            spread(name, after, source)
        changed = [page for page in before if before[page] != after[page]]
        for page in changed:
            write(page, after[page])
            print(f"{notebooks.name(page)}.md: changed")
        print("next: make notebooks" if changed else "all pages agree already")
    except SyntaxError as error:
        return f"{error.filename}, line {error.lineno}: {error.msg}"
    except (OSError, ValueError) as error:
        return str(error)


if __name__ == "__main__":
    sys.exit(main())
