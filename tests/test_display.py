"""What a terminal shows while a call runs live for long. The terminals are real ones."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import select
import subprocess
import sys
import threading
import warnings
from typing import TYPE_CHECKING, Any

import pytest

from pytest_mimic._display import Display, display_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import Project

ERASED = "\x1b7\r\r\n\x1b[K\x1b8"


class Terminal:
    """The side of a pseudo-terminal that a person looks at."""

    def __init__(self) -> None:
        self.descriptor, self.inner = pty.openpty()
        self.seen = ""

    def read_until(self, pattern: str, start: int = 0) -> re.Match[str]:
        """Reads on until what was written since then matches."""
        for _ in range(50):
            if found := re.compile(pattern).search(self.seen, start):
                return found
            assert self._read(20), f"{pattern} was not shown:\n{self.seen!r}"
        pytest.fail(f"{pattern} was not shown:\n{self.seen!r}")

    def read_to_the_end(self) -> str:
        """Reads until nobody can write any more."""
        while self._read(20):
            pass
        return self.seen

    def read_what_is_there(self) -> str:
        """Reads what has been written."""
        while self._read(0):
            pass
        return self.seen

    def _read(self, patience: float) -> bool:
        ready, _, _ = select.select([self.descriptor], [], [], patience)
        data = b""
        with contextlib.suppress(OSError):  # Linux says so when the other side is closed
            data = os.read(self.descriptor, 65536) if ready else b""
        self.seen += data.decode()
        return bool(data)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    terminal = Terminal()
    yield terminal
    for descriptor in (terminal.descriptor, terminal.inner):
        with contextlib.suppress(OSError):
            os.close(descriptor)


@contextlib.contextmanager
def killing(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Leaves no process that waits for what a failed test does not do any more."""
    try:
        yield
    except BaseException:
        process.kill()
        raise


def test_a_long_call_is_shown_while_it_runs(project: Project, terminal: Terminal) -> None:
    project.write(
        {
            "lab.py": """
                import os, pathlib, time

                def wait_for(name):
                    sleep = getattr(time.sleep, "__wrapped__", time.sleep)
                    while not pathlib.Path(name).exists():
                        sleep(0.01)

                def train(epochs, api_key):
                    print("epoch 1")
                    wait_for("go")
                    child = os.fork()
                    if not child:
                        os._exit(0)
                    os.waitpid(child, 0)
                    wait_for("go_on")
                    return epochs

                def look():
                    breakpoint()
                    return 1
            """,
            "test_lab.py": """
                import freezegun, lab

                def test_short():
                    pass

                @freezegun.freeze_time("2020-01-01")
                def test_train(capfd):
                    assert lab.train(3, api_key="s3cret") == 3
                    assert capfd.readouterr() == ("epoch 1\\n", "")

                def test_debugged():
                    assert lab.look() == 1
            """,
        }
    )
    project.configure("lab:*")
    plugins = [f"-p{name}" for name in project.pytester.plugins]
    command = [sys.executable, "-m", "pytest", *plugins, "-Werror", "--mimic-record"]
    with (
        subprocess.Popen(
            command,
            cwd=project.path,
            stdin=terminal.inner,
            stdout=terminal.inner,
            stderr=terminal.inner,
            env={**os.environ, "TERM": "xterm", "PYTHONHASHSEED": "0"},
        ) as running,
        killing(running),
    ):
        os.close(terminal.inner)
        shown = terminal.read_until(r"mimic: running for [1-9]s: (\S+\(.*?\))\x1b\[K\x1b8")
        assert shown[1] == "lab:train(epochs=3, api_key=<redacted>)"
        (project.path / "go").touch()
        # After a fork the line is filled again.
        again = terminal.read_until(r"mimic: running for (\d)s", shown.end())
        (project.path / "go_on").touch()
        terminal.read_until(r"\(Pdb\) ", again.end())
        os.write(terminal.descriptor, b"continue\n")
        output = terminal.read_to_the_end()
    assert running.returncode == 0, output
    after = output[again.end() : output.index("PDB")]
    assert after.endswith(ERASED) or "mimic: running" not in after[after.rindex(ERASED) :]
    # Whoever takes the sequences out sees what pytest writes, and nothing of ours between.
    ours = re.compile(r"(\x1bD\x1bM)?\x1b7\r\r\n(mimic: running[^\x1b]*)?\x1b\[K\x1b8")
    plain = re.sub(r"\x1b\[[\d;]*m", "", ours.sub("", output))
    assert re.search(r"^test_lab.py \.\.\r", plain, re.MULTILINE)
    assert re.search(r"^\. +\[100%\]\r", plain, re.MULTILINE)
    assert "\x1b" not in plain
    assert "epoch" not in plain


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, which only the test moves on; the display looks at it often."""
    now = [100.0]
    monkeypatch.setattr(Display, "_clock", staticmethod(lambda: now[0]))
    monkeypatch.setattr("pytest_mimic._display._TICK", 0.001)
    return now


@pytest.fixture
def display(terminal: Terminal, clock: list[float]) -> Iterator[Display]:
    display = Display(os.dup(terminal.inner))
    yield display
    display.close()


def describe(text: str) -> Callable[[], str]:
    return lambda: text


def test_the_longest_of_several_is_shown(
    display: Display, terminal: Terminal, clock: list[float]
) -> None:
    display.begin("a", 0.0, describe("m:f()"))
    clock[0] += 1
    display.begin("b", 0.0, describe("m:g()"))
    terminal.read_until(r"running for 1s: m:f\(\)")
    clock[0] += 72
    terminal.read_until(r"running for 1m 13s and 1 more: m:f\(\)")
    display.end("a")
    terminal.read_until(r"running for 1m 12s: m:g\(\)")
    display.end("b")
    assert terminal.read_what_is_there().endswith(ERASED)


def test_what_ran_before_it_was_suspended_counts(
    display: Display, terminal: Terminal, clock: list[float]
) -> None:
    display.begin("a", 59.0, describe("m:f()"))
    terminal.read_until(r"running for 59s: m:f\(\)")


def test_a_line_is_no_longer_than_the_terminal_is_wide(
    display: Display, terminal: Terminal, clock: list[float]
) -> None:
    import fcntl
    import struct
    import termios

    fcntl.ioctl(terminal.inner, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 40, 0, 0))
    display.begin("a", 5.0, describe("m:f(" + "x" * 100 + ")"))
    shown = terminal.read_until(r"(mimic: [^\x1b]*)\x1b\[K\x1b8")
    assert len(shown[1]) == 39


def test_a_debugger_has_the_terminal_to_itself(
    display: Display, terminal: Terminal, clock: list[float]
) -> None:
    display.begin("a", 5.0, describe("m:f()"))
    terminal.read_until(r"running for 5s")
    display.pause()
    seen = len(terminal.read_what_is_there())
    assert terminal.seen.endswith(ERASED)
    display.begin("b", 7.0, describe("m:g()"))
    looked = threading.Event()
    clock_now = clock[0]

    def looking() -> float:
        looked.set()
        return clock_now

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Display, "_clock", staticmethod(looking))
        assert looked.wait(60)
        looked.clear()
        assert looked.wait(60)
    assert len(terminal.read_what_is_there()) == seen
    display.resume()
    terminal.read_until(r"running for 7s", seen)


def threads() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name == "mimic-display"]


def test_the_thread_lives_no_longer_than_the_calls(
    display: Display, terminal: Terminal, clock: list[float]
) -> None:
    assert not threads()
    display.begin("a", 0.0, describe("m:f()"))
    (thread,) = threads()
    display.begin("b", 0.0, describe("m:f()"))
    assert threads() == [thread]
    display.end("a")
    display.end("b")
    thread.join(60)
    assert not thread.is_alive()
    assert terminal.read_what_is_there() == ""
    display.begin("a", 3.0, describe("m:f()"))
    terminal.read_until("running for 3s")


def test_a_fork_meets_no_thread_and_a_child_writes_nothing(
    display: Display, terminal: Terminal, clock: list[float]
) -> None:
    display.begin("a", 2.0, describe("m:f()"))
    terminal.read_until("running for 2s")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        display.before_fork()
        child = os.fork()
        if not child:
            display.become_child()
            display.begin("b", 9.0, describe("m:child()"))
            display.end("b")
            display.close()
            os._exit(bool(threads()))
    assert os.waitpid(child, 0)[1] == 0
    seen = len(terminal.read_what_is_there())
    assert not threads()
    display.after_fork()
    clock[0] += 1
    terminal.read_until("running for 3s", seen)
    display.end("a")
    display.before_fork()
    display.after_fork()
    assert not threads()
    assert "child" not in terminal.read_what_is_there()


def test_without_a_thread_or_a_terminal_the_call_goes_on(
    display: Display, terminal: Terminal, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", fail)
        display.begin("a", 9.0, describe("m:f()"))
        display.end("a")
    assert terminal.read_what_is_there() == ""
    # A terminal that nobody looks at any more refuses what is written.
    os.close(terminal.descriptor)
    os.close(terminal.inner)
    looked = threading.Event()

    def described() -> str:
        looked.set()
        return "m:f()"

    display.begin("a", 9.0, described)
    assert looked.wait(60)
    display.end("a")


class Settings:
    """What a run is asked for."""

    def __init__(self, pytester: pytest.Pytester, *args: str) -> None:
        from pytest_mimic._config import MimicConfig

        pytester.makeini("[pytest]\nmimic_functions = m:f\n")
        self.config = pytester.parseconfig(*args)
        self.settings = MimicConfig.of(self.config)


@pytest.mark.parametrize(
    ("args", "is_shown"),
    [
        (["--mimic-record"], True),
        (["--mimic-rerecord", "-q"], True),
        ([], False),
        (["--mimic-live"], False),
        (["--mimic-record", "-s"], False),
        (["--mimic-record", "--capture=tee-sys"], False),
        (["--mimic-record", "-pno:terminal"], False),
    ],
)
def test_only_a_recording_run_shows_anything(
    pytester: pytest.Pytester,
    terminal: Terminal,
    monkeypatch: pytest.MonkeyPatch,
    args: list[str],
    is_shown: bool,
) -> None:
    run = Settings(pytester, *args)
    with os.fdopen(os.dup(terminal.inner), "w") as stdout:
        monkeypatch.setattr(sys, "stdout", stdout)
        monkeypatch.setenv("TERM", "xterm")
        display = display_of(run.config, run.settings)
        assert display.is_on is is_shown
        display.close()


class Pretender:
    """Says that it is a terminal, and is none."""

    def isatty(self) -> bool:
        return True


def test_only_a_terminal_is_written_to(
    pytester: pytest.Pytester, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Settings(pytester, "--mimic-record")
    with os.fdopen(os.dup(terminal.inner), "w") as tty, open(os.devnull, "w") as log:
        places: list[tuple[Any, str]] = [(log, "xterm"), (Pretender(), "xterm"), (None, "xterm")]
        for stdout, term in [*places, (tty, "dumb")]:
            with monkeypatch.context() as patch:
                patch.setattr(sys, "stdout", stdout)
                patch.setenv("TERM", term)
                assert not display_of(run.config, run.settings).is_on
