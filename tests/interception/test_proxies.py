"""Many callables without Python code: their proxies are placed together, and go together."""

from __future__ import annotations

import gc
import importlib
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from pytest_mimic._interception import _heap, _rebinding
from pytest_mimic._target import parse_target_line

if TYPE_CHECKING:
    from tests.interception.conftest import Intercepted

# Neither of these is known to the garbage collector, nor is a tuple with nothing else in it.
DOT, VDOT = np.dot, np.vdot

ROWS = """
    import gc
    from numpy import dot, vdot

    ROW = (dot, vdot)
    ROWS = [ROW, (1, dot)]
    gc.collect()
"""


@pytest.fixture
def walks(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Grows with each look at what the garbage collector does not know."""
    counted: list[object] = []
    walk = _heap.untracked_containers

    def count() -> Any:
        counted.append(None)
        return walk()

    monkeypatch.setattr(_rebinding, "untracked_containers", count)
    return counted


def test_what_was_imported_before_is_placed_with_one_look(
    intercepted: Intercepted, walks: list[object]
) -> None:
    intercepted.write(ROWS)
    module = importlib.import_module("m")
    row = module.ROW
    assert not gc.is_tracked(row)
    intercepted.start("m:dot", "m:vdot")
    assert len(walks) == 1
    module.dot([1], [2]), module.ROWS[1][1]([1], [2])  # both are calls
    module.ROW[0]([1], [2]), module.ROW[1]([1], [2])  # likewise
    assert intercepted.calls == ["m:dot", "m:dot", "m:dot", "m:vdot"]
    intercepted.stop()
    assert module.dot is np.dot is DOT
    assert module.ROW is module.ROWS[0] is row


def test_what_is_being_imported_is_looked_for_once_more_at_the_end(
    intercepted: Intercepted, walks: list[object]
) -> None:
    intercepted.write(ROWS, "before")
    before = importlib.import_module("before")
    module = intercepted.module("from numpy import dot, vdot", "m:dot", "m:vdot")
    assert len(walks) == 1
    assert before.dot is before.ROW[0] is before.ROWS[1][1] is module.dot
    before.ROW[0]([1], [2]), before.ROWS[1][1]([1], [2]), before.ROW[1]([1], [2])  # calls
    assert intercepted.calls == ["m:dot", "m:dot", "m:vdot"]
    intercepted.stop()
    assert before.ROW == (DOT, VDOT)
    assert before.ROWS[1] == (1, DOT)


def test_a_body_that_fails_leaves_none_behind(intercepted: Intercepted) -> None:
    intercepted.write(ROWS, "before")
    before = importlib.import_module("before")
    with pytest.raises(ZeroDivisionError):
        intercepted.module("from numpy import dot\n1 / 0", "m:dot")
    before.ROW[0]([1], [2])
    assert intercepted.calls == ["m:dot"]


def test_a_star_is_taken_away_again(intercepted: Intercepted) -> None:
    intercepted.write("import math\nROW = (math.sin, math.cos)\nROWS = [ROW]")
    module = importlib.import_module("m")
    interception = intercepted.start("math:sqrt")
    row, line = module.ROW, parse_target_line("math:*")
    for _ in range(2):
        interception.add(line)
        assert module.ROW[0](0.0) == 0.0
        assert module.ROWS[0][1](0.0) == 1.0
        interception.remove(line)
        assert module.ROWS[0] == row
        assert module.ROW[0] is math.sin
        assert math.sqrt(4) == 2.0
    assert intercepted.calls == ["math:sin", "math:cos", "math:sqrt"] * 2
    intercepted.stop()
    math.sqrt(4)
    assert len(intercepted.calls) == 6
