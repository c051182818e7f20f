"""Large outcomes are written and read where they lie, without a second copy in memory."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Project

# A process's peak of memory can be set back here.
_SET_BACK = "/proc/self/clear_refs"

MODULE = """
    import numpy as np
    from only_live import only_live

    COUNT = 5_000_000
    BYTES = 8 * COUNT

    def array():
        only_live("array")
        return np.arange(COUNT, dtype=float)

    def nested():
        only_live("nested")
        return {"layers": [np.arange(COUNT, dtype=float)]}

    def text():
        only_live("text")
        return b"x" * BYTES
"""

TESTS = """
    import re
    import sys
    import large

    # Rerecording compares what came back with what was recorded: one of each.
    ONE = 2.3 if "--mimic-rerecord" in sys.argv else 1.3

    def status(name):
        text = open("/proc/self/status").read()
        return int(re.search(rf"^{name}:\\s+(\\d+) kB", text, re.M)[1]) * 1024

    def copies(call):
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
        before = status("VmRSS")
        result = call()
        return result, (status("VmHWM") - before) / large.BYTES

    def test_array():
        array, peak = copies(large.array)
        assert array[12345] == 12345
        assert 0.9 < peak < ONE
        array[:] = 0  # it is ours

    def test_nested():
        nested, peak = copies(large.nested)
        assert nested["layers"][0][12345] == 12345
        assert 0.9 < peak < ONE

    def test_bytes():
        # Bytes own their memory: what replays them has read them before it makes them.
        text, peak = copies(large.text)
        assert len(text) == large.BYTES
        assert 0.9 < peak < (ONE if "--mimic-record" in sys.argv else 2.3)
"""


@pytest.mark.skipif(not os.access(_SET_BACK, os.W_OK), reason="cannot measure memory here")
def test_no_second_copy(project: Project) -> None:
    pytest.importorskip("numpy")
    project.write({"large.py": MODULE, "test_large.py": TESTS})
    project.configure("large:*")
    project.record().passed(3)
    project.replay().passed(3)
    assert project.run("--mimic-rerecord").passed(3).live == ["array", "nested", "text"]
