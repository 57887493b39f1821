"""Ways to fill the parameters of a network, in place (torch.nn.init)."""

import math

from .._core import no_attribute, no_grad


def __getattr__(name):
    owner = "torch.nn.init"
    raise no_attribute(owner, name, f"module '{owner}' has no attribute '{name}'")


def uniform_(tensor, a=0.0, b=1.0, generator=None):
    if a > b:
        raise RuntimeError(
            f"uniform_ expects to return a [from, to) range, but found from={a} > to={b}"
        )
    with no_grad():
        return tensor.uniform_(a, b, generator=generator)


def normal_(tensor, mean=0.0, std=1.0, generator=None):
    if std < 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std}")
    with no_grad():
        return tensor.normal_(mean, std, generator=generator)


def constant_(tensor, val):
    with no_grad():
        return tensor.fill_(val)


ones_ = lambda tensor: constant_(tensor, 1.0)
zeros_ = lambda tensor: constant_(tensor, 0.0)


def xavier_normal_(tensor, gain=1.0, generator=None):
    """Draw weights whose variance is 2 over the number of inputs and outputs."""
    if tensor.ndim < 2:
        raise ValueError(
            "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions"
        )
    ends = (tensor.size(0) + tensor.size(1)) * tensor[0][0].numel()
    return normal_(tensor, 0.0, gain * math.sqrt(2.0 / ends), generator)
