"""What cannot be told apart is refused, with the way to it and what to do now."""

from __future__ import annotations

import _csv
import asyncio
import contextvars
import hashlib
import itertools
import linecache
import queue
import re
import socket
import sqlite3
import tempfile
import threading
import types
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

import pytest

from pytest_mimic._fingerprint import Fingerprinter
from pytest_mimic._fingerprint import _graph as graph
from pytest_mimic.errors import UnhashableArgumentError

Digest = Callable[..., str]


class Plain:
    def __init__(self, **attributes: object) -> None:
        self.__dict__.update(attributes)


class Mine(mock.MagicMock):
    pass


def generator() -> Iterator[int]:
    yield 1


async def asynchronous() -> Iterator[int]:  # type: ignore[misc]
    yield 1


class Unhashable(type):  # noqa: PLW1641 - that is the point
    def __eq__(cls, other: object) -> bool:
        return NotImplemented


class OfUnhashable(metaclass=Unhashable):
    pass


REFUSED: dict[str, Callable[[], object]] = {
    "lock": threading.Lock,
    "rlock": threading.RLock,
    "event": threading.Event,
    "thread": threading.Thread,
    "queue": queue.Queue,
    "pool": ThreadPoolExecutor,
    "thread-local": threading.local,
    "generator": generator,
    "async generator": asynchronous,
    "list iterator": lambda: iter([1]),
    "dict iterator": lambda: iter({1: 2}),
    "range iterator": lambda: iter(range(3)),
    "reversed": lambda: reversed([1]),
    "map": lambda: map(len, []),
    "zip": lambda: zip([], [], strict=True),
    "enumerate": lambda: enumerate([]),
    "count": itertools.count,
    "csv reader": lambda: _csv.reader([]),
    "mock": mock.Mock,
    "magic mock": mock.MagicMock,
    "async mock": mock.AsyncMock,
    "mock of their own": Mine,
    "autospec": lambda: mock.create_autospec(Plain),
    "object": object,
    "context variable": lambda: contextvars.ContextVar("name"),
    "weak reference": lambda: weakref.ref(Plain),
    "weak dict": weakref.WeakKeyDictionary,
    "code": lambda: generator.__code__,
    "hash": hashlib.sha256,
    "module of no name": lambda: types.ModuleType("nowhere"),
    "lambda without a source": lambda: eval("lambda: 1"),  # noqa: S307 - that is what has no source
    "class that cannot be hashed": OfUnhashable,
    "future": lambda: asyncio.Future(loop=mock.Mock()),
    "zone from a file": lambda: ZoneInfo.from_file(open(ZONE_FILE, "rb")),  # noqa: SIM115
}
ZONE_FILE = "/usr/share/zoneinfo/UTC"


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, digest: Digest) -> None:
    try:
        value = REFUSED[name]()
    except FileNotFoundError:
        pytest.skip("no such file here")
    with pytest.raises(UnhashableArgumentError) as caught:
        digest(value)
    assert caught.value.path.startswith("value")
    assert "0x" not in str(caught.value)


def test_open_things_are_refused(digest: Digest) -> None:
    with tempfile.TemporaryFile() as file, closing(sqlite3.connect(":memory:")) as database:
        for value in (file, database, [{"f": file}]):
            with pytest.raises(UnhashableArgumentError):
                digest(value)
    with socket.socket() as open_socket, pytest.raises(UnhashableArgumentError, match="socket"):
        digest(open_socket)


@pytest.mark.parametrize(
    ("name", "value", "path"),
    [
        ("client", Plain(session=Plain(lock=threading.Lock())), ".session.lock"),
        ("config", {"db": {"conn": threading.Lock()}}, "['db']['conn']"),
        ("xs", [1, 2, 3, threading.Lock()], "[3]"),
        ("t", (1, (threading.Lock(),)), "[1][0]"),
        ("by_number", {1: {(2, 3): threading.Lock()}}, "[1][tuple]"),
        ("key", {threading.Lock(): 1}, "[lock]"),
        ("group", {Plain(a=threading.Lock())}, "{...}.a"),
        ("long", {"k" * 100: threading.Lock()}, "['" + "k" * 56 + "...]"),
    ],
)
def test_path_to_the_culprit(name: str, value: object, path: str) -> None:
    with pytest.raises(UnhashableArgumentError) as caught:
        Fingerprinter().key("m:f", ("other", name), (1, value))
    assert caught.value.path == f"argument {name!r} -> {path}"
    assert caught.value.culprit == "_thread.lock"
    assert f"ignore={name}" in caught.value.remedy
    assert "pytest_mimic_fingerprint" in caught.value.remedy


def test_culprit_is_the_argument_itself() -> None:
    with pytest.raises(UnhashableArgumentError) as caught:
        Fingerprinter().key("m:f", ("lock",), (threading.Lock(),))
    assert caught.value.path == "argument 'lock'"


def test_a_digest_is_of_no_argument(digest: Digest) -> None:
    with pytest.raises(UnhashableArgumentError) as caught:
        digest(threading.Lock())
    assert caught.value.path == "value"


class NoTextError(Exception):
    def __str__(self) -> str:
        raise ValueError("no text either")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (KeyError("no"), "KeyError: 'no'"),
        (NoTextError(), "NoTextError"),
        (TypeError("not me"), "not me"),
    ],
    ids=["key error", "no text", "type error"],
)
def test_own_reduction_raises(error: Exception, said: str, digest: Digest) -> None:
    class Raising:
        def __getstate__(self) -> object:
            raise error

    with pytest.raises(UnhashableArgumentError, match=re.escape(said)) as caught:
        digest([Raising()])
    assert caught.value.path == "value -> [0]"
    assert caught.value.__cause__ is error


def test_interrupt_is_no_refusal(digest: Digest) -> None:
    class Interrupted:
        def __getstate__(self) -> object:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        digest(Interrupted())


@pytest.mark.parametrize("name", ["both", "patient"])
def test_out_of_memory_is_no_refusal(name: str, digest: Digest) -> None:
    class Hungry:
        def __getstate__(self) -> object:
            raise MemoryError

    value: object = Hungry()
    for _ in range(0 if name == "both" else 200):
        value = [value]
    with pytest.raises(MemoryError):
        digest(value)


class Endless:
    def __reduce__(self) -> tuple[object, ...]:
        return list, (), {"next": Endless()}


class Circular:
    def __reduce__(self) -> tuple[object, ...]:
        return Circular, (self,)


def test_reduction_without_an_end(digest: Digest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph, "DEEPEST", 1000)
    with pytest.raises(UnhashableArgumentError, match="never comes to an end") as caught:
        digest(Endless())
    assert len(caught.value.path) < 500


def test_reduction_that_says_nothing(digest: Digest) -> None:
    with pytest.raises(UnhashableArgumentError, match="Circular"):
        digest(Circular())


class Named:
    def __init__(self, name: str) -> None:
        self.name = name

    def __reduce__(self) -> str:
        return self.name


KNOWN = Named("KNOWN")


def test_reduction_to_a_name(digest: Digest) -> None:
    assert digest(KNOWN) == digest(KNOWN)
    with pytest.raises(UnhashableArgumentError, match="KNOWN"):
        digest(Named("KNOWN"))


def test_reduction_of_no_kind(digest: Digest) -> None:
    class Wrong:
        def __reduce__(self) -> object:  # type: ignore[override]
            return 5

    with pytest.raises(UnhashableArgumentError, match="a string or a tuple, not int"):
        digest(Wrong())


def test_source_that_is_no_python(digest: Digest, monkeypatch: pytest.MonkeyPatch) -> None:
    function = eval(compile("lambda: 1", "broken.txt", "eval"))  # noqa: S307
    broken = (9, None, ["no python (\n"], "broken.txt")
    monkeypatch.setitem(linecache.cache, "broken.txt", broken)
    with pytest.raises(UnhashableArgumentError, match="neither a name nor a source"):
        digest(function)


def test_numpy_without_a_name(digest: Digest) -> None:
    np = pytest.importorskip("numpy")
    with pytest.raises(UnhashableArgumentError, match=r"numpy\.ufunc"):
        digest(np.frompyfunc(len, 1, 1))


def test_numpy_function_without_a_name(digest: Digest) -> None:
    pytest.importorskip("numpy", "2")
    from numpy._core.overrides import array_function_dispatch

    @array_function_dispatch(lambda value: (value,))
    def local(value: object) -> object:
        return value

    with pytest.raises(UnhashableArgumentError, match="numpy function"):
        digest(local)


@pytest.mark.filterwarnings("ignore")
def test_torch_quantized(digest: Digest) -> None:
    torch = pytest.importorskip("torch")
    with pytest.raises(UnhashableArgumentError, match="quantized"):
        digest(torch.quantize_per_tensor(torch.zeros(2), 0.1, 0, torch.quint8))


def test_pyarrow_extension(digest: Digest) -> None:
    pa = pytest.importorskip("pyarrow")
    with pytest.raises(UnhashableArgumentError, match="pyarrow"):
        digest(pa.array([b"x" * 16], pa.uuid()))


def test_sympy_dummy(digest: Digest) -> None:
    sympy = pytest.importorskip("sympy")
    with pytest.raises(UnhashableArgumentError, match=r"sympy\.Dummy \(it is equal to nothing"):
        digest(sympy.Symbol("x") + sympy.Dummy("x"))
    assert digest(sympy.Function("f")(sympy.Symbol("x")))


def test_registered_reduction_raises(digest: Digest, monkeypatch: pytest.MonkeyPatch) -> None:
    def reduce(value: object) -> object:
        raise TypeError("not today")

    monkeypatch.setitem(__import__("copyreg").dispatch_table, Plain, reduce)
    with pytest.raises(UnhashableArgumentError, match="not today"):
        digest(Plain())


class Kept:
    """Keeps what it is set to by itself, as textbooks have it."""

    def __init__(self, mapping: Any, key: Callable[[object], object]) -> None:
        self.mapping, self.key = mapping, key

    def __get__(self, holder: object, owner: type) -> object:
        return self if holder is None else self.mapping[self.key(holder)]

    def __set__(self, holder: object, value: object) -> None:
        self.mapping[self.key(holder)] = value


class Slotted:
    __slots__ = ()

    def __set__(self, holder: object, value: object) -> None: ...


class Order:
    nothing = Slotted()


@pytest.mark.parametrize(
    ("mapping", "key"),
    [
        ({}, id),
        ({}, lambda order: order),
        (weakref.WeakKeyDictionary(), lambda order: order),
    ],
    ids=["by id", "by object", "weakly"],
)
def test_what_descriptors_keep_elsewhere(
    mapping: Any,
    key: Callable[[object], object],
    digest: Digest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Order, "price", Kept(mapping, key), raising=False)
    kept, other = Order(), Order()
    kept.price = 1  # type: ignore[attr-defined]
    said = re.escape("Order (its .price is kept by a descriptor, and nothing of it by itself)")
    with pytest.raises(UnhashableArgumentError, match=said):
        digest(kept)
    assert digest(other) == digest(other)


def test_no_error_of_ours_behind_a_refusal(digest: Digest) -> None:
    """A circle makes a first walk give up, which nobody needs to read of."""
    circle: list[object] = []
    circle.extend([circle, threading.Lock()])
    with pytest.raises(UnhashableArgumentError) as caught:
        digest(circle)
    behind: BaseException | None = caught.value
    while behind is not None:
        assert type(behind).__name__ != "TooDeepError"
        behind = behind.__cause__ or behind.__context__
