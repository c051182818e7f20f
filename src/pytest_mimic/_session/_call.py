"""One call of a target: what enters its key, and what its outcome may refer to."""

from __future__ import annotations

import contextlib
import inspect
import threading
from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_mimic._outline import hidden_of, outline_arguments
from pytest_mimic._usage import RecordingId
from pytest_mimic.errors import MimicUsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import FunctionType

    from pytest_mimic._fingerprint import Fingerprinter
    from pytest_mimic._interception import Callee
    from pytest_mimic._outline import Hidden
    from pytest_mimic._target import Target
    from pytest_mimic._trampoline import Values


class Sentinel(NamedTuple):
    """Stands in a key for a plain object that says "not given", as no plain object has a name.

    Args:
        default_of: The first parameter that it is the default of.
    """

    default_of: str


def _sentinels(function: FunctionType | None) -> dict[int, Sentinel]:
    """Finds the plain objects among a function's defaults."""
    found: dict[int, Sentinel] = {}
    if function is None:
        return found
    # What a decorator wrote into it may be no signature.
    with contextlib.suppress(TypeError, ValueError):
        for name, parameter in inspect.signature(function).parameters.items():
            if type(parameter.default) is object:
                found.setdefault(id(parameter.default), Sentinel(name))
    return found


class Selection(NamedTuple):
    """Which of a callee's parameters enter the key of one of its targets.

    Args:
        target: The target.
        name: Its name.
        names: The parameters that do, in the order of the signature.
        places: Where their values stand among the bound values.
        keyword_place: Where the variadic keywords stand in them, if some of those are ignored.
        sentinels: By id, the plain objects that are defaults, each with its first parameter.
        has_all: Whether all values enter the key as they are.
    """

    target: Target
    name: str
    names: tuple[str, ...]
    places: tuple[int, ...]
    keyword_place: int | None
    sentinels: Mapping[int, Sentinel]
    has_all: bool

    @classmethod
    def of(cls, callee: Callee, target: Target) -> Selection:
        """Selects by the target's ``ignore=``.

        Raises:
            MimicUsageError: It ignores a parameter that the callee does not have.
        """
        unknown = target.ignore.difference(callee.names)
        variadic = callee.var_keyword
        if unknown and variadic is None and not target.line.starred:
            raise MimicUsageError(
                f"mimic_functions: {target.line.text!r} ignores {', '.join(sorted(unknown))}, "
                f"which {target.name} does not take; its parameters are {', '.join(callee.names)}"
            )
        places = [place for place, name in enumerate(callee.names) if name not in target.ignore]
        names = tuple(callee.names[place] for place in places)
        keywords = variadic if unknown and variadic in names else None
        sentinels = _sentinels(callee.function)
        return cls(
            target,
            target.name,
            names,
            tuple(places),
            None if keywords is None else names.index(keywords),
            sentinels,
            not (target.ignore or sentinels),
        )

    def key(self, values: Sequence[object], fingerprinter: Fingerprinter) -> str:
        """Makes the key of a call from its bound values.

        Raises:
            UnhashableArgumentError: One of them cannot be told apart reliably.
        """
        selected = values if self.has_all else self.select(values)
        return fingerprinter.key(self.name, self.names, selected)

    def select(self, values: Sequence[object]) -> Sequence[object]:
        """Takes out of the bound values those that enter the key."""
        if len(self.places) < len(values):
            values = [values[place] for place in self.places]
        if self.sentinels:
            values = [self.sentinels.get(id(value), value) for value in values]
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


class Selections(NamedTuple):
    """What enters the keys of a callee's calls, for each target that names it.

    Args:
        targets: The targets, in the order in which they were looked up.
        all: Their selections, likewise.
        only: The one there is, if the key of a call is all that its recording is known by.
    """

    targets: tuple[Target, ...]
    all: tuple[Selection, ...]
    only: Selection | None

    @classmethod
    def of(cls, callee: Callee) -> Selections:
        """Selects for the targets that name a callee now; they come and go.

        Raises:
            MimicUsageError: One of them ignores a parameter that the callee does not have.
        """
        targets = callee.targets
        selections = tuple(Selection.of(callee, target) for target in targets)
        alone = len(targets) == 1 and not targets[0].sequence
        return cls(targets, selections, selections[0] if alone else None)


class Selecting:
    """Gives the selections of a callee, made anew where its targets have changed."""

    def __init__(self) -> None:
        self._made: dict[Callee, Selections] = {}

    def __call__(self, callee: Callee) -> Selections:
        """Gives them."""
        selections = self._made.get(callee)
        if selections is None or selections.targets is not callee.targets:
            selections = self._made[callee] = Selections.of(callee)
        return selections


class Roots(NamedTuple):
    """What an outcome may refer to, and what the call may have changed.

    Args:
        names: What to call them.
        values: The caller's own objects, in an order that equal calls share.
        ignored: The names of those that the vault never sees.
    """

    names: tuple[str, ...]
    values: Values
    ignored: frozenset[str]


class Call:
    """One call of a target.

    Args:
        callee: What was called.
        selections: What enters the key, for each target that names the callee.
        values: The values that tell the call apart, in the order of the callee's names.
        raw: The values that run it.
        fingerprinter: Makes the keys.
        turns: Counts equal calls, for the targets whose nth equal call has its own recording.
        key: The key of the only selection, if there is one and it was made before.

    Raises:
        UnhashableArgumentError: An argument cannot be told apart reliably.
    """

    __slots__ = ("_fingerprinter", "_key", "callee", "ids", "raw", "selections", "turn", "values")

    def __init__(  # noqa: PLR0913, PLR0917  # all of what makes a call
        self,
        callee: Callee,
        selections: Sequence[Selection],
        values: Values,
        raw: Values,
        fingerprinter: Fingerprinter,
        turns: Turns,
        key: str = "",
    ) -> None:
        self.callee = callee
        self.selections = selections
        self.values = values
        self.raw = raw
        self.turn = 0
        self._fingerprinter = fingerprinter
        self._key = key
        if key:
            self.ids = [RecordingId(selections[0].name, key)]
            return
        # The last is the first: its key and turn are those of the recording that the call makes.
        self.ids = [self._identify(selection, turns) for selection in reversed(selections)][::-1]

    @property
    def own(self) -> RecordingId:
        """The recording that the call makes, if it makes one."""
        return self.ids[0]

    @property
    def name(self) -> str:
        """The name of its result: what `get_token` returns is a secret, whatever it is."""
        return self.own.target.rpartition(":")[2].rpartition(".")[2]

    @property
    def names(self) -> Sequence[str]:
        """The parameters that enter the key."""
        return self.selections[0].names

    @property
    def selected(self) -> Sequence[object]:
        """Their values."""
        return self.selections[0].select(self.values)

    def outlines(
        self,
        digest: Callable[[object], str],
        redact: Callable[[str], bool] | None = None,
        hidden: Hidden | None = None,
    ) -> dict[str, Any]:
        """Gives the outlines of what enters its key, by parameter.

        Args:
            digest: Tells contents apart that look alike.
            redact: Tells the names of what must not be shown, beyond those that look like it.
            hidden: What must not be seen, where that is known.
        """
        return outline_arguments(
            self.names,
            self.selected,
            digest=digest,
            redact=redact,
            hidden=self.hidden(redact) if hidden is None else hidden,
            var_positional=self.callee.var_positional,
            var_keyword=self.callee.var_keyword,
        )

    def hidden(self, redact: Callable[[str], bool] | None = None) -> Hidden:
        """Gives what must not be seen: what is ignored and what is secret.

        Args:
            redact: Tells the names of secrets, beyond those that look like it.
        """
        roots = self.roots()
        return hidden_of(roots.names, roots.values, roots.ignored, redact)

    def roots(self) -> Roots:
        """Gives what an outcome may refer to."""
        selection, callee = self.selections[0], self.callee
        ignore = selection.target.ignore
        if selection.keyword_place is None:
            return Roots(callee.names, self.values, ignore)
        place = callee.names.index(selection.names[selection.keyword_place])
        extra = sorted(ignore.difference(callee.names))
        labels = [f"{callee.names[place]}[{name!r}]" for name in extra]
        keywords: Any = self.values[place]
        kept = {name: value for name, value in keywords.items() if name not in ignore}
        return Roots(
            (*callee.names, *labels),
            (
                *self.values[:place],
                kept,
                *self.values[place + 1 :],
                *(keywords.get(name) for name in extra),
            ),
            ignore.union(labels),
        )

    @property
    def first(self) -> RecordingId:
        """The recording of the first of the equal calls that it is one of."""
        return RecordingId(self.own.target, self._key)

    def is_unchanged(self) -> bool:
        """Tells whether its arguments still make the same key."""
        return self._make_key(self.selections[0]) == self._key

    def _identify(self, selection: Selection, turns: Turns) -> RecordingId:
        self._key = self._make_key(selection)
        recording_id = RecordingId(selection.name, self._key)
        self.turn = turns.next(recording_id) if selection.target.sequence else 0
        return self.at_turn(recording_id, self.turn)

    def at_turn(self, first: RecordingId, turn: int) -> RecordingId:
        """Gives the recording of a later call among equal ones.

        Args:
            first: The recording of the first of them.
            turn: How many equal calls came before.
        """
        if not turn:
            return first
        return first._replace(key=self._fingerprinter.digest((first.key, turn)))

    def _make_key(self, selection: Selection) -> str:
        return selection.key(self.values, self._fingerprinter)


class Turns:
    """Counts the equal calls in a test."""

    def __init__(self) -> None:
        self._counts: dict[RecordingId, int] = defaultdict(int)
        self._lock = threading.RLock()

    def begin(self) -> None:
        """Counts from the start again, for another test."""
        with self._lock:
            self._counts.clear()

    def next(self, recording_id: RecordingId) -> int:
        """Gives how many equal calls came before this one."""
        with self._lock:
            turn = self._counts[recording_id]
            self._counts[recording_id] += 1
        return turn
