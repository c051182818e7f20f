"""How heavy values are decides what is looked at again and again."""

from __future__ import annotations

import types
from typing import Any

import pytest

from pytest_mimic._outcome._objects._weight import weight


@pytest.mark.parametrize(
    ("value", "heavy"),
    [
        ([1, 2, 3], 4),
        ({"a": [1]}, 4),
        ((1, (2, 3)), 6),
        (bytearray(640), 11),
        (memoryview(bytes(640)), 11),
        (types.SimpleNamespace(a=1, b=2), 6),
        (1, 0),
        (range(10**9), 1),
    ],
)
def test_by_entries_and_stretches_of_bytes(value: Any, heavy: int) -> None:
    assert weight([value], 1_000) == heavy


def test_each_object_counts_once() -> None:
    shared = [1, 2]
    assert weight([[shared, shared]], 1_000) == 6


def test_counting_ends_above_the_limit() -> None:
    assert weight([[[0] * 100] * 50 + [list(range(100)) for _ in range(50)]], 120) > 120


def test_arrays_and_frames() -> None:
    numpy, pandas = pytest.importorskip("numpy"), pytest.importorskip("pandas")
    assert weight([numpy.zeros(800)], 1_000) == 101
    assert weight([pandas.DataFrame({"a": range(80)})], 1_000) == 11
