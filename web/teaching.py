"""Sphinx extension: what the page for teachers quotes, so that it cannot go stale.

    :::{attempt} 3.6.1 (b): 10 logits of 88
    What to say to it.
    :::

quotes a wrong attempt at an exercise, of those in tests/tries/ that the tests give to its check:
the one that has these words in its code or in the verdict on it. And

    :::{cell} chapters/softmax-concise: finfo(torch.float32).max
    :::

quotes the one cell of a notebook that has these words, with its stored output. Words may be in
several pieces, with & between them.
"""

import ast
import base64
import re
from pathlib import Path

import nbformat
import yaml
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

from checks import tables
from generator import notebooks
from web.address import published

CITATION = notebooks.ROOT / "CITATION.cff"
CHOICE = re.compile(r'(choice_\w+) = "([A-F])"')
BIBTEX = """\
```bibtex
@book{{softmax-regression-executed,
  title  = {{{{{title}}}}},
  author = {{{{{author}}}}},
  year   = {{{year}}},
  url    = {{{url}}},
  note   = {{Text: {licence}}}
}}
```
"""


def tries():
    """Return the wrong attempts that the tests know, by the label of the check."""
    found = {}
    for file in sorted((notebooks.ROOT / "tests/tries").glob("*.yml")):
        for label, entry in yaml.safe_load(file.read_text("utf-8")).items():
            found[label] = entry["wrong"] if isinstance(entry, dict) else entry
    return found


def option(variable, letter):
    """Return a statement to choose from, in Markdown, and what the check says to it."""
    for page in (notebooks.ROOT / "exercises").glob("[!.]*.md"):
        before, asked, after = page.read_text("utf-8-sig").partition(f"\n{variable} = ...\n")
        if asked:
            statement = re.findall(rf"^- (\({letter}\) .+)$", before, re.M)[-1]
            call = after[after.index("choose(") : after.index('""")') + 4]
            coded = ast.literal_eval(ast.parse(call).body[0].value.args[2])
            verdicts = base64.b64decode(coded).decode().split("|")
            return statement, verdicts[ord(letter) - ord("A")].removeprefix("not yet. ")
    raise ValueError(f"no page asks for {variable}")


class Quotation(SphinxDirective):
    """What both directives share: `:::{NAME} PLACE: WORDS`, and a list with one that fits."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def place(self):
        """Return the place that the directive names."""
        return self.arguments[0].partition(": ")[0]

    def only(self, texts):
        """Return the number of the one text that has all words; an error if none or several do."""
        words = self.arguments[0].partition(": ")[2].split(" & ")
        found = [i for i, text in enumerate(texts) if all(word in text for word in words)]
        if len(found) != 1:
            raise self.error(f"{len(found)} fit: {self.arguments[0]}")
        return found[0]

    def parsed(self, lines, **options):
        """Return a box of parsed lines of Markdown."""
        box = nodes.container(**options)
        self.state.nested_parse(StringList(lines), self.content_offset, box)
        return box


class Attempt(Quotation):
    """A wrong attempt, what the check says to it, and the text below: what a teacher says."""

    def run(self):
        """Return the quotation in one box."""
        label = self.place()
        known = tries()[label]
        attempt = known[self.only([each["code"] + each["says"] for each in known])]
        verdict, lines = (
            f"… {attempt['says']} …",
            ["```python", *attempt["code"].splitlines(), "```"],
        )
        if choice := CHOICE.search(attempt["code"]):
            statement, verdict = option(*choice.groups())
            lines = [statement]
        box = self.parsed(lines, classes=["attempt"])
        said = nodes.paragraph("", "", nodes.strong("", f"Check {label}: "), nodes.Text(verdict))
        box += [said, *self.parsed(self.content).children]
        return [box]


class Cell(Quotation):
    """A cell of a notebook and its output, in the boxes that cells have on their pages."""

    def run(self):
        """Return the quotation in one box."""
        file = notebooks.ROOT / f"{self.place()}.ipynb"
        self.env.note_dependency(str(file))
        cells = notebooks.code_cells(nbformat.read(file, as_version=4))
        cell = cells[self.only([cell.source for cell in cells])]
        printed = "".join(output.get("text", "") for output in cell.outputs).rstrip()
        box = nodes.container(classes=["cell"])
        tags = cell.metadata.get("tags", [])
        if "hide-input" not in tags or "passes" in tags:  # else its code only draws or lists
            code = nodes.literal_block(cell.source, cell.source, language="python")
            box += nodes.container("", code, classes=["cell_input"])
        if printed:
            shown = nodes.literal_block(printed, printed, language="none")
            shown["classes"] = ["output", "stream"]
            box += nodes.container("", shown, classes=["cell_output"])
        return [box]


def bibtex(config):
    """Return the entry for a list of references, from CITATION.cff."""
    source = yaml.safe_load(CITATION.read_text("utf-8"))
    return BIBTEX.format(
        title=source["title"],
        author=" and ".join(author["name"] for author in source["authors"]),
        year=config.copyright,
        url=published()[1],
        licence=", code: ".join(source["license"]),
    )


def run_times():
    """Return in one sentence how long a notebook runs, as measured with Colab's versions."""
    rows = tables.read("run-times")
    if not rows:
        return "How long a whole notebook runs in Colab was not measured."
    seconds = sorted(float(row["seconds"]) for row in rows)
    return (
        f"With the versions of Colab's runtime, all cells of a notebook took {seconds[0]:.0f} to "
        f"{seconds[-1]:.0f} seconds, {seconds[len(seconds) // 2]:.0f} in the median, with one "
        f"thread of this machine: {rows[0]['processor']}, {rows[0]['cores']} cores. Colab's own "
        "machines were not measured."
    )


def exercise_notebooks(site):
    """Return links to the notebooks of the exercises, by their sections."""
    links = []
    for page in notebooks.pages():
        if page.parent.name == "exercises":
            title = re.search(r"^# ([\d.]+) .+?( in MLX)?$", page.read_text("utf-8-sig"), re.M)
            links.append(
                f"[{title[1]}{title[2] or ''}]({site}_sources/{notebooks.name(page)}.ipynb)"
            )
    return ", ".join(links)


def offer_texts(app, config):
    """Offer what the page for teachers links to, where the workflow puts it (see pdf.py)."""
    site, repository = config.html_baseurl, config.html_theme_options["repository_url"]
    config.myst_substitutions |= {
        "bibtex": bibtex(config),
        "run_times": run_times(),
        "exercise_notebooks": exercise_notebooks(site),
        "exercise_sheets": f"[exercises.pdf]({site}exercises.pdf)",
        "answer_sheets": f"[answers.pdf]({site}answers.pdf)",
        "error_form": f"[Report an error]({repository}/issues/new?template=error.yml)",
    }


def depend(app, docname, source):
    """Read the page for teachers again when what it quotes has changed."""
    if docname == "about/teachers":
        sources = [CITATION]
        for folder, pattern in ("tests/tries", "*.yml"), ("exercises", "[!.]*.md"):
            sources.extend(Path(app.srcdir, folder).glob(pattern))
        for file in sources:
            app.env.note_dependency(str(file))


def setup(app):
    """Connect the functions above to the events of Sphinx."""
    app.add_directive("attempt", Attempt)
    app.add_directive("cell", Cell)
    app.connect("config-inited", offer_texts, priority=450)  # after the theme's own
    app.connect("source-read", depend)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
