"""One run: decides for every call whether it is replayed, run and recorded, or refused."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pytest_mimic._config import RECORDING, Mode
from pytest_mimic._conftests import Conftests, UnheardConftests
from pytest_mimic._display import Display
from pytest_mimic._emissions import Listener
from pytest_mimic._engagement import Engagement
from pytest_mimic._outcome import Beyond, Trust
from pytest_mimic._phases import Phases
from pytest_mimic._provenance import Provenance
from pytest_mimic._session._books import RunBooks
from pytest_mimic._session._call import Call, Selecting, Turns
from pytest_mimic._session._continuation import continuation
from pytest_mimic._session._recent import RecentRecordings
from pytest_mimic._session._recorder import LiveCall, Tools
from pytest_mimic._session._repeats import Repeats
from pytest_mimic._session._replayer import decoded, replay
from pytest_mimic._session._stale import is_stale
from pytest_mimic._session._verification import Found, Verification, renewing
from pytest_mimic.errors import MimicError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_mimic._config import MimicConfig
    from pytest_mimic._fingerprint import Fingerprinter
    from pytest_mimic._interception import Callee
    from pytest_mimic._outbox import Outbox
    from pytest_mimic._session._recorder import Books
    from pytest_mimic._trampoline import Values
    from pytest_mimic._usage import RecordingId, Usage
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
        conftests = conftests or UnheardConftests()
        conftests.report_to(self.phases.note_here)
        always = settings.mode is Mode.LIVE
        self.engagement = engagement or Engagement(self.phases.note, always=always)
        self.listener = Listener()
        self._settings = settings
        self._tools = Tools(
            vault,
            fingerprinter,
            Provenance(),
            self.engagement,
            conftests,
            self.listener,
            display or Display(),
            Trust(settings.trusted) if settings.trusted else None,
        )
        self._recent = RecentRecordings()
        self.books = RunBooks(settings, self._tools, self.phases, self._recent)
        self._repeats = Repeats(self._tools)
        self._select = Selecting()
        self._turns = Turns()

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
        self._repeats.become_child()
        self.books.become_child(outbox)

    def begin_test(self) -> None:
        """Starts counting the equal calls of another test."""
        self._turns.begin()

    def drain(self) -> Usage:
        """Gives what was used since it was last asked for."""
        usage = self.books.drain()
        self._repeats.tell(usage)
        return usage

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
        fingerprinter = self._tools.fingerprinter
        selections = self._select(callee)
        key = ""
        if selections.only is not None:
            key = selections.only.key(values, fingerprinter)
            repeat = self._repeats.get(key)
            # Where somebody is told of each call, it takes more.
            if repeat is not None and repeat.callee is callee and not self.books.tells_of_each:
                self._repeats.note(repeat)
                return repeat.give
        call = Call(callee, selections.all, values, raw, fingerprinter, self._turns, key)
        found = self._find(call)
        if self._settings.mode is Mode.VERIFY:
            return self._verify(call, found)
        if found is not None:
            return self._replay(call, found)
        if self._settings.mode in RECORDING:
            return self._record(call)
        raise self.books.missing(call)

    def _find(self, call: Call) -> Found | None:
        """Finds the recording that answers a call, of the first of its targets that has one."""
        for recording_id, selection in zip(call.ids, call.selections, strict=True):
            recording = self._read(recording_id)
            if recording is not None:
                return Found(recording_id, recording, selection.target.line.rtol)
        return None

    def _read(self, recording_id: RecordingId) -> Recording | None:
        if self.books.is_to_be_renewed(recording_id):
            return None
        recording = self._recent.get(recording_id)
        if recording is None and (recording := self._tools.vault.read(*recording_id)) is not None:
            self._recent.keep(recording_id, recording)
        return recording

    def _verify(self, call: Call, found: Found | None) -> LiveCall:
        """Allows a call to run, to be compared with its recording."""
        if found is None:
            self.books.missing(call)
        else:
            self._check_source(call, found.recording_id, found.recording.card)
        return self._live(call, Verification(call, found, self._tools, self.books))

    def _record(self, call: Call) -> LiveCall:
        """Allows a call to run, to be recorded."""
        books: Books = self.books
        if self.books.is_to_be_renewed(call.own):
            books = renewing(call, self._tools, self.books)
        return self._live(call, books)

    def _live(self, call: Call, books: Books) -> LiveCall:
        return LiveCall(call, self.phases.where, self._tools, books)

    def _replay(self, call: Call, found: Found) -> Replay:
        recording_id, recording, _ = found
        card = recording.card
        stale = self._check_source(call, recording_id, card)
        recorded = decoded(recording, call.roots().values, self._tools)
        if not stale and self._select(call.callee).only is not None:
            self._repeats.add(recording_id, recording, call.callee)
        self.books.replayed(recording_id, card, call.names)
        if (plain := recorded.plain) is not None:
            return plain.give
        go_on = partial(continuation, call, found, self.phases.where, self._tools, self.books)
        miss = partial(self.books.missing, call)
        beyond = Beyond(miss, go_on if self._settings.mode in RECORDING else None)
        return partial(replay, recorded, call, card, self._tools, beyond)

    def _check_source(self, call: Call, recording_id: RecordingId, card: Card) -> bool:
        """Tells whether the target has changed since it was recorded."""
        stale = is_stale(self._settings.stale, card, call.callee.function, self._tools)
        if stale:
            self.books.note_stale(recording_id)
        return stale
