"""An exception taken apart, so that it can be rebuilt without its class's constructor.

The constructor is avoided on purpose: ``args`` is often not what it takes, and one that formats
its message would format it twice. Tracebacks are left out.
"""

from __future__ import annotations

import copy
import itertools
import types
from typing import TYPE_CHECKING, Any, cast

from pytest_mimic._fingerprint._exceptions import reduces_in_c
from pytest_mimic._fingerprint._references import HEAP_TYPE
from pytest_mimic._outcome import _rebuild
from pytest_mimic._outcome._kinds import members_of_group
from pytest_mimic._outcome._objects._families import attributes_of, slots_of

if TYPE_CHECKING:
    from collections.abc import Callable

# AttributeError.obj and its like hold whatever the failed access was on; the traceback machinery
# alone reads them. They are kept where the caller holds the object as well.
_HOLDERS = frozenset({"obj"})
_NOT_STATE = frozenset({"args", "with_traceback", "exceptions", "message"})


def reduce_exception(
    exception: BaseException,
    is_known: Callable[[object], bool],
    is_storable: Callable[[object], bool],
) -> tuple[Any, ...]:
    """Return what ``__reduce__`` should have returned for an exception.

    Args:
        exception: The exception.
        is_known: Whether an object is one of the caller's, which a recording refers to.
        is_storable: Whether an attribute of it can be stored.
    """
    if _is_http_error(type(exception)):
        return _reduce_http_error(exception)
    if reduces_in_c(type(exception)):
        return _reduce_in_c(exception)
    members = members_of_group(exception)
    is_built_in_group = hasattr(_rebuild.solid(type(exception)), "derive")
    made_from = (exception.message, list(members)) if is_built_in_group else ()  # type: ignore[attr-defined]
    state = {
        "args": exception.args,
        "dict": _attributes(exception, is_storable),
        "slots": {
            name: value
            for name, value in _outside_of_dict(exception)
            if name not in _HOLDERS or is_known(value)
        },
        "cause": exception.__cause__,
        "context": exception.__context__,
        "suppress": exception.__suppress_context__,
    }
    make = _rebuild.exception, (type(exception), made_from)
    return (*make, state, None, None, _rebuild.set_exception)


def _attributes(
    exception: BaseException, is_storable: Callable[[object], bool]
) -> dict[str, Any] | None:
    """Return the ``__dict__`` of an exception, less what its class leaves out of pickles as well.

    Many leave out more than they have to, so only what cannot be stored counts: the connection
    that broke, say. In its place comes what their pickles bring back.
    """
    attributes = attributes_of(exception)
    if not attributes or not isinstance(type(exception).__reduce__, types.FunctionType):
        return attributes
    lost = [name for name, value in attributes.items() if not is_storable(value)]
    if not lost:
        return attributes
    try:
        pickled = vars(copy.copy(exception))
    except Exception:  # noqa: BLE001  # its class's code; what cannot be stored is told of
        return attributes
    kept = {name: value for name, value in attributes.items() if name not in lost}
    return kept | {name: pickled[name] for name in lost if name in pickled}


def _is_http_error(kind: type) -> bool:
    """Tell whether a class is ``urllib``'s error that is the response of the server as well."""
    return any(
        (one.__module__, one.__name__) == ("urllib.error", "HTTPError") for one in kind.__mro__
    )


def _reduce_http_error(error: Any) -> tuple[Any, ...]:
    """Store an error that is a response with what the response says.

    Its body can be read from the socket once only. So it is read here, and the live error gives
    it to its caller from memory, as the replayed one does.
    """
    body = error.fp.read()
    _rebuild.fill_http_error(error, error.filename, error.code, error.msg, error.hdrs, body)
    notes = {name: value for name, value in vars(error).items() if name == "__notes__"}
    state = _around(error, notes)
    made_from = (type(error), error.filename, error.code, error.msg, error.hdrs, body)
    return _rebuild.http_error, made_from, state, None, None, _rebuild.set_exception


def _reduce_in_c(error: BaseException) -> tuple[Any, ...]:
    """Store an exception by the reduction of its class, which alone knows what C code holds."""
    reduced = error.__reduce__()
    make, args, *rest = cast("tuple[Any, ...]", reduced)
    made_from = (make, args, rest[0] if rest else None)
    # What its class makes one from need not be what it has for its arguments.
    state = _around(error, attributes_of(error)) | {"args": error.args}
    return _rebuild.reduced_exception, made_from, state, None, None, _rebuild.set_exception


def _around(error: BaseException, attributes: dict[str, Any] | None) -> dict[str, Any]:
    """Return the state of an exception that is made with all that it is."""
    return {
        "args": None,
        "dict": attributes,
        "slots": {},
        "cause": error.__cause__,
        "context": error.__context__,
        "suppress": error.__suppress_context__,
    }


def _outside_of_dict(exception: BaseException) -> list[tuple[str, Any]]:
    """Return the attributes that slots and the built-in classes hold, like ``errno``."""
    found = list(slots_of(exception))
    above = itertools.takewhile(lambda base: base is not BaseException, type(exception).__mro__)
    for base in above:
        if base.__flags__ & HEAP_TYPE:
            continue
        for name, descriptor in vars(base).items():
            is_state = isinstance(
                descriptor, (types.MemberDescriptorType, types.GetSetDescriptorType)
            )
            if not is_state or name.startswith("__") or name in _NOT_STATE:
                continue
            # None stands for unset there, and set to None an OSError would show it in its text.
            try:
                content = descriptor.__get__(exception, type(exception))
            except (AttributeError, TypeError):
                continue
            if content is not None:
                found.append((name, content))
    return found
