"""Sphinx extension: the search finds exercise numbers such as 3.6.1, and their headings."""

import re

from docutils import nodes
from sphinx import addnodes
from sphinx.search import languages
from sphinx.search.en import SearchEnglish
from sphinx.transforms import SphinxTransform

NUMBER = r"\d+(?:\.\d+)+"


class NumberedEnglish(SearchEnglish):
    """English, with numbers such as 3.6.1 as one word; Sphinx would split them."""

    _word_re = re.compile(rf"{NUMBER}|\w+")
    js_splitter_code = rf"""function splitQuery(query) {{
  return query.match(/{NUMBER}|[\p{{L}}\p{{N}}_]+/gu) || [];
}}"""


class IndexExercises(SphinxTransform):
    """Make an index entry of each exercise's heading, to which the search leads."""

    default_priority = 500

    def apply(self):
        """Put an entry for 3.6.1 below the title `3.6.1 …`."""
        for section in self.document.findall(nodes.section):
            if number := re.match(r"(\d\.\d\.\d)\b", section[0].astext()):
                entry = ("single", number[1], section["ids"][0], "main", None)
                section.insert(1, addnodes.index(entries=[entry]))


def setup(app):
    """Register the language as `numbered`, and the transform."""
    languages["numbered"] = NumberedEnglish
    app.add_transform(IndexExercises)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
