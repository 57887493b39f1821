"""Damaged data is repaired or refused in one line, never read as numbers."""

import shutil
import urllib.error
import urllib.request

import pytest
import torch
from torchvision.datasets import FashionMNIST
from torchvision.datasets.utils import check_integrity

import notebooks

RAW = notebooks.ROOT / "data/FashionMNIST/raw"
ARCHIVES = [name for name, _ in FashionMNIST.resources]
IMAGES = "train-images-idx3-ubyte"


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
    """Load the data below raw with the loader of the notebooks."""
    return notebooks.load_data(raw.parent.parent)


def damage(file, how):
    """Cut file to half its length, or flip one bit in its middle."""
    content = bytearray(file.read_bytes())
    middle = len(content) // 2
    content[middle] ^= 1
    file.write_bytes(content[:middle] if how == "cut" else content)


def test_archives_are_the_published_ones():
    for name, md5 in FashionMNIST.resources:
        assert check_integrity(RAW / name, md5), name


@pytest.mark.parametrize("how", ["cut", "flip"])
def test_damaged_unpacked_file_is_unpacked_again(raw, how):
    sound = load(raw)[0].data
    damage(raw / IMAGES, how)
    assert torch.equal(load(raw)[0].data, sound)


@pytest.mark.parametrize("how", ["cut", "flip", "missing"])
def test_damaged_archive_is_refused_with_the_remedy(raw, how):
    archive = raw / f"{IMAGES}.gz"
    if how == "missing":
        archive.unlink()
    else:
        damage(archive, how)
    with pytest.raises(RuntimeError, match="go online, or restore") as error:
        load(raw)
    assert "\n" not in str(error.value)
    assert not (raw / IMAGES).exists()
