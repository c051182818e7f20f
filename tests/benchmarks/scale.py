"""What a vault of 100,000 recordings costs, beside one of ten.

What starting and replaying cost must not depend on the vault; finding what is unused must.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from textwrap import dedent

from tests.benchmarks.progress import say
from tests.benchmarks.results import OURS, Result
from tests.benchmarks.suite import environment

PART = "A large vault, a whole run"
CALLS = 10
SMALL = f"{OURS}, {CALLS} recordings"
MEMORY = Path("/dev/shm")  # noqa: S108 - a folder with a name of its own is made there

PROJECT = {
    "pytest.ini": """
        [pytest]
        testpaths = replay
        mimic_functions = shop:*
    """,
    "shop.py": """
        def price(item, amount=1):
            return item
    """,
    "start/test_nothing.py": """
        import shop

        def test_nothing():
            pass
    """,
    "replay/test_calls.py": f"""
        import pytest, shop

        @pytest.mark.parametrize("item", range({CALLS}))
        def test_call(item):
            assert shop.price(item) == item
    """,
    "miss/test_miss.py": """
        import pytest, shop

        def test_miss():
            with pytest.raises(RuntimeError):
                shop.price(-1)
    """,
}
RUNS = {
    "start-up": ["start"],
    f"{CALLS} replays": ["replay"],
    "a miss": ["miss"],
    "finding unused ones": ["--mimic-fail-on-unused"],
}
# Whose costs must not depend on the size of the vault.
EVEN = ("start-up", f"{CALLS} replays")
# A miss fails its run, and so do unused recordings, which only the large vault has.
STATUSES = (0, 1)


def measure(folder: Path, recordings: int, rounds: int) -> list[Result]:
    """Runs pytest over a large and a small vault, in turns.

    Args:
        folder: Where to make them if that cannot be in memory.
        recordings: How many the large one has.
        rounds: How often each has its turn.
    """
    parent = MEMORY if os.access(MEMORY, os.W_OK) else folder
    with tempfile.TemporaryDirectory(dir=parent) as name:
        projects = {count: Path(name, str(count)) for count in (recordings, CALLS)}
        for count, project in projects.items():
            say(f"scale: making {count:,} recordings")
            _make(project, count)
        results = []
        for label, arguments in RUNS.items():
            say(f"scale: {label}")
            turns = [[_run(each, arguments) for each in projects.values()] for _ in range(rounds)]
            large, small = map(statistics.median, zip(*turns, strict=True))
            goal = small if label in EVEN else None
            results += [
                Result(PART, f"{label}, {recordings:,} recordings", OURS, large, goal=goal),
                Result(PART, f"{label}, {recordings:,} recordings", SMALL, small),
            ]
    return results


def _make(folder: Path, count: int) -> None:
    for name, text in PROJECT.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text), encoding="utf-8")
    _run(folder, ["replay", "--mimic-record"])
    card = next(folder.rglob("*.json"))
    text, payload = card.read_text("utf-8"), card.with_suffix(".pkl").read_bytes()
    for number in range(count - CALLS):
        key = f"{number:032x}"
        card.with_name(f"{key}.json").write_text(text.replace(card.stem, key), encoding="utf-8")
        card.with_name(f"{key}.pkl").write_bytes(payload)


def _run(folder: Path, arguments: list[str]) -> float:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    variables = environment() | {"PYTHONPATH": str(folder)}
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, env=variables)
    taken = time.perf_counter() - start
    if done.returncode not in STATUSES:
        raise RuntimeError(done.stdout.decode() + done.stderr.decode())
    return taken
