"""What one process recorded, another replays, with another hash seed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

RECORDING = """
import pathlib, sys
sys.path[:0] = [sys.argv[1]]
import conftest, shop

def live(basket, table, tokens, callback, names):
    basket.items.append(table["inner"])
    basket.error = shop.PriceError(3, currency="EUR")
    table["inner"].append({"x", "y", "z"})
    token = next(one for one in tokens if one.name == "b")
    token.name = "c"
    names.update({"d", "e"})
    callback(7)
    return [basket, token, table["inner"], frozenset("abc"), lambda: 5, shop.MISSING]
"""
CALL = """
def make():
    seen = []
    tokens = {shop.Token("a"), shop.Token("b")}
    return [shop.Basket([1]), {"inner": [], "other": 2}, tokens, seen.append, {"a", "b", "c"}]
"""
RECORD = """
_, payload = conftest.record(live, make())
pathlib.Path("payload").write_bytes(bytes(payload))
"""
REPLAY = """
import pathlib, sys
sys.path[:0] = [sys.argv[1]]
import conftest, shop
from pytest_mimic._fingerprint import Fingerprinter
"""
CHECK = """
arguments = make()
basket, table, tokens, callback, names = arguments
inner = table["inner"]
result = conftest.replay(pathlib.Path("payload").read_bytes(), arguments)
assert result[0] is basket and basket.items[1] is inner is result[2], result
assert basket.error.currency == "EUR"
assert inner == [{"x", "y", "z"}]
assert result[1] in tokens and {one.name for one in tokens} == {"a", "c"}
assert callback.__self__ == [7]
assert names == {"a", "b", "c", "d", "e"}
assert result[3] == frozenset("abc") and result[4]() == 5 and result[5] is shop.MISSING
"""


@pytest.mark.parametrize("seeds", [("0", "1"), ("123", "4")])
def test_another_process(tmp_path: Path, seeds: tuple[str, str]) -> None:
    for seed, script in zip(seeds, (RECORDING + CALL + RECORD, REPLAY + CALL + CHECK), strict=True):
        process = subprocess.run(
            [sys.executable, "-c", script, str(Path(__file__).parent)],
            check=False,
            cwd=tmp_path,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(filter(None, sys.path))},
            capture_output=True,
            text=True,
        )
        assert process.returncode == 0, process.stderr
