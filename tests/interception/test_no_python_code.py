"""Targets that have no Python code: a proxy stands for each, wherever it was referred to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Project


def test_of_the_standard_library(project: Project) -> None:
    project.write(
        {
            "users.py": """
                import functools, math, random, time
                from time import time as now, perf_counter_ns

                HANDLERS = {"now": now, "in": [now, (now,)]}

                class Clock:
                    read = now
                    kept = staticmethod(now)

                def default(clock=now):
                    return clock()

                @functools.lru_cache
                def cached():
                    return now()
            """,
            "values.py": """
                import json
                from pathlib import Path

                # What the recording run saw, for the replaying run to compare with.
                def same(name, value):
                    path = Path(f"{name}.seen")
                    if not path.exists():
                        path.write_text(repr(value))
                    assert repr(value) == path.read_text()
            """,
            "test_builtins.py": """
                import inspect, pickle, random, secrets, time, types, uuid
                import math
                import users
                from values import same

                def test_clock():
                    value = time.time()
                    same("time", value)
                    handlers = users.HANDLERS
                    for clock in (users.now, handlers["now"], handlers["in"][0],
                                  handlers["in"][1][0], users.Clock().read, users.Clock.read,
                                  users.Clock().kept, users.default, users.cached):
                        assert clock() == value

                def test_identity():
                    assert time.time is users.now is users.Clock.read
                    assert isinstance(time.time, types.BuiltinFunctionType)
                    assert inspect.isbuiltin(time.time)
                    assert time.time.__name__ == "time"
                    assert pickle.loads(pickle.dumps(time.time)) is time.time

                def test_random():
                    drawn = random.random()
                    same("random", drawn)
                    assert random.random() == drawn

                def test_wrong_call():
                    import pytest
                    with pytest.raises(TypeError, match=r"takes no arguments \\(1 given\\)"):
                        time.time(1)
                    with pytest.raises(TypeError, match="exactly one argument|expected 1"):
                        math.sqrt()
                    assert math.sqrt(4) == 2.0
            """,
        }
    )
    project.configure("time:time", "random:random", "math:sqrt")
    recording = project.record().passed(4)
    # pytest has looked at the clock as well, which is no call of the project.
    assert recording.mimic_lines[1].startswith("mimic: 10 replayed, 5 recorded")
    assert {path.parent.parent.name for path in project.recordings()} == {"time", "random", "math"}
    project.replay().passed(4)
    # Nothing is in the vault: every reference asks it.
    for path in project.vault.rglob("*.json"):
        path.unlink()
    empty = project.replay()
    assert empty.outcomes == {"failed": 3, "passed": 1}
    empty.has("*MissingRecordingError: no recording of time:time()*")


def test_of_numpy(project: Project) -> None:
    pytest.importorskip("numpy")
    project.write(
        {
            "conftest.py": """
                import numpy as np
                from numpy import dot
                HELD = [dot, np.add, np.linalg.norm]
            """,
            "test_numpy.py": """
                import inspect
                import numpy as np
                from numpy import dot
                import conftest

                A = np.arange(6.0).reshape(2, 3)

                def test_dot():
                    expected = A @ A.T
                    for function in dot, np.dot, conftest.HELD[0]:
                        assert (function(A, A.T) == expected).all()

                def test_ufunc():
                    assert isinstance(np.add, np.ufunc)
                    assert np.add is conftest.HELD[1]
                    assert (np.add(A, 1) == A + 1).all()
                    assert np.add.reduce([1, 2, 3]) == 6
                    assert np.add.nin == 2
                    assert (np.add.outer([1, 2], [3]) == [[4], [5]]).all()
                    out = np.empty(2)
                    assert np.add([1.0, 2.0], 1, out=out) is out
                    assert (out == [2, 3]).all()

                def test_python_behind_a_dispatcher():
                    assert np.linalg.norm([3.0, 4.0]) == conftest.HELD[2]([3.0, 4.0]) == 5

                def test_generator_methods():
                    assert np.random.default_rng(0).integers(5) >= 0
            """,
        }
    )
    project.configure("numpy:dot", "numpy:add", "numpy.linalg:norm")
    run = project.record().passed(4)
    assert {path.parent.name for path in project.recordings()} == {"dot", "add", "norm"}
    replay = project.replay().passed(4)
    assert "recorded" in run.mimic_lines[1]
    assert replay.mimic_lines[1].startswith("mimic: 7 replayed")


INSTANCES = """
    import functools
    from only_live import only_live

    class Model:
        def __init__(self, name):
            self.name = name
            self.weights = [1, 2]

        def __call__(self, x, *, scale=1):
            only_live(self.name)
            return [self.name, x * scale]

        def __len__(self):
            return 2

        def fit(self):
            return self

    first = Model("first")
    second = Model("second")

    def base(a, b, c=3):
        only_live("base")
        return [a, b, c]

    bound = functools.partial(base, 1)
    by_name = functools.partial(base, b=2)
    method = Model("third").__call__

    class Dispatcher:
        def __init__(self, function):
            self.function = function
            functools.update_wrapper(self, function)

        def __call__(self, *args, backend=None, **kwargs):
            return self.function(*args, **kwargs)

        @property
        def orig_func(self):
            return self.function

    @Dispatcher
    def dispatched(graph, source=0):
        only_live("dispatched")
        return [graph, source]

    @Dispatcher
    def neighbour(graph):
        return [graph, object()]

    KEPT = {"first": first, "bound": bound}
"""


def test_instances_and_partials(project: Project) -> None:
    project.write(
        {
            "m.py": INSTANCES,
            "test_instances.py": """
                import functools, inspect
                import m

                def test_instance():
                    assert isinstance(m.first, m.Model)
                    assert type(m.first) is m.Model
                    assert m.first is m.KEPT["first"]
                    assert m.first(2) == m.first(x=2, scale=1) == ["first", 2]
                    assert m.first.weights == [1, 2]
                    assert m.first.fit() is m.first
                    m.first.name = "renamed"
                    assert m.KEPT["first"].name == "renamed"
                    m.first.name = "first"
                    assert len(m.first) == 2

                def test_partial():
                    assert isinstance(m.bound, functools.partial)
                    assert m.bound.func is m.base
                    assert m.bound.args == (1,)
                    assert m.bound(2) == m.KEPT["bound"](2) == m.bound(b=2) == [1, 2, 3]
                    assert m.by_name(1) == [1, 2, 3]

                def test_bound_method():
                    assert m.method(4) == m.method(x=4) == ["third", 4]

                def test_dispatcher():
                    assert m.dispatched("g") == m.dispatched("g", 0) == ["g", 0]
                    assert m.dispatched(graph="g", backend=None) == ["g", 0]
                    assert m.dispatched.orig_func.__name__ == "dispatched"
                    assert m.neighbour("g") != m.neighbour("g")
                    assert str(inspect.signature(m.dispatched)) == "(graph, source=0)"
            """,
        }
    )
    project.configure("m:first", "m:bound", "m:by_name", "m:method", "m:dispatched")
    run = project.record().passed(4)
    assert sorted(set(run.live)) == ["base", "dispatched", "first", "third"]
    assert run.live.count("first") == run.live.count("third") == 1
    assert run.live.count("base") == 2
    project.replay().passed(4)
