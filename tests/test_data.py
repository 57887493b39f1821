"""Damaged data is fetched again or refused in one line, never read as numbers."""

import gzip
import re
import shutil
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.server import ThreadingHTTPServer

import pytest
import torch
from disks import full_disk, read_only
from torchvision.datasets import FashionMNIST
from torchvision.datasets.utils import check_integrity

from generator import notebooks
from tests.conftest import QuietHandler

RAW = notebooks.ROOT / "data/FashionMNIST/raw"
ARCHIVES = [name for name, _ in FashionMNIST.resources]
IMAGES = "train-images-idx3-ubyte"
REMEDY = "go online, or restore the four .gz files, or free disk space"


@pytest.fixture(scope="module")
def sound():
    """The training set that every load must return."""
    return notebooks.load_data()[0]


@pytest.fixture
def raw(tmp_path, monkeypatch):
    """A folder with a copy of the archives, on a machine without a network."""

    def refuse(*args, **kwargs):
        raise urllib.error.URLError("no network")

    monkeypatch.setattr(urllib.request, "urlopen", refuse)
    folder = tmp_path / "FashionMNIST" / "raw"
    folder.mkdir(parents=True)
    for name in ARCHIVES:
        shutil.copy(RAW / name, folder)
    return folder


def load(raw):
    """Load the data below raw with the loader of the notebooks; return the training set."""
    return notebooks.load_data(raw.parent.parent)[0]


def contents(folder):
    """Return name, bytes and time of each file of a folder."""
    return {f.name: (f.read_bytes(), f.stat().st_mtime_ns) for f in folder.iterdir()}


def damage(file, how):
    """Cut file to half its length, flip one bit in its middle, or remove it."""
    content = bytearray(file.read_bytes())
    middle = len(content) // 2
    content[middle] ^= 1
    file.write_bytes(content[:middle] if how == "cut" else content)
    if how == "missing":
        file.unlink()


def test_archives_are_the_published_ones():
    for name, md5 in FashionMNIST.resources:
        assert check_integrity(RAW / name, md5), name


@pytest.mark.parametrize("how", ["cut", "flip"])
def test_damaged_unpacked_file_does_no_harm(raw, sound, how):
    (raw / IMAGES).write_bytes(gzip.decompress((raw / f"{IMAGES}.gz").read_bytes()))
    damage(raw / IMAGES, how)
    assert torch.equal(load(raw).data, sound.data)


@pytest.mark.parametrize("how", ["cut", "flip", "missing"])
def test_damaged_archive_is_refused_with_the_remedy(raw, how):
    damage(raw / f"{IMAGES}.gz", how)
    before = contents(raw)
    with pytest.raises(RuntimeError, match=REMEDY) as error:
        load(raw)
    assert "\n" not in str(error.value)
    assert contents(raw) == before


@pytest.fixture
def online(raw, monkeypatch):
    """A network again, with the archives at another address; never that of torchvision."""
    monkeypatch.undo()
    with ThreadingHTTPServer(("localhost", 0), partial(QuietHandler, directory=RAW)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setattr(FashionMNIST, "mirrors", [f"http://localhost:{server.server_port}/"])
        yield
        server.shutdown()


@pytest.mark.parametrize("how", ["cut", "flip", "missing"])
def test_damaged_archive_is_fetched_again(raw, online, sound, how):
    damage(raw / f"{IMAGES}.gz", how)
    assert torch.equal(load(raw).data, sound.data)
    published = {name: (RAW / name).read_bytes() for name in ARCHIVES}
    assert {file.name: file.read_bytes() for file in raw.iterdir()} == published


def test_sound_archives_are_read_from_a_read_only_folder(raw, sound):
    before = contents(raw)
    with read_only(raw):
        assert torch.equal(load(raw).data, sound.data)
    assert contents(raw) == before


def test_damaged_archive_in_a_read_only_folder_is_refused_with_the_remedy(raw, online):
    damage(raw / f"{IMAGES}.gz", "flip")
    (raw / f"{IMAGES}.gz").chmod(0o444)
    before = contents(raw)
    with read_only(raw), pytest.raises(RuntimeError, match=REMEDY) as error:
        load(raw)
    assert isinstance(error.value.__cause__, PermissionError)
    assert contents(raw) == before


def test_notebooks_that_start_at_once_all_read_the_data(raw, sound):
    before = contents(raw)
    with ThreadPoolExecutor(3) as pool:
        results = list(pool.map(load, [raw] * 3))
    assert all(torch.equal(result.data, sound.data) for result in results)
    assert contents(raw) == before


def test_full_disk_is_told_in_one_line(raw, tmp_path, monkeypatch):
    disk, left = tmp_path / "disk", tmp_path / "left"
    disk.mkdir()
    left.mkdir()
    monkeypatch.setenv("TMPDIR", str(disk))
    root = raw.parent.parent
    code = f"import notebooks; notebooks.load_data({str(root)!r})"
    command = [*full_disk(disk, left, kilobytes=1000), sys.executable, "-c", code]
    run = subprocess.run(command, cwd=notebooks.ROOT, capture_output=True, text=True)
    assert run.returncode == 1
    assert run.stderr.splitlines()[-1] == f"RuntimeError: cannot load {root}: {REMEDY}"
    assert re.search(
        "^OSError: .*(No space left on device|File too large)", run.stderr, re.MULTILINE
    )
    assert not any(left.iterdir()), "a half-unpacked file was left"
