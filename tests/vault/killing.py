"""Kill a process that works on a vault at every line it runs, and look at what it left.

Run as ``killing.py SCENARIO FOLDER``; prints how many processes were killed.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest_mimic._vault as package
from pytest_mimic._vault import Card, Vault

CODE = os.path.dirname(package.__file__)
KEY = "a" * 32
TARGET = "my_module:fetch"
SIZES = {True: 20, False: 200_000}


def card(source: str) -> Card:
    """Make a card; those in capital letters are of quick calls with small payloads."""
    took = 0.0 if source.isupper() else 1.0
    kind = {"kind": "returned"}
    return Card(TARGET, KEY, {}, kind, (), took, "3.12.1", {}, source, "test_it.py::test_it")


def payload(letter: str) -> list[bytes]:
    return [b"head", letter.encode() * SIZES[letter.isupper()]]


def write(vault: Vault, letter: str, *, replace: bool) -> None:
    vault.write(card(letter), payload(letter), replace=replace)


def renew(vault: Vault, letter: str) -> None:
    vault.renew(card(letter))


def afresh(folder: Path, work: Callable[[Vault], object]) -> None:
    """Do the work on a vault that is opened for it."""
    work(Vault(folder))


def read(vault: Vault) -> str | None:
    """Return which payload is there; a damaged one raises."""
    recording = vault.read(TARGET, KEY)
    if recording is None:
        return None
    data = bytes(recording.payload)
    assert data == b"".join(payload(chr(data[-1])))
    return chr(data[-1])


def killed_at(line: int, work: Callable[[], object]) -> bool:
    """Do the work in a fork that dies at the given line; tell whether it came that far."""
    pid = os.fork()
    if pid == 0:
        remaining = line

        def trace(frame, event, arg):
            nonlocal remaining
            if not frame.f_code.co_filename.startswith(CODE):
                return None
            if event == "line":
                remaining -= 1
                if remaining < 0:
                    os.kill(os.getpid(), signal.SIGKILL)
            return trace

        sys.settrace(trace)
        try:
            work()
        finally:
            os._exit(0)
    _, status = os.waitpid(pid, 0)
    return os.WIFSIGNALED(status)


def leftovers(vault: Vault) -> list[str]:
    return [path.name for path in vault.path.rglob("*.part")]


def every_line(folder: Path, before: str | None, work: Callable[[Vault], object]) -> int:
    """Kill the work at each of its lines in turn; nothing but before or after may be seen."""
    line = 0
    while True:
        shutil.rmtree(folder, ignore_errors=True)
        vault = Vault(folder)
        if before:
            write(vault, before, replace=False)
        if not killed_at(line, partial(work, vault)):
            return line
        check(vault, before)
        line += 1


def check(vault: Vault, before: str | None) -> None:
    seen = read(vault)
    assert seen in (before, SCENARIOS[sys.argv[1]][2]), seen
    readme = vault.path / "README.md"
    assert not readme.exists() or readme.read_text().endswith("\n")
    # Whoever comes next finds nothing in the way, and leaves nothing.
    write(Vault(vault.path), "n", replace=True)
    assert read(vault) == "n"
    assert leftovers(vault) == [], leftovers(vault)
    assert Vault(vault.path).clean() == 0


def chain(folder: Path) -> int:
    """Kill one process after another, each at a random line, over what the last one left."""
    shutil.rmtree(folder, ignore_errors=True)
    chance = random.Random(7)  # noqa: S311 - the same kills in every run
    killed = 0
    before: str | None = None
    for turn in range(400):
        letter = chr(ord("aA"[turn % 2]) + turn % 26)
        works: dict[str | None, Callable[[Vault], object]] = {
            letter: partial(write, letter=letter, replace=True),
            before: partial(renew, letter=letter),
            None: lambda vault: vault.delete(TARGET, KEY),
        }
        after = chance.choice([letter, letter, letter, before, None])
        work = works[after]
        killed += killed_at(chance.randrange(250), partial(afresh, folder, work))
        if chance.random() < 0.2:
            killed += killed_at(chance.randrange(120), lambda: Vault(folder).clean())
        seen = read(Vault(folder))
        assert seen in (before, after), (turn, before, after, seen)
        before = seen
    Vault(folder).clean()
    assert read(Vault(folder)) == before
    assert leftovers(Vault(folder)) == []
    return killed


SCENARIOS: dict[str, tuple[str | None, Callable[[Vault], object], str | None]] = {
    "first": (None, lambda vault: write(vault, "y", replace=False), "y"),
    "first and small": (None, lambda vault: write(vault, "Y", replace=False), "Y"),
    "replace": ("x", lambda vault: write(vault, "y", replace=True), "y"),
    "renew": ("x", partial(renew, letter="y"), "x"),
    "delete": ("x", lambda vault: vault.delete(TARGET, KEY), None),
}

if __name__ == "__main__":
    scenario, place = sys.argv[1], Path(sys.argv[2])
    count = chain(place) if scenario == "chain" else every_line(place, *SCENARIOS[scenario][:2])
    sys.stdout.write(str(count))
