"""One pickle of a value, with the caller's own objects left out and large buffers by reference."""

from __future__ import annotations

import contextlib
import functools
import io
import pickle
import sys
import threading
import types
import warnings
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_mimic._outcome import _rebuild
from pytest_mimic._outcome._objects._memory import Memory
from pytest_mimic._outcome._objects._node import Named, Node
from pytest_mimic._outcome._objects._pictures import reduce_image
from pytest_mimic._outcome._objects._random import reduce_generator
from pytest_mimic._outcome._pickles._arrays import reduce_array
from pytest_mimic._outcome._pickles._bases import loaded_bases
from pytest_mimic._outcome._pickles._exceptions import reduce_exception
from pytest_mimic._outcome._pickles._functions import dispatch_of
from pytest_mimic._outcome._pickles._interned import Interned, interned
from pytest_mimic._outcome._pickles._layout import LARGE, Buffer, Flags, lay_behind
from pytest_mimic._outcome._pickles._making import (
    reduce_by_itself,
    reduce_made,
    reduce_unmade,
    reduce_view,
)
from pytest_mimic._outcome._pickles._nans import may_hold_nan, references_to_nan
from pytest_mimic._outcome._pickles._places import Places, reduce_bare
from pytest_mimic._outcome._pickles._quiet import Quiet
from pytest_mimic._outcome._pickles._responses import RESPONSES
from pytest_mimic._outcome._pickles._standard import REDUCTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pytest_mimic._outcome._pickles._bases import Reduce

# For what is nested very deeply: the stack that it is pickled on, in bytes, and the frames there.
# Before Python 3.11 each of them lies on that stack.
_STACK = 1 << 29
_DEPTH = 1 << 20 if sys.version_info >= (3, 11) else 1 << 18

# What dill would store, and what would be dead or a lie when it came back.
_REFUSED_NAMES = frozenset({
    ("_thread", "lock"), ("_thread", "RLock"), ("_socket", "socket"), ("builtins", "generator"),
    ("builtins", "coroutine"), ("builtins", "async_generator"), ("builtins", "frame"),
    ("builtins", "traceback"), ("unittest.mock", "NonCallableMock"), ("threading", "Thread"),
    ("_io", "_IOBase"), ("_asyncio", "Future"), ("_contextvars", "Context"),
    ("_contextvars", "ContextVar"), ("_contextvars", "Token"), ("_thread", "_local"),
    ("weakref", "ReferenceType"), ("unittest.mock", "_Call"),
    ("sqlalchemy.engine.result", "ResultInternal"), ("sqlalchemy.engine.base", "Connection"),
    ("sqlalchemy.engine.base", "Engine"), ("sqlalchemy.orm.session", "Session"),
})  # fmt: skip
_OURS = frozenset({_rebuild.__name__, interned.__module__})
_IN_MEMORY = (io.BytesIO, io.StringIO)
_FRAME = type(io.BytesIO().getbuffer().obj)


class NotPicklableError(Exception):
    """Something in a value must not or cannot be pickled; only this package sees it."""


class _MainThingError(Exception):
    """The C pickler met something of ``__main__``, which dill stores by value."""


class Pickled:
    """A pickle in parts.

    Attributes:
        parts: Bytes-like objects whose concatenation is the payload without its flags.
        flags: How it is to be read.
        modules: The modules of the types and functions that it imports.
        referred: The caller's own objects that it refers to, by their references.
    """

    __slots__ = ("flags", "modules", "parts", "referred")

    def __init__(
        self, parts: list[Buffer], flags: int, modules: set[str], referred: dict[Any, object]
    ) -> None:
        self.parts = parts
        self.flags = flags
        self.modules = modules
        self.referred = referred


class Own(NamedTuple):
    """The caller's own objects, which a pickle leaves out.

    Attributes:
        references: What tells the reference that stands for each, by id.
        memory: The memory of those that others may be views of.
        rest: More of the same, which the first go before.
    """

    references: Mapping[int, Node | Named]
    memory: Memory = Memory(())
    rest: Mapping[int, Node] = {}


class _Rules:
    """What the C pickler and dill's have in common."""

    main_by_value = False

    def __init__(self, sink: Any, own: Own, out_of_band: Any) -> None:
        super().__init__(sink, 5, buffer_callback=out_of_band)  # type: ignore[call-arg]  # a mixin
        self._references = own.references
        self._rest = own.rest
        self._memory = own.memory
        self.referred: dict[Any, object] = {}
        self.modules: set[str] = set()
        self._places = Places()
        self._interned = Interned()

    @functools.cached_property
    def _bases(self) -> Sequence[tuple[type, Reduce | None]]:
        """The classes with rules of their own: found when first asked for, as few pickles do."""
        return loaded_bases()

    def reducer_override(self, value: Any) -> Any:
        """Reduce what pickle would refuse or get wrong, and refuse what dill would get wrong."""
        kind = type(value)
        if kind in _BUILT_IN:
            return NotImplemented
        return self._memory.reduce(value) or self._reduce(value, kind)

    def _reduce(self, value: Any, kind: type) -> Any:
        """Reduce what is no view of an argument."""
        if issubclass(kind, (type, types.FunctionType)):
            self._import(value.__module__)
            return reduce_made(value) or self._places.reduce_nameless(value)
        self._import(kind.__module__)
        if issubclass(kind, BaseException):
            return reduce_exception(value, self._is_known, partial(self._is_storable, value))
        special = _SPECIAL.get((kind.__module__, kind.__qualname__))
        if special is not None:
            return special(value)
        for base, reduce in self._bases:
            if issubclass(kind, base):
                return self._reduce_image(value) if reduce is None else reduce(value)
        if is_refused(value):
            raise NotPicklableError(f"{kind.__qualname__} objects only work where they were made")
        reducers = (self._places.reduce, self._interned.reduce, reduce_unmade, reduce_by_itself)
        for reduce in reducers:
            reduced = reduce(value)
            if reduced is not NotImplemented:
                return reduced
        return NotImplemented

    def _import(self, module: str | None) -> None:
        """Note a module that loading the pickle will import."""
        if module == "__main__" and not self.main_by_value:
            raise _MainThingError
        # What we have payloads call is covered by the format that the card states.
        if module is not None and module not in _OURS:
            self.modules.add(module)

    def _reduce_image(self, value: Any) -> Any:
        return reduce_image(value, partial(self._is_storable, value))

    def _is_known(self, value: object) -> bool:
        return self._known(value) is not None

    def _known(self, value: object) -> Node | Named | None:
        return self._references.get(id(value)) or self._rest.get(id(value))

    def _is_storable(self, owner: object, value: object) -> bool:
        """Tell whether what an object holds can be stored beside it, and lead back to it.

        What is inside of an argument counts by itself: an ignored one may have it just now.
        """
        known = self._known(value)
        if known is not None and len(known.reference) == 1:
            return True
        try:
            dump(value, Own({id(owner): Named("owner")}))
        except Exception:  # noqa: BLE001  # any failure is the answer
            return False
        return True


# Types that pickle handles itself, and whose number is large.
_BUILT_IN = frozenset({
    int, float, complex, bool, str, bytes, bytearray, type(None), list, tuple, dict, set, frozenset,
})  # fmt: skip


class _Referring:
    """What a pickler needs that leaves the caller's objects out."""

    referred: dict[Any, object]
    _references: Mapping[int, Node | Named]
    _rest: Mapping[int, Node]

    def persistent_id(self, value: object) -> object:
        """Return what stands for an object of the caller."""
        known = self._references.get(id(value)) or self._rest.get(id(value))
        if known is None:
            return None
        reference = known.reference
        self.referred[reference] = value
        return reference


class _CPickler(_Rules, pickle.Pickler):
    """The fast pickler, and fastest where nothing asks about every object."""


class _ReferringPickler(_Referring, _CPickler):
    """The fast pickler."""


class _DeepPickler(_Referring, _Rules, pickle._Pickler):  # the public name is the C one
    """The pickler in Python: slow, but it goes as deep as the recursion limit lets it."""


class _Sink:
    """A file of the kind that picklers write to: keeps what it is given, as it is."""

    __slots__ = ("parts",)

    def __init__(self) -> None:
        self.parts: list[Buffer] = []

    def write(self, part: Any) -> int:
        """Keep one part; large ones come by reference."""
        kept = part.raw() if isinstance(part, pickle.PickleBuffer) else part
        if isinstance(kept, memoryview) and type(kept.obj) is _FRAME:
            # A frame of the pickler in Python. The garbage collector may end the file before the
            # view, where an error holds both, and then complains of that.
            kept = bytes(kept)
        self.parts.append(kept)
        return len(kept)


def dump(value: object, own: Own) -> Pickled:
    """Pickle a value.

    Args:
        value: What to pickle.
        own: The caller's own objects.

    Returns:
        The pickle in parts, flags not yet written.

    Raises:
        Exception: Neither pickle nor dill can; the one that says why best.
    """
    with Quiet():
        return _dump_as_it_is(value, own)


def _dump_as_it_is(value: object, own: Own) -> Pickled:
    """Pickle a value, those that all know by identity for themselves."""
    dumped = _dump_by_either(value, own)
    if may_hold_nan(dumped.parts):
        # Asking about every object takes long, so it is done where it matters.
        return _dump_by_either(
            value, own._replace(references={**references_to_nan(), **own.references})
        )
    return dumped


def _dump_by_either(value: object, own: Own) -> Pickled:
    """Pickle a value as pickle does, or else as dill does."""
    try:
        return _dump(value, own, _ReferringPickler if own.references or own.rest else _CPickler, 0)
    except RecursionError:
        return _with_room(lambda: _dump(value, own, _DeepPickler, 0))
    except Exception as failure:  # noqa: BLE001  # dill may do better
        try:
            with _silenced():
                return _dump(value, own, _dill_pickler(), Flags.DILL)
        except Exception as second:
            if isinstance(failure, _MainThingError):
                raise second from None
            # That it is refused once more, through all the frames of dill, tells nothing.
            raise failure from (None if isinstance(second, NotPicklableError) else second)


def _with_room(pickled: Callable[[], Pickled]) -> Pickled:
    """Pickle what is nested deeper than the stack of the calling thread allows.

    Raises:
        Exception: What pickling raises.
    """
    limit = sys.getrecursionlimit()
    size = threading.stack_size(_STACK)
    done: list[Pickled] = []
    failed: list[Exception] = []

    def run() -> None:
        try:
            done.append(pickled())
        except Exception as error:  # noqa: BLE001  # raised again, by the calling thread
            # All the frames of what never comes to an end would be read and shown by whoever tells.
            failed.append(error.with_traceback(None))

    try:
        sys.setrecursionlimit(_DEPTH)
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    finally:
        sys.setrecursionlimit(limit)
        threading.stack_size(size)
    if failed:
        raise failed[0]
    return done[0]


def _dump(value: object, own: Own, pickler: Any, flags: int) -> Pickled:
    """Pickle a value with one of the picklers."""
    sink = _Sink()
    buffers: list[memoryview] = []

    def out_of_band(buffer: pickle.PickleBuffer) -> bool:
        raw = buffer.raw()
        if raw.nbytes < LARGE:
            return True
        buffers.append(raw)
        return False

    writer = pickler(sink, own, out_of_band)
    writer.dump(value)
    if writer.referred:
        flags |= Flags.REFERENCES
    if buffers:
        flags |= Flags.BUFFERS
        lay_behind(sink.parts, buffers)
    return Pickled(sink.parts, flags, writer.modules, writer.referred)


@contextlib.contextmanager
def _silenced() -> Iterator[None]:
    """Keep dill's warnings, which are for those who chose dill, from those who did not."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _dill_pickler() -> Any:
    """Return dill's pickler under our rules. Importing dill takes long, so it waits until now."""
    import dill

    class DillPickler(_Referring, _Rules, dill.Pickler):  # type: ignore[misc]  # dill has no types
        main_by_value = True
        dispatch = dispatch_of(dill.Pickler)

    # Dill looks there to see whether a pickler is its own, and does less for those of others.
    DillPickler.__module__ = dill.Pickler.__module__
    return DillPickler


def is_refused(value: object) -> bool:
    """Tell whether a value only works in the process, or the call, that made it."""
    if issubclass(type(value), _IN_MEMORY):
        return False
    return any(
        (base.__module__, base.__qualname__) in _REFUSED_NAMES for base in type(value).__mro__
    )


def _reduce_module(value: types.ModuleType) -> Any:
    """Store a module by its name."""
    if sys.modules.get(value.__name__) is not value:
        raise NotPicklableError("a module that is not imported under its name")
    return _rebuild.module, (value.__name__,)


_SPECIAL: dict[tuple[str, str], Callable[[Any], Any]] = {
    ("builtins", "module"): _reduce_module,
    ("builtins", "object"): reduce_bare,
    ("builtins", "memoryview"): reduce_view,
    ("numpy", "ndarray"): reduce_array,
    ("numpy.random.mtrand", "RandomState"): reduce_generator,
    ("random", "Random"): reduce_generator,
    ("torch._C", "Generator"): reduce_generator,
    **RESPONSES,
    **REDUCTIONS,
}
