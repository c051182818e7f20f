"""The benchmarks run: what they measure is for people to judge."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_one_command_measures_and_writes(tmp_path: Path) -> None:
    tiny = ["runs", "calls", "--rounds", "0", "--no-environments", "--out", str(tmp_path / "out")]
    command = [sys.executable, "-m", "tests.benchmarks", *tiny]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    table = (tmp_path / "out" / "results.md").read_text("utf-8")
    assert table == done.stdout
    for line in (
        "| ten targets configured, none called |",
        "| f(x) |",
        "| work | mimic |",
        "| floor | goal |",
    ):
        assert line in table
    figures = json.loads((tmp_path / "out" / "results.json").read_text("utf-8"))
    assert {figure["unit"] for figure in figures} == {"s"}
    assert all(figure["value"] > 0 for figure in figures if "added" not in figure["contestant"])
