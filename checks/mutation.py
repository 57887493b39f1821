"""Change the notebooks one small thing at a time and count what the comparison catches.

    python -m checks.mutation                         all notebooks, for an hour or more
    python -m checks.mutation chapters/NAME.md ...    only these; other rows stay
    python -m checks.mutation --sample 3 ...          so many mutants of each

Each mutant is a notebook in an empty folder, beside it the data, run until a cell does not
give its stored output. Writes checks/results/mutation.csv, a row a mutant; in its last column
is what caught it: output, figure, error or time, or nothing. It reports and is no gate.
"""

import ast
import difflib
import hashlib
import os
import re
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import nbformat
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.provider import OperatorProvider

from checks import tables
from checks.clean_room import room
from checks.rerun import asked, rerun
from generator import notebooks

# These need names chosen by hand, or put bit operators or `is` in the place of arithmetic: on
# floats that only raises an error, and would be counted as caught for nothing.
LEFT_OUT = re.compile(r"Variable|.*_(RShift|LShift|BitOr|BitAnd|BitXor|Is|IsNot|Invert)$")
PROVIDER = OperatorProvider()
OPERATORS = {name: PROVIDER[name]() for name in PROVIDER if not LEFT_OUT.match(name)}
# Of an exercise's check a notebook shows only that nothing was tried yet; the tests of the
# exercises compare its verdicts, also of the code that passes it.
CHECK = re.compile("# @title .*[Cc]heck")
# What nbval says, and what is written of it.
WORDS = {"figures? (differ|has)": "figure", "puts differ": "output", "imeout": "time", ".": "error"}


def sample(sources, size):
    """Return at most size mutants of the cells with these sources: (number of cell, source).

    There is one at a place in the code, first those whose hash is least: so an edit of one
    cell leaves the sample of the others as it is.
    """
    ranked, chosen = [], set()
    for number, source in enumerate(sources):
        nodes = [] if CHECK.match(source) else list(ast_nodes(get_ast(source + "\n")))
        least = {}
        for name, operator in OPERATORS.items():
            places = [place for node in nodes for place in operator.mutation_positions(node)]
            for occurrence, place in enumerate(places):
                text = f"{name} {occurrence} {source}"
                rank = hashlib.sha256(text.encode()).hexdigest(), number, name, occurrence
                least[place] = min(rank, least.get(place, rank))
        ranked += least.values()
    for _, number, name, occurrence in sorted(ranked):
        old = sources[number]
        new = mutate_code(old + "\n", OPERATORS[name], occurrence).removesuffix("\n")
        with suppress(SyntaxError):  # neither what is no Python nor the same program is a mutant
            if ast.dump(ast.parse(new)) != ast.dump(ast.parse(old)):
                chosen.add((number, new))
        if len(chosen) == size:
            break
    return sorted(chosen)


def caught(notebook, number=0, new=None, limit=3600):
    """Run a notebook, one cell replaced by new; return (what does not hold, its Result).

    That is one of WORDS, or "" where all holds. limit is how many seconds a cell may take.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = room(notebook, Path(folder))
        if new is not None:
            content = nbformat.read(copy, as_version=4)
            notebooks.code_cells(content)[number].source = new
            nbformat.write(content, copy)
        options = ["--exitfirst", "--nbval-cell-timeout", str(limit)]
        (result,) = rerun([copy.name], sys.executable, copy.parent, options=options).values()
    fault = "".join(result.faults[:1])
    return next((word for text, word in WORDS.items() if re.search(text, fault)), ""), result


def measure(notebook, size):
    """Return a row for each mutant of the notebook; ValueError if it does not hold unchanged."""
    word, result = caught(notebook)
    if word:
        raise ValueError(f"the notebook itself differs: {result.faults[0]}")
    cells = notebooks.code_cells(nbformat.read(notebook, as_version=4))
    rows, limit = [], round(30 + 3 * result.seconds)
    for number, new in sample([cell.source for cell in cells], size):
        lines = list(difflib.ndiff(cells[number].source.splitlines(), new.splitlines()))
        before, after = (" ".join(x[2:].strip() for x in lines if x[0] == sign) for sign in "-+")
        row = {"notebook": notebooks.name(notebook), "cell": number + 1}
        rows.append(row | {"before": before, "after": after, "caught by": (number, new)})
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        words = pool.map(lambda row: caught(notebook, *row["caught by"], limit)[0], rows)
        return [row | {"caught by": word} for row, word in zip(rows, words)]


def main():
    """Measure the pages that the command line names; write a table, print how many it caught."""
    number = {"type": int, "default": 25, "help": "mutants a notebook"}
    said = asked(__doc__.splitlines()[0], sample=number)
    for page in said.pages:
        try:
            rows = measure(page.with_suffix(".ipynb"), said.sample)
        except (ValueError, RuntimeError) as error:
            print(f"{notebooks.name(page)}: {error}", file=sys.stderr)
            continue
        found = sum(bool(row["caught by"]) for row in rows)
        print(f"{notebooks.name(page):<34}{found} of {len(rows)} caught", flush=True)
        known = {notebooks.name(other) for other in notebooks.pages()} - {notebooks.name(page)}
        rows += [row for row in tables.read("mutation") if row["notebook"] in known]
        tables.write("mutation", rows)


if __name__ == "__main__":
    main()
