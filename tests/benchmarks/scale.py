"""What a vault of 100,000 recordings costs, beside one of ten.

    python tests/benchmarks/scale.py [recordings]

Makes both vaults in memory where that can be, and runs pytest over them in turns. Prints the median
seconds of each kind of run: what starting and replaying cost must not depend on the vault.
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

ROUNDS = 5
CALLS = 10
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
# A miss fails its run, and so do unused recordings, which only the large vault has.
STATUSES = (0, 1)


def make(folder: Path, count: int) -> None:
    """Make a project with so many recordings."""
    for name, text in PROJECT.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text), encoding="utf-8")
    run(folder, ["replay", "--mimic-record"])
    card = next(folder.rglob("*.json"))
    text, payload = card.read_text("utf-8"), card.with_suffix(".pkl").read_bytes()
    for number in range(count - CALLS):
        key = f"{number:032x}"
        card.with_name(f"{key}.json").write_text(text.replace(card.stem, key), encoding="utf-8")
        card.with_name(f"{key}.pkl").write_bytes(payload)


def run(folder: Path, arguments: list[str]) -> float:
    """Run pytest, and give the seconds that it took."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    environment = os.environ | {"PYTHONPATH": str(folder)}
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, env=environment)
    taken = time.perf_counter() - start
    if done.returncode not in STATUSES:
        raise SystemExit(done.stdout.decode() + done.stderr.decode())
    return taken


def main() -> None:
    """Prints the table."""
    counts = [CALLS, int(sys.argv[1]) if len(sys.argv) > 1 else 100_000]
    memory = MEMORY if os.access(MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        projects = {count: Path(folder, str(count)) for count in counts}
        for count, project in projects.items():
            make(project, count)
        sys.stdout.write(f"{'recordings':24}" + "".join(f"{count:>12,}" for count in counts) + "\n")
        for label, arguments in RUNS.items():
            times = [
                [run(project, arguments) for project in projects.values()] for _ in range(ROUNDS)
            ]
            medians = [statistics.median(each) for each in zip(*times, strict=True)]
            sys.stdout.write(f"{label:24}" + "".join(f"{each:10.2f} s" for each in medians) + "\n")


if __name__ == "__main__":
    main()
