"""Listing, deleting, cleaning and measuring, without reading more than asked for."""

from __future__ import annotations

import pytest

from pytest_mimic import _system as system
from pytest_mimic._vault import Vault, Written
from pytest_mimic.errors import CorruptRecordingError, VaultError

KEYS = [f"{number:032x}" for number in range(6)]
TARGETS = ["b.module:fetch", "a_module:Client.get", "a_module:fetch"]


@pytest.fixture
def filled(vault, make_card):
    for number, key in enumerate(KEYS):
        vault.write(make_card(key, TARGETS[number % 3]), [b"x" * number])
    return vault


def test_places_come_sorted_by_folder_and_key(filled):
    places = [(place.folder[len(str(filled.path)) :], place.key) for place in filled.places()]
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


def test_cards_of_a_target(filled):
    assert [card.key for card in filled.cards("b.module:fetch")] == [KEYS[0], KEYS[3]]
    assert len(list(filled.cards())) == 6


def test_listing_reads_nothing_before_it_must(filled, monkeypatch):
    opened = []
    open_fd = system.open_fd

    def watch(path, *args):
        opened.append(path)
        return open_fd(path, *args)

    monkeypatch.setattr(system, "open_fd", watch)
    assert len(list(filled.places())) == 6
    assert opened == []
    next(filled.cards())
    assert len(opened) == 1


def test_what_is_no_recording_is_not_listed(filled):
    (filled.path / "notes.txt").write_text("ours")
    (filled.path / ".git").mkdir()
    (filled.path / ".git" / "fetch").mkdir()
    (filled.path / "a_module" / "notes.txt").write_text("ours")
    folder = filled.path / "a_module" / "fetch"
    (folder / "notes.json").write_text("{}")
    (folder / f"{'A' * 32}.json").write_text("{}")
    (folder / f"{KEYS[0]}.pkl").write_text("no card")
    assert len(list(filled.places())) == 6


def test_a_damaged_card_does_not_hide_the_others(filled):
    (filled.path / "a_module" / "fetch" / f"{KEYS[2]}.json").write_text("{")
    damaged: list[CorruptRecordingError] = []
    assert len(list(filled.cards(on_damage=damaged.append))) == 5
    assert [KEYS[2] in str(error) for error in damaged] == [True]
    with pytest.raises(CorruptRecordingError, match=KEYS[2]):
        list(filled.cards())


def test_a_card_in_the_folder_of_another_target_is_damaged(filled):
    card = filled.path / "a_module" / "fetch" / f"{KEYS[2]}.json"
    card.rename(filled.path / "b.module" / "fetch" / card.name)
    with pytest.raises(CorruptRecordingError, match="another target, a_module:fetch"):
        list(filled.cards())


def test_a_card_that_vanishes_meanwhile_is_no_error(filled):
    cards = filled.cards()
    next(cards)
    filled.delete("a_module:Client.get", KEYS[4])
    assert len(list(cards)) == 4


def test_delete_removes_both_files_and_empty_folders(filled):
    assert filled.delete("b.module:fetch", KEYS[0])
    assert (filled.path / "b.module" / "fetch" / f"{KEYS[3]}.json").exists()
    assert not filled.delete("b.module:fetch", KEYS[0])
    assert filled.delete("b.module:fetch", KEYS[3])
    assert sorted(path.name for path in filled.path.iterdir()) == ["README.md", "a_module"]
    for place in list(filled.places()):
        assert filled.delete_at(place)
    assert [path.name for path in filled.path.iterdir()] == ["README.md"]


def test_delete_takes_damaged_recordings_too(filled):
    folder = filled.path / "a_module" / "fetch"
    (folder / f"{KEYS[2]}.json").write_text("{")
    (folder / f"{KEYS[5]}.pkl").unlink()
    for place in list(filled.places("a_module:fetch")):
        assert filled.delete_at(place)
    assert not folder.exists()


def test_a_deletion_that_fails_says_why(filled, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(system, "unlink", refuse)
    with pytest.raises(VaultError, match=r"a_module:fetch.*Permission denied"):
        filled.delete("a_module:fetch", KEYS[2])
    place = next(filled.places())
    with pytest.raises(VaultError, match=KEYS[1]):
        filled.delete_at(place)


def test_what_killed_runs_left_is_cleaned(filled, make_card):
    folder = filled.path / "a_module" / "fetch"
    unfinished = [f".{KEYS[2]}-0.pkl.part", f".{KEYS[2]}-0.json.part", f".{KEYS[0]}-7.pkl.part"]
    for name in [*unfinished, f".{KEYS[1]}-3.json.part", f"{KEYS[3]}.pkl"]:
        (folder / name).write_text("unfinished")
    (folder / ".gitkeep").write_text("")
    (folder / "ours.pkl").write_text("")
    assert len(list(filled.cards())) == 6
    assert filled.clean() == 4
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        [".gitkeep", "ours.pkl"]
        + [f"{key}.{suffix}" for key in (KEYS[2], KEYS[5]) for suffix in ("json", "pkl")]
    )
    assert filled.clean() == 0
    assert len(list(filled.cards())) == 6


def test_the_next_writer_of_a_key_takes_over_what_was_left(filled, make_card):
    folder = filled.path / "a_module" / "fetch"
    key = "f" * 32
    (folder / f".{key}-0.pkl.part").write_bytes(b"x" * 10_000)
    (folder / f".{key}-0.json.part").write_bytes(b"{")
    filled.write(make_card(key, "a_module:fetch"), [b"new"])
    assert filled.read("a_module:fetch", key).payload == b"new"
    assert not list(folder.glob(".*"))


def test_what_was_left_does_not_bring_back_what_is_deleted(filled):
    folder = filled.path / "a_module" / "fetch"
    (folder / f".{KEYS[2]}-0.json.part").write_bytes((folder / f"{KEYS[2]}.json").read_bytes())
    assert filled.delete("a_module:fetch", KEYS[2])
    assert filled.clean() == 0
    assert filled.read("a_module:fetch", KEYS[2]) is None


def test_a_folder_that_is_left_empty_by_cleaning_is_removed(filled):
    folder = filled.path / "c_module" / "fetch"
    folder.mkdir(parents=True)
    (folder / f".{KEYS[0]}-0.pkl.part").write_text("unfinished")
    assert filled.clean() == 1
    assert not folder.parent.exists()


def test_an_unreadable_folder_says_so(filled, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(system, "listdir", refuse)
    for work in (lambda: list(filled.places()), filled.size, filled.clean):
        with pytest.raises(VaultError, match=r"cannot read the vault .*Permission denied"):
            work()


def test_cleaning_that_fails_says_why(filled, monkeypatch):
    (filled.path / "a_module" / "fetch" / f"{KEYS[0]}.pkl").write_text("no card")

    def refuse(path):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(system, "unlink", refuse)
    with pytest.raises(VaultError, match=r"cannot write .*Permission denied"):
        filled.clean()


def test_errors_of_a_card_pass_through_the_listing(filled, monkeypatch):
    def fail(*args):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(system, "read", fail)
    with pytest.raises(VaultError, match=r"cannot read .*json: Input/output error"):
        list(filled.cards())


def test_size(filled):
    sizes = [path.stat().st_size for path in filled.path.rglob(f"{'0' * 30}*.*")]
    assert filled.size() == sum(sizes)
    folder = filled.path / "a_module" / "fetch"
    assert filled.size("a_module:fetch") == sum(path.stat().st_size for path in folder.iterdir())
    (folder / f"{KEYS[2]}.pkl").unlink()
    assert filled.size() == sum(sizes) - 2


def test_only_a_list_looks_at_other_recordings(filled, make_card, monkeypatch):
    """However many there are, reading, writing and deleting one costs the same."""
    opened = []
    open_fd = system.open_fd

    def watch(path, *args):
        opened.append(path)
        return open_fd(path, *args)

    def refuse(path):
        raise AssertionError(path)

    monkeypatch.setattr(system, "open_fd", watch)
    monkeypatch.setattr(system, "listdir", refuse)
    monkeypatch.setattr(system, "scandir", refuse)
    vault, key = Vault(filled.path), "a" * 32
    assert vault.read(TARGETS[0], KEYS[0]) is not None
    assert vault.read(TARGETS[0], key) is None
    assert vault.write(make_card(key, TARGETS[0]), [b"new"]) is Written.NEW
    assert vault.write(make_card(key, TARGETS[0]), [b"newer"], replace=True) is Written.REPLACED
    assert vault.delete(TARGETS[0], key)
    assert {path.rpartition("/")[2].strip(".")[:32] for path in opened if key not in path} == {
        KEYS[0],
        filled.path.name,  # is held while something is put in its place
    }
