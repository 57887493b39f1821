"""The repository that the buttons lead to is that of this copy, without editing anything."""

import os
import shutil
import subprocess

import pytest

from web import address

CONFIGURED = "https://github.com/owner/configured"
BASE = "https://book.example.org/"
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


@pytest.fixture(autouse=True)
def no_repository_around(monkeypatch):
    """Hide the repository that a workflow, or git in a hook, names."""
    for name in [n for n in os.environ if n.startswith("GIT_") or n == "GITHUB_REPOSITORY"]:
        monkeypatch.delenv(name)


@pytest.fixture
def copy(tmp_path):
    """A function that makes a copy of the book whose git remote has an address, or no remote."""
    (tmp_path / "_config.yml").write_text(
        f"repository: {{url: {CONFIGURED}/}}\nhtml: {{baseurl: {BASE}}}\n"
    )

    def copy(remote=None):
        subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
        if remote:
            add = ["git", "remote", "add", "origin", remote]
            subprocess.run(add, cwd=tmp_path, check=True)
        return tmp_path

    return copy


@needs_git
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
    assert address.repository(copy(remote), CONFIGURED) == "https://github.com/reader/my.fork"


@needs_git
@pytest.mark.parametrize("remote", [None, "/srv/book", "https://git.example.org/a/b.git"])
def test_without_a_remote_on_github_the_configured_one_stands(copy, remote):
    assert address.repository(copy(remote), CONFIGURED) == CONFIGURED


@needs_git
def test_a_copy_inside_another_repository_does_not_take_its_name(copy):
    inside = copy("https://github.com/reader/notes") / "softmax book"
    inside.mkdir()
    assert address.repository(inside, CONFIGURED) == CONFIGURED


@needs_git
def test_a_path_through_a_link_or_with_odd_letters_is_the_same_folder(copy, tmp_path):
    real = copy("https://github.com/reader/fork").rename(tmp_path.with_name("Bücher “#1” "))
    link = real.with_name("link")
    try:
        link.symlink_to(real, target_is_directory=True)
    except OSError:
        pytest.skip("links cannot be made here")
    assert address.repository(real, CONFIGURED) == "https://github.com/reader/fork"
    assert address.repository(link, CONFIGURED) == "https://github.com/reader/fork"


@needs_git
def test_a_repository_that_git_refuses_is_none(copy, monkeypatch):
    folder = copy("https://github.com/reader/fork")
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")  # 'dubious ownership'
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    assert address.repository(folder, CONFIGURED) == CONFIGURED


def test_the_workflow_wins(tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_REPOSITORY", "ci/book")
    assert address.repository(tmp_path, CONFIGURED) == "https://github.com/ci/book"


def test_without_git_the_configured_one_stands(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert address.repository(tmp_path, CONFIGURED) == CONFIGURED


@pytest.mark.parametrize(
    "repository, pages",
    [
        ("https://github.com/Reader/Fork", "https://reader.github.io/Fork/"),
        ("https://github.com/reader/reader.github.io", "https://reader.github.io/"),
    ],
)
def test_address_of_the_published_pages(repository, pages):
    assert address.pages_address(repository) == pages


@pytest.mark.parametrize(
    "name, found",
    [
        ("owner/configured", (CONFIGURED, BASE)),
        ("Owner/Configured", (CONFIGURED, BASE)),
        ("reader/other", ("https://github.com/reader/other", "https://reader.github.io/other/")),
    ],
)
def test_a_fork_has_a_site_of_its_own(copy, tmp_path, monkeypatch, name, found):
    monkeypatch.setenv("GITHUB_REPOSITORY", name)
    assert address.published(tmp_path) == found


def test_a_copy_without_git_has_the_configured_addresses(copy, tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert address.published(tmp_path) == (CONFIGURED, BASE)
