"""What went wrong in each phase of a test, so that the phase fails whatever the test swallowed."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING

import pytest

from pytest_mimic.errors import MimicError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from types import FrameType

# Of the problems beside the one that fails a phase; code in a loop may meet a thousand.
_MOST_TOLD = 5

# How a test says that it will not go on, which must not hide what went wrong before.
_GIVING_UP = (pytest.skip.Exception, pytest.xfail.Exception)


def went_as_foretold(item: pytest.Item, report: pytest.TestReport) -> bool:
    """Tells whether a phase of a test ended so that an exception raised in it may be believed.

    Args:
        item: The test.
        report: How the phase ended.

    Returns:
        True if it passed, or failed with the very exception that an xfail mark names. A mark that
        names none foretells a failure, not which.
    """
    if report.passed:
        return True
    xfailed = report.skipped and hasattr(report, "wasxfail")
    return xfailed and any(mark.kwargs.get("raises") for mark in item.iter_markers("xfail"))


class Phases:
    """The phases of a run, one after another, and the problems met in the present one."""

    def __init__(self) -> None:
        self.where = "the start of the run"
        self._problems: list[MimicError] = []
        self._beside: list[MimicError] = []
        self._tell: Callable[[MimicError], None] | None = None

    def become_child(self, tell: Callable[[MimicError], None] | None) -> None:
        """Goes on in a child process.

        Args:
            tell: Tells the parent of a problem; None where phases end in the child.
        """
        self._problems = []
        self._tell = tell

    def note(self, problem: MimicError) -> None:
        """Notes a problem, which the code under test may or may not swallow."""
        if self._tell is not None:
            self._tell(problem)
        elif problem not in self._problems:
            self._problems.append(problem)

    def note_here(self, problem: MimicError) -> None:
        """Notes a problem that the code under test does not get to see, and where it was met."""
        self.note(problem.with_traceback(_here()))

    def take_problems(self) -> list[MimicError]:
        """Gives the problems that no phase has failed for, and forgets them."""
        problems, self._problems = self._problems, []
        return problems

    def guard(self, where: str, hear: Callable[[], None]) -> Generator[None, object, object]:
        """Runs one phase of a test, as the body of a hook wrapper.

        Args:
            where: The test's node id.
            hear: Called when the phase is over, to hear of problems elsewhere.

        Raises:
            MimicError: The phase met a problem and swallowed it.
        """
        __tracebackhide__ = True
        self.where = where
        try:
            result = yield
        except _GIVING_UP:
            hear()
            self._raise_first()
            raise
        except BaseException as failure:
            hear()
            self._beside = [each for each in self.take_problems() if each is not failure]
            raise
        hear()
        self._raise_first()
        return result

    def take_sections(self) -> list[tuple[str, str]]:
        """Gives the report sections for the problems that led to another failure."""
        if not self._beside:
            return []
        beside, self._beside = self._beside, []
        return _sections(beside)

    def take_sections_beside(self, failure: str) -> list[tuple[str, str]]:
        """Gives those of a collector, of whose failure only the text is known."""
        problems = self.take_problems()
        return _sections([each for each in problems if str(each).partition("\n")[0] not in failure])

    def _raise_first(self) -> None:
        __tracebackhide__ = True
        if self._problems:
            first, *self._beside = self.take_problems()
            raise first


def _sections(beside: list[MimicError]) -> list[tuple[str, str]]:
    told = [str(problem) for problem in beside[:_MOST_TOLD]]
    if len(beside) > _MOST_TOLD:
        told.append(f"and {len(beside) - _MOST_TOLD} more problems in this phase of the test")
    return [("mimic", "\n\n".join(told))] if told else []


def _here() -> TracebackType | None:
    """Makes a traceback of the calls that led here, our own left out."""
    traceback: TracebackType | None = None
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        if not str(frame.f_globals.get("__name__")).startswith(f"{__package__}."):
            traceback = TracebackType(traceback, frame, frame.f_lasti, frame.f_lineno)
        frame = frame.f_back
    return traceback
