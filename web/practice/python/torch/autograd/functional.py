"""Jacobian and Hessian matrices of functions (torch.autograd.functional)."""

from .._core import Missing, Tensor, enable_grad, grad, no_attribute, stack


def __getattr__(name):
    owner = "torch.autograd.functional"
    raise no_attribute(owner, name, f"module '{owner}' has no attribute '{name}'")


OUTPUTS = "outputs of the user-provided function"


def _tuple(values, what, name):
    """Return values as a tuple of tensors."""
    for x in values if isinstance(values, tuple) else (values,):
        if not isinstance(x, Tensor):
            if isinstance(values, tuple):
                raise Missing(f"autograd.functional.{name} of other {what}")
            raise TypeError(
                f"The {what} given to {name} must be either a Tensor or a tuple of Tensors but "
                f"the given {what} has type {type(values)}."
            )
    return values if isinstance(values, tuple) else (values,)


def _zeros_for_none(gradients, inputs):
    return [x.zeros_like() if g is None else g for g, x in zip(gradients, inputs)]


def _rows_of(output, inputs, create_graph=True):
    """Return for each input the derivatives of all entries of output, one below the other."""
    rows = []
    for entry in output.reshape(-1):
        found = [None] * len(inputs)
        if entry.requires_grad:
            found = grad(entry, inputs, retain_graph=True, create_graph=create_graph,
                         allow_unused=True)  # fmt: skip
        rows.append(_zeros_for_none(found, inputs))
    return tuple(
        [stack(column).reshape(tuple(output.shape) + tuple(x.shape))
         for column, x in zip(zip(*rows), inputs)]
    )  # fmt: skip


def jacobian(func, inputs, create_graph=False, _name="jacobian"):
    """Return the derivatives of each output entry by each input entry."""
    with enable_grad():
        fresh = tuple([
            x.view_as(x) if create_graph and x.requires_grad else x.detach().requires_grad_()
            for x in _tuple(inputs, "inputs", _name)
        ])  # fmt: skip
        outputs = func(*fresh)
        found = [_rows_of(y, fresh, create_graph) for y in _tuple(outputs, OUTPUTS, _name)]
    found = [row if isinstance(inputs, tuple) else row[0] for row in found]
    return tuple(found) if isinstance(outputs, tuple) else found[0]


def hessian(func, inputs, create_graph=False):
    """Return the matrix of second derivatives of a function with a single number as result."""

    def slopes(*given):
        outputs = _tuple(func(*given), OUTPUTS, "hessian")
        if len(outputs) > 1:
            raise RuntimeError("The function given to hessian should return a single Tensor")
        if outputs[0].numel() != 1:
            raise RuntimeError(
                "The Tensor returned by the function given to hessian should contain a single "
                "element"
            )
        found = [None] * len(given)
        if outputs[0].requires_grad:
            found = grad(outputs[0].reshape(()), given, create_graph=True, allow_unused=True)
        return tuple(_zeros_for_none(found, given))

    found = jacobian(slopes, inputs, create_graph, "hessian")
    return found if isinstance(inputs, tuple) else found[0]
