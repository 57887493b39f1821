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
# Figures are SVG: sharp at any size, and the same file each time, so without its date and with
# names of our own. Images in them stay as they are, pixel by pixel.
SETTINGS = {
    "profile_default/ipython_kernel_config.py": """\
c.InlineBackend.figure_formats = {"svg"}
c.InlineBackend.print_figure_kwargs = {"bbox_inches": "tight", "metadata": {"Date": None}}
""",
    "matplotlibrc": """\
svg.hashsalt: book
image.interpolation: none
""",
}


def environment():
    """Return the environment for a kernel, or for pytest, which starts kernels: a dict.

    Nothing that a person set up reaches it: it has our back end for figures, one thread, and
    SETTINGS of IPython and Matplotlib in a folder of this Python's own. Raises OSError if that
    folder cannot be made.
    """
    folder = Path(sys.prefix, "kernels")
    for name, text in SETTINGS.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists() or file.read_text() != text:
            draft = file.with_name(f"{file.name}.{os.getpid()}")
            draft.write_text(text)
            os.replace(draft, file)  # at once, for the kernels of another process
    variables = {k: v for k, v in os.environ.items() if not k.startswith(AMBIENT)}
    variables |= dict.fromkeys(["IPYTHONDIR", "JUPYTER_CONFIG_DIR", "MPLCONFIGDIR"], str(folder))
    variables |= {"JUPYTER_DATA_DIR": str(folder), "JUPYTER_NO_CONFIG": "1"}
    variables |= {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}
    return variables | {"OMP_NUM_THREADS": "1", "PYTHONUTF8": "1"}
