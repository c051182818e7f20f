"""The loader that runs a body under watch, and has other loaders that execute one do so."""

from __future__ import annotations

import builtins
import importlib.abc
import sys
from importlib import _bootstrap
from types import FunctionType
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pytest_mimic._import_hook._namespace import WatchingNamespace

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from pytest_mimic._import_hook._namespace import Watcher

_Function = TypeVar("_Function", bound="Callable[..., Any]")

_call_with_frames_removed = _bootstrap._call_with_frames_removed  # type: ignore[attr-defined]
# It can be taken again by the thread that holds it, and a fork waits for it.
_import_lock = _bootstrap._ImportLockContext  # type: ignore[attr-defined]
_STOCK_EXEC_MODULE = importlib.abc.InspectLoader.exec_module


def _internal(function: _Function) -> _Function:
    """Makes a function part of the import system, as far as tracebacks and warnings can tell.

    Python cuts all that leads up to a frame of this name and file out of the traceback of a
    failed import, and ``warnings.warn(stacklevel=2)`` in a module's body looks past it.
    """
    inside = cast("FunctionType", function)
    model = _call_with_frames_removed.__code__
    inside.__code__ = inside.__code__.replace(co_filename=model.co_filename, co_name=model.co_name)
    return function


def _globals_of(loader: Any) -> list[dict[str, Any]]:
    """The globals of every Python function that may execute a body for a loader."""
    stock = _STOCK_EXEC_MODULE.__globals__  # where most loaders end, however they get there
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


class _WatchedExec:
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
    def join(cls, names: dict[str, Any], namespace: WatchingNamespace) -> _WatchedExec:
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

    @_internal
    def __call__(self, source: Any, /, *places: Any, **options: Any) -> None:  # pragma: no cover
        # Not counted, because it counts for another file.
        self._execute(source, *self._places(source, places, options), **options)

    def _places(
        self, source: Any, places: tuple[Any, ...], options: dict[str, Any]
    ) -> tuple[Any, ...]:
        """The globals and locals to execute in; those of the caller's frame where it gave none."""
        given = dict(zip(("globals", "locals"), places, strict=False))
        names = given.get("globals", options.pop("globals", None))
        local_names = given.get("locals", options.pop("locals", None))
        if names is None:
            caller = sys._getframe(2)
            names = caller.f_globals
            local_names = caller.f_locals if local_names is None else local_names
        if (local_names is None or local_names is names) and _may_be_watched(source):
            return names, self._bodies.get(id(names), names)
        return names, local_names


def watching(loader: Any, fullname: str, watcher: Watcher) -> Any:
    """Wraps a loader; one that a finder of another run has wrapped gets a second watcher."""
    if type(loader) is not _WatchingLoader:
        return _WatchingLoader(loader, fullname, (watcher,))
    if watcher in loader.watchers:
        return loader
    return _WatchingLoader(loader.loader, fullname, (*loader.watchers, watcher))


class _WatchingLoader:
    """A loader that runs the body of one module under watch, and is in all else the one it wraps.

    Args:
        loader: The loader.
        fullname: The module's name.
        watchers: Who is told, in this order.
    """

    __slots__ = ("fullname", "loader", "watchers")

    def __init__(self, loader: Any, fullname: str, watchers: tuple[Watcher, ...]) -> None:
        self.loader = loader
        self.fullname = fullname
        self.watchers = watchers

    def __getattr__(self, name: str) -> Any:
        return getattr(self.loader, name)

    @property  # type: ignore[misc]  # mypy wants it settable
    def __class__(self) -> Any:
        # Other import hooks ask isinstance(loader, SourceFileLoader) before they take a module.
        return type(self.loader)

    def __reduce__(self) -> tuple[Callable[[Any], Any], tuple[Any]]:
        return _itself, (self.loader,)

    @_internal
    def exec_module(self, module: ModuleType) -> None:  # pragma: no cover - counts for another file
        """Runs the module's body."""
        body = _Body(self, module)
        try:
            code = self.loader.get_code(module.__name__) if body.own_code else None
            if code is None:
                self.loader.exec_module(module)
            else:
                names = body.namespace if _may_be_watched(code) else module.__dict__
                _call_with_frames_removed(exec, code, module.__dict__, names)
        except BaseException:
            body.end(complete=False)
            raise
        body.end(complete=True)


def _may_be_watched(code: Any) -> bool:
    """Whether a body runs alike where its locals are not its globals.

    What zope.interface has for modules looks at the frame that calls it, and insists on that. Of
    such a module the targets are patched when its body has run.
    """
    return "moduleProvides" not in getattr(code, "co_names", ())


def _itself(loader: Any) -> Any:
    return loader


class _Body:
    """One run of a module's body.

    Args:
        watching: The loader that runs it.
        module: The module.
    """

    def __init__(self, watching: _WatchingLoader, module: ModuleType) -> None:
        self._watching = watching
        self._module = module
        _give_way(watching, module)
        watch = [(each, each.watched(watching.fullname)) for each in watching.watchers]
        self.namespace = WatchingNamespace.over(module, watch)
        execute = getattr(watching.loader.exec_module, "__func__", None)
        self.own_code = execute is _STOCK_EXEC_MODULE
        self._stand_ins: list[_WatchedExec] = []
        if not self.own_code:
            for names in _globals_of(watching.loader):
                self._stand_ins.append(_WatchedExec.join(names, self.namespace))

    def end(self, *, complete: bool) -> None:
        """Tells the watchers that the body has run, to its end or not."""
        for stand_in in self._stand_ins:
            stand_in.leave(self.namespace)
        for watcher in self._watching.watchers:
            watcher.executed(self._module, complete=complete)


def _give_way(watching: _WatchingLoader, module: ModuleType) -> None:
    """Puts the real loader where the body, and whoever looks at the module later, expects it."""
    spec: Any = module.__spec__
    if getattr(spec, "loader", None) is watching:
        spec.loader = watching.loader
    if module.__dict__.get("__loader__") is watching:
        module.__loader__ = watching.loader
