"""A recording, played to the caller as the live call went."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from pytest_mimic import _outcome
from pytest_mimic._outcome import (
    Player,
    Recorded,
    Streamed,
    decode,
    replay_async_stream,
    replay_stream,
)
from pytest_mimic._versions import changed_since
from pytest_mimic.errors import UnreplayableOutcomeError, UntrustedOutcomeError

if TYPE_CHECKING:
    from pytest_mimic._outcome import Beyond
    from pytest_mimic._session._call import Call
    from pytest_mimic._session._recorder import Tools
    from pytest_mimic._trampoline import Values
    from pytest_mimic._vault import Card, Recording


def decoded(recording: Recording, arguments: Values, tools: Tools) -> Recorded:
    """Gives what a recording holds.

    Args:
        recording: The recording.
        arguments: The values of the call that it answers.
        tools: What recording takes, and replaying.

    Raises:
        UnreplayableOutcomeError: It cannot be replayed here.
    """
    payload: Any = recording.payload  # bytes-like, as a buffer is
    try:
        return decode(payload, arguments, tools.fingerprinter.digest, tools.trust)
    except UnreplayableOutcomeError as error:
        raise unreplayable(error, recording.card, tools) from error


def replay(recorded: Recorded, call: Call, card: Card, tools: Tools, beyond: Beyond) -> object:
    """Does what the live call did.

    Args:
        recorded: What the recording holds.
        call: The call that it answers.
        card: The recording's card.
        tools: What recording takes, and replaying.
        beyond: What to do where a stream is asked for what was not recorded.

    Returns:
        What the live call returned.
    """
    __tracebackhide__ = True
    outcome = recorded.outcome
    explain = partial(unreplayable, card=card, tools=tools)
    if not isinstance(outcome, Streamed):
        try:
            return recorded.replay()
        except UnreplayableOutcomeError as error:
            raise explain(error) from error
    heard = _outcome.Call(*call.roots(), tools.fingerprinter.digest)
    player = Player(outcome.reader, heard, beyond, tools.trust, explain)

    def give() -> object:
        kind, guise = player.open()
        driver = (
            tools.engagement.async_stream(replay_async_stream(player))
            if kind == _outcome.ASYNC_ITERATOR
            else tools.engagement.stream(replay_stream(player))
        )
        return _outcome.guise_replay(guise, driver, beyond.miss, player.moved)

    awaited = player.awaited()
    return give() if awaited is None else _outcome.replay_awaitable(awaited, give)


def unreplayable(
    error: UnreplayableOutcomeError, card: Card, tools: Tools
) -> UnreplayableOutcomeError:
    """Makes the error for a sound recording that cannot be replayed here.

    Args:
        error: What went wrong.
        card: The recording's card.
        tools: What recording takes, and replaying.
    """
    payload = tools.vault.place(card.target, card.key).payload
    if isinstance(error, UntrustedOutcomeError):
        return UntrustedOutcomeError(
            f"{payload}: {error}\n"
            f"It says that {card.test} recorded it. If that is where it comes from, and an outcome "
            f"of {card.target} is made of such things, add the module to mimic_trusted_modules; "
            "if not, find out who changed the recording, and restore it from version control."
        )
    changed = changed_since(card.python, card.distributions)
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
