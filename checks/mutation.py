"""Change the notebooks one small thing at a time and count what the checks catch.

    python mutation/mutate.py           a sample; measures only notebooks that changed since,
                                         all of them if results.csv is deleted
    python mutation/mutate.py --all     every mutant, to mutation/every.csv; takes a day or two
    python mutation/mutate.py solutions/linear-scratch ...    only these notebooks

Writes results.csv, a row a mutant. Exit code 1 if a mutant survives for which
equivalent.yml gives no reason, or if a notebook does not repeat its stored outputs.

A notebook is run once, in one process. At each code cell the process is copied
(fork), once for each mutant of the cell: the copy runs the mutant and the rest of
the notebook, until nbval finds an output that is not the stored one. So a mutant
that is caught at once costs milliseconds, not a whole run.
"""

import argparse
import difflib
import hashlib
import io
import multiprocessing
import os
import re
import shutil
import signal
import sys
import tempfile
import time
from collections import deque
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import redirect_stderr, redirect_stdout, suppress
from functools import partial
from pathlib import Path

if sys.platform != "linux":
    sys.exit("The mutation run copies processes with fork, so it needs Linux")

# Before PyTorch is loaded: a process that has several threads cannot be copied.
os.environ |= {"OMP_NUM_THREADS": "1", "MPLBACKEND": "module://matplotlib_inline.backend_inline"}
ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT))

import resource  # noqa: E402

import nbformat  # noqa: E402
import psutil  # noqa: E402
import pytest  # noqa: E402
from IPython.core.displayhook import DisplayHook  # noqa: E402
from IPython.core.displaypub import DisplayPublisher  # noqa: E402
from IPython.core.interactiveshell import InteractiveShell  # noqa: E402
from _pytest.runner import runtestprotocol  # noqa: E402
from ipykernel.jsonutil import encode_images  # noqa: E402
from nbval.plugin import NbCellError  # noqa: E402
from tqdm import tqdm  # noqa: E402
from traitlets.config import Config  # noqa: E402

import notebooks  # noqa: E402
import operators  # noqa: E402
import report  # noqa: E402
import tables  # noqa: E402

FORK = multiprocessing.get_context("fork")
SAMPLE = 25  # mutants a notebook
# The tests that run the code of pages; the weakest last: the same function differs elsewhere.
TESTS = "test_tries", "test_data", "test_functions"
FOLDED, CHECK = "# @title", "# @title Check "  # cells for checks, and those that make one
MEMORY = 6 << 30  # bytes that a mutant may take on top


class Hook(DisplayHook):
    """Sends the value that a cell ends in, as a kernel does."""

    def __call__(self, result=None):
        """Send the value, unless it is None."""
        if result is not None:
            data, metadata = self.compute_format_data(result)
            self.update_user_ns(result)
            content = {"data": encode_images(data), "metadata": metadata, "execution_count": 1}
            self.shell.send("execute_result", content)


class Publisher(DisplayPublisher):
    """Sends what a cell displays."""

    def publish(self, data, metadata=None, **options):
        """Send an output with its formats."""
        content = {"data": encode_images(data), "metadata": metadata or {}}
        self.shell.send("display_data", content)


class Stream(io.StringIO):
    """Sends what a cell prints."""

    def __init__(self, shell, name):
        super().__init__()
        self.shell, self.name = shell, name

    def write(self, text):
        """Send the text."""
        self.shell.send("stream", {"name": self.name, "text": text})
        return len(text)


class Shell(InteractiveShell):
    """Runs cells in this process and answers to nbval in the place of its kernel."""

    displayhook_class, display_pub_class = Hook, Publisher

    def send(self, kind, content):
        """Keep a message until nbval asks for it."""
        self.messages.append({"msg_type": kind, "content": content, "parent_header": {"msg_id": 0}})

    def execute_cell_input(self, source, allow_stdin=None):
        """Run a cell; return the number of its messages' request."""
        self.messages = deque()
        with redirect_stdout(Stream(self, "stdout")), redirect_stderr(Stream(self, "stderr")):
            result = self.run_cell(source, store_history=False)
        if error := result.error_before_exec or result.error_in_exec:
            self.send("error", {"ename": type(error).__name__, "evalue": str(error), "traceback": []})
        self.send("status", {"execution_state": "idle"})
        return 0

    def execute(self, code, **options):
        """Run a line that belongs to no cell; return the reply."""
        self.execute_cell_input(code)
        failed = any(message["msg_type"] == "error" for message in self.messages)
        return {"content": {"status": "error" if failed else "ok"}}

    def get_message(self, stream=None, timeout=None):
        """Return the next message."""
        return self.messages.popleft()

    def nothing(self, *args, **options):
        """Do nothing: there is nothing to wait for, and an error is sent, not printed."""

    await_reply = await_idle = showtraceback = showsyntaxerror = nothing
    is_alive = lambda self: True
    kc = property(lambda self: self)


def new_shell():
    """Return a shell that shows all kinds of output and keeps no history, hence no thread."""
    shell = Shell.instance(config=Config(HistoryManager={"enabled": False}))
    shell.display_formatter.active_types = shell.display_formatter.format_types
    return shell


class Session:
    """A pytest plugin that calls a function with what was collected, instead of running it."""

    def __init__(self, work):
        self.work, self.value = work, ValueError("pytest collected nothing")

    def pytest_runtestloop(self, session):
        """Call the function; keep its value, or its error, for pytest would only print it."""
        try:
            self.value = self.work(session.items)
        except Exception as error:
            self.value = error
        return True


def in_session(page, work):
    """Return work(items): the cells of the notebook, as nbval compares them, and tests."""
    session = Session(work)
    command = ["-n0", "-s", "-p", "no:warnings", "--rootdir", ROOT, "-c", ROOT / "pytest.ini"]
    files = [page.with_suffix(".ipynb"), *(ROOT / f"tests/{name}.py" for name in TESTS)]
    with redirect_stdout(io.StringIO()):
        pytest.main([str(part) for part in (*command, *files)], plugins=[session])
    if isinstance(session.value, Exception):
        raise session.value
    return session.value


def concerns(test, page, source):
    """Return whether a test runs a cell of a page, as far as can be told before."""
    if test.path.stem == "test_data":
        return page.stem == "fashion-mnist" and page.parent.name == "chapters"
    if test.path.stem == "test_tries":
        values = getattr(getattr(test, "callspec", None), "params", {})
        own = values.get("chapter") == page and "attempts" in values
        return own and (CHECK not in source or values["label"] in source)
    return True


def caught_by_tests(tests, page, old, new):
    """Return the name of a file in tests/ that fails for the mutant of a cell, or ''.

    Only cells that define something, and the checks of the exercises, are run by tests.
    """
    if FOLDED not in old and not re.search(r"^(def|class|@|[A-Z_0-9]{3,} =)", old, re.MULTILINE):
        return ""
    read, read_source = nbformat.read, notebooks.read_source

    def mutate(notebook, path):
        if Path(path).with_suffix(".md") == page:
            for cell in notebooks.code_cells(notebook):
                cell.source = new if cell.source == old else cell.source
        return notebook

    # The tests read the page through these two.
    nbformat.read = lambda path, *args, **options: mutate(read(path, *args, **options), path)
    notebooks.read_source = lambda path: mutate(read_source(path), path)
    for test in tests:
        if concerns(test, page, old):
            if any(report.failed for report in runtestprotocol(test, log=False, nextitem=None)):
                return test.path.stem
    return ""


def run_as_it_is(item):
    """Run an unchanged cell; raise ValueError if its output is not the stored one."""
    try:
        item.runtest()
    except NbCellError as error:
        place = f"cell {item.cell_num} does not repeat its output"
        raise ValueError(f"{place}: {error} {error.inner_traceback}") from error


def rehearse(items):
    """Run the notebook as it is, in a copy of this process.

    Returns for each cell (seconds, whether threads run after it).
    """
    facts = []
    for item in items:
        start = time.perf_counter()
        run_as_it_is(item)
        facts.append((time.perf_counter() - start, psutil.Process().num_threads() > 1))
    return facts


def judge(items, tests, start, place, page, new):
    """Run the cells from start with the mutated cell at place; return what caught it.

    That is "output", "figure", "error", the name of a test file or "".
    """
    old = items[place].cell.source
    items[place].cell.source = new
    folded = FOLDED in old
    for number in range(start, len(items)):
        try:
            items[number].runtest()
        except NbCellError as error:
            if "exception" in str(error):
                return "error"
            drawn = re.search("figures differ|stored figure", error.inner_traceback or "")
            return "figure" if drawn else "output"
        if number == place and folded and (by := caught_by_tests(tests, page, old, new)):
            return by
    return "" if folded else caught_by_tests(tests, page, old, new)


def in_copy(function, *arguments, limit):
    """Call function in a copy of this process; return its value.

    Returns an exception that it raised; TimeoutError after limit seconds, and
    EOFError where the copy died.
    """

    def call():
        os.setsid()  # so that what it starts can be ended with it
        size = psutil.Process().memory_info().vms + MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (size, size))
        try:
            sender.send(function(*arguments))
        except Exception as error:
            sender.send(error)

    receiver, sender = FORK.Pipe(duplex=False)
    process = FORK.Process(target=call)
    process.start()
    sender.close()
    try:
        return receiver.recv() if receiver.poll(limit) else TimeoutError()
    except EOFError as error:
        return error
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.join()


class Sandbox:
    """A folder with the data for a notebook to run in, which mutants cannot spoil."""

    def __init__(self, folder, page):
        self.folder, self.saved = folder / "book", folder / "saved"
        shutil.copytree(ROOT / "data", self.folder / "data")
        for name in (page.parent.name, "temporary"):
            (self.folder / name).mkdir()
        os.chdir(self.folder / page.parent.name)
        tempfile.tempdir = os.environ["TMPDIR"] = str(self.folder / "temporary")
        self.known = None

    def state(self):
        """Return size and time of each file."""
        stats = {path: path.stat() for path in self.folder.rglob("*") if path.is_file()}
        return {path: (stat.st_size, stat.st_mtime_ns) for path, stat in stats.items()}

    def save(self):
        """Keep the files as they are now."""
        if self.known != self.state():
            shutil.rmtree(self.saved, ignore_errors=True)
            shutil.copytree(self.folder, self.saved)
            self.known = self.state()

    def restore(self):
        """Put the files back as they were saved, in the same folders."""
        if self.known != self.state():
            for path in set(self.state()) - set(self.known):
                path.unlink()
            shutil.copytree(self.saved, self.folder, dirs_exist_ok=True)


def mutants(cells, seed, size):
    """Return mutants of a notebook: a list of (place, operator, mutated source).

    A sample takes one mutant of each position, and of these the first `size` in
    an order by hash: so an edit of one cell leaves the sample of the others as it is.
    """
    ranked = []
    for place, cell in enumerate(cells):
        for position, found in operators.places(cell.source).items():
            ranks = []
            for name, occurrence in found:
                text = f"{seed} {name} {occurrence} {cell.source}"
                ranks.append((hashlib.sha256(text.encode()).hexdigest(), place, name, occurrence))
            ranked += [min(ranks)] if size else ranks
    chosen, seen = [], set()
    for _, place, name, occurrence in sorted(ranked):
        new = operators.mutate(cells[place].source, name, occurrence)
        if new and (place, new) not in seen:
            seen.add((place, new))
            chosen.append((place, name, new))
        if len(chosen) == size:
            break
    return sorted(chosen)


def difference(old, new):
    """Return (number of the first line that differs, the lines before, the lines after)."""
    old, new = old.splitlines(), new.splitlines()
    blocks = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    _, *ends = next(block for block in blocks if block[0] != "equal")
    before, after = " ".join(old[ends[0] : ends[1]]), " ".join(new[ends[2] : ends[3]])
    return ends[0] + 1, " ".join(before.split()), " ".join(after.split())


def measure(page, seed, size):
    """Return a row for each mutant of the notebook of page; raises ValueError."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            return in_session(page, partial(measure_cells, page, seed, size, Path(folder)))
        finally:
            os.chdir(ROOT)


def measure_cells(page, seed, size, folder, collected):
    """Return a row for each mutant of the collected cells of page; raises ValueError."""
    items = [item for item in collected if item.path.suffix == ".ipynb"]
    tests = [item for item in collected if item.path.suffix == ".py"]
    sandbox, rows, start = Sandbox(folder, page), [], 0
    sample = f"{seed} {size}"
    digest = report.digest(notebooks.name(page), sample)
    items[0].parent.kernel = new_shell()
    sandbox.save()
    facts = in_copy(rehearse, items, limit=3600)
    if isinstance(facts, Exception):
        raise ValueError(str(facts) or repr(facts))
    for place, operator, new in mutants([item.cell for item in items], seed, size):
        sandbox.restore()
        # A process that has threads is not copied: later mutants start before them.
        while start < place and not facts[start][1]:
            run_as_it_is(items[start])
            start += 1
        sandbox.save()
        limit = 30 + 3 * sum(seconds for seconds, *_ in facts[start:])
        value = in_copy(judge, items, tests, start, place, page, new, limit=limit)
        if isinstance(value, Exception):
            died = "time" if isinstance(value, TimeoutError) else "error"
            print(f"{notebooks.name(page)}: {new}\n{value!r}", file=sys.stderr)
            value = died
        line, before, after = difference(items[place].cell.source, new)
        rows.append(dict(
            notebook=notebooks.name(page), digest=digest, sample=sample,
            cell=place + 1, line=line, operator=operator, before=before, after=after,
            caught=value))
    return rows


def main():
    """Measure what changed, write results.csv, say what survives; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", help="such as chapters/softmax-scratch")
    parser.add_argument("--all", action="store_true", help="every mutant, not a sample")
    parser.add_argument("--seed", default="0", help="which sample")
    parser.add_argument("--sample", type=int, default=SAMPLE, help="mutants a notebook")
    options = parser.parse_args()
    size = None if options.all else options.sample
    file = report.RESULTS.with_name("every.csv") if options.all else report.RESULTS
    pages = notebooks.pages()
    order = list(map(notebooks.name, pages))
    rows, failed = tables.read(file), False
    if unknown := set(options.notebooks) - set(order):
        parser.error(f"no such notebook: {', '.join(sorted(unknown))}")
    pages = [p for p in pages if not options.notebooks or notebooks.name(p) in options.notebooks]
    fresh = {row["digest"] for row in rows}
    sample = f"{options.seed} {size}"
    pages = [page for page in pages if report.digest(notebooks.name(page), sample) not in fresh]
    # Large notebooks first: the largest is the slowest, and would run alone at the end.
    pages.sort(key=lambda page: page.with_suffix(".ipynb").stat().st_size, reverse=True)
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), spawn, max_tasks_per_child=1) as pool:
        tasks = {pool.submit(measure, page, options.seed, size): notebooks.name(page) for page in pages}
        for task in tqdm(as_completed(tasks), total=len(tasks), unit="notebook", disable=None):
            name = tasks[task]
            try:
                rows = tables.renew(file, task.result(), order)
            except ValueError as error:
                print(f"{name}: {error}", file=sys.stderr)
                failed = True
    if options.all:
        report.print_counts(rows)
        print(f"The survivors are the rows of {file.relative_to(ROOT)} with nothing in the last column")
        return int(failed)
    return int(failed) or report.judge(rows)


if __name__ == "__main__":
    sys.exit(main())
