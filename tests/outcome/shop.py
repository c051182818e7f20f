"""Classes and functions as a project under test has them, importable in every process."""

from __future__ import annotations

import dataclasses
from typing import Any


class Basket:
    """An ordinary mutable object."""

    def __init__(self, items: list[Any] | None = None) -> None:
        self.items = items if items is not None else []
        self.total = 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Basket) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]  # mutable, and equal by value


class Shelf:
    """An object with slots, one of them private."""

    __slots__ = ("__key", "left", "right")

    left: Any
    right: Any

    def set_key(self, key: object) -> None:
        self.__key = key

    def key(self) -> object:
        return self.__key


class PriceError(Exception):
    """Its constructor takes other arguments than its args are."""

    def __init__(self, price: float, *, currency: str) -> None:
        super().__init__(f"bad price: {price} {currency}")
        self.price = price
        self.currency = currency


class TillError(Exception):
    """Raised by a till, which it holds; its pickle says ``None`` for it, and drops a note too."""

    def __init__(self, till: object, message: str) -> None:
        super().__init__(f"{message} at {till}")
        self.till = till
        self.message = message
        self.note = "by hand"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (None, self.message)


@dataclasses.dataclass(frozen=True)
class FrozenError(Exception):
    """An error that allows no attribute to be set."""

    code: int


class LostTillError(TillError):
    """Its pickle cannot be loaded."""

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), ()


class SlottedError(ValueError):
    __slots__ = ("code",)

    def __init__(self, code: int) -> None:
        super().__init__()
        self.code = code


class MixedError(KeyError, AttributeError):
    """Two built-in classes, of which one has the larger layout."""


class Unloadable:
    """It can be pickled, and its pickle cannot be loaded."""

    def __reduce__(self) -> tuple[Any, ...]:
        return int, ("not a number",)


class Token:
    """A key that is found by identity alone."""

    def __init__(self, name: str) -> None:
        self.name = name


MISSING = object()
