"""Steps down the gradient: SGD with momentum and weight decay, and Adam (torch.optim)."""

import math

from ._core import Missing, Tensor, no_attribute, no_grad


def __getattr__(name):
    raise no_attribute("torch.optim", name, f"module 'torch.optim' has no attribute '{name}'")


class Optimizer:
    """Holds parameters in groups, each with its settings, and a state for each parameter."""

    def __init__(self, params, **defaults):
        for name, value in defaults.items():
            if name in ("lr", "momentum", "weight_decay", "eps") and not value >= 0:
                words = {"lr": "learning rate", "eps": "epsilon value"}
                raise ValueError(f"Invalid {words.get(name, name + ' value')}: {value}")
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or "
                f"dicts, but got torch.{params.dtype.short}Tensor"
            )
        params = list(params)
        if not params:
            raise ValueError("optimizer got an empty parameter list")
        groups = params if isinstance(params[0], dict) else [{"params": params}]
        self.defaults, self.param_groups, self.state = defaults, [], {}
        for group in groups:
            own = group["params"]
            own = [own] if isinstance(own, Tensor) else list(own)
            for p in own:
                if not isinstance(p, Tensor):
                    raise TypeError(
                        "optimizer can only optimize Tensors, but one of the params is "
                        + type(p).__name__
                    )
                if not p.is_leaf:
                    raise ValueError("can't optimize a non-leaf Tensor")
            made = dict(defaults)
            for key in group:
                made[key] = group[key]
            made["params"] = own
            self.param_groups.append(made)

    def __getattr__(self, name):
        kind = type(self).__name__
        raise no_attribute("Optimizer", name, f"'{kind}' object has no attribute '{name}'")

    def zero_grad(self, set_to_none=True):
        """Forget the gradients of all parameters."""
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.grad = None if set_to_none else p.grad.detach().zero_()

    def step(self):
        """Move each parameter that has a gradient."""
        with no_grad():
            for group in self.param_groups:
                for p in group["params"]:
                    if p.grad is not None:
                        g = -p.grad if group["maximize"] else p.grad
                        self.move(p, g, group, self.state.setdefault(id(p), {}))


class SGD(Optimizer):
    """Steps against the gradient, or against a running sum of gradients (momentum)."""

    def __init__(self, params, lr=0.001, momentum=0, dampening=0, weight_decay=0, nesterov=False,
                 *, maximize=False):  # fmt: skip
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        super().__init__(params, lr=lr, momentum=momentum, dampening=dampening, maximize=maximize,
                         weight_decay=weight_decay, nesterov=nesterov)  # fmt: skip

    def move(self, p, g, group, state):
        if group["weight_decay"]:
            g = g + group["weight_decay"] * p
        if group["momentum"]:
            if "sum" not in state:
                state["sum"] = g.clone()
            else:
                state["sum"] = group["momentum"] * state["sum"] + (1 - group["dampening"]) * g
            g = g + group["momentum"] * state["sum"] if group["nesterov"] else state["sum"]
        p -= group["lr"] * g


class Adam(Optimizer):
    """Steps of a size that does not depend on that of the gradients."""

    apart = False  # whether weight decay is no part of the gradient

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-08, weight_decay=0,
                 *, maximize=False):  # fmt: skip
        if not all(0 <= beta < 1 for beta in betas):
            raise Missing("torch.optim.Adam with such betas")
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay,
                         maximize=maximize)  # fmt: skip

    def move(self, p, g, group, state):
        first, second = group["betas"]
        if group["weight_decay"] and self.apart:
            p *= 1 - group["lr"] * group["weight_decay"]
        elif group["weight_decay"]:
            g = g + group["weight_decay"] * p
        n = state["steps"] = state.get("steps", 0) + 1
        mean, square = state.get("mean", 0 * g), state.get("square", 0 * g)
        state["mean"] = mean + (1 - first) * (g - mean)
        state["square"] = second * square + (1 - second) * g * g
        # Both averages begin at 0; the divisions undo that bias of the first steps.
        size = state["square"].sqrt() / math.sqrt(1 - second**n) + group["eps"]
        p -= group["lr"] / (1 - first**n) * (state["mean"] / size)


class AdamW(Adam):
    """Adam whose weight decay is not part of the gradient."""

    apart = True

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-08, weight_decay=0.01, **more):
        super().__init__(params, lr, betas, eps, weight_decay, **more)
