"""Tensors and how they are computed, indexed and differentiated.

A Tensor has a shape, a dtype and a `_Storage`, which is a flat row of numbers. Views (a row, a
transposed matrix, a reshaped one) share the storage and know the positions of their entries in
it, so what is written through a view is seen everywhere.

An operation computes its flat result and records a node: for each input a rule that turns the
gradient of the result into the gradient of that input. Rules are made of tensor operations
themselves, so that a gradient can be differentiated again.

For the other modules of the package:
    _make(values, shape, dtype, rules=(), name="")  a new tensor of flat values; a rule is
        (input, function from the result's gradient to the input's, *tensors that it reads)
    _take(x, positions, shape, name)  entries of x by flat position, differentiable
    x._flat  the flat values;  _size(shape);  _lanes(x, dims)  shape left, rows along dims
    _write(x, values)  overwrite x;  _inplace(x, result)  x becomes result, as x.add_ does
    _gradients(pairs of output and gradient, create_graph)  the engine: {node: gradient}
    both(f)  decorator: f becomes a method of Tensor and a function of torch
"""

import math
from array import array
from builtins import float, isinstance, round, sorted, sum  # noqa: UP029

from ._errors import error

inf, nan = math.inf, math.nan
LIMIT = 2_000_000  # entries that one tensor may hold
FUNCTIONS = {}  # what torch/__init__.py offers as torch.name


class Missing(BaseException):
    """Torch can do this, and the twin cannot. No `except Exception` makes a verdict of it."""


def no_attribute(owner, name, message):
    """Return the error for a missing attribute: Missing, if torch's own owner has it."""
    if name[:1] != "_":
        from ._names import has

        if has(owner, name):
            return Missing(f"it has no {owner}.{name}")
    return AttributeError(message)


# Kinds of numbers ------------------------------------------------------------------------------
class DType:
    """A kind of number: kind 0 is bool, 1 whole numbers, 2 floating point; size in bytes."""

    def __init__(self, name, kind, itemsize, short, c_name, low=0, high=1):
        self.name, self.kind, self.itemsize, self.low, self.high = name, kind, itemsize, low, high
        self.is_floating_point, self.short, self.c_name = kind == 2, short, c_name

    def __repr__(self):
        return "torch." + self.name


bool_, uint8 = DType("bool", 0, 1, "Bool", "bool"), DType("uint8", 1, 1, "Byte", "unsigned char",
                                                          0, 255)  # fmt: skip
int8, int16, int32, int64 = [
    DType(f"int{8 * size}", 1, size, short, c_name, -(2 ** (8 * size - 1)), 2 ** (8 * size - 1) - 1)
    for size, short, c_name in (
        (1, "Char", "signed char"), (2, "Short", "short"), (4, "Int", "int"),
        (8, "Long", "long int"),
    )
]  # fmt: skip
bfloat16, float16, float32, float64 = [
    DType(name, 2, size, short, c_name)
    for name, size, short, c_name in (
        ("bfloat16", 2, "BFloat16", "c10::BFloat16"), ("float16", 2, "Half", "c10::Half"),
        ("float32", 4, "Float", "float"), ("float64", 8, "Double", "double"),
    )
]  # fmt: skip
DTYPES = (bool_, uint8, int8, int16, int32, int64, bfloat16, float16, float32, float64)
HALVES = {float16: (11, -13, 65504.0), bfloat16: (8, -125, 3.3895313892515355e38)}


def _rounder(kind):
    """Return a function that rounds a float to the digits of a 16-bit kind, ties to even."""
    digits, lowest, largest = HALVES[kind]

    def rounded(v):
        if v != v or v in (inf, -inf) or v == 0:
            return v
        shift = math.ldexp(1.5, max(math.frexp(v)[1], lowest) + 52 - digits)
        v = math.copysign(v + shift - shift, v)
        return v if abs(v) <= largest else math.copysign(inf, v)

    return rounded


ROUND = {kind: _rounder(kind) for kind in HALVES}


def _stored(values, kind):
    """Return flat values as they are kept in dtype kind: arrays of floats, else lists."""
    if kind is float64:
        return array("d", values)
    if kind is float32:
        return array("f", values)
    if kind in ROUND:
        return array("d", [ROUND[kind](v) for v in values])
    if kind is bool_:
        return [bool(v) for v in values]
    values = [v if isinstance(v, int) else int(v) for v in values]
    if values and (min(values) < kind.low or max(values) > kind.high):  # too large: wrap round
        span = kind.high - kind.low + 1
        values = [(v - kind.low) % span + kind.low for v in values]
    return values


def promote_types(a, b):
    """Return the dtype that holds numbers of both."""
    if a.kind != b.kind:
        return a if a.kind > b.kind else b
    if a is b or a.itemsize != b.itemsize:
        return a if a.itemsize >= b.itemsize else b
    return float32 if a.kind == 2 else int16  # of float16 and bfloat16, of uint8 and int8


DEFAULT = [float32]


def _kind_of(number):
    """Return the dtype of a Python number."""
    if isinstance(number, (bool, int)):
        return bool_ if number is True or number is False else int64
    if isinstance(number, float):
        return DEFAULT[0]
    raise TypeError(f"must be real number, not {type(number).__name__}")


def result_type(*operands):
    """Return the dtype of a result: numbers and 0-dim tensors only raise the kind."""
    groups = [None, None, None]
    for x in operands:
        rank, kind = (0 if x.shape else 1, x.dtype) if isinstance(x, Tensor) else (2, _kind_of(x))
        groups[rank] = kind if groups[rank] is None else promote_types(groups[rank], kind)
    found = None
    for kind in groups:
        if found is None or (kind and kind.kind > found.kind):
            found = kind or found
    return found


# Shapes ----------------------------------------------------------------------------------------
class Size(tuple):
    """A shape."""

    def __repr__(self):
        return f"torch.Size({list(self)})"

    __str__ = __repr__
    numel = lambda self: _size(self)


def _size(shape):
    """Return how many entries a shape has."""
    n = 1
    for length in shape:
        n *= length
    return n


def _strides(shape):
    """Return how far apart neighbours lie in the flat row, for each dimension."""
    steps, step = [], 1
    for length in reversed(list(shape)):
        steps.append(step)
        step *= length
    return steps[::-1]


def _offsets(lengths, steps):
    """Return flat positions of all entries of a block, given steps for each dimension."""
    found = [0]
    for length, step in zip(lengths, steps):
        places = [i * step for i in range(length)]
        found = [o + i for o in found for i in places] if found != [0] else places
    return found


def _shape_of(sizes):
    """Return a shape from f(2, 3) or f((2, 3))."""
    if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)):
        sizes = sizes[0]
    return tuple([int(n) for n in sizes])


def broadcast_shapes(*shapes):
    """Return the common shape to which shapes are stretched."""
    shapes = [(s,) if isinstance(s, int) else tuple(s) for s in shapes]
    width = max([len(s) for s in shapes] + [0])
    found = [1] * width
    for k, shape in enumerate(shapes):
        for i, n in enumerate(shape, width - len(shape)):
            if found[i] == 1:
                found[i] = n
            elif n not in (1, found[i]):
                raise error("broadcast_shapes", n, i - width, k, shape, found)
    return Size(found)


def _common_shape(a, b):
    """Return the shape of an operation on shapes a and b."""
    if a == b or not b:
        return a
    width = max(len(a), len(b))
    a, b = (1,) * (width - len(a)) + tuple(a), (1,) * (width - len(b)) + tuple(b)
    for i in range(width - 1, -1, -1):
        if a[i] != b[i] and a[i] != 1 and b[i] != 1:
            raise error("common_shape", a[i], b[i], i)
    return Size([n if m == 1 else m for n, m in zip(a, b)])


def _dim(dim, ndim):
    """Return dim as a number from 0 on."""
    if isinstance(dim, Tensor):
        dim = dim.item()
        if not isinstance(dim, int):
            raise Missing("a tensor for dim")
    if not isinstance(dim, int):
        raise TypeError(f"argument 'dim' must be int, not {type(dim).__name__}")
    low = max(ndim, 1)
    if not -low <= dim < low:
        raise error("dim", -low, low - 1, dim)
    return dim % low


# Tensors ---------------------------------------------------------------------------------------
class _Storage:
    """A flat row of numbers: `data`, or (to save memory) one number, n times, in `fill`."""

    def __init__(self, data, n=None):
        self._data, self.fill, self.n, self.version = data, None, n, 0
        if n is not None:
            self._data, self.fill = None, data

    def data(self):
        if self._data is None:
            _room(self.n)
            one = self.fill
            if isinstance(one, array):
                self._data = array(repr(one)[7], [one[0]] * self.n)  # [7]: the type code
            else:
                self._data = one * self.n
        self.fill = None
        return self._data


class _Node:
    """A step of a computation: rules leads to the inputs' gradients, leaf is a tensor's own."""

    count = 0
    keeper = None

    def __init__(self, rules, name="", leaf=None, saved=()):
        self.rules, self.label, self.leaf, self.saved = rules, name, leaf, saved
        _Node.count += 1
        self.order = _Node.count

    def name(self):
        return "AccumulateGrad" if self.leaf is not None else self.label + "Backward0"

    def __repr__(self):
        return f"<{self.name()} object>"


class _Mode:
    """Switch recording of gradients on or off: with no_grad(): ..., or @no_grad()."""

    on, value = True, False

    def __init__(self, value=None):
        if value is not None:
            self.value = bool(value)

    def __enter__(self):
        self.before, _Mode.on = _Mode.on, self.value
        return self

    def __exit__(self, *error):
        _Mode.on = self.before

    def __call__(self, function):
        def inside(*inputs, **named):
            with type(self)(self.value):
                return function(*inputs, **named)

        return inside


class no_grad(_Mode):
    """Operations inside do not record how they were computed."""


inference_mode = no_grad


class enable_grad(_Mode):
    """Operations inside record how they were computed."""

    value = True


class Tensor:
    """An array of numbers of one dtype."""

    def __init__(self, *values, **hidden):
        if hidden:
            self._set(hidden["storage"], hidden["shape"], hidden["dtype"], hidden.get("at"))
            return
        if values and all(isinstance(v, int) for v in values):
            made = FUNCTIONS["empty"](*values)
        else:
            made = FUNCTIONS["tensor"](values[0] if values else [], dtype=float32)
        self._set(made._storage, made.shape, made.dtype, None)

    def _set(self, storage, shape, kind, at):
        self._storage, self.shape, self.dtype, self._at = storage, shape, kind, at
        self.requires_grad, self.grad, self._node, self._view = False, None, None, False
        self._seen = self._copy = None
        if type(shape) is not Size:
            self.shape = Size(shape)

    @property
    def _flat(self):
        """The flat values, in order; not to be changed."""
        if self._at is None:
            return self._storage.data()
        if self._seen != self._storage.version:
            row, at = self._storage.data(), self._at
            if isinstance(at, range):
                self._copy = row[at.start : at.stop]
            else:
                self._copy = [row[i] for i in at]
            self._seen = self._storage.version
        return self._copy

    def _constant(self):
        """The one number, in a row, if there is one entry or all are kept as one; else None."""
        if self._storage.fill is not None:
            return self._storage.fill
        return self._flat if _size(self.shape) == 1 else None

    # What a tensor is
    ndim = property(lambda self: len(self.shape))
    is_leaf = property(lambda self: self._node is None or self._node.leaf is not None)
    grad_fn = property(lambda self: None if self.is_leaf else self._node)
    itemsize = property(lambda self: self.dtype.itemsize)
    nbytes = property(lambda self: _size(self.shape) * self.dtype.itemsize)
    device = property(lambda self: Device("cpu"))
    T = property(lambda self: self.permute(*reversed(range(self.ndim))))
    mT = property(lambda self: self.transpose(-2, -1))
    dim = lambda self: len(self.shape)
    numel = nelement = lambda self: _size(self.shape)
    element_size = lambda self: self.dtype.itemsize
    is_contiguous = lambda self: self._at is None or isinstance(self._at, range)
    is_floating_point = lambda self: self.dtype.kind == 2
    cpu = contiguous = lambda self: self
    __hash__ = lambda self: id(self)
    __float__ = lambda self: float(self._only())
    __int__ = lambda self: int(self._only())
    __contains__ = lambda self, x: bool((self == x).any())

    @property
    def data(self):
        return _share(self)

    @data.setter
    def data(self, other):
        self._storage, self._at = other._storage, other._at
        self.shape, self.dtype, self._seen = other.shape, other.dtype, None

    def __len__(self):
        if not self.shape:
            raise TypeError("len() of a 0-d tensor")
        return self.shape[0]

    def __iter__(self):
        if not self.shape:
            raise TypeError("iteration over a 0-d tensor")
        return iter([self[i] for i in range(self.shape[0])])

    def __bool__(self):
        if _size(self.shape) != 1:
            many = "more than one value" if _size(self.shape) else "no values"
            raise RuntimeError(f"Boolean value of Tensor with {many} is ambiguous")
        return bool(self._flat[0])

    def item(self):
        """Return the only entry as a Python number."""
        n = _size(self.shape)
        if n != 1:
            raise RuntimeError(f"a Tensor with {n} elements cannot be converted to Scalar")
        return self._flat[0]

    def _only(self):
        if _size(self.shape) != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        return self._flat[0]

    def __index__(self):
        if self.dtype.kind == 2 or _size(self.shape) != 1:
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self.item())

    def __format__(self, form):
        if not self.shape:
            return ("{:" + form + "}").format(self.item())
        if form:
            raise TypeError("unsupported format string passed to Tensor.__format__")
        return str(self)

    def __getattr__(self, name):
        kind = type(self).__name__
        raise no_attribute("Tensor", name, f"'{kind}' object has no attribute '{name}'")

    def tolist(self):
        """Return nested lists of Python numbers."""

        def nest(row, shape):
            if len(shape) < 2:
                return list(row) if shape else row[0]
            step = _size(shape[1:])
            return [nest(row[i * step : (i + 1) * step], shape[1:]) for i in range(shape[0])]

        return nest(self._flat, self.shape)

    def size(self, dim=None):
        return self.shape if dim is None else self.shape[_dim(dim, self.ndim)]

    def numpy(self, **named):
        if self.requires_grad:
            raise error("numpy")
        raise Missing("no numpy")

    def __repr__(self):
        from ._print import shown

        return shown(self)

    __str__ = __repr__


class Device:
    """Where a tensor lives: here always the same place."""

    index = None

    def __init__(self, kind):
        self.type = getattr(kind, "type", kind)
        if self.type not in ("cpu", "meta"):
            raise Missing(f"the device {kind}")

    __repr__ = lambda self: f"device(type='{self.type}')"
    __str__ = lambda self: self.type
    __eq__ = lambda self, other: str(self) == str(other)
    __hash__ = lambda self: hash(self.type)


def offered(function, name=None):
    """Make a function a function of torch."""
    FUNCTIONS[name or function.__name__] = function
    return function


def both(function, name=None):
    """Make a function a method of Tensor and a function of torch."""
    setattr(Tensor, name or function.__name__, function)
    return offered(function, name)


def _wrap(storage, shape, kind, at=None):
    return Tensor(storage=storage, shape=shape, dtype=kind, at=at)


def _make(values, shape, kind, rules=(), name=""):
    """Return a new tensor of flat values; rules tell how gradients flow to its inputs."""
    return _record(_wrap(_Storage(_stored(values, kind)), shape, kind), rules, name)


def _constant(value, shape, kind):
    """Return a tensor all entries of which are the same number."""
    return _wrap(_Storage(_stored([value], kind), _size(shape)), shape, kind)


def _room(n):
    if n > LIMIT:
        raise MemoryError(f"a tensor of {n} entries is too large for this page")


def _record(result, rules, name):
    """Let result remember how it was computed, if that is wanted."""
    if rules and _Mode.on and result.dtype.kind == 2:
        kept, saved = [], []
        for x, rule, *read in rules:
            if isinstance(x, Tensor) and x.requires_grad:
                kept.append((_node(x), rule))
                saved += [(t._storage, t._storage.version) for t in read if isinstance(t, Tensor)]
        if kept:
            result.requires_grad, result._node = True, _Node(kept, name, None, saved)
    return result


def _node(x):
    """Return the node at which x's gradient arrives."""
    if x._node is None:
        x._node = _Node((), leaf=x)
    return x._node


def _relabel(x, label):
    if x._node and x._node.leaf is None:
        x._node.label = label
    return x


def _share(x, shape=None, name="View"):
    """Return a tensor of the same storage; in another shape it passes gradients on."""
    before = x.shape
    result = _wrap(x._storage, before if shape is None else shape, x.dtype, x._at)
    result._view = True
    return result if shape is None else _record(result, [(x, lambda g: g.reshape(before))], name)


def _take(x, positions, shape, name="Index", view=True):
    """Return the entries of x at flat positions; a view of x if view is true."""
    before, at = tuple(x.shape), positions
    rule = (x, lambda g: _put(g, positions, before))
    _room(len(positions))
    if not view:
        row = x._flat
        return _make([row[i] for i in positions], shape, x.dtype, [rule], name)
    if isinstance(x._at, range) and isinstance(at, range):
        at = range(x._at.start + at.start, x._at.start + at.stop)
    elif x._at is not None:
        at = [x._at[i] for i in at]
    result = _wrap(x._storage, shape, x.dtype, at)
    result._view = True
    return _record(result, [rule], name)


def _put(g, positions, shape):
    """Return zeros of shape, to which the entries of g are added at flat positions."""
    row = [0.0 if g.dtype.kind == 2 else 0] * _size(shape)
    for i, v in zip(positions, g._flat):
        row[i] += v
    back = tuple(g.shape)
    rule = (g, lambda h: _take(h, positions, back, view=False))
    return _make(row, shape, g.dtype, [rule], "IndexPut")


# Writing in place ------------------------------------------------------------------------------
def _write(x, values):
    """Overwrite the entries of x; all views see it."""
    values, storage = _stored(values, x.dtype), x._storage
    if x._at is None:
        storage._data, storage.fill = values, None
    else:
        row = storage.data()
        for i, v in zip(x._at, values):
            row[i] = v
    storage.version += 1


def _inplace(x, result):
    """Let x become result, which was computed from it."""
    own, new = x.dtype, result.dtype
    if tuple(result.shape) != tuple(x.shape):
        raise error("inplace", list(x.shape), list(result.shape))
    if new.kind > own.kind:
        raise error("inplace 2", new.short, own.short)
    _may_write(x)
    if result.requires_grad and x._view:
        raise Missing("writing into a view of a tensor whose gradient is recorded")
    _write(x, result._flat)
    if result.requires_grad:
        x.requires_grad, x._node = True, result._node
    return x


def _may_write(x, of="a leaf"):
    if _Mode.on and x.requires_grad and x.is_leaf:
        raise error("may_write", of)


# One entry after the other ---------------------------------------------------------------------

_log = lambda function, pole=0: lambda v: function(v) if v != pole else -inf


def _exp(v):
    try:
        return math.exp(v)
    except (OverflowError, ValueError):
        return inf


_expm1 = lambda v: math.expm1(v) if v < 700 else _exp(v)


def _log1p(v):
    """math.log1p, which MicroPython lacks (W. Kahan's formula)."""
    u = 1.0 + v
    return v if u == 1.0 or v == inf else math.log(u) * (v / (u - 1.0))


def _kept_sign(function):
    """Return a function to whole numbers that keeps infinities, nan and the sign of zero."""
    return lambda v: math.copysign(float(function(v)), v) if -inf < v < inf else v


ROOT = 2 / math.sqrt(math.pi)
# function: value, derivative from input x and result y (None: 0), name of its node, reads x or y
FLOATING = {
    "exp": (_exp, lambda x, y: y, "Exp", "y"),
    "log": (_log(math.log), lambda x, y: 1 / x, "Log", "x"),
    "log1p": (_log(getattr(math, "log1p", _log1p), -1), lambda x, y: 1 / (x + 1), "Log1P", "x"),
    "log2": (_log(math.log2), lambda x, y: 1 / (x * math.log(2)), "Log2", "x"),
    "log10": (_log(math.log10), lambda x, y: 1 / (x * math.log(10)), "Log10", "x"),
    "expm1": (_expm1, lambda x, y: y + 1, "Expm1", "y"),
    "sqrt": (math.sqrt, lambda x, y: 0.5 / y, "Sqrt", "y"),
    "reciprocal": (lambda v: _quotient(1.0, v), lambda x, y: -y * y, "Reciprocal", "y"),
    "sigmoid": (lambda v: 1 / (1 + _exp(-v)), lambda x, y: y * (1 - y), "Sigmoid", "y"),
    "tanh": (math.tanh, lambda x, y: 1 - y * y, "Tanh", "y"),
    "sin": (math.sin, lambda x, y: x.cos(), "Sin", "x"),
    "cos": (math.cos, lambda x, y: -x.sin(), "Cos", "x"),
    "asinh": (math.asinh, lambda x, y: 1 / (x * x + 1).sqrt(), "Asinh", "x"),
    "atanh": (math.atanh, lambda x, y: 1 / (1 - x * x), "Atanh", "x"),
    "erf": (math.erf, lambda x, y: ROOT * (-x * x).exp(), "Erf", "x"),
}
SAME_KIND = {  # these keep whole numbers whole
    "neg": (lambda v: -v, lambda x, y: -1, "Neg", ""),
    "abs": (abs, lambda x, y: x.sign(), "Abs", "x"),
    "sign": (lambda v: (v > 0) - (v < 0) if v == v else v, None, "Sign", ""),
    "floor": (_kept_sign(math.floor), None, "Floor", ""),
    "ceil": (_kept_sign(math.ceil), None, "Ceil", ""),
    "trunc": (_kept_sign(math.trunc), None, "Trunc", ""),
    "round": (_kept_sign(round), None, "Round", ""),
    "relu": (lambda v: v if v > 0 or v != v else 0, lambda x, y: (y > 0) * 1, "Relu", "y"),
    "square": (lambda v: v * v, lambda x, y: 2 * x, "Pow", "x"),
}
YES_NO = {
    "isnan": lambda v: v != v,
    "isinf": lambda v: v in (inf, -inf),
    "isfinite": lambda v: -inf < v < inf,
    "logical_not": lambda v: not v,
}
WHOLE = ("floor", "ceil", "trunc", "round")


def _each(function, row):
    """Return function of each number in a row."""
    try:
        return [function(v) for v in row]
    except (ValueError, OverflowError, ZeroDivisionError):
        return [_each(function, [v])[0] if len(row) > 1 else nan for v in row]


def _map(x, function, kind, rules=(), name=""):
    """Return function of each entry of x, in dtype kind."""
    constant = x._constant()
    if constant is not None:
        row = _stored(_each(function, constant), kind)
        return _record(_wrap(_Storage(row, x.numel()), x.shape, kind), rules, name)
    return _make(_each(function, x._flat), x.shape, kind, rules, name)


def _unary(key, function, derivative, name, reads, floating):
    def operation(x, **named):
        _must_be_tensor(key, x)
        _plain(named)
        kind = x.dtype
        if kind.kind < 2 and floating:
            kind = DEFAULT[0]
        elif kind is bool_:
            if key == "square":
                kind = int64
            elif key == "neg":
                raise NotImplementedError(NO_MASK % ("Negation", "on"))
            elif key == "relu":
                raise NotImplementedError("Boolean inputs not supported for relu")
            elif key != "sign":
                word = key if key == "abs" else key + "_vml"
                raise NotImplementedError(f"\"{word}_cpu\" not implemented for 'Bool'")
        elif kind.kind == 1 and key in WHOLE:
            return x.clone()
        result = _map(x, function, kind)
        if x.requires_grad:
            rule = lambda g: g * derivative(x, result) if derivative else g * 0

            read = {"x": (x,), "y": (result,)}.get(reads, ())
            _record(result, [(x, rule) + read], name)
        return result

    return _named(operation, key)


def _named(function, name):
    """Make function a method and a function of torch under this name, and x.name_() in place."""

    def inplace(x, *inputs, **named):
        _may_write(x)
        return _inplace(x, function(x, *inputs, **named))

    setattr(Tensor, name, function)
    setattr(Tensor, name + "_", inplace)
    FUNCTIONS[name] = function
    return function


def _must_be_tensor(name, x, argument="input", position=1):
    if not isinstance(x, Tensor):
        kind = type(x).__name__
        raise error("must be tensor", name, argument, position, kind)


def _plain(named):
    """Refuse optional arguments that the twin does not know."""
    for key in named:
        if named[key] is not None:
            raise Missing(f"the argument {key}")


for table in FLOATING, SAME_KIND:
    for key, (value, slope, name, reads) in table.items():
        _unary(key, value, slope, name, reads, table is FLOATING)
for key, value in YES_NO.items():
    _named(lambda x, value=value: _map(x, value, bool_), key)


# Two tensors -----------------------------------------------------------------------------------
def _quotient(a, b):
    try:
        return a / b
    except ZeroDivisionError:
        if a == 0 or a != a:
            return nan
        return math.copysign(inf, a) * math.copysign(1.0, b)


def _power(a, b):
    try:
        found = a**b
        return nan if isinstance(found, complex) else found
    except ZeroDivisionError:
        odd = b == math.floor(b) and b % 2 == 1
        return math.copysign(inf, a) if odd else inf
    except OverflowError:
        return -inf if a < 0 and b % 2 == 1 else inf


def _floor_quotient(a, b):
    if isinstance(a, int) and isinstance(b, int):
        if b == 0:
            raise RuntimeError("ZeroDivisionError")
        return a // b
    quotient = _quotient(a, b)
    return float(math.floor(quotient)) if b and -inf < quotient < inf else quotient


def _remainder(a, b):
    if b == 0:
        if isinstance(a, int) and isinstance(b, int):
            raise RuntimeError("ZeroDivisionError")
        return nan
    return a % b if -inf < a < inf else nan


def _logaddexp(a, b):
    top = max(a, b)
    return a if a == b and a in (inf, -inf) else top + _log1p(_exp(-abs(a - b)))


def _power_slope(a, b, y):
    """Return the derivative of a ** b by a."""
    if isinstance(b, Tensor):
        return where(b == 0, b * 0, b * a ** (b - 1))
    return b * a ** (b - 1) if b else 0 * a


def _exponent_slope(a, b, y):
    """Return the derivative of a ** b by b, 0 where a is 0 and b is not negative."""
    if not isinstance(a, Tensor):
        return y * math.log(a) if a > 0 else y * (0 if a == 0 else nan)
    return where((a == 0) & (b >= 0), y * 0, y * a.log())


# 1 where the first is taken, and 1/2 where both are equal
_share_of_tie = lambda a, b, first: where(a == b, 0.5, first * 1.0)

# function: value, derivatives by a and by b (from a, b, result y), node's name, what each reads
PAIRS = {
    "add": (lambda a, b: a + b, lambda a, b, y: None, lambda a, b, y: None, "Add", "", ""),
    "sub": (lambda a, b: a - b, lambda a, b, y: None, lambda a, b, y: -1, "Sub", "", ""),
    "mul": (lambda a, b: a * b, lambda a, b, y: b, lambda a, b, y: a, "Mul", "b", "a"),
    "div": (_quotient, lambda a, b, y: 1 / b, lambda a, b, y: -(a / b) / b, "Div", "b", "ab"),
    "pow": (_power, _power_slope, _exponent_slope, "Pow", "a", "ay"),
    "maximum": (lambda a, b: a if a > b or a != a else b,
                lambda a, b, y: _share_of_tie(a, b, a > b),
                lambda a, b, y: _share_of_tie(a, b, b > a), "Maximum", "ab", "ab"),
    "minimum": (lambda a, b: a if a < b or a != a else b,
                lambda a, b, y: _share_of_tie(a, b, a < b),
                lambda a, b, y: _share_of_tie(a, b, b < a), "Minimum", "ab", "ab"),
    "logaddexp": (_logaddexp, lambda a, b, y: (a - b).sigmoid(),
                  lambda a, b, y: (b - a).sigmoid(), "Logaddexp", "ab", "ab"),
    "remainder": (_remainder, lambda a, b, y: None, lambda a, b, y: -(a.floor_divide(b)),
                  "Remainder", "", "ab"),
}  # fmt: skip
for name, value in {
    "floor_divide": _floor_quotient, "bitwise_and": lambda a, b: a & b,
    "bitwise_or": lambda a, b: a | b, "bitwise_xor": lambda a, b: a ^ b,
    "logical_and": lambda a, b: bool(a and b), "logical_or": lambda a, b: bool(a or b),
    "eq": lambda a, b: a == b, "ne": lambda a, b: a != b, "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b, "gt": lambda a, b: a > b, "ge": lambda a, b: a >= b,
}.items():  # fmt: skip
    PAIRS[name] = (value, None, None, "NotImplemented", "", "")
COMPARE = ("eq", "ne", "lt", "le", "gt", "ge", "logical_and", "logical_or")
ROWS = {  # the most frequent ones in one loop, without calls
    "add": lambda a, b: [u + v for u, v in zip(a, b)],
    "sub": lambda a, b: [u - v for u, v in zip(a, b)],
    "mul": lambda a, b: [u * v for u, v in zip(a, b)],
}
NO_MASK = (
    "%s, the `-` operator, %s a bool tensor is not supported. If you are trying to invert a mask, "
    "use the `~` or `logical_not()` operator instead."
)
NO_MASKS = (
    "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or "
    "`logical_xor()` operator instead."
)


def _row(x, shape, kind):
    """Return the flat values of x, stretched to shape."""
    row = x._flat
    if x.dtype is not kind and x.dtype.kind <= kind.kind and kind is not float64:
        row = _stored(row, kind)
    if x.shape == shape:
        return row
    if len(row) == 1:
        return [row[0]] * _size(shape)
    lead = len(shape) - len(x.shape)
    if lead and tuple(x.shape) == tuple(shape)[lead:]:  # whole rows, again and again
        return list(row) * _size(shape[:lead])
    steps = [0] * lead + [0 if n == 1 else s for n, s in zip(x.shape, _strides(x.shape))]
    return [row[i] for i in _offsets(shape, steps)]


def _one(x, kind):
    """Return the only number of an operand, in a row, as an operation in dtype kind sees it."""
    if isinstance(x, Tensor):
        one = x._constant()
        same = one is None or x.dtype is kind or kind is float64 or x.dtype.kind > kind.kind
        return one if same else _stored(one, kind)
    if kind is float32:
        return array("f", [x])
    return [x if kind.kind < 2 else float(x)]


def _unstretch(g, shape):
    """Sum gradient g over the dimensions along which an input of this shape was stretched."""
    if tuple(g.shape) == tuple(shape):
        return g
    lead = g.ndim - len(shape)
    dims = [i for i in range(g.ndim) if i < lead or shape[i - lead] == 1 != g.shape[i]]
    return g.sum(dim=dims, keepdim=True).reshape(shape) if dims else g.reshape(shape)


def _refuse(name, kind, a, b):
    """Raise torch's error where an operation has no meaning for this dtype."""
    if name == "pow" and kind.kind == 1 and not isinstance(b, Tensor) and b < 0:
        raise RuntimeError("Integers to negative integer powers are not allowed.")
    masks = [x for x in (a, b) if x is True or x is False or getattr(x, "dtype", 0) is bool_]
    if name == "sub" and len(masks) == 2:
        raise NotImplementedError(NO_MASKS)
    if name == "sub" and masks and isinstance(masks[0], Tensor):
        raise NotImplementedError(NO_MASK % ("Subtraction", "with"))
    if kind is bool_ and name in ("floor_divide", "remainder", "pow"):
        words = {"floor_divide": "div_floor_cpu", "remainder": "remainder_cpu"}.get(name, name)
        raise NotImplementedError(f"\"{words}\" not implemented for 'Bool'")
    if kind.kind == 2 and name[:7] == "bitwise":
        raise NotImplementedError(f"\"{name}_cpu\" not implemented for '{kind.short}'")


def _binary(name, a, b):
    """Return an operation of PAIRS on two tensors, or on a tensor and a number."""
    function, by_a, by_b, label, reads_a, reads_b = PAIRS[name]
    kind = result_type(a, b)
    if kind.kind < 2 or name in ("sub", "bitwise_and", "bitwise_or", "bitwise_xor"):
        _refuse(name, kind, a, b)
        if name == "div":
            kind = DEFAULT[0]
        if kind is bool_ and name in ("add", "mul"):
            name = "bitwise_or" if name == "add" else "bitwise_and"
            function = PAIRS[name][0]
    out = bool_ if name in COMPARE else kind
    shape_a = a.shape if isinstance(a, Tensor) else Size(())
    shape_b = b.shape if isinstance(b, Tensor) else Size(())
    shape = _common_shape(shape_a, shape_b)
    n, one_a, one_b = _size(shape), _one(a, kind), _one(b, kind)
    try:
        if one_a is not None and one_b is not None:
            stock = _Storage(_stored([function(one_a[0], one_b[0])], out), n)
        else:
            _room(n)
            row_a = _row(a, shape, kind) if one_a is None else [one_a[0]] * n
            row_b = _row(b, shape, kind) if one_b is None else [one_b[0]] * n
            rows = ROWS.get(name)
            if rows is None:
                values = [function(u, v) for u, v in zip(row_a, row_b)]
            else:
                values = rows(row_a, row_b)
            stock = _Storage(_stored(values, out))
    except ValueError:
        raise Missing(f"{name} of these numbers")  # noqa: B904
    result = _wrap(stock, shape, out)
    if by_a is None or out is bool_:
        return result
    tensors = {"a": a, "b": b, "y": result}
    rules = []
    for x, x_shape, slope, reads in ((a, shape_a, by_a, reads_a), (b, shape_b, by_b, reads_b)):
        if not isinstance(x, Tensor) or not x.requires_grad:
            continue

        def rule(g, slope=slope, x_shape=x_shape, x_kind=x.dtype):
            factor = slope(a, b, result)
            g = _unstretch(g if factor is None else g * factor, x_shape)
            return g if g.dtype is x_kind else g.to(x_kind)

        rules.append([x, rule] + [tensors[r] for r in reads])
    return _record(result, rules, label)


SIGNS = {
    "add": "+", "sub": "-", "mul": "*", "div": "/", "pow": "** or pow()", "floor_divide": "//",
    "remainder": "%", "bitwise_and": "&", "bitwise_or": "|", "bitwise_xor": "^",
    "lt": "<", "le": "<=", "gt": ">", "ge": ">=",
}  # fmt: skip


def _operator(name, turned=False):
    """Return the method behind an operator sign."""

    def method(self, other):
        if not isinstance(other, (Tensor, int, float, bool)):
            if isinstance(other, complex):
                raise Missing("complex numbers")
            if name in ("eq", "ne"):
                return name == "ne"
            left, right = type(self).__name__, type(other).__name__
            if isinstance(other, (list, tuple, str)):
                if turned and name == "add":
                    raise TypeError(f'can only concatenate {right} (not "{left}") to {right}')
                if name == "mul":
                    return other * self.__index__()
            if turned:
                left, right = right, left
            said = f"'{left}' and '{right}'"
            if name in COMPARE:
                raise TypeError(f"'{SIGNS[name]}' not supported between instances of {said}")
            raise TypeError(f"unsupported operand type(s) for {SIGNS[name]}: {said}")
        return _binary(name, other, self) if turned else _binary(name, self, other)

    return method


def _changing(name):
    method = _operator(name)

    def change(self, other):
        _may_write(self)
        return _inplace(self, method(self, other))

    return change


# The operations on two tensors whose first may be a number.
FIRST_A_NUMBER = "add", "sub", "mul", "div", "pow", "remainder"


def _pair_function(name):
    def function(input, other, alpha=1, rounding_mode=None, **named):
        _plain(named)
        may_be_number = name in FIRST_A_NUMBER and isinstance(other, Tensor)
        if not (may_be_number and isinstance(input, (int, float, bool))):
            _must_be_tensor(name, input)
        only = name in ("maximum", "minimum", "logaddexp")
        if only or not isinstance(other, (Tensor, int, float, bool)):
            _must_be_tensor(name, other, "other", 2)
        result = _binary(name, input, other if alpha == 1 else other * alpha)
        if rounding_mode is None:
            return result
        result = result.floor() if rounding_mode == "floor" else result.trunc()
        return result.to(result_type(input, other))

    return function


def _invert(self):
    if self.dtype.kind == 2:
        raise error("invert")
    return _map(self, (lambda v: not v) if self.dtype is bool_ else (lambda v: ~v), self.dtype)


for name in PAIRS:
    _named(_pair_function(name), name)
for name, sign in (
    ("add", "add"), ("sub", "sub"), ("mul", "mul"), ("div", "truediv"), ("pow", "pow"),
    ("floor_divide", "floordiv"), ("remainder", "mod"), ("bitwise_and", "and"),
    ("bitwise_or", "or"), ("bitwise_xor", "xor"),
):  # fmt: skip
    setattr(Tensor, f"__{sign}__", _operator(name))
    setattr(Tensor, f"__r{sign}__", _operator(name, True))
    setattr(Tensor, f"__i{sign}__", _changing(name))
for name in ("eq", "ne", "lt", "le", "gt", "ge"):
    setattr(Tensor, f"__{name}__", _operator(name))
Tensor.__neg__, Tensor.__abs__, Tensor.__invert__ = Tensor.neg, Tensor.abs, _invert


@offered
def where(condition, input=None, other=None):
    """Return input where condition holds, other elsewhere."""
    if other is None:
        raise Missing("where with one argument")
    kind, shape = result_type(input, other), condition.shape
    a, b = [x if isinstance(x, Tensor) else _constant(x, (), kind) for x in (input, other)]
    for x in (a, b):
        shape = _common_shape(shape, x.shape)
    _room(_size(shape))
    choose, row_a, row_b = [
        _row(x, shape, k) for x, k in ((condition, bool_), (a, kind), (b, kind))
    ]
    values = [u if c else v for c, u, v in zip(choose, row_a, row_b)]
    rules = [
        (a, lambda g: _unstretch(where(condition, g, 0.0), a.shape).to(a.dtype)),
        (b, lambda g: _unstretch(where(condition, 0.0, g), b.shape).to(b.dtype)),
    ]
    return _make(values, shape, kind, rules, "Where")


Tensor.where = lambda self, condition, other: where(condition, self, other)


# Sums and other reductions ---------------------------------------------------------------------
def _lanes(x, dims):
    """Return the shape without dims, and for each of its entries the row along dims."""
    shape, steps, row = x.shape, _strides(x.shape), x._flat
    kept = [i for i in range(len(shape)) if i not in dims]
    left, n = [shape[i] for i in kept], _size([shape[i] for i in dims])
    if list(dims) == list(range(len(kept), len(shape))):  # rows that lie in one piece
        return left, [row[i * n : (i + 1) * n] for i in range(_size(left))]
    inner = _offsets([shape[i] for i in dims], [steps[i] for i in dims])
    outer = _offsets(left, [steps[i] for i in kept])
    return left, [[row[o + i] for i in inner] for o in outer]


def _all_dims(x, dim):
    """Return the dimensions meant by dim, a number, some, or None for all."""
    _must_be_tensor("sum", x)
    if dim is None or dim == () or dim == []:
        return list(range(x.ndim))
    dims = [_dim(d, x.ndim) for d in (dim if isinstance(dim, (tuple, list)) else [dim])]
    if len(set(dims)) < len(dims):
        raise RuntimeError(f"dim {dims[-1]} appears multiple times in the list of dims")
    return sorted(dims) if x.ndim else []


def _aliases(dim, keepdim, named):
    """Return dim and keepdim, which may also be called axis and keepdims."""
    for key in named:
        if key not in ("axis", "keepdims"):
            raise TypeError(f"got an unexpected keyword argument '{key}'")
    return named.get("axis", dim), named.get("keepdims", keepdim)


def _needs_dim(dim, keepdim):
    if keepdim and dim is None:
        raise Missing("keepdim without dim")


def _reduce(x, dims, keepdim, function, kind, rule=None, name="", reads=(), of_same=None):
    """Return function of each row along dims; of_same is it for n equal numbers."""
    constant = x._constant()
    if constant is not None and x.numel():
        shape = [n for i, n in enumerate(x.shape) if i not in dims]
        n = _size([x.shape[i] for i in dims])
        if of_same is None:
            _room(n)
        _room(_size(shape))
        value = of_same(constant[0], n) if of_same else function([constant[0]] * n)
        result = _constant(value, shape, kind)
    else:
        shape, rows = _lanes(x, dims)
        result = _make([function(row) for row in rows], shape, kind)
    if keepdim:
        result.shape = Size([1 if i in dims else n for i, n in enumerate(x.shape)])
    if rule and x.requires_grad:

        def back(g):
            kept = [1 if i in dims else n for i, n in enumerate(x.shape)]
            return rule(g.reshape(kept), result.reshape(kept))

        _record(result, [[x, back] + [result if t == "y" else x for t in reads]], name)
    return result


_summed_kind = lambda x, kind: kind or (x.dtype if x.dtype.kind == 2 else int64)


def sum_(input, dim=None, keepdim=False, dtype=None, **named):
    dim, keepdim = _aliases(dim, keepdim, named)
    _needs_dim(dim, keepdim)
    x = input if dtype is None else input.to(dtype)
    return _reduce(x, _all_dims(x, dim), keepdim, sum, _summed_kind(x, dtype),
                   lambda g, y: g.expand(x.shape), "Sum", (), lambda v, n: v * n)  # fmt: skip


def mean(input, dim=None, keepdim=False, dtype=None, **named):
    dim, keepdim = _aliases(dim, keepdim, named)
    _needs_dim(dim, keepdim)
    x = input if dtype is None else input.to(dtype)
    dims = _all_dims(x, dim)
    if x.dtype.kind < 2:
        raise error("mean", x.dtype.short)
    n = _size([x.shape[i] for i in dims])
    return _reduce(x, dims, keepdim, lambda row: _quotient(sum(row), n), x.dtype,
                   lambda g, y: g.expand(x.shape) / n, "Mean", (),
                   lambda v, n: v if n else nan)  # fmt: skip


def prod(input, dim=None, keepdim=False, dtype=None):
    x = input if dtype is None else input.to(dtype)

    def rule(g, y):
        if (x == 0).any():
            raise Missing("the derivative of a product with a factor 0")
        return g * y / x

    def product(row):
        found = 1
        for v in row:
            found *= v
        return found

    kind = _summed_kind(x, dtype)
    return _reduce(x, _all_dims(x, dim), keepdim, product, kind, rule, "Prod", ("x", "y"))


# A row, or only its different numbers if it is long
_kinds = lambda row: row if len(row) < 64 else set(row)


def _of_each(function, row, kinds):
    """Return function of each number in a row, computed for its kinds only."""
    if kinds is row:
        return [function(v) for v in row]
    known = {}
    for v in kinds:
        known[v] = function(v)
    return [known[v] for v in row]


def logsumexp(input, dim=None, keepdim=False, **named):
    dim, keepdim = _aliases(dim, keepdim, named)
    if dim is None:
        raise TypeError('logsumexp() missing 1 required positional arguments: "dim"')
    x = input if input.dtype.kind == 2 else input.float()

    def value(row):
        total = sum(row)
        if total != total and any(v != v for v in row):
            return nan
        top = max(row) if len(row) else -inf
        if top in (inf, -inf):
            return top
        return top + math.log(sum(_of_each(lambda v: _exp(v - top), row, _kinds(row))))

    return _reduce(x, _all_dims(x, dim), keepdim, value, x.dtype,
                   lambda g, y: g * (x - y).exp(), "Logsumexp", ("x", "y"))  # fmt: skip


def var(input, dim=None, unbiased=True, keepdim=False, correction=None, **named):
    """The variance; correction (1) is what is taken from the number of entries."""
    dim, keepdim = _aliases(dim, keepdim, named)
    if dim is True or dim is False:
        dim, unbiased = None, dim
    if correction is None:
        correction = 1 if unbiased else 0
    dims = _all_dims(input, dim)
    n = _size([input.shape[i] for i in dims])
    if input.dtype.kind < 2:
        raise RuntimeError("std and var only support floating point and complex dtypes")

    def value(row):
        mean = _quotient(sum(row), len(row))
        return _quotient(sum([(v - mean) * (v - mean) for v in row]), max(n - correction, 0))

    rule = lambda g, y: g * (2 / (n - correction)) * (input - input.mean(dims, True))

    return _reduce(input, dims, keepdim, value, input.dtype, rule, "Var", ("x",))


class Pair(tuple):
    """Values and their indices."""

    values = property(lambda self: self[0])
    indices = property(lambda self: self[1])

    def __repr__(self):
        return f"torch.return_types.pair(\nvalues={self[0]},\nindices={self[1]})"


def _along(x, dim, keepdim, index_of, name):
    """Return the Pair of the entries that index_of chooses along dim, and their indices."""
    dim = _dim(dim, x.ndim)
    indices = _reduce(x, [dim] if x.ndim else [], True, index_of, int64)
    values = x.gather(dim, indices) if x.ndim else x.clone()
    if not keepdim and x.ndim:
        values, indices = values.squeeze(dim), indices.squeeze(dim)
    return Pair((_relabel(values, name), indices))


def _extreme(name):
    """Return max, amax and argmax, or min, amin and argmin."""
    label = name.upper()[0] + name[1:]

    def best(row):  # the index of the first largest (or smallest) number, or of a nan
        found = 0
        for i, v in enumerate(row):
            if v != v:
                return i
            if v > row[found] if name == "max" else v < row[found]:
                found = i
        return found

    def nonempty(name, x):
        if not x.numel():
            raise error("nonempty", name)

    def extreme_value(x, dims, keepdim, label):
        def rule(g, y):
            ties = (x == y).to(x.dtype)
            return g * ties / ties.sum(dims, keepdim=True)

        return _reduce(x, dims, keepdim, lambda row: row[best(row)], x.dtype, rule, label,
                       ("x", "y"), lambda v, n: v)  # fmt: skip

    def function(input, dim=None, keepdim=False, **named):
        dim, keepdim = _aliases(dim, keepdim, named)
        if isinstance(dim, Tensor):
            return FUNCTIONS[name + "imum"](input, dim)
        if dim is None:
            nonempty(name, input)
            return extreme_value(input, list(range(input.ndim)), False, label)
        return _along(input, dim, keepdim, best, label)

    def amax(input, dim=(), keepdim=False):
        return extreme_value(input, _all_dims(input, dim), keepdim, "A" + name)

    def argmax(input, dim=None, keepdim=False):
        if dim is None:
            nonempty("arg" + name, input)
        return _reduce(input, _all_dims(input, dim), keepdim, best, int64)

    return {name: function, "a" + name: amax, "arg" + name: argmax}


def _middle(row):
    """Return the index of the lower median, or of a nan."""
    order = sorted(range(len(row)), key=lambda i: row[i])
    for i in order:
        if row[i] != row[i]:
            return i
    return order[(len(row) - 1) // 2]


def _running(row):
    found, so_far = [], 0
    for v in row:
        so_far += v
        found.append(so_far)
    return found


def _along_rows(x, dim, rows, kind, rule=None, name=""):
    """Return rows(each row along dim), put back where they were."""
    dim, rules = _dim(dim, x.ndim), [(x, rule)] if rule else ()
    if not x.ndim:
        return _make(rows(x._flat), (), kind, rules, name)
    values = []
    for row in _lanes(x, [dim])[1]:
        values.extend(rows(row))
    if dim < x.ndim - 1:
        order = [i for i in range(x.ndim) if i != dim] + [dim]
        moved = _make(values, [x.shape[i] for i in order], kind)
        values = moved.permute(*[order.index(i) for i in range(x.ndim)])._flat
    return _make(values, x.shape, kind, rules, name)


def argsort(input, dim=-1, descending=False, stable=False):
    def order(row):  # equal numbers keep their order; nan counts as larger than all
        sign, late = (-1, 0) if descending else (1, 2)
        return sorted(
            range(len(row)), key=lambda i: (1, sign * row[i]) if row[i] == row[i] else (late, 0)
        )

    return _along_rows(input, dim, order, int64)


def sort(input, dim=-1, descending=False, stable=False):
    indices = argsort(input, dim, descending)
    values = input.gather(_dim(dim, input.ndim), indices) if input.ndim else input.clone()
    return Pair((_relabel(values, "Sort"), indices))


def norm(input, p=2, dim=None, keepdim=False, dtype=None):
    size = input.abs()
    if p in ("fro", 2):
        square = (input * input).sum(dim, keepdim)
        root = square.sqrt()
        if square.requires_grad:  # where the norm is 0, so is torch's gradient
            safe = where(root == 0, 1.0, root)
            root = where(root == 0, 0.0, square / safe) if (root == 0).any() else root
        return _relabel(root, "LinalgVectorNorm")
    if p in (inf, -inf):
        return (size.amax if p > 0 else size.amin)(_all_dims(input, dim), keepdim)
    if p == 0:
        return (input != 0).to(input.dtype).sum(dim, keepdim)
    return size.sum(dim, keepdim) if p == 1 else (size**p).sum(dim, keepdim) ** (1 / p)


def _shares(x, dim, dtype, name, rule):
    """Return softmax or log_softmax; rule gives the gradient from g, the result and dim."""
    x = x if dtype is None else x.to(dtype)
    if x.dtype.kind < 2:
        raise error("shares", name, x.dtype.short)
    if not isinstance(dim, int):
        raise TypeError(f'{name}() missing 1 required positional arguments: "dim"')

    def row(values):
        kinds = _kinds(values)
        whole, top = sum(kinds), max(kinds) if len(kinds) else 0
        if not -inf < whole < inf and (top in (inf, -inf) or any(v != v for v in kinds)):
            return [nan] * len(values)
        parts = _of_each(lambda v: _exp(v - top), values, kinds)
        total = sum(parts)
        if name == "softmax":
            return [v / total for v in parts]
        rest = math.log(total)
        return _of_each(lambda v: v - top - rest, values, kinds)

    result = _along_rows(x, dim, row, x.dtype)
    label = "Softmax" if name == "softmax" else "LogSoftmax"
    return _record(result, [(x, lambda g: rule(g, result, dim), result)], label)


@both
def bincount(input, weights=None, minlength=0):
    """Return how often each number from 0 on occurs."""
    counts = [0] * max([minlength] + [v + 1 for v in input._flat])
    for i, v in enumerate(input._flat):
        counts[v] += 1 if weights is None else weights._flat[i]
    return _make(counts, (len(counts),), int64 if weights is None else float64)


REDUCTIONS = {
    "sum": sum_, "mean": mean, "prod": prod, "var": var, "logsumexp": logsumexp, "norm": norm,
    "argsort": argsort, "sort": sort,
    "all": lambda input, dim=None, keepdim=False: _reduce(
        input, _all_dims(input, dim), keepdim, all, bool_, of_same=lambda v, n: v or not n),
    "any": lambda input, dim=None, keepdim=False: _reduce(
        input, _all_dims(input, dim), keepdim, any, bool_, of_same=lambda v, n: v and n),
    "std": lambda input, *dims, **named: _relabel(var(input, *dims, **named).sqrt(), "Std"),
    "std_mean": lambda input, dim=None, unbiased=True, keepdim=False, correction=None: (
        input.std(dim, unbiased, keepdim, correction), input.mean(dim, keepdim)),
    "median": lambda input, dim=None, keepdim=False: (
        _along(input.reshape(-1), 0, False, _middle, "Median")[0] if dim is None
        else _along(input, dim, keepdim, _middle, "Median")),
    "topk": lambda input, k, dim=-1: Pair([x.narrow(dim, 0, k) for x in sort(input, dim, True)]),
    "cumsum": lambda x, dim, dtype=None: _along_rows(
        x if dtype is None else x.to(dtype), dim, _running, _summed_kind(x, dtype),
        lambda g: g.flip(dim).cumsum(dim).flip(dim), "Cumsum"),
    "softmax": lambda input, dim=None, dtype=None: _shares(
        input, dim, dtype, "softmax", lambda g, y, dim: y * (g - (g * y).sum(dim, True))),
    "log_softmax": lambda input, dim=None, dtype=None: _shares(
        input, dim, dtype, "log_softmax", lambda g, y, dim: g - y.exp() * g.sum(dim, True)),
}  # fmt: skip
for functions in REDUCTIONS, _extreme("max"), _extreme("min"):
    for name, function in functions.items():
        both(function, name)


# Shapes, parts and joins -----------------------------------------------------------------------
@both
def reshape(input, *shape):
    """Return input in another shape, with the same entries in the same order."""
    shape, n = list(_shape_of(shape)), input.numel()
    asked = list(shape)
    if -1 in shape:
        rest = -_size(shape)
        shape[shape.index(-1)] = n // rest if rest > 0 else -1
    if _size(shape) != n or min(shape + [0]) < 0:
        raise RuntimeError(f"shape '{asked}' is invalid for input of size {n}")
    if input._at is not None and not isinstance(input._at, range):  # torch copies here
        before = input.shape
        rule = (input, lambda g: g.reshape(before))
        return _make(input._flat, shape, input.dtype, [rule], "UnsafeView")
    return _share(input, shape)


@both
def view(self, *shape):
    if self._at is not None and not isinstance(self._at, range):
        raise error("view")
    return reshape(self, *shape)


@both
def flatten(input, start_dim=0, end_dim=-1):
    """Join the dimensions from start_dim to end_dim."""
    if not input.ndim:
        return input.reshape(1)
    first, last = _dim(start_dim, input.ndim), _dim(end_dim, input.ndim)
    if first > last:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    shape = list(input.shape)
    joined = shape[:first] + [_size(shape[first : last + 1])] + shape[last + 1 :]
    return input if first == last else input.reshape(joined)


@both
def unsqueeze(input, dim):
    """Put in a dimension of length 1."""
    dim, shape = _dim(dim, input.ndim + 1), list(input.shape)
    return _share(input, shape[:dim] + [1] + shape[dim:], "Unsqueeze")


@both
def permute(input, *dims):
    """Return input with its dimensions in another order."""
    dims = [_dim(d, input.ndim) for d in _shape_of(dims)]
    if sorted(dims) != list(range(input.ndim)):
        raise error("permute", input.ndim, len(dims))
    steps, shape = _strides(input.shape), [input.shape[d] for d in dims]
    if input.numel() > LIMIT and input._constant() is not None:  # too large to be written into
        return _wrap(_Storage(input._constant(), input.numel()), shape, input.dtype)
    return _take(input, _offsets(shape, [steps[d] for d in dims]), shape, "Permute")


@both
def expand(self, *shape):
    own, shape = self.shape, list(_shape_of(shape))
    lead = len(shape) - len(own)
    for i in range(len(shape) - 1, -1, -1):
        n, old = shape[i], own[i - lead] if i >= lead else 1
        if n == -1:
            shape[i] = old
        elif old not in (1, n) or lead < 0:
            raise error("expand", n, old, i, shape, list(own))
    if tuple(shape) == tuple(own):
        return self
    if self._storage.fill is not None and self._at is None and not self.requires_grad:
        return _wrap(_Storage(self._constant(), _size(shape)), shape, self.dtype)
    _room(_size(shape))
    steps = [0] * lead + [0 if n == 1 else s for n, s in zip(own, _strides(own))]
    with no_grad():
        result = _take(self, _offsets(shape, steps), shape)
    return _record(result, [(self, lambda g: _unstretch(g, own))], "Expand")


def _block(x, dim, chosen, name, view=True):
    """Return the slices of x along dim with the numbers chosen."""
    shape, steps = list(x.shape), _strides(x.shape)
    before = _offsets(shape[:dim], steps[:dim])
    after = _offsets(shape[dim + 1 :], steps[dim + 1 :])
    at = _piece([o + i * steps[dim] + j for o in before for i in chosen for j in after])
    return _take(x, at, shape[:dim] + [len(chosen)] + shape[dim + 1 :], name, view)


def _piece(at):
    """Return positions as a range, if they lie in one piece."""
    if len(at) and at[-1] - at[0] == len(at) - 1:
        whole = range(at[0], at[-1] + 1)
        return whole if at == list(whole) else at
    return at


@both
def narrow(input, dim, start, length):
    """Return a part along dim."""
    dim = _dim(dim, input.ndim)
    if start < 0 or start + length > input.shape[dim]:
        raise error("narrow", start, length, input.shape[dim])
    return _block(input, dim, range(start, start + length), "Slice")


@both
def index_select(input, dim, index):
    """Return the slices along dim that index names."""
    dim, chosen = _dim(dim, input.ndim), index.reshape(-1)._flat
    for i in chosen:
        if not 0 <= i < input.shape[dim]:
            raise IndexError("index out of range in self")
    return _block(input, dim, list(chosen), "IndexSelect", False)


@both
def roll(input, shifts, dims=None):
    """Move the entries round."""
    if dims is None:
        return roll(input.flatten(), shifts, 0).reshape(input.shape)
    for shift, dim in zip(shifts, dims) if isinstance(dims, (tuple, list)) else [(shifts, dims)]:
        dim = _dim(dim, input.ndim)
        n = input.shape[dim]
        input = _block(input, dim, [(i - shift) % n for i in range(n)], "Roll", False)
    return input


@both
def split(input, split_size_or_sections, dim=0):
    """Return the parts of a length along dim, or of several lengths."""
    sizes, dim = split_size_or_sections, _dim(dim, input.ndim)
    n = input.shape[dim]
    sizes = sizes.tolist() if isinstance(sizes, Tensor) else sizes
    if isinstance(sizes, int):
        if sizes <= 0:
            raise error("split", sizes)
        sizes = [min(sizes, n - i) for i in range(0, n, sizes)] or [0]
    elif sum(sizes) != n:
        raise error("split 2", n, dim, list(sizes))
    parts, start = [], 0
    for size in sizes:
        parts.append(_relabel(narrow(input, dim, start, size), "Split"))
        start += size
    return tuple(parts)


@offered
def cat(tensors, dim=0, **named):
    """Join tensors along dim."""
    dim = named.get("axis", dim)
    _must_be_tensors(tensors, "cat")
    if not tensors:
        raise ValueError("torch.cat(): expected a non-empty list of Tensors")
    for i, x in enumerate(tensors):
        if not x.ndim:
            raise RuntimeError(f"zero-dimensional tensor (at position {i}) cannot be concatenated")
    parts = [x for x in tensors if x.shape != (0,)] or tensors[:1]
    first, shape = parts[0], list(parts[0].shape)
    dim = _dim(dim, first.ndim)
    for number, x in enumerate(parts):
        if x.ndim != first.ndim:
            raise error("cat 2", first.ndim, x.ndim)
        for i, n in enumerate(x.shape):
            if i != dim and n != shape[i]:
                raise error("cat 3", dim, shape[i], n, number)
    _room(sum([x.numel() for x in parts]))
    values, rows = [], [(x._flat, _size(x.shape[dim:])) for x in parts]
    for block in range(_size(shape[:dim])):
        for row, step in rows:
            values.extend(row[block * step : (block + 1) * step])
    rules, start = [], 0
    for x in parts:
        n = x.shape[dim]

        rule = lambda g, start=start, n=n, x_kind=x.dtype: narrow(g, dim, start, n).to(x_kind)

        rules.append((x, rule))
        start += n
    shape[dim] = start
    return _make(values, shape, result_type(*tensors), rules, "Cat")


FUNCTIONS["concat"] = cat


def _must_be_tensors(tensors, name):
    if not isinstance(tensors, (list, tuple)):
        raise error("cat", name, type(tensors).__name__)
    for i, x in enumerate(tensors):
        if not isinstance(x, Tensor):
            name = type(x).__name__
            raise TypeError(f"expected Tensor as element {i} in argument 0, but got {name}")


@offered
def stack(tensors, dim=0):
    """Join tensors of one shape along a new dimension."""
    _must_be_tensors(tensors, "stack")
    if not tensors:
        raise RuntimeError("stack expects a non-empty TensorList")
    due = tensors[0].shape
    for i, x in enumerate(tensors):
        if x.shape != due:
            raise error("stack", list(due), list(x.shape), i)
    return _relabel(cat([x.unsqueeze(dim) for x in tensors], _dim(dim, len(due) + 1)), "Stack")


@offered
def hstack(tensors):
    """Join vectors to one, or matrices side by side."""
    _must_be_tensors(tensors, "hstack")
    tensors = [x.reshape(1) if x.ndim == 0 else x for x in tensors]
    return cat(tensors, 1 if tensors and tensors[0].ndim > 1 else 0)


@offered
def vstack(tensors):
    """Join rows, or matrices one above the other."""
    _must_be_tensors(tensors, "vstack")
    return cat([x.reshape(1, -1) if x.ndim < 2 else x for x in tensors], 0)


@offered
def column_stack(tensors):
    """Join columns, or matrices side by side."""
    _must_be_tensors(tensors, "column_stack")
    return cat([x.reshape(-1, 1) if x.ndim < 2 else x for x in tensors], 1)


@both
def repeat_interleave(input, repeats, dim=None):
    """Repeat each entry, or each slice along dim."""
    if dim is None:
        input, dim = input.flatten(), 0
    dim = _dim(dim, input.ndim)
    n, counts = input.shape[dim], repeats.tolist() if isinstance(repeats, Tensor) else repeats
    counts = [counts] * n if isinstance(counts, int) else counts
    if len(counts) != n:
        raise Missing("repeat_interleave with these repeats")
    chosen = [i for i, count in enumerate(counts) for _ in range(count)]
    return _block(input, dim, chosen, "IndexSelect", False)


@both
def diag(input, diagonal=0):
    """Return the diagonal of a matrix, or the matrix with a diagonal."""
    if input.ndim == 2:
        return _relabel(input.diagonal(diagonal).clone(), "DiagonalCopy")
    if input.ndim != 1:
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {input.ndim}D")
    n = len(input) + abs(diagonal)
    at = [(i + max(-diagonal, 0)) * n + i + max(diagonal, 0) for i in range(len(input))]
    return _relabel(_put(input, at, (n, n)), "DiagEmbed")


def _triangle(input, keep, name):
    rows, columns = input.shape[-2:]
    mask = [keep(i, j) for i in range(rows) for j in range(columns)]
    return _relabel(where(_make(mask, (rows, columns), bool_), input, 0), name)


@both
def gather(input, dim, index):
    """Return the entries whose place along dim is in index."""
    if index.dtype not in (int64, int32):
        raise RuntimeError("gather(): Expected dtype int32/int64 for index")
    dim = _dim(dim, input.ndim)
    if index.ndim != input.ndim:
        raise RuntimeError("Index tensor must have the same number of dimensions as input tensor")
    steps, n = _strides(input.shape), input.shape[dim]
    for i, (a, b) in enumerate(zip(index.shape, input.shape)):
        if i != dim and a > b:
            raise error("gather", i, list(index.shape), list(input.shape), dim)
    base = _offsets(index.shape, [0 if i == dim else s for i, s in enumerate(steps)])
    for i in index._flat:
        if not 0 <= i < n:
            raise RuntimeError(f"index {i} is out of bounds for dimension {dim} with size {n}")
    at = [o + i * steps[dim] for o, i in zip(base, index._flat)]
    return _take(input, at, index.shape, "Gather", False)


@both
def nonzero(input):
    """Return the indices of all entries that are not 0."""
    hits = [i for i, v in enumerate(input._flat) if v]
    pairs = list(zip(_strides(input.shape), input.shape))
    return _make([i // s % n for i in hits for s, n in pairs], (len(hits), input.ndim), int64)


def _swapped(x, a, b):
    order = list(range(x.ndim))
    if order:
        a, b = _dim(a, x.ndim), _dim(b, x.ndim)
        order[a], order[b] = b, a
    return _relabel(x.permute(order), "Transpose")


def _flat_diagonal(x, offset):
    if x.ndim != 2:
        raise Missing("the diagonal of other tensors than matrices")
    rows, columns = x.shape
    return [i * columns + i + offset for i in range(rows) if 0 <= i + offset < columns]


def _chosen(x, dim, choose, name):
    """Return the slices along dim that choose(its length) names."""
    dim = _dim(dim, x.ndim)
    return _block(x, dim, choose(x.shape[dim]), name, False)


def _times(x, counts):
    x = x.reshape([1] * (len(counts) - x.ndim) + list(x.shape))
    for dim, count in enumerate(counts):
        x = _chosen(x, dim, lambda n, count=count: list(range(n)) * count, "Repeat")
    return x


def _flipped(x, dims):
    for dim in dims:
        x = _chosen(x, dim, lambda n: list(range(n))[::-1], "Flip")
    return x


for name, function in {
    "view_as": lambda input, other: input.reshape(other.shape),
    "squeeze": lambda input, dim=None: _share(input, [
        n for i, n in enumerate(input.shape) if n != 1 or i not in _all_dims(input, dim)],
        "Squeeze"),
    "transpose": _swapped,
    "t": lambda input: _relabel(_swapped(input, 0, -1), "T"),
    "select": lambda input, dim, index: _relabel(
        narrow(input, dim, index % input.shape[dim], 1).squeeze(dim), "Select"),
    "unbind": lambda input, dim=0: tuple([
        input.select(dim, i) for i in range(input.shape[dim])]),
    "chunk": lambda input, chunks, dim=0: split(
        input, max(1, -(-input.shape[dim] // chunks)), dim),
    "take_along_dim": lambda input, indices, dim: gather(input, dim, indices),
    "tril": lambda input, k=0: _triangle(input, lambda i, j: j - i <= k, "Tril"),
    "triu": lambda input, k=0: _triangle(input, lambda i, j: j - i >= k, "Triu"),
    "diagonal": lambda input, offset=0: _take(
        input, _flat_diagonal(input, offset), (len(_flat_diagonal(input, offset)),), "Diagonal"),
    "trace": lambda input: _relabel(input.diagonal().sum(), "Trace"),
    "repeat": lambda input, *counts: _times(input, _shape_of(counts)),
    "flip": lambda input, *dims: _flipped(input, _shape_of(dims)),
}.items():  # fmt: skip
    both(function, name)
FUNCTIONS["broadcast_tensors"] = lambda *tensors: tuple([
    x.expand(broadcast_shapes(*[x.shape for x in tensors])) for x in tensors])  # fmt: skip


# Indexing --------------------------------------------------------------------------------------
class _Slicer:
    def __getitem__(self, item):
        return item


slice_all = _Slicer()[:]
NO_INDEX = (
    "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid "
    "indices (got %s)"
)


def _slots(x, index):
    """Return flat positions, shape, and whether x[index] is a view."""
    parts, wanted = [], 0
    for item in list(index) if isinstance(index, tuple) else [index]:
        if isinstance(item, (list, range)):
            item = FUNCTIONS["tensor"](list(item))
            item = item if item.numel() else item.long()
        if isinstance(item, Tensor) and not item.shape and item.dtype.kind == 1:
            item = item.item()
        if isinstance(item, Tensor):
            if item.dtype.kind == 2:
                raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
            wanted += item.ndim if item.dtype in (bool_, uint8) else 1
        elif item is True or item is False:
            raise Missing("True or False as an index")
        elif isinstance(item, str):
            raise TypeError("new(): invalid data type 'str'")
        elif isinstance(item, float):
            raise IndexError(NO_INDEX % "float")
        elif item is not None and item is not Ellipsis:
            wanted += 1
        parts.append(item)
    if wanted and not x.ndim:
        raise error("slots")
    if wanted > x.ndim:
        raise IndexError(f"too many indices for tensor of dimension {x.ndim}")
    free = [slice_all] * (x.ndim - wanted)
    places = [i for i, item in enumerate(parts) if item is Ellipsis]
    if places:
        parts = parts[: places[0]] + free + [p for p in parts[places[0] + 1 :] if p is not Ellipsis]
    else:
        parts += free
    return _positions(x, parts)


def _positions(x, parts):
    """Return what _slots does, for an index of as many parts as x has dimensions, and None."""
    steps, start, dim = _strides(x.shape), 0, 0
    groups, chosen, first, apart = [], [], None, False  # a group: shape, offsets

    def inside(i, dim):
        n = x.shape[dim]
        if not -n <= i < n:
            raise IndexError(f"index {i} is out of bounds for dimension {dim} with size {n}")
        return (i % n) * steps[dim]

    for item in parts:
        if item is None:
            groups.append(((1,), [0]))
        elif isinstance(item, Tensor):
            if first is None:
                first = len(groups)
                groups.append(None)
            elif groups[-1] is not None:
                apart = True
            for numbers, shape in _index_numbers(x, item, dim):
                chosen.append(_make([inside(i, dim) for i in numbers], shape, int64))
                dim += 1
        elif isinstance(item, slice):
            n = x.shape[dim]
            low, high, step = [_index(v) for v in (item.start, item.stop, item.step)]
            if step is not None and step <= 0:
                raise ValueError("step must be greater than zero")
            low, high = _bounds(low, 0, n), _bounds(high, n, n)
            places = range(low, max(high, low), step or 1)
            groups.append(((len(places),), [i * steps[dim] for i in places]))
            dim += 1
        else:
            start += inside(_index(item), dim)
            dim += 1
    if chosen:
        total = chosen[0]
        try:
            for numbers in chosen[1:]:
                total = total + numbers
        except RuntimeError:
            raise IndexError(  # noqa: B904
                "shape mismatch: indexing tensors could not be broadcast together with shapes "
                + ", ".join([str(list(numbers.shape)) for numbers in chosen])
            )
        groups[first] = (tuple(total.shape), total._flat)
        if apart:  # indices apart from each other: their dimensions come first
            groups.insert(0, groups.pop(first))
    positions, shape = [start], []
    for lengths, offsets in groups:
        shape += list(lengths)
        if positions == [0]:
            positions = list(offsets)
        else:
            positions = [p + o for p in positions for o in offsets]
        _room(len(positions))
    return positions, shape, not chosen


def _index(value):
    """Return an index as an int, or None."""
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, Tensor):
        return value.__index__()
    raise TypeError(NO_INDEX % type(value).__name__)


def _bounds(i, default, n):
    if i is None:
        return default
    return max(0, i + n) if i < 0 else min(i, n)


def _index_numbers(x, item, dim):
    """Return, for each dimension that an index tensor stands for, its numbers and their shape."""
    if item.dtype not in (bool_, uint8):
        return [(item._flat, item.shape)]
    for i, n in enumerate(item.shape):
        if n != x.shape[dim + i]:
            raise error("index_numbers", list(item.shape), i, list(x.shape), dim + i)
    hits = [i for i, v in enumerate(item._flat) if v]
    pairs = zip(_strides(item.shape), item.shape)
    return [([i // s % n for i in hits], (len(hits),)) for s, n in pairs]


def _getitem(self, index):
    positions, shape, view = _slots(self, index)
    name = "Index" if not view else "Select" if isinstance(index, int) else "Slice"
    return _take(self, _piece(positions) if view else positions, shape, name, view)


def _setitem(self, index, value):
    positions, shape, view = _slots(self, index)
    _may_write(self, "a view of a leaf" if view else "a leaf")
    if not isinstance(value, Tensor):
        value = FUNCTIONS["tensor"](value, dtype=self.dtype)
    if value.ndim > len(shape):
        value = value.reshape([n for n in value.shape if n != 1] or [1])
    try:
        stretched = value.expand(shape)
    except RuntimeError:
        if view:
            raise
        raise error("setitem", list(value.shape), list(shape))  # noqa: B904
    old_node, storage, at = self._node if self.requires_grad else None, self._storage, self._at
    data = storage.data()
    for i, v in zip(positions, _stored(stretched._flat, self.dtype)):
        data[i if at is None else at[i]] = v
    storage.version += 1
    if _Mode.on and (old_node or value.requires_grad):
        if self._view:
            raise Missing("writing into a view of a tensor whose gradient is recorded")
        kept, value_shape = [], value.shape
        if old_node:
            mask = set(positions)

            keep = lambda g: g * _make([i not in mask for i in range(g.numel())], g.shape, g.dtype)

            kept.append((old_node, keep))
        if value.requires_grad:
            kept.append((_node(value), lambda g: _unstretch(
                _take(g, positions, shape, view=False), value_shape)))  # fmt: skip
        self.requires_grad, self._node = True, _Node(kept, "CopySlices" if view else "IndexPut")


Tensor.__getitem__, Tensor.__setitem__ = _getitem, _setitem


# Matrix products -------------------------------------------------------------------------------
def _product_2d(a, b):
    """Return the flat values of the product of matrices a (n, d) and b (d, m)."""
    (n, d), m = a.shape, b.shape[1] if b.ndim == 2 else 1
    _room(n * m)
    x, y = a._flat, b._flat
    columns = [y] if m == 1 else [[y[k] for k in range(j, d * m, m)] for j in range(m)]
    values = []
    for i in range(n):
        row = x[i * d : (i + 1) * d]
        for column in columns:
            values.append(sum([u * v for u, v in zip(row, column)]))
    return values


def _same_kind(a, b):
    a, b = a.dtype, b.dtype
    if a is not b:
        raise error("same_kind", a.c_name, b.c_name)


@both
def mm(input, mat2):
    """Return the product of two matrices."""
    if input.ndim != 2 or mat2.ndim != 2:
        raise RuntimeError(f"{'self' if input.ndim != 2 else 'mat2'} must be a matrix")
    (n, d), (e, m) = input.shape, mat2.shape
    if d != e:
        raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({n}x{d} and {e}x{m})")
    _same_kind(input, mat2)
    rules = [(input, lambda g: g.mm(mat2.t()), mat2), (mat2, lambda g: input.t().mm(g), input)]
    one, other = input._constant(), mat2._constant()
    if one is not None and other is not None:
        return _record(_constant(one[0] * other[0] * d, (n, m), input.dtype), rules, "Mm")
    return _make(_product_2d(input, mat2), (n, m), input.dtype, rules, "Mm")


@both
def matmul(input, other):
    """Return input @ other, for vectors, matrices and stacks of matrices."""
    _must_be_tensor("matmul", input)
    _must_be_tensor("matmul", other, "other", 2)
    a, b = input, other
    if not a.ndim or not b.ndim:
        raise error("matmul", a.ndim, b.ndim)
    if a.ndim <= 2 and b.ndim <= 2:
        if b.ndim == 1:
            return dot(a, b) if a.ndim == 1 else mv(a, b)
        return mm(a, b) if a.ndim == 2 else _relabel(mm(a.unsqueeze(0), b).squeeze(0), "Squeeze")
    if b.ndim == 1:
        return matmul(a, b.unsqueeze(1)).squeeze(-1)
    if a.ndim == 1:
        return matmul(a.unsqueeze(0), b).squeeze(-2)
    if b.ndim == 2:
        return mm(a.reshape(-1, a.shape[-1]), b).reshape(tuple(a.shape[:-1]) + (b.shape[1],))
    lead = tuple(_common_shape(a.shape[:-2] or (1,), b.shape[:-2] or (1,)))
    a, b = [x.expand(lead + tuple(x.shape[-2:])) for x in (a, b)]
    a, b = [x.reshape((-1,) + tuple(x.shape[-2:])) for x in (a, b)]
    if a.shape[2] != b.shape[1]:
        raise error("matmul 2", a.shape[0], a.shape[2], b.shape[0], b.shape[1])
    result = stack([mm(x, y) for x, y in zip(a, b)])
    return result.reshape(lead + tuple(result.shape[1:]))


@both
def dot(input, tensor):
    """Return the sum of products of two vectors."""
    if input.ndim != 1 or tensor.ndim != 1:
        raise RuntimeError(f"1D tensors expected, but got {input.ndim}D and {tensor.ndim}D tensors")
    if input.dtype is not tensor.dtype:
        raise error("dot", input.dtype.short, tensor.dtype.short)
    n, m = len(input), len(tensor)
    if n != m:
        raise error("dot 2", n, m, n, m)
    value = sum([u * v for u, v in zip(input._flat, tensor._flat)])
    rules = [(input, lambda g: g * tensor, tensor), (tensor, lambda g: g * input, input)]
    return _make([value], (), input.dtype, rules, "Dot")


FUNCTIONS["inner"] = Tensor.inner = dot


@both
def mv(input, vec):
    """Return the product of a matrix and a vector."""
    if input.ndim != 2 or vec.ndim != 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got 1, {input.ndim}, {vec.ndim}")
    _same_kind(input, vec)
    n, d = input.shape
    if d != len(vec):
        raise RuntimeError(f"size mismatch, got input ({n}), mat ({n}x{d}), vec ({len(vec)})")
    rules = [(input, lambda g: g.outer(vec), vec), (vec, lambda g: mv(input.t(), g), input)]
    return _make(_product_2d(input, vec), (n,), input.dtype, rules, "Mv")


@both
def outer(input, vec2):
    for x, argument in ((input, "self"), (vec2, "vec2")):
        if x.ndim != 1:
            raise RuntimeError(f"outer: Expected 1-D argument {argument}, but got {x.ndim}-D")
    return input.unsqueeze(1) * vec2


def _at_sign(self, other, turned=False):
    if isinstance(other, Tensor):
        return matmul(self, other)
    names = [type(self).__name__, type(other).__name__]
    left, right = reversed(names) if turned else names
    raise TypeError(f"unsupported operand type(s) for @: '{left}' and '{right}'")


Tensor.__matmul__ = _at_sign
Tensor.__rmatmul__ = lambda self, other: _at_sign(self, other, True)


@offered
def einsum(equation, *operands):
    """Return the sum of products that an equation such as "ij,jk->ik" describes."""
    inputs, _, output = equation.replace(" ", "").partition("->")
    terms = inputs.split(",")
    letters = "".join(terms)
    if "->" not in equation:
        output = "".join(sorted([c for c in set(letters) if letters.count(c) == 1]))
    if "." in letters or any(len(set(t)) < len(t) for t in terms):
        raise Missing("einsum with this equation")
    order = output + "".join([c for c in dict.fromkeys(letters) if c not in output])
    product = None
    for term, x in zip(terms, operands):
        x = x.permute([term.index(c) for c in order if c in term])
        own = [c for c in order if c in term]
        x = x.reshape([x.shape[own.index(c)] if c in term else 1 for c in order])
        product = x if product is None else product * x
    rest = list(range(len(output), len(order)))
    return product.sum(rest) if rest else product


# Differentiation -------------------------------------------------------------------------------
FREED = (
    "Trying to backward through the graph a second time (or directly access saved tensors after "
    "they have already been freed). Saved intermediate values of the graph are freed when you "
    "call .backward() or autograd.grad(). Specify retain_graph=True if you need to backward "
    "through the graph a second time or if you need to access saved tensors after calling "
    "backward."
)


class Freed:
    """The rules of a node whose tensors are no longer kept."""

    def __iter__(self):
        raise RuntimeError(FREED)


def _gradients(pairs, create_graph=False):
    """Return {node: gradient}, from pairs of an output and its gradient."""
    found, nodes, waiting = {}, {}, []
    for output, g in pairs:
        node = _node(output)
        found[id(node)] = found[id(node)] + g if id(node) in found else g
        waiting.append(node)
    while waiting:
        node = waiting.pop()
        if id(node) not in nodes:
            nodes[id(node)] = node
            waiting += [parent for parent, _ in node.rules]
    with _Mode(create_graph):
        for node in sorted(nodes.values(), key=lambda node: -node.order):
            g = found.get(id(node))
            if g is None or not node.rules:
                continue
            for storage, version in node.saved:
                if storage.version != version:
                    raise Missing("the gradient of what was overwritten meanwhile")
            for parent, rule in node.rules:
                part, key = rule(g), id(parent)
                found[key] = found[key] + part if key in found else part
    return found, nodes


def _first_gradient(x, gradient, i=0):
    """Return the gradient to begin with at output x."""
    if not x.requires_grad:
        raise error("first_gradient", i)
    if gradient is None:
        if x.numel() != 1:
            raise RuntimeError("grad can be implicitly created only for scalar outputs")
        return x.ones_like()
    if tuple(gradient.shape) != tuple(x.shape):
        raise error("first_gradient 2", i, gradient.shape, i, x.shape)
    return gradient


def _free(nodes, keep):
    """Forget the rules that have been used, as torch does to save memory."""
    for node in [] if keep else nodes.values():
        if node.rules and node.saved:
            node.rules = Freed()


@both
def backward(self, gradient=None, retain_graph=None, create_graph=False, inputs=None):
    """Add the gradient of this result to .grad of all tensors it was computed from."""
    found, nodes = _gradients([(self, _first_gradient(self, gradient))], create_graph)
    wanted = None if inputs is None else [inputs] if isinstance(inputs, Tensor) else list(inputs)
    for key, node in nodes.items():
        x = node.leaf
        if x is not None and key in found and (wanted is None or any(x is w for w in wanted)):
            g = found[key]
            if x.grad is None:
                x.grad = g if create_graph else g.detach().clone()
            elif create_graph:
                x.grad = x.grad + g
            else:
                with no_grad():
                    _write(x.grad, (x.grad + g)._flat)
    _free(nodes, create_graph if retain_graph is None else retain_graph)


del FUNCTIONS["backward"]


def grad(outputs, inputs, grad_outputs=None, retain_graph=None, create_graph=False,
         allow_unused=None, **named):  # fmt: skip
    """Return the gradients of outputs by inputs, as a tuple (torch.autograd.grad)."""
    _plain(named)
    outputs = [outputs] if isinstance(outputs, Tensor) else list(outputs)
    inputs = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    if grad_outputs is None or isinstance(grad_outputs, Tensor):
        grad_outputs = [grad_outputs] * len(outputs)
    pairs = [(x, _first_gradient(x, g, i)) for i, (x, g) in enumerate(zip(outputs, grad_outputs))]
    for x in inputs:
        if not x.requires_grad:
            raise RuntimeError("One of the differentiated Tensors does not require grad")
    found, nodes = _gradients(pairs, create_graph)
    result = []
    for x in inputs:
        g = found.get(id(_node(x))) if id(_node(x)) in nodes else None
        if g is None and not allow_unused:
            raise error("grad")
        result.append(g if g is None or create_graph else g.detach())
    _free(nodes, create_graph if retain_graph is None else retain_graph)
    return tuple(result)


def _requires_grad_(self, requires_grad=True):
    if requires_grad and self.dtype.kind < 2:
        raise RuntimeError("only Tensors of floating point dtype can require gradients")
    if not requires_grad and not self.is_leaf:
        raise error("requires_grad")
    self.requires_grad = requires_grad
    if not requires_grad:
        self._node = None
    return self


Tensor.requires_grad_ = _requires_grad_
FUNCTIONS["detach"] = Tensor.detach = lambda self: _share(self)


# Copies and conversions ------------------------------------------------------------------------
@both
def clone(input, **named):
    """Return a copy that does not share its storage."""
    constant = input._constant()
    storage = _Storage(_stored(input._flat if constant is None else constant, input.dtype),
                       None if constant is None else input.numel())  # fmt: skip
    result = _wrap(storage, input.shape, input.dtype)
    return _record(result, [(input, lambda g: g)], "Clone")


def _to(self, *targets, dtype=None, device=None, copy=False, **named):
    """Return the tensor in another dtype."""
    for target in targets:
        if isinstance(target, (DType, Tensor)):
            dtype = target.dtype if isinstance(target, Tensor) else target
        elif isinstance(target, (str, Device)):
            device = target
    Device(device or "cpu")
    before = self.dtype
    if dtype is None or dtype is before:
        return self.clone() if copy else self
    rules = [(self, lambda g: _to(g, before))]
    return _map(self, _convert(before, dtype), dtype, rules, "ToCopy")


def _convert(old, new):
    """Return the function from entries of one dtype to those of another."""
    if old.kind == 2 and new.kind == 1:
        return lambda v: int(v) if -inf < v < inf else -(2**63)
    return lambda v: v


Tensor.to = _to
for name, kind in (("float", float32), ("double", float64), ("half", float16), ("bool", bool_),
                   ("bfloat16", bfloat16), ("long", int64), ("int", int32), ("byte", uint8),
                   ("short", int16)):  # fmt: skip
    setattr(Tensor, name, lambda self, kind=kind: _to(self, kind))


# Creation --------------------------------------------------------------------------------------
def _finish(x, requires_grad=False):
    if requires_grad and x.dtype.kind < 2:
        raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
    return x.requires_grad_() if requires_grad else x


def _nested(data, shape, out, inside=0):
    """Collect the numbers of nested lists in out; return the shape and dtype."""
    if isinstance(data, Tensor):
        if inside and data.numel() != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        out.extend(data._flat)
        length = list(data.shape) if inside != 1 or data.numel() != 1 else []
        return shape + length, data.dtype
    if isinstance(data, (list, tuple, range, array)):
        inner, kind = None, None
        for item in data:
            found, item_kind = _nested(item, [], out, 1)
            if inner is not None and found != inner:
                raise _ragged(data, len(shape))
            inner = found
            kind = item_kind if kind is None else promote_types(kind, item_kind)
        return shape + [len(data)] + (inner or []), kind or DEFAULT[0]
    if not isinstance(data, (int, float, bool)):
        if isinstance(data, complex):
            raise Missing("complex numbers")
        if isinstance(data, str):
            raise TypeError("new(): invalid data type 'str'")
        if not hasattr(data, "__float__"):
            raise RuntimeError(f"Could not infer dtype of {type(data).__name__}")
        data = float(data)
    out.append(data)
    return shape, _kind_of(data)


def _ragged(data, dim):
    """Return the error for nested lists of which a part has another length than the first."""
    due, item = [], data[0]
    if not isinstance(item, (list, tuple, Tensor)):
        return TypeError("'list' object cannot be interpreted as an integer")
    while isinstance(item, (list, tuple)) and item:
        due.append(len(item))
        item = item[0]
    due += list(item.shape) if isinstance(item, Tensor) else []
    for item in data:
        for i, n in enumerate(due):
            if not isinstance(item, (list, tuple, Tensor)):
                return TypeError("not a sequence")
            if len(item) != n:
                return ValueError(
                    f"expected sequence of length {n} at dim {dim + i + 1} (got {len(item)})"
                )
            item = item[0] if len(item) else item
    return Missing("a tensor of these lists")


@offered
def tensor(data, dtype=None, device=None, requires_grad=False, **named):
    """Return a tensor of nested lists of numbers."""
    Device(device or "cpu")
    out = []
    shape, kind = _nested(data, [], out)
    _room(len(out))
    if dtype is not None and dtype.kind == 1 and kind.kind == 2:
        out = [_convert(kind, dtype)(v) for v in out]
    if (dtype or kind).kind == 1:
        for v in out:
            if not -(2**63) <= v < (2**63 if dtype is None else 2**64):
                raise ValueError("Overflow when unpacking long long")
    if len(out) > 64 and all(v == out[0] for v in out):
        return _finish(_constant(out[0], shape, dtype or kind), requires_grad)
    return _finish(_make(out, shape, dtype or kind), requires_grad)


def _filled(name, value):
    """Offer zeros, ones or empty, and the same like another tensor."""

    def function(*size, dtype=None, device=None, requires_grad=False, **named):
        _plain(named)
        Device(device or "cpu")
        return _finish(_constant(value, _shape_of(size), dtype or DEFAULT[0]), requires_grad)

    def like(input, dtype=None, device=None, requires_grad=False, **named):
        return _finish(_constant(value, input.shape, dtype or input.dtype), requires_grad)

    def new(self, *size, dtype=None, **named):
        return _constant(value, _shape_of(size), dtype or self.dtype)

    FUNCTIONS[name], FUNCTIONS[name + "_like"] = function, like
    setattr(Tensor, "new_" + name, new)
    setattr(Tensor, name + "_like", like)


for name, value in (("zeros", 0), ("ones", 1), ("empty", 0)):
    _filled(name, value)


@offered
def full(size, fill_value, dtype=None, device=None, requires_grad=False):
    """Return a tensor all entries of which are fill_value."""
    if isinstance(fill_value, Tensor):
        dtype, fill_value = dtype or fill_value.dtype, fill_value.item()
    x = _constant(fill_value, _shape_of((size,)), dtype or _kind_of(fill_value))
    return _finish(x, requires_grad)


@offered
def arange(start, end=None, step=1, dtype=None, device=None, requires_grad=False):
    """Return start, start + step, ... up to, not including, end."""
    if end is None:
        start, end = 0, start
    start, end, step = [v.item() if isinstance(v, Tensor) else v for v in (start, end, step)]
    whole = not any(isinstance(v, float) for v in (start, end, step))
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if (end - start) / step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    n = math.ceil((end - start) / step)
    _room(n)
    kind = dtype or (int64 if whole else DEFAULT[0])
    return _finish(_make([start + i * step for i in range(n)], (n,), kind), requires_grad)


@offered
def linspace(start, end, steps, dtype=None, requires_grad=False, **named):
    """Return steps numbers from start to end, at equal distances."""
    start, end, half = float(start), float(end), steps // 2
    step = (end - start) / (steps - 1) if steps > 1 else 0.0
    values = [start + i * step if i < half else end - (steps - 1 - i) * step for i in range(steps)]
    x = _make(values if steps > 1 else [start], (steps,), dtype or DEFAULT[0])
    return _finish(x, requires_grad)


@offered
def eye(n, m=None, dtype=None, device=None, requires_grad=False):
    """Return the unit matrix."""
    m = n if m is None else m
    _room(n * m)
    x = _constant(0, (n, m), dtype or DEFAULT[0])
    row = x._storage.data()
    for i in range(min(n, m)):
        row[i * m + i] = 1
    return _finish(x, requires_grad)


# Writing, by name ------------------------------------------------------------------------------
def _clamp(input, min=None, max=None):
    """Return input, cut off below min and above max."""
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    if isinstance(min, Tensor) or isinstance(max, Tensor):
        x = input if min is None else FUNCTIONS["maximum"](input, FUNCTIONS["as_tensor"](min))
        return x if max is None else FUNCTIONS["minimum"](x, FUNCTIONS["as_tensor"](max))

    def value(v):
        v = min if min is not None and v < min else v
        return max if max is not None and v > max else v

    def rule(g):
        inside = input == input
        inside = inside if min is None else inside & (input >= min)
        return g * (inside if max is None else inside & (input <= max))

    kind = result_type(*[x for x in (input, min, max) if x is not None])
    return _map(input, value, kind, [(input, rule, input)], "Clamp")


_named(_clamp, "clamp")
_named(
    lambda x, mask, value: _relabel(where(mask, value, x).to(x.dtype), "MaskedFill"), "masked_fill"
)


# Sorted numbers, comparisons -------------------------------------------------------------------
@offered
def searchsorted(sorted_sequence, input, right=False, **named):
    """Return where numbers would have to be put to keep the sequence sorted."""
    _plain(named)
    if sorted_sequence.ndim != 1:
        raise Missing("searchsorted in several sequences")
    row = sorted_sequence._flat

    def place(v):
        low, high = 0, len(row)
        while low < high:
            middle = (low + high) // 2
            if row[middle] < v or (right and row[middle] == v):
                low = middle + 1
            else:
                high = middle
        return low

    return _map(input if isinstance(input, Tensor) else tensor(input), place, int64)


_sorted = sorted  # the argument hides it


@both
def unique(input, sorted=True, return_counts=False, **named):
    """Return the different numbers in order."""
    _plain(named)
    row = list(input._flat)
    values = _sorted(set(row))
    found = _make(values, (len(values),), input.dtype)
    if return_counts:
        return found, _make([row.count(v) for v in values], (len(values),), int64)
    return found


@both
def cov(input, correction=1, aweights=None, **named):
    """Return the covariances of the rows."""
    _plain(named)
    x = input.reshape(1, -1) if input.ndim < 2 else input
    w = x.new_ones(x.shape[1]) if aweights is None else aweights
    total = w.sum()
    x = x - (x * w).sum(1, keepdim=True) / total
    norm = total - correction * (1 if aweights is None else (w * w).sum() / total)
    result = (x * w) @ x.t() / norm
    return result.squeeze() if input.ndim < 2 else result


@both
def isclose(input, other, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Return where |input - other| <= atol + rtol |other|."""
    if input.dtype is not other.dtype:
        raise RuntimeError(f"{input.dtype.short} did not match {other.dtype.short}")
    close = (input - other).abs() <= atol + rtol * other.abs()
    result = (input == other) | (close & other.isfinite() & input.isfinite())
    return result | (input.isnan() & other.isnan()) if equal_nan else result


def _set_default(kind):
    DEFAULT[0] = kind


FUNCTIONS.update({
    "full_like": lambda input, fill_value, dtype=None, **named: full(
        input.shape, fill_value, dtype or input.dtype),
    "as_tensor": lambda data, dtype=None, device=None: (
        data if dtype is None else data.to(dtype)) if isinstance(data, Tensor)
        else tensor(data, dtype),
    "get_default_dtype": lambda: DEFAULT[0], "set_default_dtype": _set_default,
})  # fmt: skip
for name, function in {
    "fill_": lambda self, value: _inplace(self, full(
        self.shape, float(value) if self.dtype.kind == 2 else int(value), self.dtype)),
    "zero_": lambda self: self.fill_(0),
    "copy_": lambda self, src: _inplace(self, src.to(self.dtype).expand(self.shape)),
    "fill_diagonal_": lambda self, value: _inplace(
        self, where(eye(*self.shape).bool(), value, self)),
    "new_full": lambda self, size, fill_value: full(size, fill_value, self.dtype),
    "new_tensor": lambda self, data, dtype=None: tensor(data, dtype or self.dtype),
}.items():  # fmt: skip
    setattr(Tensor, name, function)
for name, function in {
    "allclose": lambda input, other, *near, **named: bool(
        isclose(input, other, *near, **named).all()),
    "equal": lambda input, other: (
        tuple(input.shape) == tuple(other.shape) and bool((input == other).all())),
    "diff": lambda input, dim=-1: (input.narrow(dim, 1, input.shape[dim] - 1)
                                   - input.narrow(dim, 0, input.shape[dim] - 1)),
}.items():  # fmt: skip
    both(function, name)
FINFO = {  # eps, largest, smallest normal, resolution
    float16: (2.0**-10, 65504.0, 2.0**-14, 0.001),
    bfloat16: (2.0**-7, HALVES[bfloat16][2], 2.0**-126, 0.01),
    float32: (2.0**-23, (2 - 2.0**-23) * 2.0**127, 2.0**-126, 1e-6),
    float64: (2.0**-52, (2 - 2.0**-52) * 2.0**1023, 2.0**-1022, 1e-15),
}


@offered
class finfo:
    """The limits of a floating-point dtype."""

    def __init__(self, type=None):
        kind = type or DEFAULT[0]
        if kind.kind < 2:
            raise error("init")
        self.eps, self.max, self.tiny, self.resolution = FINFO[kind]
        self.min, self.smallest_normal = -self.max, self.tiny
        self.bits, self.dtype = 8 * kind.itemsize, kind.name


for name, thing in {
    "Tensor": Tensor, "Size": Size, "dtype": DType, "device": Device, "no_grad": no_grad,
    "enable_grad": enable_grad, "inference_mode": inference_mode, "inf": inf, "nan": nan,
    "pi": math.pi, "e": math.e,
    "broadcast_shapes": broadcast_shapes, "long": int64, "int": int32, "short": int16,
    "half": float16, "float": float32, "double": float64, "bool": bool_,
}.items():  # fmt: skip
    FUNCTIONS[name] = thing
for kind in DTYPES:
    FUNCTIONS.setdefault(kind.name, kind)
