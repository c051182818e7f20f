"""``check``: whether every recording is sound, and whether its target has changed since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_mimic._command_line._listing import counted
from pytest_mimic._command_line._project import current_project
from pytest_mimic._command_line._sources import Sources, Verdict
from pytest_mimic._outline import describe_call
from pytest_mimic.errors import MimicError

if TYPE_CHECKING:
    import argparse

    from pytest_mimic._command_line._console import Console
    from pytest_mimic._vault import AnyVault, Card


def check(vault: AnyVault, given: argparse.Namespace, console: Console) -> int:
    """Checks every recording.

    Args:
        vault: The recordings.
        given: The command line.
        console: Where to.

    Returns:
        The exit status: 1 where a recording is not sound or, if that was asked, stale.
    """
    sources = Sources(current_project())
    count = wrong = stale = unknown = 0
    for place, card in vault.walk():
        count += 1
        problem = card if isinstance(card, MimicError) else problem_of(vault, card)
        if problem is not None:
            wrong += 1
            console.say(str(problem))
        if isinstance(card, MimicError):
            continue
        verdict = sources.judge(card)
        unknown += verdict is Verdict.UNKNOWN
        if verdict is Verdict.STALE:
            stale += 1
            call = describe_call(card.target, card.arguments)
            console.say(f"stale: {place.card}: {call}, recorded by {card.test}")
    told = [counted(count, "recording"), f"{wrong} damaged or not here", f"{stale} stale"]
    told += [f"{unknown} whose source was not found"] if unknown else []
    console.say(", ".join(told))
    return int(wrong > 0 or (given.fail_on_stale and stale > 0))


def problem_of(vault: AnyVault, card: Card) -> MimicError | None:
    """Finds what is wrong with a recording, by its payload.

    Args:
        vault: The recordings.
        card: Its card, which is sound.
    """
    try:
        vault.read(card.target, card.key)
    except MimicError as error:
        return error
    return None
