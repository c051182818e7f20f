"""The engine in child processes, seen from inside."""

from __future__ import annotations

import gc
import importlib
import json
import multiprocessing
import os
import pickle
import sys
import threading
import traceback
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from pytest_mimic._config import MimicConfig, Mode, StalePolicy, UnusedPolicy
from pytest_mimic._engagement import Engaged
from pytest_mimic._engine import Engine, _weakly
from pytest_mimic._target import parse_target_line

if TYPE_CHECKING:
    from pathlib import Path

    from tests.interception.conftest import Intercepted

FAKES = "pyfakefs.fake_filesystem_unittest"

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")


def settings(path: Path, mode: Mode) -> MimicConfig:
    line = parse_target_line("m:f")
    return MimicConfig(
        path, path / "vault", "vault", mode, StalePolicy.IGNORE, UnusedPolicy.KEEP, (line,)
    )


def test_an_engine_that_is_gone_is_not_called_at_a_fork() -> None:
    class Engineer:
        calls = 0

        def call(self) -> None:
            self.calls += 1

    engineer = Engineer()
    call = _weakly(engineer.call)
    call()
    assert engineer.calls == 1
    del engineer
    gc.collect()
    call()


def in_a_fork(function: Any) -> None:
    child = os.fork()
    if not child:
        try:
            os._exit(not function())
        except BaseException:  # noqa: BLE001  # a child must not go on with the tests
            traceback.print_exc()
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0


def inbox_of(path: Path) -> Path:
    inbox = path / "inbox"
    inbox.mkdir()
    return inbox


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_forks_of_a_run_and_after_it(intercepted: Intercepted, tmp_path: Path) -> None:
    intercepted.write("def f(x):\n    return [x]")
    inbox = inbox_of(tmp_path)
    engines = [Engine(settings(tmp_path, Mode.RECORD), str(inbox))]
    engines[0].start()
    m = importlib.import_module("m")
    held, forked = threading.Event(), threading.Event()

    def hold() -> None:
        with engines[0].interception._lock:
            held.set()
            forked.wait(10)

    # Another thread patches something just as the process forks.
    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(10)

    def use() -> bool:
        engines[0].interception.add(parse_target_line("json:dumps"))
        return bool(m.f(1) == [1])

    try:
        in_a_fork(use)
    finally:
        forked.set()
        thread.join()
        engines[0].stop()
    assert len(list(inbox.iterdir())) == 1
    assert len(list((tmp_path / "vault").rglob("*.pkl"))) == 1
    in_a_fork(lambda: m.f(2) == [2])
    engines.clear()
    gc.collect()
    in_a_fork(lambda: m.f(3) == [3])
    assert len(list(inbox.iterdir())) == 1


def test_what_answers_calls_is_there_before_a_test_can_fake_what_it_is_made_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for library in ("freezegun", "pyfakefs"):
        monkeypatch.delitem(sys.modules, library, raising=False)
    engine = Engine(settings(tmp_path, Mode.REPLAY), str(inbox_of(tmp_path)))
    engine.prepare_test()
    assert not engine._loaded
    monkeypatch.setitem(sys.modules, "pyfakefs", ModuleType("pyfakefs"))
    monkeypatch.delitem(sys.modules, FAKES, raising=False)
    engine.prepare_test()
    session = engine._session
    assert session is not None
    # Where there is one, it is told to leave the vault's modules alone.
    fakes: Any = ModuleType(FAKES)
    fakes.Patcher = SimpleNamespace(SKIPNAMES=set())
    monkeypatch.setitem(sys.modules, FAKES, fakes)
    engine.prepare_test()
    assert {"pytest_mimic._system", "pytest_mimic._vault._vault"} < fakes.Patcher.SKIPNAMES
    # A test may put sys.modules back as it was before the first call.
    before = sys.modules["pytest_mimic._session"]
    monkeypatch.delitem(sys.modules, "pytest_mimic._session")
    engine.prepare_test()
    assert sys.modules["pytest_mimic._session"] is before
    assert engine.session is session


def test_two_threads_with_the_first_call_have_one_session(tmp_path: Path) -> None:
    engine = Engine(settings(tmp_path, Mode.REPLAY), str(inbox_of(tmp_path)))
    found = []
    threads = [threading.Thread(target=lambda: found.append(engine._load())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(map(id, found))) == 1


def test_what_a_spawned_child_is_told(intercepted: Intercepted, tmp_path: Path) -> None:
    intercepted.write("def f(x):\n    return [x]")
    engine = Engine(settings(tmp_path, Mode.RECORD), str(inbox_of(tmp_path)))
    engine.start()
    line = parse_target_line("m:f")
    try:
        from multiprocessing.spawn import get_preparation_data  # now watched

        added = parse_target_line("json:dumps")
        engine.interception.add(added)
        told: dict[str, Any] = get_preparation_data("child")
        with engine.engagement():
            assert "pytest_mimic" not in get_preparation_data("child")
    finally:
        engine.stop()
    assert "pytest_mimic" not in get_preparation_data("child")
    assert json.dumps([]) == "[]"
    waking = told["pytest_mimic"].__reduce__()[1][0]
    assert waking.lines == (line, added)
    # What the child does with it, here.
    child = pickle.loads(pickle.dumps(told["pytest_mimic"]))
    try:
        m = importlib.import_module("m")
        assert m.f(1) == [1]
        child.drain()
        assert [path.name for path in (tmp_path / "inbox").iterdir()] == [f"{os.getpid()}.jsonl"]
    finally:
        child.stop()
    assert multiprocessing.get_start_method()


def test_a_variable_that_python_has_forgotten() -> None:
    class Forgotten:
        def set(self, _value: bool) -> None: ...

        def reset(self, _token: object) -> None:
            raise LookupError

    forgotten: Any = Forgotten()
    with Engaged(forgotten, lambda _: None):
        pass
