"""What an intercepted function goes on being."""

from __future__ import annotations

import asyncio
import copy
import gc
import importlib
import inspect
import io
import os
import pdb  # noqa: T100  # what is tried here
import pickle
import subprocess
import sys
import threading
import traceback
import typing
import warnings
import weakref
from collections import Counter
from types import FrameType, FunctionType
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest

from pytest_mimic._target import parse_target_line

if TYPE_CHECKING:
    from tests.interception.conftest import Intercepted

SOURCE = '''
    import functools
    import types
    import warnings
    from typing import Optional

    def plain(a: int, b: "Optional[str]" = None, *rest, c=3, **more) -> "list":
        """Documented."""
        return [a, b, rest, c, more]

    def exact(a, /, b, *, c):
        return a, b, c

    async def later(x):
        return x

    def counting(n):
        yield from range(n)

    async def counting_later(n):
        for each in range(n):
            yield each

    @types.coroutine
    def old(x):
        yield
        return x

    class Client:
        def get(self, x: int) -> int:
            return x + 1

        @staticmethod
        def static(x):
            return x

        @classmethod
        def made(cls, x):
            return cls, x

        def deep(self, n):
            return 0 if n == 0 else 1 + self.deep(n - 1)

    def depth(n):
        return 0 if n == 0 else 1 + depth(n - 1)

    def raises(x):
        raise KeyError(x)

    def warns():
        warnings.warn("from the function", stacklevel=1)
'''
TARGETS = [
    *("m:plain", "m:exact", "m:later", "m:counting", "m:counting_later", "m:old", "m:Client.*"),
    *("m:depth", "m:raises", "m:warns"),
]


@pytest.fixture
def m(intercepted: Intercepted) -> Any:
    return intercepted.module(SOURCE, *TARGETS)


@pytest.fixture
def untouched(intercepted: Intercepted) -> Any:
    """The same module, imported by nobody's leave."""
    intercepted.write(SOURCE, "untouched")
    return __import__("untouched")


def test_identity(m: Any, intercepted: Intercepted) -> None:
    plain = m.plain
    before = hash(plain)
    assert isinstance(plain, FunctionType)
    assert {plain: 1}[m.plain] == 1
    intercepted.stop()
    assert m.plain is plain
    assert hash(m.plain) == before
    assert m.plain(1) == [1, None, (), 3, {}]
    assert not intercepted.calls


def functions(module: Any) -> dict[str, Any]:
    names = [target.partition(":")[2] for target in TARGETS if "*" not in target]
    found = {name: getattr(module, name) for name in names}
    for name in ("get", "static", "made"):
        found[name] = getattr(module.Client, name)
    return found


QUESTIONS: list[Any] = [
    inspect.signature, inspect.getfullargspec, inspect.getdoc,
    inspect.getsource, inspect.getsourcelines, inspect.isfunction, inspect.iscoroutinefunction,
    inspect.isgeneratorfunction, inspect.isasyncgenfunction, inspect.isroutine, inspect.ismethod,
    asyncio.iscoroutinefunction, typing.get_type_hints, callable, type,
]  # fmt: skip
ATTRIBUTES = [
    "__name__", "__qualname__", "__doc__", "__defaults__", "__kwdefaults__", "__annotations__",
]  # fmt: skip
CODE = [
    "co_name", "co_firstlineno", "co_argcount", "co_posonlyargcount", "co_kwonlyargcount",
    "co_flags", "co_freevars",
]  # fmt: skip


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_what_it_is_asked(m: Any, untouched: Any) -> None:
    originals = functions(untouched)
    for name, function in functions(m).items():
        original = originals[name]
        for ask in QUESTIONS:
            assert ask(function) == ask(original), (name, ask)
        for attribute in ATTRIBUTES:
            assert getattr(function, attribute) == getattr(original, attribute), (name, attribute)
        for attribute in CODE:
            own, others = function.__code__, original.__code__
            assert getattr(own, attribute) == getattr(others, attribute), (name, attribute)
        count = original.__code__.co_argcount + original.__code__.co_kwonlyargcount
        assert function.__code__.co_varnames[:count] == original.__code__.co_varnames[:count]
        assert inspect.getfile(function) == m.__file__
        assert function.__module__ == "m"


def test_kinds_of_what_it_returns(m: Any) -> None:
    assert inspect.isgenerator(m.counting(1))
    assert inspect.isasyncgen(m.counting_later(1))
    waiting = m.later(1)
    assert inspect.iscoroutine(waiting)
    waiting.close()
    assert inspect.isawaitable(m.old(1))


WRONG_CALLS = [
    "plain()", "plain(1, a=2)", "exact(1, 2)", "exact(1, 2, 3)", "exact(a=1, b=2, c=3)",
    "exact(1, 2, c=3, d=4)", "counting()", "later()", "Client.get(1)", "Client().get()",
    "Client().get(1, 2)", "Client.made()", "Client.static(1, y=2)",
]  # fmt: skip


@pytest.mark.parametrize("call", WRONG_CALLS)
def test_wrong_calls(m: Any, untouched: Any, call: str) -> None:
    texts = []
    for module in (m, untouched):
        with pytest.raises(TypeError) as raised:
            eval(call, vars(module))  # noqa: S307  # the calls above
        texts.append(str(raised.value))
    assert texts[0] == texts[1]


def test_defaults_changed_later(m: Any, intercepted: Intercepted) -> None:
    m.plain.__defaults__ = ("changed",)
    m.plain.__kwdefaults__ = {"c": 9}
    assert m.plain(1) == [1, "changed", (), 9, {}]
    intercepted.stop()
    assert m.plain(1) == [1, "changed", (), 9, {}]


def test_copies_and_pickles(m: Any, intercepted: Intercepted) -> None:
    client = m.Client()
    assert copy.copy(m.plain) is copy.deepcopy(m.plain) is m.plain
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(m.plain, protocol)) is m.plain
        assert pickle.loads(pickle.dumps(m.Client.static, protocol)) is m.Client.static
        bound = pickle.loads(pickle.dumps(client.get, protocol))
        assert bound.__func__ is m.Client.get
        assert pickle.loads(pickle.dumps(m.Client.made, protocol)) == m.Client.made
    assert copy.deepcopy(client.get)(1) == 2
    assert copy.deepcopy({"f": m.plain})["f"] is m.plain
    assert intercepted.calls == ["m:Client.get"]


def test_by_value(m: Any, intercepted: Intercepted) -> None:
    """What ships a function by its code, to another process, ships the original."""
    cloudpickle = pytest.importorskip("cloudpickle")
    cloudpickle.register_pickle_by_value(m)
    try:
        shipped = cloudpickle.dumps([m.plain, m.Client, m.counting])
    finally:
        cloudpickle.unregister_pickle_by_value(m)
    script = f"""
import pickle, sys
sys.path = {sys.path[1:]!r}
plain, Client, counting = pickle.loads({shipped!r})
assert "m" not in sys.modules
print(plain(1, c=2), Client().get(1), list(counting(2)))
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[1, None, (), 2, {}] 2 [0, 1]"
    assert not intercepted.calls


def test_mocks(m: Any, intercepted: Intercepted) -> None:
    with mock.patch("m.plain", autospec=True) as mocked:
        mocked.return_value = "mocked"
        assert m.plain(1) == "mocked"
        with pytest.raises(TypeError):
            m.plain()
    with mock.patch.object(m.Client, "get", autospec=True, return_value=5) as mocked:
        client = m.Client()
        assert client.get(1) == 5
        mocked.assert_called_once_with(client, 1)
    with mock.patch("m.later") as mocked:
        assert isinstance(mocked, mock.AsyncMock)
    spec = mock.create_autospec(m.Client)
    with pytest.raises(TypeError):
        spec().get()
    assert not intercepted.calls
    assert m.plain(1) == [1, None, (), 3, {}]
    assert m.Client().get(1) == 2
    assert intercepted.calls == ["m:plain", "m:Client.get"]


def test_monkeypatch(m: Any, intercepted: Intercepted) -> None:
    original = m.plain
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("m.plain", lambda x: "patched")
        patch.setattr(m.Client, "static", staticmethod(lambda x: "patched"))
        intercepted.interceptions[0].sweep()
        assert m.plain(1) == "patched"
        assert m.Client.static(1) == "patched"
    assert m.plain is original
    assert not intercepted.calls
    m.plain(1)
    assert m.Client.static(1) == 1
    assert intercepted.calls == ["m:plain", "m:Client.static"]


def test_restored_while_it_is_monkeypatched(m: Any, intercepted: Intercepted) -> None:
    original, code = m.plain, m.plain.__code__
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("m.plain", len)
        intercepted.stop()
        assert m.plain is len
    assert m.plain is original
    assert m.plain.__code__ is not code
    assert m.plain(1) == [1, None, (), 3, {}]


def test_weak_references(m: Any, intercepted: Intercepted) -> None:
    assert weakref.ref(m.plain)() is m.plain
    client = m.Client()
    method = weakref.WeakMethod(client.get)()
    assert method is not None
    assert method(1) == 2
    del method
    reference = weakref.ref(client)
    del client
    intercepted.values.clear()
    gc.collect()
    assert reference() is None


def test_tracebacks(m: Any) -> None:
    with pytest.raises(KeyError) as raised:
        m.raises("x")
    shown = [
        entry for entry in raised.traceback
        if not entry.ishidden(raised)
    ]  # fmt: skip
    assert [os.path.basename(entry.path) for entry in shown] == ["test_stays.py", "m.py"]
    assert str(shown[-1].statement).strip() == "raise KeyError(x)"
    assert "raise KeyError(x)" in "".join(traceback.format_exception(raised.value))


@pytest.mark.parametrize("function", ["depth", "Client().deep"])
def test_recursion_that_passes_through(m: Any, intercepted: Intercepted, function: str) -> None:
    """As all does inside a recorded call, and in a live run: two frames a level."""
    limit = sys.getrecursionlimit()
    token = intercepted.engaged.set(True)
    sys.setrecursionlimit(1000 + len(inspect.stack()))
    try:
        assert eval(f"{function}(400)", vars(m)) == 400  # noqa: S307  # the two above
    finally:
        sys.setrecursionlimit(limit)
        intercepted.engaged.reset(token)


def test_warnings(m: Any) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        m.warns()
    (warning,) = caught
    assert warning.filename == m.__file__
    assert "from the function" in str(warning.message)


def test_warnings_of_a_module(intercepted: Intercepted) -> None:
    intercepted.write(
        """
        import warnings
        def f(): pass
        warnings.warn("here", stacklevel=1)
        warnings.warn("the importer's", stacklevel=2)
        """
    )
    intercepted.start("m:f")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        import m  # type: ignore[import-not-found]  # written above
    assert [os.path.basename(each.filename) for each in caught] == ["m.py", "test_stays.py"]
    assert m.f() is None


def test_breakpoints(m: Any) -> None:
    """A breakpoint in the body, by number of line and by name, stops there."""
    line = inspect.getsourcelines(m.plain)[1] + 2
    for where in (f"{m.__file__}:{line}", "m.plain"):
        printed = io.StringIO()
        debugger = pdb.Pdb(stdin=io.StringIO(), stdout=printed, nosigint=True, readrc=False)
        debugger.rcLines = [f"break {where}", "continue", "p a", "clear 1", "continue"]
        debugger.clear_all_breaks()
        tracer = sys.gettrace()  # coverage's, where the tests are measured
        try:
            debugger.runcall(lambda: m.plain("the value"))
        finally:
            sys.settrace(tracer)
        assert "'the value'" in printed.getvalue(), where


def test_threads(m: Any, intercepted: Intercepted) -> None:
    """Patched and restored while others call."""
    stop = threading.Event()
    wrong: list[object] = []

    def call() -> None:
        while not stop.is_set():
            try:
                result = m.plain(1)
                if result != [1, None, (), 3, {}]:
                    wrong.append(result)
            except BaseException as error:  # noqa: BLE001  # whatever it is, it is wrong
                wrong.append(error)

    threads = [threading.Thread(target=call) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(20):
        intercepted.stop()
        intercepted.start(*TARGETS)
        intercepted.interceptions[0].sweep()
    stop.set()
    for thread in threads:
        thread.join()
    assert not wrong
    assert intercepted.calls


def test_other_threads(m: Any, intercepted: Intercepted) -> None:
    """At whatever moment of the patching another thread calls, it is answered.

    A thread may come in between any two steps; here a call comes in after each of interception's,
    and where it looks at each object that there is, after the first of them and some of the others.
    """
    intercepted.write("from math import gcd\n", "counting")
    counting = importlib.import_module("counting")
    wrong: list[object] = []
    steps: Counter[tuple[object, int]] = Counter()

    def call_meanwhile(frame: FrameType, event: str, _argument: object) -> None:
        if event in {"call", "c_call"} or "_interception" not in frame.f_code.co_filename:
            return
        step = frame.f_code, frame.f_lineno
        steps[step] += 1
        if steps[step] > 200 and steps[step] % 1000:
            return
        sys.setprofile(None)
        try:
            answers = [m.plain(1), counting.gcd(4, 6)]
        except Exception as error:  # noqa: BLE001  # whatever it is, it is wrong
            answers = [error]
        if answers != [[1, None, (), 3, {}], 2] or "" in intercepted.calls:
            wrong.append((answers, intercepted.calls))
        sys.setprofile(call_meanwhile)

    before = sys.getprofile()
    sys.setprofile(call_meanwhile)
    try:
        intercepted.stop()
        interception = intercepted.start(*TARGETS)
        for line in map(parse_target_line, ("m:*", "counting:gcd")):
            interception.add(line)
            interception.remove(line)
    finally:
        sys.setprofile(before)
    assert not wrong
    assert {"m:plain", "counting:gcd"} <= set(intercepted.calls)
