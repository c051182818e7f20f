"""One call of a target: what enters its key, and what its outcome may refer to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_mimic._usage import RecordingId
from pytest_mimic.errors import MimicUsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_mimic._fingerprint import Fingerprinter
    from pytest_mimic._interception import Callee
    from pytest_mimic._target import Target
    from pytest_mimic._trampoline import Values


@dataclass(frozen=True, slots=True)
class Selection:
    """Which of a callee's parameters enter the key of one of its targets.

    Args:
        target: The target.
        names: The parameters that do, in the order of the signature.
        places: Where their values stand among the bound values.
        keyword_place: Where the variadic keywords stand in them, if some of those are ignored.
    """

    target: Target
    names: tuple[str, ...]
    places: tuple[int, ...]
    keyword_place: int | None

    @classmethod
    def of(cls, callee: Callee, target: Target) -> Selection:
        """Selects by the target's ``ignore=``.

        Raises:
            MimicUsageError: It ignores a parameter that the callee does not have.
        """
        unknown = target.ignore.difference(callee.names)
        variadic = callee.var_keyword
        if unknown and variadic is None and "*" not in target.line.expression:
            raise MimicUsageError(
                f"mimic_functions: {target.line.text!r} ignores {', '.join(sorted(unknown))}, "
                f"which {target.name} does not take; its parameters are {', '.join(callee.names)}"
            )
        places = [place for place, name in enumerate(callee.names) if name not in target.ignore]
        names = tuple(callee.names[place] for place in places)
        keywords = variadic if unknown and variadic in names else None
        return cls(
            target, names, tuple(places), None if keywords is None else names.index(keywords)
        )

    def select(self, values: Sequence[object]) -> Sequence[object]:
        """Takes out of the bound values those that enter the key."""
        if len(self.places) < len(values):
            values = [values[place] for place in self.places]
        if self.keyword_place is None:
            return values
        selected = list(values)
        keywords = selected[self.keyword_place]
        selected[self.keyword_place] = {
            name: value
            for name, value in keywords.items()  # type: ignore[attr-defined]  # a dict: **kwargs
            if name not in self.target.ignore
        }
        return selected


class Call:
    """One call of a target.

    Args:
        callee: What was called.
        selections: What enters the key, for each target that names the callee.
        values: The values that tell the call apart, in the order of the callee's names.
        raw: The values that run it.
        fingerprinter: Makes the keys.

    Raises:
        UnhashableArgumentError: An argument cannot be told apart reliably.
    """

    __slots__ = ("callee", "ids", "raw", "selections", "values")

    def __init__(
        self,
        callee: Callee,
        selections: Sequence[Selection],
        values: Values,
        raw: Values,
        fingerprinter: Fingerprinter,
    ) -> None:
        self.callee = callee
        self.selections = selections
        self.values = values
        self.raw = raw
        self.ids = [
            RecordingId(selection.target.name, self._key(selection, fingerprinter))
            for selection in selections
        ]

    @property
    def own(self) -> RecordingId:
        """The recording that the call makes, if it makes one."""
        return self.ids[0]

    @property
    def names(self) -> Sequence[str]:
        """The parameters that enter the key."""
        return self.selections[0].names

    @property
    def selected(self) -> Sequence[object]:
        """Their values."""
        return self.selections[0].select(self.values)

    @property
    def ignored(self) -> frozenset[str]:
        """The parameters that do not enter the key, and that the vault never sees."""
        return self.selections[0].target.ignore

    def key_now(self, fingerprinter: Fingerprinter) -> str:
        """Makes the key of its recording again, from what the arguments are by now."""
        return self._key(self.selections[0], fingerprinter)

    def _key(self, selection: Selection, fingerprinter: Fingerprinter) -> str:
        return fingerprinter.key(
            selection.target.name, selection.names, selection.select(self.values)
        )
