"""References that were bound before the plugin woke, by whoever wakes earlier."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Project

TARGETS = """
    from only_live import only_live

    def f(x, y=0):
        only_live("f")
        return [x, y, "live"]

    class Client:
        def get(self, x):
            only_live("get")
            return [x, "live"]

    class Callable:
        def __init__(self, costly):
            self.costly = costly
            self.calls = []

        def __call__(self, x):
            if self.costly:
                only_live("instance")
            else:
                self.calls.append(x)
            return [x, "live"]

    instance = Callable(True)
    other = Callable(False)
"""
HOLDERS = """
    import functools
    import random
    import time
    import targets
    from targets import Client, f, instance

    def closed_over():
        function, called = f, instance
        return lambda x: function(x), lambda x: called(x)

    def by_default(x, function=f, *, called=instance):
        return function(x), called(x)

    class Holder:
        attribute = staticmethod(f)
        called = instance
        clock = time.time
        table = {"f": f}

        def __init__(self):
            self.own = f

    FUNCTIONS = [f, {"f": f}["f"], (f,)[0], next(iter({f})), closed_over()[0], Holder.attribute,
                 Holder().own, Holder.table["f"], functools.partial(f, y=0), Client().get]
    INSTANCES = {"name": instance, "in": [instance, (instance,), {instance}, {"x": instance}],
                 "closure": closed_over()[1], "partial": functools.partial(instance),
                 "class": Holder}
    CLOCKS = {"name": time.time, "in": [time.time, (time.time,)],
              "partial": functools.partial(time.time), "class": Holder}
    DRAWS = [random.random, functools.partial(random.random)]
"""
TESTS = """
    import functools, random, time
    from pathlib import Path
    import targets
    from targets import Client
    import {holders} as holders

    def test_functions():
        for function in holders.FUNCTIONS:
            assert function(1)[-1] == "live"
        assert holders.by_default(2)[0] == [2, 0, "live"]

    def test_instances():
        held = holders.INSTANCES
        inside, in_tuple, in_set, in_dict = held["in"]
        for called in (held["name"], inside, in_tuple[0], [*in_set][0], in_dict["x"],
                       held["closure"], held["partial"], held["class"].called):
            assert called(3) == [3, "live"]
        assert holders.by_default(2)[1] == [2, "live"]

    def test_other_instance():
        assert isinstance(targets.other, targets.Callable)
        assert targets.other(1) == targets.other(1) == [1, "live"]
        assert targets.other.calls == [1, 1]

    def test_builtins():
        held = holders.CLOCKS
        now = time.time()
        for clock in (held["name"], held["in"][0], held["in"][1][0], held["partial"],
                      held["class"].clock, held["class"]().clock):
            assert clock() == now
        drawn = random.random()
        assert [draw() for draw in holders.DRAWS] == [drawn, drawn]
        seen = Path("seen")
        if not seen.exists():
            seen.write_text(repr([now, drawn]))
        assert repr([now, drawn]) == seen.read_text()
"""


@pytest.mark.parametrize("who", ["conftest", "plugin", "entry point"])
def test_bound_before(project: Project, who: str) -> None:
    """In a conftest the finder was there already; in a plugin nothing was."""
    holders = "conftest" if who == "conftest" else "early"
    project.write({"targets.py": TARGETS, f"{holders}.py": HOLDERS})
    project.configure(
        "targets:f", "targets:Client.get ignore=self", "targets:instance", "random:random",
        "time:time", addopts="-p early" if who == "plugin" else "",
    )  # fmt: skip
    if who == "entry point":
        project.write(
            {
                "early-1.0.dist-info/METADATA": "Name: early\nVersion: 1.0\n",
                # Loaded before the plugin is, whatever the order of the folders.
                "early-1.0.dist-info/entry_points.txt": "[pytest11]\nearly = early\n",
            }
        )
    path = {
        "PYTHONPATH": os.pathsep.join(
            [str(project.path), *filter(None, [os.environ.get("PYTHONPATH")])]
        )
    }
    project.write({"test_it.py": TESTS.replace("{holders}", holders)})
    recording = project.record(env=path).passed(4)
    # Equal calls run once.
    assert recording.live == ["f", "get", "f", "instance", "instance"]
    project.replay(env=path).passed(4)
