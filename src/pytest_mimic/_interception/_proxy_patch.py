"""The patch of a callable without Python code."""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, Any

from pytest_mimic._interception._callers import is_for_pytest
from pytest_mimic._interception._patches import names_that_pytest_may_call
from pytest_mimic._interception._proxy import Proxy, binder, make_proxy
from pytest_mimic._interception._rebinding import Rebinding, undo_all
from pytest_mimic._interception._views import Callee
from pytest_mimic._trampoline import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_mimic._interception._views import Dispatch
    from pytest_mimic._target import Target
    from pytest_mimic._trampoline import Values


class ProxyPatch:
    """A callable without Python code, for which a proxy stands wherever it was referred to.

    Args:
        original: The callable.
        gate: True in a context in which calls go straight to the original.
        dispatch: Takes the calls that a target means.
        target: The first of them.
    """

    def __init__(
        self, original: Any, gate: Callable[[], bool], dispatch: Dispatch, target: Target
    ) -> None:
        self.original = original
        self._gate = gate
        self._dispatch = dispatch
        self._undone = False
        self._binder = binder(original)
        self._spares = names_that_pytest_may_call(original)
        bound = (self._binder.names, self._binder.var_positional, self._binder.var_keyword)
        self._callee = Callee(Kind.FUNCTION, *bound, self._live, None)
        unbound = (("args", "kwargs"), "args", "kwargs")
        self._unbound = Callee(Kind.FUNCTION, *unbound, self._live, None)
        self._set_targets((target,))
        self.proxy = make_proxy(original, functools.partial(self._call, None, ()), self._call)
        # What was rebound for its sake, once it was placed.
        self.rebindings: list[Rebinding] = []

    def name(self, target: Target) -> None:
        """Adds a target that means the callable."""
        others = (each for each in self._callee.targets if each.name != target.name)
        self._set_targets(tuple(sorted((*others, target), key=lambda each: each.name)))

    def forget(self, target_name: str) -> None:
        """Takes a target away."""
        left = tuple(each for each in self._callee.targets if each.name != target_name)
        if left:
            self._set_targets(left)
        else:
            self._undone = True  # the last one stays, for calls that other threads have begun

    def is_named(self) -> bool:
        """Tells whether a target still names the callable."""
        return not self._undone

    def undo(self) -> None:
        """Rebinds every reference to the proxy to the original."""
        self.retire()
        undo_all(self.rebindings)
        self.undo_below()

    def retire(self) -> None:
        """Takes no calls any more, wherever the proxy is still referred to."""
        self._undone = True

    def undo_below(self) -> None:
        """Undoes the patch of a proxy that was the original here, if that was to be undone."""
        below = _patch_of(self.original)
        if below is not None and below._undone:
            below.undo()  # it was undone while this one held its proxy

    def _set_targets(self, targets: tuple[Target, ...]) -> None:
        self._callee.targets = self._unbound.targets = targets

    def _live(self, raw: Values) -> object:
        function: Any
        args: Any
        kwargs: Any
        function, args, kwargs = raw  # as `_call` packed them
        return function(*args, **kwargs)

    def _call(
        self, bound: Any, added: tuple[object, ...], /, *args: object, **kwargs: object
    ) -> object:
        """Takes a call of the original, or of what it binds to in a class."""
        __tracebackhide__ = True
        # The one attribute of all that goes on holding the original itself.
        function = self.original if bound is None else bound
        if (
            self._undone
            or self._gate()
            or (self._spares and is_for_pytest(sys._getframe(1), self._spares))
        ):
            return function(*args, **kwargs)
        raw = (function, args, kwargs)
        try:
            values = self._binder.bind(*added, *args, **kwargs)
        except TypeError:
            # A wrong call, or one that takes more than its signature says: it is known by what it
            # was given, and what the original says of it is its outcome.
            return self._dispatch(self._unbound, ((*added, *args), kwargs), raw)
        return self._dispatch(self._callee, values, raw)


def _patch_of(proxy: object) -> ProxyPatch | None:
    call = object.__getattribute__(proxy, "__call__") if issubclass(type(proxy), Proxy) else None
    patch = getattr(getattr(call, "func", None), "__self__", None)
    return patch if isinstance(patch, ProxyPatch) else None
