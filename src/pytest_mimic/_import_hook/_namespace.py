"""The namespace that a body runs in, and who is told of what is bound there."""

from __future__ import annotations

import builtins
import sys
from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Container, Sequence
    from types import ModuleType
    from typing import Protocol

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


# What only reads: a namespace borrows these from the module's own dict.
_READING = (
    *("__contains__", "__eq__", "__iter__", "__len__", "__ne__", "__or__", "__repr__"),
    *("__reversed__", "__ror__", "copy", "get", "items", "keys", "values"),
)


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
