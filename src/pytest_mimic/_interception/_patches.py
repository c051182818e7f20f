"""Patches: what stands in for a callable, and how it is undone."""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, Any

from pytest_mimic._interception._callers import is_for_pytest, is_of_pytest
from pytest_mimic._interception._views import View
from pytest_mimic._trampoline import Site, Values, clone, live_call, site_of, trampoline

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FunctionType, ModuleType
    from typing import Protocol

    from pytest_mimic._interception._views import Dispatch
    from pytest_mimic._target import Target

    class Patch(Protocol):
        """What was done to intercept a callable, for one target or several."""

        def forget(self, target_name: str) -> None:
            """Takes a target away."""

        def is_named(self) -> bool:
            """Tells whether a target is left."""

        def undo(self) -> None:
            """Puts back what was there before."""


class CodeExchange:
    """A function that is given a trampoline for its code.

    Other threads may call the function from the moment it is applied, so whoever is dispatched to
    makes himself ready before that.

    Args:
        function: The function.
        gate: True in a context in which calls go straight to the original.
        dispatch: Takes the bound values of every other call.
        ran: Called whenever the original has run for a dispatched call.

    Attributes:
        original: A function with the original code.
        code: The trampoline.
    """

    def __init__(
        self,
        function: FunctionType,
        gate: Callable[[], bool],
        dispatch: Callable[[Values], object],
        ran: Callable[[], None],
    ) -> None:
        self._function = function
        self.original = clone(function)
        self._ran = ran
        self.code = trampoline(Site(gate, self.original, dispatch))

    def apply(self) -> None:
        """Gives the function the trampoline."""
        self._function.__code__ = self.code

    @functools.cached_property
    def _live(self) -> Callable[[Values], object]:
        # Most functions of a run that replays never run.
        return live_call(self.original)

    def live(self, values: Values) -> object:
        """Runs the original with bound values."""
        __tracebackhide__ = True
        try:
            return self._live(values)
        finally:
            self._ran()

    def is_displaced(self) -> bool:
        """Tells whether the function was given other code since, as by a lazy decorator."""
        code = self._function.__code__
        return code is not self.code and site_of(code) is None

    def undo(self) -> None:
        """Puts the original code back, wherever trampolines of later patches moved it."""
        holder = self._function
        while holder.__code__ is not self.code:
            above = site_of(holder.__code__)
            if above is None:
                return  # somebody gave the function other code since, which is theirs to keep
            holder = above.original
        holder.__code__ = self.original.__code__


class FunctionPatch:
    """A Python function whose code is exchanged for a trampoline.

    Args:
        function: The function.
        gate: True in a context in which calls go straight to the original.
        dispatch: Takes the calls that a target means.
        ran: Called whenever the original has run for a dispatched call.

    Attributes:
        function: The function.
        code: The trampoline. Whoever has a thousand patches compares them without a call for each.
    """

    def __init__(
        self,
        function: FunctionType,
        gate: Callable[[], bool],
        dispatch: Dispatch,
        ran: Callable[[], None],
    ) -> None:
        self.function = function
        self._dispatch = dispatch
        self._views: list[View] = []
        self._spares = names_that_pytest_may_call(function)
        self._exchange_code: Callable[[], CodeExchange] = lambda: CodeExchange(
            function, gate, self._choose, ran
        )
        self._exchange = self._exchange_code()
        self._exchange.apply()
        self.code = self._exchange.code

    def name(
        self, target: Target, owner: type | None = None, receiver: object | None = None
    ) -> None:
        """Adds a target that means all calls, or those on an owner or a receiver."""
        for view in self._views:
            if view.owner is owner and view.receiver is receiver:
                view.name(target)
                return
        view = View(self._exchange.original, self._exchange.live, owner, receiver)
        view.name(target)
        self._views = sorted([*self._views, view], key=lambda each: -each.rank)

    def forget(self, target_name: str) -> None:
        """Takes a target away."""
        self._views = [view for view in self._views if view.forget(target_name)]

    def is_named(self) -> bool:
        """Tells whether a target still names the function."""
        return bool(self._views)

    def undo(self) -> None:
        """Puts the original code back."""
        self._exchange.undo()

    def heal(self) -> None:
        """Patches the function anew where it was given other code since."""
        if not self._exchange.is_displaced():
            return
        self._exchange = self._exchange_code()
        before, self._views = self._views, []
        for view in before:
            for target in view.targets:
                self.name(target, view.owner, view.receiver)
        self._exchange.apply()
        self.code = self._exchange.code

    def _choose(self, values: Values) -> object:
        __tracebackhide__ = True
        for view in self._views:
            if view.admits(values):
                if is_for_pytest(sys._getframe(2), self._spares):
                    break
                callee, seen = view.see(values)
                return self._dispatch(callee, seen, values)
        return self._exchange.live(values)


def names_that_pytest_may_call(function: Any) -> frozenset[str]:
    """The names that pytest has for a callable that is not its own."""
    name, home = getattr(function, "__name__", None), getattr(function, "__module__", None)
    if not isinstance(name, str) or is_of_pytest(str(home)):
        return frozenset()
    return frozenset({name})


class OverridePatch:
    """Something placed in a class under the name of one of its methods.

    A static method does not know the class that it is called on, and a method without Python code
    cannot tell, so only a copy in the class that the target names leaves its base alone.

    Args:
        owner: The class.
        name: The method's name.
        raw: The method, as it is stored.

    Attributes:
        made: The function that runs in its place.
    """

    def __init__(self, owner: type, name: str, raw: object) -> None:
        # Deferred for start-up time: most targets are defined where they are named.
        from pytest_mimic._interception._stand_in import make_stand_in

        self._owner = owner
        self._name = name
        self.made, self._stand_in = make_stand_in(raw, owner, name)
        self._before = {name: owner.__dict__[name]} if name in owner.__dict__ else {}
        # A metaclass has no say in it.
        type.__setattr__(owner, name, self._stand_in)

    def undo(self) -> None:
        """Puts back what was there, unless somebody placed something else since."""
        if self._owner.__dict__.get(self._name) is not self._stand_in:
            return
        if self._before:
            type.__setattr__(self._owner, self._name, self._before[self._name])
        else:
            type.__delattr__(self._owner, self._name)


class LazyNames:
    """A module's ``__getattr__``, watched for the targets that it brings.

    Args:
        function: The ``__getattr__``; of a module that is an object of a class of its own, that
            of the class, which other modules may share.
        gate: True in a context in which calls go straight to the original.
        module: The module.
        bound: Told of what a name turns out to be; gives what to hand out instead.
    """

    def __init__(
        self,
        function: FunctionType,
        gate: Callable[[], bool],
        module: ModuleType,
        bound: Callable[[ModuleType, str, object], object],
    ) -> None:
        self._module = module
        self._is_method = "__getattr__" not in vars(module)
        self._bound = bound
        self._exchange = CodeExchange(function, gate, self._bring, lambda: None)
        self._exchange.apply()

    def undo(self) -> None:
        """Puts the original code back."""
        self._exchange.undo()

    def _bring(self, values: Values) -> object:
        __tracebackhide__ = True
        value = self._exchange.live(values)
        module: Any = values[0] if self._is_method else self._module
        return self._bound(module, str(values[-1]), value)
