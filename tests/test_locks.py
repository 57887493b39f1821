"""The locks agree: Binder installs what the tests ran with."""

import notebooks


def locked(name):
    """Return the requirements of a lock, each with its marker and its hashes on one line."""
    lines = (notebooks.ROOT / name).read_text("utf-8").replace("\\\n", " ").splitlines()
    return {" ".join(line.split()) for line in lines if not line.startswith("#")}


def test_binder_installs_what_the_tests_lock():
    binder = locked(".binder/requirements.txt")
    names = {requirement.split("==")[0] for requirement in binder}
    assert {"torch", "torchvision", "matplotlib", "mlx"} <= names
    assert all("--hash=sha256:" in requirement for requirement in binder)
    assert binder <= locked("requirements/test.txt")
