"""The books of one run: what became of its calls, counted, kept and told of."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any, Literal

from pytest_mimic._config import RECORDING, Mode
from pytest_mimic._mimic_calls import MimicCall
from pytest_mimic._session._drafts import PayloadDraft, Unrecordable, WaitingDrafts, fate_of
from pytest_mimic._session._miss import Misses
from pytest_mimic._session._recorder import VaultTape
from pytest_mimic._usage import RecordingId, Usage
from pytest_mimic._vault import Written
from pytest_mimic.errors import MimicError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pytest_mimic._config import MimicConfig
    from pytest_mimic._mimic_calls import How
    from pytest_mimic._outbox import News, Outbox
    from pytest_mimic._phases import Phases
    from pytest_mimic._session._call import Call
    from pytest_mimic._session._drafts import Draft
    from pytest_mimic._session._recent import RecentRecordings
    from pytest_mimic._session._recorder import LiveCall, Tools
    from pytest_mimic._usage import Fate
    from pytest_mimic._vault import Card


class RunBooks:
    """What the calls of one run came to.

    Args:
        settings: What the run is set to do.
        tools: What recording takes.
        phases: Of the tests, and what goes wrong in them.
        recent: The recordings in memory, which forgets those that are replaced.
    """

    def __init__(
        self, settings: MimicConfig, tools: Tools, phases: Phases, recent: RecentRecordings
    ) -> None:
        self._settings = settings
        self._tools = tools
        self._phases = phases
        self._recent = recent
        self._misses = Misses(tools.vault, settings.rootdir)
        self._lock = threading.RLock()
        self._usage = Usage()
        self._waiting = WaitingDrafts()
        # What a run that replaces recordings has replaced already.
        self._renewed: set[RecordingId] = set()
        self._open_streams: dict[object, Callable[[], None]] = {}
        # In a child process: where its parent looks for what it did.
        self._outbox: Outbox | None = None

    @property
    def tells_of_each(self) -> bool:
        """Whether somebody hears of each call as it is made."""
        return self._tools.conftests.listens or self._outbox is not None

    def is_to_be_renewed(self, recording_id: RecordingId) -> bool:
        """Tells whether the run is to replace a recording, and has not done so yet."""
        return self._settings.mode is Mode.RERECORD and recording_id not in self._renewed

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

    def take_in(self, news: News) -> None:
        """Takes in what child processes did."""
        with self._lock:
            self._usage.add(news.usage)
        for problem in news.problems:
            self._phases.note(problem)
        for card, payload, unchanged in news.drafts:
            self._hold(PayloadDraft(card, [payload], self._tools.vault, unchanged))

    def drain(self) -> Usage:
        """Gives what was used since it was last asked for."""
        with self._lock:
            usage, self._usage = self._usage, Usage()
        return usage

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

    def finish(self) -> None:
        """Completes the recordings of the streams that are still being consumed."""
        for leave in list(self._open_streams.values()):
            # The engagement notes it.
            with contextlib.suppress(MimicError), self._tools.engagement():
                leave()

    # Of calls that a recording answers --------------------------------------------------------

    def replayed(self, recording_id: RecordingId, card: Card, names: Sequence[str]) -> None:
        """Counts a call that a recording answers.

        Args:
            recording_id: The recording.
            card: Its card.
            names: The parameters of the call, in their order.
        """
        with self._lock:
            self._usage.replay(recording_id, card.took)
        self._hand_in()
        self._tell_of(card, "replayed", names)

    def note_stale(self, recording_id: RecordingId) -> None:
        """Notes that the target of a recording has changed since it was made."""
        with self._lock:
            self._usage.stale.add(recording_id)

    def missing(self, call: Call, reason: str = "") -> MimicError:
        """Makes the error for a call that has no recording, or none that goes far enough.

        Args:
            call: The call.
            reason: Why the recording that there is does not answer it, if there is one.
        """
        target = call.own.target
        reason = reason or self._misses.one_too_many(call)
        self._count(target, "missed")
        tools, where = self._tools, self._phases.where
        arguments = call.outlines(tools.fingerprinter.digest, tools.conftests.redaction(target))
        if reason:
            error = self._misses.explain_end(call, arguments, where, reason)
        else:
            source = tools.provenance.source_digest(call.callee.function)
            error = self._misses.explain(call, arguments, where, source)
        # Where calls are verified it is not raised: the call goes on.
        verifies = self._settings.mode is Mode.VERIFY
        (self._phases.note_here if verifies else self._phases.note)(error)
        self._tell(target, "missed", 0.0, arguments, call.names)
        return error

    # Of calls that run live -------------------------------------------------------------------

    def keep(self, draft: Draft) -> None:
        """Stores a recording."""
        if self._store(draft):
            self._tell_of(draft.card, "recorded")

    def keep_back(self, draft: Draft) -> None:
        """Keeps the recording of an exception until the phase that it was raised in is over."""
        self._hold(draft)
        if not isinstance(draft, Unrecordable):
            self._tell_of(draft.card, "recorded")

    def ran_live(self, target: str, end: BaseException | None = None) -> None:
        """Counts a call that ran live and is not stored, which may be for what ended it."""
        self._count(target, "live")
        told = end is None or isinstance(end, MimicError)
        if not told and self._settings.mode in RECORDING:
            with self._lock:
                self._usage.unkept.add((target, type(end).__qualname__))

    def withdraw(self, recording_id: RecordingId) -> None:
        """Removes a recording that has turned out to be none of all that the call gave."""
        if self._settings.mode in RECORDING:
            self._supersede(recording_id)
            self._tools.vault.delete(*recording_id)
            self._recent.forget(recording_id)

    def tape(self, live: LiveCall) -> VaultTape:
        """Gives what a stream is recorded on."""
        return VaultTape(live, self._tools.vault.writer(*live.call.own))

    def open(self, tape: object, leave: Callable[[], None]) -> None:
        """Takes what completes the recording of a stream that may never be consumed to its end."""
        with self._lock:
            self._open_streams[tape] = leave

    def close(self, tape: object) -> None:
        """Hears that the recording of a stream is complete, or dropped."""
        with self._lock:
            self._open_streams.pop(tape, None)

    def judged(self, recording_id: RecordingId, now: Card, problem: MimicError | None) -> None:
        """Hears how the comparison of a live call with its recording ended.

        Args:
            recording_id: The recording.
            now: The card of a recording made of the live call.
            problem: What is wrong, if anything is.
        """
        fate: Literal["verified", "drifted"] = "verified" if problem is None else "drifted"
        self._count(recording_id.target, fate, recording_id)
        self._tell_of(now, fate)
        if problem is not None:
            self._phases.note_here(problem)

    def remedy(self) -> str:
        """Gives the command that records the present test anew."""
        return self._misses.command("--mimic-rerecord", self._phases.where)

    def _store(self, draft: Draft) -> bool:
        """Stores a recording, unless another of the same call was first."""
        recording_id = RecordingId(draft.card.target, draft.card.key)
        # A call that failed at first, and worked when it was tried again, is a call that works.
        self._supersede(recording_id)
        replaces = self.is_to_be_renewed(recording_id)
        self._renewed.add(recording_id)
        written = draft.store(replace=replaces)
        self._recent.forget(recording_id)  # the shorter of a stream
        self._count(recording_id.target, fate_of(written), recording_id)
        return written is not Written.KEPT

    def _hold(self, draft: Draft) -> None:
        if self._outbox is None:
            self._supersede(RecordingId(draft.card.target, draft.card.key), draft)
            return
        # Only the parent gets to know how the phase ends.
        self._outbox.leave_draft(draft.card, draft.payload(), unchanged=draft.unchanged)
        draft.drop()

    def _supersede(self, recording_id: RecordingId, draft: Draft | None = None) -> None:
        """Has a draft wait, or none, in place of one that waited."""
        superseded = self._waiting.exchange(recording_id, draft)
        if superseded is not None:
            superseded.drop()
            self.ran_live(recording_id.target)

    def _tell_of(self, card: Card, how: How, names: Sequence[str] = ()) -> None:
        self._tell(card.target, how, card.took, card.arguments, names)

    def _tell(
        self, target: str, how: How, took: float, arguments: Mapping[str, Any], names: Sequence[str]
    ) -> None:
        # In a child process, nobody is there to be told.
        conftests = self._tools.conftests
        if conftests.listens and self._outbox is None:
            conftests.called(MimicCall(target, how, took, self._phases.where, arguments, names))

    def _count(self, target: str, fate: Fate, used: RecordingId | None = None) -> None:
        with self._lock:
            self._usage.tallies[target].count(fate)
            if used is not None:
                self._usage.used.add(used)
        self._hand_in()

    def _hand_in(self) -> None:
        """Lets the parent of a child process know what was used."""
        if self._outbox is not None:
            self._outbox.leave_usage(self.drain())
