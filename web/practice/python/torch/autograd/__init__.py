"""Gradients (torch.autograd): grad, and derivatives of functions in functional."""

from .._core import enable_grad, grad, inference_mode, no_attribute, no_grad
from . import functional

__all__ = ["enable_grad", "functional", "grad", "inference_mode", "no_grad"]


def __getattr__(name):
    owner = "torch.autograd"
    raise no_attribute(owner, name, f"module '{owner}' has no attribute '{name}'")
