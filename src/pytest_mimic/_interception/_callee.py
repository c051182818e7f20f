"""What a call reaches: the targets that name it, and its parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pytest_mimic._trampoline import Kind, Values

if TYPE_CHECKING:
    from types import FunctionType

    from pytest_mimic._target import Target


class Callee:
    """One intercepted callable, whatever names reach it.

    Args:
        kind: What calling it gives.
        names: Its parameters, in the order of the bound values.
        var_positional: The name of ``*args`` among them, if there is one.
        var_keyword: The name of ``**kwargs`` among them, if there is one.
        live: Runs the original with the raw values of a call.
        function: The Python function whose source counts; None for what has no Python code.

    Attributes:
        is_awaited: Whether what calling it gives is awaited.
        targets: Every configured target that names it.
    """

    __slots__ = (
        "function",
        "is_awaited",
        "kind",
        "live",
        "names",
        "targets",
        "var_keyword",
        "var_positional",
    )

    def __init__(  # noqa: PLR0913, PLR0917  # all of what makes a callee
        self,
        kind: Kind,
        names: tuple[str, ...],
        var_positional: str | None,
        var_keyword: str | None,
        live: Callable[[Values], object],
        function: FunctionType | None,
    ) -> None:
        self.kind = kind
        self.is_awaited = kind in {Kind.COROUTINE, Kind.ITERABLE_COROUTINE}
        self.names = names
        self.var_positional = var_positional
        self.var_keyword = var_keyword
        self.live = live
        self.function = function
        self.targets: tuple[Target, ...] = ()


# What becomes of a call that is not passed straight through: it gets the callee, the values that
# tell the call apart, and the raw values that `Callee.live` takes.
Dispatch = Callable[[Callee, Values, Values], object]
