"""Which recordings a command is about."""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from pytest_mimic._outline import describe_call
from pytest_mimic._quantities import age, parse_age, parse_size, size
from pytest_mimic.errors import MimicError, MimicUsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_mimic._vault import AnyVault, Card, Measure, Place

_SHORT_KEY = 12
_MOST_CANDIDATES = 10
HEADER = f"{'KEY':{_SHORT_KEY}}  {'SIZE':>8}  {'AGE':>4}  CALL  (TEST)"


class Found(NamedTuple):
    """One recording that a command is about.

    Args:
        place: Where it is.
        card: Its card.
        measure: How large and how old it is.
    """

    place: Place
    card: Card
    measure: Measure

    def line(self) -> str:
        """Describes it in a line."""
        return (
            f"{self.card.key[:_SHORT_KEY]}  {size(self.measure.bytes):>8}  "
            f"{age(self.measure.age):>4}  {describe_call(self.card.target, self.card.arguments)}  "
            f"({self.card.test})"
        )


@dataclass(frozen=True)
class Filters:
    """What a recording must be, all of it, to be selected.

    Args:
        target: A pattern of its target.
        test: A pattern of a part of its test's node id.
        larger: The bytes that it has at least.
        older: The seconds that have passed at least since it was written here.
    """

    target: str | None = None
    test: str | None = None
    larger: float | None = None
    older: float | None = None

    @classmethod
    def of(cls, given: argparse.Namespace) -> Filters:
        """Takes them from the command line."""
        return cls(given.target, given.test, given.larger, given.older)

    def any(self) -> bool:
        """Tells whether there is one."""
        return self != Filters()

    def admit(self, found: Found) -> bool:
        """Tells whether a recording passes all of them."""
        return bool(
            (self.target is None or _target_pattern(self.target).fullmatch(found.card.target))
            and (self.test is None or _pattern(self.test).search(found.card.test))
            and (self.larger is None or found.measure.bytes >= self.larger)
            and (self.older is None or found.measure.age >= self.older)
        )


def add_filters(parser: argparse.ArgumentParser) -> None:
    """Declares the options that select recordings."""
    group = parser.add_argument_group(
        "filters", "Only recordings that pass all of the given ones. A * stands for any text."
    )
    group.add_argument(
        "--target",
        metavar="PATTERN",
        help="those of this target: shop:price, 'shop:Client.*', or a module such as shop",
    )
    group.add_argument(
        "--test",
        metavar="PATTERN",
        help="those recorded by a test whose node id holds this: test_shop.py, 'api*::test_list'",
    )
    group.add_argument(
        "--larger",
        metavar="SIZE",
        type=_size,
        help="those of this size or more, card and payload: 500, 10k, 1.5MB",
    )
    group.add_argument(
        "--older",
        metavar="AGE",
        type=_age,
        help="those whose file was written here this long ago or more: 12h, 90d, 8w. (Git keeps no "
        "times: in a fresh clone all are as young as the clone.)",
    )


def select(
    vault: AnyVault, filters: Filters, on_problem: Callable[[Place, MimicError], object]
) -> Iterator[Found]:
    """Walks through a vault, one recording after another.

    Args:
        vault: The recordings.
        filters: What a recording must be.
        on_problem: Told of each card that cannot be read.

    Yields:
        The recordings that pass, in the order of their targets and keys.
    """
    # One target's folder is all that needs to be read for it.
    exact = filters.target if filters.target and is_exact(filters.target) else None
    for place, card in vault.walk(exact):
        try:
            if isinstance(card, MimicError):
                raise card
            found = Found(place, card, vault.measure(place, card))
        except MimicError as problem:
            on_problem(place, problem)
            continue
        if filters.admit(found):
            yield found


def key_prefix(vault: AnyVault, prefix: str) -> Place:
    """Finds the one recording whose key begins with some digits.

    Args:
        vault: The recordings.
        prefix: The digits.

    Raises:
        MimicUsageError: There is none, or several.
    """
    wanted = prefix.lower()
    places = [place for place in vault.places() if place.key.startswith(wanted)]
    if not places:
        raise MimicUsageError(f"no recording's key begins with {prefix}: 'list' shows the keys")
    if len(places) > 1:
        shown = [f"  {place.key}  {place.card}" for place in places[:_MOST_CANDIDATES]]
        more = ["  ..."] if len(places) > _MOST_CANDIDATES else []
        raise MimicUsageError(
            "\n".join([f"{len(places)} recordings' keys begin with {prefix}:", *shown, *more])
        )
    return places[0]


def is_exact(target: str) -> bool:
    """Tells whether a pattern names one target."""
    return ":" in target and "*" not in target


def _target_pattern(text: str) -> re.Pattern[str]:
    # A module alone stands for all that is in it.
    return _pattern(text if ":" in text or "*" in text else f"{text}:*")


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, text.split("*"))), re.DOTALL)


def _size(text: str) -> float:
    try:
        return parse_size(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no size: write 500, 10k or 1.5MB") from None


def _age(text: str) -> float:
    try:
        return parse_age(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no age: write 12h, 90d or 8w") from None
