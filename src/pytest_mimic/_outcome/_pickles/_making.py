"""How what is made in a way of its own comes to be made again."""

from __future__ import annotations

import contextlib
import copyreg
import inspect
import pickle
from types import FunctionType
from typing import TYPE_CHECKING, Any

from pytest_mimic._fingerprint._objects import is_its_attributes, reduces_as_object
from pytest_mimic._outcome import _rebuild
from pytest_mimic._outcome._objects._families import attributes_of, has_open_state, slots_of
from pytest_mimic._outcome._pickles._clients import place_of_error
from pytest_mimic._outcome._pickles._places import is_nameless

if TYPE_CHECKING:
    from collections.abc import Callable

_VALUES: tuple[Any, ...] = (tuple, str, bytes, int, float, complex)
# The methods by which a class says how it is pickled.
_SAYING = ("__reduce_ex__", "__reduce__", "__getnewargs_ex__", "__getnewargs__")
NEW: Any = vars(copyreg)["__newobj__"]  # no stub has it


def reduce_made(value: Any) -> Any:
    """Store a class that a library makes on demand, and that no name leads to.

    Those are generic models of pydantic with their parameters, and the errors of AWS.
    """
    place = place_of_error(value) if isinstance(value, type) else None
    if place is not None:
        return _rebuild.botocore_error, (*place, value.__name__)
    generic = vars(value).get("__pydantic_generic_metadata__")
    if not generic or generic["origin"] is None:
        return None
    return _rebuild.parametrised, (generic["origin"], generic["args"])


def reduce_unmade(value: Any) -> Any:
    """Store an object whose class wants arguments to make just such a one, and does not say which.

    All its state is in attributes, so it is made without that class's ``__new__``.
    """
    kind: Any = type(value)
    new = kind.__new__
    is_unasked = hasattr(kind, "__getattr__") and has_open_state(kind) and is_its_attributes(kind)
    reduced = _reduce_unasked(value) if is_unasked else NotImplemented
    if not isinstance(new, FunctionType):
        return reduced
    if not has_open_state(kind):
        return _reduce_derived(value, new)
    if reduced is NotImplemented:
        reduced = value.__reduce_ex__(4)
    if reduced[:2] != (NEW, (kind,)):
        return NotImplemented
    if not _makes_its_own(new, kind):
        return _rebuild.unmade, *reduced[1:]
    return reduced if is_unasked else NotImplemented


def _makes_its_own(new: FunctionType, kind: type) -> bool:
    """Tell whether a class makes an object of its own where it is told nothing to make it of.

    One that has parameters may make one of another class then, which has the usual ones.
    """
    try:
        inspect.signature(new).bind(kind)
        # One that is noticed as it ends is not made in vain.
        return hasattr(kind, "__del__") or type(new(kind)) is kind
    except Exception:  # noqa: BLE001  # its own code
        return False


def reduce_by_itself(value: Any) -> Any:
    """Reduce an object as it says itself, if it is of a class that no name leads to.

    Each header of an email has a class that is made for it alone, and so has one that comes back.

    Raises:
        PicklingError: What it says makes one of another class, as the one of that name is.
    """
    kind: Any = type(value)
    if reduces_as_object(kind) or not is_nameless(kind):
        return NotImplemented
    reduced = value.__reduce_ex__(4)
    if isinstance(reduced, tuple) and _makes_another(kind, *reduced[:2]):
        raise pickle.PicklingError(
            f"its own pickle brings back one of another class than its {kind.__qualname__}, to "
            "which no name leads"
        )
    return reduced


def reduce_table(value: Any) -> Any:
    """Store a table of astropy as it says itself, if that is all there is of it.

    Raises:
        PicklingError: It is grouped or masked, or has indices: its own pickle leaves that out.
    """
    groups = vars(value).get("_groups")
    more = {
        "its groups": groups is not None and groups._indices is not None,
        "its indices": bool(value.indices),
        "that it is masked": vars(value).get("_masked"),
    }
    left_out = [name for name, is_there in more.items() if is_there]
    if left_out:
        raise pickle.PicklingError(
            f"the pickle of a table of astropy leaves out {', '.join(left_out)}"
        )
    return NotImplemented


def _makes_another(kind: type, make: Callable[..., object], arguments: tuple[Any, ...]) -> bool:
    made, again = (type(make(*arguments)) for _ in range(2))
    return made is not kind and made is again


def _reduce_unasked(value: Any) -> Any:
    """Reduce an object as Python does, but ask it for none of the attributes that it lacks.

    What its class does where it is asked for one may change it: the caller's object, that is.
    """
    state: Any = attributes_of(value) or None
    slots = dict(slots_of(value))
    return NEW, (type(value),), (state, slots) if slots else state


def _reduce_derived(value: Any, new: FunctionType) -> Any:
    """Store a tuple, string or number of a class whose ``__new__`` makes another of it."""
    kind: Any = type(value)
    base = next((each for each in _VALUES if issubclass(kind, each)), None)
    if base is None or any(
        getattr(kind, name, None) is not getattr(base, name, None) for name in _SAYING
    ):
        return NotImplemented
    bare = base.__getnewargs__(value)
    with contextlib.suppress(Exception):  # its own code
        again = new(kind, *bare)
        if type(again) is kind and base.__eq__(again, value):
            return NotImplemented
    return _rebuild.unmade, (kind, base, *bare), *value.__reduce_ex__(4)[2:]


def reduce_view(value: memoryview) -> Any:
    """Store a view of memory with a memory of its own."""
    content = value.tobytes() if value.readonly else bytearray(value.tobytes())
    return _rebuild.view, (content, value.format, value.shape)
