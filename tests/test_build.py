"""`make book` makes anew what changed, and says what is wrong."""

import pytest

from generator import notebooks
from web import build


@pytest.fixture
def book(tmp_path, monkeypatch):
    """A folder in the place of the book, with a page and a machine; nothing is built in it."""
    monkeypatch.setattr(notebooks, "ROOT", tmp_path)
    monkeypatch.setattr(build, "BUILD", tmp_path / "_build")
    monkeypatch.setattr(build.address, "published", lambda: ("repository", "site"))
    for name in "chapters/page.md", "generator/notebooks.py":
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("text")
    return tmp_path


@pytest.mark.parametrize(
    "name, names",
    [("chapters/page.md", build.SOURCES), ("generator/notebooks.py", build.MACHINERY)],
)
def test_a_change_of_a_page_or_of_the_machinery_is_seen(book, name, names):
    before = build.digest(names)
    assert build.digest(names) == before
    (book / name).write_text("another text")
    assert build.digest(names) != before


def test_another_address_makes_another_site(book, monkeypatch):
    before = build.digest(build.MACHINERY)
    monkeypatch.setattr(build.address, "published", lambda: ("fork", "site"))
    assert build.digest(build.MACHINERY) != before


def test_a_stale_notebook_stops_the_build(book, monkeypatch):
    monkeypatch.setattr(notebooks, "pages", lambda: [])
    monkeypatch.setattr(notebooks, "renew_texts", lambda pages, check: ([], False))
    assert build.build() == "the book is not built"
    assert not (book / "_build/stamp").exists()
