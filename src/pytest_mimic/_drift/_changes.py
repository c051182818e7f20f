"""Changes that a call made to its arguments, in the form in which values are compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_mimic._drift._pieces import Labelled, entries
from pytest_mimic._drift._words import REMOVED, Special
from pytest_mimic._outcome import COMPUTED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pytest_mimic._drift._walk import Walk
    from pytest_mimic._fingerprint import Fingerprinter

    Parts = Iterator[tuple[str, object]]

_OWN = "the caller's own "
_REORDERED = Special("in another order")


def compare_changes(
    walk: Walk,
    recorded: Sequence[Any],
    live: Sequence[Any],
    engine: Fingerprinter,
) -> None:
    """Find the differences between the changes of two calls.

    Args:
        walk: Takes the differences.
        recorded: The changes of the one.
        live: Those of the other.
        engine: The key engine.
    """
    changes = [_by_place(each, engine) for each in (recorded, live)]
    for place in [*changes[0], *(place for place in changes[1] if place not in changes[0])]:
        path, before = changes[0].get(place, ("", Labelled(())))
        other, now = changes[1].get(place, ("", Labelled(())))
        walk.compare(f"effect on {path or other}", before, now)


def _by_place(
    changes: Sequence[Any], engine: Fingerprinter
) -> dict[tuple[str, str], tuple[str, object]]:
    return {
        (engine.digest(value), tag): (
            str(value).removeprefix(_OWN),
            Labelled(tuple(_parts(tag, change, engine))),
        )
        for value, tag, change in changes
        if tag != COMPUTED  # whether a call is the first to need it is nothing of its own
    }


def _parts(tag: str, change: Any, engine: Fingerprinter) -> Parts:
    take = _TAKERS.get(tag)
    if take is not None:
        yield from take(change, engine)
    elif tag.startswith(("random", "numpy_", "torch_")):
        yield " (state)", change
    else:
        yield "", change


def _of_attributes(change: Any, engine: Fingerprinter) -> Parts:
    kind, names, slots = change
    if kind is not None:
        yield ".__class__", kind
    for mapping in (names, slots):
        for step, part in _of_mapping(mapping, engine) if mapping is not None else ():
            yield (f".{step[2:-2]}" if step.startswith("['") else step), part


def _of_mapping(change: Any, engine: Fingerprinter) -> Parts:
    emptied, removed, items = change
    if emptied:
        yield " (order)", _REORDERED
    kept = {**dict.fromkeys(removed, REMOVED), **dict(items)}
    yield from ((piece.step, piece.value) for piece in entries(kept, engine.digest))


def _of_items(change: Any, _engine: Fingerprinter) -> Parts:
    start, stop, items = change
    yield " (items replaced)", f"{stop - start} from [{start}] on, by {len(items)}"
    yield from ((f"[{start + at}]", item) for at, item in enumerate(items))


def _of_elements(change: Any, _engine: Fingerprinter) -> Parts:
    removed, added = change
    yield " (removed)", set(removed)
    yield " (added)", set(added)


def _of_array(change: Any, _engine: Fingerprinter) -> Parts:
    data, writeable = change
    yield "", data
    yield " (writeable)", writeable


def _of_tensor(change: Any, _engine: Fingerprinter) -> Parts:
    data, grad, requires_grad = change
    yield "", data
    yield ".grad", grad
    yield ".requires_grad", requires_grad


_TAKERS: dict[str, Callable[[Any, Fingerprinter], Parts]] = {
    "attributes": _of_attributes,
    "dict": _of_mapping,
    "list": _of_items,
    "deque": _of_items,
    "set": _of_elements,
    "ndarray": _of_array,
    "tensor": _of_tensor,
}
