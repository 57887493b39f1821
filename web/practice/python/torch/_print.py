"""The printed form of a tensor: as torch prints it, with four digits."""

import math

LINE, EDGE, MANY = 80, 3, 1000  # characters a line, entries kept at an edge, entries before cutting


def _style(row, kind):
    """Return a function from a number to its text, all of the same width, for a row of numbers."""
    if kind.kind < 2:
        width = max([len(str(v)) for v in row] + [1])
        return lambda v: (" " * (width - len(str(v)))) + str(v)
    sizes = [abs(v) for v in row if v and -math.inf < v < math.inf]
    whole = all(v == math.ceil(v) for v in sizes)
    low, high = (min(sizes), max(sizes)) if sizes else (1, 1)
    powers = high / low > 1000 or high > 1e8 or (not whole and low < 1e-4)

    def text(v):
        if not -math.inf < v < math.inf:
            return "nan" if v != v else "inf" if v > 0 else "-inf"
        return f"{v:.4e}" if powers else f"{v:.0f}." if whole else f"{v:.4f}"

    finite = [v for v in row if v == v and v and -math.inf < v < math.inf]
    width = max([len(text(v)) for v in (finite if sizes else [])] + [1])
    return lambda v: (" " * (width - len(text(v)))) + text(v)


def _kept(n, cut):
    """Return the indices to print, with None for those left out."""
    if not cut or n <= 2 * EDGE:
        return list(range(n))
    return list(range(EDGE)) + [None] + list(range(n - EDGE, n))


def _seen(row, shape, cut):
    """Return the numbers that are printed."""
    if not shape:
        return list(row)
    step, found = len(row) // shape[0] if shape[0] else 0, []
    for i in _kept(shape[0], cut):
        if i is not None:
            found += _seen(row[i * step : (i + 1) * step], shape[1:], cut)
    return found


def _block(row, shape, indent, cut, text):
    if not shape:
        return text(row[0])
    step = len(row) // shape[0] if shape[0] else 0
    parts = ["..." if i is None else _block(row[i * step : (i + 1) * step], shape[1:], indent + 1,
                                            cut, text) for i in _kept(shape[0], cut)]  # fmt: skip
    if len(shape) > 1:
        return "[" + ("," + "\n" * (len(shape) - 1) + " " * (indent + 1)).join(parts) + "]"
    width = len(text(row[0])) + 2 if len(row) else 2
    a_line = max(1, (LINE - indent) // width)
    if cut and len(parts) > 2 * EDGE:
        parts[EDGE] = " ..."
    lines = [", ".join(parts[i : i + a_line]) for i in range(0, len(parts), a_line)]
    return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"


def shown(x):
    """Return what repr(x) is."""
    name = "Parameter containing:\n" if type(x).__name__ == "Parameter" else ""
    from ._core import _size, bool_, float32, int64

    notes, row = [], x._flat
    if not len(row):
        body = "[]"
        if len(x.shape) != 1:
            notes.append(f"size={tuple(x.shape)}")
        if x.dtype is not float32:
            notes.append(f"dtype={x.dtype}")
    else:
        cut = _size(x.shape) > MANY
        body = _block(row, list(x.shape), 7, cut, _style(_seen(row, x.shape, cut), x.dtype))
        if x.dtype not in (float32, int64, bool_):
            notes.append(f"dtype={x.dtype}")
    if x.grad_fn:
        notes.append(f"grad_fn=<{x.grad_fn.name()}>")
    elif x.requires_grad:
        notes.append("requires_grad=True")
    text = "tensor(" + body
    last = len(text) - text.rfind("\n")
    for note in notes:
        if last + len(note) + 3 > LINE:
            text, last = text + ",\n" + " " * 7 + note, 7 + len(note)
        else:
            text, last = text + ", " + note, last + len(note) + 2
    return name + text + ")"
