"""Outlines: bounded, redacted, the same everywhere, and without running anybody's code."""

# ruff: noqa: E501, S105, S106, S107 - tables have a line for each case; the secrets are made up

from __future__ import annotations

import array
import collections
import dataclasses
import datetime as dt
import decimal
import enum
import fractions
import functools
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import threading
import types
import uuid
import weakref
import zoneinfo
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_mimic._outline import (
    REDACTED,
    Difference,
    describe_call,
    differences,
    hidden_of,
    is_outline,
    looks_secret,
    nearest,
    outline,
    outline_arguments,
    show,
)

DIGEST = "d" * 32
BOUND = 12_000


def digest(value):
    return DIGEST


def size(told):
    return len(json.dumps(told))


class Color(enum.Enum):
    RED = 1


class Bits(enum.Flag):
    ONE = 1
    TWO = 2


@dataclasses.dataclass
class Point:
    x: int
    y: float


class Slotted:
    __slots__ = ("a", "b")

    def __init__(self):
        self.a = 1


class Client:
    """Fails when anything but its own storage is looked at; then only its type would be told."""

    kind = "class attribute"

    def __init__(*self, **attributes):
        self[0].__dict__.update(attributes)

    def _explode(self, *args):
        raise AttributeError("foreign code ran")

    __getattr__ = __repr__ = __str__ = __eq__ = __len__ = __iter__ = __bool__ = _explode
    __hash__ = object.__hash__
    __format__ = __sizeof__ = __reduce__ = __reduce_ex__ = __getstate__ = __dir__ = _explode
    lazy = property(_explode)


class Meta(type):
    def __getattribute__(cls, name):
        raise AttributeError("foreign code ran")


class WithMeta(metaclass=Meta):
    pass


Pair = collections.namedtuple("Pair", "left right")  # noqa: PYI024 - the untyped kind is common


class Words(str):  # noqa: SLOT000 - an heir as users write it
    def __str__(self):
        raise AttributeError("foreign code ran")

    __repr__ = __len__ = __hash__ = __eq__ = __getitem__ = __str__  # type: ignore[assignment]  # the case


class Items(dict):  # type: ignore[type-arg]  # an heir as users write it
    def __iter__(self):
        raise AttributeError("foreign code ran")

    keys = items = values = __len__ = __getitem__ = __iter__  # type: ignore[assignment]  # the case


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, {"type": "NoneType", "value": None}),
        (True, {"type": "bool", "value": True}),
        (7, {"type": "int", "value": 7}),
        (1 << 9000, {"type": "int", "bits": 9001}),
        (0.1, {"type": "float", "value": 0.1}),
        (float("nan"), {"type": "float", "value": "nan"}),
        (float("-inf"), {"type": "float", "value": "-inf"}),
        (1j, {"type": "complex", "value": "1j"}),
        ("a", {"type": "str", "value": "a"}),
        ("\udc80", {"type": "str", "value": "\\udc80"}),
        ("a" * 200, {"type": "str", "value": "a" * 56 + "…" + "a" * 24, "length": 200}),
        (b"a", {"type": "bytes", "value": "b'a'"}),
        (bytearray(b"a"), {"type": "bytearray", "value": "b'a'"}),
        (b"a" * 200, {"type": "bytes", "value": f"{b'a' * 56!r}…", "length": 200}),
        (..., {"type": "ellipsis", "value": "Ellipsis"}),
        (range(3), {"type": "range", "value": "range(0, 3)"}),
        (decimal.Decimal("1.50"), {"type": "decimal.Decimal", "value": "1.50"}),
        (fractions.Fraction(1, 3), {"type": "fractions.Fraction", "value": "1/3"}),
        (uuid.UUID(int=1), {"type": "uuid.UUID", "value": str(uuid.UUID(int=1))}),
        (pathlib.PurePosixPath("a/b"), {"type": "pathlib.PurePosixPath", "value": "a/b"}),
        (dt.date(2024, 1, 2), {"type": "datetime.date", "value": "2024-01-02"}),
        (dt.timedelta(1), {"type": "datetime.timedelta", "value": "1 day, 0:00:00"}),
        (re.compile("a+"), {"type": "re.Pattern", "value": "a+", "flags": 32}),
        (re.compile(b"a+"), {"type": "re.Pattern", "value": "b'a+'"}),
        (len, {"type": "builtin_function_or_method", "value": "len"}),
        (str.join, {"type": "method_descriptor", "value": "str.join"}),
        (json.dumps, {"type": "function", "value": "json.dumps"}),
        (json, {"type": "module", "value": "json"}),
        (dict, {"type": "type", "value": "dict"}),
        (collections.OrderedDict, {"type": "type", "value": "collections.OrderedDict"}),
        ([], {"type": "list", "length": 0}),
        ([1, "a", None], {"type": "list", "length": 3, "items": [1, "a", None]}),
        ((1.0, True), {"type": "tuple", "length": 2, "items": [1.0, True]}),
        ({3, 1, 2}, {"type": "set", "length": 3, "items": [1, 2, 3]}),
        (collections.deque([1]), {"type": "collections.deque", "length": 1, "items": [1]}),
        ({"b": 1, "a": 2}, {"type": "dict", "length": 2, "items": {"a": 2, "b": 1}}),
        ({1: 2, "a": 3}, {"type": "dict", "length": 2, "entries": {"'a'": 3, "1": 2}}),
        ({(1, "a"): 2}, {"type": "dict", "length": 1, "entries": {"(1, 'a')": 2}}),
        ({(1,): 2}, {"type": "dict", "length": 1, "entries": {"(1,)": 2}}),
        ({object(): 2}, {"type": "dict", "length": 1}),
        ({(object(),): 2}, {"type": "dict", "length": 1}),
        ({object()}, {"type": "set", "length": 1}),
        ([[1]], {"type": "list", "length": 1, "items": [
            {"type": "list", "length": 1, "items": [1]}]}),
    ],
)  # fmt: skip
def test_outlines(value, expected):
    assert outline(value) == expected
    json.dumps(outline(value), allow_nan=False)


def name_of(kind):
    return f"{__name__}.{kind.__qualname__}"


@pytest.mark.parametrize(
    ("make", "rest"),
    [
        (lambda: Color.RED, {"value": "Color.RED"}),
        (lambda: Bits.ONE | Bits.TWO, None),
        (lambda: Bits(0), {"value": "Bits(0)"}),
        (lambda: Point(1, 2.0), {"attributes": {"x": 1, "y": 2.0}}),
        (Slotted, {"attributes": {"a": 1}}),
        (lambda: Client(url="x"), {"attributes": {"url": "x"}}),
        (lambda: Pair(1, 2), {"length": 2, "attributes": {"left": 1, "right": 2}}),
        (lambda: Words("text"), {"value": "text"}),
        (lambda: Items(a=1), {"length": 1, "items": {"a": 1}}),
    ],
)
def test_outlines_of_users_classes(make, rest):
    value = make()
    told = outline(value)
    assert told["type"] == name_of(type(value))
    if rest is not None:
        assert told == {"type": name_of(type(value)), **rest}


def test_more_outlines():
    assert outline(WithMeta()) == {"type": f"{__name__}.WithMeta"}
    assert outline(WithMeta)["value"] == f"{__name__}.WithMeta"
    assert outline(ValueError("a", 1)) == {
        "type": "ValueError",
        "attributes": {"args": {"type": "tuple", "length": 2, "items": ["a", 1]}},
    }
    told = outline(functools.partial(len, 1, a=2))  # type: ignore[call-arg, arg-type]  # never called
    assert told["attributes"]["keywords"]["items"] == {"a": 2}
    assert outline(types.SimpleNamespace(a=1))["attributes"] == {"a": 1}
    assert outline(slice(1, 2))["attributes"] == {"start": 1, "step": None, "stop": 2}
    assert outline(array.array("d", [1.0])) == {"type": "array.array"}
    assert outline(threading.Lock())["type"].endswith("lock")
    assert outline(weakref.ref(Color))["type"] in ("weakref.ReferenceType", "weakref")
    assert outline(n for n in "") == {"type": "generator"}
    assert outline(mock.Mock())["type"] == "unittest.mock.Mock"
    assert outline(mock.MagicMock())["type"] == "unittest.mock.MagicMock"


def test_dates_with_zones():
    class Zone(dt.tzinfo):
        def utcoffset(self, when):
            raise AttributeError("foreign code ran")

    def told(zone):
        return outline(dt.datetime(2024, 1, 2, 3, 4, tzinfo=zone))["value"]

    assert told(None) == "2024-01-02T03:04:00"
    assert told(dt.timezone.utc) == "2024-01-02T03:04:00+00:00"
    assert told(zoneinfo.ZoneInfo("UTC")) == "2024-01-02T03:04:00+00:00[UTC]"
    assert told(Zone()) == "2024-01-02T03:04:00+?"  # type: ignore[abstract]  # the least that works


def test_cycles_end():
    loop: list[object] = []
    loop.append(loop)
    assert outline(loop)["items"] == [{"type": "list", "cycle": True}]
    client = Client()
    client.__dict__["me"] = client
    assert outline(client)["attributes"]["me"]["cycle"] is True
    assert show(outline(loop)) == "[...]"
    assert "digest" in outline(loop, digest=digest)


def test_large_values_are_bounded():
    deep: object = 0
    for _ in range(10_000):
        deep = [deep]
    wide = {f"key_{number}" * 30: "x" * 1000 for number in range(21_000)}
    for value in (
        deep,
        wide,
        list(range(10**6)),
        set(range(10**5)),
        "x" * 10**7,
        b"x" * 10**7,
        [["x" * 500] * 50] * 50,
        {"a" * 10**6: {"b" * 10**6: "c" * 10**6}},
        Client(**{f"a{number}": wide for number in range(100)}),
        type("C" * 10_000, (), {})(),
    ):
        assert size(outline(value, digest=digest)) < BOUND
        assert len(show(outline(value))) < 200


def test_a_large_part_leaves_room_for_its_siblings():
    told = outline({"a": [[[1] * 50] * 50] * 50, "b": {"c": {"d": 1}}})
    assert told["items"]["b"]["items"]["c"]["length"] == 1


def test_what_cannot_be_digested_is_told_of_without():
    def fail(value):
        raise TypeError("no")

    assert outline([1], digest=fail) == {"type": "list", "length": 1, "items": [1]}


def test_whatever_fails_the_type_is_told(monkeypatch):
    def fail(*args):
        raise KeyError

    monkeypatch.setattr("pytest_mimic._outline._making.atom", fail)
    assert outline([1]) == {"type": "list"}
    monkeypatch.setattr("pytest_mimic._outline._making.type_name", fail)
    assert outline([1]) == {"type": "object"}


class TestSecrets:
    @pytest.mark.parametrize(
        "name",
        [
            *("password", "PASSWORD", "db_password", "passWord", "pass-word", "user_passwd", "pwd"),
            *("api_key", "apiKey", "API-KEY", "x-api-key", "X_Api_Key", "openai_api_key_2"),
            *(
                "token",
                "tokens",
                "max_tokens",
                "access_token",
                "accessToken",
                "csrfmiddlewaretoken",
            ),
            *("Authorization", "proxy-authorization", "authorisation", "auth", "basic_auth"),
            *("secret", "client_secret", "secretKey", "AWS_SECRET_ACCESS_KEY", "private_key"),
            *("credentials", "cookie", "Set-Cookie", "jwt", "bearer", "session_id", "passphrase"),
            *(
                "_Client__token",
                "\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44",
                "kennwort",
                "userpass",
                "pass",
                "pin",
                "creds",
            ),
        ],
    )
    def test_names_that_look_like_it(self, name):
        assert looks_secret(name)
        assert outline("s3cr3t", name, digest) == REDACTED
        for value in ({name: "s3cr3t"}, [{name: "s3cr3t"}], Client(**{name: "s3cr3t"})):
            told = outline(value, "x", digest)
            assert "s3cr3t" not in json.dumps(told)
            assert DIGEST not in json.dumps(told)
            assert REDACTED in json.dumps(told)

    @pytest.mark.parametrize(
        "name",
        ["", "author", "key", "sort_key", "compass", "bypass", "forward_pass", "pin_memory", "user",
         "monkey", "keys", "authentic", "spinning"],
    )  # fmt: skip
    def test_names_that_do_not(self, name):
        assert not looks_secret(name)

    @pytest.mark.parametrize(
        "text",
        [
            "https://user:hunter2@example.com/",
            "postgresql://app:hunter2@db/x",
            "https://example.com/?page=2&api_key=hunter2",
            '{"password": "hunter2"}',
            "{'client_secret': 'hunter2'}",
            "Authorization: hunter2",
            "Bearer hunter2",
            "Basic aHVudGVyMg==",
            "sk-hunter2hunter2hunter2",
            "-----BEGIN RSA PRIVATE KEY-----\nhunter2",
            "PASSWORD=hunter2",
        ],
    )
    def test_texts_that_tell_one(self, text):
        for value in (text, [text], {"a": {"b": (text,)}}, text.encode(), Words(text)):
            told = json.dumps(outline(value, "x", digest))
            assert "hunter2" not in told
            assert "aHVudGVyMg" not in told
            assert DIGEST not in told

    @pytest.mark.parametrize(
        "text", ["https://example.com/?page=2", "hello", "a basic question", "12:30@noon", "a: b"]
    )
    def test_texts_that_tell_none(self, text):
        assert outline(text, "x", digest) == {"type": "str", "value": text, "digest": DIGEST}

    def test_pairs(self):
        told = outline([("Accept", "text"), ("Authorization", "hunter2")], "headers", digest)
        assert told == {
            "type": "list",
            "length": 2,
            "items": [
                {"type": "tuple", "length": 2, "items": ["Accept", "text"]},
                {"type": "tuple", "length": 2, "items": ["Authorization", REDACTED]},
            ],
        }

    @pytest.mark.parametrize(
        "value",
        [
            [[[[[[[[{"password": "hunter2"}]]]]]]]],
            [*range(1000), {"password": "hunter2"}],
            {**{f"a{number}": 1 for number in range(100)}, "password": "hunter2"},
            {**{f"{number}": 1 for number in range(30_000)}, "password": "hunter2"},
            dict.fromkeys(range(100), 1) | {"password": "hunter2"},
            dict.fromkeys(range(30_000), 1) | {"password": "hunter2"},
            {object(): {"password": "hunter2"}},
            {Client(password="hunter2")},
            set(range(30_000)) | {Point},
        ],
        ids=range(9),
    )
    def test_one_beyond_what_is_shown_takes_the_digest_away(self, value):
        told = outline(value, "x", digest)
        assert "hunter2" not in json.dumps(told)
        assert ("digest" in told) == (type(value) is set and Point in value)

    def test_classes_named_like_one(self):
        class SecretStr:
            def __init__(self):
                self.value = "hunter2"

        assert outline(SecretStr(), "x", digest) == REDACTED
        assert outline([SecretStr()], "x", digest)["items"] == [REDACTED]
        assert "digest" not in outline([[[[[[[[SecretStr()]]]]]]]], "x", digest)

    def test_captured_by_a_function(self):
        def make(token):
            return lambda: token

        def with_default(password="hunter2"):
            return password

        def with_keyword(*, options={"token": 1}):  # noqa: B006 - the case
            return options

        later = None

        def unset():
            return unbound

        assert "digest" not in outline(make("hunter2"), "x", digest)
        assert "digest" not in outline(with_keyword, "x", digest)
        assert "digest" in outline(unset, "x", digest)
        assert "digest" not in outline(Client(token=1).__init__, "x", digest)  # type: ignore[misc]  # a bound method
        unbound = later

    def test_too_large_to_search(self, monkeypatch):
        monkeypatch.setattr("pytest_mimic._outline._making._MOST_SEARCHED", 1000)
        assert "digest" not in outline([str(number) for number in range(1001)], "x", digest)
        assert "digest" in outline(list(range(10**6)), "x", digest)

    def test_a_hook_names_more(self):
        def redact(name):
            return name == "ssn"

        value = {"ssn": "hunter2", "a": [{"ssn": "hunter2"}]}
        told = outline_arguments(["ssn", "person"], ["hunter2", value], digest, redact=redact)
        assert told["ssn"] == REDACTED
        assert "hunter2" not in json.dumps(told)
        assert DIGEST not in json.dumps(told)

    def test_secrets_are_hidden_beside_a_class_that_has_no_hash(self):
        class Meta(type):  # noqa: PLW1641  # that is the point
            def __eq__(cls, other):
                return cls is other

        class Odd(metaclass=Meta):
            pass

        for names in (("odd", "token"), ("token", "odd")):
            values = [Odd() if name == "odd" else "tell-nobody" for name in names]
            assert hidden_of(names, values).texts == ("tell-nobody",)

    def test_what_is_hidden_is_seen_nowhere(self):
        class Session:
            def __init__(self):
                self.token = "abcdef"
                self.again = self

        session = Session()
        names, values = ["session", "password", "key", "n"], [session, "hunter2", b"bytes7", ()]
        hidden = hidden_of(names, values, {"session", "key", "n"})
        secret: list[object] = [session, [{"s": session}], "Bearer abcdef"]
        secret += ["x hunter2 y", b"-bytes7-", ["hunter2"]]
        for value in secret:
            told = outline(value, "x", digest, hidden=hidden)
            assert REDACTED in json.dumps(told)
            assert "digest" not in told
        harmless: tuple[object, ...] = ((), "abcde", 7, [Session])
        for value in harmless:
            assert REDACTED not in json.dumps(outline(value, "x", digest, hidden=hidden))
        many = hidden_of(["secret"], [[str(number) * 6 for number in range(9999)]])
        assert 1000 < len(many.texts) < 3000
        assert not hidden_of(["a"], []).texts

    def test_arguments_have_their_digests(self):
        assert outline_arguments(["a"], [1], digest) == {
            "a": {"type": "int", "value": 1, "digest": DIGEST}
        }


ATOMS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()
    | st.decimals() | st.fractions() | st.datetimes() | st.timedeltas() | st.uuids() | st.complex_numbers()
)  # fmt: skip
KEYS = st.none() | st.booleans() | st.integers() | st.text() | st.floats() | st.tuples(st.text())
VALUES = st.recursive(
    ATOMS,
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(KEYS, inner)
        | st.dictionaries(st.text(), inner).map(lambda held: Client(**held))
        | st.tuples(inner, inner)
        | st.frozensets(st.integers() | st.text())
    ),
)


@given(VALUES)
def test_never_fails_is_bounded_and_survives_the_card(value):
    told = outline(value, "x", digest)
    assert size(told) < BOUND
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert show(told)
    assert differences({"x": told}, {"x": json.loads(json.dumps(told))}) == (
        [Difference("x", note="redacted, so it may differ")] if told == REDACTED else []
    )


@settings(max_examples=50)
@given(VALUES, st.lists(st.sampled_from(["list", "dict", "object", "tuple", "key"]), max_size=12))
def test_no_secret_leaks(value, wrappers):
    secret = "hunter2hunter2"
    held: object = {"a": value, "api_key": secret}
    for wrapper in wrappers:
        held = {
            "list": lambda inner: [value, inner],
            "dict": lambda inner: {"a": inner, "b": value},
            "object": lambda inner: Client(a=inner, b=value),
            "tuple": lambda inner: (inner, value),
            "key": lambda inner: {1: inner, None: value},
        }[wrapper](held)
    told = json.dumps(outline(held, "x", digest))
    assert secret not in told
    assert DIGEST not in told


@settings(max_examples=50)
@given(VALUES, VALUES)
def test_differences_are_few_and_short(one, other):
    before, after = ({"x": outline(value, "x", digest)} for value in (one, other))
    found = differences(before, after)
    assert len(found) <= 20
    assert all(len(str(difference)) < 1000 for difference in found)
    assert nearest([before, after], after) == (0 if before == after else 1)


SAME = """
import json, enum
from pytest_mimic._outline import outline
class C:
    pass
class E(enum.Enum):
    A = 1
c = C(); c.z = {"b", "a", "c"}; c.a = {1: 2, "x": None, (1, 2): [0.1, 1e22]}; c.e = E.A
values = [c, frozenset(map(str, range(40))), {i: str(i) for i in range(40)}, C, print, E.A, 1 << 500]
print(json.dumps([outline(v, "x", lambda v: "d") for v in values], sort_keys=True))
"""


def test_the_same_in_every_process():
    outputs = {
        subprocess.run(
            [sys.executable, "-c", SAME], env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            check=True, capture_output=True,
        ).stdout
        for seed in ("1", "2", "3")
    }  # fmt: skip
    assert len(outputs) == 1


class TestLibraries:
    def test_none_is_imported(self):
        code = (
            "import sys, pytest_mimic._outline as o; o.outline([1]); print('numpy' in sys.modules)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True, text=True
        )
        assert done.stdout == "False\n"

    def test_arrays(self):
        np = pytest.importorskip("numpy")
        told = outline(np.zeros((100, 3)), "X", digest)
        assert len(told.pop("cells")) == 300 * 4
        assert told == {
            "type": "numpy.ndarray", "dtype": "float64", "shape": [100, 3], "digest": DIGEST
        }  # fmt: skip
        assert outline(np.array([1, 2]))["values"] == "1 2"
        assert outline(np.array([np.nan, 0.1], "f4"))["values"] == "nan 0.1"
        assert "values" not in outline(np.array(["a", "b"]))
        assert "cells" not in outline(np.array([object()] * 50))
        assert "cells" not in outline(np.broadcast_to(np.float64(0), (1 << 26, 2)))
        assert "values" not in outline(np.array([]))
        assert outline(np.float32(0.5)) == {"type": "numpy.float32", "value": 0.5}
        assert outline(np.datetime64("2024-01-02"))["value"] == "2024-01-02"
        assert outline(np.dtype("f4"))["type"].startswith("numpy")

        class Mine(np.float64):  # type: ignore[name-defined, misc]  # imported if there
            def item(self):
                raise AttributeError("foreign code ran")

        assert outline(Mine(1.0))["value"] == 1.0

        class Own(np.int32):  # type: ignore[name-defined, misc]  # imported if there
            item = Mine.item

        assert "value" not in outline(Own(1))

    def test_contents_that_cannot_be_told(self, monkeypatch):
        np = pytest.importorskip("numpy")

        def fail(*args):
            raise ValueError

        monkeypatch.setattr("pytest_mimic._outline._making.contents", fail)
        assert outline(np.zeros(3)).keys() == {"type", "dtype", "shape"}

    def test_no_digest_is_told_of_texts_that_hold_a_secret(self, monkeypatch):
        np, pd = pytest.importorskip("numpy"), pytest.importorskip("pandas")
        secret = "password=hunter2"
        for value in (
            np.array(["a", secret]),
            np.array([b"a", secret.encode()]),
            np.array([1, secret], object),
            pd.Series(["a", secret]),
            pd.Series([1, 2], ["a", secret]),
            pd.DataFrame({"a": [1, 2]}, [secret, "b"]),
            pd.DataFrame({"a": [1, 2]}, [("a", secret), ("b", "c")]),
            pd.DataFrame({"a": [1], "b": [secret]}),
        ):
            told = outline(value, "X", digest)
            assert not told.keys() & {"digest", "cells"}
            assert "b" not in told.get("contents", {})
            hides = getattr(value, "index", range(1))[0] not in (0, 1)
            assert not hides or "index" not in told
        monkeypatch.setattr("pytest_mimic._outline._contents._MOST_SEARCHED", 1)
        assert "digest" not in outline(np.array(["a", "b"]), "X", digest)
        assert "digest" in outline(np.array([1, 2]), "X", digest)

    def test_secret_fields_of_arrays(self):
        np = pytest.importorskip("numpy")
        told = outline(np.zeros(40, [("a", "f4"), ("password", "f4")]), "X", digest)
        assert "digest" not in told

    def test_frames(self):
        pd = pytest.importorskip("pandas")
        frame = pd.DataFrame({"a": [1], "b": ["x"], "api_key": ["hunter2"]})
        told = outline(frame, "X", digest)
        assert told["type"] == "pandas.DataFrame"
        assert told["shape"] == [1, 3]
        assert told["columns"] == {"a": "int64", "b": str(frame.dtypes["b"]), "api_key": REDACTED}
        assert told["contents"].keys() == {"a", "b"}
        assert "digest" not in told
        assert "digest" in outline(frame[["a"]], "X", digest)
        series = outline(pd.Series([1.0], name="a"), "X", digest)
        assert (series["dtype"], series["shape"], series["name"]) == ("float64", [1], "a")
        assert "name" not in outline(pd.Series([1.0]))
        assert "digest" not in outline(pd.Series([1.0], name="token"), "X", digest)
        assert outline(pd.Timestamp(2024, 1, 2))["value"] == "2024-01-02 00:00:00"
        assert outline(pd.Timedelta(1, "D"))["value"].startswith("1 day")
        assert outline(pd.DataFrame(), "X", digest)["shape"] == [0, 0]
        assert outline(pd.DataFrame({("a", "b"): [1]}), "X", digest)["columns"] == {}

    def test_others_by_their_classes(self, monkeypatch):
        def library(name, *classes):
            module = types.ModuleType(name)
            for kind in classes:
                kind.__module__ = name
                module.__dict__[kind.__name__] = kind
            monkeypatch.setitem(sys.modules, name, module)

        class Tensor:
            dtype, shape = "torch.float32", (2, 3)

            def __getattr__(self, name):
                raise AssertionError("it may set what it is asked for")

        class spmatrix:  # noqa: N801 - its name
            dtype, shape, nnz = "float64", (5, 5), 3

        class LazyFrame:
            @property
            def columns(self):
                raise AssertionError("computes")

        class ArrayImpl:
            dtype, shape = "float32", (None, 4)

        library("torch", Tensor)
        library("scipy.sparse", spmatrix)
        library("polars", LazyFrame)
        library("jaxlib", ArrayImpl)
        assert outline(Tensor(), "x", digest).pop("digest")
        assert outline(Tensor()) == {
            "type": "torch.TestLibraries.test_others_by_their_classes.<locals>.Tensor",
            "dtype": "float32",
            "shape": [2, 3],
        }
        assert outline(spmatrix())["stored"] == 3
        assert outline(LazyFrame(), "x", digest).keys() == {"type"}
        assert outline(ArrayImpl())["shape"] == [None, 4]
        assert show(outline(ArrayImpl())) == "ArrayImpl float32 (?, 4)"
        del ArrayImpl.dtype
        assert outline(ArrayImpl()).keys() == {"type"}
        assert outline({"a": Tensor()})["items"]["a"]["dtype"] == "float32"


def test_expressions_of_sympy():
    """By what they are made of, not by what they found out about themselves."""

    class Basic:
        __slots__ = ("_args", "_assumptions", "_mhash")

    class Symbol(Basic):
        __slots__ = ("_assumptions0", "_assumptions_orig", "name")

    symbol = Symbol()
    for name, value in {
        "_args": (),
        "_assumptions": {"real": True, "finite": True},
        "_assumptions0": {"real": True},
        "_assumptions_orig": {"real": True},
        "_mhash": hash("x"),
        "name": "x",
    }.items():
        setattr(symbol, name, value)
    told = outline(symbol)["attributes"]
    assert told.keys() == {"_args", "_assumptions_orig", "name"}
    assert (told["name"], told["_assumptions_orig"]["items"]) == ("x", {"real": True})


def test_modules_of_torch():
    """By their settings, parameters and parts, which is where they differ."""
    torch = pytest.importorskip("torch")
    model = torch.nn.Sequential(torch.nn.Linear(2, 1), torch.nn.Dropout())
    told = outline(model)["attributes"]
    assert told.keys() == {"0", "1", "training"}
    assert told["0"]["attributes"].keys() == {
        *("bias", "in_features", "out_features", "training", "weight"),
    }
    assert told["0"]["attributes"]["weight"]["shape"] == [1, 2]


def told(**arguments):
    def digest_of_text(value):
        return hashlib.sha256(repr(value).encode("utf-8", "surrogatepass")).hexdigest()

    return outline_arguments(list(arguments), list(arguments.values()), digest_of_text)


def texts(recorded, called):
    recorded = json.loads(json.dumps(recorded))
    return [str(difference) for difference in differences(recorded, called)]


@pytest.mark.parametrize(
    ("recorded", "called", "expected"),
    [
        (1, 2, "x: recorded 1, called with 2"),
        (1, True, "x: recorded 1, called with True"),
        (1, 1.0, "x: recorded 1, called with 1.0"),
        (1, "1", "x: recorded 1, called with '1'"),
        (0.0, -0.0, "x: recorded 0.0, called with -0.0"),
        (None, 0, "x: recorded None, called with 0"),
        ([1, 2], (1, 2), "x: recorded [1, 2], called with (1, 2)"),
        ([1, 2], [1, 3], "x[1]: recorded 2, called with 3"),
        ([1, 2], [1, True], "x[1]: recorded 2, called with True"),
        ([1], [True], "x[0]: recorded 1, called with True"),
        ([1], [1, 2], "x: recorded [1], called with [1, 2]"),
        (list(range(50)), list(range(60)), "x: recorded list of 50, called with list of 60"),
        ({1, 2}, {1, 3}, "x: recorded {1, 2}, called with {1, 3}"),
        ({"a": {"lr": 0.1}}, {"a": {"lr": 0.2}}, "x['a']['lr']: recorded 0.1, called with 0.2"),
        ({"a": 1}, {"b": 1}, "x['a']: recorded 1, called with nothing"),
        ({}, {"b": [1]}, "x['b']: recorded nothing, called with [1]"),
        ({1: 2}, {1: 3}, "x[1]: recorded 2, called with 3"),
        (Point(1, 2.0), Point(1, 3.0), "x.y: recorded 2.0, called with 3.0"),
        ([Client()], [Client(a=1)], "x[0].a: recorded nothing, called with 1"),
        (Pair(1, [2]), Pair(1, [3]), "x.right[0]: recorded 2, called with 3"),
        ("a" * 100, "a" * 100 + "b", "x: recorded '...aaaa"),
        ("b" * 40 + "1", "b" * 40 + "2", f"x: recorded '...{'b' * 12}1', called with '...{'b' * 12}2'"),
        (1 << 300, 1 << 301, "x: recorded int of 301, called with int of 302"),
        (decimal.Decimal(1), decimal.Decimal(2), "x: recorded Decimal(1), called with Decimal(2)"),
        (Color.RED, 1, "x: recorded Color.RED, called with 1"),
        (list(range(50)), [*range(49), 0], "x: same type and length, different contents"),
        ("a" * 999, "a" * 500 + "b" + "a" * 498, "x: same type and length, different contents"),
        (re.compile("a"), re.compile("a", re.DOTALL), "x: recorded re.Pattern of ?"),
        (decimal.Decimal(1), fractions.Fraction(1), "x: recorded Decimal(1), called with Fraction(1)"),
        ({"a": 1}, {"a": Items(b=1)}, "x['a']: recorded 1, called with Items('b': 1)"),
    ],
)  # fmt: skip
def test_differences(recorded, called, expected):
    found = texts(told(x=recorded), told(x=called))
    assert found
    assert found[0].startswith(expected)
    assert nearest([told(x=recorded), told(x=called)], told(x=called)) == 1


def test_types_that_look_the_same_are_named():
    recorded, called = ({"type": kind} for kind in ("a.Client", "b.Client"))
    assert texts({"x": recorded}, {"x": called}) == [
        "x: recorded a.Client <Client>, called with b.Client <Client>"
    ]


def test_no_difference():
    arguments = told(a=1, b=[1, {"c": Point(1, 2.0)}], f=float("nan"))
    assert texts(arguments, arguments) == []
    assert nearest([told(a=1), arguments], arguments) == 1


def test_parameters_come_and_go():
    assert texts(told(a=1, b=2), told(a=1, c=3)) == [
        "c: a new parameter, called with 3",
        "b: no parameter any more, recorded 2",
    ]


def test_what_is_redacted_may_be_the_difference():
    assert texts(told(token="a", b=1), told(token="b", b=1)) == [
        "token: redacted, so it may differ"
    ]
    assert texts(told(token="a", b=1), told(token="b", b=2)) == ["b: recorded 1, called with 2"]
    assert texts({"a": REDACTED}, told(a=1)) == ["a: recorded <redacted>, called with 1"]


def test_stars_are_no_part_of_a_path():
    def call(args, kwargs):
        return outline_arguments(
            ["args", "kwargs"], [args, kwargs], var_positional="args", var_keyword="kwargs"
        )

    assert texts(call((1,), {"q": 1}), call((2,), {"q": 2})) == [
        "args[0]: recorded 1, called with 2",
        "kwargs['q']: recorded 1, called with 2",
    ]


def test_the_nearest_is_found():
    called = told(a=1, config={"lr": 0.2, "n": 3})
    far = told(a=2, config={"lr": 0.2, "n": 4})
    near = told(a=1, config={"lr": 0.1, "n": 3})
    nearer = told(a=1, config={"lr": 0.2, "n": 4})
    assert nearest([far, near, nearer, far], called) == 1
    assert nearest([far, nearer, near], called) == 1
    farther = told(a=2, config={"lr": 0.1, "n": 4}, b=1)
    assert nearest([farther, far, farther], called) == 1
    assert nearest([told(a=[1, [2, 3], 4]), told(a=[1, [2, 5]])], told(a=[1, [2, 5, 6]])) == 1


def test_differences_of_arrays():
    np = pytest.importorskip("numpy")
    table = np.zeros((100, 3))
    large = np.zeros((1000, 1000))

    def changed(*places):
        other = table.copy()
        for place in places:
            other[place] = 1
        return other

    for recorded, called, expected in (
        (table, table.astype("f4"), ["X: recorded float64 (100, 3), called with float32 (100, 3)"]),
        (table, table[:50], ["X: recorded float64 (100, 3), called with float64 (50, 3)"]),
        (table[0], table[0].tolist(), ["X: recorded float64 (3,), called with [0.0, 0.0, 0.0]"]),
        (table, changed(7), ["X: 3 of 300 cells differ, the first [7, 0]"]),
        (table, changed((99, 2)), ["X: 1 of 300 cells differs, the first [99, 2]"]),
        (table.T, changed((99, 2)).T, ["X: 1 of 300 cells differs, the first [2, 99]"]),
        (large, large + np.eye(1000), ["X: at least 384 of 1000000 cells differ, the first within [0, 0] to [2, 603]"]),
        ([table], [changed((99, 2))], ["X[0]: at least 1 of 300 cells differs, the first within [93, 2] to [99, 2]"]),
        (np.arange(100), np.arange(100)[::-1], ["X[0]: recorded 0, called with 99 (the first of 100 of 100 cells that differ)"]),
        (table[:3], table[:3], []),
        (np.zeros((2, 3)), np.array([[0, 0, 1], [0, 2, 0.0]]),
         ["X[0, 2]: recorded 0.0, called with 1.0 (the first of 2 of 6 cells that differ)"]),
        (np.zeros(()), np.ones(()), ["X: recorded 0.0, called with 1.0"]),
        (np.zeros((20, 1)), np.eye(20)[:, 3:4], ["X[3, 0]: recorded 0.0, called with 1.0 (the only one of 20 cells to differ)"]),
        (np.array([0.0]), np.array([-0.0]), ["X[0]: recorded 0.0, called with -0.0"]),
        (np.array(["a", "b"]), np.array(["a", "c"]), ["X: 1 of 2 cells differs, the first [1]"]),
        (np.array([{}]), np.array([[]], object).reshape(0), ["X: recorded object (1,), called with object (0,)"]),
    ):  # fmt: skip
        assert texts(told(X=recorded), told(X=called)) == expected
    for same in (np.zeros(3), table):
        both = told(X=same), told(X=same)
        both[0]["X"]["digest"] = "another"
        assert texts(*both) == ["X: same type and shape, different contents"]


@pytest.mark.parametrize(
    ("words", "others", "expected"),
    [
        ({"cells": "AAAA"}, {"cells": "A"}, "X: same type and length, different contents"),
        ({"cells": "AAAA"}, {"cells": "AA=AA"}, "X: same type and length, different contents"),
        ({"values": "1"}, {"values": "2"}, "X: recorded 1, called with 2"),
    ],
)
def test_differences_of_cards_that_were_edited(words, others, expected):
    edited = {"type": "numpy.ndarray", "dtype": "int64", "shape": [None]}
    assert texts({"X": edited | words}, {"X": edited | others}) == [expected]
    assert is_outline(edited | words)


def test_what_is_no_outline():
    deep: object = 1
    for _ in range(100):
        deep = {"type": "list", "items": [deep]}
    for told in (deep, {}, [], {"type": 1}, {"type": "str", "value": 1}, {"type": "C", "items": 1}):
        assert not is_outline(told)
    for word in ("length", "shape", "columns", "digest", "value"):
        assert not is_outline({"type": "C", word: [[]]})
    assert is_outline({"type": "C", "a word of a later version": [[]]})
    assert is_outline({"type": "C", "attributes": {"a": {"type": "list", "items": [1]}}})


def test_arguments_of_a_card_that_was_edited():
    # Nothing says how many there are, or there are no names to them.
    named = {"*args": {"type": "tuple", "items": [1]}, "**options": {"type": "dict", "items": [1]}}
    assert describe_call("m:f", named, ["a", "args", "options"]) == "m:f(**{1})"
    given = named | {"*args": {"type": "tuple", "items": [1], "length": 2}}
    assert describe_call("m:f", given, ["args", "options"]) == "m:f(*(1, ...), **{1})"


def test_differences_of_frames():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"a": [1, 2], "b": [1.0, 2.0]})
    assert texts(told(X=frame), told(X=frame.assign(b=[1.0, 3.0]))) == [
        "X['b']: 1 of 2 cells differs, the first [1]"
    ]
    named = frame.assign(c=["x", "y"])
    assert texts(told(X=named), told(X=frame.assign(c=["x", "z"]))) == [
        "X['c']: same type and length, different contents"
    ]
    assert texts(told(X=frame), told(X=frame.set_index(pd.Index([5, 6])))) == ["X.index: different"]
    wide = pd.DataFrame({f"c{number}": range(100) for number in range(20)})
    assert texts(told(X=wide), told(X=wide.assign(c7=0))) == [
        "X['c7']: at least 19 of 100 cells differ, the first within [0] to [4]"
    ]
    hidden = wide.rename(columns={"c0": "password"})
    assert texts(told(X=wide), told(X=hidden))[:1] == [
        "X['password']: recorded nothing, called with <redacted>"
    ]
    series = frame["b"]
    assert texts(told(X=series), told(X=series + 1)) == [
        "X[0]: recorded 1.0, called with 2.0 (the first of 2 of 2 cells that differ)"
    ]
    assert texts(told(X=frame), told(X=frame.astype({"a": "f8"})))[0] == (
        "X['a']: recorded int64, called with float64"
    )
    assert texts(told(X=frame), told(X=frame.assign(c=1)[["a", "c"]])) == [
        "X['c']: recorded nothing, called with int64",
        "X['b']: recorded float64, called with nothing",
    ]
    assert texts(told(X=frame), told(X=frame[:1]))[0] == (
        "X: recorded DataFrame (2, 2), called with DataFrame (1, 2)"
    )


class TestCall:
    def call(*_self, longest=200, order=(), **arguments):
        shown = outline_arguments(
            list(arguments), list(arguments.values()), var_positional="args", var_keyword="options"
        )
        return describe_call("my_module:fetch", shown, order, longest)

    def test_reads_as_it_was_written(self):
        assert self.call() == "my_module:fetch()"
        assert self.call(user_id=1, name="x") == "my_module:fetch(user_id=1, name='x')"
        assert (
            self.call(a=1, args=(2, 3), options={"q": None})
            == "my_module:fetch(a=1, *(2, 3), q=None)"
        )
        many = {"args": tuple(range(99)), "a": 1}
        order = ("a", "args", "key")
        given = self.call(key=0, args=(2, "x"), a=1, order=order)
        assert given == "my_module:fetch(1, 2, 'x', key=0)"
        assert self.call(key=0, args=(), a=1, order=order) == "my_module:fetch(a=1, key=0)"
        assert self.call(**many, order=order) == "my_module:fetch(1, *(0, 1, 2, 3, 4, 5, ...))"
        assert self.call(a=1, args=(), options={}) == "my_module:fetch(a=1)"
        assert self.call(a=1, self=Client(url="x")) == "my_module:fetch(Client(url='x'), a=1)"
        assert self.call(self=Client()) == "my_module:fetch(<Client>)"
        assert self.call(cls=Point) == "my_module:fetch(test_outline.Point)".replace(
            "test_outline", __name__
        )

    def test_a_cls_that_is_no_owner(self):
        assert self.call(obj=1, cls=None) == "my_module:fetch(obj=1, cls=None)"
        given = self.call(cls=Point, obj=1, order=("obj", "cls"))
        assert given == f"my_module:fetch(obj=1, cls={__name__}.Point)"

    def test_a_card_is_put_back_into_order(self):
        assert self.call(a=1, b=2, c=3, order=["c", "a", "b"]) == "my_module:fetch(c=3, a=1, b=2)"

    def test_is_bounded(self):
        text = self.call(**{f"a{number}": "x" * 1000 for number in range(50)})
        assert len(text) <= 200
        assert text.endswith("...)")
        assert len(self.call(**{"a" * 5000: 1})) < 50

    def test_tells_no_secret(self):
        assert self.call(token="hunter2") == "my_module:fetch(token=<redacted>)"
        assert describe_call("m:f", {"**options": REDACTED, "*args": REDACTED}) == (
            "m:f(**<redacted>, *<redacted>)"
        )

    @pytest.mark.parametrize(
        ("value", "text"),
        [
            ((1,), "(1,)"),
            (set(), "set()"),
            (frozenset({1}), "frozenset(1)"),
            (collections.deque([1]), "deque(1)"),
            (collections.deque(), "deque()"),
            ({"a": {"b": {"c": 1}}}, "{'a': {'b': {'c': 1}}}"),
            (list(range(100)), "[0, 1, 2, 3, 4, 5, ...]"),
            (b"a", "b'a'"),
            (b"a" * 500, "b'" + "a" * 56 + "'…"),
            (json.dumps, "json.dumps"),
            (range(3), "range(0, 3)"),
            ("x" * 500, "'" + "x" * 56 + "... (500 characters)"),
            (1 << 5000, "<int>"),
            (object(), "<object>"),
            (dt.date(2024, 1, 2), "date(2024-01-02)"),
        ],
    )  # fmt: skip
    def test_shows(self, value, text):
        assert show(outline(value)) == text
