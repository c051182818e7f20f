"""Which values are streams, and what one looks like to its consumer apart from its items.

What records or replays a stream is a generator. A live stream may be something else: a ``map``, or
an object of somebody's own class that can be entered, closed and asked for its headers. Recording,
such an object stays itself, and only its class is exchanged for a derived one that passes the items
on. In replay, an object of that class is made, with the attributes that could be stored.
"""

from __future__ import annotations

import collections.abc
import inspect
import io
import itertools
import types
from typing import TYPE_CHECKING, Any, NoReturn

from pytest_mimic._fingerprint._references import HEAP_TYPE
from pytest_mimic._outcome._objects._families import (
    Families,
    is_data,
    is_shared_by_name,
    set_state,
    state_of,
)
from pytest_mimic._outcome._pickles._responses import head_of
from pytest_mimic._outcome._streams._async_streams import ASYNC_ITERATOR
from pytest_mimic._outcome._streams._items import Items
from pytest_mimic._outcome._streams._streams import ITERATOR
from pytest_mimic._outline import looks_secret
from pytest_mimic.errors import UnrecordableOutcomeError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    Miss = Callable[[str], BaseException]

# A recorded guise: none for a generator; the name of a type; or a class, the attributes that could
# be stored, and the names of those that could not.
Guise = str | tuple[type, dict[str, Any], list[str]] | None

_IMMUTABLE_TYPE = 1 << 8  # C code made it, though it is on the heap
_CONTAINERS = frozenset({list, tuple, set, frozenset})
_GENERATORS = (collections.abc.Generator, collections.abc.AsyncGenerator)


def _plain(driver: Any) -> Any:
    return map(_same, driver)


def _same(item: object) -> object:
    return item


# Iterators of C code that give just what another iterator gives. Others become a `map`, which is
# one as well, and no generator.
_BUILT_IN: dict[str, Callable[[Any], Any]] = {
    "map": _plain,
    "filter": lambda driver: filter(lambda _: True, driver),
    "chain": itertools.chain,
    "islice": lambda driver: itertools.islice(driver, None),
    "takewhile": lambda driver: itertools.takewhile(lambda _: True, driver),
    "dropwhile": lambda driver: itertools.dropwhile(lambda _: False, driver),
}


def kind_of_stream(value: object) -> str | None:
    """Tell what kind of stream a value is, if it is one.

    An iterator is its own iterator, or passes its items on as one that a generator function makes.
    Files are, and yet they are no streams of items but files;
    and so is a Mock that says yes to everything.
    """
    kind: Any = type(value)
    if is_data(kind):
        return None
    if kind.__module__ == "unittest.mock" or isinstance(value, io.IOBase):
        return None
    if isinstance(value, collections.abc.Iterator) and _is_own(kind, "__iter__", value):
        return ITERATOR
    if isinstance(value, collections.abc.AsyncIterator) and _is_own(kind, "__aiter__", value):
        return ASYNC_ITERATOR
    return None


def _is_own(kind: Any, name: str, value: object) -> bool:
    """Tell whether asking for an iterator of a value gives that value."""
    try:
        method = getattr(kind, name)
        if inspect.isgeneratorfunction(method) or inspect.isasyncgenfunction(method):
            return True
        return bool(method(value) is value)
    except Exception:  # noqa: BLE001  # the class's own trouble; then it is a value
        return False


def guise_of(stream: object, references: Collection[int]) -> Guise:
    """Tell what a live stream looks like.

    Of its attributes those are stored that are plain data, or objects of the caller. The others are
    the connection behind it, as a rule, with the headers and keys that it was made with.

    Args:
        stream: The stream.
        references: The ids of the caller's objects.

    Raises:
        UnrecordableOutcomeError: Nothing could look like it.
    """
    kind = type(stream)
    if isinstance(stream, _GENERATORS):
        return None
    if not _is_exchangeable(kind):
        _check(kind)
        return _name_of(kind)
    attributes = state_of(stream)
    stored = {
        name: value
        for name, value in attributes.items()
        if not looks_secret(name) and (id(value) in references or _is_plain(value))
    }
    heads = {name: head_of(value) for name, value in attributes.items() if name not in stored}
    stored |= {name: head for name, head in heads.items() if head is not None}
    return kind, stored, sorted(attributes.keys() - stored.keys())


def items_of_live(stream: Any, guise: Guise) -> Any:
    """Return what the items of a live stream are to be taken from."""
    return Items(stream) if isinstance(guise, tuple) else stream


def guise_live(stream: Any, guise: Guise, driver: Any, after: Callable[[], Any]) -> Any:
    """Return what the consumer of a live stream gets.

    Args:
        stream: The live stream.
        guise: What it looks like.
        driver: The generator that records it.
        after: Asks the live stream itself, after its end.

    Returns:
        The stream itself where its class can be exchanged, and otherwise what looks like it.
    """
    if guise is not None and hasattr(stream, "__next__"):
        driver = _Ending(driver, after)
    if isinstance(guise, tuple):
        derived = _derived(guise[0], driver, {})
        if derived is not None:
            object.__setattr__(stream, "__class__", derived)  # past what the class says of setting
            return stream
    return _built_in(guise, driver)


def guise_replay(
    guise: Guise, driver: Any, miss: Miss, moved: Callable[[], Mapping[str, object]]
) -> Any:
    """Return what the consumer of a replayed stream gets.

    Args:
        guise: What the live stream looked like.
        driver: The generator that replays it.
        miss: Makes the error for an attribute that could not be stored.
        moved: Gives the attributes that changed as the last items were taken.
    """
    if not isinstance(guise, tuple):
        return _built_in(guise, driver)
    kind, stored, lost = guise
    members = {**_in_replay(kind, driver, lost, miss), **_moving(kind, driver, moved)}
    derived = _derived(kind, driver, members)
    if derived is None:
        return _built_in(guise, driver)
    made: Any = object.__new__(derived)
    set_state(made, stored)
    return made


def _is_plain(value: object) -> bool:
    """Tell whether a value is data through and through: atoms, and built-in containers of them."""
    families = Families()
    waiting: list[Any] = [value]
    seen: set[int] = set()
    for one in waiting:
        if id(one) in seen:
            continue
        seen.add(id(one))
        if type(one) is dict:
            waiting += [*one, *one.values()]
        elif type(one) in _CONTAINERS:
            waiting += one
        elif families.of(one) != "atom" and not is_shared_by_name(one):
            return False
    return True


class _Ending:
    """What records a live stream that is no generator: that may go on after its end.

    A ``map`` does after an exception, and a stream of somebody's own class after whatever it likes.
    """

    def __init__(self, driver: Any, after: Callable[[], Any]) -> None:
        self._driver = driver
        self._after = after
        self._has_ended = False

    def __iter__(self) -> Any:
        return self

    def __next__(self) -> Any:
        if self._has_ended:
            return self._after()
        try:
            return next(self._driver)
        except BaseException:
            self._has_ended = True
            raise


def ask_after_end(items: Any, name: str) -> NoReturn:
    """Ask a live stream for an item after its end, which is where its recording ends.

    Args:
        items: The items of the live stream.
        name: The name of the call that gave it.

    Raises:
        StopIteration: It has ended for good.
        UnrecordableOutcomeError: It has not.
    """
    error: Exception | None = None
    try:
        next(items)
    except StopIteration:
        raise
    except Exception as raised:  # noqa: BLE001  # live code may raise anything
        error = raised
    raise UnrecordableOutcomeError(
        f"cannot record the stream that {name} gave: it goes on after its end, or after what it "
        "raised, where its recording ends\n"
        "Name a target further in, that gives one item, or further out, that takes them all."
    ) from error


def _built_in(guise: Guise, driver: Any) -> Any:
    name = _name_of(guise[0]) if isinstance(guise, tuple) else guise
    return driver if name is None else _BUILT_IN.get(name, _plain)(driver)


def _name_of(kind: type) -> str | None:
    """Return what tells which iterator of C code stands for those of a class, if one can."""
    return kind.__name__ if hasattr(kind, "__next__") else None


def _check(kind: type) -> None:
    """Refuse an iterator of C code that is used in ways of its own: a cursor, a reader."""
    asked = [name for name in dir(kind) if name.startswith(("fetch", "read"))]
    if asked:
        raise UnrecordableOutcomeError(
            f"cannot record result: {kind.__module__}.{kind.__qualname__}\n"
            f"It is more than an iterator: {', '.join(asked)} ask what is behind it.\n"
            "Name a target further out, which returns the rows."
        )


def _is_exchangeable(kind: Any) -> bool:
    """Tell whether the class of an object can be exchanged: Python code made it."""
    is_made = kind.__flags__ & (HEAP_TYPE | _IMMUTABLE_TYPE) == HEAP_TYPE
    return is_made and kind.__new__ is object.__new__


def _derived(kind: type, driver: Any, members: dict[str, Any]) -> Any:
    """Make a class that is like another, and takes its items from a driver.

    Returns:
        None where the class forbids that others derive from it.
    """
    passing_on = {
        "__iter__": _itself,
        "__next__": lambda _: next(driver),
        "__aiter__": _itself,
        "__anext__": lambda _: driver.__anext__(),
    }
    namespace = {
        "__slots__": (),
        "__module__": kind.__module__,
        "__qualname__": kind.__qualname__,
        "__doc__": kind.__doc__,
        **{name: member for name, member in passing_on.items() if hasattr(kind, name)},
        **members,
    }
    try:
        return types.new_class(
            kind.__name__, (kind,), exec_body=lambda body: body.update(namespace)
        )
    except Exception:  # noqa: BLE001  # `__init_subclass__` or a metaclass, which may raise anything
        return None


def _itself(stream: object) -> object:
    return stream


def _in_replay(kind: Any, driver: Any, lost: list[str], miss: Miss) -> dict[str, Any]:
    """Return the members of the class of a replayed stream that stand for its live resources."""
    members = {
        "__enter__": _itself,
        "__aenter__": _itself_awaited,
        **_leaving(kind, driver),
        "__del__": lambda _: None,
    }
    own = {name: member for name, member in members.items() if hasattr(kind, name)}
    return {**own, "__getattr__": _missing(kind, lost, miss)}


def _moving(kind: Any, driver: Any, moved: Callable[[], Mapping[str, object]]) -> dict[str, Any]:
    """Return the members by which a replayed stream goes on, and says how far it is."""

    def go_on(stream: object) -> Any:
        try:
            return next(driver)
        finally:
            set_state(stream, moved())

    async def go_on_async(stream: object) -> Any:
        try:
            return await driver.__anext__()
        finally:
            set_state(stream, moved())

    members = {"__next__": go_on, "__anext__": go_on_async}
    return {name: member for name, member in members.items() if hasattr(kind, name)}


async def _itself_awaited(stream: object) -> object:
    return stream


def _leaving(kind: Any, driver: Any) -> dict[str, Any]:
    """Return the members by which a consumer leaves a stream before its end."""

    def leave(*_: object) -> None:
        driver.close()

    async def leave_async(*_: object) -> None:
        await driver.aclose()

    is_awaited = hasattr(kind, "__anext__") and inspect.iscoroutinefunction(
        getattr(kind, "close", None)
    )
    return {
        "__exit__": leave,
        "__aexit__": leave_async,
        "close": leave_async if is_awaited else leave,
        "aclose": leave_async,
    }


def _missing(kind: Any, lost: list[str], miss: Miss) -> Callable[[object, str], Any]:
    """Return what is asked for the attributes that a replayed stream does not have."""

    def missing(stream: object, name: str) -> Any:
        if name in lost:
            raise miss(
                f"the attribute {name!r} of the stream is "
                "nothing that a recording can hold; name a target further in, below what makes it"
            )
        if hasattr(kind, "__getattr__"):
            return kind.__getattr__(stream, name)
        raise AttributeError(f"{kind.__name__!r} object has no attribute {name!r}")

    return missing
