"""The repository that the buttons lead to is that of this copy, without editing anything."""

import os
import shutil
import subprocess

import pytest

from web import address

CONFIGURED, BASE = "https://github.com/owner/configured", "https://book.example.org/"
FORK = "https://github.com/reader/my.fork"
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


@pytest.fixture(autouse=True)
def book(tmp_path, monkeypatch):
    """The folder of a book, in no repository; none is named by a workflow or by git in a hook."""
    for name in [n for n in os.environ if n.startswith("GIT_") or n == "GITHUB_REPOSITORY"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    config = f"repository: {{url: {CONFIGURED}/}}\nhtml: {{baseurl: {BASE}}}\n"
    (tmp_path / "_config.yml").write_text(config)
    return tmp_path


def clone_of(remote, folder):
    """Make a folder the clone of a remote."""
    for command in ["init", "--quiet"], ["remote", "add", "origin", remote]:
        subprocess.run(["git", *command], cwd=folder, check=True)


@needs_git
@pytest.mark.parametrize(
    "remote",
    [f"{FORK}.git", "https://token@github.com/reader/my.fork/", "git@github.com:reader/my.fork"],
)
def test_the_remote_of_a_fork_wins_whatever_the_path(book, remote):
    odd = book / "Bücher “#1” "
    odd.mkdir()
    clone_of(remote, odd)
    assert address.repository(odd, CONFIGURED) == FORK


@needs_git
@pytest.mark.parametrize("remote", ["/srv/book", "https://git.example.org/a/b.git"])
def test_without_a_remote_on_github_the_configured_one_stands(book, remote):
    clone_of(remote, book)
    assert address.published(book) == (CONFIGURED, BASE)


@needs_git
def test_a_copy_inside_another_repository_does_not_take_its_name(book):
    clone_of("https://github.com/reader/notes", book)
    inside = book / "softmax book"
    inside.mkdir()
    assert address.repository(inside, CONFIGURED) == CONFIGURED


@needs_git
def test_a_repository_that_git_refuses_is_none(book, monkeypatch):
    clone_of(FORK, book)
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")  # 'dubious ownership'
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    assert address.repository(book, CONFIGURED) == CONFIGURED


@pytest.mark.parametrize("path", ["", os.environ["PATH"]])
def test_without_git_or_a_repository_the_configured_ones_stand(book, monkeypatch, path):
    monkeypatch.setenv("PATH", path)
    assert address.published(book) == (CONFIGURED, BASE)


@pytest.mark.parametrize(
    "name, found",
    [
        ("Owner/Configured", (CONFIGURED, BASE)),
        ("Reader/other", ("https://github.com/Reader/other", "https://reader.github.io/other/")),
        ("me/me.github.io", ("https://github.com/me/me.github.io", "https://me.github.io/")),
    ],
)
def test_the_workflow_of_a_fork_wins_and_has_a_site_of_its_own(book, monkeypatch, name, found):
    monkeypatch.setenv("GITHUB_REPOSITORY", name)
    assert address.published(book) == found
