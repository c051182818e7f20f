"""Runs large suites, and many processes at once, and checks that no call is lost or miscounted.

    python tests/check_load.py [--tests COUNT] [--seconds SECONDS] [--processes COUNT]

First so many tests record, two calls of each one's own and each of them five times; then the same
tests replay under ``-n 2``. Then eight processes work on one vault for so many seconds: they
record, rerecord, replay, prune, check and list at once. Prints what that took, and ends with the
first count that is not exact.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from textwrap import dedent
from typing import Any, NamedTuple

FILES = 50
OWN, TIMES = 2, 5  # calls of each test's own, and how often it makes each
PRICES = 100

SUITE = {
    "pytest.ini": """
        [pytest]
        mimic_functions = shop:price
    """,
    "shop.py": """
        import os

        def price(item):
            assert "FORBID_LIVE" not in os.environ
            return {"item": item, "price": [len(str(item))] * 10}
    """,
}
TEST = """
    import pytest, shop

    @pytest.mark.parametrize("number", range({first}, {end}))
    def test_it(number):
        for _ in range({times}):
            for place in range({own}):
                item = number * {own} + place
                assert shop.price(item)["item"] == item
"""
SHARED = {
    "pytest.ini": """
        [pytest]
        mimic_functions =
            shop:price
            shop:note
            shop:passing
    """,
    "shop.py": """
        import os, time

        def price(item):
            return [item, time.time(), "x" * (item * 100)]

        def note(writer, turn, number):
            return [writer, turn, number]

        def passing(writer, turn, number):
            return number
    """,
    "test_price.py": f"""
        import pytest, shop

        @pytest.mark.parametrize("item", range({PRICES}))
        def test_price(item):
            for _ in range(2):
                now = shop.price(item)
                assert (now[0], len(now[2])) == (item, item * 100)
    """,
    "test_note.py": """
        import os, pytest, shop

        @pytest.mark.parametrize("number", range(20))
        def test_note(number):
            writer, turn = os.environ["WRITER"], os.environ["TURN"]
            assert shop.note(writer, turn, number) == [writer, turn, number]
            assert shop.passing(writer, turn, number) == number
    """,
}


class Run(NamedTuple):
    """What one run of pytest did.

    Args:
        total: The sums that its JSON report gives.
        line: Its summary line.
        took: Its seconds.
        memory: The most memory of one of its processes, in bytes.
    """

    total: dict[str, Any]
    line: str
    took: float
    memory: int


def demand(what: str, found: object, expected: object) -> None:
    """Ends the script where a count is not exact."""
    if found != expected:
        sys.exit(f"{what}: {found!r}, and not {expected!r}")


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).write_text(dedent(text), encoding="utf-8")


def start(folder: Path, name: str, arguments: list[str], **variables: str) -> tuple[int, str, Any]:
    """Runs a module of Python in a folder: its exit status, what it printed, what it used."""
    printed = Path(folder, "printed", name)
    printed.parent.mkdir(exist_ok=True)
    # What the plugin of Hypothesis imports takes as long as all the rest of a small run.
    addopts = {"PYTHONPATH": str(folder), "PYTEST_ADDOPTS": "-pno:hypothesispytest"}
    environment = os.environ | addopts | variables
    with printed.open("w+", encoding="utf-8") as file:
        # Not subprocess.run: nothing else tells what memory one child has used.
        child = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=folder,
            env=environment,
            stdout=file,
            stderr=file,
        )
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode, printed.read_text("utf-8"), used


def run(folder: Path, name: str, *arguments: str, **variables: str) -> Run:
    """Runs pytest, which has to pass."""
    report = Path(folder, "printed", f"{name}.json")
    report.unlink(missing_ok=True)
    command = ["pytest", "-q", "-p", "no:cacheprovider", f"--mimic-report-json={report}"]
    begin = time.perf_counter()
    status, said, used = start(folder, name, [*command, *arguments], **variables)
    took = time.perf_counter() - begin
    if status:
        sys.exit(f"{name}: exit status {status}\n{said[-3000:]}")
    told = json.loads(report.read_text("utf-8"))
    for count in ("calls", "replayed", "recorded", "missed", "live"):
        by_target = sum(row[count] for row in told["targets"])
        demand(f"{name}: {count} of all targets", by_target, told["total"][count])
    line = next((line for line in said.splitlines() if re.match(r"mimic: \d", line)), "")
    scale = 1 if sys.platform == "darwin" else 1024
    return Run(told["total"], line, took, used.ru_maxrss * scale)


def say(what: str, done: Run) -> None:
    sys.stdout.write(f"{what:64}{done.took:8.1f} s{done.memory / 1e6:8.0f} MB   {done.line}\n")
    sys.stdout.flush()


def counts(done: Run) -> dict[str, int]:
    """The counts of a summary line."""
    told = re.findall(r"(\d+) ([a-z ]+?)(?=[,;]|$)", done.line)
    return {what: int(count) for count, what in told}


def cards(folder: Path, target: str = "*") -> int:
    return len(list(folder.glob(f".mimic_vault/shop/{target}/*.json")))


def check_suite(folder: Path, tests: int) -> None:
    """Records a large suite, and replays it."""
    write(folder, SUITE)
    files = min(FILES, tests)
    bounds = [tests * place // files for place in range(files + 1)]
    for place, (first, end) in enumerate(itertools.pairwise(bounds)):
        text = TEST.format(first=first, end=end, times=TIMES, own=OWN)
        write(folder, {f"test_{place}.py": text})
    recordings, calls = tests * OWN, tests * OWN * TIMES
    done = run(folder, "record", "--mimic-record")
    say(f"{tests:,} tests record {recordings:,} calls of {calls:,}", done)
    expected = {"recorded": recordings, "replayed": calls - recordings}
    demand("recording", counts(done), expected)
    demand("calls recording", done.total["calls"], calls)
    demand("recordings", cards(folder), recordings)
    flags = ["-n2", "--mimic-fail-on-unused"]
    done = run(folder, "replay", *flags, FORBID_LIVE="1", PYTHONHASHSEED="5")
    say(f"{tests:,} tests replay {calls:,} calls, {' '.join(flags)}", done)
    demand("replaying", counts(done), {"replayed": calls})
    demand("calls replaying", done.total["calls"], calls)
    demand("recordings in the end", cards(folder), recordings)


class Crowd:
    """Several processes on one vault.

    Args:
        folder: The project.
        seconds: How long they go on.
        processes: How many there are.
    """

    def __init__(self, folder: Path, seconds: float, processes: int) -> None:
        self.folder = folder
        self.noted = 0
        self.deleted = 0
        self.runs = 0
        self._processes = processes
        self._end = time.monotonic() + seconds

    def go(self) -> None:
        kinds = [self._record, self._rerecord, self._replay, self._prune]
        roles = [*kinds, *kinds[:3], self._check][: self._processes]
        with ThreadPoolExecutor(len(roles)) as pool:
            places = enumerate(roles)
            for found in [pool.submit(self._repeat, role, str(place)) for place, role in places]:
                found.result()
        self._prune("the last", 0)

    def _repeat(self, role: Any, writer: str) -> None:
        turn = 0
        while not turn or time.monotonic() < self._end:
            role(writer, turn)
            self.runs += 1
            turn += 1

    def _record(self, writer: str, turn: int) -> None:
        done = run(
            self.folder, writer, "--mimic-record", "test_note.py", WRITER=writer, TURN=str(turn)
        )
        demand("recorded beside others", counts(done), {"recorded": 40})
        self.noted += 20

    def _rerecord(self, writer: str, turn: int) -> None:
        done = run(self.folder, writer, "--mimic-rerecord", "test_price.py")
        told = counts(done)
        # Of two that record one call anew at once, both are right.
        demand("rerecorded beside others", told, {"recorded": PRICES, "replayed": PRICES})

    def _replay(self, writer: str, turn: int) -> None:
        done = run(self.folder, writer, "test_price.py")
        demand("replayed beside others", counts(done), {"replayed": 2 * PRICES})

    def _prune(self, writer: str, turn: int) -> None:
        command = ["pytest_mimic", "prune", "--target", "shop:passing", "--delete"]
        status, said, _ = start(self.folder, writer, command)
        demand(f"prune beside others\n{said}", status, 0)
        deleted = re.search(r"deleted (\d+) recording", said)
        self.deleted += int(deleted[1]) if deleted else 0

    def _check(self, writer: str, turn: int) -> None:
        for command in ("check", "list"):
            status, said, _ = start(self.folder, writer, ["pytest_mimic", command])
            demand(f"{command} beside others\n{said}", status, 0)


def check_crowd(folder: Path, seconds: float, processes: int) -> None:
    """Has several processes work on one vault, and counts what is there in the end."""
    write(folder, SHARED)
    run(folder, "record", "--mimic-record", "test_price.py")
    begin = time.perf_counter()
    crowd = Crowd(folder, seconds, processes)
    crowd.go()
    took = time.perf_counter() - begin
    demand("prices", cards(folder, "price"), PRICES)
    demand("notes", cards(folder, "note"), crowd.noted)
    demand("passing ones deleted", crowd.deleted, crowd.noted)
    demand("passing ones left", cards(folder, "passing"), 0)
    left = [path for path in (folder / ".mimic_vault").rglob("*") if path.suffix == ".part"]
    demand("left unfinished", left, [])
    status, said, _ = start(folder, "check", ["pytest_mimic", "check"])
    demand(f"check in the end\n{said}", status, 0)
    sys.stdout.write(
        f"{processes} processes on one vault: {crowd.runs} runs in {took:.1f} s, "
        f"{crowd.noted * 2} recorded, {crowd.deleted} pruned; {said.splitlines()[-1]}\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tests", type=int, default=5000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--processes", type=int, default=8)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for name in ("suite", "crowd"):
            Path(folder, name).mkdir()
        check_suite(Path(folder, "suite"), given.tests)
        check_crowd(Path(folder, "crowd"), given.seconds, given.processes)


if __name__ == "__main__":
    main()
