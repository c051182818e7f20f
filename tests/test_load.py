"""The check of large suites and of many processes at once, on a small scale."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.skipif(not hasattr(os, "wait4"), reason="asks the system what each run has used")
def test_nothing_is_lost_and_counts_are_exact(tmp_path: Path) -> None:
    command = [sys.executable, str(Path(__file__).with_name("check_load.py"))]
    # Nobody measures these runs.
    variables = {name: value for name, value in os.environ.items() if "COVERAGE" not in name}
    done = subprocess.run(
        [*command, "--tests", "20", "--seconds", "0", "--processes", "3"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=variables,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    recorded, replayed, crowd = done.stdout.splitlines()
    assert "160 replayed, 40 recorded" in recorded
    assert "200 replayed" in replayed
    assert "3 processes on one vault: 3 runs" in crowd
    assert "120 recordings, 0 damaged or not here, 0 stale" in crowd
