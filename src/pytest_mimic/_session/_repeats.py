"""Recordings that have answered a call, and answer equal ones without anything asked again.

A call in a loop is replayed again and again. The first time its recording is found, read, checked
against the source of the target and decoded; whatever cannot change by the next time is not done
again.
"""

from __future__ import annotations

import pickle
import threading
from collections import defaultdict, deque
from typing import TYPE_CHECKING

from pytest_mimic._outcome import is_value
from pytest_mimic._session._replayer import decoded

if TYPE_CHECKING:
    from pytest_mimic._interception import Callee
    from pytest_mimic._session._recorder import Tools
    from pytest_mimic._usage import RecordingId, Usage
    from pytest_mimic._vault import Recording

# For a larger payload the time that this saves is nothing beside that of loading it.
_LARGEST = 4096
_MOST = 8192
_MANY = 10_000


class Repeat:
    """A recording that gives a value, and changes and emits nothing.

    Args:
        recording_id: Which it is.
        recording: Its card and its payload.
        callee: What was called: the source of another is another.
        tools: What replaying takes.
    """

    __slots__ = ("_payload", "_tools", "callee", "recording", "recording_id")

    def __init__(
        self, recording_id: RecordingId, recording: Recording, callee: Callee, tools: Tools
    ) -> None:
        self.recording_id = recording_id
        self.recording = recording
        self.callee = callee
        self._payload = recording.payload
        self._tools = tools

    def give(self) -> object:
        """Gives the value, fresh each time.

        Raises:
            UnreplayableOutcomeError: It cannot be loaded here, though it could before.
        """
        __tracebackhide__ = True
        try:
            return pickle.loads(self._payload)  # noqa: S301  # the vault has checked it
        except Exception:  # noqa: BLE001  # whatever it is, the careful way meets it too, and says
            return decoded(self.recording, (), self._tools).replay()


class Repeats:
    """The repeats of a session, by key: a bounded number of small ones.

    Args:
        tools: What replaying takes.
    """

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._known: dict[str, Repeat] = {}
        # Noted without a lock, and summed up before they are too many.
        self._given: deque[Repeat] = deque()
        # No Counter: its code is Python, and may be a target's.
        self._times: dict[Repeat, int] = defaultdict(int)
        self._lock = threading.RLock()
        self.get = self._known.get

    def add(self, recording_id: RecordingId, recording: Recording, callee: Callee) -> None:
        """Takes a recording that has just answered a call, if its payload is all that it takes."""
        payload = recording.payload
        if not isinstance(payload, bytes) or len(payload) > _LARGEST:
            return
        if self._tools.trust is None and is_value(payload):
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[recording_id.key] = Repeat(recording_id, recording, callee, self._tools)

    def note(self, repeat: Repeat) -> None:
        """Notes that a call was answered."""
        self._given.append(repeat)
        if len(self._given) >= _MANY:
            with self._lock:
                self._sum_up()

    def become_child(self) -> None:
        """Leaves what was given before a fork to the parent."""
        self._lock = threading.RLock()  # another thread of the parent's may have held it
        self._given.clear()
        self._times.clear()

    def tell(self, usage: Usage) -> None:
        """Counts what was given since the last time."""
        with self._lock:
            self._sum_up()
            counted, self._times = self._times, defaultdict(int)
            for repeat, times in counted.items():
                usage.replay(repeat.recording_id, repeat.recording.card.took, times)

    def _sum_up(self) -> None:
        # Other threads go on: what they note from now on is for the next time.
        for _ in range(len(self._given)):
            self._times[self._given.popleft()] += 1
