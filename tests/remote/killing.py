"""Kill a process that works on a shared vault before and after each request that it makes.

Run as ``killing.py SCENARIO URL``; prints how many processes were killed.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator

from pytest_mimic._vault import AnyVault, Card, open_vault
from pytest_mimic._vault._store import ObjectStore

TARGET = "my_module:fetch"


def write(vault: AnyVault, key: str, text: bytes) -> None:
    kind = {"kind": "returned"}
    card = Card(TARGET, key, {}, kind, (), 1.0, "3.12.1", {}, None, "test_it.py::test_it")
    vault.write(card, [text], replace=True)


def killed_at(moment: int, url: str, work: Callable[[AnyVault], object]) -> bool:
    """Do the work in a fork that dies at the given moment; tell whether it came that far."""
    pid = os.fork()
    if pid == 0:
        count_down_to_death(moment)
        try:
            work(open_vault(url))
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(pid, 0)[1])


def count_down_to_death(remaining: int) -> None:
    requesting = ObjectStore._failing

    def moment() -> None:
        nonlocal remaining
        remaining -= 1
        if remaining < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    @contextlib.contextmanager
    def request(store: ObjectStore, what: str) -> Iterator[None]:
        moment()
        with requesting(store, what):
            yield
        moment()

    ObjectStore._failing = request  # type: ignore[assignment,method-assign]  # in this fork alone


SCENARIOS: dict[str, tuple[bytes | None, Callable[[AnyVault, str], object], bytes | None]] = {
    "first": (None, lambda vault, key: write(vault, key, b"new"), b"new"),
    "replace": (b"old", lambda vault, key: write(vault, key, b"new"), b"new"),
    "delete": (b"old", lambda vault, key: vault.delete(TARGET, key), None),
}


def main(scenario: str, url: str) -> int:
    before, work, after = SCENARIOS[scenario]
    vault = open_vault(url)
    seen = set()
    moment = 0
    while True:
        key = f"{moment:032x}"
        if before is not None:
            write(vault, key, before)
        if not killed_at(moment, url, lambda vault, key=key: work(vault, key)):  # type: ignore[misc]  # bound at once
            break
        recording = vault.read(TARGET, key)
        seen.add(None if recording is None else bytes(recording.payload))
        write(vault, key, b"next")
        assert bytes(vault.read(TARGET, key).payload) == b"next"  # type: ignore[union-attr]  # just written
        moment += 1
    # The last fork was done before its turn to die came.
    assert seen == {before, after}, seen
    return moment


if __name__ == "__main__":
    sys.stdout.write(str(main(sys.argv[1], sys.argv[2])))
