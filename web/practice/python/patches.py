"""Gives MicroPython the results of CPython where modules and builtins can be replaced.

`import patches` before anything else. What cannot be replaced: methods of str, list, int and
float, the order of a dict, and all operators between builtin kinds.
"""

import builtins
import sys
from fractions import as_ratio, divide

import mathematics

_float, _round, _sum = float, round, sum
_isinstance, _issubclass = isinstance, issubclass
_NUMBERS = (int, float, bool)


class float:
    """The builtin float, which also takes objects with item (tensors) and __float__."""

    def __new__(cls, value=0.0):
        if _isinstance(value, _NUMBERS + (str,)):
            try:
                return _float(value)
            except ValueError:
                raise ValueError(f"could not convert string to float: {value!r}") from None
        for method in ("as_float", "__float__"):
            if hasattr(value, method):
                return getattr(value, method)()
        kind = type(value).__name__
        raise TypeError(f"float() argument must be a string or a real number, not '{kind}'")


def _builtin(kinds):
    """Return a class, or a tuple of classes, with MicroPython's own for those replaced here."""
    if _isinstance(kinds, tuple):
        return tuple([_builtin(kind) for kind in kinds])
    return _OWN.get(kinds, kinds) if _isinstance(kinds, type) else kinds


def is_instance(value, kinds):
    """The builtin isinstance; in CPython a bool is an int."""
    kinds = _builtin(kinds)
    if value is True or value is False:
        return _issubclass(bool, kinds) or _issubclass(int, kinds)
    return _isinstance(value, kinds)


def is_subclass(kind, kinds):
    """The builtin issubclass; in CPython bool is a subclass of int."""
    kind, kinds = _builtin(kind), _builtin(kinds)
    return _issubclass(kind, kinds) or (kind is bool and _issubclass(int, kinds))


def rounded(number, ndigits=None):
    """The builtin round, exact for floats, and for classes with __round__."""
    if not _isinstance(number, _NUMBERS):
        if not hasattr(number, "__round__"):
            kind = type(number).__name__
            raise TypeError(f"type {kind} doesn't define __round__ method")
        return number.__round__() if ndigits is None else number.__round__(ndigits)
    if ndigits is None:
        if number in (mathematics.inf, -mathematics.inf):
            raise OverflowError("cannot convert float infinity to integer")
        if number != number:
            raise ValueError("cannot convert float NaN to integer")
        return _round(number + 0)
    number += 0  # True is 1
    if _isinstance(number, int) or number != number or number - number != 0:
        return _round(number, ndigits) if number - number == 0 else number
    if ndigits > 330 or not number:
        return number
    n, d = as_ratio(abs(number))
    n, d = (n * 10**ndigits, d) if ndigits > 0 else (n, d * 10**-ndigits)
    whole, rest = divmod(n, d)
    whole += 2 * rest > d or (2 * rest == d and whole & 1)
    # the float nearest to the rounded decimal; MicroPython's float("8261e-3") is not exact
    nearest = divide(whole, 10**ndigits) if ndigits > 0 else _float(whole * 10**-ndigits)
    return nearest if number > 0 else -nearest


def shortest(number):
    """Return the repr of a float: as few digits as tell it from others."""
    text = repr(number)
    if len(text) > 16 and 1e-4 <= abs(number) < 1e15:
        for digits in 15, 16:
            shorter = f"%.{digits}g" % number
            if _float(shorter) == number:
                return shorter if "." in shorter else shorter + ".0"
    return text


def in_order(items, *, key=None, reverse=False):
    """The builtin sorted: items with equal keys keep their order (MicroPython's need not)."""
    runs = [[(item if key is None else key(item), item)] for item in items]
    if reverse:
        runs.reverse()
    while len(runs) > 1:  # merge neighbours
        runs = [_merged(*runs[i : i + 2]) for i in range(0, len(runs), 2)]
    found = [item for _, item in runs[0]] if runs else []
    if reverse:
        found.reverse()
    return found


def _merged(left, right=()):
    merged, i = [], 0
    for pair in right:
        while i < len(left) and not pair[0] < left[i][0]:
            merged.append(left[i])
            i += 1
        merged.append(pair)
    return merged + left[i:]


def total(items, start=0):
    """The builtin sum, which takes start by name too."""
    if _isinstance(start, str):
        raise TypeError("sum() can't sum strings [use ''.join(seq) instead]")
    return _sum(items, start)


def _extreme(native, better):
    """Return the builtin native, which also compares tensors, by better(a, b)."""

    def pick(*values, **named):
        items = list(values[0]) if len(values) == 1 else values
        key = named.get("key") or (lambda item: item)
        if not any(hasattr(key(item), "backward") for item in items[:2]):
            return native(items, **named)
        best, found = items[0], key(items[0])
        for item in items[1:]:
            value = key(item)
            if better(value, found):
                best, found = item, value
        return best

    return pick


def _above(a, b):
    return bool(a > b if hasattr(a, "backward") else b < a)


_OWN = {float: _float}
BUILTINS = {
    "float": float,
    "isinstance": is_instance,
    "issubclass": is_subclass,
    "max": _extreme(max, _above),
    "min": _extreme(min, lambda a, b: _above(b, a)),
    "round": rounded,
    "sorted": in_order,
    "sum": total,
}


def _hide_float(kind):
    """Keep 2.5 * x from becoming 2.5 * float(x), as MicroPython reads it where x has __float__.

    A __float__ that returns no float lets it call x.__rmul__; the builtin float calls as_float.
    """
    kind.as_float = kind.__float__
    kind.__float__ = lambda self: None


def apply():
    """Put the replacements into force."""
    import torch  # before them, so that its own code calls MicroPython's fast math

    for name, value in BUILTINS.items():
        setattr(builtins, name, value)
    _hide_float(torch.Tensor)
    sys.modules["math"] = mathematics
    mathematics.__name__ = "math"


if sys.implementation.name == "micropython":
    apply()
