"""Replays at the user's level: the same suite through pytest, contestants taking turns."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from tests.benchmarks import floors
from tests.benchmarks.progress import say
from tests.benchmarks.results import OURS, Result, medians
from tests.benchmarks.suite import FORMER, contestants, local_server

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.benchmarks.suite import Contestant

    Measured = defaultdict[tuple[str, str], list[float]]

PART = "Replays, a call"
RECORDING = "Recording, a call"
FIRST = "distinct recordings, first replay"
LARGE = "result: array of 100 MB"
# Seconds.
GOALS = {
    "f(1, 'abc', k=2.5)": 5e-6,
    "a small call": 300e-6,
    FIRST: 40e-6,
    "distinct recordings, later replay": 5e-6,
    "argument: dict of 50": 15e-6,
    "argument: 100k ints": 3e-3,
    "argument: tree of 9k nodes": 1.8e-3,
    "argument: array of 100 MB": 8e-3,
    "argument: frame 100k x 10": 8e-3,
    "result: 20k records": 19e-3,
    LARGE: 15e-3,
}


class Sizes(NamedTuple):
    """How much is measured in each turn.

    Args:
        seconds: How long each case is repeated.
        distinct: How many distinct recordings are replayed.
        recorded: How many are recorded: to record takes longer, and each turn begins anew.
    """

    seconds: float
    distinct: int
    recorded: int


def race(folder: Path, former: str | None, rounds: int, sizes: Sizes) -> list[Result]:
    """Records with each contestant, then has them replay, in turns.

    Args:
        folder: Where the suites are set up.
        former: The Python for which the former pytest-mimic is installed, if one is.
        rounds: How often each has its turn.
        sizes: How much is measured in a turn.
    """
    runners = list(contestants(folder, former))
    with local_server() as url:
        turn = _Turn(folder / "times", url, sizes.seconds)
        recorded: Measured = defaultdict(list)
        for number in range(rounds):
            for runner in runners:
                say(f"replays: recording, round {number + 1} of {rounds}, {runner.name}")
                runner.forget()
                # Whoever has no recording makes one in the first turn.
                found = turn.take(runner, sizes.recorded, *_recording(runner), "-k", "distinct")
                if FIRST in found:
                    recorded["a small call", runner.name].append(found[FIRST])
        for runner in runners:
            say(f"replays: recording what is replayed, {runner.name}")
            turn.take(runner, sizes.distinct, *_recording(runner))
        measured: Measured = defaultdict(list)
        for number in range(rounds):
            for runner in runners:
                say(f"replays: replaying, round {number + 1} of {rounds}, {runner.name}")
                for case, seconds in turn.take(runner, sizes.distinct).items():
                    measured[case, runner.name].append(seconds)
    vault = folder / OURS / ".mimic_vault"
    lowest = {
        FIRST: floors.reading(vault / "work" / "small"),
        LARGE: floors.reading_large(vault / "work" / "array"),
    }
    return [
        *_bounded(RECORDING, recorded, {"a small call": floors.writing(vault, folder / "floor")}),
        *_bounded(PART, measured, lowest),
    ]


class _Turn(NamedTuple):
    times: Path
    url: str
    seconds: float

    def take(self, runner: Contestant, distinct: int, *options: str) -> dict[str, float]:
        """Runs the suite, and gives the seconds that each case took."""
        self.times.unlink(missing_ok=True)
        runner.run(
            self.times,
            f"--url={self.url}",
            f"--seconds={self.seconds}",
            f"--distinct={distinct}",
            *options,
        )
        lines = self.times.read_text("utf-8").splitlines() if self.times.exists() else []
        return dict(map(json.loads, lines))


def _recording(runner: Contestant) -> list[str]:
    return ["--mimic-record"] if runner.name in {OURS, FORMER} else []


def _bounded(part: str, measured: Measured, lowest: Mapping[str, float | None]) -> list[Result]:
    return [
        result._replace(goal=GOALS.get(result.work), floor=lowest.get(result.work))
        for result in medians(part, measured)
    ]
