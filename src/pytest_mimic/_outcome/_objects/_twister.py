"""Look at the standard library's global generator of random numbers before and after each call.

``getstate`` makes a tuple of 625 numbers, which twice a call takes a tenth of all that recording
takes. So the words are copied as they lie in memory, and are made such a tuple only where they have
changed. That is done only where it was seen to give the very same; otherwise ``getstate`` is asked.
"""

from __future__ import annotations

import functools
import random
import struct
import sys
from typing import Any, NamedTuple

# As CPython lays a generator out: where it is among its words, and then these.
_WORDS = struct.Struct("@i624I")


class Look(NamedTuple):
    """The state of a generator, as it lies in memory.

    Args:
        words: Its words, and where it is among them.
        gauss: The other half of what it last drew in pairs, if that waits.
    """

    words: bytes
    gauss: float | None


def look(module: Any) -> Any:
    """Copy the state of the global generator.

    Args:
        module: The module ``random``.

    Returns:
        The copy, which is equal to that of an equal state.
    """
    generator = getattr(module, "_inst", None)
    if type(generator) is not random.Random or not _is_laid_out_so():
        return module.getstate()
    return _look(generator)


def whole(looked: Any) -> tuple[Any, ...]:
    """Make a state as ``getstate`` gives it.

    Args:
        looked: What ``look`` gave.
    """
    if not isinstance(looked, Look):
        state: tuple[Any, ...] = looked
        return state
    place, *words = _WORDS.unpack_from(looked.words)
    return random.Random.VERSION, (*words, place), looked.gauss


def _look(generator: random.Random) -> Look:
    return Look(bytes(_memory(generator)), generator.gauss_next)  # type: ignore[attr-defined]  # not in its stub


# There is but one global generator, as a rule; it is held as long as its memory may be looked at.
@functools.lru_cache(maxsize=1)
def _memory(generator: random.Random) -> Any:
    import ctypes

    return (ctypes.c_char * _WORDS.size).from_address(id(generator) + object.__basicsize__)


@functools.cache
def _is_laid_out_so() -> bool:
    """Tell whether the memory of generators is what it is taken for, on this very Python."""
    if sys.implementation.name != "cpython":  # pragma: no cover - there an id is no address
        return False
    try:
        return all(map(_is_seen, range(3)))
    except Exception:  # noqa: BLE001  # a Python that was built without ctypes, say
        return False


def _is_seen(draws: int) -> bool:
    probe = random.Random(draws)  # noqa: S311  # looked at, not used
    for _ in range(draws):
        probe.gauss(0.0, 1.0)
    return whole(_look(probe)) == probe.getstate()
