"""What the error for a missing recording tells of the nearest one."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from pytest_mimic import _miss
from pytest_mimic._outline import outline_arguments

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest
    from tests.conftest import Project


class Cards:
    """A vault that has only cards."""

    def __init__(self, *arguments: dict[str, Any]) -> None:
        self._arguments = arguments

    def cards(self, target: str, on_damage: object) -> Iterator[SimpleNamespace]:
        """One card for each of the arguments."""
        assert target == "m:f"
        assert on_damage
        for given in self._arguments:
            outlines = outline_arguments(list(given), list(given.values()))
            yield SimpleNamespace(arguments=outlines, test="test_m.py::test", python="3.12.1")


def explain(called: dict[str, Any], *recorded: dict[str, Any]) -> list[str]:
    outlines = outline_arguments(list(called), list(called.values()))
    return list(_miss._nearest(Cards(*recorded), "m:f", outlines))  # type: ignore[arg-type]


def test_the_nearest_of_several_is_shown() -> None:
    lines = explain({"x": 1, "y": 2}, {"x": 8, "y": 9}, {"x": 1, "y": 3}, {"x": 5, "y": 7})
    assert lines == [
        "The nearest recording differs in (recorded by test_m.py::test, Python 3.12.1):",
        "  y: recorded 3, called with 2",
    ]


def test_many_differences_are_cut_short() -> None:
    names = [f"x{number}" for number in range(20)]
    lines = explain(dict.fromkeys(names, 1), dict.fromkeys(names, 2))
    assert len(lines) == 1 + _miss._MOST_DIFFERENCES + 1
    assert lines[-1] == "  ..."


def test_what_the_card_does_not_tell_is_said_to_be_so() -> None:
    assert explain({"x": 1}, {"x": 1})[1:] == ["  what its card does not tell"]


def test_only_so_many_recordings_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_miss, "_MOST_COMPARED", 2)
    assert explain({"x": 9}, {"x": 1}, {"x": 2}, {"x": 9})[1] == "  x: recorded 1, called with 9"


def test_a_miss_is_one_line_in_the_short_summary(project: Project) -> None:
    project.write(
        {
            "m.py": "def f(config): return config",
            "test_m.py": """
                import m

                def test_it():
                    m.f({"model": {"lr": 0.1, "layers": [1, 2]}})
            """,
        }
    )
    project.configure("m:f")
    project.record().passed(1)
    project.write(
        {
            "test_m.py": """
                import m

                def test_it():
                    m.f({"model": {"lr": 0.2, "layers": [1, 2]}})
            """
        }
    )
    for style in ("long", "short", "line"):
        run = project.replay(f"--tb={style}")
        run.has("*'lr'*: recorded 0.1, called with 0.2*")
        run.has("FAILED test_m.py::test_it - *MissingRecordingError: no *")
