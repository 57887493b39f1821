"""A small twin of PyTorch for one page of exercises, in plain Python.

It gives the numbers, the error messages and the printed form of the real library, for the part
of it that the exercises use: tensors of numbers, broadcasting, reductions, indexing, matrix
products, and reverse-mode differentiation of any order. It has no GPU, no complex numbers, no
sparse tensors, and it is slow. What it cannot do raises `Missing`; it never guesses.

_core.py says how it works, and how an operation with its own derivative is made (`_make`).
"""

import sys

from . import _core, func, linalg, random  # noqa: F401 (they add functions to the table)

globals().update(_core.FUNCTIONS)
__version__ = "2.14 in small"
PARTS = ("autograd", "distributions", "func", "linalg", "nn", "optim", "random")


def __getattr__(name):
    """Import a part of torch when it is first asked for; say what there is not."""
    if name in PARTS:
        __import__(f"{__name__}.{name}")
        return sys.modules[f"{__name__}.{name}"]
    raise _core.no_attribute("torch", name, f"module 'torch' has no attribute '{name}'")
