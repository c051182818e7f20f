"""The recordings a run used last, kept in memory so that an equal call need not read them again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_mimic._usage import RecordingId
    from pytest_mimic._vault import Recording

_MOST_BYTES = 32 << 20
_LARGEST = _MOST_BYTES // 4
# What a recording takes beside its payload, roughly.
_OVERHEAD = 4096


class RecentRecordings:
    """A bounded store: what was not used for longest goes first.

    What was read into a buffer of its own is not kept, for decoding it may give that very buffer
    away, and reading it again costs little beside that.
    """

    def __init__(self) -> None:
        self._recordings: OrderedDict[RecordingId, Recording] = OrderedDict()
        self._bytes = 0
        self._lock = threading.RLock()

    def get(self, recording_id: RecordingId) -> Recording | None:
        """Gives a recording if it is kept."""
        recording = self._recordings.get(recording_id)
        if recording is not None:
            with self._lock:
                if recording_id in self._recordings:
                    self._recordings.move_to_end(recording_id)
        return recording

    def forget(self, recording_id: RecordingId) -> None:
        """Leaves out a recording that has been replaced."""
        with self._lock:
            replaced = self._recordings.pop(recording_id, None)
            if replaced is not None:
                self._bytes -= _size(replaced)

    def keep(self, recording_id: RecordingId, recording: Recording) -> None:
        """Keeps a recording, if it is small."""
        if not isinstance(recording.payload, bytes) or len(recording.payload) > _LARGEST:
            return
        with self._lock:
            if recording_id in self._recordings:
                return
            self._recordings[recording_id] = recording
            self._bytes += _size(recording)
            while self._bytes > _MOST_BYTES:
                _, oldest = self._recordings.popitem(last=False)
                self._bytes -= _size(oldest)


def _size(recording: Recording) -> int:
    return len(recording.payload) + _OVERHEAD  # type: ignore[arg-type]  # bytes
