"""Turn each page NAME.md into NAME.ipynb: executed, portable, reproducible.

    python -m generator.notebooks             all notebooks of _toc.yml
    python -m generator.notebooks chapters/softmax-scratch.md ...     only these
    python -m generator.notebooks --check     say which are stale, change nothing

A notebook whose code is unchanged keeps its outputs; only its text is renewed. One that a
person changed is kept as NAME.ipynb~ before it is written anew. Exit code 1, with one line
a notebook, where anything is stale or fails.
"""

import argparse
import ast
import asyncio
import hashlib
import os
import re
import subprocess
import sys
import time
import warnings
from pathlib import Path

import jupytext
import nbformat
import yaml
from docutils.nodes import make_id
from myst_parser.mdit_to_docutils.base import default_slugify
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import ValidationError
from sphinx_external_toc.parsing import MalformedError, parse_toc_yaml
from tqdm import tqdm

from generator import data, kernel

ROOT = Path(__file__).resolve().parents[1]
LINK = re.compile(r"\]\(([\w./-]+\.md)?(#[\w-]+)?\)")
# What makes nbval skip a cell or not compare its outputs: a comment or a tag.
EXEMPT = re.compile(r"nbval|PYTEST_VALIDATE|raises-exception|skip-execution", re.IGNORECASE)
LANGUAGE = {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"}
# What folds the code of a cell in Colab and in Jupyter; its tag does so on the site.
FOLDED = {"cellView": "form", "jupyter": {"source_hidden": True}}


def read_text(file):
    """Return the text of a file; ValueError, with the remedy, if it is no UTF-8."""
    try:
        return file.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{file.name} is no UTF-8: save it with that encoding") from error


def pages():
    """Return the pages of _toc.yml that are notebooks; ValueError if it cannot be read."""
    try:
        sources = [ROOT / f"{name}.md" for name in parse_toc_yaml(ROOT / "_toc.yml")]
        return [s for s in sources if "{code-cell}" in read_text(s)]
    except OSError as error:
        raise ValueError(f"_toc.yml names {error.filename}: {error.strerror}") from error
    except (yaml.YAMLError, MalformedError) as error:
        message = " ".join(str(error).split())
        raise ValueError(f"_toc.yml cannot be read: {message}") from error


def name(page):
    """Return the path of a page or its notebook in the repository, without its ending."""
    return page.resolve().relative_to(ROOT).with_suffix("").as_posix()


def site():
    """Return the address of the published book, from _config.yml."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    return config["html"]["baseurl"].rstrip("/")


def heading_id(page, slug):
    """Return the HTML id of the heading of page (a path) with a GitHub slug."""
    for heading in re.findall(r"^#+ (.+)$", read_text(page), re.MULTILINE):
        if default_slugify(heading) == slug:
            return make_id(heading)
    raise ValueError(f"{page.relative_to(ROOT)} has no heading #{slug}")


def absolute_links(text, page):
    """Point the links between pages in text at the published book."""

    def absolute(match):
        target = (page.parent / match[1]).resolve() if match[1] else page
        anchor = "#" + heading_id(target, match[2][1:]) if match[2] else ""
        path = target.relative_to(ROOT).with_suffix(".html").as_posix()
        return f"]({site()}/{path}{anchor})"

    return LINK.sub(lambda m: absolute(m) if m[1] or m[2] else m[0], text)


def read_source(page):
    """Return the notebook that the Markdown file page describes, unexecuted."""
    notebook = jupytext.reads(read_text(page), fmt="md:myst")
    if "kernelspec" not in notebook.metadata:
        raise ValueError("it does not begin with a header that names its kernelspec, after '---'")
    notebook.metadata = {
        "kernelspec": notebook.metadata["kernelspec"],
        "language_info": LANGUAGE,
    }
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = absolute_links(cell.source, page)
        elif "hide-input" in cell.metadata.get("tags", []):
            cell.metadata.update(FOLDED)
    for cell, number in zip(notebook.cells, ids(notebook.cells)):
        cell.id = number
    return notebook


def ids(cells):
    """Return an id for each cell that follows from its content, which keeps diffs small."""
    found = []
    for cell in cells:
        number = hashlib.sha256(cell.source.encode()).hexdigest()[:8]
        while number in found:
            number = hashlib.sha256(number.encode()).hexdigest()[:8]
        found.append(number)
    return found


def changed_by_hand(notebook):
    """Return whether a person wrote into a generated notebook: then its ids do not fit."""
    attached = any(cell.get("attachments") for cell in notebook.cells)
    return attached or [cell.get("id") for cell in notebook.cells] != ids(notebook.cells)


def code_cells(notebook):
    """Return the code cells of a notebook, in order."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def exempt(cell):
    """Return whether nbval would skip a code cell, or not compare its outputs."""
    return cell.execution_count is None or bool(
        EXEMPT.search(cell.source + str(cell.metadata.get("tags", "")))
    )


def definitions(page):
    """Return a namespace of what the notebook of page imports and defines.

    It is made by the imports, functions, classes and UPPERCASE constants in its code cells
    and by nothing else, so no data is loaded and nothing trained.
    """

    def defines(statement):
        if isinstance(statement, ast.Assign):
            names = map(ast.unparse, statement.targets)
            return all(name.isupper() and len(name) > 2 for name in names)
        kinds = ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef
        return isinstance(statement, kinds)

    namespace = {}
    for cell in code_cells(read_source(page)):
        tree = ast.parse(cell.source)
        tree.body = list(filter(defines, tree.body))
        exec(compile(tree, name(page), "exec"), namespace)
    return namespace


def keep_outputs(notebook, old):
    """Copy the outputs of old, if its code is the same and it was run in order.

    Returns whether it did. One changed cell can alter all that follow, so it is
    all or nothing.
    """
    new_cells, old_cells = code_cells(notebook), code_cells(old)
    same = [(c.source, c.metadata) for c in new_cells] == [
        (c.source, c.metadata) for c in old_cells
    ]
    counts = [cell.execution_count for cell in old_cells]
    if not same or counts != list(range(1, len(counts) + 1)):
        return False
    for new, before in zip(new_cells, old_cells):
        new.outputs, new.execution_count = before.outputs, before.execution_count
    return True


async def keep_values(client, cell):
    """Store with the figure of a cell the values that it draws, tensors as lists.

    They are those of the variables that its metadata names as `drawn_from`;
    with them tests/compare_figures.py can draw the same figure again.
    """
    names = cell.metadata.get("drawn_from", [])
    if not names:
        return
    plain = "{0!r}: {0}.tolist() if hasattr({0}, 'tolist') else {0}"
    ask = "{" + ", ".join(map(plain.format, names)) + "}"
    reply = await client.execute("", silent=True, user_expressions={"found": ask}, reply=True)
    found = reply["content"]["user_expressions"]["found"]
    if found["status"] != "ok":
        raise ValueError(f"drawn_from: {found['ename']}: {found['evalue']}")
    values = ast.literal_eval(found["data"]["text/plain"])
    (figure,) = (output for output in cell.outputs if "image/svg+xml" in output.get("data", {}))
    figure.metadata["drawn_from"] = repr(values)


async def execute(notebook, page, bar):
    """Run notebook in the folder of page, as a reader would; raise if it fails."""

    async def finish(cell, cell_index, execute_reply):
        if execute_reply["content"]["status"] == "ok":
            await keep_values(client.kc, cell)
        bar.update()

    client = NotebookClient(
        notebook,
        timeout=600,
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(page.parent)}},
        on_cell_executed=finish,
    )
    try:
        # What the kernel itself reports, of sockets that close as it ends; cells print elsewhere.
        await client.async_execute(env=kernel.environment(), stderr=subprocess.DEVNULL)
    except CellExecutionError as error:
        cell = client.code_cells_executed
        raise ValueError(f"code cell {cell}: {error.ename}: {error.evalue}") from error
    notebook.metadata["language_info"] = LANGUAGE
    if found := fault(notebook):
        raise ValueError(found)


def fault(notebook):
    """Say what an executed notebook must not store, or lacks: a warning, a figure; or None."""
    for number, cell in enumerate(code_cells(notebook), start=1):
        for output in cell.outputs:
            if output.get("name") == "stderr":
                return f"code cell {number} writes to stderr: {output.text.strip().splitlines()[0]}"
        drawn = any("image/svg+xml" in output.get("data", {}) for output in cell.outputs)
        if "image" in cell.metadata.get("mystnb", {}) and not drawn:
            return f"code cell {number} has an alternative text and draws no figure"
    return None


def keep(notebook):
    """Keep a notebook (a path) that a person changed, as NAME.ipynb~; return its new path."""
    kept, number = notebook.with_name(notebook.name + "~"), 1
    while kept.exists():
        number += 1
        kept = notebook.with_name(f"{notebook.name}~{number}")
    return notebook.rename(kept)


def write(notebook, target):
    """Write notebook to target in one step, so that no half file is left; or OSError."""
    draft = target.with_suffix(".ipynb.part")
    try:
        draft.write_text(nbformat.writes(notebook) + "\n", "utf-8")
        os.replace(draft, target)
    except OSError as error:
        remedy = "free disk space, or make its folder writable"
        raise OSError(f"its notebook is as it was ({error.strerror}): {remedy}") from error
    finally:
        draft.unlink(missing_ok=True)


def read_stored(page):
    """Return the notebook that is stored beside a page, or None where it is none."""
    try:
        with warnings.catch_warnings():  # of ids that are missing
            warnings.simplefilter("ignore")
            old = nbformat.read(page.with_suffix(".ipynb"), as_version=4)
            nbformat.validate(old)
    except (FileNotFoundError, ValueError, AttributeError, ValidationError):  # absent or damaged
        return None
    return old


def compare(page):
    """Return page's new notebook with the outputs there are, and what was stale.

    That is "code", "text" or None.
    """
    notebook, old = read_source(page), read_stored(page)
    if old is None or not keep_outputs(notebook, old) or fault(notebook):
        return notebook, "code"
    same = nbformat.writes(notebook) == nbformat.writes(old)
    return notebook, None if same else "text"


def spare(page):
    """Keep what a person wrote into the notebook of a page, and say where it is."""
    old = read_stored(page)
    if old is not None and changed_by_hand(old):
        kept = keep(page.with_suffix(".ipynb"))
        tqdm.write(f"{name(page)}.ipynb was changed by hand: kept as {kept.name}")


def report(page, error):
    """Say in one line what is wrong with page."""
    message = (str(error) or repr(error)).splitlines()[0]
    tqdm.write(f"{name(page)}.md: {message}", file=sys.stderr)


def renew_texts(sources, check):
    """Renew the notebooks whose text alone is stale; report any other fault.

    Returns what is left to execute, a list of (page, notebook), and success.
    With check, everything stale is a fault and nothing is changed.
    """
    work, success = [], True
    for page in sources:
        try:
            notebook, stale = compare(page)
            if stale and check:
                old = read_stored(page)
                edited = old is not None and changed_by_hand(old)
                kept = ", which keeps what was changed by hand as .ipynb~" if edited else ""
                raise ValueError(f"its notebook is stale; run `make notebooks`{kept}")
            if stale == "code":
                work.append((page, notebook))
            elif stale:
                spare(page)
                write(notebook, page.with_suffix(".ipynb"))
                print(f"{name(page)}.md: text renewed")
        except Exception as error:
            report(page, error)
            success = False
    return work, success


async def execute_all(work):
    """Execute and write the notebooks, one a processor at a time; return success."""
    gate = asyncio.Semaphore(os.cpu_count())
    total = sum(len(code_cells(notebook)) for _, notebook in work)

    async def run(page, notebook):
        async with gate:
            bar.set_description(name(page))
            start = time.perf_counter()
            try:
                await execute(notebook, page, bar)
                spare(page)
                write(notebook, page.with_suffix(".ipynb"))
            except Exception as error:
                report(page, error)
                return False
            bar.write(f"{name(page)}.md: executed in {time.perf_counter() - start:.0f} s")
            return True

    with tqdm(total=total, unit="cell", disable=None) as bar:  # in a terminal only
        return all(await asyncio.gather(*(run(*task) for task in work)))


def main():
    """Parse the command line, update or check the pages; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pages", nargs="*", type=Path)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    try:
        sources = [page.resolve() for page in options.pages] or pages()
        work, success = renew_texts(sources, options.check)
        if work:
            data.prepare()  # before two kernels would unpack it at once
            success &= asyncio.run(execute_all(work))
    except (OSError, RuntimeError, ValueError) as error:
        return str(error)
    return int(not success)


if __name__ == "__main__":
    sys.exit(main())
