"""Runs a suite that ships in a wheel live, recording and replaying, and compares every outcome.

    python tests/suites/run.py \\
        --target networkx.algorithms.centrality.betweenness:betweenness_centrality \\
        --pyargs networkx.algorithms.centrality.tests

The suite runs four times: without pytest-mimic, with ``--mimic-live``, with ``--mimic-record``
into an empty vault, and in replay under another hash seed. The exit status is 0 if every test
ended the same way in all of them, calls were replayed, none was missed, and no code of a target
ran in replay. What follows ``--`` goes to pytest.
"""

from __future__ import annotations

import argparse
import ast
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HERE = Path(__file__).resolve().parent
OFF, LIVE, RECORD, REPLAY = "off", "live", "record", "replay"
FLAGS = {
    OFF: ["-p", "no:mimic", "-W", "ignore::pytest.PytestConfigWarning"],
    LIVE: ["--mimic-live"],
    RECORD: ["--mimic-record"],
    REPLAY: [],
}
HASH_SEEDS = {OFF: "1", LIVE: "1", RECORD: "1", REPLAY: "2"}
MOST_DIFFERENCES = 20


@dataclass
class Observed:
    """What one of the four runs did.

    Args:
        mode: Which of them.
        outcomes: How each test ended, phase by phase.
        executions: How often each target's own code ran.
        unobservable: The targets of which nobody can tell, for they have no Python source.
        calls: What pytest-mimic says it did: replayed, recorded, missed.
        seconds: How long the run took.
        output: What pytest printed.
    """

    mode: str
    outcomes: dict[str, list[str]]
    executions: Counter[str]
    unobservable: list[str]
    calls: dict[str, int]
    seconds: float
    output: str

    def tests(self) -> Counter[str]:
        """The tests counted by the outcome that says most."""
        return Counter(_worst(phases) for phases in self.outcomes.values())


@dataclass
class Verdict:
    """What the four runs together show.

    Args:
        runs: The runs.
        complaints: What is not as it should be, one a line.
    """

    runs: list[Observed]
    complaints: list[str] = field(default_factory=list)


def _worst(phases: list[str]) -> str:
    outcomes = [phase.split(" ", 1)[1] for phase in phases]
    notable = [outcome for outcome in outcomes if outcome != "passed"]
    return notable[0] if notable else "passed"


def run_suite(targets: Sequence[str], suites: Sequence[str], rest: Sequence[str]) -> Verdict:
    """Runs the suites four times and compares.

    Args:
        targets: Target lines of pytest-mimic.
        suites: Importable names of packages or modules of tests.
        rest: Further arguments of pytest.
    """
    with tempfile.TemporaryDirectory(prefix="suites-") as folder:
        root = Path(folder)
        lines = "".join(f"    {target}\n" for target in targets)
        (root / "pytest.ini").write_text(f"[pytest]\nmimic_functions =\n{lines}", encoding="utf-8")
        runs = [_run(mode, root, targets, suites, rest) for mode in FLAGS]
    verdict = Verdict(runs)
    verdict.complaints += _complaints({run.mode: run for run in runs})
    return verdict


def _run(
    mode: str, root: Path, targets: Sequence[str], suites: Sequence[str], rest: Sequence[str]
) -> Observed:
    notes = root / f"notes-{mode}"
    notes.mkdir()
    environment = {
        **{name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"},
        "OBSERVED": "\n".join(target.split()[0] for target in targets),
        "OBSERVATIONS": str(notes),
        "PYTHONHASHSEED": HASH_SEEDS[mode],
        "PYTHONPATH": os.pathsep.join([str(HERE), *filter(None, [os.environ.get("PYTHONPATH")])]),
    }
    command = [sys.executable, "-m", "pytest", "-p", "observer", "-p", "no:cacheprovider"]
    command += [*FLAGS[mode], "-c", "pytest.ini", "--rootdir", str(root), "--tb=short", "-q"]
    # A path of tmp_path may be an argument of a target: it is to be the same in all runs.
    command += ["--basetemp", str(root / "temporary")]
    start = time.perf_counter()
    done = subprocess.run(
        [*command, *rest, "--pyargs", *suites],
        cwd=root,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - start
    noted = [ast.literal_eval(file.read_text("utf-8")) for file in notes.iterdir()]
    return Observed(
        mode=mode,
        outcomes={node: phases for note in noted for node, phases in note["outcomes"].items()},
        executions=sum((Counter(note["executions"]) for note in noted), Counter()),
        unobservable=sorted({target for note in noted for target in note["unobservable"]}),
        calls=_calls(done.stdout),
        seconds=seconds,
        output=done.stdout,
    )


def _calls(output: str) -> dict[str, int]:
    counts = re.findall(r"^mimic: (\d.*)$", output, re.MULTILINE)
    found = re.findall(r"(\d+) (replayed|recorded|missed)", counts[0]) if counts else []
    return {what: int(count) for count, what in found}


def _complaints(runs: dict[str, Observed]) -> Iterator[str]:
    off, record, replay = runs[OFF], runs[RECORD], runs[REPLAY]
    if not off.outcomes:
        yield f"no test was found:\n{off.output}"
    for run in runs.values():
        yield from _differences(off, run)
    if not record.calls.get("recorded"):
        yield "nothing was recorded: does the suite call the targets?"
    if not replay.calls.get("replayed"):
        yield "nothing was replayed"
    # A call that raised in a test which fails live as well has no recording, and needs none.
    fails = off.tests().keys() & {"failed", "skipped (xfail)"}
    if replay.calls.get("missed") and not fails:
        yield f"{replay.calls['missed']} calls were missed in replay"
    for target, count in replay.executions.items():
        yield f"{target} ran {count} times in replay"


def _differences(off: Observed, run: Observed) -> Iterator[str]:
    nodes = [
        node
        for node in sorted(off.outcomes.keys() | run.outcomes.keys())
        if off.outcomes.get(node) != run.outcomes.get(node)
    ]
    for node in nodes[:MOST_DIFFERENCES]:
        was, now = off.outcomes.get(node, ["not run"]), run.outcomes.get(node, ["not run"])
        yield f"{node}: {', '.join(was)} without the plugin, {', '.join(now)} with {run.mode}"
    if len(nodes) > MOST_DIFFERENCES:
        yield f"and {len(nodes) - MOST_DIFFERENCES} more tests differ with {run.mode}"


def table(verdict: Verdict) -> str:
    """The runs as a table, one a line."""
    kinds = sorted({kind for run in verdict.runs for kind in run.tests()})
    header = ["run", *kinds, "target code ran", "replayed", "recorded", "missed", "seconds"]
    rows = [
        [
            run.mode,
            *(str(run.tests()[kind]) for kind in kinds),
            str(run.executions.total()),
            *(str(run.calls.get(what, 0)) for what in ("replayed", "recorded", "missed")),
            f"{run.seconds:.1f}",
        ]
        for run in verdict.runs
    ]
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    lines = [
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])])
        for row in [header, *rows]
    ]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs what the command line names, prints the table, and gives the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    rest = given[given.index("--") + 1 :] if "--" in given else []
    parser = argparse.ArgumentParser(
        description="Run a suite that ships in a wheel live, recording and replaying, and compare.",
        epilog="What follows -- goes to pytest.",
    )
    parser.add_argument(
        "--target",
        action="append",
        required=True,
        help="a target as in mimic_functions, its options included; may be given several times",
    )
    parser.add_argument("--pyargs", nargs="+", required=True, help="packages or modules of tests")
    parser.add_argument("--output", action="store_true", help="show what pytest printed, each run")
    options = parser.parse_args(given[: len(given) - len(rest) - ("--" in given)])

    verdict = run_suite(options.target, options.pyargs, rest)
    if options.output:
        for run in verdict.runs:
            print(f"--- {run.mode}\n{run.output}")
    print(f"{' '.join(options.pyargs)} with {', '.join(options.target)}")
    print(table(verdict))
    for target in verdict.runs[0].unobservable:
        print(f"{target} has no Python source, so whether it ran is not observed")
    for complaint in verdict.complaints:
        print(f"DIFFERENCE {complaint}")
    return 1 if verdict.complaints else 0


if __name__ == "__main__":
    sys.exit(main())
