"""The four archives of Fashion-MNIST and what is unpacked from them: sound, or made so."""

import gzip
import hashlib
import os
import zlib
from pathlib import Path

RAW = Path(__file__).resolve().parents[1] / "data/FashionMNIST/raw"


def prepare(raw=RAW):
    """Unpack each archive in the folder raw, where it is not unpacked or wrongly.

    SHA256SUMS, one folder up, says what the archives should be. An unpacked file is compared by
    the length and the CRC-32 at the end of its archive (RFC 1952). Raises RuntimeError, in one
    line with the remedy, for an archive that is missing or damaged.
    """
    for line in raw.with_name("SHA256SUMS").read_text("utf-8").splitlines():
        digest, path = line.split()
        archive = raw.parent / path
        packed = archive.read_bytes() if archive.is_file() else b""
        if hashlib.sha256(packed).hexdigest() != digest:
            remedy = f"restore {path} in {raw.parent}, for instance with `git checkout data`"
            raise RuntimeError(f"{archive.name} is missing or damaged: {remedy}")
        unpacked = archive.with_suffix("")
        content = unpacked.read_bytes() if unpacked.is_file() else b""
        ends = [n.to_bytes(4, "little") for n in (zlib.crc32(content), len(content))]
        if b"".join(ends) != packed[-8:]:
            draft = unpacked.with_suffix(f".{os.getpid()}.part")
            draft.write_bytes(gzip.decompress(packed))
            os.replace(draft, unpacked)
