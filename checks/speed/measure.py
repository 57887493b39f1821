"""Measure the book's ways to train against the usual one: ten minutes on an idle machine.

    python -m checks.speed.measure [PART ...]

Writes checks/results/speed-*.csv and about/speed.svg. The memory is measured on Linux only.
"""

import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from importlib.metadata import version

import matplotlib.pyplot as plt
import torch

from checks import tables
from checks.speed import ways
from generator.notebooks import ROOT

THREADS = {"one thread, s": 1, "two threads, s": 2}
FLOAT32_BYTES = 4 * 70_000 * 784  # training and test images


def written(values):
    """Return a column as the page shows it: measured numbers with three significant digits."""
    if not all(isinstance(value, float) for value in values):
        return [f"{x:,}" if isinstance(x, int) else x for x in values]
    return [f"{x:,.0f}" if x >= 100 or x == 0 else f"{x:#.3g}" for x in values]


def write(name, rows):
    """Write rows (dicts with equal keys) to results/speed-NAME.csv."""
    columns = [written(column) for column in zip(*(row.values() for row in rows))]
    tables.write(f"speed-{name}", [dict(zip(rows[0], values)) for values in zip(*columns)])


def alternate(actions, repeats):
    """Return the median seconds of each action: {name: {column of THREADS: seconds}}.

    Each repeat runs all of them one after the other, so that a slow moment of
    the machine does not fall on one of them alone.
    """
    times = {name: {column: [] for column in THREADS} for name in actions}
    for _ in range(repeats):
        for column, count in THREADS.items():
            torch.set_num_threads(count)
            for name, action in actions.items():
                start = time.perf_counter()
                action()
                times[name][column].append(time.perf_counter() - start)
    return {n: {c: statistics.median(s) for c, s in spent.items()} for n, spent in times.items()}


def best(spent):
    """Return the seconds of the faster thread count."""
    return min(spent.values())


def peak(*task):
    """Return what checks.speed.alone measures in a fresh process: [own MB, workers' MB]."""
    command = [sys.executable, "-m", "checks.speed.alone", *task]
    run = subprocess.check_output(command, cwd=ROOT, text=True)
    return [size / 1e6 for size in json.loads(run)]


def measure_machine(sets):
    """What was measured on."""
    facts = {"processor": tables.processor(), "cores": os.cpu_count()}
    facts |= {"system": platform.system(), "Python": platform.python_version()}
    facts |= {"PyTorch": version("torch"), "torchvision": version("torchvision")}
    facts |= {"date": datetime.date.today().isoformat()}
    write("machine", [{"what": name, "value": str(value)} for name, value in facts.items()])


def measure_epochs(sets):
    """Seconds an epoch at four batch sizes, by each way, without and with a test."""
    rows = {"epochs": [], "epochs-with-test": []}
    for size in (16, 64, 256, 1024):
        steps = {name: way(*sets, size) for name, way in ways.WAYS.items()}
        actions = {(name, i): steps[name][i] for name in steps for i in (0, 1)}
        times = alternate(actions, 3)
        train = {name: times[name, 0] for name in steps}
        both = {name: {c: train[name][c] + times[name, 1][c] for c in THREADS} for name in steps}
        for table, spent in zip(rows.values(), (train, both)):
            usual = min(best(spent[name]) for name in ways.USUAL)
            for name in steps:
                gain = {"times as fast": usual / best(spent[name])}
                table.append({"batch size": size, "way": name} | spent[name] | gain)
    for name, table in rows.items():
        write(name, table)


def measure_sweeps(sets):
    """Seconds an epoch of sweeps of 1 to 256 models at batch size 256."""
    actions = {n: ways.batched_way(*sets, models=n)[0] for n in (1, 4, 16, 64, 256)}
    usual = {name: way(*sets)[0] for name, way in ways.USUAL.items()}
    times = alternate(usual | actions, 3)
    usual, rows = min(best(times.pop(name)) for name in usual), []
    for models, spent in times.items():
        each = {"models × epochs a second": models / best(spent)}
        each["times as fast as the usual way"] = usual * models / best(spent)
        rows.append({"models": models} | spent | each)
    write("sweeps", rows)


def time_to_accuracy(train, test, goal=0.83):
    """Return (seconds, epochs, loss of the first epoch) until the test accuracy is goal."""
    start, losses = time.perf_counter(), []
    while len(losses) < 50:
        losses.append(train())
        if test() >= goal:
            return time.perf_counter() - start, len(losses), losses[0]
    raise RuntimeError(f"no test accuracy of {goal} in 50 epochs")


def measure_accuracy(sets):
    """Seconds until the test accuracy is 83 %, same weights and minibatches, one thread."""
    torch.set_num_threads(1)
    rows = []
    for seed in (0, 1, 2):
        usual = min(time_to_accuracy(*way(*sets, seed=seed)) for way in ways.USUAL.values())
        ours = time_to_accuracy(*ways.batched_way(*sets, seed=seed))
        if abs(usual[2] - ours[2]) > 1e-4:
            raise RuntimeError(f"the two ways disagree: losses {usual[2]:.6f} and {ours[2]:.6f}")
        row = {"seed": seed, "usual: epochs": usual[1], "ours: epochs": ours[1]}
        row |= {"usual, s": usual[0], "ours, s": ours[0], "times as fast": usual[0] / ours[0]}
        rows.append(row)
    write("accuracy", rows)


def measure_memory(sets):
    """Peak memory of loading, one epoch and one test, above what the libraries take."""
    rows = []
    for way in (*ways.USUAL, "ours", "bytes"):
        main, workers = peak("training", way)
        row = {"way": way, "main process, MB": main, "loader's workers, MB": workers}
        rows.append(row | {"times the data as float32": (main + workers) * 1e6 / FLOAT32_BYTES})
    write("memory", rows)


def measure_classes(sets):
    """Cross-entropy over 100,000 classes and its gradient: whole, and in blocks."""
    inputs, rows = ways.large_softmax(), []
    actions = {name: lambda n=name: ways.loss_and_gradient(n, *inputs) for name in ways.LOSSES}
    alternate(actions, 1)  # for what is needed once
    for name, spent in (times := alternate(actions, 5)).items():
        row = {"way": name} | spent | {"extra memory, MB": peak("classes", name)[0]}
        row["time, share of the whole"] = best(spent) / best(times["whole"])
        whole = rows[0] if rows else row
        row["memory, share of the whole"] = row["extra memory, MB"] / whole["extra memory, MB"]
        rows.append(row)
    write("classes", rows)


def draw(rows, file):
    """Save the figure of the page: seconds a pass against the batch size, from the table."""
    fig, ax = plt.subplots(figsize=(6.5, 3.2), layout="constrained")
    for way, style in zip(ways.WAYS, ("o-", "P:", "v:", "D--", "x-", "s--", "^-.")):
        own = [row for row in rows if row["way"] == way]
        sizes = [int(row["batch size"].replace(",", "")) for row in own]
        ax.loglog(sizes, [min(float(row[c]) for c in THREADS) for row in own], style, label=way)
    gains = [float(row["times as fast"]) for row in own]
    title = f"Ours: {min(gains):.0f} to {max(gains):.0f} times as fast as the usual way"
    ax.set(xlabel="batch size", ylabel="seconds a training pass", title=title)
    ax.set_xticks(sizes, sizes)
    ax.minorticks_off()
    fig.legend(loc="outside right upper")  # beside the lines, not on them
    plt.rcParams["svg.hashsalt"] = "book"  # the same file each time
    plt.savefig(file, metadata={"Date": None})


def main(*names):
    """Measure all parts, or those that are named, as in `... epochs classes`; write and draw."""
    if (os.cpu_count() or 1) < 2:
        sys.exit("two cores are needed: one and two threads are compared")
    sets = ways.load()
    ways.usual_way(*sets, 1024)[0]()  # the first use of the optimiser loads libraries
    parts = [measure_machine, measure_epochs, measure_sweeps, measure_accuracy]
    parts += [measure_memory, measure_classes] if sys.platform == "linux" else []
    for part in parts:
        if names and part.__name__.removeprefix("measure_") not in names:
            continue
        print(part.__doc__, flush=True)
        part(sets)
    if not names or "epochs" in names:
        draw(tables.read("speed-epochs"), ROOT / "about/speed.svg")


if __name__ == "__main__":
    main(*sys.argv[1:])
