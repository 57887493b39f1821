"""The address of this copy's repository, and of the site that it publishes."""

import os
import re
import subprocess
from pathlib import Path

import yaml

from generator import notebooks


def repository(folder, configured):
    """Return the address of the GitHub repository of the copy of the book in folder.

    A workflow of GitHub names it; else the remote `origin` does, of a repository whose top is
    that folder; else, and where git fails in any way, it is the configured address.
    """
    if name := os.environ.get("GITHUB_REPOSITORY"):
        return f"https://github.com/{name}"

    def git(*command):
        run = subprocess.run(["git", *command], cwd=folder, capture_output=True, check=True)
        return os.fsdecode(run.stdout).rstrip("\r\n")

    try:
        if not Path(git("rev-parse", "--show-toplevel")).samefile(folder):
            return configured  # unpacked inside another repository
        remote = git("remote", "get-url", "origin")
    except (OSError, ValueError, subprocess.SubprocessError):
        return configured
    origin = re.search(r"\bgithub\.com[:/]([\w.-]+/[\w.-]+?)(\.git)?/?$", remote)
    return f"https://github.com/{origin[1]}" if origin else configured


def pages_address(repository):
    """Return the address at which GitHub Pages publishes a repository."""
    owner, name = repository.rsplit("/", 2)[1:]
    host = f"{owner.lower()}.github.io"
    return f"https://{host}/" if name.lower() == host else f"https://{host}/{name}/"


def published(folder=notebooks.ROOT):
    """Return the addresses of the repository and of the site of the copy of the book in folder.

    They are those of _config.yml, unless this copy has another repository. The second ends in
    a slash.
    """
    config = yaml.safe_load((Path(folder) / "_config.yml").read_text("utf-8-sig"))
    configured = config["repository"]["url"].rstrip("/").removesuffix(".git")
    found = repository(folder, configured)
    if found.lower() != configured.lower():  # GitHub takes both for the same
        return found, pages_address(found)
    return configured, config["html"]["baseurl"].rstrip("/") + "/"
