"""What is kept in memory of the recordings that a run uses: little, and the latest."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_mimic._session import _recent
from pytest_mimic._session._recent import RecentRecordings
from pytest_mimic._usage import RecordingId
from pytest_mimic._vault import Recording


def recording(size: int) -> Recording:
    card: Any = None
    return Recording(card, bytes(size))


def identity(number: int) -> RecordingId:
    return RecordingId("m:f", f"{number:032x}")


def test_what_was_not_used_for_longest_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_recent, "_MOST_BYTES", 3 * (100 + 4096))
    recent = RecentRecordings()
    kept = [recording(100) for _ in range(4)]
    for number in range(3):
        recent.keep(identity(number), kept[number])
    assert recent.get(identity(0)) is kept[0]
    recent.keep(identity(3), kept[3])
    assert recent.get(identity(1)) is None
    assert [recent.get(identity(number)) for number in (0, 2, 3)] == [kept[0], kept[2], kept[3]]


def test_large_payloads_are_read_again() -> None:
    recent = RecentRecordings()
    recent.keep(identity(1), recording(_recent._LARGEST + 1))
    assert recent.get(identity(1)) is None


def test_the_first_of_equals_stays() -> None:
    recent = RecentRecordings()
    first = recording(1)
    recent.keep(identity(1), first)
    recent.keep(identity(1), recording(1))
    assert recent.get(identity(1)) is first


def test_one_that_another_thread_drops_meanwhile() -> None:
    recent = RecentRecordings()
    kept = recording(1)
    recent.keep(identity(1), kept)

    class Late:
        """A lock that another thread held, and dropped the recording in the meantime."""

        def __enter__(self) -> None:
            recent._recordings.clear()

        def __exit__(self, *_: object) -> None:
            pass

    late: Any = Late()
    recent._lock = late
    assert recent.get(identity(1)) is kept
    assert recent.get(identity(1)) is None
