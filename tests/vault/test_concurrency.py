"""Several processes and threads write the same recordings; none is lost and none is mixed up."""

from __future__ import annotations

import gc
import os
import stat
import tempfile
import threading

import pytest

from pytest_mimic import _system as system
from pytest_mimic._vault import Vault, Written, _lock
from pytest_mimic.errors import VaultError

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks the writers")


@needs_fork
@pytest.mark.parametrize("processes", [2, 8])
@pytest.mark.parametrize("mode", ["record", "stream"])
def test_first_writer_wins(mode, processes, run_script, fast_folder):
    lines = run_script("vault/racing.py", mode, fast_folder / "vault", processes).split("\n")[:-1]
    results = [line.split() for line in lines]
    winners = {key: writer for key, result, writer in results if result == "NEW"}
    vault = Vault(fast_folder / "vault")
    assert len(results) == 25 * processes
    assert sum(result == "NEW" for _, result, _ in results) == 25
    assert {result for _, result, _ in results} == {"NEW", "KEPT"}
    assert {card.key: card.source for card in vault.cards()} == winners
    assert vault.clean() == 0


@pytest.mark.parametrize("enabled", [True, False])
def test_no_finalizer_wants_a_lock_that_its_own_thread_holds(enabled, tmp_path):
    """One of a stream that is recorded would, wherever the garbage collector happens to run."""
    before = gc.isenabled()
    (gc.enable if enabled else gc.disable)()
    try:
        with _lock.locked(str(tmp_path)):
            assert not gc.isenabled()
        assert gc.isenabled() is enabled
    finally:
        (gc.enable if before else gc.disable)()


def test_nothing_is_collected_as_a_lock_is_taken_or_let_go(tmp_path):
    held = []

    def look(phase, info):
        fd = system.open_fd(str(tmp_path), os.O_RDONLY)
        held.append(_lock.try_lock(fd) is False)
        system.close(fd)

    thresholds = gc.get_threshold()
    gc.callbacks.append(look)
    gc.set_threshold(1)
    try:
        for _ in range(20):
            with _lock.locked(str(tmp_path)):
                assert [[] for _ in range(20)]
    finally:
        gc.set_threshold(*thresholds)
        gc.callbacks.remove(look)
    assert held
    assert not any(held)


def test_nothing_is_collected_until_the_last_of_several_threads_is_through(tmp_path):
    first, second = _lock.locked(str(tmp_path / "a")), _lock.locked(str(tmp_path / "b"))
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert not gc.isenabled()
    second.__exit__(None, None, None)
    assert gc.isenabled()


@needs_fork
def test_a_child_process_collects_what_another_thread_of_its_parent_kept_waiting(tmp_path):
    with _lock.locked(str(tmp_path)):
        child = os.fork()
        if not child:
            with _lock.locked(str(tmp_path / "other")):
                held_back = not gc.isenabled()
            os._exit(0 if held_back and gc.isenabled() else 1)
        _, status = os.waitpid(child, 0)
    assert status == 0


@needs_fork
@pytest.mark.parametrize("processes", [2, 8])
def test_last_writer_wins_whole(processes, run_script, fast_folder):
    run_script("vault/racing.py", "rerecord", fast_folder / "vault", processes)
    vault = Vault(fast_folder / "vault")
    assert sum(vault.read(card.target, card.key) is not None for card in vault.cards()) == 25
    assert not list(vault.path.rglob(".*.part"))


def test_threads_exclude_one_another(vault, make_card):
    results = []

    def write(letter: bytes) -> None:
        results.append(vault.write(make_card(), [letter * 1000]))

    threads = [threading.Thread(target=write, args=(bytes([65 + n]),)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(result.name for result in results) == ["KEPT"] * 7 + ["NEW"]


def test_open_writers_of_one_key_do_not_meet(vault, make_card, leftovers):
    first = vault.writer("my_module:fetch", "a" * 32)
    second = vault.writer("my_module:fetch", "a" * 32)
    first.write(b"first")
    second.write(b"second")
    assert second.commit(make_card()) is Written.NEW
    assert first.commit(make_card(), replace=True) is Written.REPLACED
    assert vault.read("my_module:fetch", "a" * 32).payload == b"first"
    assert leftovers() == []


def test_a_living_writer_is_left_alone(vault, make_card, leftovers):
    with vault.writer("my_module:fetch", "a" * 32) as writer:
        writer.write(b"first")
        assert vault.clean() == 0
        assert not vault.delete("my_module:fetch", "a" * 32)
        assert writer.commit(make_card()) is Written.NEW
    assert vault.read("my_module:fetch", "a" * 32).payload == b"first"


def test_a_held_vault_is_waited_for(vault, make_card):
    vault.write(make_card(), [b"old"])
    done = []

    def write() -> None:
        done.append(vault.write(make_card(), [b"new"], replace=True))

    thread = threading.Thread(target=write)
    with _lock.locked(str(vault.path)):
        thread.start()
        thread.join(0.2)
        assert not done
        assert vault.read("my_module:fetch", "a" * 32).payload == b"old"
    thread.join()
    assert done == [Written.REPLACED]


def test_patience_ends(vault, make_card, monkeypatch):
    vault.write(make_card(), [b"old"])
    monkeypatch.setattr(_lock, "_PATIENCE", 0.01)
    with (
        _lock.locked(str(vault.path)),
        pytest.raises(VaultError, match="another process has held it for"),
    ):
        vault.write(make_card(), [b"new"])


@needs_fork
def test_a_fork_has_no_say_in_a_payload_being_written(vault, make_card):
    with vault.writer("my_module:fetch", "a" * 32) as writer:
        writer.write(b"x" * 200_000)
        pid = os.fork()
        if pid == 0:
            writer.abandon()
            os._exit(0)
        os.waitpid(pid, 0)
        assert writer.commit(make_card()) is Written.NEW
    assert vault.read("my_module:fetch", "a" * 32).payload == b"x" * 200_000


class TestWithoutLocks:
    """Some network file systems have no locks; then only unique names and age tell."""

    @pytest.fixture(autouse=True)
    def no_locks(self, monkeypatch):
        monkeypatch.setattr(_lock, "try_lock", lambda fd: None)
        monkeypatch.setattr("pytest_mimic._vault._slots.try_lock", lambda fd: None)

    def test_recordings_are_written_all_the_same(self, vault, make_card, leftovers):
        assert vault.write(make_card(), [b"old"]) is Written.NEW
        assert vault.write(make_card(), [b"new"], replace=True) is Written.REPLACED
        assert vault.read("my_module:fetch", "a" * 32).payload == b"new"
        assert leftovers() == []

    def test_what_may_be_alive_is_left_for_a_day(self, vault, make_card, leftovers):
        vault.write(make_card(), [b"old"])
        part = vault.path / "my_module" / "fetch" / f".{'a' * 32}-0.pkl.part"
        part.write_bytes(b"unfinished")
        assert vault.write(make_card(), [b"new"], replace=True) is Written.REPLACED
        assert vault.clean() == 0
        assert leftovers() == [part.name]
        os.utime(part, (0, 0))
        assert vault.clean() == 1
        assert leftovers() == []


def test_where_folders_cannot_be_opened_a_file_stands_in(vault, make_card, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(_lock, "_open_folder", lambda folder: None)
    assert vault.write(make_card(), [b"new"]) is Written.NEW
    assert len(list(tmp_path.glob("pytest-mimic-*.lock"))) == 1


def test_where_folders_cannot_be_locked_a_file_stands_in(vault, make_card, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    try_lock = _lock.try_lock
    monkeypatch.setattr(
        _lock, "try_lock", lambda fd: None if stat.S_ISDIR(os.fstat(fd).st_mode) else try_lock(fd)
    )
    assert vault.write(make_card(), [b"new"]) is Written.NEW
    assert len(list(tmp_path.glob("pytest-mimic-*.lock"))) == 1


def test_a_folder_that_may_not_be_opened_is_no_lock(monkeypatch, tmp_path):
    def refuse(path: str, flags: int) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(system, "open_fd", refuse)
    assert _lock._open_folder(str(tmp_path)) is None


def test_a_file_system_without_locks_is_recognised(monkeypatch, tmp_path):
    def refuse(fd: int, how: int) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("fcntl.flock", refuse)
    with (tmp_path / "file").open("w") as file:
        assert _lock.try_lock(file.fileno()) is None
