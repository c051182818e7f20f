"""Replays at the user's level: the same suite through pytest, contestants taking turns."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING

from tests.benchmarks import floors
from tests.benchmarks.results import OURS, Result, medians
from tests.benchmarks.suite import FORMER, contestants, local_server

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.benchmarks.suite import Contestant

    Measured = defaultdict[tuple[str, str], list[float]]

PART = "Replays, a call"
RECORDING = "Recording, a call"
FIRST = "distinct recordings, first replay"
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
    "result: array of 100 MB": 15e-3,
}


def race(folder: Path, former: str | None, rounds: int, options: Sequence[str]) -> list[Result]:
    """Records with each contestant, then has them replay in turns.

    Args:
        folder: Where the suites are set up.
        former: The Python for which the former pytest-mimic is installed, if one is.
        rounds: How often each has its turn.
        options: How long each case is repeated, and how many distinct calls there are.
    """
    with local_server() as url:
        runners = {
            runner: ["--mimic-record"] if runner.name in {OURS, FORMER} else []
            for runner in contestants(folder, former)
        }
        given = [f"--url={url}", *options]
        recorded: Measured = defaultdict(list)
        for _ in range(rounds):
            for runner, record in runners.items():
                runner.forget()
                # Whoever has no recording makes one in the first turn.
                found = _figures(runner, folder / "times", *given, *record, "-k", "distinct")
                if FIRST in found:
                    recorded["a small call", runner.name].append(found[FIRST])
        measured: Measured = defaultdict(list)
        for runner, record in runners.items():
            runner.run(folder / "recording", *given, *record)
        for _ in range(rounds):
            for runner in runners:
                for case, seconds in _figures(runner, folder / "times", *given).items():
                    measured[case, runner.name].append(seconds)
    vault = folder / OURS / ".mimic_vault"
    return [
        *_bounded(RECORDING, recorded, {"a small call": floors.writing(vault, folder / "floor")}),
        *_bounded(PART, measured, {FIRST: floors.reading(vault / "work" / "small")}),
    ]


def _figures(runner: Contestant, times: Path, *options: str) -> dict[str, float]:
    times.unlink(missing_ok=True)
    runner.run(times, *options)
    lines = times.read_text("utf-8").splitlines() if times.exists() else []
    return dict(map(json.loads, lines))


def _bounded(part: str, measured: Measured, lowest: dict[str, float | None]) -> list[Result]:
    return [
        result._replace(goal=GOALS.get(result.work), floor=lowest.get(result.work))
        for result in medians(part, measured)
    ]
