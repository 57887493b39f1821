"""Networks: Module and Parameter, layers and losses (torch.nn)."""

import math
from collections import OrderedDict

from .. import random  # noqa: F401 (fills weights)
from .._core import FUNCTIONS, Missing, Tensor, float32, float64, no_attribute
from . import functional, init


def __getattr__(name):
    raise no_attribute("torch.nn", name, f"module 'torch.nn' has no attribute '{name}'")


class Parameter(Tensor):
    """A tensor that a Module lists among its parameters."""

    def __init__(self, data=None, requires_grad=True):
        data = Tensor() if data is None else data.detach()
        self._set(data._storage, data.shape, data.dtype, data._at)
        if requires_grad and data.dtype.kind < 2:
            raise RuntimeError(
                "Only Tensors of floating point and complex dtype can require gradients"
            )
        self.requires_grad = requires_grad


class Module:
    """A part of a network, which knows its parameters and the parts it is made of."""

    def __init__(self):
        object.__setattr__(self, "_parameters", OrderedDict())
        object.__setattr__(self, "_modules", OrderedDict())
        object.__setattr__(self, "training", True)

    def __setattr__(self, name, value):
        """Keep parameters and modules in lists of their own."""
        kinds = (("_parameters", Parameter), ("_modules", Module))
        for table, kind in kinds:
            if isinstance(value, kind):
                if not hasattr(self, table):
                    what = "module" if kind is Module else "parameter"
                    raise AttributeError(f"cannot assign {what}s before Module.__init__() call")
                getattr(self, table)[name] = value
                return
        for table, kind in kinds:
            if name in getattr(self, table, ()):
                if value is not None:
                    what = "parameter" if kind is Parameter else "child module"
                    tensor = isinstance(value, Tensor)
                    given = f"torch.{value.dtype.short}Tensor" if tensor else type(value).__name__
                    raise TypeError(
                        f"cannot assign '{given}' as {what} '{name}' "
                        f"(torch.nn.{kind.__name__} or None expected)"
                    )
                getattr(self, table)[name] = None
                return
        object.__setattr__(self, name, value)

    def __delattr__(self, name):
        for table in self._parameters, self._modules:
            if name in table:
                del table[name]
                return
        object.__delattr__(self, name)

    def __getattr__(self, name):
        if name not in ("_parameters", "_modules"):
            for table in self._parameters, self._modules:
                if name in table:
                    return table[name]
        raise no_attribute(
            "Module", name, f"'{type(self).__name__}' object has no attribute '{name}'"
        )

    def __call__(self, *inputs, **named):
        return self.forward(*inputs, **named)

    def forward(self, *inputs):
        name = type(self).__name__
        raise NotImplementedError(f'Module [{name}] is missing the required "forward" function')

    # What it is made of
    def register_parameter(self, name, param):
        self._parameters[name] = param

    def named_children(self):
        return iter([(n, m) for n, m in self._modules.items() if m is not None])

    def children(self):
        return iter([m for _, m in self.named_children()])

    def named_modules(self, memo=None, prefix="", remove_duplicate=True):
        memo = [] if memo is None else memo
        if any(self is m for m in memo):
            return
        memo.append(self)
        yield prefix, self
        for name, module in self.named_children():
            inner = prefix + ("." if prefix else "") + name
            yield from module.named_modules(memo, inner)

    def modules(self):
        for _, module in self.named_modules():
            yield module

    def named_parameters(self, prefix="", recurse=True, remove_duplicate=True):
        seen = []
        for before, module in self.named_modules(prefix=prefix) if recurse else [(prefix, self)]:
            for name, p in module._parameters.items():
                if p is not None and not any(p is q for q in seen):
                    seen.append(p)
                    yield before + ("." if before else "") + name, p

    def parameters(self, recurse=True):
        for _, p in self.named_parameters(recurse=recurse):
            yield p

    def state_dict(self):
        return OrderedDict([(name, p.detach()) for name, p in self.named_parameters()])

    def load_state_dict(self, state_dict, strict=True):
        own = self.state_dict()
        missing = [name for name in own if name not in state_dict]
        surplus = [name for name in state_dict if name not in own]
        if not strict or missing or surplus:
            raise Missing("load_state_dict with other names")
        for name, x in own.items():
            x.copy_(state_dict[name])
        return "<All keys matched successfully>"

    # What can be done to all parts
    def apply(self, fn):
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def train(self, mode=True):
        for module in self.modules():
            object.__setattr__(module, "training", mode)
        return self

    def eval(self):
        return self.train(False)

    def requires_grad_(self, requires_grad=True):
        for p in self.parameters():
            p.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none=True):
        for p in self.parameters():
            if p.grad is not None:
                p.grad = None if set_to_none else p.grad.detach().zero_()

    def to(self, *targets, **named):
        for x in self.parameters():
            x.data = x.data.to(*targets, **named)
        return self

    float, double = lambda self: self.to(float32), lambda self: self.to(float64)

    # How it is printed
    def extra_repr(self):
        return ""

    def __repr__(self):
        name, extra = type(self).__name__, self.extra_repr()
        lines = [
            f"({key}): " + repr(module).replace("\n", "\n  ")
            for key, module in self._modules.items()
        ]
        if not lines:
            return f"{name}({extra})"
        return name + "(\n  " + "\n  ".join(([extra] if extra else []) + lines) + "\n)"

    __str__ = __repr__


def _empty(*shape, dtype=None, device=None):
    """Return a parameter without numbers yet."""
    return Parameter(FUNCTIONS["empty"](*shape, dtype=dtype, device=device))


# Layers ----------------------------------------------------------------------------------------
class Linear(Module):
    """x @ weight.T + bias."""

    def __init__(self, in_features, out_features, bias=True, device=None, dtype=None):
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        for place, n in ((2, in_features), (1, out_features)):
            if not isinstance(n, int):
                raise TypeError(
                    "empty(): argument 'size' failed to unpack the object at pos "
                    f'{place} with error "type must be tuple of ints,but got {type(n).__name__}"'
                )
        self.weight = _empty(out_features, in_features, dtype=dtype, device=device)
        given = _empty(out_features, dtype=dtype, device=device) if bias else None
        self.register_parameter("bias", given)
        if str(device or "cpu") == "cpu":  # numbers on "meta" take no memory
            self.reset_parameters()

    def reset_parameters(self):
        """Draw weights and bias between plus and minus 1 over the root of in_features."""
        if self.in_features:
            bound = math.sqrt(3.0) * (
                math.sqrt(2.0 / (1 + math.sqrt(5) ** 2)) / math.sqrt(self.in_features)
            )
            init.uniform_(self.weight, -bound, bound)
            if self.bias is not None:
                bound = 1 / math.sqrt(self.in_features)
                init.uniform_(self.bias, -bound, bound)

    def forward(self, input):
        return functional.linear(input, self.weight, self.bias)

    def extra_repr(self):
        bias = self.bias is not None
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={bias}"


class Sequential(Module):
    """One module after the other."""

    def __init__(self, *modules):
        super().__init__()
        if len(modules) == 1 and isinstance(modules[0], dict):
            raise Missing("nn.Sequential of names and modules")
        for i, module in enumerate(modules):
            if not isinstance(module, Module):
                raise TypeError(f"{type(module).__name__} is not a Module subclass")
            self._modules[str(i)] = module

    def forward(self, input):
        for module in self:
            input = module(input)
        return input

    def __iter__(self):
        return iter(list(self._modules.values()))

    def __len__(self):
        return len(self._modules)

    def __getitem__(self, index):
        if isinstance(index, slice):
            return type(self)(*list(self._modules.values())[index])
        if not -len(self) <= index < len(self):
            raise IndexError(f"index {index} is out of range")
        return list(self._modules.values())[index]

    def __setitem__(self, index, module):
        self._modules[list(self._modules)[index]] = module


class Flatten(Module):
    """Makes rows of all entries of an example."""

    def __init__(self, start_dim=1, end_dim=-1):
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, input):
        return input.flatten(self.start_dim, self.end_dim)

    def extra_repr(self):
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class LayerNorm(Module):
    """Numbers of mean 0 and variance 1 over the last dimensions, scaled and moved."""

    def __init__(self, normalized_shape, eps=1e-05, elementwise_affine=True, bias=True,
                 device=None, dtype=None):  # fmt: skip
        super().__init__()
        one = isinstance(normalized_shape, int)
        self.normalized_shape = (normalized_shape,) if one else tuple(normalized_shape)
        self.eps, self.elementwise_affine, self.with_bias = eps, elementwise_affine, bias
        for name, there in ("weight", True), ("bias", bias):
            there = there and elementwise_affine
            given = _empty(*self.normalized_shape, dtype=dtype, device=device) if there else None
            self.register_parameter(name, given)
        self.reset_parameters()

    def reset_parameters(self):
        """Scale by 1 and move by 0."""
        for given, fill in (self.weight, init.ones_), (self.bias, init.zeros_):
            if given is not None:
                fill(given)

    def forward(self, input):
        return functional.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self):
        return (
            f"{self.normalized_shape}, eps={self.eps}, "
            f"elementwise_affine={self.elementwise_affine}, bias={self.with_bias}"
        )


def _loss(name, function, *options):
    """Return the class of a module that calls a loss with options, given by name."""

    class Loss(Module):
        def __init__(self, **named):
            super().__init__()
            self.reduction = named.pop("reduction", "mean")
            self.given = [key for key in named if key in options]
            if len(self.given) < len(named):
                raise Missing(f"nn.{name} with these options")
            for key in self.given:
                object.__setattr__(self, key, named[key])

        def forward(self, input, target):
            named = {key: getattr(self, key) for key in self.given}
            return function(input, target, reduction=self.reduction, **named)

    return type(name, (Loss,), {})


MSELoss, L1Loss = _loss("MSELoss", functional.mse_loss), _loss("L1Loss", functional.l1_loss)
SmoothL1Loss = _loss("SmoothL1Loss", functional.smooth_l1_loss, "beta")
HuberLoss = _loss("HuberLoss", functional.huber_loss, "delta")
CrossEntropyLoss = _loss("CrossEntropyLoss", functional.cross_entropy, "label_smoothing")
NLLLoss = _loss("NLLLoss", functional.nll_loss)
