"""A difference as a user reads it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_mimic._outcome import Reference
from pytest_mimic._outline import Hidden, differences, hidden_of, looks_secret, outline, show

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_mimic._drift._numbers import Cells
    from pytest_mimic._fingerprint import Fingerprinter


class Difference(NamedTuple):
    """One difference between a recorded outcome and a live one.

    Args:
        path: Where it is: ``result['loss']``.
        text: What it is.
        is_small: Whether a tolerance might allow it.
    """

    path: str
    text: str
    is_small: bool = False

    def __str__(self) -> str:
        return f"{self.path}: {self.text}"


class Special:
    """Stands where one of two values has no such part.

    Args:
        text: What to say instead of it.
    """

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text


ABSENT = Special("nothing")
REMOVED = Special("removed")


NO_VALUES = (Reference, Special)
# More than that part of a number is no small difference.
_SMALL = 1e-3


class Words:
    """Says how values differ, and no secrets.

    Args:
        engine: The key engine; it tells contents apart that look alike.
        name: The name that the results go by.
        redact: Tells the names of what must not be shown, beyond those that look like it.
        hidden: What must not be shown, wherever it is.
    """

    def __init__(
        self,
        engine: Fingerprinter,
        name: str = "",
        redact: Callable[[str], bool] | None = None,
        hidden: Hidden | None = None,
    ) -> None:
        self.engine = engine
        self.name = name
        self._redact = redact
        self._hidden = hidden or hidden_of((), (), (), None)

    def hides(self, name: str) -> bool:
        """Tell whether nothing that goes by a name may be shown."""
        return looks_secret(name) or (self._redact is not None and self._redact(name))

    def show(self, value: object, name: str = "") -> str:
        """Write a value in short.

        Args:
            value: The value, or what stands for it.
            name: The name it goes by.
        """
        if isinstance(value, NO_VALUES):
            return str(value)
        return show(self._outline(value, name))

    def differently(self, path: str, name: str, recorded: object, live: object) -> Difference:
        """Say how two values differ.

        Args:
            path: Where they are.
            name: The name they go by.
            recorded: The one.
            live: The other.
        """
        if isinstance(recorded, NO_VALUES) or isinstance(live, NO_VALUES):
            shown = self.show(recorded, name), self.show(live, name)
            return Difference(path, f"recorded {shown[0]}, live {shown[1]}")
        before, now = ({path: self._outline(value, name)} for value in (recorded, live))
        found = next(iter(differences(before, now, 1)), None)
        if found is None:
            return nothing_shows(path)
        if found.note:
            return Difference(found.path, found.note)
        text = f"recorded {found.recorded}, live {found.called}{found.more}"
        return Difference(found.path, text, _is_small(recorded, live))

    def _outline(self, value: object, name: str) -> Any:
        digest = self.engine.digest
        return outline(value, name, digest, redact=self._redact, hidden=self._hidden)

    def of_cells(self, path: str, name: str, recorded: Any, live: Any, cells: Cells) -> Difference:
        """Say in which cells two arrays differ.

        Args:
            path: Where they are.
            name: The name they go by.
            recorded: The one.
            live: The other.
            cells: Which cells.
        """
        index = f"[{', '.join(map(str, cells.first))}]" if cells.first else ""
        before, now = (self.show(each[cells.first].item(), name) for each in (recorded, live))
        words = []
        if cells.total > 1:
            words.append(f"{cells.differing} of {cells.total} cells differ")
        if cells.most:
            words.append(f"by up to {cells.most:.1e} of the value")
        text = f"recorded {before}, live {now}" + (f" ({', '.join(words)})" if words else "")
        return Difference(path + index, text, 0 < cells.most <= _SMALL)


def nothing_shows(path: str) -> Difference:
    """Say that two values differ where nothing can be shown."""
    return Difference(path, "differs in what cannot be shown")


def _is_small(recorded: object, live: object) -> bool:
    numbers = type(recorded) is float and type(live) is float
    return numbers and math.isclose(recorded, live, rel_tol=_SMALL)  # type: ignore[arg-type]  # floats
