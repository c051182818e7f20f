"""Values of the standard library that pickle refuses, and that a recording holds."""

from __future__ import annotations

import collections
import datetime as dt
import email.message
import enum
import http.cookiejar
import ipaddress
import pathlib
import re
import sqlite3
import struct
import threading
import typing
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from pytest_mimic._fingerprint._references import places_elsewhere
from pytest_mimic._outcome import Before, Returned, Trust, decode, encode
from pytest_mimic.errors import (
    UnrecordableOutcomeError,
    UnreplayableOutcomeError,
    UntrustedOutcomeError,
)

Digest = Callable[[object], str]


@pytest.fixture
def given(digest: Digest) -> Callable[..., Any]:
    """What comes back of a value that was stored."""

    def given(value: object, trust: Trust | None = None) -> Any:
        payload = b"".join(encode(Returned(value), Before((), (), frozenset(), digest)).parts)
        recorded: Any = decode(payload, (), digest, trust)
        return recorded.outcome.value

    return given


def test_rows(given: Callable[..., Any]) -> None:
    connection = sqlite3.connect(":memory:")
    connection.row_factory = sqlite3.Row
    rows = connection.execute(
        """SELECT 1 AS a, 'x' AS "b""c" UNION SELECT 2, NULL UNION SELECT 3, x'00'"""
    ).fetchall()
    rows += connection.execute("SELECT 1 AS a, 2 AS a").fetchall()
    connection.close()
    back = given(rows)
    assert back == rows
    assert [type(row) for row in back] == [sqlite3.Row] * 4
    assert [row.keys() for row in back] == [["a", 'b"c']] * 3 + [["a", "a"]]
    assert (back[0]["A"], back[0]['b"c'], back[1][-1], tuple(back[3])) == (1, "x", None, (1, 2))


@pytest.mark.parametrize(
    "match",
    [
        re.search("b(.)(x)?", "abc"),
        re.compile("b").match("abc", 1),
        re.compile("a|ab").fullmatch("abab", 0, 2),
        re.compile(b"(?P<name>b)").search(b"abcb", 2, 4),
        *re.finditer("a?", "aab"),
    ],
)
def test_matches(match: Any, given: Callable[..., Any]) -> None:
    def told(match: Any) -> tuple[Any, ...]:
        where = (match.regs, match.pos, match.endpos, match.lastindex, match.lastgroup)
        return (match.re, match.string, match.groups(), match.groupdict(), *where)

    assert told(given(match)) == told(match)


def test_patterns_that_show_how_they_are_compiled(
    given: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    patterns = [re.compile("a", re.DEBUG), re.compile(b"b", re.DEBUG | re.IGNORECASE)]
    capsys.readouterr()
    assert given(patterns) == patterns
    assert capsys.readouterr().out == ""


def test_a_match_in_what_has_changed_since_is_refused(given: Callable[..., Any]) -> None:
    text = bytearray(b"abc")
    match = re.search(b"b", text)
    text[:] = b"xyz"
    with pytest.raises(UnrecordableOutcomeError, match=r"cannot record result: re\.Match"):
        given(match)


def test_formats(given: Callable[..., Any]) -> None:
    back = given(struct.Struct("<IH"))
    assert (type(back), back.format, back.size) == (struct.Struct, "<IH", 6)


def test_weeks(given: Callable[..., Any]) -> None:
    week = dt.date(2024, 12, 31).isocalendar()
    back = given(week)
    assert (type(back), back.week, back) == (type(week), 1, (2025, 1, 2))


def test_emails(given: Callable[..., Any]) -> None:
    """Each of their headers has a class that was made for it alone, live too."""
    message = email.message.EmailMessage()
    message["Subject"] = "tea"
    message["To"] = "Ann <ann@example.org>"
    message.set_content("Come over.")
    back = given(message)
    assert back["To"].addresses[0].display_name == "Ann"
    assert back.as_bytes() == message.as_bytes()


class Jar(http.cookiejar.CookieJar):
    label = "mine"


class OwnJar(http.cookiejar.CookieJar):
    def __getstate__(self) -> dict[str, object]:
        return {"mine": True}


@pytest.mark.parametrize("is_class", [False, True])
def test_forward_references(given: Callable[..., Any], digest: Digest, is_class: bool) -> None:
    """They are kept as text: no other Python runs what they are compiled to."""
    value = typing.ForwardRef("list[int]", is_argument=False, module="m", is_class=is_class)
    back = given(value)
    assert back == value
    for name in ("__forward_module__", "__forward_is_class__", "__forward_evaluated__"):
        assert getattr(back, name) == getattr(value, name)
    payload = bytes(encode(Returned(value), Before((), (), frozenset(), digest)))
    assert b"_create_code" not in payload


def test_a_forward_reference_that_was_evaluated(given: Callable[..., Any]) -> None:
    value = typing.ForwardRef("int")
    typing.get_type_hints(type("Holder", (), {"__annotations__": {"a": value}}))
    back = given(value)
    assert back.__forward_evaluated__ == value.__forward_evaluated__ is True
    assert back.__forward_value__ is int


@pytest.mark.parametrize("text", ["fe80::1%eth0", "fe80::1"])
def test_addresses(given: Callable[..., Any], text: str) -> None:
    back = given(ipaddress.ip_address(text))
    assert back == ipaddress.ip_address(text)
    assert str(back) == text


@pytest.mark.parametrize(
    ("module", "name", "found"),
    [
        ("pathlib._local", "PurePosixPath", pathlib.PurePosixPath),
        ("zipfile._path", "Path", zipfile.Path),
        ("collections._gone._further", "OrderedDict", collections.OrderedDict),
        ("re", "PatternError", re.error),
        ("re", "error", re.error),
        ("enum", "EnumType", enum.EnumMeta),
    ],
)
@pytest.mark.parametrize(
    "trust", [None, Trust(["pathlib", "zipfile*", "collections*", "re", "enum"])]
)
def test_names_that_other_versions_have_elsewhere(
    module: str, name: str, found: object, trust: Trust | None
) -> None:
    payload = b"\x80\x05c" + f"{module}\n{name}\n".encode() + b".\x00"
    recorded: Any = decode(payload, (), None, trust)
    assert recorded.outcome.value is found


def test_where_a_name_may_be() -> None:
    places = [("posixpath", "islink"), ("genericpath", "islink")]
    assert list(places_elsewhere("genericpath", "islink"))[:2] == places
    assert list(places_elsewhere("posixpath", "islink")) == places


@pytest.mark.parametrize(
    "name", ["pathlib._local\nNothing", "no_such._thing\nNothing", "re\nNothing"]
)
def test_names_that_nothing_has(name: str) -> None:
    with pytest.raises(UnreplayableOutcomeError, match="cannot load what was recorded"):
        decode(b"\x80\x05c" + name.encode() + b"\n.\x00", ())


def test_cookie_jars(given: Callable[..., Any]) -> None:
    jar: Any = Jar()
    cookie = {"version": 0, "port": None, "port_specified": False, "domain_specified": True}
    cookie |= {"domain_initial_dot": False, "path_specified": True, "secure": False}
    cookie |= {"expires": None, "discard": True, "comment": None, "comment_url": None}
    made: Any = http.cookiejar.Cookie
    jar.set_cookie(made(name="n", value="v", domain="d", path="/", rest={}, **cookie))
    back = given(jar)
    assert (type(back), back.label) == (Jar, "mine")
    assert [(each.name, each.value, each.domain) for each in back] == [("n", "v", "d")]
    back.clear()
    assert type(back._cookies_lock) is type(threading.RLock())
    assert vars(given(OwnJar())) == {"mine": True}


def test_what_makes_them_is_trusted_and_their_modules_are_not(given: Callable[..., Any]) -> None:
    connection = sqlite3.connect(":memory:")
    connection.row_factory = sqlite3.Row
    row = connection.execute("SELECT 1 AS a").fetchone()
    connection.close()
    assert given(row, Trust(["nothing"])) == row
    with pytest.raises(UntrustedOutcomeError):
        given(http.cookiejar.CookieJar(), Trust(["nothing"]))
    assert not list(given(http.cookiejar.CookieJar(), Trust(["http.cookiejar"])))
