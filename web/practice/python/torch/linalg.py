"""Linear algebra: solve, inv, qr, svd, eigh, pinv, lstsq and norms of single matrices.

All is computed with 53 binary digits and then rounded, so float32 results may be more exact than
torch's. Singular vectors and eigenvectors may have another sign than there. solve, inv and most
norms can be differentiated, the others raise.
"""

import math

from ._core import FUNCTIONS, Missing, Tensor, _make, float32, float64, int64, no_attribute

EPS = {float32: 2.0**-23, float64: 2.0**-52}


class _LinAlgError(RuntimeError):
    """A matrix for which there is no result."""


LinAlgError = _LinAlgError


def __getattr__(name):
    raise no_attribute("torch.linalg", name, f"module 'torch.linalg' has no attribute '{name}'")


def _results(name, **fields):
    """Return several results in a tuple with names, which prints as torch's does."""

    class Results(tuple):
        def __getattr__(self, field):
            if field in fields:
                return fields[field]
            raise AttributeError(f"'{name}' object has no attribute '{field}'")

        def __repr__(self):
            parts = [f"{field}={fields[field]!r}" for field in order]
            return f"torch.return_types.{name}(\n" + ",\n".join(parts) + ")"

        __str__ = __repr__

    order = ORDER[name]
    return Results([fields[field] for field in order])


ORDER = {
    "linalg_qr": ("Q", "R"), "linalg_svd": ("U", "S", "Vh"),
    "linalg_eigh": ("eigenvalues", "eigenvectors"),
    "linalg_lstsq": ("solution", "residuals", "rank", "singular_values"),
}  # fmt: skip


# Matrices as lists of rows ---------------------------------------------------------------------
def _rows(name, A, square=True):
    """Return the rows of a matrix, once it is known to be one."""
    if not isinstance(A, Tensor):
        kind = type(A).__name__
        raise TypeError(f"linalg_{name}(): argument 'A' (position 1) must be Tensor, not {kind}")
    if A.ndim < 2:
        raise RuntimeError(f"linalg.{name}: The input tensor A must have at least 2 dimensions.")
    if A.ndim > 2 or (A.dtype.kind == 2 and A.dtype not in EPS) or 0 in A.shape:
        raise Missing(f"torch.linalg.{name} of {A.dtype} {tuple(A.shape)}")
    m, n = A.shape
    if square and m != n:
        raise RuntimeError(
            f"linalg.{name}: A must be batches of square matrices, but they are {m} by {n} matrices"
        )
    if A.dtype not in EPS:
        raise RuntimeError(
            f"linalg.{name}: Expected a floating point or complex tensor as input. "
            f"Got {A.dtype.short}"
        )
    return A.tolist()


def _no_derivative(g):
    raise Missing("this derivative in torch.linalg")


def _matrix(rows, source, shape=None):
    """Return a tensor of rows; its gradient by the source raises."""
    values = [v for row in rows for v in row]
    if source.dtype is float32:  # what rounding to 53 digits left over of 0
        least = 1e-15 * max([abs(v) for v in values] + [0.0])
        values = [0.0 if abs(v) < least else v for v in values]
    shape = (len(rows), len(rows[0])) if shape is None else shape
    return _make(values, shape, source.dtype, [(source, _no_derivative)], "derivative")


def _transposed(rows):
    return [list(column) for column in zip(*rows)]


def _dot(u, v):
    total = 0.0
    for a, b in zip(u, v):
        total += a * b
    return total


def _identity(n):
    return [[1.0 if i == j else 0.0 for j in range(n)] for i in range(n)]


def _solved(rows, right, singular):
    """Return the rows of X with rows X = right by elimination; singular(k) if pivot k is 0."""
    n = len(rows)
    a = [list(row) + list(more) for row, more in zip(rows, right)]
    zeros = []
    for k in range(n):
        top = max(range(k, n), key=lambda i: abs(a[i][k]))  # the first of the largest
        a[k], a[top] = a[top], a[k]
        if a[k][k] == 0:
            zeros.append(k + 1)
            continue
        for i in range(k + 1, n):
            factor = a[i][k] / a[k][k]
            if factor:
                a[i] = [v - factor * w for v, w in zip(a[i], a[k])]
    if zeros:
        raise _LinAlgError(singular(zeros[0]))
    for k in range(n - 1, -1, -1):
        for i in range(k + 1, n):
            factor = a[k][i]
            a[k][n:] = [v - factor * w for v, w in zip(a[k][n:], a[i][n:])]
        a[k][n:] = [v / a[k][k] for v in a[k][n:]]
    return [row[n:] for row in a]


def _svd(rows, noise=0.0):
    """Return columns of U, singular values, and columns of V; as many as the smaller side.

    The columns are turned by twos until all are orthogonal (Jacobi's rotations). Those of which
    only rounding errors are left, below the share noise of all, may stay as they are.
    """
    if any(v != v or abs(v) == math.inf for row in rows for v in row):
        raise _LinAlgError(
            "linalg.svd: The algorithm failed to converge because the input matrix contained "
            "non-finite values."
        )
    if len(rows) < len(rows[0]):
        right, values, left = _svd(_transposed(rows), noise)
        return left, values, right
    columns, right = _transposed(rows), _identity(len(rows[0]))
    n, turning, rounds = len(columns), True, 0
    least = noise * sum([_dot(column, column) for column in columns])
    while turning and rounds < 60:
        turning, rounds = False, rounds + 1
        for p in range(n - 1):
            for q in range(p + 1, n):
                u, v = columns[p], columns[q]
                a, b = _dot(u, u), _dot(v, v)
                if a < least or b < least:
                    continue
                c = _dot(u, v)
                if abs(c) <= 1e-16 * math.sqrt(a * b):
                    continue
                turning = True
                half = (b - a) / (2 * c)
                t = (1 if half >= 0 else -1) / (abs(half) + math.sqrt(1 + half * half))
                cos = 1 / math.sqrt(1 + t * t)
                sin = cos * t
                for pair in columns, right:
                    u, v = pair[p], pair[q]
                    pair[p] = [cos * x - sin * y for x, y in zip(u, v)]
                    pair[q] = [sin * x + cos * y for x, y in zip(u, v)]
    lengths = [math.sqrt(_dot(column, column)) for column in columns]
    order = sorted(range(n), key=lambda k: -lengths[k])
    left = [[x / (lengths[k] or 1.0) for x in columns[k]] for k in order]
    return left, [lengths[k] for k in order], [right[k] for k in order]


NOISE = 1e-30  # of the squares


# What torch.linalg offers ----------------------------------------------------------------------
def solve(A, B, left=True):
    """Return X with A X = B."""
    rows = _rows("solve", A)
    if A.dtype is not B.dtype:
        raise RuntimeError(
            "linalg.solve: Expected A and B to have the same dtype, but found A of type "
            f"{A.dtype.short} and B of type {B.dtype.short} instead"
        )
    if not left:
        return solve(A.t(), B.t()).t()
    if B.shape[0] != A.shape[0] or not 0 < B.ndim < 3:
        shown = "x".join([str(n) for n in (tuple(B.shape) + (1,))[:2]])
        raise RuntimeError(
            "linalg.solve: Incompatible shapes of A and B for the equation AX = B "
            f"({len(rows)}x{len(rows)} and {shown})"
        )
    right = [[v] for v in B.tolist()] if B.ndim == 1 else B.tolist()
    fault = "torch.linalg.solve: The solver failed because the input matrix is singular."
    values = [v for row in _solved(rows, right, lambda k: fault) for v in row]

    def by_a(g):
        turned = solve(A.t(), g)
        return -(turned.outer(result) if g.ndim == 1 else turned @ result.t())

    rules = [(A, by_a, A), (B, lambda g: solve(A.t(), g), A)]
    result = _make(values, B.shape, A.dtype, rules, "LinalgSolveEx")
    return result


def inv(A):
    """Return the inverse of A."""
    fault = lambda k: (
        f"linalg.inv: The diagonal element {k} is zero, the inversion could not be completed "
        "because the input matrix is singular."
    )
    values = [v for row in _solved(_rows("inv", A), _identity(len(A)), fault) for v in row]
    rules = [(A, lambda g: -(result.t() @ g @ result.t()))]
    result = _make(values, A.shape, A.dtype, rules, "LinalgInvEx")
    return result


def solve_triangular(A, B, *, upper, left=True, unitriangular=False):
    """Return X with A X = B, of A only the triangle."""
    if B.ndim < 2 or unitriangular or not left or 0 in A.diagonal().tolist():
        raise Missing("torch.linalg.solve_triangular of this form")
    return solve(A.triu() if upper else A.tril(), B)


def qr(A, mode="reduced"):
    """Return Q with orthonormal columns and a triangle R, with Q R = A: Householder's way."""
    r, (m, n) = _rows("qr", A, square=False), A.shape
    if mode != "reduced":
        raise Missing("torch.linalg.qr with a mode")
    mirrors = []
    for k in range(min(m, n)):
        normal = [r[i][k] for i in range(k, m)]
        if any(normal[1:]):
            length = math.sqrt(_dot(normal, normal))
            normal[0] += length if normal[0] > 0 else -length
            mirrors.append((k, normal))
            _mirror(r, k, normal)
    width = min(m, n)
    q = [row[:width] for row in _identity(m)]
    for k, normal in reversed(mirrors):
        _mirror(q, k, normal)
    r = [[v if j >= i else 0.0 for j, v in enumerate(row)] for i, row in enumerate(r[:width])]
    return _results("linalg_qr", Q=_matrix(q, A), R=_matrix(r, A))


def _mirror(rows, start, normal):
    """Reflect the columns of rows, from row start on, in a plane."""
    scale = 2.0 / _dot(normal, normal)
    for j in range(len(rows[0])):
        part = scale * _dot(normal, [row[j] for row in rows[start:]])
        for row, v in zip(rows[start:], normal):
            row[j] -= part * v


def svd(A, full_matrices=True):
    """Return U, S, Vh with A = U diag(S) Vh."""
    left, values, right = _svd(_rows("svd", A, square=False))
    if full_matrices and A.shape[0] != A.shape[1]:
        raise Missing("torch.linalg.svd of this form")
    S = _make(values, (len(values),), A.dtype, [(A, _no_derivative)], "LinalgSvd")
    return _results("linalg_svd", U=_matrix(_transposed(left), A), S=S, Vh=_matrix(right, A))


def svdvals(A):
    """Return the singular values, the largest first."""
    values = _svd(_rows("svd", A, square=False), NOISE)[1]
    return _make(values, (len(values),), A.dtype, [(A, _no_derivative)], "LinalgSvd")


def eigh(A):
    """Return the eigenvalues of a symmetric matrix, the least first, and its eigenvectors."""
    rows, n = _rows("eigh", A), len(A)
    rows = [[rows[max(i, j)][min(i, j)] for j in range(n)] for i in range(n)]
    left, values, right = _svd(rows, NOISE)
    shift = 0.0
    if any(s > 1e-13 * values[0] and _dot(u, v) < 0.9 for u, s, v in zip(left, values, right)):
        shift = 2 * values[0]  # so that none is negative; else they are the singular values
        left, values, right = _svd(
            [[v + shift * (i == j) for j, v in enumerate(row)] for i, row in enumerate(rows)]
        )
    values, right = [s - shift for s in reversed(values)], list(reversed(right))
    values = _make(values, (n,), A.dtype, [(A, _no_derivative)], "LinalgEigh")
    vectors = _matrix(_transposed(right), A)
    return _results("linalg_eigh", eigenvalues=values, eigenvectors=vectors)


def eigvalsh(A):
    """Return the eigenvalues of a symmetric matrix, the least first."""
    return eigh(A).eigenvalues


def _large(A, values, atol=None, rtol=None):
    """Return how many singular values are not tiny beside the largest."""
    share = (0.0 if atol else max(A.shape) * EPS[A.dtype]) if rtol is None else rtol
    limit = max(share * values[0], atol or 0.0)
    return sum([1 for s in values if s > limit])


def pinv(A, rcond=None, hermitian=False, *, atol=None, rtol=None):
    """Return the pseudoinverse; singular values below a share of the largest count as 0."""
    left, values, right = _svd(_rows("pinv", A, square=False))
    result = [[0.0] * A.shape[0] for _ in range(A.shape[1])]
    rank = _large(A, values, atol, rcond if rtol is None else rtol)
    for u, s, v in zip(left[:rank], values, right):
        for i, factor in enumerate(v):
            result[i] = [x + factor / s * y for x, y in zip(result[i], u)]
    return _matrix(result, A)


def matrix_rank(A, tol=None, hermitian=False, *, atol=None, rtol=None):
    """Return the number of singular values that are not tiny."""
    values = _svd(_rows("matrix_rank", A, square=False))[1]
    return _make([_large(A, values, atol if tol is None else tol, rtol)], (), int64)


def lstsq(input, other, rcond=None, *, driver=None):
    """Return X for which input X is nearest to other; of several ones, the shortest."""
    name = "torch.linalg.lstsq: "
    if isinstance(input, Tensor) and input.ndim < 2:
        raise RuntimeError(name + "input must have at least 2 dimensions.")
    rows = _rows("lstsq", input, square=False)
    if input.shape[0] != other.shape[0]:
        raise RuntimeError(name + "input.size(-2) should match other.size(-2)")
    if input.dtype is not other.dtype:
        raise RuntimeError(
            name + "Expected input and other to have the same dtype, but got input's dtype "
            f"{input.dtype.short} and other's dtype {other.dtype.short}"
        )
    if driver not in (None, "gelsy") or other.ndim > 2 or other.requires_grad:
        raise Missing("torch.linalg.lstsq of this form")
    left, values, right = _svd(rows)
    rank, n, columns = _large(input, values, None, rcond), len(rows[0]), []
    for column in _transposed(other.reshape(len(rows), -1).tolist()):
        x, rest = [0.0] * n, column
        for _ in range(2):  # the second time repairs what rounding left over
            for u, s, v in zip(left[:rank], values, right):
                part = _dot(u, rest) / s
                x = [a + part * c for a, c in zip(x, v)]
            rest = [y - _dot(row, x) for row, y in zip(rows, column)]
        columns.append(x)
    solution = _matrix(_transposed(columns), input, (n,) + tuple(other.shape[1:]))
    empty = _make([], (0,), input.dtype)
    return _results("linalg_lstsq", solution=solution, residuals=empty,
                    rank=_make([rank], (), int64), singular_values=empty)  # fmt: skip


def vector_norm(x, ord=2, dim=None, keepdim=False, *, dtype=None):
    """Return the norm of the entries of x, or of its lanes along dim."""
    return x.norm(ord, dim, keepdim) if dim is not None else x.norm(ord)


def matrix_norm(A, ord="fro"):
    """Return a norm of a matrix: of its entries, or its largest (least) singular value."""
    _rows("matrix_norm", A, square=False)
    if ord == "fro":
        return A.norm()
    if ord not in (2, -2):
        raise Missing("torch.linalg.matrix_norm of this order")
    return svdvals(A)[0 if ord == 2 else -1]


def norm(A, ord=None, dim=None, keepdim=False, *, dtype=None):
    """Return the norm of a vector, or of a matrix where ord asks for it."""
    if ord is None or dim is not None or A.ndim == 1:
        if isinstance(dim, tuple):
            raise Missing("torch.linalg.norm of this form")
        return vector_norm(A, 2 if ord is None else ord, dim, keepdim)
    return matrix_norm(A, ord)


for _name, _function in ("inverse", inv), ("pinverse", pinv):
    FUNCTIONS[_name] = _function
    setattr(Tensor, _name, _function)
