"""How fast large results come back, side by side with joblib.Memory.

    python tests/benchmarks/payloads.py [rounds]

Runs pytest twice in a folder of its own: the first run records, the second replays each result in
turns with joblib, which has stored the same one. Prints the medians, and how many times ours the
time of joblib is.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from textwrap import dedent

PROJECT = {
    "pytest.ini": """
        [pytest]
        mimic_functions = large:*
    """,
    "large.py": """
        import numpy as np

        def array_of_1_MB():
            return np.arange(125_000, dtype=float)

        def array_of_10_MB():
            return np.arange(1_250_000, dtype=float)

        def array_of_100_MB():
            return np.arange(12_500_000, dtype=float)

        def ten_arrays_of_10_MB():
            return {f"layer {number}": array_of_10_MB() + number for number in range(10)}

        def bytes_of_100_MB():
            return b"x" * 100_000_000
    """,
    "test_large.py": """
        import statistics
        import sys
        import time

        import joblib
        import pytest

        import large

        NAMES = [name for name in vars(large) if "_MB" in name]

        def seconds(call):
            start = time.perf_counter()
            result = call()
            taken = time.perf_counter() - start
            del result
            return taken

        @pytest.mark.parametrize("name", NAMES)
        def test_race(name, capsys):
            ours = getattr(large, name)
            value = ours()

            def stored(name):
                return value

            theirs = joblib.Memory("joblib", verbose=0).cache(stored)
            theirs(name)
            if "--mimic-record" in sys.argv:
                return
            times = {"ours": [], "joblib": []}
            for _ in range(ROUNDS):
                times["ours"].append(seconds(ours))
                times["joblib"].append(seconds(lambda: theirs(name)))
            mine, other = (statistics.median(each) * 1000 for each in times.values())
            with capsys.disabled():
                print(f"\\n{name:20} {mine:8.2f} ms   joblib {other:8.2f} ms", end="")
                print(f"   x{other / mine:.2f}", end="")
    """,
}


def main() -> None:
    """Records, then races."""
    rounds = sys.argv[1] if len(sys.argv) > 1 else "15"
    with tempfile.TemporaryDirectory() as folder:
        for name, text in PROJECT.items():
            filled = dedent(text).replace("ROUNDS", rounds)
            Path(folder, name).write_text(filled, encoding="utf-8")
        run = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider"]
        subprocess.run([*run, "--mimic-record"], cwd=folder, check=True, capture_output=True)
        subprocess.run(run, cwd=folder, check=True)


if __name__ == "__main__":
    main()
