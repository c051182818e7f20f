"""The payload of a live outcome beside the recorded one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_mimic._drift._changes import compare_changes
from pytest_mimic._drift._walk import Walk
from pytest_mimic._drift._words import Difference
from pytest_mimic._outcome import (
    HANDLED,
    Reference,
    Streamed,
    content,
    describe_reference,
    present_random,
    resolve,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_mimic._drift._words import Words
    from pytest_mimic._outcome import Trust

    Buffer = bytes | bytearray | memoryview

_LABELS = {"returned": "result", "raised": "exception"}


class Arguments(NamedTuple):
    """What outcomes may refer to.

    Args:
        names: The names of the caller's own bound values.
        values: These values.
    """

    names: Sequence[str]
    values: Sequence[object]


class Comparison:
    """Compares a live outcome with the recorded one, and gathers the differences.

    Args:
        recorded: The recorded payload.
        words: Says how values differ.
        arguments: What the outcomes may refer to.
        rtol: The part of a number by which a live one may differ from the recorded one.
        trust: What the recorded one may import; None when it may import anything.
    """

    def __init__(
        self,
        recorded: Buffer,
        words: Words,
        arguments: Arguments,
        rtol: float = 0.0,
        trust: Trust | None = None,
    ) -> None:
        self.recorded = recorded
        self._words = words
        self._trust = trust
        self._engine = words.engine
        self._arguments = arguments
        self._walk = Walk(words, rtol)

    @property
    def found(self) -> list[Difference]:
        """The differences found so far: as many as are shown, and one more if there are more."""
        return self._walk.found

    def note(self, path: str, text: str) -> None:
        """Note a difference that is found elsewhere."""
        self.found.append(Difference(path, text))

    def compare(self, live: Buffer, recorded: Buffer | None = None, label: str = "") -> None:
        """Compare payloads.

        Args:
            live: The live one.
            recorded: The one of a step of a recorded stream, if it is not the whole.
            label: What to call the values in them; by how the call ended, if it is left out.

        Raises:
            UnreplayableOutcomeError: One of them cannot be loaded here.
        """
        recorded = self.recorded if recorded is None else recorded
        if recorded == live:
            return
        before = content(recorded, self._own, self._trust)
        now = content(live, self._own)
        if before[0] != now[0]:
            self.note("outcome", f"recorded {self._told(before)}, live {self._told(now)}")
        else:
            self._compare_contents(before, now, label or _LABELS[before[0]])

    def _compare_contents(
        self, recorded: tuple[Any, ...], live: tuple[Any, ...], label: str
    ) -> None:
        _, value, effects, random, awaited = recorded
        _, now, changes, generators, waited = live
        self._walk.compare(label, value, now, self._words.name)
        compare_changes(self._walk, effects, changes, self._engine)
        self._walk.compare("kind of awaitable", awaited, waited)
        self._compare_random(random or {}, generators or {})

    def _compare_random(self, recorded: dict[str, Any], live: dict[str, Any]) -> None:
        """Compare what became of generators, where they were in one state before."""
        present = present_random(self._engine.digest)
        for library in sorted({*recorded, *live}):
            here = present.get(library, "")
            # What a call did not draw from is as it was before.
            before, after, _ = live.get(library, (here, here, None))
            then, left, _ = recorded.get(library, (before, before, None))
            if then == before and left != after:
                self.note(f"random numbers of {library}", "those drawn from now on are others")

    def _told(self, held: tuple[Any, ...]) -> str:
        kind, value = held[:2]
        if kind == Streamed.kind:
            return "gave a stream"
        return f"{kind} {self._words.show(value, self._words.name)}"

    def _own(self, reference: Any) -> object:
        """Put something in the place of an object of the caller's own."""
        if reference == HANDLED:
            return None  # it is no part of the call
        try:
            found = resolve(
                self._arguments.values,
                reference,
                self._engine.digest,
                strict=self._trust is not None,
            )
        except LookupError:
            found = None
        if isinstance(found, (type, BaseException)):
            # While a payload is loaded, objects are made of it, or it is what they came from.
            return found
        return Reference(reference, describe_reference(reference, self._arguments.names))
