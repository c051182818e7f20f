"""The import of the modules that hold targets: their bodies run in a namespace that watches.

A target is patched at the moment its name is bound, so that whatever the same body does with it
next, or a module in an import circle, already meets the patched one.
"""

from __future__ import annotations

import builtins
import importlib.abc
import sys
import threading
from collections.abc import MutableMapping
from importlib import _bootstrap
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Sequence
    from importlib.machinery import ModuleSpec

_Function = TypeVar("_Function", bound="Callable[..., Any]")

_call_with_frames_removed = _bootstrap._call_with_frames_removed  # type: ignore[attr-defined]
_import_lock = _bootstrap._ImportLockContext  # type: ignore[attr-defined]  # re-entrant, and fork waits for it
_stock_exec_module = importlib.abc.InspectLoader.exec_module

# What only reads: a namespace borrows these from the module's own dict.
_READING = (
    *("__contains__", "__eq__", "__iter__", "__len__", "__ne__", "__or__", "__repr__"),
    *("__reversed__", "__ror__", "copy", "get", "items", "keys", "values"),
)


class Watcher(Protocol):
    """What wants to know of the names that are bound in a module."""

    @property
    def module_names(self) -> Container[str]:
        """The modules to look at, by name; asked for each import, so it may change."""

    def watched(self, module_name: str) -> Container[str]:
        """The names to watch at the top level of a module."""

    def bound(self, module: ModuleType, name: str, value: object) -> object:
        """Called as a watched name is about to be bound; what it returns is bound instead."""

    def unbound(self, module: ModuleType, name: str) -> None:
        """Called after a watched name was deleted."""

    def executed(self, module: ModuleType, *, complete: bool) -> None:
        """Called after the body has run, to its end or until it raised."""


class MimicFinder(importlib.abc.MetaPathFinder):
    """Finds the modules that hold targets, as the finders after it do, and wraps their loaders.

    Args:
        watcher: Names the modules, and is told what is bound in them.
    """

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher
        self._finding = threading.local()

    def install(self) -> None:
        """Goes in front of the other finders."""
        self.uninstall()
        sys.meta_path.insert(0, self)

    def uninstall(self) -> None:
        """Goes away; a module whose import has begun stays watched to its end."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Finds a module that holds a target; every import of the process asks here."""
        if fullname not in self._watcher.module_names:
            return None
        names: set[str] = self._finding.__dict__.setdefault("names", set())
        if fullname in names:  # another finder asks all finders, and so comes back here
            return None
        names.add(fullname)
        try:
            spec = self._delegate(fullname, path, target)
        finally:
            names.remove(fullname)
        if spec is not None and hasattr(spec.loader, "exec_module"):
            spec.loader = _watching(spec.loader, fullname, self._watcher)
        return spec

    def _delegate(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None
    ) -> ModuleSpec | None:
        for finder in tuple(sys.meta_path):
            if finder is not self:
                spec = _find_with(finder, fullname, path, target)
                if spec is not None:
                    return spec
        return None


def _find_with(
    finder: Any, fullname: str, path: Sequence[str] | None, target: ModuleType | None
) -> ModuleSpec | None:
    if hasattr(finder, "find_spec"):
        found: ModuleSpec | None = finder.find_spec(fullname, path, target)
        return found
    # Until Python 3.11 a finder may have find_module() only.
    legacy = getattr(_bootstrap, "_find_spec_legacy", None)
    return legacy(finder, fullname, path) if legacy is not None else None


def _watching(loader: Any, fullname: str, watcher: Watcher) -> Any:
    """Wraps a loader; one that a finder of another run has wrapped gets a second watcher."""
    if type(loader) is not _WatchingLoader:
        return _WatchingLoader(loader, fullname, (watcher,))
    if watcher in loader.watchers:
        return loader
    return _WatchingLoader(loader.loader, fullname, (*loader.watchers, watcher))


def _internal(function: _Function) -> _Function:
    """Makes a function part of the import system, as far as tracebacks and warnings can tell.

    Python cuts all that leads up to a frame of this name and file out of the traceback of a
    failed import, and ``warnings.warn(stacklevel=2)`` in a module's body looks past it.
    """
    inside = cast("FunctionType", function)
    model = _call_with_frames_removed.__code__
    inside.__code__ = inside.__code__.replace(co_filename=model.co_filename, co_name=model.co_name)
    return function


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
                _call_with_frames_removed(exec, code, module.__dict__, body.namespace)
        except BaseException:
            body.end(complete=False)
            raise
        body.end(complete=True)


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
        self.own_code = execute is _stock_exec_module
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


def _globals_of(loader: Any) -> list[dict[str, Any]]:
    """The globals of every Python function that may execute a body for a loader."""
    found: dict[int, dict[str, Any]] = {}
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
        # A loader may hand on to another, as wrapt's does.
        inside = getattr(each, "__dict__", {}).values()
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


class WatchingNamespace(dict[str, object]):
    """The locals that a module's body runs in: the module's own dict, but for what is written.

    It holds no names of its own. What reads it reads the dict, at the speed of C and with no
    frame for a debugger to step into; for this each instance is of a class of its own.

    Args:
        module: The module.
        watch: The watchers, each with the names that it watches.
    """

    __slots__ = ("_module", "_watch", "names")

    def __init__(self, module: ModuleType, watch: Sequence[tuple[Watcher, Container[str]]]) -> None:
        # What is in here the body finds before it looks elsewhere.
        super().__init__(locals=_locals, vars=_vars)
        self._module = module
        self._watch = watch
        self.names: dict[str, object] = module.__dict__

    @classmethod
    def over(
        cls, module: ModuleType, watch: Sequence[tuple[Watcher, Container[str]]]
    ) -> WatchingNamespace:
        """Makes the namespace of a module."""
        names = module.__dict__
        reading: dict[str, Any] = {name: getattr(names, name) for name in _READING}
        # The interpreter asks `dict` itself first, which is empty but for the two above.
        reading["__missing__"] = names.__getitem__
        namespace: WatchingNamespace = type(cls.__name__, (cls,), reading)(module, watch)
        return namespace

    def __setitem__(self, name: str, value: object) -> None:
        for watcher, watched in self._watch:
            if name in watched:
                value = watcher.bound(self._module, name, value)
        self.names[name] = value
        if name in _SHADOWED:
            super().pop(name, None)

    def __delitem__(self, name: str) -> None:
        del self.names[name]
        for watcher, watched in self._watch:
            if name in watched:
                watcher.unbound(self._module, name)

    setdefault = MutableMapping.setdefault
    update = MutableMapping.update

    def pop(self, name: str, *default: Any) -> Any:
        """Takes a name out of the module."""
        value = self.get(name, *default) if default else self[name]
        if name in self:
            del self[name]
        return value

    def popitem(self) -> tuple[str, object]:
        """Takes out of the module what was bound last."""
        name = list(self)[-1]
        return name, self.pop(name)

    def clear(self) -> None:
        """Takes all names out of the module."""
        for name in list(self):
            del self[name]

    def __ior__(self, other: Any) -> Any:  # type: ignore[misc]  # narrower than __or__, as dict's
        self.update(other)
        return self


def _locals() -> Any:
    """Is ``locals`` for the body of a module, where it gives what ``globals`` gives."""
    return _plain(sys._getframe(1).f_locals)


def _vars(*values: Any) -> Any:
    """Is ``vars`` for the body of a module."""
    return builtins.vars(*values) if values else _plain(sys._getframe(1).f_locals)


def _plain(names: Any) -> Any:
    if isinstance(names, WatchingNamespace):
        return names.names
    # Python 3.13 gives a view of the frame here, where locals() gives a dict.
    return names if isinstance(names, dict) else dict(names)


_SHADOWED = ("locals", "vars")
