"""What a run prints, as text made from what it did."""

from __future__ import annotations

import json

import pytest

from pytest_mimic._quantities import duration
from pytest_mimic._report import _summary
from pytest_mimic._usage import RecordingId, Tally, Usage


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0ms"),
        (0.0004, "0.4ms"),
        (0.25, "0.2s"),
        (59.94, "59.9s"),
        (59.99, "1m 0s"),
        (872, "14m 32s"),
        (3599.9, "1h 0m"),
        (7500, "2h 5m"),
    ],
)
def test_durations_read_as_people_say_them(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_the_summary_leaves_zero_counts_out() -> None:
    usage = Usage()
    usage.imported = {"m:f"}
    usage.tallies["m:f"].add(Tally(replayed=120, missed=1, saved=872))
    usage.tallies["m:g"].add(Tally(recorded=3, live=2))
    assert list(_summary.summary(usage, ["m:f"])) == [
        "mimic: 120 replayed, 3 recorded, 1 missed, 2 run live; 14m 32s saved"
    ]


def test_nothing_happened_and_nothing_is_said() -> None:
    assert not list(_summary.summary(Usage(), []))


def test_stale_recordings_are_named_by_target() -> None:
    usage = Usage()
    usage.stale = {RecordingId("m:f", "1"), RecordingId("m:f", "2")}
    (line,) = _summary.summary(usage, [])
    assert line == (
        "mimic: 2 recordings stale: the source of m:f changed since; "
        "replace them with 'pytest --mimic-rerecord'"
    )
    brief = list(_summary.summary(usage, [], advise=False))
    assert brief == ["mimic: 2 recordings stale: the source of m:f changed since"]


def test_calls_that_are_never_recorded_are_named_by_what_ended_them() -> None:
    usage = Usage()
    usage.unkept = {("m:main", "SystemExit"), ("m:fetch", "CancelledError")}
    ended = "m:fetch ended by CancelledError, m:main ended by SystemExit"
    assert list(_summary.summary(usage, [])) == [
        f"mimic: never recorded, so missed in replay: {ended}"
    ]
    assert list(_summary.summary(usage, [], advise=False)) == [f"mimic: never recorded: {ended}"]


def test_usage_travels_as_json() -> None:
    usage = Usage()
    usage.used = {RecordingId("m:f", "1")}
    usage.imported = {"m:f"}
    usage.tallies["m:f"].add(Tally(replayed=2, saved=0.5))
    usage.stale = {RecordingId("m:f", "2")}
    usage.unkept = {("m:main", "SystemExit")}
    arrived = Usage.from_json(json.loads(json.dumps(usage.to_json())))
    assert arrived.unkept == usage.unkept
    assert arrived.to_json() == usage.to_json()
    assert (arrived.used, arrived.stale) == (usage.used, usage.stale)
    assert arrived.total().saved == pytest.approx(0.5)
