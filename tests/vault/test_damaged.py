"""Damaged recordings: an error that names the file and the remedy, never a wrong value."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from pytest_mimic import _system as system
from pytest_mimic._vault import Vault, Written, _reading
from pytest_mimic.errors import CorruptRecordingError, VaultError

KEY, OTHER = "a" * 32, "b" * 32
TARGET = "my_module:fetch"


@pytest.fixture(params=[100, 200_000, 3_000_000], ids=["small", "large", "huge"])
def payload(vault, make_card, request, monkeypatch):
    """The path of a payload on disk; another recording stands beside it."""
    monkeypatch.setattr(_reading, "_HUGE", 1_000_000)
    vault.write(make_card(), [bytes(range(100)) * (request.param // 100)])
    vault.write(make_card(OTHER), [b"other"])
    return vault.path / "my_module" / "fetch" / f"{KEY}.pkl"


def check_damaged(vault, path, *words):
    with pytest.raises(CorruptRecordingError) as caught:
        vault.read(TARGET, KEY)
    message = str(caught.value)
    assert str(path) in message
    for word in words:
        assert word in message
    # The others are unharmed, and recording anew mends it.
    assert vault.read(TARGET, OTHER).payload == b"other"


def mend(vault, make_card):
    assert vault.write(make_card(), [b"anew"], replace=True) is Written.REPLACED
    assert vault.read(TARGET, KEY).payload == b"anew"


def test_truncated(vault, payload, make_card):
    os.truncate(payload, 99)
    check_damaged(vault, payload, "99 bytes", "--mimic-rerecord")
    mend(vault, make_card)


def test_empty(vault, payload, make_card):
    os.truncate(payload, 0)
    check_damaged(vault, payload, "empty", "--mimic-rerecord")
    mend(vault, make_card)


def test_longer(vault, payload, make_card):
    with payload.open("ab") as file:
        file.write(b"x" * 100_000)
    check_damaged(vault, payload, "bytes", "--mimic-rerecord")
    mend(vault, make_card)


def test_garbage_of_the_same_length(vault, payload, make_card):
    payload.write_bytes(b"\0" * payload.stat().st_size)
    check_damaged(vault, payload, "not those that its card describes", "--mimic-rerecord")
    mend(vault, make_card)


def test_one_bit(vault, payload, make_card):
    data = bytearray(payload.read_bytes())
    data[50] ^= 1
    payload.write_bytes(data)
    check_damaged(vault, payload, "--mimic-rerecord")
    mend(vault, make_card)


def test_swapped(vault, payload):
    other = payload.with_name(f"{OTHER}.pkl")
    mine, theirs = payload.read_bytes(), other.read_bytes()
    payload.write_bytes(theirs)
    other.write_bytes(mine)
    for key in (KEY, OTHER):
        with pytest.raises(CorruptRecordingError):
            vault.read(TARGET, key)


def test_card_without_payload(vault, payload, make_card):
    payload.unlink()
    check_damaged(vault, payload, "missing", f"{KEY}.json", "--mimic-rerecord")
    mend(vault, make_card)


def test_payload_without_card_is_no_recording(vault, payload, make_card):
    payload.with_suffix(".json").unlink()
    assert vault.read(TARGET, KEY) is None
    assert vault.read_card(TARGET, KEY) is None
    assert KEY not in [place.key for place in vault.places()]
    assert vault.write(make_card(), [b"anew"]) is Written.NEW
    assert vault.read(TARGET, KEY).payload == b"anew"


def test_git_lfs_pointer(vault, payload):
    payload.write_text(
        "version https://git-lfs.github.com/spec/v1\n"
        "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"
    )
    check_damaged(vault, payload, "git LFS pointer", "git lfs pull")


def test_a_card_that_asks_for_the_moon(vault, payload):
    card = payload.with_suffix(".json")
    fields = json.loads(card.read_text())
    fields["payload"]["bytes"] = 10**18
    card.write_text(json.dumps(fields))
    check_damaged(vault, payload, "--mimic-rerecord")


def test_read_only_the_digest_decides(vault, payload):
    """The same contents in another file are the same recording."""
    data = payload.read_bytes()
    payload.unlink()
    payload.write_bytes(data)
    assert vault.read(TARGET, KEY).payload == data


def test_what_was_read_stays_whatever_becomes_of_the_file(vault, payload):
    data = payload.read_bytes()
    recording = vault.read(TARGET, KEY)
    with payload.open("r+b") as file:
        file.write(b"X" * 50)
    assert recording.payload == data
    os.truncate(payload, 0)
    assert recording.payload == data


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_what_a_fork_changes_in_a_payload_is_its_own(vault, payload):
    recording = vault.read(TARGET, KEY)
    if isinstance(recording.payload, bytes):
        return
    pid = os.fork()
    if pid == 0:
        recording.payload[0:4] = b"fork"
        os._exit(bytes(recording.payload[0:4]) != b"fork")
    assert os.waitpid(pid, 0)[1] == 0
    assert recording.payload == payload.read_bytes()


@pytest.mark.parametrize("advice", [None, 12345])
def test_without_huge_pages_it_is_only_slower(vault, payload, monkeypatch, advice):
    """Not every system has them, and some know the word alone."""
    monkeypatch.setattr(system, "HUGE_PAGES", advice)
    assert vault.read(TARGET, KEY).payload == payload.read_bytes()


def test_a_payload_that_shrinks_while_it_is_read(vault, payload, monkeypatch):
    class Shrinking(system.FileIO):
        def readinto(self, buffer):
            return super().readinto(memoryview(buffer)[:1000]) if self.tell() < 5000 else 0

    monkeypatch.setattr(system, "FileIO", Shrinking)
    if payload.stat().st_size > 5000:
        check_damaged(vault, payload)


def test_no_error_of_the_system_comes_through_bare(vault, payload, monkeypatch):
    def fail(*_args):
        raise OSError(5, "Input/output error")

    for name in ("read", "open_fd"):
        with monkeypatch.context() as patch:
            patch.setattr(system, name, fail)
            with pytest.raises(VaultError, match=r"cannot read .*: Input/output error"):
                vault.read(TARGET, KEY)


def test_an_unreadable_payload(vault, payload, make_card, monkeypatch):
    open_fd = system.open_fd

    def refuse(path, flags, *mode):
        if path.endswith(f"{KEY}.pkl"):
            raise PermissionError(13, "Permission denied")
        return open_fd(path, flags, *mode)

    monkeypatch.setattr(system, "open_fd", refuse)
    with pytest.raises(VaultError, match="Permission denied"):
        vault.read(TARGET, KEY)
    assert vault.write(make_card(), [b"anew"], replace=True) is Written.REPLACED


def test_an_error_while_an_old_payload_is_compared(vault, payload, make_card, monkeypatch):
    def fail(*_args):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(_reading, "_fill", fail)
    parts = [payload.read_bytes()]
    assert vault.write(make_card(), parts, replace=True) is Written.REPLACED


def test_an_error_while_a_payload_is_read(vault, payload, monkeypatch):
    reads = []
    read = system.read

    def fail(fd, count):
        reads.append(count)
        if len(reads) > 1:
            raise OSError(5, "Input/output error")
        return read(fd, count)

    os.truncate(payload, 99)
    monkeypatch.setattr(system, "read", fail)
    with pytest.raises(VaultError, match="Input/output error"):
        vault.read(TARGET, KEY)


def test_a_folder_in_the_place_of_a_file(vault, payload):
    payload.unlink()
    payload.mkdir()
    with pytest.raises((VaultError, CorruptRecordingError)) as caught:
        vault.read(TARGET, KEY)
    assert str(payload) in str(caught.value)


def test_a_reader_between_two_renames_sees_the_new_one(vault, make_card, monkeypatch):
    """The payload is in its place already and the card is not yet."""
    vault.write(make_card(), [b"old"])
    seen = []
    replace = system.replace

    def watch(source, destination):
        if destination.endswith(".json"):
            recording = Vault(vault.path).read(TARGET, KEY)
            assert recording is not None
            seen.append(recording.payload)
        replace(source, destination)

    monkeypatch.setattr(system, "replace", watch)
    vault.write(make_card(), [b"new one"], replace=True)
    assert seen == [b"new one"]


def test_a_reader_overtaken_by_a_writer_looks_again(vault, make_card, monkeypatch):
    """The card is replaced after it was read and before the payload is."""
    vault.write(make_card(), [b"old"])
    open_fd = system.open_fd

    def overtake(path, flags, *mode):
        if path.endswith(".pkl"):
            monkeypatch.setattr(system, "open_fd", open_fd)
            Vault(vault.path).write(make_card(), [b"new one"], replace=True)
        return open_fd(path, flags, *mode)

    monkeypatch.setattr(system, "open_fd", overtake)
    assert vault.read(TARGET, KEY).payload == b"new one"


def test_a_reader_overtaken_by_a_deletion_finds_nothing(vault, make_card, monkeypatch):
    vault.write(make_card(), [b"old"])
    open_fd = system.open_fd

    def overtake(path, flags, *mode):
        if path.endswith(".pkl"):
            monkeypatch.setattr(system, "open_fd", open_fd)
            Vault(vault.path).delete(TARGET, KEY)
        return open_fd(path, flags, *mode)

    monkeypatch.setattr(system, "open_fd", overtake)
    assert vault.read(TARGET, KEY) is None


def test_an_unfinished_card_that_is_damaged_is_passed_over(vault, make_card):
    vault.write(make_card(), [b"old"])
    folder = vault.path / "my_module" / "fetch"
    (folder / f"{KEY}.pkl").write_bytes(b"bad")
    (folder / f".{KEY}-0.json.part").write_text("{")
    with pytest.raises(CorruptRecordingError):
        vault.read(TARGET, KEY)
    assert vault.write(make_card(), [b"new"], replace=True) is Written.REPLACED
    assert not list(folder.glob(".*"))


def test_the_vault_is_a_file(tmp_path, make_card):
    (tmp_path / "vault").write_text("a file")
    vault = Vault(tmp_path / "vault")
    for work in (
        lambda: vault.read(TARGET, KEY),
        lambda: vault.read_card(TARGET, KEY),
        lambda: vault.write(make_card(), [b"new"]),
        lambda: list(vault.places()),
        lambda: list(vault.places(TARGET)),
        lambda: list(vault.cards()),
        vault.clean,
        vault.size,
    ):
        with pytest.raises(VaultError, match="that is a file, not a folder") as caught:
            work()
        assert str(vault.path) in str(caught.value)


def test_a_file_above_the_vault(tmp_path, make_card):
    (tmp_path / "file").write_text("a file")
    vault = Vault(tmp_path / "file" / "vault")
    with pytest.raises(VaultError, match=r"cannot read .*vault.*Not a directory"):
        vault.read(TARGET, KEY)
    with pytest.raises(VaultError, match=r"cannot write .*vault.*Not a directory"):
        vault.write(make_card(), [b"new"])


def test_a_file_in_the_place_of_a_folder(vault, make_card):
    vault.write(make_card(target="other:it"), [b"new"])
    (vault.path / "my_module").write_text("a file")
    with pytest.raises(VaultError, match="my_module"):
        vault.read(TARGET, KEY)
    with pytest.raises(VaultError, match="my_module"):
        vault.write(make_card(), [b"new"])


def test_no_vault_is_an_empty_one(vault):
    assert vault.read(TARGET, KEY) is None
    assert list(vault.places()) == []
    assert list(vault.places(TARGET)) == []
    assert vault.delete(TARGET, KEY) is False
    assert vault.clean() == 0
    assert vault.size() == 0
    assert not vault.path.exists()


READ_ONLY = """
import os, sys
from pytest_mimic._vault import Card, Vault
from pytest_mimic.errors import VaultError
if os.getuid() == 0:
    os.setuid(65534)
vault = Vault(sys.argv[1])
print(vault.read("my_module:fetch", "a" * 32).payload)
print(len(list(vault.cards())))
card = vault.read_card("my_module:fetch", "a" * 32)
for key in ("a" * 32, "c" * 32):
    for replace in (False, True):
        try:
            vault.write(Card("my_module:fetch", key, {}, card.outcome, (), 0, "", {}, "", ""),
                        [b"x"], replace=replace)
        except VaultError as error:
            print(error)
try:
    vault.delete("my_module:fetch", "a" * 32)
except VaultError as error:
    print(error)
"""


@pytest.mark.skipif(not hasattr(os, "setuid"), reason="needs a user without permission to write")
def test_read_only_vault(make_card, fast_folder, unmeasured):
    vault = Vault(fast_folder / "vault")
    vault.write(make_card(), [b"payload"])
    folders = [vault.path, *(path for path in vault.path.rglob("*") if path.is_dir())]
    fast_folder.chmod(0o755)
    for folder in folders:
        folder.chmod(0o555)
    try:
        done = subprocess.run(
            [sys.executable, "-c", READ_ONLY, vault.path],
            capture_output=True,
            text=True,
            check=False,
            env=unmeasured,
        )
    finally:
        for folder in folders:
            folder.chmod(0o755)
    lines = done.stdout.splitlines()
    assert lines[:2] == ["b'payload'", "1"], done.stderr
    assert len(lines) == 7
    for line in lines[2:]:
        assert line.startswith("cannot write the recording of my_module:fetch to the vault")
        assert str(vault.path) in line
        assert "Permission denied" in line
    recording = vault.read(TARGET, KEY)
    assert recording is not None
    assert recording.payload == b"payload"
