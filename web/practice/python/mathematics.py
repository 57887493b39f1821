"""The module math with CPython's functions, results and errors: `patches` offers it as math."""

import math as _math
from fractions import _bits, as_ratio, divide
from math import e, frexp, inf, nan, pi, tau  # noqa: F401


def _whole(value):
    """Return value if it is a whole number, else raise CPython's error."""
    if hasattr(value, "item") and not isinstance(value, (int, bool)):
        value = value.item()
    if isinstance(value, (int, bool)):
        return value + 0
    raise TypeError(f"'{type(value).__name__}' object cannot be interpreted as an integer")


def _real(value):
    """Return value as a float, also of a tensor with one element."""
    if isinstance(value, (int, float, bool)):
        return value * 1.0  # adding 0.0 would lose the sign of -0.0
    for method in ("as_float", "__float__"):
        if hasattr(value, method):
            return getattr(value, method)()
    raise TypeError(f"must be real number, not {type(value).__name__}")


def _of_reals(function):
    """Return function with CPython's errors, for one or two real numbers."""

    def checked(*values):
        values = [_real(value) for value in values]
        try:
            result = function(*values)
        except ValueError:
            # MicroPython reports a result that is too large as an error of the domain
            if function in _OVERFLOWING and values[0] == values[0]:
                raise OverflowError("math range error") from None
            raise ValueError("math domain error") from None
        if result in (inf, -inf) and not any(value in (inf, -inf) for value in values):
            raise OverflowError("math range error")
        return result

    return checked


_OVERFLOWING = (_math.exp, _math.expm1, _math.cosh, _math.sinh)

for _name in """acos acosh asin asinh atan2 atanh cos cosh exp expm1 sin sinh sqrt tan tanh erf erfc
gamma lgamma fabs fmod""".split():
    globals()[_name] = _of_reals(getattr(_math, _name))
for _name in "copysign isfinite isinf isnan atan degrees radians".split():
    globals()[_name] = lambda *values, name=_name: getattr(_math, name)(*map(_real, values))


def pow(x, y):
    """Return x to the power y, as floats."""
    x, y = _real(x), _real(y)
    if (x == 0 and y < 0) or (
        x < 0 and _math.isfinite(x) and _math.isfinite(y) and y != _math.floor(y)
    ):
        raise ValueError("math domain error")
    result = x**y
    if result in (inf, -inf) and _math.isfinite(x) and _math.isfinite(y):
        raise OverflowError("math range error")
    return result


def log1p(x):
    """Return log(1 + x), also where x is tiny: the rounding of 1 + x is divided out."""
    x = _real(x)
    if x <= -1:
        raise ValueError("math domain error")
    near = 1.0 + x
    if near == 1.0 or near == inf:
        return x
    return _math.log(near) - ((near - 1.0) - x) / near


def _log_of(value, function):
    """Return function(value), also for a whole number that no float holds."""
    if isinstance(value, int) and not -(1 << 1000) < value < 1 << 1000:
        if value < 0:
            raise ValueError("math domain error")
        shift = _bits(value) - 60
        return function(float(value >> shift)) + shift * function(2.0)
    value = _real(value)
    if value <= 0 or value != value:
        if value != value:
            return value
        raise ValueError("math domain error")
    return value if value == inf else function(value)


def log(value, *base):
    """Return the natural logarithm, or that to a base."""
    if len(base) > 1:
        raise TypeError(f"log expected at most 2 arguments, got {1 + len(base)}")
    result = _log_of(value, _math.log)
    below = _log_of(base[0], _math.log) if base else 1.0
    if below == 0:
        raise ZeroDivisionError("float division by zero")
    return result / below


def log2(value):
    return _log_of(value, _math.log2)


def log10(value):
    return _log_of(value, _math.log10)


def _integer(value, function, method):
    """Return floor, ceil or trunc of value; method is the name that classes give to it."""
    if hasattr(value, method) and not isinstance(value, (int, float, bool)):
        return getattr(value, method)()
    if isinstance(value, (int, bool)):
        return value + 0
    value = _real(value)
    if value != value:
        raise ValueError("cannot convert float NaN to integer")
    if value in (inf, -inf):
        raise OverflowError("cannot convert float infinity to integer")
    return function(value)


def floor(value):
    return _integer(value, _math.floor, "__floor__")


def ceil(value):
    return _integer(value, _math.ceil, "__ceil__")


def comb(n, k):
    n, k = _whole(n), _whole(k)
    if n < 0 or k < 0:
        raise ValueError(f"{'n' if n < 0 else 'k'} must be a non-negative integer")
    k, result = min(k, n - k), 1
    for i in range(k):
        result = result * (n - i) // (i + 1)
    return result if k >= 0 else 0


def prod(numbers, *, start=1):
    for number in numbers:
        start = start * number
    return start


def fsum(numbers):
    """Return the sum of floats, rounded once: exact in multiples of the smallest float."""
    total, rest = 0, 0.0
    for number in map(_real, numbers):
        if _math.isfinite(number):
            n, d = as_ratio(number)
            total += n * ((1 << 1074) // d)
        else:
            rest += number
    return rest if rest != 0 else divide(total, 1 << 1074)


def isclose(a, b, *, rel_tol=1e-09, abs_tol=0.0):
    a, b = _real(a), _real(b)
    if rel_tol < 0 or abs_tol < 0:
        raise ValueError("tolerances must be non-negative")
    if a == b:
        return True
    gap = abs(a - b)
    return _math.isfinite(gap) and gap <= max(rel_tol * max(abs(a), abs(b)), abs_tol)


LACKING = """cbrt dist exp2 factorial fma gcd hypot isqrt lcm ldexp modf nextafter perm remainder
sumprod trunc ulp""".split()


def __getattr__(name):
    if name in LACKING:
        raise ImportError(f"math.{name}")  # which is no verdict: see `judge.why_not`
    raise AttributeError(f"module 'math' has no attribute '{name}'")
