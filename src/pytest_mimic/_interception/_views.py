"""What a call reaches, and how the calls of a patched function look to the targets that name it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_mimic._trampoline import Kind, Parameters, Values, kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import FunctionType

    from pytest_mimic._target import Target

    # What becomes of a call that is not passed straight through: it gets the callee, the values
    # that tell the call apart, and the raw values that `Callee.live` takes.
    Dispatch = Callable[["Callee", Values, Values], object]

_RECEIVER_RANK = 1 << 20  # above any length of a method resolution order


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
        self.is_awaited = kind in (Kind.COROUTINE, Kind.ITERABLE_COROUTINE)
        self.names = names
        self.var_positional = var_positional
        self.var_keyword = var_keyword
        self.live = live
        self.function = function
        self.targets: tuple[Target, ...] = ()


class View:
    """Those calls of a function that some targets mean, and what tells them apart.

    Args:
        function: The function, with its original code.
        live: Runs it with the raw values of a call.
        owner: Only calls on instances of this class, or on the class, are meant: the method is
            inherited, and its base is to be left alone.
        receiver: Only calls on this object are meant, and it is not part of the key: the function
            is the ``__call__`` of its class, or the function of a bound method.
    """

    def __init__(
        self,
        function: FunctionType,
        live: Callable[[Values], object],
        owner: type | None = None,
        receiver: object | None = None,
    ) -> None:
        self.owner = owner
        self.receiver = receiver
        self._parameters = parameters = Parameters(function.__code__)
        self._defaults = function.__kwdefaults__ or {}
        self._starts_with_rest = parameters.names[:1] == (parameters.var_positional,)
        kind = kind_of(function.__code__)
        self._raw = Callee(
            kind,
            self._without_receiver(parameters.names, named=True),
            parameters.var_positional,
            parameters.var_keyword,
            live,
            function,
        )
        self._bound: Callee | None = None
        variadic = parameters.var_positional or parameters.var_keyword
        is_known_better = hasattr(function, "__wrapped__") or hasattr(function, "__signature__")
        if variadic and (receiver is not None or is_known_better):
            # Deferred for start-up time: few functions are known better.
            from pytest_mimic._interception._proxy import binder

            bound: Any = function if receiver is None else receiver
            self._binder = binder(bound)
            self._bound = Callee(
                kind,
                self._binder.names,
                self._binder.var_positional,
                self._binder.var_keyword,
                live,
                function,
            )

    @property
    def rank(self) -> int:
        """Views of a higher rank are asked first."""
        if self.receiver is not None:
            return _RECEIVER_RANK
        return 0 if self.owner is None else len(self.owner.__mro__)

    @property
    def targets(self) -> tuple[Target, ...]:
        """The targets that mean these calls."""
        return self._raw.targets

    def name(self, target: Target) -> None:
        """Adds a target that means these calls."""
        others = [each for each in self.targets if each.name != target.name]
        self._set_targets([*others, target])

    def forget(self, target_name: str) -> bool:
        """Takes a target away.

        Returns:
            Whether another is left. The last one stays, for calls that other threads have begun.
        """
        left = [each for each in self.targets if each.name != target_name]
        if left:
            self._set_targets(left)
        return bool(left)

    def admits(self, values: Values) -> bool:
        """Tells whether a call with these raw values is meant."""
        if self.receiver is None and self.owner is None:
            return True
        first = values[0] if values else None
        if self._starts_with_rest:
            first = next(iter(first), None)  # type: ignore[call-overload]  # *args, a tuple
        if self.receiver is not None:
            return first is self.receiver
        return self.owner is None or self._is_on_owner(first, self.owner)

    def see(self, values: Values) -> tuple[Callee, Values]:
        """Gives the callee of a call, and the values that tell it apart."""
        if self._bound is not None:
            try:
                return self._bound, self._binder.bind(
                    *self._positional(values), **self._named(values)
                )
            except TypeError:
                # It does not bind as its signature says; then it is known by what it was given.
                pass
        return self._raw, values if self.receiver is None else self._without_receiver(values)

    def _set_targets(self, targets: Iterable[Target]) -> None:
        ordered = tuple(sorted(targets, key=lambda target: target.name))
        for callee in filter(None, (self._raw, self._bound)):
            callee.targets = ordered

    @staticmethod
    def _is_on_owner(first: object, owner: type) -> bool:
        if isinstance(first, owner):
            return True
        return isinstance(first, type) and issubclass(first, owner)

    def _without_receiver(self, values: tuple[Any, ...], *, named: bool = False) -> tuple[Any, ...]:
        if self.receiver is None:
            return values
        if not self._starts_with_rest:
            return values[1:]
        return values if named else (values[0][1:], *values[1:])

    def _positional(self, values: Values) -> tuple[Any, ...]:
        own = self._without_receiver(values)
        parameters = self._parameters
        count = len(parameters.positional_only) + len(parameters.positional)
        count -= self.receiver is not None and count > 0
        rest: Any = own[count] if parameters.var_positional else ()
        return (*own[:count], *rest)

    def _named(self, values: Values) -> dict[str, Any]:
        parameters = self._parameters
        tail = len(values) - len(parameters.keyword_only) - bool(parameters.var_keyword)
        named = {
            name: value
            for name, value in zip(parameters.keyword_only, values[tail:], strict=False)
            # What the caller left out stays out: a wrapper's own parameters are not the wrapped's.
            if value is not self._defaults.get(name, self)
        }
        rest: Any = values[-1] if parameters.var_keyword else {}
        return {**named, **rest}
