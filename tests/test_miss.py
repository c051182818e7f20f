"""What the error for a missing recording tells of the nearest one."""

from __future__ import annotations

import os
import re
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from pytest_mimic._outline import outline_arguments
from pytest_mimic._session import _miss
from pytest_mimic._session._miss import Misses
from pytest_mimic._usage import RecordingId

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import Project

OWN = RecordingId("m:f", "0" * 32)


class Cards:
    """A vault that has only cards."""

    def __init__(self, *arguments: dict[str, Any], source: str | None, **fields: Any) -> None:
        self._arguments = arguments
        self._fields = {
            "test": "test_m.py::test",
            "python": "3.12.1",
            "distributions": {},
            "source": source,
            **fields,
        }
        self.read = 0

    def cards(self, target: str, on_damage: object) -> Iterator[SimpleNamespace]:
        """One card for each of the arguments."""
        assert target == "m:f"
        assert on_damage
        for given in self._arguments:
            self.read += 1
            outlines = outline_arguments(list(given), list(given.values()))
            yield SimpleNamespace(arguments=outlines, **self._fields)

    def place(self, target: str, key: str) -> SimpleNamespace:
        """Where there is nothing."""
        return SimpleNamespace(payload=f"/nowhere/{target}/{key}")


def explain(
    called: dict[str, Any],
    *recorded: dict[str, Any],
    source: str | None = "old",
    test: str = "test_m.py::test_it",
    **fields: Any,
) -> list[str]:
    """The message, less the call in its first line."""
    vault: Any = Cards(*recorded, source=source, **fields)
    call: Any = SimpleNamespace(own=OWN, names=list(called))
    outlines = outline_arguments(list(called), list(called.values()))
    error = Misses(vault, Path.cwd()).explain(call, outlines, test, "old")
    assert vault.read <= _miss._MOST_COMPARED
    first, *lines = str(error).splitlines()
    assert first.startswith("no recording of m:f(")
    return lines


def test_what_is_redacted_is_not_the_nearest() -> None:
    lines = explain({"text": "tea"}, {"text": "token=1234"}, {"text": "milk"})
    assert lines[1] == "  text: recorded 'milk', called with 'tea'"


def test_the_nearest_of_several_is_shown() -> None:
    lines = explain({"x": 1, "y": 2}, {"x": 8, "y": 9}, {"x": 1, "y": 3}, {"x": 5, "y": 7})
    assert lines == [
        "The nearest of its 3 recordings differs in:",
        "  y: recorded 3, called with 2",
        "It was recorded by test_m.py::test on Python 3.12.1.",
        "Record it: pytest --mimic-record test_m.py::test_it",
    ]


def test_no_recording_at_all() -> None:
    assert explain({"x": 1}, test="the start of the run") == [
        "There are no recordings of m:f in the vault yet.",
        "Record it: pytest --mimic-record",
    ]


@pytest.mark.parametrize(("count", "said"), [(1, "It is stale"), (3, "All of them are stale")])
def test_only_stale_recordings(count: int, said: str) -> None:
    lines = explain({"x": 1, "y": 2}, *[{"x": 1}] * count, source="other")
    assert lines[1:] == [
        "  y: a new parameter, called with 2",
        "It was recorded by test_m.py::test on Python 3.12.1.",
        f"{said}: the source of m:f changed since.",
        "Record it: pytest --mimic-rerecord",
    ]
    assert "stale" not in "".join(explain({"x": 1}, {"x": 2}, source=None))


def test_who_recorded_it() -> None:
    versions = {"numpy": "2.1", "pandas": "2.2"}
    lines = explain({"x": 1}, {"x": 2}, distributions=versions)
    assert lines[0] == "Its one recording differs in:"
    assert lines[2].endswith(" on Python 3.12.1 with numpy 2.1, pandas 2.2.")
    many = {f"d{number}": "1" for number in range(9)}
    assert explain({"x": 1}, {"x": 2}, distributions=many)[2].endswith("d5 1, ....")


def test_many_differences_are_cut_short() -> None:
    names = [f"x{number}" for number in range(20)]
    lines = explain(dict.fromkeys(names, 1), dict.fromkeys(names, 2))
    assert len(lines) == 1 + _miss._MOST_DIFFERENCES + 3
    assert lines[-3] == "  ..."


def test_what_the_card_does_not_tell_is_said_to_be_so() -> None:
    assert explain({"x": 1}, {"x": 1})[1] == "  what its card does not tell"


def test_only_so_many_recordings_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_miss, "_MOST_COMPARED", 2)
    lines = explain({"x": 9}, {"x": 1}, {"x": 2}, {"x": 9})
    assert lines[:2] == [
        "The nearest of the first 2 of its recordings differs in:",
        "  x: recorded 1, called with 9",
    ]


@pytest.mark.parametrize("kind", [str, Path, lambda path: {"of": [path]}])
def test_a_path_of_this_folder_alone(kind: Callable[[object], object]) -> None:
    here, there = kind(Path.cwd() / "data.csv"), kind("/elsewhere/data.csv")
    told = f"x holds a path in {Path.cwd()}{os.sep}, which is another folder on every machine: "
    lines = explain({"x": here, "y": 1}, {"x": there, "y": 1})
    assert lines[-2].startswith(told)
    assert "ignore=x" in lines[-2]
    assert told not in "\n".join(explain({"x": here}, {"x": kind(Path.cwd() / "a")}, {"x": there}))
    assert told not in "\n".join(explain({"x": there}, {"x": here}))


def test_the_recordings_of_a_target_are_read_once() -> None:
    vault: Any = Cards({"x": 1}, {"x": 2}, source=None)
    call: Any = SimpleNamespace(own=OWN, names=["x"])
    misses = Misses(vault, Path.cwd())
    for number in 3, 4:
        outlines = outline_arguments(["x"], [number])
        assert f"called with {number}" in str(misses.explain(call, outlines, "", None))
    assert vault.read == 2


def test_the_command_is_one_for_a_shell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def command(test: str) -> str:
        return explain({}, test=test)[-1].removeprefix("Record it: pytest --mimic-record ")

    assert command("tests/test_m.py::T::test") == "tests/test_m.py::T::test"
    assert command("test_m.py::test[a b]") == "'test_m.py::test[a b]'"
    assert command(f"test_m.py::test[{'x' * 999}]") == "test_m.py::test"
    monkeypatch.chdir(tmp_path)
    misses = Misses(Cards(source=None), tmp_path.parent)  # type: ignore[arg-type]  # cards alone
    name = tmp_path.name
    assert misses.command("-x", f"{name}/test_m.py::test") == "pytest -x test_m.py::test"
    assert misses.command("-x", "test_m.py::test") == "pytest -x ../test_m.py::test"
    assert misses.command("-x", "::test") == "pytest -x"


@pytest.mark.parametrize(("recorded", "turn"), [(1, 1), (1, 3), (2, 3), (3, 3), (5, 9), (0, 2)])
def test_a_series_of_equal_calls_is_counted(recorded: int, turn: int) -> None:
    vault: Any = SimpleNamespace(
        has=lambda _, key: int(key) < recorded,
        read_card=lambda _, key: "a card" if int(key) < recorded else None,
    )
    call: Any = SimpleNamespace(
        first=("m:f", "0"), turn=turn, at_turn=lambda first, turn: (first[0], str(turn))
    )
    told = Misses(vault, Path.cwd()).one_too_many(call)
    assert told.endswith(
        f"call {turn + 1} of its test, and {recorded} are recorded" * bool(recorded)
    )
    assert bool(told) == bool(recorded)


def test_the_message_is_bounded() -> None:
    deep: Any = "x" * 9999
    for _ in range(30):
        deep = {"k" * 500: deep, **{f"{'k' * 500}{number}": deep for number in range(20)}}
    called = {f"a{number}" * 40: [deep] * 50 for number in range(50)}
    recorded = {name: [{"k" * 500 + "0": number}] * 50 for number, name in enumerate(called)}
    lines = explain(called, recorded, test=f"test_m.py::test[{'x' * 9999}]")
    assert sum(map(len, lines)) < 6000


def test_a_miss_reads_well_in_pytest(project: Project) -> None:
    test = """
        import m

        def test_it():
            m.f({"model": {"lr": %s, "layers": [1, 2]}})
    """
    project.write({"m.py": "def f(config): return config", "test_m.py": test % 0.1})
    project.configure("m:f")
    project.record(in_process=True).passed(1)
    project.write({"test_m.py": test % 0.2})
    told = [
        "no recording of m:f(config={'model': {'layers': [1, 2], 'lr': 0.2}})",
        "Its one recording differs in:",
        "  config['model']['lr']: recorded 0.1, called with 0.2",
        "It was recorded by test_m.py::test_it on Python 3.*.",
        "Record it: pytest --mimic-record test_m.py::test_it",
    ]
    # pytest 8 shows no more than the first line in that style.
    for style, margin, count in ("long", "E *", 5), ("short", "E   *", 5), ("line", "*", 1):
        run = project.replay(f"--tb={style}", in_process=True)
        run.has(*(f"{margin}{line.replace('[', '[[]')}" for line in told[:count]))
        run.has("FAILED test_m.py::test_it - pytest_mimic.MissingRecordingError: no recording *")


def test_a_miss_reads_well_in_a_log_of_xdist(project: Project) -> None:
    test = """
        import m
        import numpy as np

        def test_it():
            m.f(np.zeros((100, 3), "%s"))
    """
    project.write({"m.py": "def f(X): return X * 2", "test_m.py": test % "f8"})
    project.configure("m:f")
    project.record().passed(1)
    project.write({"test_m.py": test % "f4"})
    run = project.replay("-n1", "--tb=short", env={"CI": "true"})
    run.has(
        "E   *MissingRecordingError: no recording of m:f(X=float32 (100, 3))",
        "E     X: recorded float64 (100, 3), called with float32 (100, 3)",
        "E   It was recorded by test_m.py::test_it on Python 3.* with numpy *.",
        "FAILED test_m.py::test_it - pytest_mimic.MissingRecordingError: no *float32 (100, 3))",
    )
    assert "\x1b" not in run.stdout


def test_what_the_test_does_not_get_to_see_shows_the_line_of_the_call(project: Project) -> None:
    project.write(
        {
            "m.py": "import os\ndef f(): return os.environ['ANSWER']",
            "test_m.py": """
                import m

                def test_swallowed():
                    try:
                        m.f()
                    except Exception:
                        pass
            """,
        }
    )
    project.configure("m:f")
    missed = project.replay(in_process=True)
    missed.has(
        ">           m.f()", "E * no recording of m:f()", "test_m.py:6: MissingRecordingError"
    )
    project.record(in_process=True, env={"ANSWER": "yes"}).passed(1)
    drifted = project.run("--mimic-verify", in_process=True, env={"ANSWER": "no"})
    drifted.has(">           m.f()", "E * result: recorded 'yes', live 'no'", "test_m.py:6: Drift*")
    for run in missed, drifted:
        assert "_hooks.py" not in run.stdout


def test_the_errors_go_by_their_public_names() -> None:
    import pytest_mimic

    for name in pytest_mimic.__all__:
        public = getattr(pytest_mimic, name)
        if isinstance(public, type) and issubclass(public, Exception):
            assert re.fullmatch(r"pytest_mimic\.\w+", f"{public.__module__}.{public.__qualname__}")

    class Own(pytest_mimic.MimicError):
        pass

    assert Own.__module__ == __name__


def test_of_many_misses_in_one_test_the_first_are_told(project: Project) -> None:
    project.write(
        {
            "m.py": "def f(x):\n    return x\n",
            "test_m.py": """
                import contextlib
                import m

                def test_loop():
                    for number in range(20):
                        with contextlib.suppress(Exception):
                            m.f(number)
            """,
        }
    )
    project.configure("m:f")
    run = project.replay(in_process=True)
    assert run.outcomes == {"failed": 1}
    assert run.stdout.count("no recording of m:f(x=") - run.stdout.count("FAILED test_m") <= 7
    run.has("*no recording of m:f(x=0)*", "and 14 more problems in this phase of the test")
