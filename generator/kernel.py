"""The settings with which every kernel of the book starts, whoever starts it."""

import os
import sys
from pathlib import Path

# Variables that could change what a notebook draws, prints, computes or imports.
AMBIENT = (
    "VIRTUAL_ENV",
    "PYTHON",
    "IPYTHON",
    "JUPYTER",
    "MPL",
    "MATPLOTLIB",
    "ATEN",
    "TORCH",
    "OMP",
    "MKL",
    "MLX",
)


def environment():
    """Return the environment for a kernel, or for pytest, which starts kernels: a dict.

    Nothing that a person set up reaches it: it has our back end for figures, one thread, and
    settings of IPython, Jupyter and Matplotlib in a folder of this Python's own, which holds
    none. Raises OSError if that folder cannot be made.
    """
    folder = Path(sys.prefix, "kernel")
    folder.mkdir(exist_ok=True)
    variables = {k: v for k, v in os.environ.items() if not k.startswith(AMBIENT)}
    variables |= dict.fromkeys(["IPYTHONDIR", "JUPYTER_CONFIG_DIR", "MPLCONFIGDIR"], str(folder))
    variables |= {"JUPYTER_DATA_DIR": str(folder), "JUPYTER_NO_CONFIG": "1"}
    variables |= {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}
    return variables | {"OMP_NUM_THREADS": "1", "PYTHONUTF8": "1"}
