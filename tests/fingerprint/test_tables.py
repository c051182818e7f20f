"""Each row of each table: what is the same, what is different, and that neither ever changes.

``golden.json`` holds the rows of all tables, and the digests of those that depend on nothing but
Python and numpy. Where a digest in it changes, the recordings of users are orphaned: raise
`FORMAT`, then write it anew with ``python tests/fingerprint/golden.py``.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_mimic._fingerprint import FORMAT

GOLDEN = json.loads(Path(__file__).with_name("golden.json").read_text(encoding="utf-8"))
ROWS = [(table, row) for table in GOLDEN["tables"] for row in GOLDEN["tables"][table]]
VERSIONS = ["3.10", "3.11", "3.12", "3.13"]
RowsOf = Callable[..., dict[str, list[str]]]


@pytest.mark.parametrize(("table", "row"), ROWS, ids=[f"{table}-{row}" for table, row in ROWS])
def test_row(table: str, row: str, rows_of: RowsOf) -> None:
    if table != "plain":
        pytest.importorskip(GOLDEN["imports"][table])
    digests = rows_of(table, "1").get(row)
    if digests is None:
        pytest.skip("what is installed here cannot make these values")
    assert len(set(digests)) == (1 if row.startswith("same ") else len(digests))
    assert rows_of(table, "2")[row] == digests
    assert GOLDEN["tables"][table][row] in (None, digests)


def test_golden_format() -> None:
    assert GOLDEN["format"] == FORMAT


def test_golden_holds_all_rows(rows_of: RowsOf) -> None:
    assert rows_of("plain", "1").keys() == GOLDEN["tables"]["plain"].keys()


@pytest.mark.parametrize("version", VERSIONS)
def test_other_python(version: str, rows_of: RowsOf) -> None:
    python = shutil.which(f"python{version}")
    if version == f"{sys.version_info.major}.{sys.version_info.minor}":
        pytest.skip("this very Python")
    if python is None:
        pytest.skip(f"no Python {version} here")
    needed = [python, "-c", "import pytest, xxhash"]
    if subprocess.run(needed, capture_output=True, check=False).returncode:
        pytest.skip(f"the Python {version} here lacks pytest or xxhash")
    assert rows_of("plain", "3", python) == rows_of("plain", "1")
