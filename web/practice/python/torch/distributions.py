"""The densities of the normal and the Laplace distribution (torch.distributions)."""

import math

from ._core import FUNCTIONS, Missing, Tensor, no_attribute


def __getattr__(name):
    owner = "torch.distributions"
    raise no_attribute(owner, name, f"module '{owner}' has no attribute '{name}'")


class _Distribution:
    """A distribution with a location and a scale, which may be tensors or numbers."""

    def __init__(self, loc, scale):
        kinds = [x.dtype for x in (loc, scale) if isinstance(x, Tensor)] + [None]
        loc, scale = [
            x if isinstance(x, Tensor) else FUNCTIONS["tensor"](x * 1.0, dtype=kinds[0])
            for x in (loc, scale)
        ]
        self.loc, self.scale = FUNCTIONS["broadcast_tensors"](loc, scale)
        if not bool(((self.loc == self.loc) & (self.scale > 0)).all()):
            raise Missing("a distribution of such parameters")

    def __getattr__(self, name):
        kind = type(self).__name__
        raise no_attribute("Distribution", name, f"'{kind}' object has no attribute '{name}'")

    def log_prob(self, value):
        """Return the logarithm of the density."""
        if not isinstance(value, Tensor):
            raise ValueError("The value argument to log_prob must be a Tensor")
        if not bool((value == value).all()):
            raise Missing("the density at nan")
        return self._log_density(value)


class Normal(_Distribution):
    """The normal distribution."""

    def _log_density(self, value):
        square = (value - self.loc) ** 2 / (2 * self.scale**2)
        return -square - self.scale.log() - math.log(math.sqrt(2 * math.pi))


class Laplace(_Distribution):
    """The two-sided exponential distribution."""

    def _log_density(self, value):
        return -(2 * self.scale).log() - (value - self.loc).abs() / self.scale
