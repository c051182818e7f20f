"""A call without a recording, explained: what was called, what was nearest, what to do now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_mimic._outline import describe_call, differences, distance
from pytest_mimic.errors import MissingRecordingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from pytest_mimic._call import Call
    from pytest_mimic._vault import AnyVault, Card

# Among more recordings than these the nearest is looked for among the first.
_MOST_COMPARED = 1000
_MOST_DIFFERENCES = 8


def missing(
    call: Call, arguments: Mapping[str, Any], vault: AnyVault, test: str, reason: str = ""
) -> MissingRecordingError:
    """Makes the error for a call that has no recording.

    Args:
        call: The call.
        arguments: The outlines of its arguments.
        vault: The recordings, among which the nearest is looked for.
        test: The node id of the test that makes the call, or where else it is made.
        reason: Why the recording that there is does not answer the call, if there is one.
    """
    target = call.own.target
    described = describe_call(target, arguments, call.names)
    if reason:
        is_there = vault.has(*call.own)
        command = _command(test, "--mimic-rerecord" if is_there else "--mimic-record")
        return MissingRecordingError(
            f"what is recorded of {described} does not go that far: {reason}\nRecord it: {command}"
        )
    lines = [f"no recording of {described}"]
    lines += _nearest(vault, target, arguments)
    lines.append(f"Record it: {_command(test)}")
    return MissingRecordingError("\n".join(lines))


def _nearest(vault: AnyVault, target: str, arguments: Mapping[str, Any]) -> Iterator[str]:
    cards = _cards(vault, target)
    if not cards:
        yield f"There are no recordings of {target} yet."
        return
    card = min(cards, key=lambda card: distance(card.arguments, arguments))
    yield f"The nearest recording differs in (recorded by {card.test}, Python {card.python}):"
    found = differences(card.arguments, arguments, _MOST_DIFFERENCES + 1)
    yield from (f"  {difference}" for difference in found[:_MOST_DIFFERENCES])
    if len(found) > _MOST_DIFFERENCES:
        yield "  ..."
    if not found:
        yield "  what its card does not tell"


def _cards(vault: AnyVault, target: str) -> list[Card]:
    cards: list[Card] = []
    # What is damaged is told of when it is called for, not here.
    for card in vault.cards(target, on_damage=lambda _: None):
        cards.append(card)
        if len(cards) == _MOST_COMPARED:
            break
    return cards


def _command(test: str, flag: str = "--mimic-record") -> str:
    return f"pytest {flag} {test}" if "::" in test else f"pytest {flag}"
