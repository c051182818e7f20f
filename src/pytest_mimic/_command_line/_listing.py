"""``list``: the recordings, a line each."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from pytest_mimic._command_line._selection import HEADER, Filters, Found, select
from pytest_mimic._quantities import size

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from pytest_mimic._command_line._console import Console
    from pytest_mimic._vault import AnyVault, Place
    from pytest_mimic.errors import MimicError

_ORDERS: dict[str, Callable[[Found], Any]] = {
    "target": lambda found: (found.card.target, found.card.key),
    "test": lambda found: (found.card.test, found.card.target),
    "size": lambda found: -found.measure.bytes,
    "age": lambda found: -found.measure.age,
}
ORDERS = tuple(_ORDERS)


def list_recordings(vault: AnyVault, given: argparse.Namespace, console: Console) -> int:
    """Lists recordings, and sums them up.

    Args:
        vault: The recordings.
        given: The command line.
        console: Where to.

    Returns:
        The exit status: 1 where a card cannot be read.
    """
    problems = Problems(console)
    count = total = 0
    targets: set[str] = set()
    found = select(vault, Filters.of(given), problems.note)
    if given.sort is not None:
        found = _sorted(vault, found, given.sort, given.limit)
    for recording in islice(found, given.limit):
        if not count:
            console.say(HEADER)
        console.say(recording.line())
        count += 1
        total += recording.measure.bytes
        targets.add(recording.card.target)
    console.say(
        f"{counted(count, 'recording')} of {counted(len(targets), 'target')}, {size(total)}"
    )
    return problems.status


class Problems:
    """The cards that could not be read.

    Args:
        console: Where to tell of them.
    """

    def __init__(self, console: Console) -> None:
        self.status = 0
        self._console = console

    def note(self, place: Place, problem: MimicError) -> None:  # noqa: ARG002  # its text says where
        """Tells of one."""
        self.status = 1
        self._console.complain(str(problem))


def counted(count: int, what: str) -> str:
    """Writes a count: ``1 recording``, ``2 recordings``."""
    return f"{count} {what}{'' if count == 1 else 's'}"


def _sorted(
    vault: AnyVault, found: Iterator[Found], order: str, limit: int | None
) -> Iterator[Found]:
    """Sorts without holding the cards: of each, the place and what it is sorted by."""
    key = _ORDERS[order]
    places = [(key(one), number, one.place) for number, one in enumerate(found)]
    places.sort(key=lambda entry: entry[:2])
    for _, _, place in places[:limit]:
        card = vault.card_at(place)
        if card is not None:
            yield Found(place, card, vault.measure(place, card))
