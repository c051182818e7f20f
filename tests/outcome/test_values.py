"""A returned value comes back, fresh each time, or is refused with the path to the culprit."""

from __future__ import annotations

import collections
import decimal
import io
import math
import pickle
import re
import socket
import sys
import textwrap
import threading
import traceback
import types
import unittest.mock
import warnings
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pytest_mimic._outcome import (
    Before,
    Payload,
    Raised,
    Returned,
    Trust,
    content,
    decode,
    encode,
    inert_contents,
)
from pytest_mimic._outcome._pickles import _code, _pickling
from pytest_mimic._outcome._pickles._culprit import unrecordable
from pytest_mimic._outcome._pickles._layout import Flags
from pytest_mimic.errors import (
    UnrecordableOutcomeError,
    UnreplayableOutcomeError,
    UntrustedOutcomeError,
)

Store = Callable[..., Payload]


def iterating() -> Iterator[int]:
    yield 1


@pytest.fixture
def store(digest: Callable[[object], str]) -> Store:
    """A function that turns a value into a payload."""

    def store(value: object, *arguments: object, ignored: frozenset[str] = frozenset()) -> Payload:
        names = [f"a{index}" for index in range(len(arguments))]
        return encode(Returned(value), Before(names, arguments, ignored, digest))

    return store


def given(payload: Payload | bytes, *arguments: object) -> Any:
    return decode(bytes(payload), arguments).replay()


class TestWhatComesBack:
    @pytest.mark.parametrize(
        "value",
        [
            None,
            1,
            "text",
            b"bytes",
            [1, {"a": (2, {3})}],
            b"x" * 200_000,
            bytearray(200_000),
            {"big": bytearray(b"y" * 100_000), "bigger": bytearray(b"z" * 150_001)},
            re.compile("a+"),
            range(3),
        ],
        ids=lambda value: type(value).__name__,
    )
    def test_equal(self, store: Store, value: object) -> None:
        back = given(store(value))
        assert type(back) is type(value)
        assert back == value

    def test_fresh_each_time(self, store: Store) -> None:
        payload = bytes(store({"a": [1], "b": bytearray(100_000)}))
        first = given(payload)
        first["a"].append(2)
        first["b"][0] = 1
        assert given(payload) == {"a": [1], "b": bytearray(100_000)}

    def test_sharing(self, store: Store) -> None:
        inner = [1]
        back = given(store([inner, {"again": inner}]))
        assert back[0] is back[1]["again"]

    def test_a_cycle(self, store: Store) -> None:
        cycle: list[Any] = []
        cycle.append(cycle)
        back = given(store(cycle))
        assert back[0] is back

    def test_plain_payloads_are_plain_pickles(self, store: Store) -> None:
        assert pickle.loads(bytes(store({"a": [1, 2]}))) == {"a": [1, 2]}  # our own

    def test_large_buffers_are_not_copied(self, store: Store) -> None:
        large = bytearray(1 << 17)
        payload = store({"data": pickle.PickleBuffer(large)})
        large[:4] = b"seen"
        assert payload.size == len(bytes(payload))
        assert b"seen" in bytes(payload)

    def test_large_buffers_lie_in_a_writable_payload(self, store: Store) -> None:
        payload = bytearray(bytes(store(pickle.PickleBuffer(bytearray(1 << 17)))))
        back: Any = decode(payload, ()).replay()
        back[:4] = b"mine"
        assert b"mine" in payload

    def test_a_function_made_in_a_call(self, store: Store) -> None:
        step = 2
        assert given(store(lambda value: value + step))(1) == 3

    def test_a_function_with_names_of_its_own(self, store: Store) -> None:
        """As sympy makes them: among the names of a whole library, not all of which are values."""
        made: dict[str, Any] = {"lock": threading.Lock(), "step": 2, "root": math.sqrt}
        source = """
            def up(value):
                return up(value - 1) + step if value else twice(root(16))
            def twice(value):
                return 2 * value
        """
        exec(textwrap.dedent(source), made)  # noqa: S102  # as they do
        up, local = given(store([made["up"], lambda: pickle]))
        assert (up(3), "lock" in up.__globals__) == (14, False)
        assert local.__globals__ is globals()

    def test_an_instance_of_a_class_made_in_a_call(self, store: Store) -> None:
        class Local:
            value = 7

        assert given(store(Local())).value == 7

    def test_a_named_tuple_made_in_a_call(self, store: Store) -> None:
        kind: Any = collections.namedtuple  # noqa: PYI024  # no checker knows these fields
        row = kind("Row", ["a", "class", "a"], rename=True, defaults=[3])
        plain = kind("Plain", ["a", "b"])
        first, second = given(store([row("x", 2), plain(1, b=2)]))
        assert (first._fields, first._2, first) == (("a", "_1", "_2"), 3, ("x", 2, 3))
        assert type(first)._field_defaults == {"_2": 3}
        assert (type(second).__name__, second.b) == ("Plain", 2)

    def test_a_thing_of_the_main_module(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made: dict[str, Any] = {"__name__": "__main__"}
        exec("class Thing:\n    value = 5\ndef double(x): return 2 * x\n", made)  # noqa: S102  # of the main module
        monkeypatch.setattr(sys.modules["__main__"], "Thing", made["Thing"], raising=False)
        monkeypatch.setattr(sys.modules["__main__"], "double", made["double"], raising=False)
        payload = bytes(store([made["Thing"](), made["double"]]))
        monkeypatch.undo()
        thing, double = given(payload)
        assert (thing.value, double(4)) == (5, 8)

    def test_a_module(self, store: Store) -> None:
        assert given(store([re])) == [re]

    def test_a_sentinel_of_a_module(
        self, store: Store, own_modules: Callable[[str, dict[str, Any]], None]
    ) -> None:
        missing = object()
        own_modules("sentinels_of_mine", {"MISSING": missing})
        assert given(store([missing]))[0] is missing

    @pytest.mark.parametrize(
        ("members", "state", "is_itself"),
        [
            ({}, {}, True),
            ({"__slots__": ()}, {}, True),
            ({"__slots__": ("name",)}, {}, True),
            ({"__slots__": ("name",)}, {"name": "n"}, True),
            ({}, {"name": "n"}, True),
            ({}, {"name": ["n"]}, False),
            ({"__eq__": lambda *_: True}, {}, True),
            ({"__reduce__": lambda self: (type(self), ())}, {}, False),
        ],
    )
    def test_a_sentinel_of_a_class(
        self,
        members: dict[str, Any],
        state: dict[str, Any],
        is_itself: bool,
        store: Store,
        own_modules: Callable[[str, dict[str, Any]], None],
    ) -> None:
        """The object itself comes back, if it can be seen that it is the same still."""
        made: Any = type("Missing", (), {"__module__": "sentinels_of_mine", **members})
        missing, other = made(), made()
        for name, value in state.items():
            setattr(missing, name, value)
        own_modules("sentinels_of_mine", {"Missing": made, "MISSING": missing})
        back, another = given(store([missing, other]))
        assert (back is missing) is is_itself
        assert type(back) is type(another) is made
        assert another is not other

    def test_the_context_of_decimal_numbers(self, store: Store) -> None:
        """A dtype of decimal numbers is equal to another with the same context."""
        current, other = given(store([decimal.getcontext(), decimal.Context(prec=7)]))
        assert current is decimal.getcontext()
        assert other.prec == 7

    def test_a_sentinel_of_nobody(self, store: Store) -> None:
        assert type(given(store([object()]))[0]) is object

    @pytest.mark.parametrize("depth", [1_500, 20_000])
    def test_great_depth(self, store: Store, depth: int) -> None:
        value: list[Any] = []
        for _ in range(depth):
            value = [value]
        back = given(store(value))
        for _ in range(depth):
            (back,) = back
        assert back == []

    def test_great_depth_of_what_cannot_be(self, store: Store) -> None:
        value: list[Any] = [threading.Lock()]
        for _ in range(1_200):
            value = [value]
        with pytest.raises(UnrecordableOutcomeError, match="lock"):
            store(value)

    def test_the_modules_of_its_types(self, store: Store) -> None:
        assert "re" in store(re.compile("a")).modules
        assert "collections" in store([__import__("collections").Counter("aab")]).modules
        assert store([1, "a"]).modules == set()


class TestNan:
    """It is equal to nothing: what holds one is equal to what holds the very same."""

    def test_the_one_of_a_module(self, store: Store) -> None:
        assert given(store([1.5, math.nan])) == [1.5, math.nan]
        assert given(store({math.nan: "x"}))[math.nan] == "x"

    def test_that_of_numpy(self, store: Store) -> None:
        numpy: Any = pytest.importorskip("numpy")
        made = given(store([numpy.nan, math.nan]))
        assert made == [numpy.nan, math.nan]
        assert made != [math.nan, numpy.nan]

    def test_one_of_its_own(self, store: Store) -> None:
        nan = float("nan")
        first, second = given(store([nan, math.nan]))
        assert [second] == [math.nan]
        assert [first] != [math.nan]
        assert math.isnan(first)

    def test_in_what_dill_stores(self, store: Store) -> None:
        held = [math.nan]
        assert given(store(lambda: held))() == held

    def test_beside_the_callers_own(self, call: Callable[..., Any]) -> None:
        pair = call(lambda box: [box, math.nan], lambda: [[1]])
        assert pair.replayed[0] is pair.after[0]
        assert pair.replayed[1:] == [math.nan]

    def test_where_it_only_looks_like_one(self, store: Store) -> None:
        text = "G" + "\x7f\xf8" + 6 * "\0"
        pickled = text.encode("latin-1")
        assert given(store([pickled, text])) == [pickled, text]

    def test_read_without_a_caller(self, store: Store) -> None:
        payload = bytes(store([math.nan]))
        assert content(payload)[1] == [math.nan]
        ((_, inert),) = inert_contents(payload)
        assert inert.value == [math.nan]


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("made", "culprit"),
        [
            (threading.Lock, "lock"),
            (threading.RLock, "RLock"),
            (iterating, "generator"),
            (socket.socket, "socket"),
            (unittest.mock.Mock, "Mock"),
            # It answers whatever a pickle asks of it, without end.
            (
                lambda: unittest.mock.call(1).made,
                r"_Call\n.*objects only work where they were made",
            ),
            (lambda: weakref.ref(threading.current_thread()), "weakref"),
            (threading.current_thread, "lock|Thread"),
            (lambda: types.ModuleType("made_here"), "module"),
            (sys._getframe, "frame"),
        ],
    )
    def test_by_its_type(self, store: Store, made: Callable[[], Any], culprit: str) -> None:
        value = made()
        with pytest.raises(
            UnrecordableOutcomeError, match=f"cannot record result.*: .*({culprit})"
        ):
            store(value)
        getattr(value, "close", bool)()

    def test_the_frames_of_dill_are_not_shown(self, store: Store) -> None:
        with pytest.raises(UnrecordableOutcomeError) as refused:
            store([sys._getframe()])
        cause: Any = refused.value.__cause__
        assert type(cause).__name__ == "NotPicklableError"
        assert cause.__suppress_context__
        assert cause.__cause__ is None

    def test_an_open_file(self, store: Store) -> None:
        with (
            open(__file__) as file,  # the file is what is tested
            pytest.raises(UnrecordableOutcomeError, match=r"result -> \['f'\]\[1\]: _io.TextIO"),
        ):
            store({"f": [1, file]})

    def test_files_in_memory_are_values(self, store: Store) -> None:
        assert given(store(io.BytesIO(b"abc"))).getvalue() == b"abc"
        assert given(store(io.StringIO("abc"))).getvalue() == "abc"

    def test_the_path_to_the_culprit(self, store: Store) -> None:
        outer = types.SimpleNamespace(conn=types.SimpleNamespace(sock=threading.Lock(), port=1))
        with pytest.raises(UnrecordableOutcomeError) as caught:
            store([outer])
        assert "result -> [0].conn.sock: _thread.lock" in str(caught.value)
        assert "Name a target further out" in str(caught.value)

    @pytest.mark.parametrize(
        ("value", "path"),
        [
            ({frozenset({("x", re.compile)}): threading.Lock()}, "_thread.lock"),
            ({(1, iterating()): 2}, r"result -> \{key\}\[1\]: generator"),
            ({("s", threading.Lock)} | {iterating()}, r"result -> \{element\}: generator"),
            (frozenset({iterating()}), r"result -> \{element\}: generator"),
            (((), iterating()), r"result -> \[1\]: generator"),
        ],
    )
    def test_the_path_through(self, store: Store, value: object, path: str) -> None:
        with pytest.raises(UnrecordableOutcomeError, match=path):
            store(value)

    def test_the_path_through_a_closure(self, store: Store) -> None:
        lock = threading.Lock()
        with pytest.raises(UnrecordableOutcomeError, match="lock"):
            store(lambda: lock)

    def test_the_path_through_a_reduction(self, store: Store) -> None:
        class Listed(list):  # type: ignore[type-arg]
            def __reduce_ex__(self, _protocol: object) -> Any:
                return list, ((),), None, iter([1, threading.Lock()]), iter([("k", 1)])

        with pytest.raises(UnrecordableOutcomeError, match=r"result -> \[0\]: .*Listed"):
            store([Listed()])

    def test_the_path_through_slots(self, store: Store, shop: Any) -> None:
        shelf = shop.Shelf()
        shelf.left = threading.Lock()
        with pytest.raises(UnrecordableOutcomeError, match=r"result -> \.left: _thread.lock"):
            store(shelf)

    def test_the_path_through_made_from(self, store: Store) -> None:
        error = pytest.raises(UnrecordableOutcomeError, match=r"result -> \[1\]: generator")
        with error:
            store((1, iterating()))

    def test_what_refuses_to_be_reduced(self, store: Store) -> None:
        class Proud:
            def __reduce_ex__(self, _protocol: object) -> Any:
                raise RuntimeError("never")

        with pytest.raises(UnrecordableOutcomeError, match="RuntimeError: never"):
            store([Proud()])

    def test_what_is_made_of_another_without_end(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Endless:
            made = 0

            def __init__(self, _other: object = None) -> None:
                Endless.made += 1

            def __reduce__(self) -> Any:
                return Endless, (Endless(),)

        monkeypatch.setattr(_pickling, "_DEPTH", 3000)
        with pytest.raises(UnrecordableOutcomeError, match=r"result -> \[0\]: .*Endless") as caught:
            store([Endless()])
        assert Endless.made < 20_000
        assert caught.value.__cause__ is not None
        assert len(traceback.extract_tb(caught.value.__cause__.__traceback__)) < 100

    def test_which_of_a_chain_without_end_is_named(self) -> None:
        def attempt(_part: object) -> None:
            raise RecursionError("too deep")

        chain = types.SimpleNamespace(next=types.SimpleNamespace(next=types.SimpleNamespace()))
        error = unrecordable("result", [chain], attempt, RecursionError("too deep"))
        assert str(error).startswith("cannot record result -> [0]: types.SimpleNamespace\n")

    def test_what_is_reduced_to_a_wrong_name(self, store: Store) -> None:
        class Misnamed:
            def __reduce_ex__(self, _protocol: object) -> str:
                return "no_such_name"

        with pytest.raises(UnrecordableOutcomeError, match="Misnamed"):
            store([Misnamed()])

    def test_what_cannot_be_loaded_again(self, store: Store, shop: Any) -> None:
        with pytest.raises(
            UnrecordableOutcomeError, match=r"result -> \['deep'\]: .*Unloadable\nValueError"
        ):
            store({"deep": shop.Unloadable()})

    def test_a_local_class_that_holds_a_lock(self, store: Store) -> None:
        class Local:
            lock = threading.Lock()

        with pytest.raises(UnrecordableOutcomeError):
            store(Local)


class TestLoading:
    def test_what_is_not_there_any_more(
        self, store: Store, own_modules: Callable[..., None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Gone:
            pass

        Gone.__module__, Gone.__qualname__ = "gone_module", "Gone"
        own_modules("gone_module", {"Gone": Gone})
        payload = bytes(store(Gone()))
        monkeypatch.delitem(sys.modules, "gone_module")
        with pytest.raises(UnreplayableOutcomeError, match="No module named 'gone_module'"):
            given(payload)

    def test_code_that_another_python_compiled(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def double(value: int) -> int:
            return value * 2

        payload = store([double])
        assert given(payload)[0](2) == 4
        monkeypatch.setattr(_code, "this_python", lambda: "cpython 3.99")
        with pytest.raises(UnreplayableOutcomeError, match=r"holds the code of .*double, which "):
            given(payload)

    def test_code_that_does_not_tell_by_what_it_was_compiled(self) -> None:
        def double(value: int) -> int:
            return value * 2

        dill = pytest.importorskip("dill")
        recorded = dill.dumps(double.__code__) + bytes((Flags.DILL,))
        assert given(recorded) == double.__code__

    def test_trusted_modules(self, store: Store) -> None:
        payload = bytes(store(re.compile("a")))
        assert decode(payload, (), trust=Trust(["re"])).replay()
        with pytest.raises(
            UntrustedOutcomeError, match=r"it imports re\._compile, and .* only r, s"
        ):
            decode(payload, (), trust=Trust(["r", "s"]))

    def test_a_reference_where_none_may_be(self) -> None:
        forged = b"\x80\x05K\x00Q.\x20"
        with pytest.raises(UnreplayableOutcomeError, match="where none may be"):
            decode(forged, ())

    def test_content_to_compare(self, store: Store, digest: Callable[[object], str]) -> None:
        argument = [1]
        first, second = store([argument, 2], argument), store([argument, 2], argument)
        other = store([[1], 2], argument)
        assert digest(content(bytes(first))) == digest(content(bytes(second)))
        assert digest(content(bytes(first))) != digest(content(bytes(other)))
        assert content(bytes(first))[0] == "returned"

    def test_contents_that_do_not_load(self) -> None:
        with pytest.raises(UnreplayableOutcomeError, match="cannot load what was recorded"):
            content(b"cno_such_module\nf\n." + b"\x00")

    def test_content_of_an_exception(self, digest: Callable[[object], str]) -> None:
        payload = encode(Raised(ValueError(1)), Before([], (), frozenset(), digest))
        assert content(bytes(payload))[0] == "raised"


class TestCorners:
    def test_a_thing_of_the_main_module_that_dill_cannot_store_either(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made: dict[str, Any] = {"__name__": "__main__"}
        exec("class Thing: pass\n", made)  # noqa: S102  # of the main module
        monkeypatch.setattr(sys.modules["__main__"], "Thing", made["Thing"], raising=False)
        thing = made["Thing"]()
        thing.lock = threading.Lock()
        with pytest.raises(UnrecordableOutcomeError, match=r"result -> \.lock: _thread.lock"):
            store(thing)

    def test_a_function_that_tells_no_module(self, store: Store) -> None:
        def double(value: int) -> int:
            return value * 2

        double.__module__ = None  # type: ignore[assignment]  # as some decorators leave it
        with pytest.raises(UnrecordableOutcomeError, match="cannot record result: function"):
            store(double)

    def test_a_function_that_looks_at_its_own_main_module(self, store: Store) -> None:
        made: dict[str, Any] = sys.modules["__main__"].__dict__
        exec("def look_at_main(): return __name__", made)  # noqa: S102  # of the main module
        try:
            payload = bytes(store(made["look_at_main"]))
        finally:
            look = made.pop("look_at_main")
        assert given(payload)() == look() == "__main__"


def test_a_payload_whose_flags_lie_is_refused_as_such() -> None:
    """Whatever stands there, it never is an error of whoever reads it."""
    pickled = pickle.dumps([1, 2, 3])
    refused = 0
    for flags in range(256):
        for given in (pickled, pickled[:5], b""):
            try:
                decode(given + bytes((flags,)), [None])
            except UnreplayableOutcomeError:
                refused += 1
    assert refused > 300  # a stream is not read before it is consumed, and some flags say little
    with pytest.raises(UnreplayableOutcomeError, match="cannot load what was recorded"):
        decode(b"", [None])


class Resetting:
    """Takes all filters of warnings away while it is stored, and while it is loaded."""

    def __reduce__(self) -> tuple[Any, ...]:
        warnings.resetwarnings()
        return Resetting.made, ()

    @staticmethod
    def made() -> Resetting:
        warnings.resetwarnings()
        return Resetting()


def test_what_resets_the_filters_of_warnings_can_be_stored(store: Store) -> None:
    with warnings.catch_warnings():
        assert isinstance(decode(bytes(store(Resetting())), ()).replay(), Resetting)
        assert not warnings.filters
