"""``--mimic-rerecord``: every recording made anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

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
