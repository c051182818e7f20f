"""Measures pytest-mimic beside others, and writes table and plot: ``python -m tests.benchmarks``.

Times are medians of rounds in which the contestants take turns, so that what slows the machine down
slows all of them; the ratios tell more than the times do. What is not installed is left out. A
floor is what is left when everything of ours is taken out, measured in the same run. What was found
is written after each part, so that who interrupts a run keeps it.
"""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.benchmarks import calls, keys, memory, replays, runs, scale, suites
from tests.benchmarks.progress import say
from tests.benchmarks.results import Result, write
from tests.benchmarks.suite import FORMER, install

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]


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


class Run(NamedTuple):
    """What each part is given to measure with.

    Args:
        folder: A folder of its own.
        given: The options of the command line.
        environments: The environments.
    """

    folder: Path
    given: argparse.Namespace
    environments: Environments

    @property
    def starts(self) -> runs.Contestants:
        """The ways to start pytest with and without the plugin."""
        return runs.contestants(self.environments.wheel, self.environments.bare)


def _replays(run: Run) -> list[Result]:
    given = run.given
    sizes = replays.Sizes(given.seconds, given.distinct, given.recorded)
    return replays.race(run.folder, run.environments.former, given.rounds, sizes)


def _runs(run: Run) -> list[Result]:
    return runs.race(run.folder, run.starts, run.environments.former, run.given.rounds)


# In the order in which they are run.
PARTS: dict[str, Callable[[Run], list[Result]]] = {
    "replays": _replays,
    "runs": _runs,
    "instructions": lambda run: runs.count(run.folder, run.starts),
    "memory": lambda run: memory.measure(run.folder, run.given.megabytes, run.given.calls),
    "calls": lambda run: calls.measure(run.given.rounds),
    "keys": lambda run: keys.measure(run.given.seconds),
    "suites": lambda run: suites.measure(run.folder),
    "scale": lambda run: scale.measure(run.folder, run.given.recordings, run.given.rounds),
}


def main(arguments: list[str] | None = None) -> None:
    """Measures what was asked for."""
    given = _parse(arguments)
    given.out.mkdir(parents=True, exist_ok=True)
    environments = _install(given.out) if given.environments else Environments()
    notes = _notes(given.rounds, environments)
    results: list[Result] = []
    with tempfile.TemporaryDirectory() as name:
        for part, measure in PARTS.items():
            if part in given.parts:
                say(f"{part}: begun")
                folder = Path(name, part)
                folder.mkdir()
                results += measure(Run(folder, given, environments))
                write(results, notes, given.out)
    say(f"done: {given.out}")
    sys.stdout.write((given.out / "results.md").read_text("utf-8"))


def _install(out: Path) -> Environments:
    say("environments: installing what is not there yet")
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
    parser.add_argument("parts", nargs="*", default=[*PARTS], help=f"of {', '.join(PARTS)}")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each contestant")
    parser.add_argument("--seconds", type=float, default=0.1, help="that a case is repeated for")
    parser.add_argument("--distinct", type=int, default=3000, help="distinct recordings to replay")
    parser.add_argument("--recorded", type=int, default=500, help="calls to record in each round")
    parser.add_argument("--megabytes", type=int, default=100, help="of the large arrays in memory")
    parser.add_argument("--calls", type=int, default=100_000, help="to see whether memory grows")
    parser.add_argument("--recordings", type=int, default=100_000, help="in a large vault")
    parser.add_argument(
        "--no-environments",
        dest="environments",
        action="store_false",
        help=f"install nothing: {FORMER} is left out, and start-up is that of what is here",
    )
    parser.add_argument("--out", type=Path, default=ROOT / "benchmark-results")
    given = parser.parse_args(arguments)
    if unknown := [part for part in given.parts if part not in PARTS]:
        parser.error(f"no such part: {', '.join(unknown)}")
    return given


if __name__ == "__main__":
    main()
