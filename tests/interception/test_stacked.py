"""Several interceptions at once, targets that come and go, and what is put back at the end."""

from __future__ import annotations

import functools
import importlib
import math
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from pytest_mimic._target import parse_target_line
from pytest_mimic.errors import MimicUsageError

if TYPE_CHECKING:
    from tests.interception.conftest import Intercepted

SOURCE = """
    import functools

    def f(x):
        return [x]

    class Base:
        def method(self, x):
            return [x]

        @staticmethod
        def static(x):
            return [x]

        def with_option(self, x, y):
            return [x, y]

        half = functools.partialmethod(with_option, 1)

        @functools.singledispatchmethod
        def dispatched(self, x):
            return [x]

        @functools.singledispatchmethod
        @classmethod
        def by_class(cls, x):
            return [x]

    class Sub(Base):
        pass

    class Number(int):
        called = functools.partialmethod(max, 2)

    class Instance:
        def __call__(self, x):
            return [x]

    first, second = Instance(), Instance()
"""
IN_PLACE = ["m:f", "m:Base.method", "m:Sub.method", "m:first", "math:sqrt"]
IN_THE_CLASS = ["m:Sub.static", "m:Base.half", "m:Base.dispatched"]


def state(m: Any) -> list[object]:
    """All that an interception changes."""
    return [
        m.f.__code__, vars(m.Base)["method"].__code__, m.Base.static.__code__, dict(vars(m.Base)),
        dict(vars(m.Sub)), m.Instance.__call__.__code__, m.first, math.sqrt, sys.meta_path,
    ]  # fmt: skip


def use(m: Any) -> None:
    assert m.f(1) == m.Base().method(1) == m.Base.static(1) == [1]
    assert m.Sub().method(1) == m.Sub.static(1) == m.first(1) == m.second(1) == [1]
    assert m.Base().half(2) == m.Sub().half(y=2) == [1, 2]
    assert m.Base().dispatched(2) == [2]
    assert math.sqrt(4) == 2


@pytest.mark.parametrize(
    ("order", "lines"),
    [([0, 1], IN_PLACE), ([1, 0], [*IN_PLACE, *IN_THE_CLASS])],
    ids=["outer first", "inner first"],
)
def test_restored_in_any_order(
    intercepted: Intercepted, order: list[int], lines: list[str]
) -> None:
    intercepted.write(SOURCE)
    m = importlib.import_module("m")
    before = state(m)
    for _ in range(2):
        intercepted.start(*lines)
    use(m)
    twice = len(intercepted.calls)
    finders, interceptions = intercepted.finders[:], intercepted.interceptions[:]
    intercepted.calls.clear()
    finders[order[0]].uninstall()
    interceptions[order[0]].restore()
    use(m)
    assert len(intercepted.calls) * 2 == twice
    finders[order[1]].uninstall()
    interceptions[order[1]].restore()
    intercepted.calls.clear()
    use(m)
    assert not intercepted.calls
    assert state(m) == before
    assert m.first is before[6]
    assert math.sqrt is before[7]


def test_restored_over_what_others_changed_since(intercepted: Intercepted) -> None:
    m = intercepted.module(SOURCE, "m:f", "m:Sub.static", "m:Base.half")

    def other(x: object) -> object:
        return "other"

    m.f.__code__ = other.__code__
    m.Sub.static = m.Base.half = other
    intercepted.stop()
    assert m.f(1) == "other"
    assert m.Sub.static is m.Base.half is other


def test_added_and_removed(intercepted: Intercepted) -> None:
    m = intercepted.module(SOURCE, "m:f")
    interception = intercepted.interceptions[0]
    code = m.Base.method.__code__
    lines = [parse_target_line(text) for text in ("m:Base.method", "m:Sub.*", "math:sqrt")]
    for _ in range(2):
        for line in lines[::2]:
            interception.add(line)
        intercepted.calls.clear()
        m.Base().method(1)
        math.sqrt(4)
        assert intercepted.calls == ["m:Base.method", "math:sqrt"]
        for line in lines[::2]:
            interception.remove(line)
        m.Base().method(1)
        math.sqrt(4)
        m.f(1)
        assert intercepted.calls == ["m:Base.method", "math:sqrt", "m:f"]
        assert m.Base.method.__code__ is code
    assert [target.name for target in interception.targets] == ["m:f"]
    assert interception.imported_lines() >= {"m:f", "m:Base.method"}


def test_one_of_two_names_removed(intercepted: Intercepted) -> None:
    m = intercepted.module(SOURCE, "m:f", "m:Sub.method", "m:first")
    interception = intercepted.interceptions[0]
    line = parse_target_line("m:Base.method")
    interception.add(line)
    m.Sub().method(1)
    m.Base().method(1)
    interception.remove(line)
    m.Sub().method(1)
    m.Base().method(1)
    assert intercepted.calls == ["m:Sub.method", "m:Base.method", "m:Sub.method"]


def test_adding_what_is_not_there_leaves_no_trace(intercepted: Intercepted) -> None:
    m = intercepted.module(SOURCE, "m:f")
    interception = intercepted.interceptions[0]
    for text in ("m:nothing", "m:Base", "m:f ignore=x"):
        with pytest.raises(MimicUsageError, match=text):
            interception.add(parse_target_line(text))
    interception.sweep()
    m.f(1)
    assert intercepted.calls == ["m:f"]


def test_refused_by_kind(intercepted: Intercepted) -> None:
    intercepted.write(SOURCE)
    intercepted.start("m:Base.by_class")
    with pytest.raises(MimicUsageError, match=r"'m:Base.by_class'.*singledispatchmethod"):
        importlib.import_module("m")


def test_methods_that_stand_before_others(intercepted: Intercepted) -> None:
    m = intercepted.module(SOURCE, "m:Base.half", "m:Sub.dispatched", "m:Number.called")
    assert m.Number(3).called(4) == 4
    intercepted.calls.clear()
    intercepted.values.clear()
    assert m.Base().half(2) == m.Base.half(m.Sub(), y=2) == [1, 2]
    assert m.Base().with_option(1, 2) == [1, 2]

    @m.Sub.dispatched.register(str)
    def of_text(self: object, x: str) -> object:
        return ["text", x]

    assert m.Sub().dispatched("a") == ["text", "a"]
    assert m.Sub().dispatched(1) == m.Base().dispatched(1) == [1]
    assert intercepted.calls == ["m:Base.half"] * 2 + ["m:Sub.dispatched"] * 2
    # Both know what they were called with by the same names.
    assert [values[1:] for values in intercepted.values] == [(2,), (2,), ("a",), (1,)]
    assert functools.partialmethod not in map(type, vars(m.Base).values())
    intercepted.stop()
    assert type(vars(m.Base)["half"]) is functools.partialmethod
    assert "dispatched" not in vars(m.Sub)


def test_names_that_change_while_the_body_runs(intercepted: Intercepted) -> None:
    m = intercepted.module(
        """
        from math import sqrt as imported

        def f(x):
            return ["first", x]

        early = f

        def decorate(function):
            def inner(x):
                return [*function(x), "decorated"]
            return inner

        f = decorate(f)

        def gone(x):
            return [x]

        kept = gone
        del gone

        def gone(x):
            return [x, "second"]

        def made():
            return 1

        made = made()

        def made(x):
            return [x]

        number = 5
        def number(x):
            return [x]
        """,
        *("m:f", "m:gone", "m:imported", "m:made", "m:number"),
    )
    assert m.f(1) == ["first", 1, "decorated"]
    assert m.early(1) == ["first", 1]
    assert m.kept(1) == [1]
    assert m.gone(1) == [1, "second"]
    assert m.imported(4) == math.sqrt(4) == 2
    assert m.made(1) == m.number(1) == [1]
    assert intercepted.calls == [
        # `made` was called while it was the target.
        *("m:made", "m:f", "m:gone", "m:imported", "m:imported", "m:made", "m:number")
    ]


def test_swept_while_others_import(intercepted: Intercepted) -> None:
    """A sweep in one thread while another runs the body of the module: no error of absence."""
    intercepted.write(
        """
        import gate

        gate.running.set()
        gate.go_on.wait(5)

        def f(x):
            return [x]
        """
    )
    intercepted.write(
        "import threading\nrunning, go_on = threading.Event(), threading.Event()", "gate"
    )
    gate: Any = importlib.import_module("gate")
    interception = intercepted.start("m:f")
    thread = threading.Thread(target=importlib.import_module, args=["m"])
    thread.start()
    gate.running.wait(5)
    for _ in range(50):
        interception.sweep()
    gate.go_on.set()
    thread.join()
    assert sys.modules["m"].f(1) == [1]
    assert intercepted.calls == ["m:f"]


def test_dotted_targets(intercepted: Intercepted) -> None:
    """A dotted line may mean a member of the package, or of a submodule that comes later."""
    (intercepted.path / "pkg").mkdir()
    intercepted.write("class Sub:\n    def f(self, x): return [x]", "pkg/__init__")
    intercepted.write("def f(x): return [x]", "pkg/later")
    interception = intercepted.start("pkg.later.f", "pkg.Sub.f", "pkg.later.*")
    pkg = importlib.import_module("pkg")
    assert pkg.Sub().f(1) == [1]
    later = importlib.import_module("pkg.later")
    assert later.f(1) == [1]
    assert intercepted.calls == ["pkg:Sub.f", "pkg.later:f"]
    assert interception.imported_lines() == {"pkg.later.f", "pkg.Sub.f", "pkg.later.*"}


def test_a_line_beats_a_star(intercepted: Intercepted) -> None:
    lines = ["m:*", "m:f ignore=x", "m:Base.method ignore=self", "m:Base.*"]
    intercepted.module(SOURCE, *lines)
    interception = intercepted.interceptions[0]
    found = {target.name: target for target in interception.targets}
    assert found["m:f"].ignore == {"x"}
    assert found["m:Base.method"].ignore == {"self"}
    assert not found["m:Base.static"].ignore
    assert interception.imported_lines() == set(lines)


def test_a_dotted_target_of_neither(intercepted: Intercepted) -> None:
    (intercepted.path / "pkg").mkdir()
    intercepted.write("", "pkg/__init__")
    intercepted.start("pkg.nothing.f")
    with pytest.raises(MimicUsageError, match="pkg has no 'nothing'"):
        importlib.import_module("pkg")
