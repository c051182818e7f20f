"""The loader that runs a body under watch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_mimic._import_hook._execution import (
    STOCK_EXEC_MODULE,
    WatchedExec,
    call_with_frames_removed,
    globals_of,
    internal,
)
from pytest_mimic._import_hook._namespace import WatchingNamespace

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from pytest_mimic._import_hook._namespace import Watcher


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

    @internal
    def exec_module(self, module: ModuleType) -> None:  # pragma: no cover - counts for another file
        """Runs the module's body."""
        body = _Body(self, module)
        try:
            code = self.loader.get_code(module.__name__) if body.own_code else None
            if code is None:
                self.loader.exec_module(module)
            else:
                call_with_frames_removed(exec, code, module.__dict__, body.namespace)
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
        self.own_code = execute is STOCK_EXEC_MODULE
        self._stand_ins: list[WatchedExec] = []
        if not self.own_code:
            for names in globals_of(watching.loader):
                self._stand_ins.append(WatchedExec.join(names, self.namespace))

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
