"""Equal calls that are replayed again and again: as the first one is, only sooner."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import pytest

from pytest_mimic import UnreplayableOutcomeError
from pytest_mimic._fingerprint import Fingerprinter
from pytest_mimic._provenance import Provenance
from pytest_mimic._session import _repeats
from pytest_mimic._session._recorder import Tools
from pytest_mimic._session._repeats import Repeats
from pytest_mimic._usage import RecordingId, Usage
from pytest_mimic._vault import Card, Recording, Vault

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Project

CALLEE: Any = object()
FLAGS = b"\0"


def recording(key: str, payload: bytes) -> Recording:
    outcome = {"kind": "returned"}
    return Recording(Card("m:f", key, {}, outcome, (), 0.5, "3.12", {}, None, "test"), payload)


def tools(path: Path, trust: Any = None) -> Tools:
    nobody: Any = None
    return Tools(
        vault=Vault(path),
        fingerprinter=Fingerprinter(),
        provenance=Provenance(),
        engagement=nobody,
        conftests=nobody,
        listener=nobody,
        display=nobody,
        trust=trust,
    )


def add(repeats: Repeats, key: str, value: object) -> None:
    payload = pickle.dumps(value) + FLAGS
    repeats.add(RecordingId("m:f", key), recording(key, payload), CALLEE)


def test_a_loop_over_equal_calls(project: Project) -> None:
    project.write(
        {
            "m.py": """
                from only_live import only_live

                def f(x):
                    only_live("f")
                    return {"x": [x]}

                def g(x):
                    only_live("g")
                    raise ValueError(x)
            """,
            "test_m.py": """
                import threading
                import pytest, m

                def call():
                    found = m.f(1)
                    assert found == {"x": [1]}
                    found["x"].append("changed by its caller")
                    return found

                def test_f():
                    assert len({id(each) for each in [call() for _ in range(100)]}) == 100
                    threads = [threading.Thread(target=call) for _ in range(20)]
                    for thread in threads:
                        thread.start()
                    for thread in threads:
                        thread.join()

                def test_g():
                    for _ in range(5):
                        with pytest.raises(ValueError):
                            m.g(1)

                def test_told(mimic):
                    call(), call()
                    assert [str(each) for each in mimic.replayed] == ["m:f(x=1)"] * 2
            """,
        }
    )
    project.configure("m:f", "m:g")
    project.record().passed(3)
    run = project.replay("--mimic-fail-on-unused").passed(3)
    assert run.mimic_lines[1].startswith("mimic: 127 replayed; ")


def test_what_is_given_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_repeats, "_MANY", 3)
    repeats = Repeats(tools(tmp_path))
    add(repeats, "1", [1])
    repeat = repeats.get("1")
    assert repeat is not None
    for _ in range(7):
        repeats.note(repeat)
        assert len(repeats._given) < 3
    usage = Usage()
    repeats.tell(usage)
    assert usage.to_json()["tallies"]["m:f"]["replayed"] == 7
    assert usage.tallies["m:f"].saved == pytest.approx(3.5)
    assert usage.used == {RecordingId("m:f", "1")}
    repeats.note(repeat)
    repeats.become_child()
    later = Usage()
    repeats.tell(later)
    assert not later.tallies


def test_what_takes_more_than_loading_is_no_repeat(tmp_path: Path) -> None:
    repeats = Repeats(tools(tmp_path))
    add(repeats, "1", bytes(5000))
    raised = recording("2", pickle.dumps(ValueError()) + b"\1")
    repeats.add(RecordingId("m:f", "2"), raised, CALLEE)
    assert (repeats.get("1"), repeats.get("2")) == (None, None)
    careful = Repeats(tools(tmp_path, trust=object()))
    add(careful, "1", [1])
    assert careful.get("1") is None


def test_they_are_not_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_repeats, "_MOST", 2)
    repeats = Repeats(tools(tmp_path))
    for key in "123":
        add(repeats, key, [1])
    assert [repeats.get(key) is not None for key in "123"] == [False, False, True]


class Fading:
    """Can be loaded once."""

    fails = False

    def __reduce__(self) -> Any:
        return load_fading, ()


def load_fading() -> int:
    if Fading.fails:
        raise LookupError("gone")
    return 1


def test_what_cannot_be_loaded_any_more_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repeats = Repeats(tools(tmp_path))
    add(repeats, "1" * 32, Fading())
    repeat = repeats.get("1" * 32)
    assert repeat is not None
    assert repeat.give() == 1
    monkeypatch.setattr(Fading, "fails", True)
    with pytest.raises(UnreplayableOutcomeError, match="LookupError: gone"):
        repeat.give()
