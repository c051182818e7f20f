"""Calls and callables of the rarer kinds."""

from __future__ import annotations

import functools
import importlib.util
import inspect
import logging
import math
import os
import shutil
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from pytest_mimic._interception._callers import is_for_pytest
from pytest_mimic._interception._inside import look_inside
from pytest_mimic.errors import MimicUsageError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.interception.conftest import Intercepted


def test_wrong_calls_of_what_has_no_python_code(intercepted: Intercepted) -> None:
    intercepted.start("math:isclose", "time:sleep")
    with pytest.raises(TypeError, match="required"):
        math.isclose(1)  # type: ignore[call-arg]  # wrong
    assert math.isclose(1, 1)
    # The wrong call was asked about as well: whether a call is wrong, only the original knows.
    assert intercepted.calls == ["math:isclose", "math:isclose"]


def test_calls_that_do_not_bind_as_the_signature_says(intercepted: Intercepted) -> None:
    m = intercepted.module(
        """
        import functools

        def lenient(function):
            @functools.wraps(function)
            def wrapper(*args, extra=None, **kwargs):
                return [extra, function(*args[:1])]
            return wrapper

        @lenient
        def f(x):
            return x

        class Loose:
            def __call__(*args, **kwargs):
                return [args[1:], kwargs]

        loose = Loose()
        """,
        *("m:f", "m:loose"),
    )
    assert m.f(1) == [None, 1]
    assert m.f(1, 2, extra=3) == [3, 1]
    assert intercepted.values == [(1,), ((1, 2), 3, {})]
    intercepted.values.clear()
    assert m.loose(1, 2, y=3) == [(1, 2), {"y": 3}]
    assert m.loose() == [(), {}]
    assert intercepted.values == [((1, 2), {"y": 3}), ((), {})]


def test_what_nothing_runs() -> None:
    inside = look_inside(5, in_class=False)
    assert inside.function is None
    assert inside.called == 5
    bound = list[int]().append
    assert look_inside(bound, in_class=False).called is bound


def test_whose_call_it_is(intercepted: Intercepted, tmp_path: Path) -> None:
    """pytest's own, by itself or through the standard library; never its user's."""
    intercepted.start("os:rename", "time:perf_counter")
    frames: list[bool] = []

    def look() -> None:
        frames.append(is_for_pytest(sys._getframe(1), {"look"}))

    look()
    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    # What pytest hands on is not named in its code.
    hands_on: dict[str, Any] = {"__name__": "_pytest.somewhere"}
    exec("def hand_on(function): return function()", hands_on)  # noqa: S102  # as written
    hands_on["hand_on"](look)
    assert frames == [False, False, False]
    (tmp_path / "one").touch()
    shutil.move(str(tmp_path / "one"), str(tmp_path / "two"))
    assert intercepted.calls == ["os:rename"]
    names: dict[str, Any] = {"__name__": "_pytest.somewhere", "shutil": shutil, "os": os}
    exec("def tidy(a, b): shutil.move(a, b)\ndef rename(a, b): os.rename(a, b)", names)  # noqa: S102  # as written
    names["tidy"](str(tmp_path / "two"), str(tmp_path / "three"))
    names["rename"](str(tmp_path / "three"), str(tmp_path / "four"))
    assert intercepted.calls == ["os:rename"]
    places: dict[str, Any] = {"__name__": "_pytest.somewhere", "Handler": logging.FileHandler}
    exec("class Own(Handler): pass\ndef make(path): return Own(path)", places)  # noqa: S102  # as written
    intercepted.start("logging:Handler.createLock")
    places["make"](tmp_path / "five").close()
    assert intercepted.calls == ["os:rename"]
    logging.FileHandler(tmp_path / "five").close()
    assert intercepted.calls.pop() == "logging:Handler.createLock"
    intercepted.start("inspect:isroutine", "inspect:isbuiltin")
    asks: dict[str, Any] = {"__name__": "_pytest.somewhere", "inspect": inspect}
    exec("def ask(x): return inspect.isroutine(x)", asks)  # noqa: S102  # as written
    assert asks["ask"](len)
    assert intercepted.calls == ["os:rename"]
    clock: dict[str, Any] = {"__name__": "hypothesis.internal.conjecture.junkdrawer"}
    clock["_perf_counter"] = time.perf_counter
    exec("def gc_callback(): _perf_counter()", clock)  # noqa: S102  # as written
    clock["gc_callback"]()
    assert intercepted.calls == ["os:rename"]
    logging.getLogger("edges").debug("the clock of others: %s", time.perf_counter())
    assert intercepted.calls == ["os:rename", "time:perf_counter"]


def test_a_call_by_the_interpreter_itself() -> None:
    assert not is_for_pytest(None, {"f"})
    assert not is_for_pytest(sys._getframe(), ())


def test_a_lazy_module_is_not_loaded_by_a_sweep(intercepted: Intercepted) -> None:
    intercepted.write("LOADED = True\ndef f(x):\n    return [x]")
    interception = intercepted.start("m:f")
    spec = importlib.util.find_spec("m")
    assert spec is not None
    assert spec.loader is not None
    spec.loader = importlib.util.LazyLoader(spec.loader)
    m: Any = importlib.util.module_from_spec(spec)
    sys.modules["m"] = m
    spec.loader.exec_module(m)
    interception.sweep()
    assert "LOADED" not in object.__getattribute__(m, "__dict__")
    assert m.f(1) == [1]
    assert intercepted.calls == ["m:f"]


def test_a_dotted_line_in_a_module_that_is_no_package(intercepted: Intercepted) -> None:
    intercepted.write("def f(x):\n    return [x]")
    intercepted.start("m.Nothing.f")
    with pytest.raises(MimicUsageError, match="m has no 'Nothing'"):
        importlib.import_module("m")


def test_an_instance_whose_base_can_be_called(intercepted: Intercepted) -> None:
    m = intercepted.module(
        """
        class Base:
            def __call__(self, x):
                return [x]

        class Sub(Base):
            pass

        sub = Sub()
        other = Sub()
        """,
        "m:sub",
    )
    assert m.sub(1) == m.other(1) == m.Base()(1) == [1]
    assert intercepted.calls == ["m:sub"]


def test_a_call_that_its_own_signature_does_not_allow_is_asked_about(
    intercepted: Intercepted, monkeypatch: pytest.MonkeyPatch
) -> None:
    narrow = functools.partial(max)
    one = inspect.Parameter("x", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    narrow.__signature__ = inspect.Signature([one])  # type: ignore[attr-defined]  # a lie
    monkeypatch.setattr(math, "narrow", narrow, raising=False)
    intercepted.start("math:narrow")
    assert math.narrow(1, 5, 3) == 5  # type: ignore[attr-defined]  # set above
    assert intercepted.calls == ["math:narrow"]


def test_a_name_bound_anew_leaves_the_other_name_of_what_it_was(intercepted: Intercepted) -> None:
    source = """
        def f(x):
            return x

        g = f

        def f(x):
            return -x
    """
    m = intercepted.module(source, "m:f", "m:g")
    assert (m.f(1), m.g(1)) == (-1, 1)
    assert intercepted.calls == ["m:f", "m:g"]
