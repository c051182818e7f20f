"""The global generators of random numbers of the libraries that are loaded."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from pytest_mimic._outcome import _rebuild
from pytest_mimic._outcome._objects._twister import look, whole


def _as_it_is(state: Any) -> Any:
    return state


class _Source(NamedTuple):
    """The global generator of a library: how its state is read, compared and set.

    Args:
        witness: The module that is loaded when the generator is: numpy loads its own only when
            that is used.
        get: Gives the state, from the library.
        mark: Gives what tells a state from others.
        put: Sets the state, of the library.
        whole: Makes of a state, or of its mark, what is stored.
    """

    witness: str
    get: Callable[[Any], Any]
    mark: Callable[[Any], Any]
    put: Callable[[Any, Any], None]
    whole: Callable[[Any], Any] = _as_it_is


def _numpy_state(numpy: Any) -> Any:
    # Once it was seeded, it tells keys apart by its state.
    is_seeded = numpy.random.mtrand._rand._bit_generator._seed_seq is None
    return numpy.random.get_state(legacy=False) | {"is_seeded": is_seeded}


def _set_numpy_state(numpy: Any, state: dict[str, Any]) -> None:
    if state.get("is_seeded"):
        numpy.random.seed(0)
    numpy.random.set_state(state)


def _numpy_mark(state: dict[str, Any]) -> tuple[Any, ...]:
    """Return what tells numpy's states apart; other bit generators may be in its place."""
    inner = state["state"]
    words = [word.tobytes() if hasattr(word, "tobytes") else word for word in inner.values()]
    return state["bit_generator"], words, state.get("has_gauss"), state.get("gauss")


_SOURCES = {
    "random": _Source(
        "random",
        look,
        _as_it_is,
        lambda random, state: random.setstate(state),
        whole,
    ),
    "numpy": _Source(
        "numpy.random.mtrand",
        _numpy_state,
        _numpy_mark,
        _set_numpy_state,
    ),
    "torch": _Source(
        "torch.random",
        lambda torch: torch.get_rng_state(),
        lambda state: state.numpy().tobytes(),
        lambda torch, state: torch.set_rng_state(state),
    ),
}


# Where the libraries hold them.
_HELD = (("random", "_inst"), ("numpy.random.mtrand", "_rand"), ("torch", "default_generator"))


def reduce_generator(value: object) -> Any:
    """Store a global generator as the one that there is: who seeds that seeds what draws from it.

    Args:
        value: A generator of random numbers.

    Returns:
        What to pickle in its place; ``NotImplemented`` for any other.
    """
    for module, name in _HELD:
        if getattr(sys.modules.get(module), name, None) is value:
            return _rebuild.attribute, (module, name)
    return NotImplemented


# What a call did to a global generator: what tells the state before it from others, the same of
# the state after it, and that state.
Advance = tuple[str, str, Any]


class RandomStates:
    """The states of the global generators at one moment."""

    __slots__ = ("_marks",)

    def __init__(self) -> None:
        _load_lazy()
        self._marks = {name: source.mark(state) for name, source, state in _read()}

    def advanced(self, digest: Callable[[object], str]) -> dict[str, Advance]:
        """Return what became of the states that are other ones by now, by library.

        Args:
            digest: A digest of any value.
        """
        # A library that was loaded meanwhile was seeded meanwhile: nothing could be drawn before.
        return {
            name: (digest(source.whole(before)), digest(source.whole(mark)), source.whole(state))
            for name, source, state in _read()
            if (before := self._marks.get(name)) is not None
            and (mark := source.mark(state)) != before
        }


def _load_lazy() -> None:
    """Load numpy's generator, which numpy does when it is first used.

    A call that is the first to use it may seed it, and what it was before has to be known then.
    """
    numpy = sys.modules.get("numpy")
    if numpy is not None and _SOURCES["numpy"].witness not in sys.modules:
        with contextlib.suppress(Exception):  # of a numpy that is being imported, or faked
            getattr(numpy, "random", None)


def _read() -> list[tuple[str, _Source, Any]]:
    """Read the states of the libraries that are loaded."""
    read = []
    for name, source in _SOURCES.items():
        if sys.modules.get(source.witness) is not None:
            read.append((name, source, source.get(sys.modules[name])))
    return read


def restore_random(advances: Mapping[str, Advance] | None) -> None:
    """Set the states that a recorded call left.

    Args:
        advances: As ``RandomStates.advanced`` returned them.
    """
    for name, (_, _, state) in (advances or {}).items():
        library = sys.modules.get(name)
        if library is not None:
            _SOURCES[name].put(library, state)


def present_random(digest: Callable[[object], str]) -> dict[str, str]:
    """Return what tells the present states from others, by library.

    Args:
        digest: A digest of any value.
    """
    return {name: digest(source.whole(source.mark(state))) for name, source, state in _read()}
