"""A call that runs live, and the recording made of it."""

from __future__ import annotations

import os
import platform
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from pytest_mimic._outcome import (
    ASYNC_ITERATOR,
    FUTURE,
    FUTURES,
    Before,
    Opening,
    Raised,
    Returned,
    ask_after_end,
    changed_async_stream,
    changed_stream,
    changes_after,
    encode,
    guise_live,
    guise_of,
    is_recordable,
    items_of_live,
    kind_of_awaitable,
    kind_of_stream,
    read_unread,
    record_async_stream,
    record_awaitable,
    record_stream,
)
from pytest_mimic._outline import describe_call, outline
from pytest_mimic._session._drafts import PayloadDraft, TapeDraft, Unrecordable
from pytest_mimic._session._live_code import LiveCode
from pytest_mimic._vault import Card
from pytest_mimic.errors import MimicError, UnrecordableOutcomeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pytest_mimic._conftests import Conftests
    from pytest_mimic._display import Display
    from pytest_mimic._drift import StreamComparison
    from pytest_mimic._emissions import Listener
    from pytest_mimic._engagement import Engagement
    from pytest_mimic._fingerprint import Fingerprinter
    from pytest_mimic._outcome import Effects, StreamEnd, Tape, Trust
    from pytest_mimic._provenance import Provenance
    from pytest_mimic._session._call import Call
    from pytest_mimic._session._drafts import Draft
    from pytest_mimic._usage import RecordingId
    from pytest_mimic._vault import AnyVault, AnyWriter


class Tools(NamedTuple):
    """What recording takes.

    Args:
        vault: Where the recordings go.
        fingerprinter: Tells whether arguments changed.
        provenance: Knows the target's source and versions.
        engagement: Marks where live code runs that is recorded.
        conftests: Have a say in what is stored and shown.
        listener: Hears what live code emits.
        display: Shows what runs for long.
        trust: What payloads may import; None when they may import anything.
    """

    vault: AnyVault
    fingerprinter: Fingerprinter
    provenance: Provenance
    engagement: Engagement
    conftests: Conftests
    listener: Listener
    display: Display
    trust: Trust | None = None


class Books(Protocol):
    """Who decides what becomes of a draft."""

    def keep(self, draft: Draft) -> None:
        """Takes a draft of an outcome that is stored at once."""

    def keep_back(self, draft: Draft) -> None:
        """Takes a draft that is stored only if the present phase of the test passes."""

    def ran_live(self, target: str, end: BaseException | None = None) -> None:
        """Counts a call that ran live and is not stored, which may be for what ended it."""

    def withdraw(self, recording_id: RecordingId) -> None:
        """Removes a recording that has turned out to be none of all that the call gave."""

    def tape(self, live: LiveCall) -> Tape:
        """Gives what a stream is recorded on."""

    def open(self, tape: object, leave: Callable[[], None]) -> None:
        """Takes what completes the recording of a stream that may never be consumed to its end."""

    def close(self, tape: object) -> None:
        """Hears that the recording of a stream is complete, or dropped."""


class LiveCall:
    """Watches one call run live.

    Args:
        call: The call.
        test: The node id of the test that makes it, or where else it is made.
        tools: What recording takes.
        books: Who decides what becomes of the recording.
    """

    def __init__(self, call: Call, test: str, tools: Tools, books: Books) -> None:
        self.call = call
        self._test = test
        self._tools = tools
        self._books = books
        digest = tools.fingerprinter.digest
        self._redact = tools.conftests.redaction(call.own.target)
        self._change = tools.conftests.change(call.own.target)
        self._hidden = call.hidden(self._redact)
        self._arguments = call.outlines(digest, self._redact, self._hidden)
        self._before = Before(*call.roots(), digest, tools.trust)
        # Refers to nothing that leads back here: a call's arguments go with the call, not with the
        # garbage.
        described = partial(describe_call, call.own.target, self._arguments, call.names)
        self._live = LiveCode(tools.listener, tools.display, described)

    def run(self) -> object:
        """Runs the call, and records what it returns or raises.

        Returns:
            What it returned; of a stream or an awaitable, one that records as it is consumed.
        """
        __tracebackhide__ = True
        try:
            with self._live():
                result = self.call.callee.live(self.call.raw)
        except BaseException as exception:
            raised = self._raised(exception)
            if raised is exception:
                del raised  # a frame that keeps its own exception is garbage, not gone
                raise
        else:
            return self.returned(result)
        # Outside of the handler: what it was made from is none of its context.
        try:
            raise raised
        finally:
            del raised

    async def run_later(self) -> object:
        """Runs the call of a coroutine function, likewise."""
        __tracebackhide__ = True
        engagement = self._tools.engagement
        live: Any = self.call.callee.live(self.call.raw)
        try:
            with self._live():
                result = await engagement.awaitable(live)
                await read_unread(result)
        except BaseException as exception:
            with engagement():
                raised = self._raised(exception)
            if raised is exception:
                del raised
                raise
        else:
            with engagement():
                return self.returned(result)
        try:
            raise raised
        finally:
            del raised

    def returned(self, result: Any) -> object:
        """Records what the call returned, and gives what to hand on."""
        stream = kind_of_stream(result)
        if stream is not None:
            return self._watch_stream(result, stream)
        awaited = kind_of_awaitable(result)
        if awaited is not None:
            return self._watch_awaitable(result, awaited)
        return self._returned(result)

    def _returned(self, value: Any, awaited: str | None = None) -> object:
        """Records a value, and gives what to hand on."""
        value = self._changed(value, awaited)
        self._record(Returned(value), awaited)
        return value

    def _raised(self, exception: BaseException, awaited: str | None = None) -> BaseException:
        """Records an exception if it may be, and gives what to raise."""
        if not is_recordable(exception):
            self._books.ran_live(self.call.own.target, exception)
            return exception
        changed: BaseException = self._changed(exception, awaited)
        self._record(Raised(changed), awaited)
        return changed

    def _changed(self, outcome: Any, awaited: str | None) -> Any:
        """Gives a conftest its say."""
        if self._change is None:
            return outcome
        try:
            # The caller of an asyncio.Future has the future itself, with what is in it.
            return self._change(outcome, in_place=awaited == FUTURE)
        except MimicError:
            self._books.ran_live(self.call.own.target)
            raise

    def _record(self, outcome: Returned | Raised, awaited: str | None = None) -> None:
        """Hands a recording of the outcome to the books."""
        try:
            if isinstance(outcome, Raised):
                self._books.keep_back(self._draft_exception(outcome, awaited))
            else:
                self._books.keep(self._draft(outcome, awaited))
        except MimicError:
            self._books.ran_live(self.call.own.target)
            raise

    def _draft_exception(self, outcome: Raised, awaited: str | None) -> Draft:
        try:
            return self._draft(outcome, awaited).whole()
        except UnrecordableOutcomeError as error:
            # The code under test may try again, and then it is nobody's outcome.
            return Unrecordable(self.card({"kind": outcome.kind}, (), ()), error)

    def _draft(self, outcome: Returned | Raised, awaited: str | None = None) -> PayloadDraft:
        effects = self._effects()
        payload = encode(outcome, self._before, effects, awaited=awaited)
        value = outcome.exception if isinstance(outcome, Raised) else outcome.value
        card = self.card(
            {"kind": outcome.kind, "outline": self._outline(value)},
            payload.effects,
            payload.modules,
        )
        return PayloadDraft(card, payload.parts, self._tools.vault)

    def _outline(self, value: object) -> Any:
        # What the call put into an argument may be a secret too.
        hidden = self._hidden if self._before.is_constant else self.call.hidden(self._redact)
        return outline(value, self.call.name, redact=self._redact, hidden=hidden)

    def _effects(self) -> Effects:
        effects = changes_after(self._before, self.call.is_unchanged)
        emissions = self._live.take_emissions()
        return effects._replace(emissions=emissions) if emissions else effects

    def _watch_stream(self, stream: Any, kind: str, awaited: str | None = None) -> object:
        engagement = self._tools.engagement
        tape = self._books.tape(self)
        try:
            guise = guise_of(stream, self._before.references)
            items = items_of_live(stream, guise)
            opening = Opening(self._effects(), guise, awaited)
            watched = (self._before, tape, self._live, opening)
            if self._change is not None:
                changed = changed_async_stream if kind == ASYNC_ITERATOR else changed_stream
                items = changed(items, self._change)
            driver = (
                engagement.async_stream(record_async_stream(items, *watched))
                if kind == ASYNC_ITERATOR
                else engagement.stream(record_stream(items, *watched))
            )
            return guise_live(stream, guise, driver, self._after_end(items))
        except MimicError as error:
            tape.abandon(error)
            raise

    def _after_end(self, items: Any) -> Callable[[], Any]:
        engagement, own, books = self._tools.engagement, self.call.own, self._books

        def ask() -> Any:
            with engagement():
                try:
                    return ask_after_end(items, own.target)
                except MimicError:
                    books.withdraw(own)
                    raise

        return ask

    def _watch_awaitable(self, awaitable: Any, kind: str) -> object:
        engagement = self._tools.engagement

        def returned(result: object) -> object:
            stream = None if kind in FUTURES else kind_of_stream(result)
            with engagement():
                if stream is not None:
                    return self._watch_stream(result, stream, kind)
                return self._returned(result, kind)

        def raised(exception: BaseException) -> BaseException:
            with engagement():
                return self._raised(exception, kind)

        driven = {"coroutine": engagement.coroutine, "awaitable": engagement.awaitable}.get(kind)
        live = awaitable if driven is None else driven(awaitable)
        return record_awaitable(live, self._live, returned, raised, awaitable)

    def card(
        self, outcome: dict[str, object], effects: Iterable[str], modules: Iterable[str]
    ) -> Card:
        """Makes the card of a recording of the call."""
        own = self.call.own
        provenance = self._tools.provenance
        if self.call.turn:
            outcome = {**outcome, "equal_calls_before": self.call.turn}
        if self._live.emitted:
            outcome = {**outcome, "emitted": dict(self._live.emitted)}
        return Card(
            target=own.target,
            key=own.key,
            arguments=self._arguments,
            outcome=outcome,
            effects=tuple(effects),
            took=self._live.seconds,
            python=platform.python_version(),
            distributions=provenance.distributions([own.target.partition(":")[0], *modules]),
            source=provenance.source_digest(self.call.callee.function),
            test=self._test,
        )


class VaultTape:
    """Writes a stream to the vault while it is consumed.

    Args:
        live: The call that gave the stream.
        writer: What writes the payload.
        compared: Compares the stream with the recording that there is, if there is one.
    """

    def __init__(
        self, live: LiveCall, writer: AnyWriter, compared: StreamComparison | None = None
    ) -> None:
        self._live = live
        self._writer = writer
        self._compared = compared
        self._pid = os.getpid()

    def opened(self, leave: Callable[[], None]) -> None:
        """Has the recording completed when the run ends, if nothing else does it before."""
        self._live._books.open(self, leave)

    def append(self, parts: Sequence[Any]) -> None:
        """Writes a step."""
        if self._is_ours():
            if self._compared is not None:
                self._compared.append(parts)
            for part in parts:
                self._writer.write(part)

    def finish(self, end: StreamEnd) -> None:
        """Completes the recording."""
        self._live._books.close(self)
        if not self._is_ours():
            return
        outcome: dict[str, object] = {"kind": "streamed", "items": end.items, "left": end.left}
        if end.exception is not None:
            outcome["raised"] = self._live._outline(end.exception)
        card = self._live.card(outcome, end.effects, end.modules)
        unchanged = self._compared is not None and self._compared.is_same
        draft = TapeDraft(card, self._writer, unchanged)
        books = self._live._books
        (books.keep if end.exception is None else books.keep_back)(draft)

    def abandon(self, error: BaseException) -> None:
        """Drops the recording."""
        self._live._books.close(self)
        self._writer.abandon()
        self._live._books.ran_live(self._live.call.own.target, error)

    def _is_ours(self) -> bool:
        """Tells a forked child, which has a copy of the stream and the very same open file."""
        return os.getpid() == self._pid
