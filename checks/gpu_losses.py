"""Losses of a large vocabulary on a graphics processor: `python -m checks.gpu_losses`.

Measures the plain loss, that of the page on many classes, PyTorch's and, where they are
installed, those of Cut Cross-Entropy and Liger (`pip install cut-cross-entropy liger-kernel`):
8,192 rows of 2,304 features, 256,000 classes, bfloat16. Three other numbers may follow the
command. Prints a table and, at that size, writes checks/results/gpu-losses.csv. Without a
graphics processor it only says so.
"""

import statistics
import sys
import time
from importlib.util import find_spec

import torch
from torch import nn
from torch.nn import functional as F

from checks import tables
from generator.notebooks import ROOT, definitions

SCALE = definitions(ROOT / "chapters/many-classes.md")
SIZE = 8192, 2304, 256_000


def losses(device, block=2048):
    """Return {name: function of features, weights, labels} of the losses that run on device."""
    in_blocks = lambda H, W, y: SCALE["chunked_cross_entropy"](H, W, y, block)
    pytorch = lambda H, W, y: F.linear_cross_entropy(
        H, W, y, options=nn.LinearCrossEntropyOptions()
    )
    # The page's loss sums in the format of its inputs, so it is tried in float32 too.
    found = {
        "plain": SCALE["plain_cross_entropy"],
        "in blocks": in_blocks,
        "in blocks, float32": lambda H, W, y: in_blocks(H.float(), W.float(), y),
        "PyTorch": pytorch,
    }
    if device == "cuda" and find_spec("cut_cross_entropy"):
        from cut_cross_entropy import linear_cross_entropy

        found["Cut Cross-Entropy"] = linear_cross_entropy
    if device == "cuda" and find_spec("liger_kernel"):
        from liger_kernel.transformers import LigerFusedLinearCrossEntropyLoss

        liger = LigerFusedLinearCrossEntropyLoss()
        found["Liger"] = lambda H, W, y: liger(W, H, y)
    return found


def inputs(rows, width, classes, device, dtype):
    """Return features (rows, width), weights (classes, width) and labels."""
    draw = torch.Generator(device).manual_seed(0)
    tensor = lambda *shape: torch.randn(*shape, generator=draw, device=device, dtype=dtype)
    H, W = tensor(rows, width), tensor(classes, width).mul_(width**-0.5)
    y = torch.randint(classes, (rows,), generator=draw, device=device)
    return H.requires_grad_(), W.requires_grad_(), y


def step(loss, H, W, y):
    """Return a loss and its gradients for H and W."""
    value = loss(H, W, y)
    return value.detach(), *torch.autograd.grad(value, (H, W))


def gap(found, right):
    """Return the norm of the difference over the norm, in float32."""
    return ((found.float() - right).norm() / right.norm()).item()


def measure(loss, tensors, repeats):
    """Return (median milliseconds, bytes beyond the inputs) of a step; None bytes on a CPU."""
    cuda, times = tensors[0].is_cuda, []
    if cuda:
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
    for _ in range(repeats):
        start = time.perf_counter()
        step(loss, *tensors)
        if cuda:  # the call returns before the work is done
            torch.cuda.synchronize()
        times.append(1e3 * (time.perf_counter() - start))
    peak = torch.cuda.max_memory_allocated() - before if cuda else None
    return statistics.median(times), peak


def compare(size=SIZE, device="cuda", dtype=torch.bfloat16, repeats=10):
    """Return a row for each loss: gaps to float32, milliseconds and bytes of a step."""
    tensors, rows = inputs(*size, device, dtype), []
    exact = SCALE["row_chunked_step"](*(t.detach().float() for t in tensors[:2]), tensors[2])
    for name, loss in losses(device).items():
        row = {"loss": name}
        try:
            value, *gradients = step(loss, *tensors)  # also the first, slow call
            row["loss, gap"] = abs(value.item() / exact[0] - 1)
            row |= zip(("dH, gap", "dW, gap"), map(gap, gradients, exact[1:]))
            del value, gradients
            row["ms"], row["bytes"] = measure(loss, tensors, repeats)
        except torch.OutOfMemoryError:
            row = dict.fromkeys(("loss, gap", "dH, gap", "dW, gap", "ms", "bytes"), "no memory")
            row = {"loss": name} | row
        rows.append(row)
    return rows


def main(*size):
    """Measure on the graphics processor, print and write."""
    if not torch.cuda.is_available():
        sys.exit("no CUDA device: nothing was measured")
    size = tuple(map(int, size)) or SIZE
    rows = compare(size)
    for row in rows:
        shown = (f"{v:,.4g}" if isinstance(v, float) else f"{v}" for v in row.values())
        print(*shown, sep=" | ")
    if size == SIZE:
        about = f"{torch.cuda.get_device_name()}, PyTorch {torch.__version__}"
        tables.write("gpu-losses", [row | {"device": about} for row in rows])


if __name__ == "__main__":
    main(*sys.argv[1:])
