"""The repository that the buttons lead to: that of this copy, without editing anything."""

import subprocess

import pytest

from web import theme

CONFIGURED = "https://github.com/owner/configured"


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A function that makes a copy of the book whose git remote has an address, or no remote."""
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)

    def copy(remote=None):
        if remote:
            add = ["git", "remote", "add", "origin", remote]
            subprocess.run(add, cwd=tmp_path, check=True)
        return tmp_path

    return copy


@pytest.mark.parametrize(
    "remote",
    [
        "https://github.com/reader/my.fork",
        "https://github.com/reader/my.fork.git",
        "https://token@github.com/reader/my.fork.git/",
        "git@github.com:reader/my.fork.git",
        "ssh://git@github.com/reader/my.fork",
    ],
)
def test_the_remote_of_a_fork_wins(copy, remote):
    assert theme.repository(copy(remote), CONFIGURED) == "https://github.com/reader/my.fork"


@pytest.mark.parametrize("remote", [None, "/srv/book", "https://git.example.org/a/b.git"])
def test_without_a_remote_on_github_the_configured_one_stands(copy, remote):
    assert theme.repository(copy(remote), CONFIGURED) == CONFIGURED


def test_the_workflow_wins_over_the_remote(copy, monkeypatch):
    monkeypatch.setenv("GITHUB_REPOSITORY", "ci/book")
    folder = copy("https://github.com/reader/fork")
    assert theme.repository(folder, CONFIGURED) == "https://github.com/ci/book"


def test_without_git_the_configured_one_stands(tmp_path, monkeypatch):
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert theme.repository(tmp_path, CONFIGURED) == CONFIGURED


@pytest.mark.parametrize(
    "repository, pages",
    [
        ("https://github.com/Reader/Fork", "https://reader.github.io/Fork/"),
        ("https://github.com/reader/reader.github.io", "https://reader.github.io/"),
    ],
)
def test_address_of_the_published_pages(repository, pages):
    assert theme.pages_address(repository) == pages
