"""What child processes did, left in a folder for their parent to read.

A child may be killed, or leave by ``os._exit``, so each thing is left as soon as it is done.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import tempfile
from typing import TYPE_CHECKING, Any

from pytest_mimic._usage import Usage
from pytest_mimic.errors import ChildError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_mimic._vault import Card
    from pytest_mimic.errors import MimicError


_SUFFIX = ".jsonl"


class News:
    """What the child processes did since they were last asked.

    Attributes:
        usage: What they used.
        problems: What went wrong in them.
        drafts: Each recording that waits for the phase of the test to end: its card, its payload,
            and whether it is the same as the recording that there is.
    """

    __slots__ = ("drafts", "problems", "usage")

    def __init__(self) -> None:
        self.usage = Usage()
        self.problems: list[MimicError] = []
        self.drafts: list[tuple[Card, bytes, bool]] = []

    def __bool__(self) -> bool:
        return bool(self.usage.tallies or self.problems or self.drafts)


class Outbox:
    """One child process's file in the parent's folder.

    Args:
        folder: The folder.
    """

    def __init__(self, folder: str) -> None:
        self._path = os.path.join(folder, f"{os.getpid()}{_SUFFIX}")

    def leave_usage(self, usage: Usage) -> None:
        """Tells the parent what was used."""
        self._leave({"usage": usage.to_json()})

    def leave_problem(self, problem: MimicError) -> None:
        """Tells the parent what went wrong."""
        self._leave({"problem": f"{type(problem).__name__}: {problem}"})

    def leave_draft(self, card: Card, payload: bytes, *, unchanged: bool) -> None:
        """Hands the parent a recording that waits for the phase of the test to end."""
        import pickle

        draft = base64.b64encode(pickle.dumps((card, payload, unchanged)))
        self._leave({"draft": draft.decode("ascii")})

    def _leave(self, thing: dict[str, Any]) -> None:
        line = json.dumps(thing).encode("ascii") + b"\n"
        # Without a folder the run is over, and nobody wants to know any more.
        with contextlib.suppress(FileNotFoundError):
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with open(descriptor, "ab", buffering=0) as file:
                file.write(line)


class Inbox:
    """The folder in which a parent finds what its children did.

    Args:
        within: The folder in which it is made, and with which it goes.
    """

    def __init__(self, within: str | None = None) -> None:
        self.folder = tempfile.mkdtemp(prefix="pytest-mimic-", dir=within)
        self._read: dict[str, int] = {}
        self._pid = os.getpid()

    @property
    def is_ours(self) -> bool:
        """Whether this process made it, and is no fork of the one that did."""
        return os.getpid() == self._pid

    def collect(self) -> News:
        """Reads what the children left since the last time."""
        news = News()
        for thing in self._things():
            if "usage" in thing:
                news.usage.add(Usage.from_json(thing["usage"]))
            elif "problem" in thing:
                news.problems.append(ChildError(f"in a child process: {thing['problem']}"))
            else:
                import pickle

                draft = base64.b64decode(thing["draft"])
                news.drafts.append(pickle.loads(draft))  # noqa: S301  # our own child wrote it
        return news

    def close(self) -> None:
        """Removes the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _things(self) -> Iterator[dict[str, Any]]:
        with contextlib.suppress(FileNotFoundError):
            for name in sorted(os.listdir(self.folder)):
                if name.endswith(_SUFFIX):  # and is no folder of a child that has children itself
                    yield from self._new_lines(os.path.join(self.folder, name))

    def _new_lines(self, path: str) -> Iterator[dict[str, Any]]:
        with open(path, "rb") as file:
            file.seek(self._read.get(path, 0))
            for line in file:
                if not line.endswith(b"\n"):
                    return  # being written just now
                self._read[path] = self._read.get(path, 0) + len(line)
                yield json.loads(line)
