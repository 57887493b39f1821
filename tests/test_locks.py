"""The locks agree: Binder and the oldest PyTorch have what the tests ran with."""

from generator import notebooks


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


def test_the_oldest_environment_differs_in_pytorch_alone():
    others = "matplotlib==", "mlx==", "numpy==", "pillow==", "ipykernel==", "ipython=="
    oldest = {line for line in locked("requirements/oldest.txt") if line.startswith(others)}
    assert {line.split("==")[0] + "==" for line in oldest} == set(others)
    assert oldest <= locked("requirements/test.txt")
