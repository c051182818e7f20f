"""A payload read without trusting it: nothing that it names is imported, made or run.

A pickle is a program that calls whatever it names. Here each of its names stands for an ``Inert``
class, which takes every call and remembers what it was called with.
"""

from __future__ import annotations

import contextlib
import io
import pickle
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_mimic._outcome import _rebuild
from pytest_mimic._outcome._codec import Reference
from pytest_mimic._outcome._effects import parts_of_change
from pytest_mimic._outcome._kinds import Raised, Returned
from pytest_mimic._outcome._objects._identity import describe_reference
from pytest_mimic._outcome._pickles._layout import Flags, parted, unpacked
from pytest_mimic._outcome._pickles._nans import nan_at
from pytest_mimic._outcome._streams._tape import StreamReader
from pytest_mimic.errors import UnreplayableOutcomeError

if TYPE_CHECKING:
    from typing_extensions import Self

    from pytest_mimic._outcome._pickles._layout import Buffer
    from pytest_mimic._outcome._streams._tape import Step


_ARGUMENTS = tuple(f"argument {place}" for place in range(1, 256))
_SETTERS = frozenset(
    (_rebuild.__name__, setter.__name__) for setter in (_rebuild.set_exception, _rebuild.set_image)
)


class Inert:
    """Stands for an object that a payload would make, or, as a class, for what it names.

    Attributes:
        name: What the payload calls: ``shop.Client``.
        args: What it calls it with.
        kwargs: And by keyword.
        state: What it would fill the object with; None for nothing.
        elements: What it would append or add to it.
        entries: What it would set by key.
    """

    name = ""
    args: tuple[object, ...]
    kwargs: dict[str, object]
    state: Any
    elements: list[object]
    entries: list[tuple[object, object]]

    # Not in __init__: a pickle may make an object without.
    def __new__(cls, *args: object, **kwargs: object) -> Self:
        """Takes whatever the object would be made with."""
        self = super().__new__(cls)
        self.args = args
        self.kwargs = kwargs
        self.state = None
        self.elements = []
        self.entries = []
        return self

    def __setstate__(self, state: object) -> None:
        self.state = state

    def __setitem__(self, key: object, value: object) -> None:
        self.entries.append((key, value))

    def __call__(self, *args: object, **kwargs: object) -> Inert:
        """Stands for what calling the object would give."""
        # Dill finds the types that it knows by their names.
        finds = self.name == "dill._dill._load_type" and len(self.args) == 1
        name = str(self.args[0]) if finds else f"<{self.name} object>"
        return _named(name)(*args, **kwargs)

    def append(self, element: object) -> None:
        """Takes an element."""
        self.elements.append(element)

    def add(self, element: object) -> None:
        """Takes an element."""
        self.elements.append(element)

    def extend(self, elements: Sequence[object]) -> None:
        """Takes elements."""
        self.elements.extend(elements)


class Contents(NamedTuple):
    """What a payload holds.

    Attributes:
        kind: ``returned`` or ``raised``.
        value: What.
        changes: What the call changed in its arguments: a path, and what is there now.
        random: The global generators of random numbers that it drew from.
        awaited: The kind of awaitable that had this outcome, if it was one.
        emissions: What it printed, warned of and logged: what it is, and its content.
    """

    kind: str
    value: object
    changes: Sequence[tuple[str, object]] = ()
    random: Sequence[str] = ()
    awaited: str | None = None
    emissions: Sequence[tuple[str, object]] = ()


def inert_contents(payload: Buffer) -> Iterator[tuple[Step | None, Contents]]:
    """Read a payload.

    Args:
        payload: The bytes.

    Yields:
        What it holds; of a stream, each step and what it gave.

    Raises:
        UnreplayableOutcomeError: It is no payload.
    """
    try:
        if not payload[-1] & Flags.STREAMED:
            yield None, _contents(payload)
            return
        reader = StreamReader(payload)
        while (found := reader.next()) is not None:
            yield found[0], _contents(found[1])
            reader.advance()
    # Whatever there is in a file that is none, loading it may meet.
    except Exception as failure:
        raise UnreplayableOutcomeError(
            f"it cannot be read as a payload: {type(failure).__name__}: {failure}"
        ) from failure


def own_path(reference: Reference) -> str:
    """Write a reference to an object of the caller.

    Args:
        reference: It.

    Returns:
        ``the caller's own argument 2.layers[0]``: counted from 1, ``self`` among them.
    """
    # A payload may refer to what no recorder ever would.
    with contextlib.suppress(Exception):
        return describe_reference(reference.reference, _ARGUMENTS)
    return "an object of the caller"


class _InertUnpickler(pickle.Unpickler):
    """An unpickler that imports nothing."""

    def find_class(self, module: str, name: str) -> Any:
        """Return what stands for what a payload names."""
        if (module, name) in _SETTERS:
            return _set_state
        return _named(f"{module}.{name}")

    def persistent_load(self, reference: Any) -> Any:
        """Return what stands for an object of the caller, or a nan."""
        nan = nan_at(reference)
        return Reference(reference) if nan is None else nan


def _set_state(made: Inert, state: object) -> None:
    made.state = state


def _named(name: str) -> type[Inert]:
    return type("Inert", (Inert,), {"name": name})


def _contents(payload: Buffer) -> Contents:
    flags = payload[-1]
    pickled, buffers = parted(payload, flags)
    loaded = _InertUnpickler(io.BytesIO(pickled), buffers=buffers).load()
    value, changes, random, awaited, emissions = unpacked(loaded, flags)
    kind = Raised.kind if flags & Flags.RAISED else Returned.kind
    told = [part for change in changes for part in _parts(change)]
    return Contents(kind, value, told, sorted(map(str, random or ())), awaited, emissions)


def _parts(change: Any) -> Iterator[tuple[str, object]]:
    place = own_path(change[0]) if isinstance(change[0], Reference) else "a new object"
    for path, part in parts_of_change(change):
        yield place + path, part
