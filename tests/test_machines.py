"""The book for programs: every page as Markdown with its outputs, every question, no key."""

import json
import re

import pytest
from sphinx_external_toc.parsing import parse_toc_yaml

from generator import notebooks
from tests import test_print, test_tries
from web import address, exercises

BOOK = list(parse_toc_yaml(notebooks.ROOT / "_toc.yml"))
# What only MyST and Sphinx understand, and formulas of MathJax.
RAW = re.compile(r"^:::|^```\{|\{\{|\{(?:doc|ref)\}|\\[()\[]\s|<(?:div|span|details)\b", re.M)


def keys():
    """Return the verdicts of all choices: none may be read beside the questions."""
    return [said for page in test_tries.PAGES for said in test_print.verdicts(page)]


@pytest.mark.parametrize("name", BOOK)
def test_markdown_beside_each_page_is_plain_and_its_links_land(name, site, html):
    twin = site / f"{name}.md"
    text = twin.read_text("utf-8")
    prose = re.sub(r"^```\w+\n.*?^```$|`[^`\n]+`", "", text, flags=re.M | re.S)
    assert not RAW.search(prose), RAW.search(prose)
    assert text.startswith("# ") and prose.count("\n## ") == len(
        html[site / f"{name}.html"].select("article section section:has(> h2)")
    )
    for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", prose):
        if not re.match(r"https?:|mailto:", link):
            assert (twin.parent / link).resolve().is_file(), link
    (link,) = html[site / f"{name}.html"].select('head link[type="text/markdown"]')
    assert (site / f"{name}.html").parent / link["href"] == twin


def test_markdown_has_the_stored_outputs(page, code, site):
    text = (site / f"{notebooks.name(page)}.md").read_text("utf-8")
    figures = 0
    for cell in code:
        if "check" in cell.metadata.get("tags", []):
            assert cell.source not in text
            continue
        assert cell.source.strip() in text
        for output in cell.outputs:
            data = output.get("data", {})
            printed = output.get("text") or data.get("text/plain", "")
            if any(kind.startswith("image/") for kind in data):
                figures += 1
            else:
                assert f"```text\n{printed.rstrip()}\n```" in text
    assert text.count("![") == figures


def test_exercises_are_all_there_with_hints_and_without_answers(site):
    text = (site / "exercises.json").read_text("utf-8")
    found = {exercise["number"]: exercise for exercise in json.loads(text)["exercises"]}
    asked = {each.number: each for page in test_tries.PAGES for each in exercises.asked(page)}
    assert found.keys() == asked.keys()
    for number, exercise in found.items():
        assert exercise["title"] == asked[number].title and exercise["question"]
        assert {p["part"]: p["title"] for p in exercise["parts"]} == asked[number].parts
        assert len(exercise["hints"]) == 2 and all(part["question"] for part in exercise["parts"])
    for secret in *keys(), *test_tries.passing().values(), "choose(", "def fault_", "solutions/":
        assert json.dumps(secret, ensure_ascii=False)[1:-1] not in text, secret


def test_index_for_programs_leads_to_every_page(site):
    text = (site / "llms.txt").read_text("utf-8")
    title, _, summary = text.splitlines()[:3]
    assert title.startswith("# ") and summary.startswith("> ")
    home = address.published()[1]
    links = re.findall(rf"^- \[[^\]]+\]\({re.escape(home)}(.+?)\)(?:: .+)?$", text, re.M)
    assert links == [f"{name}.md" for name in BOOK if name != "intro"] + ["exercises.json"]
    assert all((site / link).is_file() for link in links)
