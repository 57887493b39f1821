"""Torch's words for what goes wrong, by the function that finds it."""

# ruff: noqa: E501
# fmt: off
TEXTS = {
    "broadcast_shapes": (RuntimeError, "Attempting to broadcast a dimension of length %s at %s! Mismatching argument at index %s had %s; but expected shape should be broadcastable to %s"),
    "cat": (TypeError, "%s(): argument 'tensors' (position 1) must be tuple of Tensors, not %s"),
    "cat 2": (RuntimeError, "Tensors must have same number of dimensions: got %s and %s"),
    "cat 3": (RuntimeError, "Sizes of tensors must match except in dimension %s. Expected size %s but got size %s for tensor number %s in the list."),
    "common_shape": (RuntimeError, "The size of tensor a (%s) must match the size of tensor b (%s) at non-singleton dimension %s"),
    "dim": (IndexError, "Dimension out of range (expected to be in range of [%s, %s], but got %s)"),
    "dot": (RuntimeError, "dot : expected both vectors to have same dtype, but found %s and %s"),
    "dot 2": (RuntimeError, "inconsistent tensor size, expected tensor [%s] and src [%s] to have the same number of elements, but got %s and %s elements respectively"),
    "expand": (RuntimeError, "The expanded size of the tensor (%s) must match the existing size (%s) at non-singleton dimension %s.  Target sizes: %s.  Tensor sizes: %s"),
    "first_gradient": (RuntimeError, "element %s of tensors does not require grad and does not have a grad_fn"),
    "first_gradient 2": (RuntimeError, "Mismatch in shape: grad_output[%s] has a shape of %s and output[%s] has a shape of %s."),
    "gather": (RuntimeError, "Size does not match at dimension %s expected index %s to be no larger than self %s apart from dimension %s"),
    "grad": (RuntimeError, "One of the differentiated Tensors appears to not have been used in the graph. Set allow_unused=True if this is the desired behavior."),
    "index_numbers": (IndexError, "The shape of the mask %s at index %s does not match the shape of the indexed tensor %s at index %s"),
    "init": (TypeError, "torch.finfo() requires a floating point input type. Use torch.iinfo to handle 'torch.finfo'"),
    "inplace": (RuntimeError, "output with shape %s doesn't match the broadcast shape %s"),
    "inplace 2": (RuntimeError, "result type %s can't be cast to the desired output type %s"),
    "invert": (TypeError, "~ (operator.invert) is only implemented on integer and Boolean-type tensors"),
    "matmul": (RuntimeError, "both arguments to matmul need to be at least 1D, but they are %sD and %sD"),
    "matmul 2": (RuntimeError, "Expected size for first two dimensions of batch2 tensor to be: [%s, %s] but got: [%s, %s]."),
    "may_write": (RuntimeError, "%s Variable that requires grad is being used in an in-place operation."),
    "mean": (RuntimeError, "mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: %s"),
    "must be tensor": (TypeError, "%s(): argument '%s' (position %s) must be Tensor, not %s"),
    "narrow": (RuntimeError, "start (%s) + length (%s) exceeds dimension size (%s)."),
    "nonempty": (RuntimeError, "%s(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument."),
    "numpy": (RuntimeError, "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."),
    "permute": (RuntimeError, "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired ordering of dimensions i.e. input.dim() = %s is not equal to len(dims) = %s"),
    "requires_grad": (RuntimeError, "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in a subgraph that doesn't require differentiation use var_no_grad = var.detach()."),
    "same_kind": (RuntimeError, "expected m1 and m2 to have the same dtype, but got: %s != %s"),
    "setitem": (RuntimeError, "shape mismatch: value tensor of shape %s cannot be broadcast to indexing result of shape %s"),
    "shares": (NotImplementedError, "\"%s_lastdim_kernel_impl\" not implemented for '%s'"),
    "slots": (IndexError, "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a 0-dim tensor to a number"),
    "split": (RuntimeError, "split expects split_size be non-negative, but got split_size=%s"),
    "split 2": (RuntimeError, "split_with_sizes expects split_sizes to sum exactly to %s (input tensor's size at dimension %s), but got split_sizes=%s"),
    "stack": (RuntimeError, "stack expects each tensor to be equal size, but got %s at entry 0 and %s at entry %s"),
    "view": (RuntimeError, "view size is not compatible with input tensor's size and stride (at least one dimension spans across two contiguous subspaces). Use .reshape(...) instead."),
}


def error(key, *values):
    """Return the error of this key; values fill its %s."""
    kind, text = TEXTS[key]
    return kind(text % values)
