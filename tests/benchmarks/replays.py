"""Replays at the user's level: the same suite through pytest, contestants taking turns."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING

from tests.benchmarks.results import Result, medians
from tests.benchmarks.suite import FORMER, contestants, local_server

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PART = "Replays, a call"
# Seconds.
GOALS = {
    "f(1, 'abc', k=2.5)": 5e-6,
    "distinct recordings, first replay": 40e-6,
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
    measured: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    with local_server() as url:
        runners = list(contestants(folder, former))
        given = [f"--url={url}", *options]
        for runner in runners:
            record = ["--mimic-record"] if runner.name in ("mimic", FORMER) else []
            runner.run(folder / "recording", *given, *record)
        for _ in range(rounds):
            for runner in runners:
                times = folder / "times"
                times.unlink(missing_ok=True)
                runner.run(times, *given)
                for line in times.read_text("utf-8").splitlines():
                    case, seconds = json.loads(line)
                    measured[case, runner.name].append(seconds)
    return [result._replace(goal=GOALS.get(result.work)) for result in medians(PART, measured)]
