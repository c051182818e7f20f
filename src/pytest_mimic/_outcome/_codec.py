"""A whole outcome to and from the bytes of a payload."""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, Any

from pytest_mimic._emissions import emit
from pytest_mimic._outcome._effects import NO_EFFECTS, Effects, apply, parts_of_change
from pytest_mimic._outcome._kinds import Raised, Returned, Streamed
from pytest_mimic._outcome._objects._identity import HANDLED, resolve
from pytest_mimic._outcome._objects._random import restore_random
from pytest_mimic._outcome._pickles._code import ForeignCodeError
from pytest_mimic._outcome._pickles._culprit import unrecordable
from pytest_mimic._outcome._pickles._layout import Flags, unpacked
from pytest_mimic._outcome._pickles._pickling import Own, Pickled, dump
from pytest_mimic._outcome._pickles._trust import UntrustedGlobalError, untrusted
from pytest_mimic._outcome._pickles._unpickling import load
from pytest_mimic._outcome._streams._awaitables import replay_awaitable
from pytest_mimic._outcome._streams._tape import StreamReader
from pytest_mimic.errors import (
    UnrecordableOutcomeError,
    UnreplayableOutcomeError,
    UntrustedOutcomeError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pytest_mimic._emissions import Emission
    from pytest_mimic._outcome._before import Before
    from pytest_mimic._outcome._kinds import Outcome
    from pytest_mimic._outcome._objects._identity import Roots
    from pytest_mimic._outcome._pickles._layout import Buffer
    from pytest_mimic._outcome._pickles._trust import Trust

    Digest = Callable[[object], str]

# Payloads up to here are loaded once when they are recorded, to see that they can be.
_TRIED = 1 << 20


class Payload:
    """The bytes of an outcome, large buffers by reference: write them before they can change.

    Attributes:
        parts: Bytes-like objects whose concatenation is the payload.
        size: Their length, in bytes.
        modules: The modules of the types and functions that the payload imports.
        effects: The paths of what the call changed in its arguments, for people.
    """

    __slots__ = ("effects", "modules", "parts", "size")

    def __init__(self, parts: list[Buffer], modules: set[str], effects: list[str]) -> None:
        self.parts = parts
        self.size = sum(map(len, parts))
        self.modules = modules
        self.effects = effects

    def __bytes__(self) -> bytes:
        return b"".join(self.parts)


class Recorded:
    """What a payload holds, with the caller's own objects in it.

    Attributes:
        outcome: How the call ended.
        effects: What it changed in the arguments.
        random: The states that it left in global generators of random numbers.
        awaited: The kind of awaitable that had this outcome, if it was one.
        emissions: What it emitted: warnings, printed text, log records.
    """

    __slots__ = ("awaited", "effects", "emissions", "outcome", "random")

    def __init__(
        self,
        outcome: Outcome,
        effects: Sequence[Any] = (),
        random: Mapping[str, Any] | None = None,
        awaited: str | None = None,
        emissions: Sequence[Emission] = (),
    ) -> None:
        self.outcome = outcome
        self.effects = effects
        self.random = random
        self.awaited = awaited
        self.emissions = emissions

    @property
    def plain(self) -> Returned | None:
        """The returned value, if there is nothing besides."""
        if self.effects or self.random or self.emissions or self.awaited is not None:
            return None
        return self.outcome if isinstance(self.outcome, Returned) else None

    def replay(self) -> object:
        """Do what the live call did: change the arguments, then return or raise.

        Where it returned an awaitable, all that is done when the one returned here is awaited.

        Raises:
            UnreplayableOutcomeError: An argument does not take its change.
        """
        __tracebackhide__ = True
        if self.awaited is not None:
            return replay_awaitable(self.awaited, self._replay)
        return self._replay()

    def take_effect(self) -> None:
        """Emit what the live call emitted, and change what it changed.

        Raises:
            UnreplayableOutcomeError: An argument does not take its change.
            Warning: A filter of this moment makes a recorded warning an error.
        """
        __tracebackhide__ = True
        if self.emissions:
            emit(self.emissions)
        if self.effects:
            apply(self.effects)
        if self.random:
            restore_random(self.random)

    def _replay(self) -> object:
        """Do it all at once."""
        __tracebackhide__ = True
        self.take_effect()
        return self.outcome.give()


def encode(
    outcome: Returned | Raised,
    before: Before,
    effects: Effects = NO_EFFECTS,
    *,
    awaited: str | None = None,
    label: str = "result",
) -> Payload:
    """Turn an outcome into the bytes of a payload.

    Args:
        outcome: How the call ended.
        before: What was known before it ran.
        effects: What it changed and emitted.
        awaited: The kind of awaitable that had this outcome, if it was one.
        label: What to call a value that cannot be stored.

    Returns:
        The payload. It holds large buffers by reference.

    Raises:
        UnrecordableOutcomeError: It cannot be stored, or not be loaded again.
    """
    value, flags = _content(outcome)
    pickled: object = value
    if effects.changes or effects.random or awaited is not None:
        flags |= Flags.EXTRAS
        pickled = (value, effects.changes, effects.random, awaited)
    if effects.emissions:
        flags |= Flags.EMISSIONS
        pickled = (pickled, list(effects.emissions))
    try:
        dumped = _attempt(pickled, before)
    except Exception as failure:
        label = "exception" if flags & Flags.RAISED else label
        if isinstance(failure, UntrustedGlobalError) and before.trust is not None:
            raise UnrecordableOutcomeError(
                f"cannot record {label}: {untrusted(failure, before.trust)}\n"
                "Add the module to mimic_trusted_modules, if recordings may import from it."
            ) from failure
        raise _blame(label, value, before, effects, failure) from failure
    dumped.parts.append(bytes((dumped.flags | flags,)))
    return Payload(dumped.parts, dumped.modules, effects.paths)


def _content(outcome: Returned | Raised) -> tuple[object, int]:
    """Return what is to be pickled of an outcome, and the flag of its kind."""
    if isinstance(outcome, Raised):
        return outcome.exception, Flags.RAISED
    return outcome.value, 0


def _attempt(value: object, before: Before) -> Pickled:
    """Pickle a value, and if it is small see that it can be loaded."""
    dumped = dump(value, Own(before.references, before.memory, before.static))
    # Where payloads may not import everything, none is recorded that could not be replayed.
    if before.trust is not None or sum(map(len, dumped.parts)) <= _TRIED:
        resolve_own = dumped.referred.__getitem__ if dumped.flags & Flags.REFERENCES else None
        payload = b"".join(dumped.parts) + bytes((dumped.flags,))
        load(payload, dumped.flags, resolve_own, before.trust)
    return dumped


def _blame(
    label: str, value: object, before: Before, effects: Effects, failure: Exception
) -> UnrecordableOutcomeError:
    """Return the error that names what cannot be stored: the outcome, or a change."""

    def attempt(part: object) -> object:
        return _attempt(part, before)

    for change, (root, rest) in zip(effects.changes, effects.places, strict=True):
        for path, part in parts_of_change(change):
            try:
                attempt(part)
            except Exception as reason:  # noqa: BLE001  # it is what the error tells
                return unrecordable(f"argument {root!r}", part, attempt, reason, rest + path)
    return unrecordable(label, value, attempt, failure)


def decode(
    payload: Buffer,
    arguments: Roots,
    digest: Digest | None = None,
    trust: Trust | None = None,
) -> Recorded:
    """Turn the bytes of a payload into a fresh outcome.

    Nothing is done to the arguments yet: references lead through them as they were at the call.

    Args:
        payload: The bytes. A writable buffer is given away: large arrays will lie in it.
        arguments: The caller's own bound values, in the order of the recorded call's.
        digest: The same as when recording.
        trust: What payloads may import; None when they may import anything.

    Returns:
        What is recorded.

    Raises:
        UnreplayableOutcomeError: It cannot be loaded here.
    """
    try:
        flags = payload[-1]
        if flags & Flags.STREAMED:
            return Recorded(Streamed(StreamReader(payload)))
        referred = flags & Flags.REFERENCES
        own = functools.partial(_own, arguments, digest, trust is not None) if referred else None
        loaded = load(payload, flags, own, trust)
        if flags == Flags.PLAIN:
            return Recorded(Returned(loaded))
        value, *rest = unpacked(loaded, flags)
    except Exception as failure:
        raise _unreplayable(failure, trust) from failure
    if not flags & Flags.RAISED:
        return Recorded(Returned(value), *rest)
    if value is None:
        raise UnreplayableOutcomeError(
            "the call raised the exception that its caller was handling, and this caller is "
            "handling none"
        )
    return Recorded(Raised(value), *rest)


def is_value(payload: Buffer) -> bool:
    """Tell whether a payload holds a returned value, and that loading a pickle gives it."""
    return payload[-1] == Flags.PLAIN


def _unreplayable(failure: Exception, trust: Trust | None) -> UnreplayableOutcomeError:
    if isinstance(failure, UntrustedGlobalError) and trust is not None:
        return UntrustedOutcomeError(untrusted(failure, trust))
    if isinstance(failure, ForeignCodeError):
        return UnreplayableOutcomeError(f"cannot load what was recorded: {failure}")
    return UnreplayableOutcomeError(
        f"cannot load what was recorded: {type(failure).__name__}: {failure}"
    )


def _own(arguments: Roots, digest: Digest | None, strict: bool, reference: Any) -> object:
    """Return the caller's own object that a reference stands for."""
    if reference == HANDLED:
        return sys.exc_info()[1]
    return resolve(arguments, reference, digest, strict=strict)


def is_streamed(payload: Buffer) -> bool:
    """Tell whether a payload is that of a stream; one that is empty is none at all."""
    return bool(len(payload) and payload[-1] & Flags.STREAMED)


class Reference:
    """Stands for an object of the caller where a payload is read without its caller."""

    def __init__(self, reference: Any, text: str = "an object of the caller's own") -> None:
        self.reference = reference
        self._text = text

    def part(self, place: str) -> Reference:
        """Return what stands for a view of the object.

        Args:
            place: Which part of the object it shows.
        """
        return Reference((self.reference, place), f"a view of {self._text} ({place})")

    def __str__(self) -> str:
        return self._text


def content(
    payload: Buffer, own: Callable[[Any], object] = Reference, trust: Trust | None = None
) -> tuple[Any, ...]:
    """Return what a payload holds, to compare it with another.

    Args:
        payload: The bytes.
        own: What stands for an object of the caller, by its reference.
        trust: What payloads may import; None when they may import anything.

    Returns:
        The kind, the value, the effects, the random states, the kind of awaitable; of a stream the
        kind and its steps. What was emitted is left out: a progress bar never says the same twice.

    Raises:
        UnreplayableOutcomeError: It cannot be loaded here.
    """
    try:
        flags = payload[-1]
        if not flags & Flags.STREAMED:
            value, effects, random, awaited, _ = unpacked(load(payload, flags, own, trust), flags)
            kind = Raised.kind if flags & Flags.RAISED else Returned.kind
            return kind, value, effects, random, awaited
    except Exception as failure:
        raise _unreplayable(failure, trust) from failure
    reader = StreamReader(payload)
    steps = []
    while (found := reader.next()) is not None:
        steps.append((tuple(found[0]), content(found[1], own, trust)))
        reader.advance()
    return Streamed.kind, steps
