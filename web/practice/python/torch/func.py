"""Functions that make functions: grad, vjp, jacrev, hessian, vmap (torch.func).

vmap calls the function for one slice after the other, which gives the same results. Inside,
reading a number out of a tensor raises: torch refuses it too.
"""

from . import _core, random
from ._core import Missing, Tensor, enable_grad, no_attribute, stack
from ._core import grad as _gradients_of
from .autograd.functional import _rows_of, _zeros_for_none


def __getattr__(name):
    raise no_attribute("torch.func", name, f"module 'torch.func' has no attribute '{name}'")


def _tracked(x):
    """Return x as an input by which one can differentiate, still tied to what it came from."""
    if not isinstance(x, Tensor):
        raise ValueError(f"Thing passed to transform API must be Tensor, got {type(x)}")
    if x.dtype.kind < 2:
        raise RuntimeError("only Tensors of floating point dtype can require gradients")
    return x.view_as(x) if x.requires_grad else x.detach().requires_grad_()


def _mapped(function, value):
    """Apply function to a tensor, or to each in a tuple, list or dictionary."""
    if isinstance(value, (tuple, list)):
        return type(value)([_mapped(function, x) for x in value])
    if isinstance(value, dict):
        return type(value)([(key, _mapped(function, x)) for key, x in value.items()])
    return function(value)


def _leaves(value):
    if isinstance(value, (tuple, list)):
        return [x for part in value for x in _leaves(part)]
    if isinstance(value, dict):
        return [x for part in value.values() for x in _leaves(part)]
    return [value]


def _depends_on_others(result, own):
    """Return whether result was computed from other leaves than the inputs made here."""
    seen, waiting = {}, [result._node] if result._node is not None else []
    while waiting:
        node = waiting.pop()
        if id(node) not in seen:
            seen[id(node)] = node
            waiting += [parent for parent, _ in node.rules]
            if node.leaf is not None and not any(node.leaf is x for x in own):
                return True
    return False


def _released(value, inputs, keep):
    """Return results without the graph that belongs to this call alone."""
    own = [x for x in inputs if x.is_leaf]

    def release(x):
        kept = isinstance(x, Tensor) and x.requires_grad and keep and _depends_on_others(x, own)
        return x if kept or not isinstance(x, Tensor) else x.detach()

    return _mapped(release, value)


def _arguments(args, argnums):
    """Return args with tracked ones at argnums, and the tracked ones."""
    many = isinstance(argnums, tuple)
    args, chosen = list(args), []
    for i in argnums if many else (argnums,):
        if not -len(args) <= i < len(args):
            raise RuntimeError(f"Got argnum={i}, but only {len(args)} positional inputs")
        args[i] = _mapped(_tracked, args[i])
        chosen.append(args[i])
    return args, tuple(chosen) if many else chosen[0]


def _rebuilt(like, found):
    """Return gradients in the form of the inputs that they belong to."""
    found = list(found)
    return _mapped(lambda x: found.pop(0), like)


def grad(func, argnums=0):
    """Return a function for the gradient of func, whose result must be a single number."""

    def call(*args, **named):
        keep = _core._Mode.on
        with enable_grad():
            args, chosen = _arguments(args, argnums)
            output = func(*args, **named)
            if not isinstance(output, Tensor):
                raise RuntimeError(
                    "grad_and_value(f)(*args): Expected f(*args) to return a Tensor, "
                    f"got {type(output)}"
                )
            if output.ndim:
                raise RuntimeError(
                    "grad_and_value(f)(*args): Expected f(*args) to return a scalar Tensor, got "
                    f"tensor with {output.ndim} dims. Maybe you wanted to use the vjp or jacrev "
                    "APIs instead?"
                )
            inputs = _leaves(chosen)
            found = [None] * len(inputs)
            if output.requires_grad:
                found = _gradients_of(output, inputs, create_graph=True, allow_unused=True)
            found = _rebuilt(chosen, _zeros_for_none(found, inputs))
        return _released(found, inputs, keep)

    return call


def vjp(func, *primals):
    """Return the result of func, and a function for products with its Jacobian matrix."""
    keep = _core._Mode.on
    with enable_grad():
        inputs = tuple([_mapped(_tracked, x) for x in primals])
        output = func(*inputs)
    leaves = _leaves(inputs)

    def pull(*cotangents):
        given = _leaves(cotangents)
        pairs = [(y, v) for y, v in zip(_leaves(output), given) if y.requires_grad]
        found = [None] * len(leaves)
        if pairs:
            results, vectors = zip(*pairs)
            with enable_grad():
                found = _gradients_of(results, leaves, vectors, retain_graph=True,
                                      create_graph=True, allow_unused=True)  # fmt: skip
        return _released(_rebuilt(inputs, _zeros_for_none(found, leaves)), leaves, keep)

    return _released(output, leaves, keep), pull


def jacrev(func, argnums=0):
    """Return a function for the derivatives of all entries of the result."""

    def call(*args):
        keep = _core._Mode.on
        with enable_grad():
            args, chosen = _arguments(args, argnums)
            output, inputs = func(*args), _leaves(chosen)
            if not isinstance(output, Tensor):
                raise Missing("torch.func.jacrev of such a function")
            rows = _released(_rebuilt(chosen, _rows_of(output, inputs)), inputs, keep)
        return rows

    return call


def hessian(func, argnums=0):
    """Return a function for the second derivatives."""
    return jacrev(jacrev(func, argnums), argnums)


def functional_call(module, parameters, args=None, kwargs=None):
    """Call a module with other parameters, given by name."""
    args = () if args is None else args if isinstance(args, tuple) else (args,)
    places = []
    for name, value in parameters.items():
        owner, parts = module, name.split(".")
        for part in parts[:-1]:
            owner = owner._modules[part]
        if parts[-1] not in owner._parameters:
            raise Missing("torch.func.functional_call with other names")
        places.append((owner._parameters, parts[-1], owner._parameters[parts[-1]]))
        owner._parameters[parts[-1]] = value
    try:
        return module(*args, **(kwargs or {}))
    finally:
        for table, name, old in places:
            table[name] = old


# One function for many slices ------------------------------------------------------------------
def _refuse(*inputs, **named):
    raise Missing("a number read out of a tensor inside vmap")


class _OneOfMany:
    """While vmap runs, no number can be read out of a tensor, nor can random ones be drawn."""

    readers = ("item", "tolist", "__bool__", "__float__", "__int__", "__index__")

    def __enter__(self):
        self.before = [getattr(Tensor, name) for name in self.readers]
        for name in self.readers:
            setattr(Tensor, name, _refuse)
        self.inside, random.BLOCKED[0] = random.BLOCKED[0], True

    def __exit__(self, *error):
        for name, method in zip(self.readers, self.before):
            setattr(Tensor, name, method)
        random.BLOCKED[0] = self.inside


def vmap(func, in_dims=0, out_dims=0):
    """Return a function that does with stacks of tensors what func does with one of them."""

    def call(*args):
        dims = list(in_dims) if isinstance(in_dims, (tuple, list)) else [in_dims] * len(args)
        name, sizes = getattr(func, "__name__", "function"), []
        for x, dim in zip(args, dims):
            if dim is None:
                continue
            if isinstance(x, (tuple, list, dict)):
                raise Missing("torch.vmap of nested inputs")
            if not isinstance(x, Tensor):
                raise ValueError(
                    f"vmap({name}, in_dims={in_dims}, ...)(<inputs>): Got in_dim={dim} for an "
                    f"input but the input is of type {type(x)}. We cannot vmap over non-Tensor "
                    "arguments, please use None as the respective in_dim"
                )
            if not -x.ndim <= dim < x.ndim:
                raise ValueError(
                    f"vmap({name}, in_dims={in_dims}, ...)(<inputs>): Got in_dim={dim} for some "
                    f"input, but that input is a Tensor of dimensionality {x.ndim} so expected "
                    f"in_dim to satisfy -{x.ndim} <= in_dim < {x.ndim}."
                )
            sizes.append(x.shape[dim])
        if len(set(sizes)) > 1:
            raise ValueError(
                "vmap: Expected all tensors to have the same size in the mapped dimension, got "
                f"sizes {sizes} for the mapped dimension"
            )
        if not sizes or not sizes[0]:
            raise Missing("torch.vmap over nothing")
        results = []
        with _OneOfMany():
            for i in range(sizes[0]):
                parts = [x if dim is None else x.select(dim, i) for x, dim in zip(args, dims)]
                results.append(func(*parts))
        if isinstance(results[0], tuple):
            raise Missing("torch.vmap with several results")
        if not isinstance(results[0], Tensor):
            raise ValueError(
                f"vmap({name}, ...): `{name}` must only return Tensors, got type "
                f"{type(results[0])}. Did you mean to set out_dims= to None for output?"
            )
        return stack(results, out_dims)

    return call


_core.FUNCTIONS["vmap"] = vmap
