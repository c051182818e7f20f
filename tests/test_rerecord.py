"""``--mimic-rerecord``: every recording made anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_mimic._vault import Vault

if TYPE_CHECKING:
    from tests.conftest import Project

MODULE = """
    from only_live import only_live

    def f(x):
        only_live("f")
        if x == "bad":
            raise ValueError({value!r})
        return [x, {value!r}]

    def items(n):
        for number in range(n):
            yield [number, {value!r}]
"""
TESTS = """
    import pytest, m

    def test_it():
        assert m.f(1) == m.f(x=1)
        with pytest.raises(ValueError):
            m.f("bad")
        assert len(list(m.items(3))) == 3
"""


@pytest.fixture
def recorded(project: Project) -> Project:
    """A project with three recordings."""
    project.write({"m.py": MODULE.format(value="old"), "test_m.py": TESTS})
    project.configure("m:f", "m:items")
    project.record().passed(1)
    return project


def contents(project: Project) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in project.vault.rglob("*.*") if path.is_file()}


def test_what_did_not_change_stays_byte_for_byte(recorded: Project) -> None:
    before = contents(recorded)
    run = recorded.run("--mimic-rerecord").passed(1)
    assert run.live == ["f", "f"]
    assert run.mimic_lines[0] == "mimic: rerecord, vault .mimic_vault, 2 targets"
    assert contents(recorded) == before


def test_what_changed_is_replaced(recorded: Project) -> None:
    recorded.write({"m.py": MODULE.format(value="new")})
    recorded.run("--mimic-rerecord").passed(1)
    recorded.write({"test_m.py": "import m\ndef test_it():\n    assert m.f(1) == [1, 'new']"})
    recorded.replay().passed(1)


def test_a_live_failure_keeps_the_old_recording(recorded: Project) -> None:
    recorded.write(
        {
            "m.py": "def f(x): raise OSError('down')\ndef items(n): raise OSError('down')",
            "test_m.py": "import m\ndef test_it():\n    assert m.f(1) == [1, 'old']",
        }
    )
    before = contents(recorded)
    assert recorded.run("--mimic-rerecord").outcomes == {"failed": 1}
    assert contents(recorded) == before
    recorded.replay().passed(1)


def test_damaged_recordings_are_replaced(recorded: Project) -> None:
    for path in recorded.recordings():
        path.write_bytes(b"garbage")
    assert recorded.replay().outcomes == {"failed": 1}
    recorded.run("--mimic-rerecord").passed(1)
    recorded.replay().passed(1)


def test_it_excludes_the_other_modes(recorded: Project) -> None:
    run = recorded.run("--mimic-rerecord", "--mimic-record", in_process=True)
    assert run.status == 4
    assert "exclude one another" in run.stderr


EQUAL = """
    import random

    class Unordered(Exception):
        pass

    def f(x):
        return {{"letters": set("abcdefgh"), "x": x}}

    def bad(x):
        raise Unordered(frozenset("abcdefgh"))

    def items(n):
        for number in range(n):
            yield set("abcdefgh") | {{number}}

    def jitter():
        return [random.random() > 2, {{"a", "b", "c", "d"}}]

    def change(words):
        words.update("abcdefgh")
"""
EQUAL_TESTS = """
    import multiprocessing, os
    import pytest, m

    def test_it():
        assert len(m.f(1)["letters"]) == 8
        with pytest.raises(m.Unordered):
            m.bad(1)
        {consume}
        m.jitter()
        m.change(set())

    def test_child():
        child = multiprocessing.get_context("fork").Process(target=in_child)
        child.start()
        child.join()
        assert child.exitcode == 0

    def in_child():
        with pytest.raises(m.Unordered):
            m.bad("child")
"""


def test_an_outcome_that_only_pickles_otherwise_did_not_change(project: Project) -> None:
    tests = EQUAL_TESTS.format(consume="assert len(list(m.items(3))) == 3")
    project.write({"m.py": EQUAL.format(), "test_m.py": tests})
    project.configure("m:*")
    project.run("--mimic-record", hashseed=1).passed(2)
    before = contents(project)
    run = project.run("--mimic-rerecord", hashseed=2).passed(2)
    assert run.mimic_lines[1:] == ["mimic: 6 unchanged"]
    assert contents(project) == before
    # Who consumes less of a stream has seen no change either.
    tests = EQUAL_TESTS.format(consume="next(m.items(3))")
    project.write({"test_m.py": tests, "m.py": EQUAL.format().replace("items(n)", "items(n: int)")})
    run = project.run("--mimic-rerecord", hashseed=3).passed(2)
    assert run.mimic_lines[1:] == ["mimic: 6 unchanged"]
    after = contents(project)
    changed = [name for name in before if after[name] != before[name]]
    assert [name.rpartition("/m/")[2].partition("/")[0] for name in changed] == ["items"]
    assert changed[0].endswith(".json")
    cards = [json.loads(each[changed[0]]) for each in (before, after)]
    assert cards[0].pop("source") != cards[1].pop("source")
    assert cards[0]["payload"] == cards[1]["payload"]


def test_what_is_not_recorded_yet_is_recorded(recorded: Project) -> None:
    recorded.write({"test_m.py": "import m\ndef test_it():\n    m.f(2); list(m.items(1))"})
    run = recorded.run("--mimic-rerecord", in_process=True).passed(1)
    assert run.mimic_lines[1:] == ["mimic: 2 recorded"]
    recorded.replay(in_process=True).passed(1)


def test_a_stream_that_goes_further_is_recorded_anew(recorded: Project) -> None:
    tests = "import m\ndef test_it():\n    stream = m.items({})\n    next(stream)\n    {}"
    recorded.write({"test_m.py": tests.format(5, "")})
    recorded.record(in_process=True).passed(1)
    recorded.write({"test_m.py": tests.format(5, "assert len(list(stream)) == 4")})
    assert recorded.replay(in_process=True).outcomes == {"failed": 1}
    run = recorded.run("--mimic-rerecord", in_process=True).passed(1)
    assert run.mimic_lines[1:] == ["mimic: 1 recorded"]
    recorded.replay(in_process=True).passed(1)


@pytest.mark.parametrize("what", ["garbage", "later", "missing payload", "unloadable"])
def test_damage_of_every_kind_is_replaced(recorded: Project, what: str) -> None:
    vault = Vault(recorded.vault)
    for card in list(vault.cards()):
        place = vault.place(card.target, card.key)
        if what == "garbage":
            Path(place.card).write_text("{")
        elif what == "later":
            Path(place.card).write_text(json.dumps({"format": 99}))
        elif what == "missing payload":
            Path(place.payload).unlink()
        else:
            vault.write(card, [b"\x80\x05cgone\nGone\n.\x00"], replace=True)
    before = contents(recorded)
    for flags in ((), ("--mimic-record",), ("--mimic-verify",)):
        run = recorded.run(*flags, in_process=True)
        assert run.outcomes == {"failed": 1}
        run.has("*RecordingError: *" if what != "unloadable" else "*UnreplayableOutcomeError: *")
        assert contents(recorded) == before
    run = recorded.run("--mimic-rerecord", in_process=True).passed(1)
    assert run.mimic_lines[1].startswith("mimic: 1 replayed, 3 recorded;")
    recorded.replay(in_process=True).passed(1)
