"""Folders that are read-only and disks that are full, for root as well."""

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager

import pytest

NOBODY = 65534
UNSHARE = ["unshare", "--map-root-user", "--mount"]
# $0 is the disk, $1 a folder: its files are copied there, and back after the command.
SCRIPT = """{mount} source=$1; shift; cp -R "$source/." "$0"
({limit} exec "$@"); code=$?; cp -R "$0/." "$source"; exit $code"""


@contextmanager
def read_only(folder):
    """Forbid to change a folder; root, who may change any, becomes nobody meanwhile.

    Skips on Windows.
    """
    if sys.platform == "win32":
        pytest.skip("no folder is made read-only on Windows")
    as_root = os.geteuid() == 0
    modes = {p: p.stat().st_mode for p in folder.parents if as_root}
    closed = {p: mode for p, mode in modes.items() if mode & 0o011 != 0o011}
    folder.chmod(0o555)
    for parent, mode in closed.items():
        parent.chmod(mode | 0o011)  # else nobody would not get there
    try:
        if as_root:
            os.seteuid(NOBODY)
        assert not os.access(folder, os.W_OK, effective_ids=True)
        yield
    finally:
        if as_root:
            os.seteuid(0)
        for parent, mode in closed.items():
            parent.chmod(mode)
        folder.chmod(0o755)


def full_disk(disk, source, kilobytes):
    """Return the start of a command for which the folder disk is a small disk of its own.

    That disk first holds the files of the folder source. What it holds in the
    end is copied to source. Where no disk may be mounted, a limit on the size of
    a file stands in for it. Skips on Windows.
    """
    if sys.platform == "win32":
        pytest.skip("no disk is filled on Windows")
    mount, limit, start = f'mount -t tmpfs -o size={kilobytes}k none "$0" &&', "", UNSHARE
    trial = [*UNSHARE, "mount", "-t", "tmpfs", "none", disk]
    if not shutil.which("unshare") or subprocess.run(trial, capture_output=True).returncode:
        mount, limit, start = "", f"ulimit -f {2 * kilobytes};", []  # in units of 512 bytes
    return [*start, "sh", "-c", SCRIPT.format(mount=mount, limit=limit), disk, source]
