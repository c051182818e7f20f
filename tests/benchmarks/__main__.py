"""Measures pytest-mimic beside others, and writes table and plot: ``python -m tests.benchmarks``.

Times are medians of rounds in which the contestants take turns, so that what slows the machine down
slows all of them; the ratios tell more than the times do. What is not installed is left out. A
floor is what is left when everything of ours is taken out, measured in the same run.
"""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks import calls, keys, memory, replays, runs, suites
from tests.benchmarks.results import write
from tests.benchmarks.suite import FORMER, install

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("replays", "runs", "instructions", "memory", "calls", "keys", "suites")


class Environments(NamedTuple):
    """The Pythons of environments of their own, as far as they could be made.

    Args:
        former: For which the former pytest-mimic is installed.
        wheel: For which our wheel is.
        bare: For which it is not, but all that it depends on.
    """

    former: str | None = None
    wheel: str | None = None
    bare: str | None = None


def main(arguments: list[str] | None = None) -> None:
    """Measures what was asked for."""
    given = _parse(arguments)
    given.out.mkdir(parents=True, exist_ok=True)
    environments = _install(given.out) if given.environments else Environments()
    starts = runs.contestants(environments.wheel, environments.bare)
    former = environments.former
    results = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if "replays" in given.parts:
            options = [f"--seconds={given.seconds}", f"--distinct={given.distinct}"]
            results += replays.race(folder / "replays", former, given.rounds, options)
        (folder / "runs").mkdir()
        if "runs" in given.parts:
            results += runs.race(folder / "runs", starts, former, given.rounds)
        if "instructions" in given.parts:
            results += runs.count(folder / "runs", starts)
        (folder / "memory").mkdir()
        if "memory" in given.parts:
            results += memory.measure(folder / "memory", given.megabytes, given.calls)
        if "calls" in given.parts:
            results += calls.measure(given.rounds)
        if "keys" in given.parts:
            results += keys.measure(given.seconds)
        (folder / "suites").mkdir()
        if "suites" in given.parts:
            results += suites.measure(folder / "suites")
    write(results, _notes(given.rounds, environments), given.out)
    sys.stdout.write((given.out / "results.md").read_text("utf-8"))


def _install(out: Path) -> Environments:
    return Environments(
        former=install(out / "former", "pytest-mimic==0.2.0", "numpy", "pandas"),
        wheel=install(out / "wheel", str(ROOT)),
        bare=install(out / "bare", "pytest", "dill", "xxhash"),
    )


def _notes(rounds: int, environments: Environments) -> list[str]:
    notes = [f"Python {platform.python_version()} on {platform.platform()}; {rounds} rounds."]
    if environments.former is None:
        notes.append(f"{FORMER} is not among them: it was not asked for, or could not be had.")
    if environments.wheel is None or environments.bare is None:
        notes.append("Start-up is that of what is installed here, which need not be a wheel.")
    return notes


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", default=PARTS, help=f"of {', '.join(PARTS)}")
    parser.add_argument("--rounds", type=int, default=7, help="turns of each contestant")
    parser.add_argument("--seconds", type=float, default=0.2, help="that a case is repeated for")
    parser.add_argument("--distinct", type=int, default=3000, help="distinct recordings")
    parser.add_argument("--megabytes", type=int, default=100, help="of the large arrays in memory")
    parser.add_argument("--calls", type=int, default=100_000, help="to see whether memory grows")
    parser.add_argument(
        "--no-environments",
        dest="environments",
        action="store_false",
        help=f"install nothing: {FORMER} is left out, and start-up is that of what is here",
    )
    parser.add_argument("--out", type=Path, default=ROOT / "benchmark-results")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
