"""Judge answers as readers write them, in torch and on the built pages, and list what differs.

    python -m checks.practice [STEM ...]

checks/forms/ holds right and wrong answers to each exercise that takes code, written by people
who saw its question, but neither its check nor its answer. What the page refuses to judge is
counted. Writes a table if it ran all pages; exit code 1 if a right answer is not called right
where torch calls it so, or the other way round.
"""

import sys

import yaml
from playwright.sync_api import sync_playwright

from checks import tables
from generator import notebooks
from tests import conftest, test_practice, test_tries
from web import build, pdf

FORMS = notebooks.ROOT / "checks/forms"
KINDS = "equal", "other words", "refused", "another verdict"


def kind(label, due, said):
    """Return how what the page said of an answer compares with what is due."""
    if due == said:
        return "equal"
    if test_practice.REFUSED in said:
        return "refused"
    # What the answer's function printed stands before the verdict, to the last digit.
    due, said = (text.rpartition(f"{label}: ")[2].startswith("right") for text in (due, said))
    return "other words" if due == said else "another verdict"


def judged(file, browser, address):
    """Return (answer, what torch says, what the page says, how they compare) of a file's forms."""
    asks = notebooks.ROOT / "exercises" / f"{file.stem}.md"
    forms = yaml.safe_load(file.read_text("utf-8"))
    answers = {label: each["right"] + each["wrong"] for label, each in forms.items()}
    plain, given = test_practice.tasks(asks, answers)
    definitions = notebooks.definitions(asks)
    page = browser.new_page()
    page.goto(f"{address}/exercises/{file.stem}.html")
    found = page.evaluate(test_practice.JUDGE, [plain, given])
    page.close()
    for task, said in zip(given, found):
        due = test_tries.judged(task["answer"], task["check"], definitions)
        yield task["answer"], due, said, kind(task["label"], due, said)


def main(stems):
    """Judge the forms of the pages, or of all; return what is wrong, or None."""
    if fault := build.build():
        return fault
    rows = []
    with conftest.serve(build.SITE) as address, sync_playwright() as playwright:
        browser = pdf.launch(playwright)
        for file in sorted(FORMS.glob("*.yml")):
            if not stems or file.stem in stems:
                counts = dict.fromkeys(KINDS, 0)
                for answer, due, said, how in judged(file, browser, address):
                    counts[how] += 1
                    if how != "equal":
                        print(f"--- {how}\n{answer}\n  torch: {due}  page:  {said}")
                rows.append({"page": file.stem, "answers": sum(counts.values()), **counts})
                print(rows[-1], flush=True)
        browser.close()
    if not stems:
        tables.write("practice", rows)
    differ = sum(row["another verdict"] for row in rows)
    return f"{differ} have another verdict" if differ else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
