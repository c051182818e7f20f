"""The states of the caller's objects, by kind.

Every kind of state has three functions. ``take`` remembers, ``change`` returns what is to be
stored if the state is another one now, and ``make`` makes that change to an object.
"""

from __future__ import annotations

import io
import operator
import pickle
import types
from collections import deque
from typing import TYPE_CHECKING, Any

from pytest_mimic._outcome._objects._computations import COMPUTATIONS, without_unstorable
from pytest_mimic._outcome._objects._families import (
    Families,
    attributes_of,
    body_of,
    items_of,
    set_state,
    slot_descriptors,
    slots_of,
)
from pytest_mimic._outcome._objects._library_states import LIBRARY_STATES
from pytest_mimic._outcome._objects._memos import without_hashes
from pytest_mimic._outcome._objects._state import (
    SMALL,
    State,
    differences,
    make_entries,
    mapping_change,
    same,
)
from pytest_mimic._values._attributes import own_attributes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_mimic._outcome._objects._state import Digest


# Lists -----------------------------------------------------------------------------------------


def _take_items(value: Any, _digest: Digest) -> tuple[Any, ...]:
    return tuple(_sequence(value).__iter__(value))


def _sequence(value: Any) -> Any:
    return list if isinstance(value, list) else deque


def _change_items(value: Any, old: Sequence[Any], digest: Digest) -> Any:
    """Return the stretch that differs, as a slice assignment: start, stop, items."""
    new = _take_items(value, digest)
    if len(old) == len(new) and all(map(operator.is_, old, new)):
        return None
    families = Families()
    start = _common(old, new, families)
    if start == len(old) == len(new):
        return None
    end = _common(old[start:][::-1], new[start:][::-1], families)
    return start, len(old) - end, list(new[start : len(new) - end])


def _common(old: Sequence[Any], new: Sequence[Any], families: Families) -> int:
    """Return how many items two sequences have in common at their beginnings."""
    length = 0
    for one, other in zip(old, new, strict=False):
        if one is not other and not same(one, other, families):
            break
        length += 1
    return length


def _make_items(value: Any, change: tuple[int, int, list[Any]]) -> None:
    start, stop, items = change
    if isinstance(value, list):
        list.__setitem__(value, slice(start, stop), items)
        return
    held = list(deque.__iter__(value))
    held[start:stop] = items
    deque.clear(value)
    deque.extend(value, held)


# Dicts and sets --------------------------------------------------------------------------------


def _take_entries(value: Any, _digest: Digest) -> dict[Any, Any]:
    return dict(value) if type(value) is dict else dict(items_of(value))


def _change_entries(value: Any, old: dict[Any, Any], digest: Digest) -> Any:
    return mapping_change(old, _take_entries(value, digest))


def _change_computed(value: Any, old: dict[Any, Any], _digest: Digest) -> Any:
    """Tell whether something computed is not what it was, and all of it is to be computed anew."""
    is_kept = all(name in value and value[name] is old[name] for name in old)
    return None if is_kept else ()


def _forget_computed(value: dict[Any, Any], _change: object) -> None:
    value.clear()


def _take_elements(value: Any, _digest: Digest) -> frozenset[Any]:
    return frozenset(set.__iter__(value))


def _change_elements(value: Any, old: frozenset[Any], _digest: Digest) -> Any:
    new = frozenset(set.__iter__(value))
    if new == old:
        return None
    return list(old - new), list(new - old)


def _make_elements(value: Any, change: tuple[list[Any], list[Any]]) -> None:
    removed, added = change
    set.difference_update(value, removed)
    set.update(value, added)


# SQLAlchemy's mapped objects have it, and their session is to know of what is set.
_TRACKED = "_sa_instance_state"

# Attributes ------------------------------------------------------------------------------------


def _take_attributes(value: Any, _digest: Digest) -> tuple[type, Any, Any]:
    names = attributes_of(value)
    return type(value), None if names is None else dict(names), dict(slots_of(value))


def _change_attributes(value: Any, old: tuple[type, Any, Any], digest: Digest) -> Any:
    """Return the changes of class, ``__dict__`` and slots, or None."""
    kind, names, slots = old
    new_kind, new_names, new_slots = without_hashes(old, _take_attributes(value, digest))
    change = (
        None if new_kind is kind else new_kind,
        mapping_change(names or {}, without_unstorable(kind, names or {}, new_names or {}, digest)),
        mapping_change(slots, new_slots),
    )
    return None if change == (None, None, None) else change


def _make_attributes(value: Any, change: tuple[type | None, Any, Any]) -> None:
    kind, names, slots = change
    if kind is not None:
        object.__setattr__(value, "__class__", kind)
    if names is not None:
        held = object.__getattribute__(value, "__dict__")
        if _TRACKED in held:
            _, _, entries = names
            for name, content in entries:
                setattr(value, name, content)
        left_alone = {name: held[name] for name in held.keys() - own_attributes(held).keys()}
        make_entries(held, names)
        held.update(left_alone)
    if slots is not None:
        _, removed, entries = slots
        descriptors = dict(slot_descriptors(type(value)))
        for name in removed:
            descriptors[name].__delete__(value)
        for name, content in entries:
            descriptors[name].__set__(value, content)


# Classes -----------------------------------------------------------------------------------------


def _take_body(value: type, _digest: Digest) -> dict[str, Any]:
    return body_of(value)


def _change_body(value: type, old: dict[str, Any], _digest: Digest) -> Any:
    """Return the names that are gone from a class, and what is new in it; or None."""
    removed, fresh = differences(old, body_of(value))
    return (removed, list(fresh.items())) if removed or fresh else None


def _make_body(value: type, change: tuple[list[str], list[tuple[str, Any]]]) -> None:
    removed, entries = change
    for name in removed:
        type.__delattr__(value, name)
    for name, content in entries:
        type.__setattr__(value, name, content)


# Exceptions, elements of XML, and cells ----------------------------------------------------------


def _by_parts(
    take: Callable[[Any], tuple[Any, ...]], make: Callable[[Any, tuple[Any, ...]], None]
) -> State:
    """Return the handling of what is set to its parts, all of them, where one is another."""

    def change(value: Any, old: tuple[Any, ...], _digest: Digest) -> tuple[Any, ...] | None:
        new = take(value)
        return None if same(new, old, Families()) else new

    return State(lambda value, _: take(value), change, make)


def _take_exception(value: BaseException) -> tuple[Any, ...]:
    return value.args, value.__cause__, value.__context__, value.__suppress_context__


def _make_exception(value: BaseException, change: tuple[Any, ...]) -> None:
    # The last is the last: to set a cause sets it too.
    value.args, value.__cause__, value.__context__, value.__suppress_context__ = change


def _take_element(value: Any) -> tuple[Any, ...]:
    return value.tag, value.text, value.tail, value.attrib, tuple(value)


def _make_element(value: Any, change: tuple[Any, ...]) -> None:
    value.tag, value.text, value.tail, value.attrib, value[:] = change


def _take_cell(value: types.CellType) -> tuple[Any, ...]:
    try:
        return (value.cell_contents,)
    except ValueError:
        return ()


def _make_cell(value: types.CellType, change: tuple[Any, ...]) -> None:
    if change:
        value.cell_contents = change[0]
    else:
        del value.cell_contents


# Buffers ---------------------------------------------------------------------------------------


def _take_bytes(value: Any, digest: Digest) -> Any:
    return bytes(value) if len(value) <= SMALL else digest(value)


def _change_bytes(value: Any, old: Any, digest: Digest) -> Any:
    # A PickleBuffer is stored without a copy, and is not the caller's object itself.
    return None if _take_bytes(value, digest) == old else pickle.PickleBuffer(value)


def _make_bytes(value: bytearray, change: bytearray) -> None:
    value[:] = change


def _take_array(value: Any, digest: Digest) -> Any:
    return value.tobytes() if len(value) * value.itemsize <= SMALL else digest(value)


def _change_array(value: Any, old: Any, digest: Digest) -> Any:
    return None if _take_array(value, digest) == old else value.tobytes()


def _make_array(value: Any, change: bytes) -> None:
    if len(change) == len(value) * value.itemsize:
        # This works also where the length may not change, because something views the array.
        memoryview(value).cast("B")[:] = change
        return
    del value[:]
    value.frombytes(change)


def _take_view(value: memoryview, _digest: Digest) -> Any:
    return None if value.readonly else value.tobytes()


def _change_view(value: memoryview, old: Any, digest: Digest) -> Any:
    return None if _take_view(value, digest) == old else value.tobytes()


def _make_view(value: memoryview, change: bytes) -> None:
    value.cast("B")[:] = change


# What only its reduction knows -------------------------------------------------------------------


def _take_opaque(value: Any, digest: Digest) -> Any:
    try:
        return digest(value)
    except Exception:  # noqa: BLE001  # whatever a reduction of the user's raises
        return None  # it has no digest, so it was no part of the key either


def _change_opaque(value: Any, old: Any, digest: Digest) -> Any:
    if _take_opaque(value, digest) == old:
        return None
    if old is not None and isinstance(value, io.IOBase) and value.closed:
        return ()
    reduced = value.__reduce_ex__(4)
    state = None if isinstance(reduced, str) else (*reduced, None)[2]
    if state is None:
        raise TypeError(f"the state of {type(value).__qualname__} objects cannot be set")
    return (state,)


def _make_opaque(value: Any, change: tuple[Any, ...]) -> None:
    """Set a state as unpickling does; without one, close what is open."""
    if not change:
        value.close()
        return
    (state,) = change
    setter = getattr(value, "__setstate__", None)
    if setter is not None:
        setter(state)
        return
    names, slots = state if isinstance(state, tuple) else (state, {})
    if names:
        held = object.__getattribute__(value, "__dict__")
        held.clear()
        held.update(names)
    set_state(value, slots or {})


ATTRIBUTES = "attributes"

STATES: dict[str, State] = {
    "list": State(_take_items, _change_items, _make_items),
    "deque": State(_take_items, _change_items, _make_items),
    "dict": State(_take_entries, _change_entries, make_entries),
    "on demand": State(_take_entries, _change_computed, _forget_computed),
    "set": State(_take_elements, _change_elements, _make_elements),
    ATTRIBUTES: State(_take_attributes, _change_attributes, _make_attributes),
    "exception": _by_parts(_take_exception, _make_exception),
    "element": _by_parts(_take_element, _make_element),
    "cell": _by_parts(_take_cell, _make_cell),
    "class": State(_take_body, _change_body, _make_body),
    "bytearray": State(_take_bytes, _change_bytes, _make_bytes, True),
    "array": State(_take_array, _change_array, _make_array, True),
    "memoryview": State(_take_view, _change_view, _make_view, True),
    "opaque": State(_take_opaque, _change_opaque, _make_opaque, True),
    "backed": State(_take_opaque, _change_opaque, _make_opaque, True),
    **COMPUTATIONS,
    **LIBRARY_STATES,
}
