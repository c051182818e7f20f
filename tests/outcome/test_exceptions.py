"""A raised exception comes back whole, and never pretends to be about the call if it is not."""

# ruff: noqa: PT017  # the caller that handles an exception is what these tests need
from __future__ import annotations

import asyncio
import builtins
import concurrent.futures
import email.message
import json
import pathlib
import subprocess
import sys
import threading
import traceback
import unittest
import urllib.error
from collections.abc import Callable
from typing import Any

import pytest

from pytest_mimic._outcome import Before, Raised, Recorded, decode, encode, is_recordable
from pytest_mimic.errors import (
    MissingRecordingError,
    UnrecordableOutcomeError,
    UnreplayableOutcomeError,
)

Back = Callable[..., Any]


@pytest.fixture
def back(digest: Callable[[object], str]) -> Back:
    """A function that records an exception and returns the one that is replayed."""

    def back(exception: BaseException, *arguments: object) -> Any:
        names = [f"a{index}" for index in range(len(arguments))]
        payload = encode(Raised(exception), Before(names, arguments, frozenset(), digest))
        outcome = decode(bytes(payload), arguments).outcome
        assert isinstance(outcome, Raised)
        return outcome.exception

    return back


def state(exception: Any) -> Any:
    return (
        type(exception),
        exception.args,
        vars(exception),
        str(exception),
        exception.__suppress_context__,
    )


@pytest.mark.parametrize(
    "exception",
    [
        ValueError(),
        ValueError("text", 3),
        KeyError("k"),
        FileNotFoundError(2, "no such file", "name"),
        OSError("one argument"),
        OSError(2, "no", "from", None, "to"),
        BlockingIOError(11, "later", 3),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"),
        UnicodeEncodeError("ascii", "\xff", 0, 1, "bad"),
        ImportError("no", name="module", path="path"),
        SyntaxError("bad", ("file", 1, 2, "text", 1, 3)),
        StopIteration(3),
        AttributeError("no", name="missing", obj=[1]),
        NameError("no", name="missing"),
        json.JSONDecodeError("bad", "{", 1),
        subprocess.CalledProcessError(3, ["cmd"], b"out", b"err"),
        urllib.error.URLError("why"),
        RecursionError("deep"),
    ],
    ids=lambda exception: type(exception).__name__,
)
def test_built_in_classes(back: Back, exception: BaseException) -> None:
    replayed = back(exception)
    assert state(replayed) == state(exception)
    for name in ("errno", "filename", "filename2", "name", "path", "object", "start", "value"):
        assert getattr(replayed, name, None) == getattr(exception, name, None)


def test_a_class_whose_init_will_not_take_its_args(back: Back, shop: Any) -> None:
    replayed = back(shop.PriceError(3.5, currency="EUR"))
    assert state(replayed) == state(shop.PriceError(3.5, currency="EUR"))


def test_slots_and_two_bases(back: Back, shop: Any) -> None:
    assert back(shop.SlottedError(7)).code == 7
    mixed = shop.MixedError("m")
    mixed.name = "attribute"
    assert (back(mixed).args, back(mixed).name) == (("m",), "attribute")


def test_a_frozen_class(back: Back, shop: Any) -> None:
    with pytest.raises(shop.FrozenError) as caught:
        raise shop.FrozenError(7) from ValueError("x")
    error = caught.value
    replayed = back(error)
    assert (replayed.code, replayed.args) == (7, error.args)
    assert state(replayed.__cause__) == state(error.__cause__)


def test_attributes_and_notes(back: Back) -> None:
    error: Any = ValueError("x")
    error.details = {"status": [404]}
    error.__notes__ = ["first", "second"]
    assert (back(error).details, back(error).__notes__) == (error.details, error.__notes__)


def test_the_object_of_a_failed_access_comes_back_if_it_is_the_callers(back: Back) -> None:
    client = [1]
    assert back(AttributeError("no", name="n", obj=client), client).obj is client
    assert back(AttributeError("no", name="n", obj=threading.Lock())).obj is None


def test_cause_and_context(back: Back) -> None:
    caught: BaseException
    try:
        try:
            raise KeyError("inner")
        except KeyError as inner:
            raise ValueError("outer") from inner
    except ValueError as error:
        caught = error
    replayed = back(caught)
    assert replayed.__cause__ is replayed.__context__
    assert repr(replayed.__cause__) == "KeyError('inner')"
    assert replayed.__suppress_context__
    assert replayed.__traceback__ is None
    assert replayed.__cause__.__traceback__ is None


def test_a_context_that_leads_back_to_itself(back: Back) -> None:
    first, second = ValueError(1), ValueError(2)
    first.__context__, second.__cause__ = second, first
    replayed = back(first)
    assert replayed.__context__.__cause__ is replayed


def test_an_argument_in_an_exception(back: Back) -> None:
    argument = [1]
    assert back(ValueError(argument), argument).args[0] is argument


@pytest.mark.skipif(sys.version_info < (3, 11), reason="exception groups came with 3.11")
class TestGroups:
    def test_nested(self, back: Back) -> None:
        group: Any = vars(builtins)["ExceptionGroup"](
            "g", [ValueError(1), vars(builtins)["ExceptionGroup"]("h", [KeyError(2)])]
        )
        group.add_note("note")
        replayed = back(group)
        assert repr(replayed) == repr(group)
        assert replayed.__notes__ == ["note"]

    def test_of_what_is_about_the_run(self) -> None:
        make = vars(builtins)["ExceptionGroup"]
        groups = make("g", [ValueError(1)]), make("g", [MissingRecordingError("no")])
        assert [is_recordable(group) for group in groups] == [True, False]


def raised_from(recorded: Recorded) -> BaseException:
    try:
        recorded.replay()
    except Exception as error:  # noqa: BLE001  # whatever it is
        return error
    raise AssertionError  # pragma: no cover  # it raises


class TestRaising:
    def test_inside_the_callers_own_handler(self, digest: Callable[[object], str]) -> None:
        """The context of what the call handled ends in what the caller handles."""

        def live() -> None:
            try:
                raise KeyError("inner")
            except KeyError:
                raise ValueError("outer")  # noqa: B904  # on purpose

        try:
            raise OSError("callers")
        except OSError:
            before = Before([], (), frozenset(), digest)
            try:
                live()
            except ValueError as error:
                payload = bytes(encode(Raised(error), before))
        try:
            raise LookupError("other caller's")
        except LookupError as handled:
            replayed = raised_from(decode(payload, ()))
            assert repr(replayed.__context__) == "KeyError('inner')"
            assert replayed.__context__ is not None
            assert replayed.__context__.__context__ is handled
        alone = raised_from(decode(payload, ()))
        assert alone.__context__ is not None
        assert alone.__context__.__context__ is None

    def test_without_a_context_of_its_own(self, digest: Callable[[object], str]) -> None:
        payload = bytes(encode(Raised(ValueError()), Before([], (), frozenset(), digest)))
        try:
            raise LookupError
        except LookupError as handled:
            assert raised_from(decode(payload, ())).__context__ is handled

    def test_suppressed_stays_suppressed(self, digest: Callable[[object], str]) -> None:
        before = Before([], (), frozenset(), digest)
        try:
            raise ValueError from None
        except ValueError as error:
            payload = bytes(encode(Raised(error), before))
        assert raised_from(decode(payload, ())).__suppress_context__

    def test_the_very_exception_that_the_caller_handles(
        self, digest: Callable[[object], str]
    ) -> None:
        try:
            raise ValueError("recorded")
        except ValueError as error:
            payload = bytes(encode(Raised(error), Before([], (), frozenset(), digest)))
        try:
            raise ValueError("of another caller")
        except ValueError as handled:
            assert raised_from(decode(payload, ())) is handled
        with pytest.raises(UnreplayableOutcomeError, match="handling none"):
            decode(payload, ())

    def test_again_does_not_chain_tracebacks(self, digest: Callable[[object], str]) -> None:
        payload = bytes(encode(Raised(ValueError()), Before([], (), frozenset(), digest)))
        recorded = decode(payload, ())
        first = len(traceback.extract_tb(raised_from(recorded).__traceback__))
        second = len(traceback.extract_tb(raised_from(recorded).__traceback__))
        assert first == second


def test_what_cannot_be_stored_in_an_exception(back: Back) -> None:
    error: Any = ValueError("x")
    error.response = {"raw": threading.Lock()}
    with pytest.raises(
        UnrecordableOutcomeError, match=r"exception -> \.response\['raw'\]: _thread.lock"
    ):
        back(error)


def test_what_its_class_does_not_pickle_either_is_left_out(back: Back, shop: Any) -> None:
    """As with the errors of HTTP clients, which hold the pool of connections."""
    error = shop.TillError(threading.Lock(), "jammed")
    error.seen_by = [error]
    replayed = back(error)
    assert replayed.till is None
    assert replayed.seen_by == [replayed]
    assert (replayed.note, replayed.args) == ("by hand", error.args)


def test_what_can_be_stored_is_kept_though_its_class_does_not_pickle_it(
    back: Back, shop: Any
) -> None:
    till = shop.Basket([1])
    assert back(shop.TillError(till, "jammed")).till == till
    assert back(shop.TillError(till, "jammed"), till).till is till


def test_what_cannot_be_stored_in_an_exception_that_does_not_pickle(back: Back, shop: Any) -> None:
    with pytest.raises(UnrecordableOutcomeError, match=r"exception -> \.till: _thread.lock"):
        back(shop.LostTillError(threading.Lock(), "jammed"))


@pytest.mark.parametrize(
    ("exception", "recordable"),
    [
        (ValueError(), True),
        (TimeoutError(), True),
        (KeyboardInterrupt(), False),
        (SystemExit(1), False),
        (GeneratorExit(), False),
        (asyncio.CancelledError(), False),
        (concurrent.futures.CancelledError(), False),
        (unittest.SkipTest("s"), False),
        (pytest.skip.Exception("s"), False),
        (pytest.fail.Exception("f"), False),
        (pytest.exit.Exception("e"), False),
        (MissingRecordingError("m"), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_may_be_kept(exception: BaseException, recordable: bool) -> None:
    assert is_recordable(exception) is recordable


def test_what_an_exception_was_raised_from_counts() -> None:
    error = ValueError()
    error.__cause__ = MissingRecordingError("m")
    assert not is_recordable(error)
    error.__cause__ = error
    assert is_recordable(error)


def test_a_timeout_is_raised_from_what_it_cancelled(back: Back) -> None:
    async def late() -> None:
        await asyncio.wait_for(asyncio.sleep(30), 0)

    with pytest.raises(asyncio.TimeoutError) as caught:
        asyncio.run(late())
    error = caught.value
    error.__cause__ = error.__cause__ or asyncio.CancelledError()  # as some versions have it
    assert is_recordable(error)
    assert type(back(error).__cause__) is asyncio.CancelledError


def test_modules_that_nobody_loaded_raise_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "concurrent.futures")
    assert is_recordable(ValueError())


def test_an_exception_that_is_no_exception_of_pythons(back: Back) -> None:
    """The walk over the bases ends at BaseException, wherever a mixin stands."""

    class Mixin:
        kept: Any = None

    class MixedError(ValueError, Mixin):
        pass

    error = MixedError("x")
    error.kept = [1]
    assert (back(error).args, back(error).kept) == (("x",), [1])


def test_an_error_that_is_a_response(back: Back, tmp_path: pathlib.Path) -> None:
    (tmp_path / "body").write_bytes(b"no such page")
    with (tmp_path / "body").open("rb") as file:
        error = urllib.error.HTTPError("http://x", 404, "Not Found", email.message.Message(), file)
        error.hdrs["Server"] = "here"
        replayed = back(error)
        assert error.read() == replayed.read() == b"no such page"
    assert str(replayed) == str(error) == "HTTP Error 404: Not Found"
    assert (replayed.code, replayed.url, replayed.hdrs["Server"]) == (404, "http://x", "here")
    assert replayed.args[:3] == error.args[:3]
