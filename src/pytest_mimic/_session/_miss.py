"""A call without a recording, explained: what was called, what was nearest, what to do now."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pytest_mimic._outline import describe_call, differences, nearest
from pytest_mimic.errors import MissingRecordingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from pytest_mimic._session._call import Call
    from pytest_mimic._vault import AnyVault, Card

# Among more recordings than these the nearest is looked for among the first.
_MOST_COMPARED = 1000
_MOST_DIFFERENCES = 8
_MOST_VERSIONS = 6
_LONGEST_TEST = 200
_DRAWN = (
    "Hypothesis chose these arguments, and chooses others in each run, "
    "unless its settings say derandomize=True."
)
_EQUAL_CALLS = (
    "If its test makes equal calls that are to go different ways, "
    "add 'sequence' to the target's line."
)


class Misses:
    """Explains the misses of one run.

    Args:
        vault: The recordings, among which the nearest is looked for.
        rootdir: What the node ids of tests are relative to.
    """

    def __init__(self, vault: AnyVault, rootdir: Path) -> None:
        self._vault = vault
        self._rootdir = rootdir
        self._read: dict[str, list[Card]] = {}
        # Code under test may go elsewhere; the user stays where the run began.
        self._start = os.getcwd()

    def explain(
        self, call: Call, arguments: Mapping[str, Any], test: str, source: str | None
    ) -> MissingRecordingError:
        """Makes the error for a call that has no recording.

        Args:
            call: The call.
            arguments: The outlines of its arguments.
            test: The node id of the test that makes the call, or where else it is made.
            source: The digest of the target's code as it is now, if it has any.
        """
        target = call.own.target
        lines = [f"no recording of {describe_call(target, arguments, call.names)}"]
        cards = self._cards(target)
        flag, where = "--mimic-record", test
        if not cards:
            lines.append(f"There are no recordings of {target} in the vault yet.")
        else:
            lines += _nearest(cards, arguments, f"{self._rootdir}{os.sep}")
            if source is not None and all(card.source not in (None, source) for card in cards):
                lines.append(_stale(len(cards), target))
                flag, where = "--mimic-rerecord", ""
        payload = self._vault.place(*call.own).payload
        if os.path.exists(payload):
            lines.append(f"Its payload is there without its card: {payload}")
            lines.append("Restore the card from version control, or record the call anew.")
        lines.append(self._remedy(flag, where))
        return MissingRecordingError("\n".join(lines))

    def explain_end(
        self, call: Call, arguments: Mapping[str, Any], test: str, reason: str
    ) -> MissingRecordingError:
        """Makes the error for a call that goes on where its recording ends.

        Args:
            call: The call.
            arguments: The outlines of its arguments.
            test: The node id of the test that makes the call, or where else it is made.
            reason: How far the recording goes.
        """
        described = describe_call(call.own.target, arguments, call.names)
        is_there = self._vault.has(*call.own)
        remedy = self._remedy("--mimic-rerecord" if is_there else "--mimic-record", test)
        lines = [f"what is recorded of {described} does not go that far: {reason}", remedy]
        if not call.selections[0].target.sequence:
            lines.append(_EQUAL_CALLS)
        return MissingRecordingError("\n".join(lines))

    def one_too_many(self, call: Call) -> str:
        """Says how many equal calls are recorded where a call is one more; empty if it is not."""
        first = call.first
        if not call.turn or self._vault.read_card(*first) is None:
            return ""
        # The recording of this call is not there, and those that are come first.
        count, missing = 1, call.turn
        while count < missing:
            middle = (count + missing) // 2
            if self._vault.has(*call.at_turn(first, middle)):
                count = middle + 1
            else:
                missing = middle
        return f"it is equal call {call.turn + 1} of its test, and {count} are recorded"

    def _cards(self, target: str) -> list[Card]:
        # Where calls are missed nothing is written, and misses of one target come in rows.
        if target not in self._read:
            self._read = {target: self._first_cards(target)}
        return self._read[target]

    def _first_cards(self, target: str) -> list[Card]:
        cards: list[Card] = []
        # What is damaged is told of when it is called for, not here.
        for card in self._vault.cards(target, on_damage=lambda _: None):
            cards.append(card)
            if len(cards) == _MOST_COMPARED:
                break
        return cards

    def _remedy(self, flag: str, test: str) -> str:
        line = f"Record it: {self.command(flag, test)}"
        hypothesis: Any = sys.modules.get("hypothesis")
        if hypothesis is not None and hypothesis.currently_in_test_context():
            return f"{_DRAWN}\n{line}"
        return line

    def command(self, flag: str, test: str) -> str:
        """Gives the command that runs a test, or whatever else made a call, with a flag."""
        file, _, rest = test.partition("::")
        if not file or not rest:  # it is no test, or one that pytest itself has no path for
            return f"pytest {flag}"
        file = os.path.relpath(self._rootdir / file, self._start)
        return f"pytest {flag} {shlex.quote(_shortened(f'{file}::{rest}'))}"


def _nearest(cards: Sequence[Card], arguments: Mapping[str, Any], root: str) -> Iterator[str]:
    card = cards[nearest([card.arguments for card in cards], arguments)]
    among = f"The nearest of its {len(cards)} recordings" if len(cards) > 1 else "Its one recording"
    if len(cards) == _MOST_COMPARED:
        among = f"The nearest of the first {_MOST_COMPARED} of its recordings"
    yield f"{among} differs in:"
    found = differences(card.arguments, arguments, _MOST_DIFFERENCES + 1)
    yield from (f"  {difference}" for difference in found[:_MOST_DIFFERENCES])
    if len(found) > _MOST_DIFFERENCES:
        yield "  ..."
    if not found:
        yield "  what its card does not tell"
    yield f"It was recorded by {_shortened(card.test)} on {_versions(card)}."
    for name, outline in arguments.items():
        # Where other calls of the target were made in this very folder, it is not what differs.
        if _tells_of(outline, root) and not any(_tells_of(each.arguments, root) for each in cards):
            yield _of_this_folder(name.lstrip("*"), root)


def _tells_of(outline: object, root: str) -> bool:
    """Whether something in an outline is a path in a folder."""
    if isinstance(outline, str):
        return outline.startswith(root)
    parts = outline.values() if isinstance(outline, dict) else outline
    return isinstance(parts, Iterable) and any(_tells_of(each, root) for each in parts)


def _of_this_folder(name: str, root: str) -> str:
    return (
        f"{name} holds a path in {root}, which is another folder on every machine: hand over a "
        f"relative path, or write ignore={name} in the target's line."
    )


def _shortened(test: str) -> str:
    """Leaves the parameters out of a node id that is long."""
    return test if len(test) <= _LONGEST_TEST else test.partition("[")[0]


def _versions(card: Card) -> str:
    named = [f"{name} {version}" for name, version in card.distributions.items()]
    if len(named) > _MOST_VERSIONS:
        named[_MOST_VERSIONS:] = ["..."]
    python = f"Python {card.python}"
    return f"{python} with {', '.join(named)}" if named else python


def _stale(count: int, target: str) -> str:
    them = "All of them are stale" if count > 1 else "It is stale"
    return f"{them}: the source of {target} changed since."
