"""One run: decides for every call whether it is replayed, recorded or refused, and tracks use."""

from __future__ import annotations

import contextlib
import threading
from functools import partial
from typing import TYPE_CHECKING, Any

from pytest_mimic._call import Call, Selecting, Turns
from pytest_mimic._calls import MimicCall
from pytest_mimic._config import RECORDING, Mode
from pytest_mimic._conftests import Conftests, UnheardConftests
from pytest_mimic._continuation import continuation
from pytest_mimic._display import Display
from pytest_mimic._drafts import PayloadDraft, Unrecordable, WaitingDrafts, tally_of
from pytest_mimic._emissions import Listener
from pytest_mimic._engagement import Engagement
from pytest_mimic._miss import Misses
from pytest_mimic._outcome import Beyond, Trust
from pytest_mimic._phases import Phases
from pytest_mimic._provenance import Provenance
from pytest_mimic._recent import RecentRecordings
from pytest_mimic._recorder import LiveCall, Tools, VaultTape
from pytest_mimic._repeats import Repeats
from pytest_mimic._replayer import decoded, replay
from pytest_mimic._stale import is_stale
from pytest_mimic._usage import RecordingId, Tally, Usage
from pytest_mimic._vault import Written
from pytest_mimic._verification import Found, Verification, renewing
from pytest_mimic.errors import MimicError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pytest_mimic._calls import How
    from pytest_mimic._config import MimicConfig
    from pytest_mimic._drafts import Draft
    from pytest_mimic._fingerprint import Fingerprinter
    from pytest_mimic._interception import Callee
    from pytest_mimic._outbox import News, Outbox
    from pytest_mimic._recorder import Books
    from pytest_mimic._trampoline import Values
    from pytest_mimic._vault import AnyVault, Card, Recording

    Replay = Callable[[], object]


class Session:
    """The calls of one run.

    Args:
        settings: What the run is set to do.
        vault: Where the recordings are.
        fingerprinter: Makes the keys.
        conftests: Have a say in what is stored and shown, and hear of calls.
        display: Shows what runs live for long.
        phases: Of the tests, and what goes wrong in them.
        engagement: Marks where the engine is at work.
    """

    def __init__(  # noqa: PLR0913, PLR0917  # all that a run has, most of it by default
        self,
        settings: MimicConfig,
        vault: AnyVault,
        fingerprinter: Fingerprinter,
        conftests: Conftests | None = None,
        display: Display | None = None,
        phases: Phases | None = None,
        engagement: Engagement | None = None,
    ) -> None:
        self.phases = phases or Phases()
        self.conftests = conftests or UnheardConftests()
        self.conftests.report_to(self.phases.note_here)
        always = settings.mode is Mode.LIVE
        self.engagement = engagement or Engagement(self.phases.note, always=always)
        self._settings = settings
        self._vault = vault
        self._fingerprinter = fingerprinter
        self._provenance = Provenance()
        self._misses = Misses(vault, settings.rootdir)
        self.listener = Listener()
        self._tools = Tools(
            vault,
            fingerprinter,
            self._provenance,
            self.engagement,
            self.conftests,
            self.listener,
            display or Display(),
            Trust(settings.trusted) if settings.trusted else None,
        )
        self._recent = RecentRecordings()
        self._turns = Turns()
        self._lock = threading.RLock()
        self._usage = Usage()
        self._repeats = Repeats(self._tools)
        self._select = Selecting()
        self._waiting = WaitingDrafts()
        # What a run that replaces recordings has replaced already.
        self._renewed: set[RecordingId] = set()
        self._open_streams: dict[object, Callable[[], None]] = {}
        # In a child process: where its parent looks for what it did.
        self._outbox: Outbox | None = None

    def dispatch(self, callee: Callee, values: Values, raw: Values) -> object:
        """Answers a call from the vault, or runs it.

        Args:
            callee: What was called.
            values: The bound values that tell the call apart.
            raw: The bound values that run it.

        Returns:
            What the call returns; for a coroutine function, an awaitable of it.

        Raises:
            MimicError: There is no answer, and the call may not run.
            Exception: What the call raised, live or when it was recorded.
        """
        __tracebackhide__ = True
        if callee.is_awaited:
            return self._answer_later(callee, values, raw)
        try:
            with self.engagement():
                answer = self._answer(callee, values, raw)
                return answer.run() if isinstance(answer, LiveCall) else answer()
        except MimicError as error:
            # It says all there is to say; where in here it was raised is nobody's business.
            raise error.with_traceback(None)  # noqa: B904  # it is the same error

    def become_child(self, outbox: Outbox | None) -> None:
        """Goes on in a child process.

        Args:
            outbox: Where the parent looks for what it did; None where that travels on reports.
        """
        self._lock = threading.RLock()  # the parent's may have been held when it forked
        self._usage = Usage()
        self._waiting = WaitingDrafts()
        self._open_streams = {}
        self._outbox = outbox
        self._repeats.become_child()
        self.phases.become_child(None if outbox is None else outbox.leave_problem)

    def take_in(self, news: News) -> None:
        """Takes in what child processes did."""
        with self._lock:
            self._usage.add(news.usage)
        for problem in news.problems:
            self.phases.note(problem)
        for card, payload, unchanged in news.drafts:
            self._hold(PayloadDraft(card, [payload], self._vault, unchanged))

    def begin_test(self) -> None:
        """Starts counting the equal calls of another test."""
        self._turns.begin()

    def settle(self, *, passed: bool) -> MimicError | None:
        """Stores the drafts that were kept back, or drops them.

        Args:
            passed: Whether the phase in which their exceptions were raised passed.

        Returns:
            What kept them from being stored, if anything did.
        """
        problems: list[MimicError] = []
        for draft in self._waiting.take_all():
            try:
                if passed:
                    self._store(draft)
                    continue
            except MimicError as problem:
                problems.append(problem)
            draft.drop()
            self.ran_live(draft.card.target)
        return problems[0] if problems else None

    def drain(self) -> Usage:
        """Gives what was used since it was last asked for."""
        with self._lock:
            usage, self._usage = self._usage, Usage()
            self._repeats.tell(usage)
        return usage

    def keep(self, draft: Draft) -> None:
        """Stores a recording."""
        if self._store(draft):
            self._tell_of(draft.card, "recorded")

    def _store(self, draft: Draft) -> bool:
        """Stores a recording, unless another of the same call was first."""
        recording_id = RecordingId(draft.card.target, draft.card.key)
        # A call that failed at first, and worked when it was tried again, is a call that works.
        self._supersede(recording_id)
        replaces = self._settings.mode is Mode.RERECORD and recording_id not in self._renewed
        self._renewed.add(recording_id)
        written = draft.store(replace=replaces)
        self._recent.forget(recording_id)  # the shorter of a stream
        self._count(recording_id.target, tally_of(written), recording_id)
        return written is not Written.KEPT

    def keep_back(self, draft: Draft) -> None:
        """Keeps the recording of an exception until the phase that it was raised in is over."""
        self._hold(draft)
        if not isinstance(draft, Unrecordable):
            self._tell_of(draft.card, "recorded")

    def _hold(self, draft: Draft) -> None:
        if self._outbox is None:
            self._supersede(RecordingId(draft.card.target, draft.card.key), draft)
            return
        # Only the parent gets to know how the phase ends.
        self._outbox.leave_draft(draft.card, draft.payload(), unchanged=draft.unchanged)
        draft.drop()

    def judged(self, recording_id: RecordingId, now: Card, problem: MimicError | None) -> None:
        """Hears how the comparison of a live call with its recording ended.

        Args:
            recording_id: The recording.
            now: The card of a recording made of the live call.
            problem: What is wrong, if anything is.
        """
        tally = Tally(verified=1) if problem is None else Tally(drifted=1)
        self._count(recording_id.target, tally, recording_id)
        self._tell_of(now, "verified" if problem is None else "drifted")
        if problem is not None:
            self.phases.note_here(problem)

    def remedy(self) -> str:
        """Gives the command that records the present test anew."""
        return self._misses.command("--mimic-rerecord", self.phases.where)

    def missing(self, call: Call, reason: str = "") -> MimicError:
        """Makes the error for a call that has no recording, or none that goes far enough.

        Args:
            call: The call.
            reason: Why the recording that there is does not answer it, if there is one.
        """
        target = call.own.target
        self._count(target, Tally(missed=1))
        arguments = call.outlines(self._fingerprinter.digest, self.conftests.redaction(target))
        where = self.phases.where
        if reason:
            error = self._misses.explain_end(call, arguments, where, reason)
        else:
            source = self._provenance.source_digest(call.callee.function)
            error = self._misses.explain(call, arguments, where, source)
        # Where calls are verified it is not raised: the call goes on.
        verifies = self._settings.mode is Mode.VERIFY
        (self.phases.note_here if verifies else self.phases.note)(error)
        self._tell(target, "missed", 0.0, arguments, call.names)
        return error

    def tape(self, live: LiveCall) -> VaultTape:
        """Gives what a stream is recorded on."""
        return VaultTape(live, self._vault.writer(*live.call.own))

    def open(self, tape: object, leave: Callable[[], None]) -> None:
        """Takes what completes the recording of a stream that may never be consumed to its end."""
        with self._lock:
            self._open_streams[tape] = leave

    def close(self, tape: object) -> None:
        """Hears that the recording of a stream is complete, or dropped."""
        with self._lock:
            self._open_streams.pop(tape, None)

    def finish(self) -> None:
        """Completes the recordings of the streams that are still being consumed."""
        for leave in list(self._open_streams.values()):
            # The engagement notes it.
            with contextlib.suppress(MimicError), self.engagement():
                leave()

    def ran_live(self, target: str, end: BaseException | None = None) -> None:
        """Counts a call that ran live and is not stored, which may be for what ended it."""
        self._count(target, Tally(live=1))
        told = end is None or isinstance(end, MimicError)
        if not told and self._settings.mode in RECORDING:
            with self._lock:
                self._usage.unkept.add((target, type(end).__qualname__))

    async def _answer_later(self, callee: Callee, values: Values, raw: Values) -> object:
        __tracebackhide__ = True
        try:
            with self.engagement():
                answer = self._answer(callee, values, raw)
                if not isinstance(answer, LiveCall):
                    return answer()
            return await answer.run_later()
        except MimicError as error:
            raise error.with_traceback(None)  # noqa: B904  # as above

    def _answer(self, callee: Callee, values: Values, raw: Values) -> LiveCall | Replay:
        """Finds the recording of a call, or allows it to run."""
        __tracebackhide__ = True
        selections = self._select(callee)
        key = ""
        if selections.only is not None:
            key = selections.only.key(values, self._fingerprinter)
            repeat = self._repeats.get(key)
            # Where somebody is told of each call, it takes more.
            told = self.conftests.listens or self._outbox is not None
            if repeat is not None and repeat.callee is callee and not told:
                self._repeats.note(repeat)
                return repeat.give
        call = Call(callee, selections.all, values, raw, self._fingerprinter, self._turns, key)
        found = self._find(call)
        if self._settings.mode is Mode.VERIFY:
            return self._verify(call, found)
        if found is not None:
            return self._replay(call, found)
        if self._settings.mode in RECORDING:
            return self._recording(call)
        raise self.missing(call, self._misses.one_too_many(call))

    def _find(self, call: Call) -> Found | None:
        """Finds the recording that answers a call, of the first of its targets that has one."""
        for recording_id, selection in zip(call.ids, call.selections, strict=True):
            recording = self._read(recording_id)
            if recording is not None:
                return Found(recording_id, recording, selection.target.line.rtol)
        return None

    def _live(self, call: Call, books: Books) -> LiveCall:
        return LiveCall(call, self.phases.where, self._tools, books)

    def _verify(self, call: Call, found: Found | None) -> LiveCall:
        """Allows a call to run, to be compared with its recording."""
        if found is None:
            self.missing(call, self._misses.one_too_many(call))
        else:
            self._check_source(call, found.recording_id, found.recording.card)
        return self._live(call, Verification(call, found, self._tools, self))

    def _recording(self, call: Call) -> LiveCall:
        """Allows a call to run, to be recorded."""
        anew = self._settings.mode is Mode.RERECORD and call.own not in self._renewed
        return self._live(call, renewing(call, self._tools, self) if anew else self)

    def _supersede(self, recording_id: RecordingId, draft: Draft | None = None) -> None:
        """Has a draft wait, or none, in place of one that waited."""
        superseded = self._waiting.exchange(recording_id, draft)
        if superseded is not None:
            superseded.drop()
            self.ran_live(recording_id.target)

    def _read(self, recording_id: RecordingId) -> Recording | None:
        if self._settings.mode is Mode.RERECORD and recording_id not in self._renewed:
            return None
        recording = self._recent.get(recording_id)
        if recording is None and (recording := self._vault.read(*recording_id)) is not None:
            self._recent.keep(recording_id, recording)
        return recording

    def _replay(self, call: Call, found: Found) -> Replay:
        recording_id, recording, _ = found
        card = recording.card
        stale = self._check_source(call, recording_id, card)
        recorded = decoded(recording, call.roots().values, self._tools)
        if not stale and self._select(call.callee).only is not None:
            self._repeats.add(recording_id, recording, call.callee)
        self._count(recording_id.target, Tally(replayed=1, saved=card.took), recording_id)
        self._tell_of(card, "replayed", call.names)
        if (plain := recorded.plain) is not None:
            return plain.give
        go_on = partial(continuation, call, found, self.phases.where, self._tools, self)
        miss = partial(self.missing, call)
        beyond = Beyond(miss, go_on if self._settings.mode in RECORDING else None)
        return partial(replay, recorded, call, card, self._tools, beyond)

    def _check_source(self, call: Call, recording_id: RecordingId, card: Card) -> bool:
        stale = is_stale(self._settings.stale, card, call.callee.function, self._tools)
        if stale:
            with self._lock:
                self._usage.stale.add(recording_id)
        return stale

    def _tell_of(self, card: Card, how: How, names: Sequence[str] = ()) -> None:
        self._tell(card.target, how, card.took, card.arguments, names)

    def _tell(
        self, target: str, how: How, took: float, arguments: Mapping[str, Any], names: Sequence[str]
    ) -> None:
        # In a child process, nobody is there to be told.
        if self.conftests.listens and self._outbox is None:
            where = self.phases.where
            self.conftests.called(MimicCall(target, how, took, where, arguments, names))

    def _count(self, target: str, tally: Tally, used: RecordingId | None = None) -> None:
        with self._lock:
            self._usage.tallies[target].add(tally)
            if used is not None:
                self._usage.used.add(used)
        if self._outbox is not None:
            self._outbox.leave_usage(self.drain())
