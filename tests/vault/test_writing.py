"""Writing: what replaces what, what stays byte for byte, and what a failure leaves."""

from __future__ import annotations

import array
import os
import pickle
import shutil
import subprocess
import sys
import tracemalloc
from typing import Any
from unittest import mock

import pytest

from pytest_mimic import _system as system
from pytest_mimic._vault import Payload, Vault, Written
from pytest_mimic.errors import CorruptRecordingError, VaultError

KEY = "a" * 32
TARGET = "my_module:fetch"


@pytest.fixture
def state(vault):
    """Contents and times of all files of the recording."""

    def look():
        paths = sorted((vault.path / "my_module" / "fetch").iterdir())
        return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in paths}

    return look


def test_the_folder_explains_itself(vault, make_card):
    vault.write(make_card(), [b"payload"])
    text = (vault.path / "README.md").read_text(encoding="utf-8")
    for word in ("pytest-mimic", "pickle", "git LFS", "Never edit", "--mimic-rerecord"):
        assert word in text


def test_the_readme_of_others_stays(vault, make_card):
    vault.path.mkdir()
    (vault.path / "README.md").write_text("our own")
    vault.write(make_card(), [b"payload"])
    assert (vault.path / "README.md").read_text() == "our own"


def test_parts_of_any_kind(vault, make_card):
    numbers = array.array("d", range(30_000))
    parts = [
        b"bytes",
        bytearray(b"bytearray"),
        memoryview(b"x" * 10)[::1],
        numbers,
        pickle.PickleBuffer(numbers),
        b"",
        memoryview(numbers).cast("B").cast("d", (100, 300)),
    ]
    vault.write(make_card(), iter(parts))
    expected = b"bytesbytearray" + b"x" * 10 + numbers.tobytes() * 3
    assert bytes(vault.read(TARGET, KEY).payload) == expected


@pytest.mark.parametrize("way", ["card removed", "writer died", "both"])
def test_what_lies_in_the_place_of_a_new_recording(vault, make_card, leftovers, way):
    folder = vault.path / "my_module" / "fetch"
    vault.write(make_card(took=0.01), [b"old"])
    card = (folder / f"{KEY}.json").read_bytes()
    (folder / f"{KEY}.json").unlink()
    if way != "card removed":
        (folder / f".{KEY}-256.json.part").write_bytes(card)
    if way == "writer died":
        (folder / f"{KEY}.pkl").unlink()
    assert vault.write(make_card(took=0.01), [b"new one"]) is Written.NEW
    assert vault.read(TARGET, KEY).payload == b"new one"
    assert leftovers() == []


def test_a_payload_that_others_share_is_not_written_into(vault, make_card):
    """A copy of a vault may share its files, as far as they are the same."""
    folder = vault.path / "my_module" / "fetch"
    vault.write(make_card(took=0.01), [b"old"])
    (folder / "other.pkl").hardlink_to(folder / f"{KEY}.pkl")
    (folder / f"{KEY}.json").unlink()
    vault.write(make_card(took=0.01), [b"new one"])
    assert (folder / "other.pkl").read_bytes() == b"old"


def test_an_empty_payload(vault, make_card):
    vault.write(make_card(), [])
    assert vault.read(TARGET, KEY).payload == b""


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


def test_an_existing_recording_stays(vault, make_card, state, leftovers):
    vault.write(make_card(), [b"first"])
    before = state()
    assert vault.write(make_card(source="x"), [b"second"]) is Written.KEPT
    assert state() == before
    assert leftovers() == []


def test_the_same_outcome_leaves_both_files_alone(vault, make_card, state, leftovers):
    vault.write(make_card(), [b"same" * 100_000])
    before = state()
    card = make_card(took=9.0, test="another::test")
    assert vault.write(card, [b"same" * 100_000], replace=True) is Written.UNCHANGED
    assert state() == before
    assert vault.renew(card) is Written.UNCHANGED
    assert state() == before
    assert leftovers() == []


@pytest.mark.parametrize(
    "changes", [{"source": "1" * 32}, {"python": "3.13.0"}, {"distributions": {"numpy": "2.1"}}]
)
@pytest.mark.parametrize("way", ["write", "renew"])
def test_versions_renew_the_card_alone(vault, make_card, state, changes, way):
    vault.write(make_card(), [b"same"])
    before = state()
    card = make_card(took=9.0, **changes)
    if way == "write":
        assert vault.write(card, [b"same"], replace=True) is Written.CARD_ONLY
    else:
        assert vault.renew(card) is Written.CARD_ONLY
    after = state()
    assert after[f"{KEY}.pkl"] == before[f"{KEY}.pkl"]
    assert after[f"{KEY}.json"] != before[f"{KEY}.json"]
    assert vault.read(TARGET, KEY).card.took == 9.0
    assert len(after) == 2


def test_another_outcome_replaces_both(vault, make_card, leftovers):
    vault.write(make_card(), [b"old"])
    assert vault.write(make_card(took=9.0), [b"new"], replace=True) is Written.REPLACED
    recording = vault.read(TARGET, KEY)
    assert (recording.payload, recording.card.took) == (b"new", 9.0)
    assert leftovers() == []


@pytest.mark.parametrize("damaged", [b"Same", b"sam", None], ids=["other", "shorter", "missing"])
def test_a_damaged_payload_is_replaced_by_the_same(vault, make_card, damaged):
    vault.write(make_card(), [b"same"])
    payload = vault.path / "my_module" / "fetch" / f"{KEY}.pkl"
    payload.unlink()
    if damaged:
        payload.write_bytes(damaged)
    assert vault.write(make_card(), [b"same"], replace=True) is Written.REPLACED
    assert vault.read(TARGET, KEY).payload == b"same"


def test_a_damaged_card_is_replaced(vault, make_card):
    vault.write(make_card(), [b"same"])
    (vault.path / "my_module" / "fetch" / f"{KEY}.json").write_bytes(b"{")
    assert vault.write(make_card(), [b"same"], replace=True) is Written.REPLACED
    assert vault.read(TARGET, KEY).payload == b"same"


def test_replacing_where_there_is_nothing(vault, make_card):
    assert vault.write(make_card(), [b"new"], replace=True) is Written.NEW


def test_renewing_where_there_is_nothing(vault, make_card, leftovers):
    with pytest.raises(CorruptRecordingError, match=KEY):
        vault.renew(make_card())
    assert leftovers() == []


def test_a_stream_that_is_abandoned_leaves_nothing(vault, make_card, leftovers):
    with vault.writer(TARGET, KEY) as writer:
        writer.write(b"x" * 500_000)
    assert vault.read(TARGET, KEY) is None
    assert leftovers() == []
    with pytest.raises(ValueError, match="already committed or abandoned"):
        writer.commit(make_card())
    writer.abandon()


def test_a_stream_arrives_whole(vault, make_card):
    with vault.writer(TARGET, KEY) as writer:
        for number in range(30_000):
            writer.write(b"%05d" % number)
        writer.write(b"x" * 200_000)
        writer.write(b"end")
        assert vault.read(TARGET, KEY) is None
        assert writer.commit(make_card()) is Written.NEW
    expected = b"".join(b"%05d" % number for number in range(30_000)) + b"x" * 200_000 + b"end"
    assert vault.read(TARGET, KEY).payload == expected


def test_a_failing_part_leaves_nothing(vault, make_card, leftovers):
    def parts():
        yield b"x" * 500_000
        raise KeyError

    with pytest.raises(KeyError):
        vault.write(make_card(), parts())
    assert vault.read(TARGET, KEY) is None
    assert leftovers() == []


@pytest.mark.parametrize("size", [10, 500_000])
@pytest.mark.parametrize("allowed", range(4))
def test_a_disk_that_fills_up(vault, make_card, monkeypatch, size, allowed):
    vault.write(make_card(), [b"old"])
    vault.write(make_card("b" * 32), [b"other"])
    written = []
    write = system.write

    def fill(fd, data):
        written.append(len(data))
        if len(written) > allowed:
            raise OSError(28, "No space left on device")
        return write(fd, data[: (len(data) + 1) // 2])

    monkeypatch.setattr(system, "write", fill)
    with pytest.raises(VaultError) as caught:
        vault.write(make_card(), [b"x" * size, b"tail"], replace=True)
    monkeypatch.undo()
    assert str(vault.path) in str(caught.value)
    assert TARGET in str(caught.value)
    assert "No space left on device" in str(caught.value)
    assert vault.read(TARGET, KEY).payload == b"old"
    assert vault.read(TARGET, "b" * 32).payload == b"other"
    assert not list(vault.path.rglob(".*.part"))


FULL = """
import resource, sys
from pytest_mimic._vault import Card, Vault
from pytest_mimic.errors import VaultError
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
vault = Vault(sys.argv[1])
card = Card("my_module:fetch", "a" * 32, {}, {"kind": "returned"}, (), 0, "", {}, "", "")
try:
    vault.write(card, [b"x" * int(sys.argv[2])])
except VaultError as error:
    print(error)
print(vault.read("my_module:fetch", "a" * 32))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits the size of files")
@pytest.mark.parametrize("size", [60_000, 300_000])
def test_a_real_limit_of_the_system(vault, leftovers, unmeasured, size):
    done = subprocess.run(
        [sys.executable, "-c", FULL, vault.path, str(size)],
        capture_output=True,
        text=True,
        check=False,
        env=unmeasured,
    )
    assert done.stdout.splitlines() == [
        f"cannot write the recording of my_module:fetch to the vault {vault.path}: File too large",
        "None",
    ], done.stderr
    assert leftovers() == []


@pytest.mark.skipif(
    not os.path.ismount("/dev/shm") or not hasattr(os, "geteuid") or os.geteuid() != 0,  # noqa: S108 - only asked about
    reason="only root may mount a small file system",
)
def test_a_really_full_disk(tmp_path, make_card):
    mounted = subprocess.run(
        [shutil.which("mount") or "mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", tmp_path],
        check=False,
    )
    if mounted.returncode:
        pytest.skip("this machine lets nobody mount")
    try:
        vault = Vault(tmp_path / "vault")
        vault.write(make_card("b" * 32), [b"small"])
        with pytest.raises(VaultError, match="No space left on device"):
            vault.write(make_card(), [b"x" * 300_000])
        assert vault.read(TARGET, KEY) is None
        recording = vault.read(TARGET, "b" * 32)
        assert recording is not None
        assert recording.payload == b"small"
        assert not list(vault.path.rglob(".*.part"))
        assert vault.write(make_card(), [b"y" * 1000]) is Written.NEW
    finally:
        subprocess.run([shutil.which("umount") or "umount", tmp_path], check=True)


@pytest.mark.parametrize("call", ["replace", "write", "open_fd"])
def test_a_new_recording_that_fails_leaves_nothing(vault, make_card, monkeypatch, leftovers, call):
    vault.write(make_card("b" * 32), [b"other"])
    original, calls = getattr(system, call), []

    def fail(*args):
        calls.append(args)
        # Folder and payload are opened, and the payload is written: it fails with the card.
        if len(calls) > {"replace": 0, "write": 1, "open_fd": 2}[call]:
            raise OSError(28, "No space left on device")
        return original(*args)

    monkeypatch.setattr(system, call, fail)
    with pytest.raises(VaultError, match="No space left on device"):
        vault.write(make_card(took=0.01), [b"new"])
    monkeypatch.undo()
    assert leftovers() == []
    assert [path.name for path in vault.path.rglob("*.pkl")] == ["b" * 32 + ".pkl"]
    assert vault.read(TARGET, KEY) is None


def test_a_new_recording_that_another_was_quicker_to_make(vault, make_card, leftovers):
    quick = make_card(took=0.01)
    assert vault.write(quick, [b"first"]) is Written.NEW
    assert vault.write(quick, [b"second"]) is Written.KEPT
    assert vault.read(TARGET, KEY).payload == b"first"
    assert leftovers() == []


@pytest.mark.parametrize("suffix", [".pkl", ".json"])
@pytest.mark.parametrize("before", [None, b"old"])
def test_a_rename_that_fails(vault, make_card, monkeypatch, suffix, before):
    if before:
        vault.write(make_card(), [before])
    replace = system.replace

    def fail(source, destination):
        if destination.endswith(suffix):
            raise OSError(5, "Input/output error")
        replace(source, destination)

    monkeypatch.setattr(system, "replace", fail)
    if before or suffix == ".pkl":
        vault.path.mkdir(exist_ok=True)
        (vault.path / "README.md").write_text("there")
    with pytest.raises(VaultError, match="Input/output error"):
        vault.write(make_card(), [b"new"], replace=True)
    monkeypatch.undo()
    recording = vault.read(TARGET, KEY)
    # Once the payload is in its place, the card waits beside it and counts.
    expected = before if suffix == ".pkl" else before and b"new"
    assert (recording and recording.payload) == expected
    assert vault.write(make_card(), [b"newer"], replace=True)
    assert vault.read(TARGET, KEY).payload == b"newer"
    assert not list(vault.path.rglob(".*.part"))


def test_a_rename_that_is_not_allowed(vault, make_card, monkeypatch, leftovers):
    vault.write(make_card(), [b"old"])
    refusal = mock.Mock(side_effect=PermissionError(13, "Permission denied"))
    monkeypatch.setattr(system, "replace", refusal)
    with pytest.raises(VaultError, match="Permission denied"):
        vault.write(make_card(), [b"new"], replace=True)
    assert refusal.call_count == 1
    assert vault.read(TARGET, KEY).payload == b"old"
    assert leftovers() == []


def test_windows_refuses_for_as_long_as_somebody_reads(vault, make_card, monkeypatch):
    refused: list[str] = []
    replace = system.replace

    def refuse(source, destination):
        if len(refused) < 3:
            refused.append(destination)
            raise _sharing_violation()
        replace(source, destination)

    vault.write(make_card(), [b"old"])
    monkeypatch.setattr(system, "replace", refuse)
    monkeypatch.setattr(system, "sleep", lambda seconds: None)
    assert vault.write(make_card(), [b"new"], replace=True) is Written.REPLACED
    assert len(refused) == 3
    monkeypatch.setattr(system, "replace", mock.Mock(side_effect=_sharing_violation()))
    with pytest.raises(VaultError):
        vault.write(make_card(), [b"newer"], replace=True)


def _sharing_violation():
    # Anywhere but on Windows, the attribute is ours alone.
    error: Any = PermissionError(13, "The process cannot access the file")
    error.winerror = 32
    return error


def test_a_file_where_a_folder_belongs(tmp_path):
    (tmp_path / "taken").touch()
    with pytest.raises(FileExistsError):
        system.make_folder(str(tmp_path / "taken"))


def test_too_many_writers_of_one_key(vault, make_card, monkeypatch):
    monkeypatch.setattr("pytest_mimic._vault._slots.SLOTS", 2)
    with (
        vault.writer(TARGET, KEY),
        vault.writer(TARGET, KEY),
        pytest.raises(VaultError, match="2 others write"),
    ):
        vault.writer(TARGET, KEY)


@pytest.fixture
def interrupted(vault, make_card):
    """As if a writer had died between its two renames, in the place of an older recording."""
    folder = vault.path / "my_module" / "fetch"
    vault.write(make_card(), [b"new one"])
    (folder / f"{KEY}.json").rename(folder / f".{KEY}-0.json.part")
    (folder / f"{KEY}.json").write_bytes(make_card(payload=Payload(3, "0" * 32)).to_json())


@pytest.mark.usefixtures("interrupted")
def test_a_writer_that_gives_up_loses_nothing_of_an_interrupted_one(vault, leftovers):
    with vault.writer(TARGET, KEY) as writer:
        writer.write(b"never finished")
        recording = Vault(vault.path).read(TARGET, KEY)
        assert recording is not None
        assert recording.payload == b"new one"
    assert vault.read(TARGET, KEY).payload == b"new one"
    assert leftovers() == []


@pytest.mark.usefixtures("interrupted")
def test_what_was_interrupted_is_finished(vault, leftovers):
    assert vault.read(TARGET, KEY).payload == b"new one"
    assert vault.clean() == 1
    assert vault.read(TARGET, KEY).payload == b"new one"
    assert leftovers() == []


def test_no_second_copy_of_a_large_payload(vault, make_card):
    large = bytes(20_000_000)
    tracemalloc.start()
    try:
        vault.write(make_card(), [b"head", memoryview(large), b"tail"])
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
        tracemalloc.reset_peak()
        recording = vault.read(TARGET, KEY)
        assert tracemalloc.get_traced_memory()[1] < 22_000_000
    finally:
        tracemalloc.stop()
    assert len(recording.payload) == 20_000_008
    # Writable: large arrays may lie where they were read.
    assert not memoryview(recording.payload).readonly


def test_mocks_of_the_code_under_test_do_not_reach_the_vault(vault, make_card, monkeypatch):
    monkeypatch.chdir(vault.path.parent)
    relative = Vault("vault")
    names = [
        "builtins.open",
        "io.open",
        *(f"os.{name}" for name in ("open", "read", "write", "close", "replace", "unlink")),
        *(f"os.{name}" for name in ("mkdir", "makedirs", "listdir", "scandir", "stat", "lstat")),
        *(f"os.path.{name}" for name in ("exists", "lexists", "isdir", "isfile", "dirname")),
        *("json.loads", "json.dumps", "time.time", "time.sleep", "time.monotonic"),
    ]
    patches = [mock.patch(name, side_effect=AssertionError(name)) for name in names]
    for patch in patches:
        patch.start()
    try:
        results = [
            relative.write(make_card(), [b"payload" * 50_000]),
            relative.read(TARGET, KEY) is not None,
            relative.write(make_card(), [b"new"], replace=True),
            len(list(relative.cards())),
            relative.delete(TARGET, KEY),
        ]
    finally:
        for patch in patches:
            patch.stop()
    assert results == [Written.NEW, True, Written.REPLACED, 1, True]


def test_the_working_directory_may_change(tmp_path, make_card, monkeypatch):
    monkeypatch.chdir(tmp_path)
    vault = Vault("vault")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    vault.write(make_card(), [b"payload"])
    assert (tmp_path / "vault" / "README.md").exists()
