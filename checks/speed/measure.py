"""Measure the book's ways to train against the usual one; write results/*.csv.

    python benchmarks/measure.py                 measure everything (about ten minutes)
    python benchmarks/measure.py --only memory   one part; the other results are kept

Close other programs first. Nothing here is part of the tests.
"""

import argparse
import collections
import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
import time
import timeit
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).parent
RESULTS = HERE / "results"
THREADS = 1, 2
LINUX = sys.platform == "linux"  # whose peak of memory can be read and reset
IMAGES, PIXELS, CLASSES = 60_000, 784, 10
FLOAT32_BYTES = 4 * 70_000 * PIXELS  # training and test images
USUAL_ROW = "usual: one epoch of each batch size measured, then multiplied"
PUBLISHED_ROW = "as published: wall times of another machine"

try:
    import torch

    import ways  # makes the book's own modules found

    import tables
except ImportError as error:
    sys.exit(f"{error.name} is missing: run `make bench`, which installs what is needed")


def say(text):
    """Report progress."""
    print(f"  {text}", flush=True)


def short(value):
    """Format a number with three significant digits, any other value as it is."""
    if isinstance(value, float):
        return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return str(value)


def write(name, rows):
    """Write rows (dicts with equal keys) to results/name.csv."""
    short_rows = [{key: short(value) for key, value in row.items()} for row in rows]
    tables.write(RESULTS / f"{name}.csv", short_rows)


def read(name):
    """Return the rows of results/name.csv as dicts of strings; none where it is absent."""
    return tables.read(RESULTS / f"{name}.csv")


def seconds(action):
    """Return how long action() takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def alternate(actions, repeats, threads=THREADS):
    """Return the seconds of each action: {name: {threads: [one a repeat]}}.

    Each repeat runs all of them one after the other, so that a slow moment of
    the machine does not fall on one of them alone.
    """
    times = {name: {count: [] for count in threads} for name in actions}
    for repeat in range(repeats):
        for count in threads:
            torch.set_num_threads(count)
            for name, action in actions.items():
                times[name][count].append(seconds(action))
        say(f"repeat {repeat + 1} of {repeats}")
    return times


def fastest(times):
    """Return (seconds, threads) of the thread count with the smallest median."""
    return min((statistics.median(values), count) for count, values in times.items())


def child(*arguments):
    """Run alone.py in a fresh process and return what it measured."""
    command = [sys.executable, HERE / "alone.py", *arguments]
    # What is compiled must not come from an earlier run.
    environment = {**os.environ, "TORCHINDUCTOR_FORCE_DISABLE_CACHES": "1"}
    run = subprocess.run(command, capture_output=True, text=True, env=environment)
    if run.returncode:
        raise RuntimeError(f"{' '.join(arguments)}: {(run.stderr.splitlines() or ['failed'])[-1]}")
    return json.loads(run.stdout)


def processor():
    """Return the name of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(": ")[1] for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def facts():
    """Return what describes this machine, as rows."""
    values = {
        "processor": processor(),
        "cores": os.cpu_count(),
        "system": platform.system(),
        "Python": platform.python_version(),
        "PyTorch": version("torch"),
        "torchvision": version("torchvision"),
        "date": datetime.date.today().isoformat(),
    }
    return [{"what": name, "value": str(value)} for name, value in values.items()]


def measure_limits(data):
    """The limits that the machine sets: matrix products and copying."""
    square, long = torch.rand(2048, 2048), torch.rand(50_000_000)
    result, copy = torch.empty_like(square), torch.empty_like(long)
    rows = []
    for threads in THREADS:
        torch.set_num_threads(threads)
        product = min(timeit.repeat(lambda: torch.mm(square, square, out=result), number=1, repeat=30))
        copying = min(timeit.repeat(lambda: copy.copy_(long), number=1, repeat=30))
        rows.append({
            "threads": threads,
            "matrix products, GFLOP/s": 2 * 2048**3 / product / 1e9,
            "copying, GB/s": 2 * long.nbytes / copying / 1e9,
        })
    write("limits", rows)


def least_seconds(models, threads):
    """Return the roofline: the least time of an epoch of so many models.

    Two products of a batch with the weights of all models (logits, gradient);
    each pixel read once from memory as float32.
    """
    limits = read("limits")[threads - 1]
    operations = 2 * 2 * IMAGES * PIXELS * CLASSES * models
    return max(
        operations / float(limits["matrix products, GFLOP/s"]) / 1e9,
        4 * IMAGES * PIXELS / float(limits["copying, GB/s"]) / 1e9,
    )


def compared(times, models=1):
    """Return one row a way from the times of alternate; the first way is the reference.

    The faster thread count of each way counts.
    """
    reference, _ = fastest(next(iter(times.values())))
    rows = []
    for way, spent in times.items():
        best, threads = fastest(spent)
        rows.append({
            "way": way,
            "one thread, s": statistics.median(spent[1]),
            "two threads, s": statistics.median(spent[2]),
            "times as fast": reference / best,
            "share of the limit, %": 100 * least_seconds(models, threads) / best,
        })
    return rows


def measure_epochs(data):
    """Seconds an epoch at four batch sizes, three ways."""
    passes, tests = [], []
    ways.usual_way(data, 1024)[0]()  # first use of the optimiser loads libraries
    for size in (16, 64, 256, 1024):
        say(f"batch size {size}")
        steps = {name: way(data, size) for name, way in ways.WAYS.items()}
        actions = {(name, i): steps[name][i] for name in steps for i in (0, 1)}
        times = alternate(actions, 3 if size == 16 else 5)
        train = {name: times[name, 0] for name in steps}
        both = {
            name: {c: [a + b for a, b in zip(train[name][c], times[name, 1][c])] for c in THREADS}
            for name in steps
        }
        passes += [{"batch size": size, **row} for row in compared(train)]
        tests += [{"batch size": size, **row} for row in compared(both)]
    for row in tests:
        del row["share of the limit, %"]  # which counts the training pass alone
    write("epochs", passes)
    write("epochs-with-test", tests)


def measure_sweeps(data):
    """Models times epochs a second, for sweeps of 1 to 256 models at batch size 256."""
    actions = {"usual": ways.usual_way(data, 256)[0]}
    for models in (1, 4, 16, 64, 256):
        actions[models] = ways.batched_way(data, 256, models=models)[0]
    actions["usual"]()
    times = alternate(actions, 3)
    usual, _ = fastest(times.pop("usual"))
    rows = [{
        "models": models,
        "one thread, s": statistics.median(spent[1]),
        "two threads, s": statistics.median(spent[2]),
        "models × epochs a second": models / fastest(spent)[0],
        "times as fast as the usual way": usual * models / fastest(spent)[0],
        "share of the limit, %": 100 * least_seconds(models, fastest(spent)[1]) / fastest(spent)[0],
    } for models, spent in times.items()]
    write("sweeps", rows)


def time_to_accuracy(way, data, seed, goal=0.83):
    """Return (seconds, epochs, loss of the first epoch) until the test accuracy is goal."""
    train, test = way(data, 256, seed)
    start, losses = time.perf_counter(), []
    for epoch in range(1, 51):
        losses.append(train())
        if test() >= goal:
            return time.perf_counter() - start, epoch, losses[0]
    raise RuntimeError(f"no test accuracy of {goal} in 50 epochs")


def measure_accuracy(data):
    """Seconds until the test accuracy is 83 %, same weights and minibatches, one thread."""
    torch.set_num_threads(1)
    ways.usual_way(data, 1024)[0]()
    rows = []
    for seed in (0, 1, 2):
        usual, ours = (time_to_accuracy(ways.WAYS[name], data, seed) for name in ("usual", "ours"))
        if abs(usual[2] - ours[2]) > 1e-4:
            raise RuntimeError(f"the two ways disagree: losses {usual[2]:.6f} and {ours[2]:.6f}")
        rows.append({
            "seed": seed, "usual: epochs": usual[1], "ours: epochs": ours[1],
            "usual, s": usual[0], "ours, s": ours[0], "times as fast": usual[0] / ours[0],
        })
        say(f"seed {seed}")
    write("accuracy", rows)


def measure_memory(data):
    """Peak memory of loading, one epoch and one test, above what the libraries take."""
    if not LINUX:
        return say("skipped: it needs Linux")
    rows = []
    for way in ("usual", "ours", "bytes"):
        peak = child("training_memory", way)
        total = peak["main"] + peak["workers"]
        rows.append({
            "way": way,
            "main process, MB": peak["main"] / 1e6,
            "loader's workers, MB": peak["workers"] / 1e6,
            "times the data as float32": total / FLOAT32_BYTES,
        })
        say(way)
    write("memory", rows)


def measure_published(data):
    """The fourteen published runs: ours measured, the usual way from one epoch a batch size."""
    torch.set_num_threads(1)
    ways.usual_way(data, 1024)[0]()
    epochs = collections.Counter()
    for _, size, count in ways.SWEEP["PUBLISHED_RUNS"]:
        epochs[size] += count
    usual, times = 0, {threads: [] for threads in THREADS}
    for index, size in enumerate(epochs):
        train, test = ways.usual_way(data, size)
        torch.set_num_threads(1)
        usual += epochs[size] * seconds(lambda: (train(), test()))
        threads = THREADS[index % 2]
        torch.set_num_threads(threads)
        times[threads].append(seconds(lambda: ways.SWEEP["published_runs"](*vars(data).values())))
        say(f"batch size {size}")
    ours, _ = fastest(times)
    published = float(sum(ways.SWEEP["PUBLISHED_SECONDS"]))
    write("published", [
        {"way": "ours, measured", "s": ours, "ours is times as fast": 1},
        {"way": USUAL_ROW, "s": usual, "ours is times as fast": usual / ours},
        {"way": PUBLISHED_ROW, "s": published, "ours is times as fast": published / ours},
    ])


def measure_classes(data):
    """Cross-entropy over 100,000 classes and its gradient: whole, and in blocks."""
    if not LINUX:
        return say("skipped: it needs Linux")
    inputs = ways.large_softmax()
    actions = {name: lambda name=name: ways.loss_and_gradient(name, *inputs) for name in ways.LOSSES}
    for action in actions.values():
        action()
    times = alternate(actions, 5)
    rows = []
    for name in actions:
        peak = child("classes_memory", name)["main"]
        best, _ = fastest(times[name])
        rows.append({
            "way": name, "one thread, s": statistics.median(times[name][1]),
            "two threads, s": statistics.median(times[name][2]), "extra memory, MB": peak / 1e6,
        })
        rows[-1]["time, share of the whole"] = best / fastest(times["whole"])[0]
        rows[-1]["memory, share of the whole"] = peak / 1e6 / rows[0]["extra memory, MB"]
    write("classes", rows)


def measure_distributed(data):
    """What two processes need to add tensors up, and what follows for 1 to 1024 workers."""
    launch = "-m torch.distributed.run --standalone --nproc-per-node 2".split()
    command = [sys.executable, *launch, HERE / "collectives.py"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    run = subprocess.run(command, capture_output=True, text=True, env=environment)
    if run.returncode:
        raise RuntimeError("two processes could not work together (gloo)")
    sums = json.loads(run.stdout)
    write("collectives", [{
        "bytes": size,
        "milliseconds": 1000 * spent,
        "payload of both, bytes": 2 * size,
        "counted, bytes": round(sent),
    } for size, spent, sent in sums])
    torch.set_num_threads(1)
    inputs = ways.large_softmax()
    one_process = [seconds(lambda: ways.loss_and_gradient("in blocks", *inputs)) for _ in range(6)]
    compute = statistics.median(one_process[1:])
    train, _ = ways.sliced_way(data, 256)
    train()
    batch = seconds(train) / 235
    H, W, y = inputs
    (n, d), V = H.shape, len(W)
    latency = sums[0][1] / 2
    bandwidth = sums[-1][0] / (sums[-1][1] - sums[0][1])

    def milliseconds(workers, compute, payloads):
        return 1000 * ways.SCALE["projected_seconds"](workers, compute, payloads, latency, bandwidth)

    write("projection", [{
        "workers": workers,
        "classes split, ms": milliseconds(workers, compute, [4 * n, 8 * n, 4 * n * d]),
        # Gathering sends each byte once, adding up twice: hence half the size.
        "logits gathered, ms": milliseconds(workers, compute, [4 * n * V / 2, 4 * n * d]),
        "rows split, ms": milliseconds(workers, compute, [4 * V * d]),
        "model of 3.7, ms": milliseconds(workers, workers * batch, [4 * (PIXELS + 1) * CLASSES]),
    } for workers in (2**k for k in range(11))])


def measure_compile(data):
    """Whether torch.compile pays: reading from bytes, the sliced loop, our trainer."""
    rows = []
    for name in ("reading", "sliced", "ours"):
        try:
            times = child("compiled", name)
        except RuntimeError as error:
            return say(f"skipped, since nothing could be compiled ({error})")
        saved = times["plain"] - times["compiled"]
        rows.append({
            "compiled": name,
            "plain, s": times["plain"],
            "compiled, s": times["compiled"],
            "compiling, s": times["compiling"],
            "pays after, epochs": round(times["compiling"] / saved) if saved > 0 else "never",
        })
        say(name)
    write("compile", rows)


PARTS = {
    name.removeprefix("measure_"): function
    for name, function in list(globals().items())
    if name.startswith("measure_")
}


# What was aimed at: measure, "at least" or "at most", bound; result file, column, row.
AIMS = [
    *(
        (f"training pass at batch size {size}, times as fast", "at least", bound,
         "epochs", "times as fast", {"batch size": str(size), "way": "ours"})
        for size, bound in ((16, 20), (256, 25), (1024, 20))
    ),
    ("sweep of 256 models, times as fast per model", "at least", 150,
     "sweeps", "times as fast as the usual way", {"models": "256"}),
    ("sweep of 256 models, share of the limit in %", "at least", 60,
     "sweeps", "share of the limit, %", {"models": "256"}),
    ("fourteen published runs, times as fast as the usual way", "at least", 60,
     "published", "ours is times as fast", {"way": USUAL_ROW}),
    ("fourteen published runs, times as fast as published", "at least", 60,
     "published", "ours is times as fast", {"way": PUBLISHED_ROW}),
    ("peak memory, ours, times the data as float32", "at most", 1.5,
     "memory", "times the data as float32", {"way": "ours"}),
    ("peak memory, bytes, times the data as float32", "at most", 0.5,
     "memory", "times the data as float32", {"way": "bytes"}),
    ("100,000 classes in blocks, memory as a share of the whole", "at most", 0.2,
     "classes", "memory, share of the whole", {"way": "in blocks"}),
    ("100,000 classes in blocks, time as a share of the whole", "at most", 1.5,
     "classes", "time, share of the whole", {"way": "in blocks"}),
]


def write_targets():
    """Write what was aimed at beside what was measured, as far as it was."""
    rows = []
    for measure, side, bound, table, column, where in AIMS:
        for row in read(table):
            if where.items() <= row.items():
                got = float(row[column])
                met = got >= bound if side == "at least" else got <= bound
                found = {"measured": got, "met": "yes" if met else "no"}
                rows.append({"measure": measure, "aim": f"{side} {bound}", **found})
    if rows:
        write("targets", rows)
    for row in rows:
        print(" | ".join(map(short, row.values())))


def main():
    """Parse the command line, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=PARTS, metavar="PART", help=", ".join(PARTS))
    only = parser.parse_args().only
    if (os.cpu_count() or 1) < 2:
        return "two cores are needed: one and two threads are compared"
    here, there = facts(), read("machine")
    if only and here[:-1] != there[:-1]:  # apart from the date
        return "there are no results of this machine and these versions: run all parts"
    try:
        data = ways.load()
        write("machine", here)
        for name in [only] if only else PARTS:
            print(f"{name}: {PARTS[name].__doc__.splitlines()[0]}", flush=True)
            say(f"{seconds(lambda: PARTS[name](data)):.0f} s")
    except RuntimeError as error:
        return str(error).splitlines()[0]
    write_targets()


if __name__ == "__main__":
    sys.exit(main())
