"""Damaged data is repaired or refused in one line, never read as numbers."""

import gzip
import shutil
import urllib.request
from unittest.mock import Mock

import pytest

from generator import data, notebooks

NAMES = [f"{p}-{k}-ubyte" for p in ("train", "t10k") for k in ("images-idx3", "labels-idx1")]
ERRORS = AssertionError, RuntimeError, ValueError  # ours, and torchvision's
DAMAGES = {  # the content before -> the content after
    "flip": lambda old: old[:1000] + bytes([old[1000] ^ 1]) + old[1001:],
    "cut": lambda old: old[:1000],
    "pointer": lambda old: b"version https://git-lfs.github.com/spec/v1\n",
}


@pytest.fixture
def raw(tmp_path, monkeypatch):
    """A copy of the archives and of what is in them, on a machine without a network."""
    monkeypatch.setattr(urllib.request, "urlopen", Mock(side_effect=urllib.request.URLError("")))
    raw = shutil.copytree(data.RAW.parent, tmp_path / "FashionMNIST") / "raw"
    data.prepare(raw)
    return raw


def load(raw):
    """Return the four tensors that the loader of the notebooks returns for a copy."""
    page = notebooks.definitions(notebooks.ROOT / "chapters/fashion-mnist.md")
    return [t for s in page["load_fashion_mnist"](raw.parents[1]) for t in (s.data, s.targets)]


def damage(file, how):
    file.unlink() if how == "missing" else file.write_bytes(DAMAGES[how](file.read_bytes()))


contents = lambda raw: {file.name: file.read_bytes() for file in raw.iterdir()}


def test_sound_data_is_loaded_byte_for_byte(raw):
    for name, tensor, header in zip(NAMES, load(raw), (16, 8, 16, 8)):
        content = gzip.decompress((raw / f"{name}.gz").read_bytes())
        assert tensor.byte().numpy().tobytes() == content[header:]


@pytest.mark.parametrize("how", [*DAMAGES, "missing"])
@pytest.mark.parametrize("name", NAMES)
def test_damaged_unpacked_file(raw, name, how):
    before = contents(raw)
    damage(raw / name, how)
    if how != "missing":
        with pytest.raises(ERRORS, match="delete" if how == "flip" else None):
            load(raw)
    data.prepare(raw)
    assert contents(raw) == before


@pytest.mark.parametrize("how", [*DAMAGES, "missing"])
def test_damaged_archive(raw, how):
    damage(raw / f"{NAMES[0]}.gz", how)
    before = contents(raw)
    with pytest.raises(RuntimeError, match=f"^{NAMES[0]}.gz .*: restore [^\n]*$"):
        data.prepare(raw)
    assert contents(raw) == before
    damage(raw / NAMES[0], "missing")
    with pytest.raises(RuntimeError):
        load(raw)
