"""Two values side by side: what the key engine tells apart, and where that is.

The key engine has the last word: two values that have one digest are the same, and two that have
not differ, if not in a part that is shown then in one that is not. A tolerance of numbers is the
only exception. Without recursion, as values may be nested to any depth, or in circles.
"""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, NamedTuple

from pytest_mimic._drift._numbers import differing_cells, is_close, is_comparable, is_number
from pytest_mimic._drift._pieces import Pieces, pieces_of
from pytest_mimic._drift._words import (
    ABSENT,
    NO_VALUES,
    Difference,
    nothing_shows,
)
from pytest_mimic._fingerprint import FLAT
from pytest_mimic.errors import UnhashableArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_mimic._drift._words import Words

MOST = 8
"""Differences that are shown; one more is looked for, to say that there are more."""


class _Pair(NamedTuple):
    path: str
    name: str
    recorded: object
    live: object


class Walk:
    """A comparison of values under way; the differences of several add up.

    Args:
        words: Says how values differ.
        rtol: The part of a number by which a live one may differ from the recorded one.
    """

    def __init__(self, words: Words, rtol: float) -> None:
        self.found: list[Difference] = []
        self._words = words
        self._engine = words.engine
        self._rtol = rtol
        self._seen: set[tuple[int, int]] = set()
        # Held, so that an id stays that of the one object.
        self._held: list[_Pair] = []

    def compare(self, path: str, recorded: object, live: object, name: str = "") -> None:
        """Find the differences of two values, as many as are shown.

        Args:
            path: What the values are called.
            recorded: The one.
            live: The other.
            name: The name they go by, for telling secrets.
        """
        waiting = [_Pair(path, name, recorded, live)]
        while waiting and len(self.found) <= MOST:
            pair = waiting.pop()
            if not self._is_same(pair):
                waiting.extend(reversed(self._apart(pair)))

    def _is_same(self, pair: _Pair) -> bool:
        recorded, live = pair.recorded, pair.live
        if recorded is live:
            return True
        if type(recorded) in FLAT and type(live) in FLAT:
            # By their texts 0.0 differs from -0.0, and a nan is like a nan.
            return type(recorded) is type(live) and (
                repr(recorded) == repr(live) if type(live) is float else recorded == live
            )
        digest = self._digest(recorded)
        return digest is not None and digest == self._digest(live)

    def _digest(self, value: object) -> str | None:
        try:
            return self._engine.digest(value)
        except UnhashableArgumentError:
            return None

    def _apart(self, pair: _Pair) -> list[_Pair]:
        """Find the parts in which a pair differs; none where the pair itself is all there is."""
        recorded, live = pair.recorded, pair.live
        if (
            isinstance(recorded, NO_VALUES)
            or isinstance(live, NO_VALUES)
            or not self._same_type(pair)
        ):
            self._note(pair)
        elif self._words.hides(pair.name):
            self.found.append(Difference(pair.path, "differs (<redacted>)"))
        elif is_comparable(recorded):
            self._compare_cells(pair)
        elif not (self._rtol and is_number(recorded)):
            return self._open(pair)
        elif not is_close(recorded, live, self._rtol):
            self._note(pair)
        return []

    def _same_type(self, pair: _Pair) -> bool:
        kinds = type(pair.recorded), type(pair.live)
        # A class that a payload holds is made anew each time it is loaded.
        return kinds[0] is kinds[1] or self._is_same(_Pair("", "", *kinds))

    def _compare_cells(self, pair: _Pair) -> None:
        cells = differing_cells(pair.recorded, pair.live, self._rtol)
        if cells is None:
            self._note(pair)
        elif cells.differing:
            self.found.append(self._words.of_cells(*pair, cells))

    def _open(self, pair: _Pair) -> list[_Pair]:
        both = self._pieces(pair.recorded), self._pieces(pair.live)
        if both[0] is None or both[1] is None or both[0].kind != both[1].kind:
            self._note(pair)
            return []
        key = id(pair.recorded), id(pair.live)
        if key in self._seen:
            return []
        self._seen.add(key)
        self._held.append(pair)
        pieces: tuple[Pieces, Pieces] = both[0], both[1]
        lengths = pieces[0].length, pieces[1].length
        if lengths[0] != lengths[1] and pieces[0].kind in ("list", "tuple"):
            text = f"recorded {lengths[0]}, live {lengths[1]}"
            self.found.append(Difference(f"len({pair.path})", text))
            shortest = min(len(pieces[0].parts), len(pieces[1].parts))
            pieces = tuple(each._replace(parts=each.parts[:shortest]) for each in pieces)  # type: ignore[assignment]  # two
            return list(self._differing(pair, *pieces))
        differing = list(self._differing(pair, *pieces))
        if not differing and self._digest(pair.recorded) and self._digest(pair.live):
            self.found.append(nothing_shows(pair.path))
        return differing

    def _differing(self, pair: _Pair, recorded: Pieces, live: Pieces) -> Iterator[_Pair]:
        """Put the parts with one place beside each other, and yield those that differ."""
        counterparts = {piece.place: piece for piece in recorded.parts}
        for piece in live.parts:
            counterpart = counterparts.pop(piece.place, None)
            other = ABSENT if counterpart is None else counterpart.value
            path = pair.path + piece.step
            part = _Pair(path, piece.name or _inherited(pair, piece.step), other, piece.value)
            if not self._is_same(part):
                yield part
        for piece in counterparts.values():
            yield _Pair(pair.path + piece.step, piece.name, piece.value, ABSENT)

    def _pieces(self, value: object) -> Pieces | None:
        try:
            return pieces_of(value, self._engine)
        except UnhashableArgumentError:
            return None

    def _note(self, pair: _Pair) -> None:
        """Note a difference that is not taken apart."""
        is_refused = self._digest(pair.recorded) is None and self._digest(pair.live) is None
        if not (is_refused and _same_pickle(pair)):
            self.found.append(self._words.differently(*pair))


def _inherited(pair: _Pair, step: str) -> str:
    """What is no step for a user goes by the name of the whole."""
    return pair.name if not step else ""


def _same_pickle(pair: _Pair) -> bool:
    """Compare what the key engine cannot tell apart, an iterator perhaps, by how it is stored."""
    try:
        return pickle.dumps(pair.recorded) == pickle.dumps(pair.live)
    except Exception:  # noqa: BLE001  # whatever a reduction of the user's raises
        return False
