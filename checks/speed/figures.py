"""Draw the figures of the page on speed from results/*.csv: python benchmarks/figures.py FOLDER."""

import csv
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

RESULTS = Path(__file__).parent / "results"
STYLES = ("o-", "s--", "^-.", "D:")
FAST, LIMIT = "times as fast", "share of the limit, %"


def read(name):
    """Return the rows of results/name.csv as dicts, numbers as floats."""

    def value(text):
        try:
            return float(text)
        except ValueError:
            return text

    with (RESULTS / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return [{key: value(text) for key, text in row.items()} for row in csv.DictReader(file)]


def best(row):
    """Return the seconds of the faster thread count."""
    return min(row["one thread, s"], row["two threads, s"])


def axes(height=3.2):
    """Return the axes of a new figure that is still legible on a phone."""
    return plt.subplots(figsize=(5, height), layout="constrained")[1]


def mark(ax, values, **legend):
    """Put ticks at the values alone, and show the legend."""
    ax.set_xticks(values, values)
    ax.minorticks_off()
    ax.legend(**legend)


def epochs():
    """Seconds an epoch against the batch size."""
    rows, ax = read("epochs"), axes()
    for way, style in zip(("usual", "sliced", "ours"), STYLES):
        own = [row for row in rows if row["way"] == way]
        ax.loglog([row["batch size"] for row in own], [best(row) for row in own], style, label=way)
    sizes = [int(row["batch size"]) for row in own]
    gains = [row[FAST] for row in own]
    ax.set(xlabel="batch size", ylabel="seconds a training pass",
           title=f"Ours: {min(gains):.0f} to {max(gains):.0f} times as fast as the usual way")
    mark(ax, sizes)


def sweeps():
    """Milliseconds a model and epoch against the number of models."""
    rows, ax = read("sweeps"), axes()
    models = [int(row["models"]) for row in rows]
    for key, style in zip(("one thread, s", "two threads, s"), STYLES):
        each = [1000 * row[key] / row["models"] for row in rows]
        ax.loglog(models, each, style, label=key.removesuffix(", s"))
    gain = rows[-1]["times as fast as the usual way"]
    ax.set(xlabel="models trained at once", ylabel="milliseconds a model and epoch",
           title=f"{models[-1]} at once: {gain:.0f} times as fast, a model")
    mark(ax, models)


def roofline():
    """Operations a second against operations a byte, and the limits of the machine."""
    ax = axes(3.6)
    intensity = [2 ** (k / 4) for k in range(54)]
    for row, style in zip(read("limits"), ("-", "--")):
        roof = [min(row["copying, GB/s"] * x, row["matrix products, GFLOP/s"]) for x in intensity]
        ax.loglog(intensity, roof, style, color="black", label=f"limit, threads: {row['threads']:.0f}")
    work = 4 * 60_000 * 784 * 10 / 1e9  # giga-operations a model and epoch
    for row, style in zip([r for r in read("epochs") if r["batch size"] == 256], "osD"):
        ax.loglog(10, work / best(row), style, color="C0", label=f"one model, {row['way']}")
    rows = read("sweeps")
    ax.loglog([10 * row["models"] for row in rows], [work * row["models"] / best(row) for row in rows],
              "^:", color="C1", label="sweeps, ours")
    ax.set(xlabel="operations a byte of the data", ylabel="billion operations a second",
           title=f"{rows[-1]['models']:.0f} models: {rows[-1][LIMIT]:.0f} % of the limit")
    ax.legend(fontsize=8)


def memory():
    """Peak memory in multiples of the data as float32."""
    rows, ax = read("memory"), axes(2.2)
    key = "times the data as float32"
    bars = ax.barh([row["way"] for row in rows], [row[key] for row in rows])
    ax.bar_label(bars, fmt=" %.2f")
    ax.invert_yaxis()
    ax.margins(x=0.15)
    least = min(rows, key=lambda row: row[key])
    ax.set(xlabel=f"peak memory, {key}", title=f"The least memory: {least['way']}")


def projection():
    """Projected milliseconds of a step against the number of workers."""
    rows, ax = read("projection"), axes(3.4)
    workers = [int(row["workers"]) for row in rows]
    columns = [name for name in rows[0] if name != "workers"]
    for name, style in zip(columns, STYLES):
        ax.loglog(workers, [row[name] for row in rows], style, ms=4, label=name.removesuffix(", ms"))
    fewest = min(rows, key=lambda row: row["classes split, ms"])
    ax.set(xlabel="workers", ylabel="projected milliseconds a step",
           title=f"Projection: splitting classes pays up to {fewest['workers']:.0f} workers")
    mark(ax, workers[::2], fontsize=8)


def draw_all(folder):
    """Save each figure as folder/benchmark-NAME.png, its title in the file for the alt text."""
    for draw in (epochs, sweeps, roofline, memory, projection):
        draw()
        title = {"Title": plt.gca().get_title()}
        plt.savefig(Path(folder, f"benchmark-{draw.__name__}.png"), dpi=160, metadata=title)
        plt.close()


if __name__ == "__main__":
    draw_all(sys.argv[1])
