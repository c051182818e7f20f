"""The finder, and its place among the others."""

from __future__ import annotations

import importlib.abc
import operator
import sys
import threading
from importlib import _bootstrap
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from pytest_mimic._import_hook._loader import watching

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

    from pytest_mimic._import_hook._namespace import Watcher


class MimicFinder(importlib.abc.MetaPathFinder):
    """Finds the modules that hold targets, as the finders after it do, and wraps their loaders.

    Args:
        watcher: Names the modules, and is told what is bound in them.
    """

    def __init__(self, watcher: Watcher) -> None:
        self.watcher = watcher
        self._finding = threading.local()

    def install(self) -> None:
        """Goes in front of the other finders, and stays there when others come."""
        self.uninstall()
        if not isinstance(sys.meta_path, _Finders):
            sys.meta_path = _Finders(sys.meta_path)
        list.insert(sys.meta_path, 0, self)

    def uninstall(self) -> None:
        """Goes away; a module whose import has begun stays watched to its end."""
        finders = sys.meta_path
        if self in finders:
            finders.remove(self)
        if isinstance(finders, _Finders) and not finders.leading():
            finders.replaced[:] = finders
            sys.meta_path = finders.replaced

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Finds a module that holds a target; every import of the process asks here."""
        if fullname not in self.watcher.module_names:
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
            spec.loader = watching(spec.loader, fullname, self.watcher)
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


class _Finders(list[Any]):
    """Is ``sys.meta_path`` while it holds a finder of ours, which stays in front.

    Type checkers and the like put a finder of their own in front when they wake. It finds a module
    by itself, asks nobody, and the body would run unwatched.

    Args:
        replaced: The list that was ``sys.meta_path``, and will be again.
    """

    def __init__(self, replaced: list[Any]) -> None:
        super().__init__(replaced)
        self.replaced = replaced

    def leading(self) -> int:
        """Counts the finders of ours at the front."""
        return sum(1 for _ in takewhile(lambda finder: isinstance(finder, MimicFinder), self))

    def insert(self, index: Any, finder: Any) -> None:
        """Inserts as any list, but behind our own."""
        index = operator.index(index)
        if index < 0:
            index += len(self)
        super().insert(max(index, self.leading()), finder)

    def pop(self, index: Any = -1) -> Any:
        """Takes out as any list, but none of our own: whoever came in front leaves from there."""
        index = operator.index(index)
        return super().pop(index if index < 0 else index + self.leading())


def _find_with(
    finder: Any, fullname: str, path: Sequence[str] | None, target: ModuleType | None
) -> ModuleSpec | None:
    if hasattr(finder, "find_spec"):
        found: ModuleSpec | None = finder.find_spec(fullname, path, target)
        return found
    # Until Python 3.11 a finder may have find_module() only.
    legacy = getattr(_bootstrap, "_find_spec_legacy", None)
    return legacy(finder, fullname, path) if legacy is not None else None
