"""How two recordings differ, path by path."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple

from pytest_mimic._command_line._text import brief
from pytest_mimic._command_line._views import view
from pytest_mimic._outcome import inert_contents
from pytest_mimic._outline import REDACTED, differences, show

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from typing_extensions import Buffer

    from pytest_mimic._command_line._arrays import Array
    from pytest_mimic._command_line._views import View
    from pytest_mimic._outcome import Contents, Step

_NOTHING = "nothing"
# Stands where an outcome has nothing: no value of a payload looks like it.
_NONE = type(_NOTHING, (), {})


class Apart(NamedTuple):
    """One difference.

    Args:
        path: Where.
        first: What the one has there.
        second: What the other has there.
        more: What is to be added.
    """

    path: str
    first: str
    second: str
    more: str = ""

    def __str__(self) -> str:
        return f"{self.path}: A {self.first}, B {self.second}{self.more}"


def of_arguments(first: Mapping[str, Any], second: Mapping[str, Any]) -> Iterator[str]:
    """Compares the arguments of two calls, as their cards tell of them.

    Args:
        first: The outlines on the one card.
        second: Those on the other.

    Yields:
        A line for each difference.
    """
    for name in [*first, *(name for name in second if name not in first)]:
        if name not in second:
            yield str(Apart(name, show(first[name]), _NOTHING))
        elif name not in first:
            yield str(Apart(name, _NOTHING, show(second[name])))
        elif not first[name] == second[name] == REDACTED:
            for found in differences({name: first[name]}, {name: second[name]}):
                if found.note:
                    yield f"{found.path}: {found.note}"
                else:
                    pair = str(found.recorded), str(found.called)
                    yield str(Apart(found.path, *pair, found.more))


def of_payloads(first: Buffer, second: Buffer) -> Iterator[str]:
    """Compares what two payloads hold, without running anything of them.

    Args:
        first: The bytes of the one.
        second: Those of the other.

    Yields:
        A line for each difference.

    Raises:
        UnreplayableOutcomeError: One of them cannot be read.
    """
    steps = zip_longest(inert_contents(memoryview(first)), inert_contents(memoryview(second)))
    for place, (one, other) in enumerate(steps):
        if one is None or other is None:
            ended, longer = ("A", "B") if one is None else ("B", "A")
            yield f"{ended} ends after {place} steps, {longer} goes on"
            return
        where = "" if one[0] is None else f"step {place} "
        for before, now in [
            (one[1].kind, other[1].kind),
            *zip(_made(one[0]), _made(other[0]), strict=False),
        ]:
            if before != now:
                yield str(Apart(f"{where}outcome", before, now))
        yield from map(str, _Comparison().of_contents(one[1], other[1], where))


def _made(step: Step | None) -> tuple[str, ...]:
    """Gives what was asked and how it ended; the arguments are compared by themselves."""
    return () if step is None else (step.asked, step.given, step.ended)


class _Comparison:
    """Compares two outcomes; what stands in several places of them is compared once."""

    def __init__(self) -> None:
        self._compared: set[tuple[int, int]] = set()

    def of_contents(self, one: Contents, other: Contents, where: str) -> Iterator[Apart]:
        """Compares all that two outcomes hold."""
        yield from self._of_values(one.value, other.value, f"{where}outcome")
        for path, before, now in _paired(one.changes, other.changes):
            yield from self._of_values(before, now, f"{where}changed {path}")
        for path, before, now in _paired(_counted(one.emissions), _counted(other.emissions)):
            yield from self._of_values(before, now, f"{where}emitted {path}")

    def _of_values(self, first: object, second: object, path: str) -> Iterator[Apart]:
        one, other = view(first), view(second)
        if (one.head, one.brackets) != (other.head, other.brackets):
            yield Apart(path, brief(first), brief(second))
        elif one.array is not None and other.array is not None:
            yield from _of_arrays(one.array, other.array, path)
        elif one.brackets and (id(first), id(second)) not in self._compared:
            self._compared.add((id(first), id(second)))
            yield from self._of_parts(one, other, path)

    def _of_parts(self, one: View, other: View, path: str) -> Iterator[Apart]:
        parts = {part.step: part for part in other.parts}
        for part in one.parts:
            match = parts.pop(part.step, None)
            if match is None:
                yield Apart(path + part.step, brief(part.value), _NOTHING)
            else:
                yield from self._of_values(part.value, match.value, path + part.step)
        for step, part in parts.items():
            yield Apart(path + step, _NOTHING, brief(part.value))


def _paired(
    first: Sequence[tuple[str, object]], second: Sequence[tuple[str, object]]
) -> Iterator[tuple[str, object, object]]:
    """Pairs what two outcomes have at the same paths."""
    one, other = dict(first), dict(second)
    for path in dict.fromkeys([*one, *other]):
        yield path, one.get(path, _NONE), other.get(path, _NONE)


def _counted(emissions: Sequence[tuple[str, object]]) -> list[tuple[str, object]]:
    return [(f"{what} {place}", content) for place, (what, content) in enumerate(emissions, 1)]


def _of_arrays(one: Array, other: Array, path: str) -> Iterator[Apart]:
    if one == other:
        return
    mine, theirs = one.cells(), other.cells()
    if mine is None or theirs is None or one.by_columns is not other.by_columns:
        yield Apart(path, "some contents", "others")
        return
    count, first = 0, None
    for place, (before, now) in enumerate(zip(mine, theirs, strict=True)):
        if repr(before) != repr(now):
            count += 1
            first = first or (place, before, now)
    if first is not None:
        more = f" (the first of {count} cells that differ)"
        yield Apart(f"{path}[{one.index_of(first[0])}]", repr(first[1]), repr(first[2]), more)
