"""Live calls compared with their recordings: to tell of a drift, or to keep what did not change."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from pytest_mimic._drift import MOST, Arguments, Comparison, StreamComparison, Words
from pytest_mimic._outline import describe_call
from pytest_mimic._session._drafts import PayloadDraft
from pytest_mimic._session._recorder import Books, VaultTape
from pytest_mimic._session._replayer import unreplayable
from pytest_mimic._versions import changed_since
from pytest_mimic.errors import (
    CorruptRecordingError,
    DriftError,
    MimicError,
    UnreplayableOutcomeError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from pytest_mimic._drift import Difference
    from pytest_mimic._outcome import StreamEnd, Tape
    from pytest_mimic._session._call import Call
    from pytest_mimic._session._drafts import Draft
    from pytest_mimic._session._recorder import LiveCall, Tools
    from pytest_mimic._usage import RecordingId
    from pytest_mimic._vault import Card, Recording


class Found(NamedTuple):
    """The recording that a call is compared with.

    Args:
        recording_id: Which it is.
        recording: The recording.
        rtol: The part of a number by which a live one may differ from the recorded one.
    """

    recording_id: RecordingId
    recording: Recording
    rtol: float

    def comparison(self, call: Call, tools: Tools) -> Comparison:
        """Makes what compares the outcome of a call with it."""
        roots = call.roots()
        arguments = Arguments(roots.names, roots.values)
        payload: Any = self.recording.payload  # bytes-like, as a buffer is
        redact = tools.conftests.redaction(call.own.target)
        words = Words(tools.fingerprinter, call.name, redact, call.hidden(redact))
        return Comparison(payload, words, arguments, self.rtol, tools.trust)


class Judge(Books, Protocol):
    """The books of a run, which hear how comparisons ended."""

    def judged(self, recording_id: RecordingId, now: Card, problem: MimicError | None) -> None:
        """Hears whether a live call went as recorded."""

    def remedy(self) -> str:
        """Gives the command that records the present test anew."""

    def missing(self, call: Call, reason: str = "") -> MimicError:
        """Hears that a recording does not go as far as a stream did."""


class Verification:
    """The books of one call that is compared with its recording; it stores nothing.

    Args:
        call: The call.
        found: Its recording; None where there is none, which was told of by then.
        tools: What recording takes.
        books: The books of the run.
    """

    def __init__(self, call: Call, found: Found | None, tools: Tools, books: Judge) -> None:
        self.comparison = None if found is None else found.comparison(call, tools)
        self.open, self.close, self.ran_live = books.open, books.close, books.ran_live
        self.withdraw = books.withdraw
        self._call = call
        self._found = found
        self._tools = tools
        self._books = books

    def keep(self, draft: Draft) -> None:
        """Compares what the call returned or raised with what is recorded."""
        error = None
        if self.comparison is not None:
            try:
                self.comparison.compare(draft.payload())
            except MimicError as failure:
                error = failure
        self.judge(draft.card, error)

    keep_back = keep

    def tape(self, live: LiveCall) -> Tape:
        """Gives what compares a stream instead of recording it."""
        return ComparedTape(live, self)

    def judge(self, now: Card, error: MimicError | None = None, beyond: str = "") -> None:
        """Says how the comparison ended.

        Args:
            now: The card of a recording made of the live call.
            error: Why there was none, if it could not be made.
            beyond: Why the recording does not go as far as a stream did; empty if it does.
        """
        if self._found is None or self.comparison is None:
            return
        if isinstance(error, UnreplayableOutcomeError):
            error = unreplayable(error, self._found.recording.card, self._tools)
        elif error is None and self.comparison.found:
            error = self._drifted(now, self._found, self.comparison.found)
        elif error is None and beyond:
            self._books.missing(self._call, beyond)
            return
        self._books.judged(self._found.recording_id, now, error)

    def _drifted(self, now: Card, found: Found, differences: Sequence[Difference]) -> DriftError:
        card = found.recording.card
        described = describe_call(card.target, now.arguments, self._call.names)
        path = self._tools.vault.place(*found.recording_id).card
        lines = [
            f"the live outcome of {described} differs from the recorded one",
            *_listed(differences),
            f"It was recorded by {card.test}: {path}",
            *_changed(card, now),
            f"If the live outcome is right, record it: {self._books.remedy()}",
        ]
        if not found.rtol and all(difference.is_small for difference in differences):
            lines.append(
                "If differences so small do not matter, add rtol=1e-6 to the target's line."
            )
        return DriftError("\n".join(lines))


class ComparedTape:
    """Compares a stream with its recording while it is consumed.

    Args:
        live: The call that gave the stream.
        books: Who is told how it ended.
    """

    def __init__(self, live: LiveCall, books: Verification) -> None:
        self._live = live
        self._books = books
        comparison = books.comparison
        self._stream = None if comparison is None else StreamComparison(comparison)
        self._pid = os.getpid()

    def opened(self, leave: Callable[[], None]) -> None:
        """Has the comparison completed when the run ends, if nothing else does it before."""
        self._books.open(self, leave)

    def append(self, parts: Sequence[Any]) -> None:
        """Compares a step."""
        if self._stream is not None:
            self._stream.append(parts)

    def finish(self, end: StreamEnd) -> None:
        """Says how the comparison ended."""
        self._books.close(self)
        # A forked child has a copy of the stream, which its parent consumes.
        if os.getpid() == self._pid:
            card = self._live.card({"kind": "streamed"}, end.effects, end.modules)
            if self._stream is not None:
                self._books.judge(card, self._stream.error, self._stream.beyond)

    def abandon(self, error: BaseException) -> None:
        """Compares no further."""
        self._books.close(self)
        self._books.ran_live(self._live.call.own.target, error)


class Renewal:
    """The books of one call whose recording is replaced, unless its outcome is the same.

    Args:
        call: The call.
        found: The recording that there is.
        tools: What recording takes.
        books: The books of the run.
    """

    def __init__(self, call: Call, found: Found, tools: Tools, books: Books) -> None:
        self.open, self.close, self.ran_live = books.open, books.close, books.ran_live
        self.withdraw = books.withdraw
        self._found = found
        self._comparison = found.comparison(call, tools)
        self._books = books
        self._tools = tools

    def keep(self, draft: Draft) -> None:
        """Hands a draft on, and says whether it changed anything."""
        self._books.keep(self._compared(draft))

    def keep_back(self, draft: Draft) -> None:
        """Likewise, for a draft that waits."""
        self._books.keep_back(self._compared(draft))

    def tape(self, live: LiveCall) -> Tape:
        """Gives what records a stream, and compares it at the same time."""
        writer = self._tools.vault.writer(*live.call.own)
        return VaultTape(live, writer, StreamComparison(self._comparison))

    def _compared(self, draft: Draft) -> Draft:
        if not isinstance(draft, PayloadDraft):
            return draft
        return draft._replace(unchanged=self._is_unchanged(draft))

    def _is_unchanged(self, draft: PayloadDraft) -> bool:
        if _is_identical(draft.parts, self._found.recording.payload):
            return True
        try:
            self._comparison.compare(draft.payload())
        except UnreplayableOutcomeError:
            return False
        return not self._comparison.found


def renewing(call: Call, tools: Tools, books: Books) -> Books:
    """Gives the books of a call whose recording is made anew.

    Args:
        call: The call.
        tools: What recording takes.
        books: The books of the run.

    Returns:
        Those that leave alone what did not change; of a call without a sound recording the given.
    """
    try:
        recording = tools.vault.read(*call.own)
    except CorruptRecordingError:
        return books
    if recording is None:
        return books
    rtol = call.selections[0].target.line.rtol
    return Renewal(call, Found(call.own, recording, rtol), tools, books)


def _is_identical(parts: Iterable[Any], payload: Any) -> bool:
    """Compares a payload in parts with one in one piece, without another copy of it."""
    view = memoryview(payload)
    place = 0
    for part in parts:
        piece = memoryview(part).cast("B")
        if piece != view[place : place + len(piece)]:
            return False
        place += len(piece)
    return place == len(view)


def _listed(found: Sequence[Difference]) -> Iterator[str]:
    yield from (f"  {difference}" for difference in found[:MOST])
    if len(found) > MOST:
        yield "  ..."


def _changed(card: Card, now: Card) -> Iterator[str]:
    """Says what of what the recording depends on is another one now."""
    if card.source != now.source:
        yield f"The source of {card.target} changed since."
    versions = changed_since(card.python, card.distributions)
    if versions:
        yield f"Changed since: {', '.join(versions)}."
