"""Recordings that the present code may no longer stand for."""

from __future__ import annotations

import json
import shutil
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
    changed.write({"test_again.py": "import m\ndef test_it():\n    assert m.f(1) == 2"})
    for run in (changed.replay().passed(2), changed.replay("-n", "2").passed(2)):
        run.has("mimic: 1 recording stale: the source of m:f changed*")
        assert run.stdout.count("recording stale") == 1
    run = changed.run("--mimic-verify").passed(2)
    assert run.stdout.count("recording stale") == 1


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


LIBRARY = """
    class {name}:
        def __init__(self, x):
            self.x = x

        def __reduce__(self):
            return {name}, (self.x,)
"""
METADATA = "Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"


def install(project: Project, name: str, module: str, version: str) -> None:
    """Put a distribution's metadata where its module is."""
    for old in project.path.glob(f"{module}-*.dist-info"):
        shutil.rmtree(old)
    info = f"{module}-{version}.dist-info"
    metadata = METADATA.format(name=name, version=version)
    project.write({f"{info}/METADATA": metadata, f"{info}/RECORD": f"{module}.py,,\n"})


def test_what_no_longer_loads_says_which_versions_changed(project: Project) -> None:
    target = """
        import {library}

        def f(x):
            return {library}.{name}(x)

        def items(n):
            yield {library}.{name}(n)

        def name():
            return "{name}"
    """
    tests = """
        import the_target as m

        def test_value():
            assert m.f(1).x == 1

        def test_stream():
            assert [item.x for item in m.items(1)] == [1]
            m.name()
    """
    project.write({"the_target.py": target.format(library="a_library", name="Point")})
    project.write({"a_library.py": LIBRARY.format(name="Point"), "test_m.py": tests})
    project.configure("the_target:*")
    install(project, "the-target", "the_target", "3.0")
    install(project, "A-Library", "a_library", "1.0")
    project.record().passed(2)
    cards = [json.loads(path.read_text()) for path in project.vault.glob("the_target/*/*.json")]
    named = [card["distributions"] for card in cards if card["target"] != "the_target:name"]
    assert named == [{"A-Library": "1.0", "the-target": "3.0"}] * 2
    project.write({"a_library.py": LIBRARY.format(name="Place")})
    run = project.replay()
    assert run.outcomes == {"failed": 2}
    assert run.stdout.count("No version that its card names has changed since.") == 2
    install(project, "A-Library", "a_library", "2.0")
    shutil.rmtree(project.path / "the_target-3.0.dist-info")
    run = project.replay()
    for name in ("f", "items"):
        run.has(
            f"*UnreplayableOutcomeError: *the_target/{name}/*.pkl: cannot load what was recorded*",
            "*It was recorded by test_m.py::test_*Changed since: A-Library 1.0 then, 2.0 here; "
            "the-target 3.0 then, not installed here.",
            "*Record it anew with pytest --mimic-rerecord.",
        )
    # And a drift says so, too.
    project.write({"the_target.py": target.format(library="a_library", name="Place")})
    run = project.run("--mimic-verify")
    assert run.outcomes == {"failed": 2}
    assert run.stdout.count("Changed since: A-Library 1.0 then, 2.0 here") == 2
    run.has(
        "*result: recorded 'Point', live 'Place'",
        "The source of the_target:name changed since.",
        "Changed since: the-target 3.0 then, not installed here.",
    )


def test_an_argument_that_does_not_take_its_recorded_change_says_what_changed(
    project: Project,
) -> None:
    project.write(
        {
            "m.py": "def f(x):\n    x.value = 1\n",
            "test_m.py": """
                import m, os

                class Thing:
                    __slots__ = ("value",) if "WITH_SLOTS" in os.environ else ("__dict__",)

                def test_it():
                    m.f(Thing())
            """,
        }
    )
    project.configure("m:f")
    project.record(env={"WITH_SLOTS": "1"}).passed(1)
    run = project.replay()
    assert run.outcomes == {"failed": 1}
    run.has(
        "*UnreplayableOutcomeError: *m/f/*.pkl: cannot change the argument's Thing as recorded*"
    )
