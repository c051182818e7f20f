"""How a loader that executes a body by itself does so under watch."""

from __future__ import annotations

import builtins
import importlib.abc
import sys
from importlib import _bootstrap
from types import FunctionType
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_mimic._import_hook._namespace import WatchingNamespace

_Function = TypeVar("_Function", bound="Callable[..., Any]")

call_with_frames_removed = _bootstrap._call_with_frames_removed  # type: ignore[attr-defined]
# It can be taken again by the thread that holds it, and a fork waits for it.
_import_lock = _bootstrap._ImportLockContext  # type: ignore[attr-defined]
STOCK_EXEC_MODULE = importlib.abc.InspectLoader.exec_module


def internal(function: _Function) -> _Function:
    """Makes a function part of the import system, as far as tracebacks and warnings can tell.

    Python cuts all that leads up to a frame of this name and file out of the traceback of a
    failed import, and ``warnings.warn(stacklevel=2)`` in a module's body looks past it.
    """
    inside = cast("FunctionType", function)
    model = call_with_frames_removed.__code__
    inside.__code__ = inside.__code__.replace(co_filename=model.co_filename, co_name=model.co_name)
    return function


def globals_of(loader: Any) -> list[dict[str, Any]]:
    """The globals of every Python function that may execute a body for a loader."""
    stock = STOCK_EXEC_MODULE.__globals__  # where most loaders end, however they get there
    found = {id(stock): stock}
    waiting, seen = [loader], set()
    while waiting:
        each = waiting.pop()
        seen.add(id(each))
        kind = each if isinstance(each, type) else type(each)
        for base in kind.__mro__:
            function = base.__dict__.get("exec_module")
            function = getattr(function, "__func__", function)
            if isinstance(function, FunctionType):
                found[id(function.__globals__)] = function.__globals__
        # A loader may hand on to another.
        inside = [*getattr(each, "__dict__", {}).values(), getattr(each, "__wrapped__", None)]
        waiting += [
            value for value in inside if id(value) not in seen and hasattr(value, "exec_module")
        ]
    return list(found.values())


class WatchedExec:
    """Stands in for ``exec`` in the globals of a loader while it executes bodies under watch.

    Whatever else is executed there meanwhile, in this thread or another, is executed as ever.

    Args:
        names: The globals.
    """

    def __init__(self, names: dict[str, Any]) -> None:
        self._names = names
        self._own = names.get("exec")
        self._execute = self._own or builtins.exec
        self._bodies: dict[int, WatchingNamespace] = {}

    @classmethod
    def join(cls, names: dict[str, Any], namespace: WatchingNamespace) -> WatchedExec:
        """Has a body executed in its namespace, wherever these globals are the loader's."""
        with _import_lock():
            stand_in = names.get("exec")
            if not isinstance(stand_in, cls):
                stand_in = names["exec"] = cls(names)
            stand_in._bodies[id(namespace.names)] = namespace
        return stand_in

    def leave(self, namespace: WatchingNamespace) -> None:
        """Ends what ``join`` began; the last one restores the globals."""
        with _import_lock():
            self._bodies.pop(id(namespace.names), None)
            if not self._bodies and self._names.get("exec") is self:
                if self._own is None:
                    del self._names["exec"]
                else:
                    self._names["exec"] = self._own

    @internal
    def __call__(self, source: Any, /, *places: Any, **options: Any) -> None:  # pragma: no cover
        # Not counted, because it counts for another file.
        self._execute(source, *self._places(places, options), **options)

    def _places(self, places: tuple[Any, ...], options: dict[str, Any]) -> tuple[Any, ...]:
        """The globals and locals to execute in; those of the caller's frame where it gave none."""
        given = dict(zip(("globals", "locals"), places, strict=False))
        names = given.get("globals", options.pop("globals", None))
        local_names = given.get("locals", options.pop("locals", None))
        if names is None:
            caller = sys._getframe(2)
            names = caller.f_globals
            local_names = caller.f_locals if local_names is None else local_names
        if local_names is None or local_names is names:
            return names, self._bodies.get(id(names), names)
        return names, local_names
