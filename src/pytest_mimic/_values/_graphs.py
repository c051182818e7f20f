"""The graph of a tensor of torch: the steps that computed it, by which gradients flow back.

No recording has it. Where a recorded call returned a tensor, its graph is cut, when recording as in
replay: what is computed from it makes the same key in both. torch is never imported here: nobody
has a tensor where it is not loaded.
"""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, Any, Final

from pytest_mimic.errors import UnreplayableOutcomeError

if TYPE_CHECKING:
    from collections.abc import Iterator

_CUT: Final = "pytest_mimic.cut"
_LOST: Final = (
    "gradients cannot flow back through what a replayed call returned: the steps that computed it "
    "are not recorded\n"
    "Name a target further out, which goes back through them itself, or return the result of "
    "detach()."
)


def grad_of(tensor: Any) -> Any:
    """The gradient that a tensor keeps, if any; asking others for it makes torch warn."""
    return tensor.grad if tensor.is_leaf or tensor.retains_grad else None


def steps_of(tensor: Any, *, until_cut: bool = False) -> Iterator[Any]:
    """The nodes of the graph of a tensor, each once, in an order that the graph alone decides.

    Args:
        tensor: The tensor; a leaf has no nodes.
        until_cut: Whether to leave out what is behind the result of a mimicked call.
    """
    waiting = [tensor.grad_fn]
    met = {None}
    while waiting:
        node = waiting.pop()
        if node in met:
            continue
        met.add(node)
        yield node
        if not (until_cut and is_cut(node)):
            waiting.extend(following for following, _ in reversed(node.next_functions))


def leaves_of(tensor: Any) -> list[Any]:
    """The tensors that gradients flow back to."""
    return [node.variable for node in steps_of(tensor) if hasattr(node, "variable")]


def is_cut(node: Any) -> bool:
    """Whether a mimicked call returned what this step of a graph computed."""
    return _CUT in node.metadata


def cut(tensor: Any) -> None:
    """Notes that a mimicked call returned a tensor."""
    tensor.grad_fn.metadata[_CUT] = True


def cut_off(tensor: Any) -> Any:
    """Gives a tensor, in place, the graph of one whose own was not recorded.

    Args:
        tensor: A tensor without a graph.

    Returns:
        The tensor. To go back through it raises `UnreplayableOutcomeError`.
    """
    torch: Any = sys.modules["torch"]
    with torch.enable_grad():
        given = _unrecorded().apply(torch.empty(0, requires_grad=True), tensor)
    cut(given)
    return given


@functools.cache
def _unrecorded() -> Any:
    """The step that stands for those that are not recorded; torch wants a class for it."""
    torch: Any = sys.modules["torch"]

    class Unrecorded(torch.autograd.Function):  # type: ignore[misc]  # its base is any
        @staticmethod
        def forward(context: Any, _anchor: Any, tensor: Any) -> Any:
            context.mark_dirty(tensor)
            return tensor

        @staticmethod
        def backward(_context: Any, *_gradients: Any) -> Any:
            raise UnreplayableOutcomeError(_LOST)

    return Unrecorded
