"""Tensors of torch: their states and those of their graphs, and how they are stored.

What torch itself stores of a tensor leaves out its gradient, and makes a leaf of what has a graph.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_mimic._outcome import _rebuild
from pytest_mimic._outcome._objects._families import attributes_of
from pytest_mimic._outcome._objects._state import UNKNOWN, Content, State
from pytest_mimic._values._graphs import cut, grad_of, is_cut, leaves_of, steps_of

if TYPE_CHECKING:
    from pytest_mimic._outcome._objects._state import Digest

GRAPH = "graph"
_PROTOCOL = 5


def _take_tensor(value: Any, digest: Digest) -> Any:
    return digest(value.detach()), grad_of(value), value.requires_grad


def _change_tensor(value: Any, old: Any, digest: Digest) -> Any:
    data, grad, requires_grad = _take_tensor(value, digest)
    is_same = old is not UNKNOWN and data == old[0]
    if is_same and grad is old[1] and requires_grad == old[2]:
        return None
    return None if is_same else Content(value.detach()), grad, requires_grad


def _make_tensor(value: Any, change: tuple[Any, Any, bool]) -> None:
    data, grad, requires_grad = change
    if data is not None:
        _set_elements(value, data)
    if value.is_leaf:
        if value.requires_grad != requires_grad:
            value.requires_grad_(requires_grad)
        value.grad = grad


def _set_elements(value: Any, data: Any) -> None:
    """Set the values of a tensor, in place where the shape and type allow it."""
    detached = value.detach()
    if (detached.shape, detached.dtype, detached.device) == (data.shape, data.dtype, data.device):
        detached.copy_(data)
    else:
        value.data = data


def has_graph(value: Any, family: str) -> bool:
    """Tell whether an object is a tensor by which gradients flow back to others."""
    return family == "tensor" and value.grad_fn is not None


def _take_graph(value: Any, _digest: Digest) -> list[tuple[Any, int]]:
    grads = [leaf.grad for leaf in leaves_of(value)]
    return [(grad, 0 if grad is None else grad._version) for grad in grads]


def _change_graph(value: Any, old: list[tuple[Any, int]], digest: Digest) -> Any:
    """Return the gradients that the leaves have now, each with its place among these; or None."""
    new = _take_graph(value, digest)
    changed = [
        (place, new[place][0])
        for place, (grad, version) in enumerate(old)
        if new[place][0] is not grad or new[place][1] != version
    ]
    return changed or None


def _make_graph(value: Any, change: list[tuple[int, Any]]) -> None:
    if any(map(is_cut, steps_of(value))):
        raise ValueError(
            "gradients flowed back through what a recorded call returned, and the steps that "
            "computed it are not recorded. Name a target further out"
        )
    leaves = leaves_of(value)
    for place, grad in change:
        leaves[place].grad = grad


TENSOR_STATES: dict[str, State] = {
    "tensor": State(_take_tensor, _change_tensor, _make_tensor, True),
    GRAPH: State(_take_graph, _change_graph, _make_graph),
}


def reduce_tensor(value: Any) -> Any:
    """Store a tensor with its gradient, if it has one; one that has a graph, without.

    One that was made for inference only is made so again.
    """
    grad = grad_of(value)
    if value.grad_fn is None:
        if grad is None and not value.is_inference():
            return NotImplemented
        made_by, arguments = value.__reduce_ex__(_PROTOCOL)
        if grad is None:
            return _rebuild.tensor_of_inference, (made_by, arguments)
        return made_by, arguments, (grad, {}), None, None, _rebuild.set_tensor
    cut(value)
    state = (grad, attributes_of(value))
    return _rebuild.tensor, (value.detach(),), state, None, None, _rebuild.set_tensor


# Memory ------------------------------------------------------------------------------------------


def reduce_tensor_view(value: Any, owner: Any, layout: str) -> Any:
    """Store a tensor on the memory of an argument; None where it is no plain view of that."""
    if value.requires_grad or value.is_conj() or value.is_neg():
        return None
    if not hasattr(owner, "data_ptr"):
        return _rebuild.tensor_on, (value.numpy(),)
    if value.dtype is not owner.dtype:
        return None
    offset = value.storage_offset() - owner.storage_offset()
    place = (tuple(value.shape), value.stride(), offset)
    return _rebuild.tensor_view, (owner, layout, place, Content(value.detach()))
