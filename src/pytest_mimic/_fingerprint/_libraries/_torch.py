"""torch: tensors by dtype, shape and elements; modules by parameters, buffers and settings."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from typing import Any, Final

from pytest_mimic._fingerprint._builtins import take_buffer
from pytest_mimic._fingerprint._nodes import Parts, Refusal, State
from pytest_mimic._fingerprint._objects import Rule, family_rule
from pytest_mimic._values._attributes import computed_names
from pytest_mimic._values._graphs import grad_of, is_cut, steps_of

ORDERED: Final = ("_parameters", "_buffers", "_modules")
AGAIN: Final = frozenset({"_flat_weights", "_flat_weight_refs"})
"""Where recurrent modules keep their parameters once more."""


def _take_tensor(value: Any) -> tuple[str, object]:
    """The device is where a tensor lies, not what it is: what a GPU recorded, a CPU can replay."""
    kind = type(value)
    own = None if kind.__module__ == "torch" else kind
    traits = (str(value.dtype), tuple(value.shape), value.requires_grad, str(value.layout))
    return "tensor", Parts((own, traits, _elements(value.detach()), State(dict(_besides(value)))))


def _besides(value: Any) -> Iterator[tuple[str, object]]:
    """What else a function can see of a tensor: what gradients can do with it, and attributes."""
    torch: Any = sys.modules["torch"]
    if value.requires_grad:
        yield "grad enabled", torch.is_grad_enabled()
    if value.grad_fn is not None:
        yield "graph", Parts(map(_take_step, steps_of(value, until_cut=True)))
    grad = grad_of(value)
    if grad is not None:
        yield "grad", grad
    if vars(value):
        yield "attributes", State(vars(value))


def _take_step(node: Any) -> object:
    """A step of a graph, by its name and the numbers that it keeps.

    The tensors that it keeps are computed by others, or are gone when gradients have flowed back.
    """
    if is_cut(node):
        return None
    names = (name for name in dir(node) if name.startswith("_saved_"))
    return Parts((node.name(), [_number(node, name) for name in names], len(node.next_functions)))


def _number(node: Any, name: str) -> object:
    torch: Any = sys.modules["torch"]
    try:
        kept = getattr(node, name)
    except RuntimeError:  # gone: gradients have flowed back
        return None
    if isinstance(kept, torch.Tensor):
        return None if kept.dim() else kept.item()
    return kept if isinstance(kept, int | float | str | tuple) else None


def _elements(value: Any) -> object:
    torch: Any = sys.modules["torch"]
    if value.is_meta:
        return None
    if value.is_quantized:
        raise Refusal(f"quantized torch.Tensor ({value.dtype})")
    if value.layout is torch.sparse_coo:
        entries = value.coalesce()
        return Parts((entries.indices(), entries.values()))
    if value.layout is not torch.strided:
        return value.to_dense()
    value = value.resolve_conj().resolve_neg().cpu().contiguous()
    size = value.numel() * value.element_size()
    if not size:
        return None
    # By address, for numpy may be missing and knows no bfloat16; the tensor outlives the buffer.
    return take_buffer((ctypes.c_char * size).from_address(value.data_ptr()))


def _take_module(value: Any) -> tuple[str, object]:
    torch: Any = sys.modules["torch"]
    silent = vars(torch.nn.Module()).keys() - {"training"} | computed_names(type(value)) | AGAIN
    settings = {name: item for name, item in vars(value).items() if name not in silent}
    members = [list(map(list, getattr(value, name).items())) for name in ORDERED]
    hooks = [list(item.values()) for name, item in sorted(vars(value).items()) if _is_hooks(name)]
    return "torch module", Parts((type(value), State(settings), members, hooks))


def _is_hooks(name: str) -> bool:
    return name in ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks")


def _take_generator(value: Any) -> tuple[str, object]:
    return "torch generator", Parts((value.get_state(),))


def _take_name(value: Any) -> tuple[str, object]:
    return f"torch {type(value).__name__}", str(value)


def rule_of(kind: type) -> Rule | None:
    """The rule of a type of torch, or of one derived from it."""
    torch: Any = sys.modules["torch"]
    families: dict[Any, Rule] = {
        torch.Tensor: _take_tensor,
        torch.nn.Module: _take_module,
        torch.Generator: _take_generator,
        (torch.dtype, torch.device, torch.layout, torch.memory_format): _take_name,
    }
    return family_rule(kind, families)
