"""``show``, ``diff`` and ``textconv``: what recordings hold, without running anything of them."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pytest_mimic._command_line._difference import of_arguments, of_payloads
from pytest_mimic._command_line._selection import key_prefix
from pytest_mimic._command_line._text import arguments_text, payload_text
from pytest_mimic._outline import REDACTED, describe_call
from pytest_mimic._outline import show as outline_text
from pytest_mimic._quantities import age, duration, size
from pytest_mimic._vault import lfs_pointer_text
from pytest_mimic.errors import (
    CorruptRecordingError,
    MimicError,
    UnreplayableOutcomeError,
    VaultError,
)

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from pytest_mimic._command_line._console import Console
    from pytest_mimic._vault import AnyVault, Card, Place, Recording

_T = TypeVar("_T")
MOST_LINES = 200
_MOST_CONVERTED = 5000
_MOST_DIFFERENCES = 50


def show(vault: AnyVault, given: argparse.Namespace, console: Console) -> int:
    """Shows one recording.

    Args:
        vault: The recordings.
        given: The command line.
        console: Where to.

    Returns:
        The exit status: 1 where its payload is not whole.
    """
    place = key_prefix(vault, given.key)
    card = _card(vault, place)
    for line in _card_text(vault, place, card):
        console.say(line)
    try:
        recording = _recording(vault, card)
    except MimicError as error:
        console.say(str(error))
        return 1
    if card.outcome.get("outline") == REDACTED:
        return 0
    for line in payload_text(recording.payload, given.lines):
        console.say(line)
    return 0


def diff(vault: AnyVault, given: argparse.Namespace, console: Console) -> int:
    """Compares two recordings.

    Args:
        vault: The recordings.
        given: The command line.
        console: Where to.

    Returns:
        The exit status, as that of ``diff``: 0 for two that are the same, 1 for others.
    """
    cards = [_card(vault, key_prefix(vault, key)) for key in (given.a, given.b)]
    for name, card in zip("AB", cards, strict=True):
        call = describe_call(card.target, card.arguments)
        console.say(f"{name} {card.key[:12]}  {call}  ({card.test})")
    differences = _differences(vault, *cards)
    count = 0
    for line in islice(differences, _MOST_DIFFERENCES):
        console.say(f"  {line}")
        count += 1
    if next(differences, None) is not None:
        console.say("  ...")
    if not count and cards[0].key != cards[1].key:
        console.say("  the keys differ by what cards do not tell: a redacted argument, say")
        return 1
    if not count:
        console.say("  no difference")
    return int(count > 0)


def textconv(given: argparse.Namespace, console: Console) -> int:
    """Writes a payload as text, for ``git diff``.

    Args:
        given: The command line.
        console: Where to.

    Returns:
        The exit status: 0, for git shows nothing at all otherwise.
    """
    try:
        data = Path(given.file).read_bytes()
    except OSError as error:
        raise VaultError(f"cannot read {given.file}: {error.strerror}") from error
    pointer = lfs_pointer_text(data)
    if pointer is not None:
        console.say(pointer)
        return 0
    for line in payload_text(data, _MOST_CONVERTED):
        console.say(line)
    return 0


def _differences(vault: AnyVault, one: Card, other: Card) -> Iterator[str]:
    if one.target != other.target:
        yield f"target: A {one.target}, B {other.target}"
    yield from of_arguments(one.arguments, other.arguments)
    payloads = [_recording(vault, card).payload for card in (one, other)]
    try:
        yield from of_payloads(payloads[0], payloads[1])
    except (RecursionError, UnreplayableOutcomeError) as error:
        yield f"outcome: cannot be compared: {error}"


def _card_text(vault: AnyVault, place: Place, card: Card) -> Iterator[str]:
    measure = vault.measure(place, card)
    versions = ", ".join(f"{name} {version}" for name, version in card.distributions.items())
    yield describe_call(card.target, card.arguments)
    yield f"  key       {card.key}"
    yield f"  test      {card.test}"
    yield f"  took      {duration(card.took)}, on Python {card.python}"
    yield from ([f"  versions  {versions}"] if versions else ())
    yield f"  stored    {size(measure.bytes)}, written here {age(measure.age)} ago"
    yield f"  card      {place.card}"
    yield from ([f"  changed   {', '.join(card.effects)}"] if card.effects else ())
    if "outline" in card.outcome:
        yield f"  outcome   {card.outcome['kind']} {outline_text(card.outcome['outline'])}"
    yield "arguments"
    yield from (f"  {line}" for line in arguments_text(card.arguments))


def _card(vault: AnyVault, place: Place) -> Card:
    return _still_there(vault.card_at(place), place.key)


def _recording(vault: AnyVault, card: Card) -> Recording:
    return _still_there(vault.read(card.target, card.key), card.key)


def _still_there(found: _T | None, key: str) -> _T:
    if found is None:
        raise CorruptRecordingError(f"the recording {key} has gone meanwhile")
    return found
