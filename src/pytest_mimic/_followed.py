"""Functions that the engine follows code by, of the standard library and of what goes its way."""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, Any

from pytest_mimic._interception import CodeExchange

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import FunctionType, ModuleType

    from pytest_mimic._trampoline import Values

    # Is given what runs the original, and the bound values of the call.
    Around = Callable[[Callable[[Values], object], Values], object]


class FollowedFunctions:
    """Functions that are patched, whether their modules were imported before or are imported later.

    Args:
        around: What to do in place of each function, by ``module:qualname``.
    """

    def __init__(self, around: Mapping[str, Around]) -> None:
        self._around = around
        self._exchanges: list[CodeExchange] = []
        self.module_names = {place.partition(":")[0] for place in around}

    def watch_imported(self) -> None:
        """Watches what was imported before."""
        for place in self._around:
            module_name, _, qualname = place.partition(":")
            module = sys.modules.get(module_name)
            if module is not None:
                top = qualname.partition(".")[0]
                self.bound(module, top, getattr(module, top))

    def watched(self, module_name: str) -> frozenset[str]:
        """The names at the top of a module that lead to a function."""
        return frozenset(path[0] for path in self._paths(module_name))

    def bound(self, module: ModuleType, name: str, value: Any) -> object:
        """Patches what is found from a name as that is bound."""
        for path in [path for path in self._paths(module.__name__) if path[0] == name]:
            function = functools.reduce(getattr, path[1:], value)
            self._patch(function, self._around[f"{module.__name__}:{'.'.join(path)}"])
        return value

    def unbound(self, module: ModuleType, name: str) -> None:
        """Nobody deletes them."""

    def executed(self, module: ModuleType, *, complete: bool) -> None:
        """All was done when they were bound."""

    def restore(self) -> None:
        """Puts the original code back."""
        for exchange in self._exchanges:
            exchange.undo()
        self._exchanges.clear()

    def _paths(self, module_name: str) -> list[list[str]]:
        return [
            place.partition(":")[2].split(".")
            for place in self._around
            if place.startswith(f"{module_name}:")
        ]

    def _patch(self, function: FunctionType, around: Around) -> None:
        exchange = CodeExchange(
            function, lambda: False, lambda values: around(exchange.live, values), lambda: None
        )
        exchange.apply()
        self._exchanges.append(exchange)
