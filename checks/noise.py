"""Run in a kernel as it starts: each matrix product gets noise, as from another processor.

A product's last bits depend on the order of its sums, so on the processor and the number
of threads. Here each number of it changes by up to 8 units in the last place: 1e-6 of
itself in float32. Through the gradients the noise gets into all trained weights.
NOISE in the environment chooses which noise; the same number always changes alike, so
that what is computed twice stays equal. Numbers that need few bits are left as they
are: they are exact on every processor.
"""

import os
from contextlib import suppress

import torch
from torch.utils._python_dispatch import TorchDispatchMode

PRODUCTS = ["mm", "bmm", "mv", "dot", "addmm", "addmv", "addbmm", "baddbmm", "linear", "matmul"]
INTEGERS = {torch.float32: torch.int32, torch.float64: torch.int64}
SIZE = 8  # units in the last place, at most
FEW_BITS = 1 << 12
WHICH = int(os.environ["NOISE"])


def hashed(bits):
    """Return 53-bit integers that look random, from 64-bit ones: multiply and shift, twice."""
    bits = (bits + WHICH) * 0x2545F4914F6CDD1D
    return ((bits ^ (bits >> 29)) * 0x1B873593CC9E2D51) >> 11


def noisy(values):
    """Return values (a tensor of one of INTEGERS' types) with noise."""
    bits = values.contiguous().view(INTEGERS[values.dtype]).long()
    noise = hashed(bits).double() / 2**52
    changed = values.double() * (1 + SIZE * torch.finfo(values.dtype).eps * noise)
    return torch.where(bits % FEW_BITS == 0, values, changed.to(values.dtype))


class Noise(TorchDispatchMode):
    """Adds noise to the result of each matrix product, backward passes included."""

    def __torch_dispatch__(self, function, types, arguments=(), options=None):
        """Call function; change what it returns, in place."""
        result = function(*arguments, **(options or {}))
        name = function.overloadpacket.__name__.rstrip("_")
        if name in PRODUCTS and result.dtype in INTEGERS:
            result.copy_(noisy(result))
        return result


Noise().__enter__()

with suppress(ImportError):  # MLX is not made for every system
    import mlx.core as mx

    def with_noise(product):
        """Return a product of MLX whose float32 results have the same noise."""

        def noisy_product(*arguments, **options):
            result = product(*arguments, **options)
            if result.dtype != mx.float32:
                return result
            bits = mx.stop_gradient(result).view(mx.int32).astype(mx.int64)
            noise = hashed(bits).astype(mx.float32) / 2**52
            factor = 1 + SIZE * torch.finfo(torch.float32).eps * noise
            return result * mx.stop_gradient(mx.where(bits % FEW_BITS == 0, 1, factor))

        return noisy_product

    mx.addmm, mx.matmul = with_noise(mx.addmm), with_noise(mx.matmul)
    mx.array.__matmul__ = with_noise(mx.array.__matmul__)
