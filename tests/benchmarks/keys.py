"""How fast keys are made, side by side with what others make of the same values."""

from __future__ import annotations

import pickle
import random
import statistics
import time
from collections.abc import Callable
from typing import Any

import xxhash
from tests.benchmarks.progress import say
from tests.benchmarks.results import OURS, Result

from pytest_mimic._fingerprint import Fingerprinter

PART = "Keys alone"
LEAST_TURNS = 5
WARM_UP = 0.002

Contestant = Callable[[Any], object]


def contestants() -> dict[str, Contestant]:
    """Ours first, then all the others that are installed."""
    key = Fingerprinter().key
    found: dict[str, Contestant] = {
        "ours": lambda values: key("module:function", NAMES[: len(values)], values),
        "pickle + xxh3": lambda values: xxhash.xxh3_128_hexdigest(pickle.dumps(values, 5)),
    }
    try:
        import joblib

        found["joblib"] = joblib.hash
    except ImportError:
        pass
    try:
        from dask.tokenize import tokenize

        found["dask"] = tokenize
    except ImportError:
        pass
    try:
        from datasets.fingerprint import Hasher

        found["datasets"] = Hasher.hash
    except ImportError:
        pass
    return found


NAMES = ("a", "b", "k")


def tree(depth: int, chance: random.Random) -> object:
    """A tree as JSON makes them, of about 9,000 nodes for a depth of 5."""
    if not depth:
        return chance.choice([1, 2.5, "text", None, True])
    if depth % 2:
        return [tree(depth - 1, chance) for _ in range(6)]
    names = ("id", "name", "tags", "score", "owner", "extra")
    return {name: tree(depth - 1, chance) for name in names}


def values() -> dict[str, tuple[object, ...]]:
    """What keys are made of."""
    chance = random.Random(0)  # noqa: S311 - nothing secret
    cases: dict[str, tuple[object, ...]] = {
        "f(1, 'abc', k=2.5)": (1, "abc", 2.5),
        "dict of 50": ({f"key{number}": number for number in range(50)},),
        "100k ints": (list(range(100_000)),),
        "100k floats": ([number / 7 for number in range(100_000)],),
        "JSON-like tree, 9k nodes": (tree(5, chance),),
        "set of 10k strings": ({f"element {number}" for number in range(10_000)},),
        "1,000 small dicts": ([{"x": number, "y": str(number)} for number in range(1000)],),
        "1,000 objects": ([Point(number, -number) for number in range(1000)],),
    }
    try:
        import numpy as np
    except ImportError:
        return cases
    cases["array of 100 MB"] = (np.random.default_rng(0).random(12_500_000),)
    try:
        import pandas as pd
    except ImportError:
        return cases
    rows = 100_000
    columns = {f"n{number}": np.arange(rows) * number for number in range(5)}
    floats = {f"f{number}": np.arange(rows) / 3 for number in range(4)}
    words = {"word": [f"row {number}" for number in range(rows)]}
    frame = pd.DataFrame({**columns, **floats, **words})
    cases["DataFrame 100k x 10, one of strings"] = (frame,)
    return cases


class Point:
    """A plain object."""

    def __init__(self, x: int, y: int) -> None:
        self.x = x
        self.y = y


def race(runners: dict[str, Contestant], value: object, seconds: float) -> dict[str, float]:
    """The median of the seconds that each contestant takes for a value."""
    numbers = {name: _number(run, value) for name, run in runners.items()}
    times: dict[str, list[float]] = {name: [] for name in runners}
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times["ours"]) < LEAST_TURNS:
        for name, run in runners.items():
            start = time.perf_counter()
            for _ in range(numbers[name]):
                run(value)
            times[name].append((time.perf_counter() - start) / numbers[name])
    return {name: statistics.median(taken) for name, taken in times.items()}


def _number(run: Contestant, value: object) -> int:
    """How many runs in a row take a time that the clock can measure."""
    start = time.perf_counter()
    run(value)
    return max(1, int(WARM_UP / (time.perf_counter() - start)))


def measure(seconds: float) -> list[Result]:
    """Runs all races.

    Args:
        seconds: How long each takes.
    """
    runners = contestants()
    results = []
    for label, value in values().items():
        say(f"keys: {label}")
        results += [
            Result(PART, label, OURS if name == "ours" else name, taken)
            for name, taken in race(runners, value, seconds).items()
        ]
    return results
