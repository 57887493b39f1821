"""Random numbers: for a seed the same ones as torch's, drawn by the Mersenne twister MT19937.

The 624 words of the twister's state are kept side by side in one long integer. So one operation
on integers works on all words at once, which is faster by far than a loop over them.

From 16 normal numbers of float32 on, the last digit depends on the machine, here as in torch.
Left out are whole numbers other than permutations, and dropout.
"""

import math
import time
from array import array

from ._core import (  # fmt: skip
    DEFAULT,
    FUNCTIONS,
    ROUND,
    Missing,
    Tensor,
    _finish,
    _inplace,
    _log1p,
    _make,
    _may_write,
    _size,
    float32,
    float64,
    int64,
    no_attribute,
    offered,
)

N, AHEAD = 624, 397
ALL = (1 << 32 * N) - 1
EACH = ALL // 0xFFFFFFFF  # the word 1, N times
HIGH, LOW = 0x80000000 * EACH, 0x7FFFFFFF * EACH
# Words shifted right must not spill over into their neighbours, words shifted left neither.
KEEP_11, KEEP_18, MASK_7, MASK_15 = [
    mask * EACH for mask in (0x1FFFFF, 0x3FFF, 0x9D2C5680, 0xEFC60000)
]


def _mixed(y):
    """Return the twister's linear map of each word of y."""
    return (y >> 1 & LOW) ^ (y & EACH) * 0x9908B0DF


class Generator:
    """A source of random numbers."""

    def __init__(self, device="cpu"):
        self.manual_seed(67280421310721)

    def manual_seed(self, seed):
        """Start anew from a seed; return the generator."""
        if not isinstance(seed, int):
            kind = type(seed).__name__
            raise RuntimeError(f"manual_seed expected a long, but got {kind}")
        word, words = seed & 0xFFFFFFFF, []
        for i in range(N):
            words.append(word)
            word = 1812433253 * (word ^ word >> 30) + i + 1 & 0xFFFFFFFF
        self._words = int.from_bytes(b"".join([w.to_bytes(4, "little") for w in words]), "little")
        self._ready, self._used = array("I"), 0
        self._normal = None  # the second of a pair of normal numbers, kept for the next call
        return self

    def __getattr__(self, name):
        message = f"'torch._C.Generator' object has no attribute '{name}'"
        raise no_attribute("Generator", name, message)

    def _twist(self):
        """Compute the next 624 draws."""
        old = self._words
        y = (old & HIGH) | (old >> 32 & LOW)
        # The last word needs the new first one, later words need new ones 227 places back.
        first = (_mixed(y) ^ old >> 32 * AHEAD) & 0xFFFFFFFF
        y |= (first & 0x7FFFFFFF) << 32 * (N - 1)
        mixed, new, done = _mixed(y), 0, 0
        back = old >> 32 * AHEAD
        while done < N:
            step = min(N - AHEAD, N - done)
            part = (mixed >> 32 * done ^ back) & (1 << 32 * step) - 1
            new |= part << 32 * done
            done, back = done + step, part
        self._words = new
        new ^= new >> 11 & KEEP_11
        new ^= new << 7 & MASK_7
        new ^= new << 15 & MASK_15
        new ^= new >> 18 & KEEP_18
        self._ready, self._used = array("I", new.to_bytes(4 * N, "little")), 0

    def _draws(self, n):
        """Return the next n whole numbers of 32 bits, in an array."""
        drawn = array("I")
        while len(drawn) < n:
            if self._used == len(self._ready):
                self._twist()
            some = self._ready[self._used : self._used + n - len(drawn)]
            self._used += len(some)
            drawn += some
        return drawn

    def _singles(self, n):
        """Return n numbers from 0 to 1 of 24 bits, for float32."""
        return [(draw & 0xFFFFFF) / 16777216 for draw in self._draws(n)]

    def _doubles(self, n):
        """Return n numbers from 0 to 1 of 53 bits, from two draws each, for float64."""
        w, scale = self._draws(2 * n), 2.0**-53
        return [((w[i] & 0x1FFFFF) * 4294967296.0 + w[i + 1]) * scale for i in range(0, 2 * n, 2)]

    def _few_normals(self, n):
        """Return n normal numbers, by twos from a length and an angle."""
        drawn = []
        while len(drawn) < n:
            if self._normal is None:
                turn, u = self._doubles(2)
                length, angle = math.sqrt(-2.0 * _log1p(-u)), 2.0 * math.pi * turn
                drawn.append(length * math.cos(angle))
                self._normal = length * math.sin(angle)
            else:
                drawn.append(self._normal)
                self._normal = None
        return drawn

    def _many_normals(self, n, code):
        """Return n >= 16 normal numbers in an array: eight pairs from each 16 uniform ones."""
        uniform = self._doubles if code == "d" else self._singles
        drawn = _box_muller(uniform(n), code)
        # where n is no multiple of 16, the last 16 are drawn again
        return drawn[: n - 16] + _box_muller(uniform(16), code) if n % 16 else drawn


def _box_muller(row, code):
    """Return normal numbers for uniform ones: numbers j and j + 8 of each 16 make a pair."""
    sqrt, log, cos, sin = math.sqrt, math.log, math.cos, math.sin
    places = [i + j for i in range(0, len(row) - 15, 16) for j in range(8)]
    # array rounds to float32 where code is "f": each step is rounded, as torch takes it
    logs = array(code, [log(1.0 - row[i]) for i in places])
    lengths = array(code, [sqrt(-2.0 * v) for v in logs])
    circle = array(code, [2.0 * math.pi])[0]
    angles = array(code, [circle * row[i + 8] for i in places])
    across, up = array(code, map(cos, angles)), array(code, map(sin, angles))
    for k in range(len(places)):
        i, length = places[k], lengths[k]
        row[i], row[i + 8] = length * across[k], length * up[k]
    return array(code, row)


default_generator = Generator().manual_seed(time.time_ns())  # as in torch, new each time
BLOCKED = [False]  # whether vmap is running


def _from(generator, kind=float32, name="uniform"):
    """Return the generator, once it is known that numbers of that kind can be drawn."""
    if BLOCKED[0]:
        raise Missing("random numbers inside vmap")
    if kind.kind < 2:
        name = {"uniform": "check_uniform_bounds", "normal": "normal_kernel_cpu"}[name]
        raise NotImplementedError(f"\"{name}\" not implemented for '{kind.short}'")
    if generator is not None and not isinstance(generator, Generator):
        raise TypeError(f"expected a torch.Generator, not {type(generator).__name__}")
    return default_generator if generator is None else generator


@offered
def manual_seed(seed):
    """Start the default generator anew."""
    return default_generator.manual_seed(seed)


def _uniform_row(n, kind, generator):
    """Return n numbers from 0 to 1."""
    generator = _from(generator, kind)
    return generator._doubles(n) if kind is float64 else generator._singles(n)


def _normal_row(n, kind, generator):
    """Return n numbers of mean 0 and standard deviation 1."""
    generator = _from(generator, kind, "normal")
    if n < 16:
        return generator._few_normals(n)
    if kind in ROUND:
        raise Missing(f"torch.randn of 16 and more in {kind}")
    return generator._many_normals(n, "f" if kind is float32 else "d")


def _sizes(name, size):
    """Return a shape from f(2, 3) or f((2, 3)), which must not be negative."""
    if len(size) == 1 and isinstance(size[0], (tuple, list)):
        size = size[0]
    for n in size:
        if not isinstance(n, (int, Tensor)):
            kind = type(n).__name__
            raise TypeError(
                f"{name}(): argument 'size' (position 1) must be tuple of ints, not {kind}"
            )
        if int(n) < 0:
            size = [int(m) for m in size]
            raise RuntimeError(f"Trying to create tensor with negative dimension {n}: {size}")
    return tuple([int(n) for n in size])


def _drawn(name, row):
    """Offer torch.rand or torch.randn, made of a function for rows, and the same with _like."""

    def draw(*size, generator=None, dtype=None, device=None, requires_grad=False, **named):
        if not size and "size" not in named:
            raise TypeError(
                f"{name}() received an invalid combination of arguments - got (), "
                "but expected one of:"
            )
        shape, kind = _sizes(name, named.get("size", size)), dtype or DEFAULT[0]
        return _finish(_make(row(_size(shape), kind, generator), shape, kind), requires_grad)

    FUNCTIONS[name] = draw
    FUNCTIONS[name + "_like"] = lambda input, dtype=None, **named: draw(
        input.shape, dtype=dtype or input.dtype, **named
    )


_drawn("rand", _uniform_row)
_drawn("randn", _normal_row)


@offered
def randperm(n, generator=None, dtype=int64, **named):
    """Return 0, ..., n - 1 in random order: each place is swapped with one from it on."""
    if n < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension {n}: [{n}]")
    order, draws = list(range(n)), _from(generator)._draws(max(0, n - 1))
    for i in range(n - 1):
        j = i + draws[i] % (n - i)
        order[i], order[j] = order[j], order[i]
    return _make(order, (n,), dtype)


@offered
def normal(mean=0.0, std=1.0, size=None, generator=None, dtype=None, **named):
    """Return normal numbers with a mean and a standard deviation."""
    if isinstance(mean, Tensor) or isinstance(std, Tensor) or size is None:
        raise Missing("torch.normal of this form")
    return FUNCTIONS["zeros"](size, dtype=dtype).normal_(mean, std, generator=generator)


@offered
def multinomial(input, num_samples, replacement=False, generator=None):
    """Return numbers of classes, drawn with probabilities in proportion to input."""
    if not 0 < input.ndim < 3 or input.dtype not in (float32, float64):
        raise Missing("torch.multinomial of this form")
    classes, flat = input.shape[-1], list(input._flat)
    if num_samples <= 0:
        raise RuntimeError("cannot sample n_sample <= 0 samples")
    if not replacement and num_samples > classes:
        raise RuntimeError(
            "cannot sample n_sample > prob_dist.size(-1) samples without replacement"
        )
    if any(not 0 <= p < math.inf for p in flat):
        raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
    rows = [flat[i : i + classes] for i in range(0, len(flat), classes)]
    if any(sum(row) <= 0 for row in rows):
        raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")
    if not replacement or num_samples == 1:
        # a race: a class arrives the sooner the larger its probability is
        waits = [-_log1p(-u) for u in _from(generator)._doubles(len(flat))]
        ratios = input / _make(waits, input.shape, input.dtype)
        if num_samples == 1:
            return ratios.argmax(-1, keepdim=True)
        return ratios.topk(num_samples).indices
    code, found = "f" if input.dtype is float32 else "d", []
    for row in rows:
        limits = array(code, row)
        for k in range(1, classes):
            limits[k] += limits[k - 1]
        limits = array(code, [limit / limits[-1] for limit in limits])
        for u in _from(generator)._doubles(num_samples):
            low, high = 0, classes - 1  # the first class whose limit is not below u
            while low < high:
                middle = (low + high) // 2
                low, high = (middle + 1, high) if limits[middle] < u else (low, middle)
            found.append(low)
    return _make(found, tuple(input.shape[:-1]) + (num_samples,), int64)


def _uniform_(self, a=0.0, b=1.0, *, generator=None):
    """Overwrite self by numbers from a to b."""
    _may_write(self)
    values = [v * (b - a) + a for v in _uniform_row(self.numel(), self.dtype, generator)]
    return _inplace(self, _make(values, self.shape, self.dtype))


def _normal_(self, mean=0.0, std=1.0, *, generator=None):
    """Overwrite self by normal numbers."""
    _may_write(self)
    values = [v * std + mean for v in _normal_row(self.numel(), self.dtype, generator)]
    return _inplace(self, _make(values, self.shape, self.dtype))


Tensor.uniform_, Tensor.normal_ = _uniform_, _normal_
FUNCTIONS["Generator"], FUNCTIONS["default_generator"] = Generator, default_generator
