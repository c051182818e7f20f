"""The line that shows on a terminal how far the search for unused recordings has come."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from _pytest.terminal import TerminalReporter  # later pytests alone make it public

from pytest_mimic._report._progress import Progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Project


class Terminal(io.StringIO):
    """A text file that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """What the clock says, one reading after another."""
    readings = [0.0]
    monkeypatch.setattr(Progress, "_clock", staticmethod(lambda: readings.pop(0)))
    yield readings
    assert not readings


def test_it_shows_after_a_second_and_then_now_and_again(
    pytestconfig: pytest.Config, seconds: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    terminal = Terminal()
    progress = Progress(TerminalReporter(pytestconfig, terminal))
    seconds += [0.1, 0.9]
    assert list(progress.watch("ab", "looking")) == ["a", "b"]
    assert not terminal.getvalue()
    # One second for all that is done, not for each part of it.
    seconds += [0.95, 1.05, 1.1, 1.3]
    assert list(progress.watch("abcd", "deleting", 4)) == ["a", "b", "c", "d"]
    shown = [text.rstrip() for text in terminal.getvalue().split("\r")]
    assert shown == ["", "mimic: deleting: 1 of 4", "mimic: deleting: 3 of 4", "", ""]


def test_where_it_is_written_to_a_file_it_shows_nothing(pytestconfig: pytest.Config) -> None:
    file = io.StringIO()
    progress = Progress(TerminalReporter(pytestconfig, file))
    progress._due = 0.0
    assert list(progress.watch("ab", "looking")) == ["a", "b"]
    assert not file.getvalue()


def test_without_anything_that_writes_to_a_terminal_it_shows_nothing() -> None:
    assert list(Progress().watch("ab", "looking")) == ["a", "b"]


def on_screen(written: str) -> list[str]:
    """What a terminal shows in the end: a line is overwritten from where it is returned to."""
    lines = []
    for line in written.replace("\r\n", "\n").split("\n"):
        shown = ""
        for text in line.split("\r"):
            shown = text + shown[len(text) :]
        lines.append(re.sub(r"in [\d.]+s", "", shown).strip(" ="))
    return lines


@pytest.mark.skipif(sys.platform == "win32", reason="opens a terminal of its own")
def test_it_comes_and_goes_on_a_terminal_and_nowhere_else(project: Project) -> None:
    project.write(
        {
            "m.py": "def f(x): return x",
            "test_m.py": "import m\ndef test_it():\n    for x in range(3): m.f(x)",
            # As if everything took longer than it does.
            "conftest.py": """
                from pytest_mimic._report import _progress

                _progress._PATIENCE = _progress._TICK = 0
            """,
        }
    )
    project.configure("m:f")
    project.record().passed(1)
    project.write({"test_m.py": "import m\ndef test_it():\n    print('captured')\n    m.f(0)"})
    command = ["--color=no", "-rP", "--mimic-fail-on-unused"]
    piped = project.run(*command, env={"COLUMNS": "80"})
    assert "captured" in piped.stdout
    assert "reading the cards" not in piped.stdout
    written = run_on_terminal(project, *command)
    assert "mimic: looking for unused recordings: 0" in written
    assert "mimic: reading the cards of unused recordings: 0 of 2" in written
    assert on_screen(written) == on_screen(piped.stdout)


def run_on_terminal(project: Project, *args: str) -> str:
    """Run pytest with a terminal to write to, and give what it wrote."""
    here, there = os.openpty()
    plugins = [f"-p{name}" for name in project.pytester.plugins if isinstance(name, str)]
    with subprocess.Popen(
        [sys.executable, "-m", "pytest", *plugins, *args],
        stdout=there,
        stderr=subprocess.STDOUT,
        cwd=project.path,
        env=os.environ | {"COLUMNS": "80", "PYTEST_ADDOPTS": project.without_others},
    ) as process:
        os.close(there)
        written = b"".join(iter(lambda: read(here), b""))
        assert process.wait() == 1
    os.close(here)
    return written.decode().rstrip()


def read(terminal: int) -> bytes:
    """Read what there is; nothing once the other end is closed."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""
