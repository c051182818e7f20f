"""A recording, played to the caller as the live call went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_mimic import _outcome
from pytest_mimic._outcome import Player, Recorded, Streamed, replay_async_stream, replay_stream
from pytest_mimic.errors import UnreplayableOutcomeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_mimic._call import Call
    from pytest_mimic._engagement import Engagement
    from pytest_mimic._fingerprint import Fingerprinter
    from pytest_mimic._provenance import Provenance
    from pytest_mimic._vault import Card
    from pytest_mimic.errors import MimicError


def replay(
    recorded: Recorded,
    call: Call,
    fingerprinter: Fingerprinter,
    engagement: Engagement,
    miss: Callable[[str], MimicError],
) -> object:
    """Does what the live call did.

    Args:
        recorded: What the recording holds.
        call: The call that it answers.
        fingerprinter: Tells the values that a stream is sent from others.
        engagement: Marks the steps of a stream as the engine's own.
        miss: Makes the error for a stream that is asked for what was not recorded.

    Returns:
        What the live call returned.
    """
    __tracebackhide__ = True
    outcome = recorded.outcome
    if not isinstance(outcome, Streamed):
        return recorded.replay()
    heard = _outcome.Call(*call.roots(), fingerprinter.digest)
    player = Player(outcome.reader, heard, miss)
    kind, guise = player.open()
    driver = (
        engagement.async_stream(replay_async_stream(player))
        if kind == _outcome.ASYNC_ITERATOR
        else engagement.stream(replay_stream(player))
    )
    return _outcome.guise_replay(guise, driver, miss)


def unreplayable(
    error: UnreplayableOutcomeError, payload: str, card: Card, provenance: Provenance
) -> UnreplayableOutcomeError:
    """Makes the error for a sound recording that cannot be replayed here.

    Args:
        error: What went wrong.
        payload: The payload's file.
        card: The recording's card.
        provenance: Knows the versions here.
    """
    changed = provenance.changed_since(card.python, card.distributions)
    versions = (
        f"Changed since: {'; '.join(changed)}."
        if changed
        else "No version that its card names has changed since."
    )
    return UnreplayableOutcomeError(
        f"{payload}: {error}\n"
        f"It was recorded by {card.test} on Python {card.python}. {versions}\n"
        "Record it anew with pytest --mimic-rerecord."
    )
