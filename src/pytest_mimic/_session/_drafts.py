"""Recordings that are not in the vault yet."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, NamedTuple, NoReturn, Protocol

from pytest_mimic._vault import Written
from pytest_mimic.errors import CorruptRecordingError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typing_extensions import Buffer

    from pytest_mimic._usage import Fate, RecordingId
    from pytest_mimic._vault import AnyVault, AnyWriter, Card
    from pytest_mimic.errors import MimicError


class Draft(Protocol):
    """A recording that is not in the vault yet."""

    @property
    def card(self) -> Card:
        """Its card."""

    @property
    def unchanged(self) -> bool:
        """Whether the recording that there is has the same outcome."""

    def store(self, *, replace: bool) -> Written:
        """Puts it into the vault.

        Args:
            replace: Whether it replaces a recording of the same call.
        """

    def payload(self) -> bytes:
        """Its payload in one piece."""

    def drop(self) -> None:
        """Leaves nothing of it."""


class PayloadDraft(NamedTuple):
    """A recording whose payload is in memory.

    Args:
        card: Its card.
        parts: Its payload; refers to live objects, so it has to be written before they change.
        vault: Where it goes.
        unchanged: Whether the recording that there is has the same outcome.
    """

    card: Card
    parts: Sequence[Buffer]
    vault: AnyVault
    unchanged: bool = False

    def whole(self) -> PayloadDraft:
        """Gives the same draft with a payload of its own, which may wait."""
        return self._replace(parts=[self.payload()])

    def payload(self) -> bytes:
        """Its payload in one piece."""
        return b"".join(self.parts)

    def store(self, *, replace: bool) -> Written:
        """Writes payload and card; of an unchanged outcome the card alone, if that has changed."""
        if replace and self.unchanged:
            with contextlib.suppress(CorruptRecordingError):
                return self.vault.renew(self.card)
        return self.vault.write(self.card, self.parts, replace=replace)

    def drop(self) -> None:
        """Leaves nothing of it."""


class TapeDraft(NamedTuple):
    """A recording whose payload is written already, where nobody takes it for one.

    Args:
        card: Its card.
        writer: What wrote the payload.
        unchanged: Whether the recording that there is has the same outcome.
    """

    card: Card
    writer: AnyWriter
    unchanged: bool = False

    def payload(self) -> bytes:
        """Reads the payload back."""
        return self.writer.contents()

    def store(self, *, replace: bool) -> Written:
        """Puts payload and card in their places; of an unchanged outcome the card alone."""
        if replace and self.unchanged:
            return self.writer.commit_card(self.card)
        return self.writer.commit(self.card, replace=replace)

    def drop(self) -> None:
        """Removes the payload."""
        self.writer.abandon()


class Unrecordable(NamedTuple):
    """An exception that cannot be stored: an error only if the phase of the test ends with it.

    Args:
        card: What its card would be.
        error: What keeps it from being stored.
        unchanged: Never: nothing like it is recorded.
    """

    card: Card
    error: MimicError
    unchanged: bool = False

    def payload(self) -> NoReturn:
        """Has none."""
        raise self.error

    def store(self, *, replace: bool) -> NoReturn:  # noqa: ARG002  # nothing is stored
        """Says why not."""
        raise self.error

    def drop(self) -> None:
        """Leaves nothing of it."""


def fate_of(written: Written) -> Fate:
    """Tells what a live call counts as, by what became of its recording."""
    if written is Written.NEW or written is Written.REPLACED:
        return "recorded"
    return "live" if written is Written.KEPT else "unchanged"


class WaitingDrafts:
    """Drafts of exceptions, each until the phase that it was raised in is over."""

    def __init__(self) -> None:
        self._drafts: dict[RecordingId, Draft] = {}
        self._lock = threading.RLock()

    def exchange(self, recording_id: RecordingId, draft: Draft | None) -> Draft | None:
        """Has a draft wait, or none, and gives the one that it supersedes.

        Args:
            recording_id: What it would be a recording of.
            draft: The draft.
        """
        with self._lock:
            superseded = self._drafts.pop(recording_id, None)
            if draft is not None:
                self._drafts[recording_id] = draft
        return superseded

    def take_all(self) -> list[Draft]:
        """Gives the drafts that wait, which wait no more."""
        with self._lock:
            drafts, self._drafts = self._drafts, {}
        return list(drafts.values())
