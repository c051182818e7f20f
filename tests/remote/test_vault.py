"""What a shared vault keeps, whatever store it is in."""

from __future__ import annotations

import array
from datetime import datetime, timedelta, timezone

import pytest
import xxhash

from pytest_mimic import _system as system
from pytest_mimic._vault import Vault, Written, open_vault
from pytest_mimic._vault._store import _check_bucket, _reason
from pytest_mimic.errors import CorruptRecordingError, VaultError

pytest.importorskip("fsspec")

KEY = "a" * 32
KEYS = [f"{number:032x}" for number in range(6)]
TARGET = "my_module:fetch"
TARGETS = ["b.module:fetch", "a_module:Client.get", "a_module:fetch"]
FOLDER = "my_module/fetch"
CARD = f"{FOLDER}/{KEY}.json"


def payload_of(data: bytes, key: str = KEY, folder: str = FOLDER) -> str:
    return f"{folder}/{key}-{xxhash.xxh3_128_hexdigest(data)}.pkl"


@pytest.fixture
def filled(vault, make_card):
    for number, key in enumerate(KEYS):
        vault.write(make_card(key, TARGETS[number % 3]), [b"x" * number])
    return vault


def test_what_is_written_is_read(vault, make_card, inside):
    assert not vault.exists()
    assert vault.read(TARGET, KEY) is None
    assert vault.read_card(TARGET, KEY) is None
    assert not vault.has(TARGET, KEY)
    numbers = array.array("d", range(1000))
    assert vault.write(make_card(), [b"bytes", numbers, memoryview(b"xy")[::1]]) is Written.NEW
    expected = b"bytes" + numbers.tobytes() + b"xy"
    assert vault.read(TARGET, KEY).payload == expected
    assert vault.read_card(TARGET, KEY) == vault.read(TARGET, KEY).card
    assert vault.has(TARGET, KEY)
    assert vault.exists()
    assert inside.names() == [payload_of(expected), CARD]
    assert b"pytest-mimic" in inside.read("README.md")


def test_an_empty_payload(vault, make_card):
    vault.write(make_card(), [])
    assert vault.read(TARGET, KEY).payload == b""


def test_a_large_payload_comes_in_many_parts_by_way_of_a_file(
    vault, make_card, tmp_path, monkeypatch
):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "drafts"))
    (tmp_path / "drafts").mkdir()
    part = bytes(range(256)) * 4096
    with vault.writer(TARGET, KEY) as writer:
        for _ in range(33):
            writer.write(part)
        assert len(list((tmp_path / "drafts").iterdir())) == 1
        assert writer.contents() == part * 33
        assert writer.commit(make_card()) is Written.NEW
    assert vault.read(TARGET, KEY).payload == part * 33
    assert not list((tmp_path / "drafts").iterdir())


def test_what_was_written_can_be_read_back(vault, make_card):
    with vault.writer(TARGET, KEY) as writer:
        writer.write(b"some")
        writer.write(b"thing")
        assert writer.contents() == b"something"


def test_a_stream_that_is_abandoned_leaves_nothing(vault, make_card, inside):
    with vault.writer(TARGET, KEY) as writer:
        writer.write(b"x" * 9_000_000)
    assert inside.names() == []
    with pytest.raises(ValueError, match="already committed or abandoned"):
        writer.commit(make_card())
    with pytest.raises(ValueError, match="already committed or abandoned"):
        writer.write(b"more")


def test_a_stream_that_goes_on_takes_the_place_of_one_that_was_left(vault, make_card):
    def streamed(items, *, left):
        return make_card(outcome={"kind": "streamed", "items": items, "left": left})

    assert vault.write(streamed(2, left=True), [b"two"]) is Written.NEW
    assert vault.write(streamed(1, left=True), [b"one"]) is Written.KEPT
    assert vault.write(streamed(2, left=True), [b"two more"]) is Written.KEPT
    assert vault.write(make_card(), [b"no stream"]) is Written.KEPT
    assert vault.write(streamed(2, left=False), [b"all"]) is Written.REPLACED
    assert vault.write(streamed(3, left=False), [b"another"]) is Written.KEPT
    assert vault.read(TARGET, KEY).payload == b"all"


def test_an_existing_recording_stays(vault, make_card, inside):
    vault.write(make_card(), [b"first"])
    card = inside.read(CARD)
    assert vault.write(make_card(source="x"), [b"second"]) is Written.KEPT
    assert inside.names() == [payload_of(b"first"), CARD]
    assert inside.read(CARD) == card


def test_an_existing_recording_that_came_meanwhile_stays(vault, make_card, monkeypatch):
    vault.write(make_card(), [b"first"])
    with vault.writer(TARGET, KEY) as writer:
        writer.write(b"second")
        with monkeypatch.context() as patch:
            patch.setattr(type(vault._store), "get", lambda *_: None)
            assert writer.commit(make_card()) is Written.KEPT
    assert vault.read(TARGET, KEY).payload == b"first"


def test_the_same_outcome_leaves_both_alone(vault, make_card, inside):
    vault.write(make_card(), [b"same"])
    card = inside.read(CARD)
    assert vault.write(make_card(took=9.0), [b"same"], replace=True) is Written.UNCHANGED
    assert inside.read(CARD) == card
    renewed = make_card(took=9.0, source="1" * 32)
    assert vault.write(renewed, [b"same"], replace=True) is Written.CARD_ONLY
    assert vault.read(TARGET, KEY).card.took == 9.0
    assert inside.names() == [payload_of(b"same"), CARD]


def test_a_card_is_renewed_only_where_there_is_a_whole_recording(vault, make_card, inside):
    with (
        vault.writer(TARGET, KEY) as writer,
        pytest.raises(CorruptRecordingError, match=f"{KEY}.json: it went missing"),
    ):
        writer.commit_card(make_card())
    vault.write(make_card(), [b"payload"])
    assert vault.writer(TARGET, KEY).commit_card(make_card(took=9.0)) is Written.UNCHANGED
    assert vault.writer(TARGET, KEY).commit_card(make_card(python="3.13.0")) is Written.CARD_ONLY
    inside.write(payload_of(b"payload"), b"PAYLOAD")
    with pytest.raises(CorruptRecordingError, match="it went missing or was damaged"):
        vault.writer(TARGET, KEY).commit_card(make_card())


def test_another_outcome_replaces_both(vault, make_card):
    assert vault.write(make_card(), [b"old"], replace=True) is Written.NEW
    assert vault.write(make_card(took=9.0), [b"new"], replace=True) is Written.REPLACED
    recording = vault.read(TARGET, KEY)
    assert (recording.payload, recording.card.took) == (b"new", 9.0)


def test_who_has_just_read_the_old_card_finds_its_payload(vault, make_card, inside, monkeypatch):
    vault.write(make_card(), [b"old"])
    old = inside.read(CARD)
    vault.write(make_card(took=9.0), [b"new"], replace=True)
    new = inside.read(CARD)
    inside.write(CARD, old)
    assert vault.read(TARGET, KEY).payload == b"old"
    # A day later it is gone, and a reader as slow as that finds the new card.
    inside.remove(payload_of(b"old"))
    inside.write(CARD, new)
    get = type(vault._store).get
    cards = [old]
    monkeypatch.setattr(
        type(vault._store), "get", lambda *args: cards.pop() if cards else get(*args)
    )
    assert vault.read(TARGET, KEY).payload == b"new"


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (None, "it is missing, and its card"),
        (b"", "it has 0 bytes, and its card says 7"),
        (b"payloa", "it has 6 bytes"),
        (b"PAYLOAD", "the contents are not those"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "run git lfs pull"),
    ],
)
def test_a_damaged_payload_is_told_and_replaced(vault, make_card, inside, damage, says):
    vault.write(make_card(), [b"payload"])
    name = payload_of(b"payload")
    if damage is None:
        inside.remove(name)
    else:
        inside.write(name, damage)
    with pytest.raises(CorruptRecordingError, match=says) as caught:
        vault.read(TARGET, KEY)
    assert f"{vault.url}/{name}" in str(caught.value)
    assert vault.write(make_card(), [b"payload"], replace=True) is Written.REPLACED
    assert vault.read(TARGET, KEY).payload == b"payload"


@pytest.mark.parametrize("damage", [b"", b"{", b"{}"])
def test_a_damaged_card_is_told_and_replaced(vault, make_card, inside, damage):
    vault.write(make_card(), [b"payload"])
    inside.write(CARD, damage)
    for read in (vault.read, vault.read_card):
        with pytest.raises(CorruptRecordingError, match="the card") as caught:
            read(TARGET, KEY)
        assert f"{vault.url}/{CARD}" in str(caught.value)
    with pytest.raises(CorruptRecordingError, match=KEY):
        list(vault.cards())
    assert vault.write(make_card(), [b"other"]) is Written.KEPT
    assert vault.write(make_card(), [b"payload"], replace=True) is Written.REPLACED
    assert vault.read(TARGET, KEY).payload == b"payload"


def test_places_and_cards_come_sorted_by_folder_and_key(filled):
    places = [(place.folder[len(filled.url) :], place.key) for place in filled.places()]
    assert places == [
        ("/a_module/Client.get", KEYS[1]),
        ("/a_module/Client.get", KEYS[4]),
        ("/a_module/fetch", KEYS[2]),
        ("/a_module/fetch", KEYS[5]),
        ("/b.module/fetch", KEYS[0]),
        ("/b.module/fetch", KEYS[3]),
    ]
    assert [place.key for place in filled.places("a_module:fetch")] == [KEYS[2], KEYS[5]]
    assert list(filled.places("a_module:none")) == []
    assert [card.key for card in filled.cards("b.module:fetch")] == [KEYS[0], KEYS[3]]
    assert len(list(filled.cards())) == 6
    place = filled.place("a_module:fetch", KEYS[2])
    assert place.card == f"{filled.url}/a_module/fetch/{KEYS[2]}.json"
    assert place.payload == f"{filled.url}/a_module/fetch/{KEYS[2]}-*.pkl"


def test_what_is_no_recording_is_not_listed(filled, inside):
    for name in ("notes.txt", f"{KEYS[0]}.json", "a_module/notes.json", f"a_module/{KEYS[0]}.json"):
        inside.write(name, b"ours")
    inside.write(f"a_module/fetch/{'A' * 32}.json", b"ours")
    inside.write(payload_of(b"no card", KEYS[0], "a_module/fetch"), b"no card")
    inside.files.mkdirs(f"{inside.url}/other/a_module/fetch", exist_ok=True)
    inside.write(f"other/a_module/fetch/{KEYS[0]}.json", b"another vault")
    assert len(list(filled.places())) == 6


def test_a_damaged_card_does_not_hide_the_others(filled, inside):
    inside.write(f"a_module/fetch/{KEYS[2]}.json", b"{")
    inside.write(f"b.module/fetch/{KEYS[5]}.json", inside.read(f"a_module/fetch/{KEYS[5]}.json"))
    damaged: list[CorruptRecordingError] = []
    assert len(list(filled.cards(on_damage=damaged.append))) == 5
    first, second = map(str, damaged)
    assert KEYS[2] in first
    assert "another target, a_module:fetch" in second


def test_a_card_that_vanishes_meanwhile_is_no_error(filled, inside, monkeypatch):
    places = list(filled.places())
    inside.remove(f"a_module/fetch/{KEYS[2]}.json")
    monkeypatch.setattr(filled, "places", lambda target: iter(places))
    assert len(list(filled.cards())) == 5
    assert filled.card_at(places[2]) is None


def test_size_is_that_of_recordings(filled, inside):
    inside.write(payload_of(b"no card", KEYS[0], "a_module/fetch"), b"no card")
    names = [name for name in inside.names() if "fetch" in name and KEYS[0] not in name]
    sizes = {name: len(inside.read(name)) for name in names}
    of_fetch = sum(size for name, size in sizes.items() if name.startswith("a_module"))
    assert filled.size("a_module:fetch") == of_fetch
    assert filled.size() > of_fetch


def test_delete_removes_card_and_payload(filled, inside):
    assert filled.delete("b.module:fetch", KEYS[0])
    assert not filled.delete("b.module:fetch", KEYS[0])
    inside.write(f"a_module/fetch/{KEYS[2]}.json", b"{")
    for place in list(filled.places()):
        assert filled.delete_at(place)
    # What the damaged card named is found by cleaning, which waits for a day.
    assert inside.names() == [payload_of(b"xx", KEYS[2], "a_module/fetch")]


def test_payloads_that_no_card_names_are_cleaned_a_day_later(
    filled, make_card, inside, monkeypatch
):
    filled.write(make_card(KEYS[2], "a_module:fetch"), [b"new"], replace=True)
    inside.write(payload_of(b"no card", KEYS[0], "a_module/fetch"), b"no card")
    before = inside.names()
    assert filled.clean() == 0
    assert inside.names() == before
    tomorrow = datetime.now(timezone.utc) + timedelta(days=1, minutes=1)
    monkeypatch.setattr(system, "time", tomorrow.timestamp)
    assert filled._store.age(f"{filled.url}/gone.meanwhile") == 0.0
    assert filled.clean() == 2
    assert filled.read("a_module:fetch", KEYS[2]).payload == b"new"
    assert len(inside.names()) == len(before) - 2
    assert filled.clean() == 0


def test_a_card_that_does_not_tell_its_payload_loses_none(filled, make_card, inside, monkeypatch):
    filled.write(make_card(KEYS[2], "a_module:fetch"), [b"new"], replace=True)
    inside.write(f"a_module/fetch/{KEYS[2]}.json", b"{")
    monkeypatch.setattr(system, "time", (datetime.now() + timedelta(days=2)).timestamp)  # noqa: DTZ005  # both are local
    assert filled.clean() == 0


def test_a_local_vault_can_be_copied_as_it_is(vault, make_card, inside, tmp_path, monkeypatch):
    local = Vault(tmp_path / "local")
    local.write(make_card(), [b"payload"])
    inside.files.mkdirs(f"{inside.url}/{FOLDER}", exist_ok=True)
    for ending in ("json", "pkl"):
        file = tmp_path / "local" / FOLDER / f"{KEY}.{ending}"
        inside.write(f"{FOLDER}/{file.name}", file.read_bytes())
    assert vault.read(TARGET, KEY).payload == b"payload"
    assert vault.write(make_card(), [b"payload"], replace=True) is Written.UNCHANGED
    inside.write(payload_of(b"other"), b"other")
    monkeypatch.setattr(system, "time", (datetime.now() + timedelta(days=2)).timestamp)  # noqa: DTZ005  # both are local
    assert vault.clean() == 1
    assert vault.read(TARGET, KEY).payload == b"payload"
    assert vault.delete(TARGET, KEY)
    assert inside.names() == []


def test_no_room_for_a_draft_is_told(vault, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    with (
        vault.writer(TARGET, KEY) as writer,
        pytest.raises(VaultError, match=r"cannot write the recording of my_module:fetch .*nowhere"),
    ):
        writer.write(b"x" * 9_000_000)


def test_the_readme_of_others_stays(vault, make_card, inside, url):
    vault.write(make_card(), [b"payload"])
    inside.write("README.md", b"our own")
    open_vault(url).write(make_card(KEYS[1]), [b"payload"])
    assert inside.read("README.md") == b"our own"


@pytest.mark.parametrize("response", [None, object(), {"Error": {"Code": "NoSuchKey"}}])
def test_what_is_not_found_is_an_object_unless_the_answer_says_otherwise(response):
    class AnswerError(Exception):
        response: object

    error, cause = FileNotFoundError("gone"), AnswerError()
    error.__cause__ = cause
    _check_bucket(error)
    cause.response = response
    _check_bucket(error)
    cause.response = {"Error": {"Code": "NoSuchBucket"}}
    with pytest.raises(FileNotFoundError, match="gone"):
        _check_bucket(error)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(28, "No space left"), "[Errno 28] No space left"),
        (TimeoutError(), "TimeoutError"),
        (ValueError("no\n<xml>"), "ValueError: no"),
        (KeyError("http://key:hush@host"), "KeyError: 'http://***@host'"),
    ],
)
def test_a_reason_is_a_line_without_secrets(error, reason):
    assert _reason(error) == reason
