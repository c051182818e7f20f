"""Functions that a call returned: whatever they use and set is in their own module, as it was."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from pytest_mimic._outcome import Before, Returned, Trust, decode, encode
from pytest_mimic.errors import UntrustedOutcomeError

if TYPE_CHECKING:
    from tests.replay.conftest import Runs

FILES = {
    "shop/__init__.py": """
        from shop.counter import counter
        from shop.Till import Till
    """,
    # Its name in the package is that of a function by the time that it is used.
    "shop/counter.py": """
        from only_live import only_live
        from shop.wrapping import wrapped

        HANDLERS = {}
        count = 0

        def register(name):
            only_live("register")
            def registered(function):
                HANDLERS[name] = function
                return function
            return registered

        @register("add")
        @wrapped
        def add(x):
            return x + 1

        def counter():
            only_live("counter")
            def more():
                global count
                count += 1
                return count
            return more

        def recursive():
            def factorial(n):
                return 1 if n < 2 else n * factorial(n - 1)
            return factorial
    """,
    # And this one's that of a class.
    "shop/Till.py": """
        from only_live import only_live

        TOTALS = []

        class Till:
            def __init__(self):
                only_live("Till")
                self.add = lambda x: TOTALS.append(x)

        def opened():
            return Till()
    """,
    "shop/wrapping.py": """
        import functools
        from only_live import only_live

        CALLS = []

        def wrapped(function):
            only_live("wrapped")
            @functools.wraps(function)
            def inner(*args):
                CALLS.append(args)
                return function(*args)
            return inner
    """,
    "test_shop.py": """
        import sys
        import shop
        counter, till = sys.modules["shop.counter"], sys.modules["shop.Till"]
        wrapping = sys.modules["shop.wrapping"]

        def test_what_a_decorator_registered_during_the_import():
            assert counter.HANDLERS["add"] is counter.add
            assert counter.add(1) == 2
            assert wrapping.CALLS == [(1,)]
            assert (counter.add.__name__, counter.add.__qualname__) == ("add", "add")
            assert counter.add.__module__ == "shop.counter"
            assert counter.add.__globals__ is vars(wrapping)

        def test_a_global_that_is_set():
            more = shop.counter()
            assert [more(), more()] == [1, 2]
            assert counter.count == 2
            assert more.__qualname__ == "counter.<locals>.more"

        def test_a_function_that_knows_itself():
            assert counter.recursive()(5) == 120

        def test_a_function_of_an_object():
            till.opened().add(3)
            assert till.TOTALS == [3]
    """,
}


def test_globals_are_those_of_their_module(alike: Callable[..., Runs]) -> None:
    targets = ["counter:register", "counter:counter", "counter:recursive", "wrapping:wrapped"]
    alike(FILES, *(f"shop.{name}" for name in (*targets, "Till:opened")), tests=4)


def test_globals_come_from_what_is_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    module: Any = ModuleType("said_by_mine")
    exec("said = []\ndef make(): return lambda x: said.append(x)", vars(module))  # noqa: S102  # its own
    monkeypatch.setitem(sys.modules, "said_by_mine", module)
    before = Before((), (), frozenset(), str)
    payload = b"".join(encode(Returned(module.make()), before).parts)
    recorded: Any = decode(payload, (), str, Trust(["said_by_mine", "dill*", "types"]))
    recorded.outcome.value(1)
    assert module.said == [1]
    with pytest.raises(UntrustedOutcomeError, match="said_by_mine"):
        decode(payload, (), str, Trust(["dill*", "types"]))
