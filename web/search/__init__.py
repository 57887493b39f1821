"""Sphinx extension: a search that leads to the section, in place of Sphinx's own.

entries() makes one entry of each section of the book. On the search page find.js makes an index
of them, with MiniSearch, and results.js shows what it finds; arrive.js marks the words on the page
where a reader arrives. All ask words.js what a word is. What is not ours is in vendor/.
"""

import io
import json
import re
import shutil
import tokenize
import unicodedata
from keyword import iskeyword
from pathlib import Path
from xml.etree import ElementTree

import yaml
from docutils import nodes
from docutils.utils.math import MathError, latex2mathml

HERE = Path(__file__).parent
FILES = "words.js", "find.js", "results.js", "arrive.js", "search.css", "vendor/engine.min.js"
KNOWN_AS = yaml.safe_load((HERE / "known_as.yml").read_text("utf-8"))
# It repeats each question and each short answer; only its title leads there.
REPEATS = "about/exercises"
LOW = str.maketrans("0123456789aehijklmnoprstuvx+-−=()", "₀₁₂₃₄₅₆₇₈₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ₊₋₋₌₍₎")
HIGH = str.maketrans("0123456789in+-−=()⊤", "⁰¹²³⁴⁵⁶⁷⁸⁹ⁱⁿ⁺⁻⁻⁼⁽⁾ᵀ")

ACCENTS = {"ˆ": "\u0302", "ˉ": "\u0304", "~": "\u0303"}


def shifted(text, letters, sign):
    """Return an index or exponent in small letters, where there are such letters."""
    text = text.replace(" ", "")
    if all(ord(letter) in letters for letter in text):
        return text.translate(letters)
    return f"{sign}{text}" if len(text) == 1 else f"{sign}({text})"


def linear(element):
    """Return an element of MathML as one line of text."""
    parts = [linear(child) for child in element]
    text = (element.text or "").strip()
    match element.tag.rpartition("}")[2]:
        case "mfrac":
            return "/".join(p if len(p) < 4 else f"({p})" for p in parts) + " "
        case "msqrt":
            return f"√({''.join(parts)})"
        case "munder" if parts[1] == "⏟":
            return parts[0]
        case "mover":
            return parts[0] + ACCENTS.get(parts[1], "")
        case "msub" | "munder":
            return parts[0] + shifted(parts[1], LOW, "_") + " " * (parts[0] == "∑")
        case "msup":
            return parts[0] + shifted(parts[1], HIGH, "^")
        case "msubsup" | "munderover":
            below, above = shifted(parts[1], LOW, "_"), shifted(parts[2], HIGH, "^")
            accent = ACCENTS.get(parts[2])
            return parts[0] + (accent + below if accent else below + above) + " "
        case "mo" if text in [*"=<>≤≥≈≠→+−∈"]:
            return f" {text} "
        case "mo" if text == ",":
            return ", "
        case "mi" | "mtext" if len(text) > 1:  # log, exp, words
            return f" {text} "
    return text + "".join(parts)


def formula(tex):
    """Return a formula as text without TeX, such as a result can quote."""
    try:
        mathml = latex2mathml.tex2mathml(tex).replace("&ApplyFunction;", "")
        line = re.sub(" +", " ", linear(ElementTree.fromstring(mathml))).strip()
        line = re.sub(r"(?<=[a-z]) (?=[(₀-₉])|(?<=[([]) | (?=[)\],./])", "", line)
        line = re.sub(r"(^|[(=/,^] ?)− ", r"\1−", line)
        return unicodedata.normalize("NFC", line)
    except (MathError, SyntaxError, ElementTree.ParseError):
        return "…"


def plain(node):
    """Return what a reader sees of a node, as text."""
    if isinstance(node, nodes.Text):
        return str(node)
    if isinstance(node, nodes.math):
        return formula(node.astext())
    if isinstance(node, nodes.raw | nodes.comment | nodes.math_block | nodes.image):
        return ""
    space = " · " if isinstance(node, nodes.row) else ""
    return space.join(map(plain, node.children))


def sentences(text):
    """Split a text where a sentence ends."""
    return re.split(r"(?<=[.!?:])\s+(?=[A-Z“\"(`])", re.sub(r"\s+", " ", text).strip())


def names(source):
    """Return the names in Python code, in order; not what strings and comments say."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    found = [token.string for token in tokens if token.type == tokenize.NAME]
    return [name for name in found if len(name) > 2 and not iskeyword(name)]


def unique(words):
    """Return words in one line, each once."""
    return " ".join(dict.fromkeys(words))


class Entry:
    """What the search knows of a section.

    Its text by sentence; what the text is about, that is bold words and the first cells of a
    table; what cells print; the names that their code defines and uses, in open and folded cells.
    """

    def __init__(self, section):
        self.text, self.about, self.prints, self.inner = [], [], [], []
        self.defines, self.names, self.folded = [], [], []
        for child in section.children:
            self.take(child)

    def take(self, node):
        """Take what a node says; sections in it have entries of their own."""
        if isinstance(node, nodes.section):
            self.inner.append(node)
        elif isinstance(node, nodes.title):
            pass
        elif isinstance(node, nodes.Element) and node.get("nb_element") == "cell_code":
            self.take_cell(node)
        elif isinstance(node, nodes.literal_block):
            self.prints += node.astext().splitlines()
        elif isinstance(node, nodes.paragraph | nodes.row | nodes.term):
            self.text += sentences(plain(node))
            subjects = [node[0]] if isinstance(node, nodes.row) else node.findall(nodes.strong)
            self.about += map(plain, subjects)
        else:
            for child in node.children:
                self.take(child)

    def take_cell(self, cell):
        """Take the names in the code of a cell, and its outputs; nothing of a check."""
        if "tag_check" in cell["classes"]:
            return
        folded = "tag_hide-input" in cell["classes"]
        for block in cell.findall(nodes.literal_block):
            if block.parent.get("nb_element") == "cell_code_source":
                (self.folded if folded else self.names).extend(names(block.astext()))
                self.defines += re.findall(r"^(?:def|class) (\w+)", block.astext(), re.M)
            else:
                self.prints += block.astext().splitlines()

    def fields(self):
        """Return the fields by name. Of what cells print, lines with three words or more."""
        prints = [line.strip() for line in self.prints]
        return {
            "text": "\n".join(filter(None, self.text)),
            "prints": "\n".join(x for x in prints if len(re.findall(r"[A-Za-z]{3,}", x)) > 2),
            "about": "\n".join(self.about),
            "below": "\n".join(plain(inner.next_node(nodes.title)) for inner in self.inner),
            "defines": unique(self.defines),
            "names": unique(self.names),
            "folded": unique(name for name in self.folded if name not in self.names),
        }


def entries(page, section, above=()):
    """Yield the entry of a section, below the titles above, and of the sections in it."""
    title = plain(section.next_node(nodes.title))
    if title.startswith("(") and (number := re.match(r"[\d.]+ ", above[-1] if above else "")):
        title = number[0] + title  # 3.6.1 (b), since a reader may ask for it
    entry, anchor = Entry(section), section["ids"][0]
    entry.about.append(KNOWN_AS.get(f"{page}#{anchor}", ""))
    yield {"place": f"{page}.html#{anchor}", "title": title, "above": above} | (
        {} if page == REPEATS else entry.fields()
    )
    for inner in entry.inner if page != REPEATS else []:
        yield from entries(page, inner, (*above, title))


def write_entries(app, error):
    """Write the entries as a script, since a page that is opened from disk can fetch no data."""
    if error or app.builder.format != "html":
        return
    found = [
        entry
        for page in sorted(app.env.found_docs)
        for section in app.env.get_doctree(page).children
        if isinstance(section, nodes.section)
        for entry in entries(page, section)
    ]
    script = f"bookEntries = {json.dumps(found, ensure_ascii=False, separators=(',', ':'))};\n"
    Path(app.outdir, "search", "entries.js").write_text(script, "utf-8")


def replace_search(app):
    """Have Sphinx make no index of its own, and put the scripts into the site."""
    if app.builder.format != "html":
        return
    app.builder.search = False
    folder = Path(app.outdir, "search")
    folder.mkdir(parents=True, exist_ok=True)
    for file in FILES:
        shutil.copy2(HERE / file, folder)


def collect_pages(app):
    """Add the search page, from its template."""
    return [("search", {}, "search.html")]


def load_marks(app, pagename, templatename, context, doctree):
    """Load the script that marks words, in place of Sphinx's, which marks parts of words."""
    scripts = context.get("script_files", [])
    scripts[:] = [s for s in scripts if "sphinx_highlight" not in getattr(s, "filename", s)]
    app.add_js_file("../search/arrive.js", loading_method="defer")


def setup(app):
    """Connect the functions above to the events of Sphinx."""
    app.connect("builder-inited", replace_search)
    app.connect("html-collect-pages", collect_pages)
    app.connect("html-page-context", load_marks)
    app.connect("build-finished", write_entries)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
