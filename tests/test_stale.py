"""Recordings that the present code may no longer stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Project


@pytest.fixture
def changed(project: Project) -> Project:
    """A project whose target was changed after it was recorded."""
    project.write(
        {
            "m.py": "def f(x):\n    return x + 1\n",
            "test_m.py": "import m\ndef test_it():\n    assert m.f(1) == 2 == m.f(x=1)",
        }
    )
    project.configure("m:f")
    project.record().passed(1)
    project.write({"m.py": "def f(x):\n    return 1 + x\n"})
    return project


def test_a_stale_recording_is_warned_of_once(changed: Project) -> None:
    run = changed.replay().passed(1)
    run.has("mimic: 1 recording stale: the source of m:f changed*")


def test_a_stale_recording_is_an_error_if_it_is_configured_so(changed: Project) -> None:
    changed.configure("m:f", mimic_stale="error")
    for run in (changed.replay(), changed.record()):
        assert run.outcomes == {"failed": 1}
        run.has("*StaleRecordingError: *m:f changed after test_m.py::test_it recorded*")


def test_a_stale_recording_is_ignored_if_it_is_configured_so(changed: Project) -> None:
    changed.configure("m:f", mimic_stale="ignore")
    assert "recording stale" not in changed.replay().passed(1).stdout


def test_comments_docstrings_and_formatting_do_not_matter(changed: Project) -> None:
    changed.write(
        {
            "m.py": """
                def f(
                    x,
                ):
                    '''Adds one.'''
                    # as it always did

                    return (x + 1)
            """
        }
    )
    assert "recording stale" not in changed.replay().passed(1).stdout


def test_a_miss_with_only_stale_recordings_still_shows_the_nearest(changed: Project) -> None:
    changed.write({"test_m.py": "import m\ndef test_it():\n    m.f(5)"})
    changed.replay().has("*x: recorded 1, called with 5*")


def test_a_recording_that_no_longer_loads_says_so(project: Project) -> None:
    project.write(
        {
            "m.py": """
                class Point:
                    def __init__(self, x):
                        self.x = x

                def f(x):
                    return Point(x)
            """,
            "test_m.py": "import m\ndef test_it():\n    assert m.f(1).x == 1",
        }
    )
    project.configure("m:f")
    project.record().passed(1)
    project.write({"m.py": "def f(x): pass"})
    run = project.replay()
    assert run.outcomes == {"failed": 1}
    run.has("*UnreplayableOutcomeError: *.pkl: *Point*", "*recorded by test_m.py::test_it*")
