"""Damaged data is repaired or refused in one line, never read as numbers."""

import gzip
import shutil
import urllib.request
from unittest.mock import Mock

import pytest

from generator import data, notebooks

NAMES = [f"{p}-{k}-ubyte" for p in ("train", "t10k") for k in ("images-idx3", "labels-idx1")]
DAMAGES = {  # the content before, and its half length -> the content after
    "flip": lambda old, half: old[:half] + bytes([old[half] ^ 1]) + old[half + 1 :],
    "cut": lambda old, half: old[:half],
    "pointer": lambda old, half: b"version https://git-lfs.github.com/spec/v1\n",
    "missing": None,
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
    sets = page["load_fashion_mnist"](raw.parents[1])
    return [tensor for part in sets for tensor in (part.data, part.targets)]


def damage(file, how):
    old = file.read_bytes()
    file.unlink() if how == "missing" else file.write_bytes(DAMAGES[how](old, len(old) // 2))


contents = lambda raw: {file.name: file.read_bytes() for file in raw.iterdir()}


def test_sound_data_is_loaded_byte_for_byte(raw):
    for name, tensor, header in zip(NAMES, load(raw), (16, 8, 16, 8)):
        content = gzip.decompress((raw / f"{name}.gz").read_bytes())
        assert tensor.byte().numpy().tobytes() == content[header:]


@pytest.mark.parametrize("how", DAMAGES)
@pytest.mark.parametrize("name", NAMES)
def test_damaged_unpacked_file(raw, name, how):
    before = contents(raw)
    damage(raw / name, how)
    if how != "missing":
        with pytest.raises(AssertionError if how == "flip" else Exception):
            load(raw)
    data.prepare(raw)
    assert contents(raw) == before


@pytest.mark.parametrize("how", DAMAGES)
def test_damaged_archive(raw, how):
    damage(raw / f"{NAMES[0]}.gz", how)
    before = contents(raw)
    with pytest.raises(RuntimeError, match=f"^{NAMES[0]}.gz .*: restore [^\n]*$"):
        data.prepare(raw)
    assert contents(raw) == before
    (raw / NAMES[0]).unlink()
    with pytest.raises(RuntimeError):
        load(raw)
