"""The tables of values, each computed once by fresh processes with hash seeds of their own."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import pytest_mimic
from pytest_mimic._fingerprint import Fingerprinter

HERE = Path(__file__).parent
Rows = dict[str, list[str]]


def run_table(table: str, seed: str, python: str = sys.executable) -> Rows:
    """The digests of all rows of a table, as a fresh process makes them."""
    source = Path(pytest_mimic.__file__).parents[1]
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(source)}
    command = [python, "-W", "ignore", str(HERE / f"table_{table}.py")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    rows: Rows = json.loads(done.stdout)
    return rows


@pytest.fixture(scope="session")
def rows_of() -> Callable[[str, str], Rows]:
    """Runs a table with a hash seed, once in a session."""
    return functools.cache(run_table)


@pytest.fixture
def digest() -> Callable[..., str]:
    """A digest by a fingerprinter of its own."""
    return Fingerprinter().digest
