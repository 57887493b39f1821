"""Read, judge and draw the results of the mutation runs: python mutation/report.py FOLDER."""

import math
import sys
from collections import Counter
from pathlib import Path

import yaml

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parent
sys.path.append(str(ROOT))

import tables  # noqa: E402

RESULTS, REASONS = FOLDER / "results.csv", FOLDER / "equivalent.yml"
# What can become of a mutant, in the order of the bars, with the name it has on the page.
FATES = {
    "output": "another output", "figure": "another figure", "error": "an error", "time": "too slow",
    "test_tries": "tests of the exercises", "test_data": "tests of the data",
    "test_functions": "same function elsewhere", "equivalent": "equivalent", "missed": "missed",
}
CAUGHT = list(FATES)[:-2]
SCORE = "caught of those not equivalent, %"


def digest(notebook, sample):
    """Return what was measured of a notebook as 12 digits: code, outputs, tries and sample.

    notebook is a name such as chapters/softmax-scratch; its text may change freely.
    """
    tries = ROOT / f"tests/tries/{Path(notebook).name}.yml"
    used = [tries] if notebook.startswith("chapters/") and tries.exists() else []
    return tables.digest(ROOT / f"{notebook}.ipynb", *(file.read_text("utf-8") for file in used), sample)


def reasons():
    """Return why mutants are equivalent: (notebook, lines before, lines after) -> reason."""
    stored = yaml.safe_load(REASONS.read_text("utf-8")) or {}
    return {
        (notebook, entry["before"], after): reason
        for reason, places in stored.items()
        for notebook, entries in places.items()
        for entry in entries
        for after in entry["after"]
    }


def key(row):
    """Return what identifies a mutant where its reason is stored."""
    return row["notebook"], row["before"], row["after"]


def fate(row, known):
    """Return what became of a mutant: one of FATES; known are the reasons."""
    return row["caught"] or ("equivalent" if key(row) in known else "missed")


def unused(rows):
    """Return the reasons, as reasons() does, of measured notebooks that fit no survivor."""
    measured, survivors = {row["notebook"] for row in rows}, [key(r) for r in rows if not r["caught"]]
    return {k: why for k, why in reasons().items() if k[0] in measured and k not in survivors}


def judge(rows):
    """Name what is missed, and reasons that fit nothing; return 1 if there is any."""
    known = reasons()
    missed = [row for row in rows if fate(row, known) == "missed"]
    for row in missed:
        print(f"{row['notebook']}, cell {row['cell']}: not caught:")
        print(f"  - {row['before']}\n  + {row['after']}")
    leftover = unused(rows)
    for notebook, before, after in sorted(leftover):
        print(f"{notebook}: equivalent.yml has a reason that fits no survivor: {before} -> {after}")
    caught = sum(bool(row["caught"]) for row in rows)
    print(f"{caught} of {len(rows)} mutants caught, {len(missed)} missed")
    return int(bool(missed or leftover))


def summary(rows):
    """Return a row for each notebook, and one for all, with how many mutants met which fate."""
    known, table, groups = reasons(), [], {}
    for row in rows:
        groups.setdefault(row["notebook"], []).append(row)
    for notebook, group in (*groups.items(), ("all", rows)):
        count = Counter(fate(row, known) for row in group)
        caught = sum(count[fate] for fate in CAUGHT)
        old = any(row["digest"] != digest(row["notebook"], row["sample"]) for row in group[:1])
        table.append({"notebook": notebook + (" (changed since)" if old and group is not rows else ""),
                      "mutants": len(group), "caught": caught}
                     | {FATES[fate]: count[fate] for fate in FATES}
                     | {SCORE: round(100 * caught / max(1, len(group) - count["equivalent"]), 1)})
    return table


def limits(caught, count):
    """Return the limits, in %, of the 95 % Wilson interval for a share caught / count."""
    z = 1.96
    middle = caught + z**2 / 2
    half = z * math.sqrt(caught * (count - caught) / count + z**2 / 4)
    return [100 * (middle + side) / (count + z**2) for side in (-half, half)]


def errors_of_sample(rows):
    """Say between which limits the shares lie, for all notebooks and for one like them."""
    *table, total = summary(rows)
    texts = []
    for count in total["mutants"], total["mutants"] - total[FATES["equivalent"]]:
        low, high = limits(total["caught"], count)
        least, most = limits(total["caught"] / len(table), count / len(table))
        texts.append(f"{100 * total['caught'] / count:.1f} %: between {low:.1f} and {high:.1f} %, or "
                     f"for a single notebook with this share between {least:.0f} and {most:.0f} %")
    return "- Of all mutants {}.\n- Of those not judged equivalent {}.\n".format(*texts)


def print_counts(rows):
    """Print how many mutants of each notebook are caught, and of all."""
    for row in summary(rows):
        share = 100 * row["caught"] / max(1, row["mutants"])
        print(f"{row['notebook']}: {row['caught']} of {row['mutants']} mutants caught, {share:.1f} %")


def write_texts(folder):
    """Write to folder what mutation.md includes.

    That is mutation-notebooks.csv, a table; mutation-survivors.md, a list by reason; and
    mutation-errors.md, the limits of both shares.
    """
    rows, known, lists = tables.read(RESULTS), reasons(), {}
    table = summary(rows)
    shown = [c for c in table[0] if c == "notebook" or any(row[c] for row in table)]
    tables.write(folder / "mutation-notebooks.csv", [{c: row[c] for c in shown} for row in table])
    for row in rows:
        if not row["caught"]:
            line = f"- {row['notebook']}: `` {row['before']} `` became `` {row['after']} ``\n"
            lists.setdefault(known.get(key(row), "Missed: no reason is known yet."), []).append(line)
    parts = [f"**{reason}**\n\n{''.join(lines)}" for reason, lines in sorted(lists.items())]
    (folder / "mutation-survivors.md").write_text("\n".join(parts), "utf-8")
    (folder / "mutation-errors.md").write_text(errors_of_sample(rows), "utf-8")


def draw(folder):
    """Save folder/mutation.png: a bar for each notebook, divided by what became of its mutants."""
    import matplotlib  # here, since mutate.py needs another backend

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    *table, total = summary(tables.read(RESULTS))
    names = [row["notebook"] for row in table]
    height = 0.33 * len(names) + 1.6
    figure, ax = plt.subplots(figsize=(6.4, height), layout="constrained")
    left = [0] * len(names)
    for number, fate in enumerate(fate for fate in FATES.values() if total[fate]):
        share = [100 * row[fate] / row["mutants"] for row in table]
        hatch = ("", "//", "..", "xx")[number % 4]  # for readers who see no colours
        ax.barh(names, share, left=left, label=fate, hatch=hatch, edgecolor="white", linewidth=0)
        left = [a + b for a, b in zip(left, share)]
    ax.invert_yaxis()
    ax.set(xlabel="share of the mutants, %", xlim=(0, 100))
    caught = 100 * total["caught"] / total["mutants"]
    finding = (f"{caught:.1f} % of all mutants are caught,\n"
               f"{total[SCORE]:.1f} % of those not judged equivalent")
    figure.suptitle(finding)
    figure.legend(loc="outside lower center", ncols=3, fontsize=8)
    title = {"Title": finding.replace("\n", " ")}
    plt.savefig(Path(folder, "mutation.png"), dpi=160, metadata=title)
    plt.close()


def draw_all(folder):
    """Make all that the page shows."""
    write_texts(Path(folder))
    draw(folder)


if __name__ == "__main__":
    draw_all(sys.argv[1])
