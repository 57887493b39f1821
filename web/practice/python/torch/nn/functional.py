"""Losses and activation functions (torch.nn.functional)."""

from .._core import (  # fmt: skip
    FUNCTIONS,
    Missing,
    _dim,
    _make,
    _must_be_tensor,
    _relabel,
    _take,
    int64,
    no_attribute,
    uint8,
    where,
)


def __getattr__(name):
    if name in ("relu", "sigmoid", "tanh"):
        return FUNCTIONS[name]
    owner = "torch.nn.functional"
    raise no_attribute(owner, name, f"module '{owner}' has no attribute '{name}'")


# Activations -----------------------------------------------------------------------------------
def _softmax_dim(input, dim):
    """Return dim, and without one torch's old guess."""
    return (0 if input.ndim in (0, 1, 3) else 1) if dim is None else _dim(dim, input.ndim)


def softmax(input, dim=None, _stacklevel=3, dtype=None):
    return input.softmax(_softmax_dim(input, dim), dtype=dtype)


def log_softmax(input, dim=None, _stacklevel=3, dtype=None):
    return input.log_softmax(_softmax_dim(input, dim), dtype=dtype)


def softmin(input, dim=None, _stacklevel=3, dtype=None):
    return softmax(-input, dim, dtype=dtype)


def softplus(input, beta=1.0, threshold=20.0):
    """Return log(1 + exp(beta x)) / beta, which is x itself where x is large."""
    _must_be_tensor("softplus", input)
    scaled = input * beta
    low = where(scaled > threshold, 0.0, scaled).exp().log1p() / beta
    return _relabel(where(scaled > threshold, input, low), "Softplus")


def logsigmoid(input):
    _must_be_tensor("log_sigmoid", input)
    return _relabel(where(input < 0, input, 0.0) - (-input.abs()).exp().log1p(), "LogSigmoid")


# Layers ----------------------------------------------------------------------------------------
def linear(input, weight, bias=None):
    """Return input @ weight.T + bias, for inputs in rows."""
    _must_be_tensor("linear", input)
    _must_be_tensor("linear", weight, "weight", 2)
    if not input.ndim:
        raise RuntimeError(
            f"both arguments to linear need to be at least 1D, but they are 0D and {weight.ndim}D"
        )
    if weight.ndim != 2:
        product = input @ weight
        return product if bias is None else product + bias
    rows = input.reshape(-1, input.shape[-1]) if input.ndim != 2 else input
    if bias is not None and input.dtype is not weight.dtype:
        kinds = f"{input.dtype.short} and {weight.dtype.short}"
        raise RuntimeError(f"mat1 and mat2 must have the same dtype, but got {kinds}")
    product = rows.mm(weight.t())
    if bias is not None:
        if bias.ndim and bias.shape[-1] not in (1, product.shape[1]):
            raise RuntimeError(
                f"The expanded size of the tensor ({product.shape[1]}) must match the existing "
                f"size ({bias.shape[-1]}) at non-singleton dimension 1.  Target sizes: "
                f"{list(product.shape)}.  Tensor sizes: {list(bias.shape)}"
            )
        product = _relabel(product + bias, "Addmm")
    if input.ndim == 2:
        return product
    product = product.reshape(tuple(input.shape[:-1]) + (weight.shape[0],))
    return _relabel(product, "View")


def layer_norm(input, normalized_shape, weight=None, bias=None, eps=1e-05):
    """Return input with mean 0 and variance 1 over the last dimensions."""
    shape = list(normalized_shape)
    if list(input.shape[-len(shape) :]) != shape:
        ends = ", ".join([str(n) for n in shape])
        raise RuntimeError(
            f"Given normalized_shape={shape}, expected input with shape [*, {ends}], "
            f"but got input of size{list(input.shape)}"
        )
    dims = tuple(range(-len(shape), 0))
    centred = input - input.mean(dim=dims, keepdim=True)
    result = centred / ((centred * centred).mean(dim=dims, keepdim=True) + eps).sqrt()
    result = result if weight is None else result * weight
    return _relabel(result if bias is None else result + bias, "NativeLayerNorm")


def one_hot(input, num_classes=-1):
    """Return rows of zeros with a single 1, at the place that input names."""
    _must_be_tensor("one_hot", input)
    if input.dtype is not int64:
        raise RuntimeError("one_hot is only applicable to index tensor of type LongTensor.")
    values = input._flat
    if not len(values) and num_classes <= 0:
        raise RuntimeError("Can not infer total number of classes from empty tensor.")
    if any(v < 0 for v in values):
        raise RuntimeError("Class values must be non-negative.")
    if num_classes == -1:
        num_classes = max(values) + 1
    if num_classes < 1:
        raise RuntimeError("num_classes should be positive")
    if any(v >= num_classes for v in values):
        raise RuntimeError("Class values must be smaller than num_classes.")
    row = [0] * (len(values) * num_classes)
    for i, v in enumerate(values):
        row[i * num_classes + v] = 1
    return _make(row, tuple(input.shape) + (num_classes,), int64)


# Losses ----------------------------------------------------------------------------------------
def _reduced(losses, reduction, label=""):
    """Return the losses, their mean or their sum."""
    if reduction != "none":
        losses = losses.mean() if reduction == "mean" else losses.sum()
    return _relabel(losses, label) if label else losses


def _check(reduction, *sizes):
    """Complain about an unknown reduction, and (as torch does) about what has no size."""
    for x in sizes:
        x.size()
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not a valid value for reduction")


def mse_loss(input, target, *, reduction="mean"):
    """Return the mean of the squared errors, or their sum, or each."""
    _check(reduction, target, input)
    return _reduced((input - target) ** 2, reduction, "MseLoss")


def l1_loss(input, target, *, reduction="mean"):
    """Return the mean of the absolute errors, or their sum, or each."""
    _check(reduction, target, input)
    return _reduced((input - target).abs(), reduction)


def smooth_l1_loss(input, target, *, reduction="mean", beta=1.0):
    """Return |e| - beta / 2 beyond beta, a parabola e**2 / (2 beta) within."""
    _check(reduction, target, input)
    if beta <= 0:
        raise Missing("smooth_l1_loss with this beta")
    size = (input - target).abs()
    losses = where(size < beta, 0.5 * size * size / beta, size - 0.5 * beta)
    return _reduced(losses, reduction, "SmoothL1Loss")


def huber_loss(input, target, reduction="mean", delta=1.0):
    """Return delta (|e| - delta / 2) beyond delta, a parabola e**2 / 2 within."""
    _check(reduction, target, input)
    if delta <= 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    size = (input - target).abs()
    losses = where(size <= delta, 0.5 * size * size, delta * (size - 0.5 * delta))
    return _reduced(losses, reduction, "HuberLoss")


def cross_entropy(input, target, *, reduction="mean", label_smoothing=0.0):
    """Return -log of the softmax of input at the labels: class numbers, or probabilities."""
    _check(reduction)
    _must_be_tensor("cross_entropy_loss", input)
    _must_be_tensor("cross_entropy_loss", target, "target", 2)
    dim = 0 if input.ndim == 1 else 1
    if tuple(input.shape) != tuple(target.shape):
        if label_smoothing:
            raise Missing("cross_entropy with label_smoothing of class numbers")
        return nll_loss(input.log_softmax(dim), target, reduction=reduction)
    if target.dtype.kind < 2:
        raise RuntimeError(
            "Expected floating point type for target with class probabilities, "
            f"got {target.dtype.short}"
        )
    if input.ndim > 2:
        raise Missing("cross_entropy of this form")
    log_p = input.log_softmax(dim)
    if label_smoothing:
        target = target * (1 - label_smoothing) + label_smoothing / input.shape[dim]
    losses = -(log_p * target).sum(dim)
    if reduction == "mean":
        result = losses.sum() / (input.shape[0] if dim else 1)
        return _relabel(result, "Div")
    return losses if reduction == "none" else _relabel(losses.sum(), "Neg")


def nll_loss(input, target, *, reduction="mean"):
    """Return minus the entries of input at the class numbers in target."""
    _check(reduction)
    _must_be_tensor("nll_loss_nd", input)
    _must_be_tensor("nll_loss_nd", target, "target", 2)
    if input.ndim > 2:
        raise Missing("nll_loss of more dimensions")
    if input.ndim == 1 and target.ndim == 1 and len(target) != 1:
        size = len(target)
        raise ValueError(f"For 1D input, 1D target must have size 1, but got target size: {size}")
    if target.ndim > 1:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    n, classes = tuple(input.shape) if input.ndim == 2 else (1, input.shape[0])
    if input.ndim == 2 and target.shape[:1] != (n,):
        size = target.shape[0] if target.ndim else 1
        raise ValueError(f"Expected input batch_size ({n}) to match target batch_size ({size}).")
    if target.dtype not in (int64, uint8):
        raise RuntimeError(
            f"expected target dtype to be Long or Byte, but got {target.dtype.short}"
        )
    labels = list(target._flat)
    for label in labels:
        if label == -100:
            raise Missing("a label to be ignored")
        if not 0 <= label < classes:
            raise IndexError(f"Target {label} is out of bounds.")
    losses = -_take(input, [i * classes + labels[i] for i in range(n)], (n,), view=False)
    if reduction == "none" and input.ndim == 1:
        losses = losses.reshape(())
    return _reduced(losses, reduction, "NllLoss")
