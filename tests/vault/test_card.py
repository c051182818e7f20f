"""Cards: their bytes are deterministic, and nothing is believed unchecked."""

from __future__ import annotations

import json

import hypothesis.strategies as some
import pytest
from hypothesis import given

from pytest_mimic._vault import Card, Payload
from pytest_mimic._vault._json import indented
from pytest_mimic.errors import CorruptRecordingError

KEY = "a" * 32
TARGET = "my_module:fetch"


@pytest.fixture
def written(vault, make_card):
    """The path of a card on disk."""
    vault.write(make_card(), [b"payload"])
    return vault.path / "my_module" / "fetch" / f"{KEY}.json"


@given(
    some.recursive(
        some.none()
        | some.booleans()
        | some.integers()
        | some.floats(allow_nan=False, allow_infinity=False)
        | some.text(),
        lambda inside: some.lists(inside) | some.dictionaries(some.text(), inside),
    )
)
def test_is_the_json_that_json_writes(value):
    assert indented(value) == json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), [{"a": float("-inf")}]])
def test_numbers_that_json_does_not_know_are_refused(value):
    with pytest.raises(ValueError, match="not JSON compliant"):
        indented(value)


def test_reads_as_documented(written):
    fields = json.loads(written.read_text(encoding="utf-8"))
    assert fields == {
        "format": 1,
        "target": TARGET,
        "key": KEY,
        "arguments": {"user_id": {"type": "int", "value": 1}},
        "outcome": {"kind": "returned"},
        "effects": [],
        "payload": {"bytes": 7, "digest": fields["payload"]["digest"]},
        "took": 0.5,
        "python": "3.12.1",
        "distributions": {"numpy": "2.0"},
        "source": "0" * 32,
        "test": "tests/test_it.py::test_it",
    }


def test_is_indented_sorted_and_ends_with_a_newline(written):
    text = written.read_text(encoding="utf-8")
    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def test_comes_back_equal(make_card):
    payload = Payload(3, "b" * 32)
    card = make_card(payload=payload, effects=("items[0]",), source=None, test="größe \udc80 \n")
    data = card.to_json()
    again = Card.from_json(data, "x.json", TARGET, KEY)
    assert again == card
    assert again.to_json() == data


def test_one_that_has_no_payload_yet_is_not_believed(make_card):
    with pytest.raises(CorruptRecordingError, match="'payload'"):
        Card.from_json(make_card().to_json(), "x.json", TARGET, KEY)


def change(path, **changes):
    fields = json.loads(path.read_text(encoding="utf-8"))
    for name, value in changes.items():
        if value is ...:
            del fields[name]
        else:
            fields[name] = value
    path.write_text(json.dumps(fields), encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (name, value)
        for name, values in {
            "format": (..., None, "1", True, 0, -1, 1.0),
            "target": (..., None, 3),
            "key": (..., None, 3),
            "arguments": (..., None, []),
            "outcome": (..., None, {}, {"kind": "guessed"}, {"kind": ["returned"]}, "returned"),
            "effects": (..., None, {}, [1]),
            "took": (..., None, "1", -1.0, True, float("nan"), float("inf"), 10**400),
            "python": (..., None, 3.12),
            "distributions": (..., None, [], {"numpy": 2}),
            "source": (..., 3),
            "test": (..., None, 3),
            "payload": (
                ...,
                None,
                {},
                {"bytes": 7},
                {"bytes": -7, "digest": "a" * 32},
                {"bytes": 10**400, "digest": "a" * 32},
                {"bytes": True, "digest": "a" * 32},
                {"bytes": 7, "digest": "a" * 31},
                {"bytes": 7, "digest": 7},
            ),
        }.items()
        for value in values
    ],
)
def test_a_field_that_is_not_right_is_not_believed(vault, written, name, value):
    change(written, **{name: value})
    with pytest.raises(CorruptRecordingError) as caught:
        vault.read(TARGET, KEY)
    assert str(written) in str(caught.value)
    assert name in str(caught.value)
    assert "--mimic-rerecord" in str(caught.value)


def test_what_cannot_be_shown_of_a_call_is_no_reason_against_it(vault, written):
    change(written, arguments={"x": [1], "y": 2}, outcome={"kind": "returned", "outline": {}})
    assert vault.read(TARGET, KEY).payload == b"payload"
    card = vault.read_card(TARGET, KEY)
    assert card.arguments == {"x": {"type": "?"}, "y": 2}
    assert card.outcome == {"kind": "returned", "outline": {"type": "?"}}


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "the card is empty"),
        (b" \n", "the card is empty"),
        (b"{", "not JSON"),
        (b'{"format": 1', "not JSON"),
        (b'{"format": 1} {}', "not JSON"),
        (b"\r\n\t[]\n", "not a JSON object"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"null", "not a JSON object"),
        (b"[]", "not a JSON object"),
        (b"[" * 100_000, "not JSON"),
        (b'{"format": 2}', "format 2, and this pytest-mimic reads formats up to 1"),
        (b'{"format": 1' + b"0" * 5000 + b"}", "not JSON|format"),
        (b"<<<<<<< HEAD\n{\n=======\n{\n>>>>>>> theirs\n", "conflict markers"),
    ],
)
def test_garbage_is_not_believed(vault, written, data, what):
    written.write_bytes(data)
    for read in (vault.read, vault.read_card):
        with pytest.raises(CorruptRecordingError, match=what) as caught:
            read(TARGET, KEY)
        assert str(written) in str(caught.value)


def test_every_truncation_is_noticed(vault, written):
    data = written.read_bytes()
    for length in range(len(data) - 2):
        written.write_bytes(data[:length])
        with pytest.raises(CorruptRecordingError):
            vault.read(TARGET, KEY)


def test_a_later_format_says_to_upgrade(vault, written):
    change(written, format=2)
    with pytest.raises(CorruptRecordingError, match="Upgrade pytest-mimic"):
        vault.read(TARGET, KEY)


def test_a_card_under_another_name_is_not_believed(vault, written):
    other = "b" * 32
    written.rename(written.with_name(f"{other}.json"))
    with pytest.raises(CorruptRecordingError, match="the card of another call"):
        vault.read(TARGET, other)


def test_a_card_of_another_target_is_not_believed(vault, written):
    change(written, target="my_module:other")
    with pytest.raises(CorruptRecordingError, match="the card of another target"):
        vault.read(TARGET, KEY)


def test_a_card_that_is_a_git_lfs_pointer_says_so(vault, written):
    written.write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n")
    with pytest.raises(CorruptRecordingError, match="git lfs pull"):
        vault.read(TARGET, KEY)


def test_line_ends_do_not_matter(vault, written):
    written.write_bytes(written.read_bytes().replace(b"\n", b"\r\n"))
    assert vault.read(TARGET, KEY).payload == b"payload"


def test_a_large_card_is_read_whole(vault, make_card):
    arguments = {f"argument_{number}": {"type": "int", "value": number} for number in range(5000)}
    vault.write(make_card(arguments=arguments), [b"payload"])
    assert vault.read_card(TARGET, KEY).arguments == arguments
