"""Let several processes write the same recordings at once.

Run as ``racing.py MODE VAULT PROCESSES [KEYS]``, where MODE is record, rerecord or stream. Prints
one line a write, ``KEY RESULT WRITER``, and ends badly if anybody ever read something damaged.
"""

from __future__ import annotations

import os
import sys
import traceback

from pytest_mimic._vault import AnyVault, Card, Written, open_vault

TARGET = "my_module:fetch"
COUNT = int(sys.argv[4]) if len(sys.argv) > 4 else 25
KEYS = [f"{number:032x}" for number in range(COUNT)]


def card(key: str, writer: int) -> Card:
    kind = {"kind": "returned"}
    return Card(TARGET, key, {}, kind, (), 0.0, "3.12.1", {}, str(writer), "test_it.py::test_it")


def payload(key: str, writer: int) -> list[bytes]:
    # Of different lengths, and some larger than what is read at once.
    return [key.encode(), bytes([writer]) * (100 + 30_000 * writer)]


def check(vault: AnyVault, key: str) -> None:
    recording = vault.read(TARGET, key)
    if recording is None:
        return
    writer = int(recording.card.source or "")
    assert bytes(recording.payload) == b"".join(payload(key, writer))


def write(mode: str, vault: AnyVault, key: str, writer: int) -> Written:
    if mode != "stream":
        return vault.write(card(key, writer), payload(key, writer), replace=mode == "rerecord")
    with vault.writer(TARGET, key) as stream:
        for part in payload(key, writer):
            stream.write(part)
        return stream.commit(card(key, writer))


def race(mode: str, location: str, writer: int, start: int) -> None:
    os.read(start, 1)
    vault = open_vault(location)
    lines = []
    for key in KEYS:
        check(vault, key)
        lines.append(f"{key} {write(mode, vault, key, writer).name} {writer}\n")
        for other in KEYS:
            check(vault, other)
    os.write(1, "".join(lines).encode())


def main(mode: str, location: str, processes: int) -> int:
    start, go = os.pipe()
    children = []
    for writer in range(processes):
        pid = os.fork()
        if pid == 0:
            try:
                race(mode, location, writer, start)
                os._exit(0)
            except BaseException:  # noqa: BLE001 - a fork must not return into its parent's code
                traceback.print_exc()
                os._exit(1)
        children.append(pid)
    os.write(go, b"x" * processes)
    return sum(os.waitpid(pid, 0)[1] != 0 for pid in children)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
