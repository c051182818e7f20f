"""The states of objects of numpy, pandas, polars and torch, and of random number generators.

None of these libraries is imported here: an object of theirs brings its own methods along.
"""

from __future__ import annotations

import pickle
import sys
import warnings
from typing import TYPE_CHECKING, Any

from pytest_mimic._outcome._objects._families import Families
from pytest_mimic._outcome._objects._pictures import IMAGE
from pytest_mimic._outcome._objects._state import SMALL, UNKNOWN, Content, State, same
from pytest_mimic._outcome._objects._strides import bare, is_writeable
from pytest_mimic._outcome._objects._tensors import TENSOR_STATES

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_mimic._outcome._objects._state import Digest

# Arrays, frames, tensors -------------------------------------------------------------------------


def _take_ndarray(value: Any, digest: Digest) -> Any:
    # Its elements may refuse to be read: astropy's quantities do.
    read = bare(value)
    data: Any
    if read.dtype.hasobject:
        data = tuple(read.flat)
    elif read.nbytes <= SMALL:
        data = _bytes_of(read)
    else:
        data = digest(read)
    return read.shape, read.dtype, is_writeable(read), data


def _bytes_of(array: Any) -> bytes:
    numpy: Any = sys.modules["numpy"]
    if not isinstance(array, numpy.ma.MaskedArray):
        return bytes(array.tobytes())
    # What it puts in the place of what is masked may be too large for its type.
    with numpy.errstate(all="ignore"):
        return bytes(array.tobytes())


def _plain(value: Any) -> Any:
    """Return another array on the same data, masked or not, of numpy's own class."""
    own = sys.modules["numpy"].ndarray
    return own.view(value, own)


def _change_ndarray(value: Any, old: Any, digest: Digest) -> Any:
    new = _take_ndarray(value, digest)
    if old is not UNKNOWN and new[:3] == old[:3]:
        families = Families()
        if isinstance(old[3], tuple):
            if all(same(one, other, families) for one, other in zip(old[3], new[3], strict=True)):
                return None
        elif old[3] == new[3]:
            return None
    return Content(_plain(value)), is_writeable(value)


def _make_ndarray(value: Any, change: tuple[Any, bool]) -> None:
    data, writeable = change
    target = _plain(value)
    if not is_writeable(value):
        value.flags.writeable = True
        target = _plain(value)
    if (value.dtype, value.shape) != (data.dtype, data.shape):
        del target
        _reshape(value, data)
        target = _plain(value)
    target[...] = data
    if is_writeable(value) != writeable:
        value.flags.writeable = writeable


def _reshape(value: Any, data: Any) -> None:
    """Give an array the type and shape of another, in place."""
    with warnings.catch_warnings():
        # Numpy advises against it, with good reason; but the call did just that.
        warnings.simplefilter("ignore")
        if value.dtype != data.dtype:
            value.dtype = data.dtype
        if value.size != data.size:
            value.resize(data.shape, refcheck=False)
        else:
            value.shape = data.shape


def _take_frame(value: Any, digest: Digest) -> Any:
    return digest(value), repr(value.attrs), value.flags.allows_duplicate_labels


def _change_frame(value: Any, old: Any, digest: Digest) -> Any:
    return None if _take_frame(value, digest) == old else value.copy(deep=False)


def _make_frame(value: Any, change: Any) -> None:
    value._update_inplace(change)
    for name in value._metadata:
        object.__setattr__(value, name, getattr(change, name, None))
    value.attrs = change.attrs
    value.flags.allows_duplicate_labels = change.flags.allows_duplicate_labels


def _take_index(value: Any, _digest: Digest) -> Any:
    # All else of an index is immutable.
    return list(value.names), getattr(value, "freq", None)


def _change_index(value: Any, old: Any, digest: Digest) -> Any:
    new = _take_index(value, digest)
    return None if new == old else new


def _make_index(value: Any, change: tuple[list[Any], Any]) -> None:
    names, frequency = change
    value.names = names
    if getattr(value, "freq", None) != frequency:
        value.freq = frequency


def _take_polars(value: Any, digest: Digest) -> str:
    return digest(value)


def _change_polars(value: Any, old: Any, digest: Digest) -> Any:
    return None if digest(value) == old else value.clone()


def _make_polars(value: Any, change: Any) -> None:
    # Each has one attribute, which holds it all; and a clone shares the elements.
    vars(value).update(vars(change.clone()))


# Generators of random numbers --------------------------------------------------------------------


def _by_state(get: Callable[[Any], Any], put: Callable[[Any, Any], None]) -> State:
    """Return the handling of what has a state to get and to set."""

    def take(value: Any, _digest: Digest) -> bytes:
        return pickle.dumps(get(value))

    def change(value: Any, old: Any, digest: Digest) -> Any:
        return None if take(value, digest) == old else (get(value),)

    def make(value: Any, change: tuple[Any]) -> None:
        put(value, change[0])

    return State(take, change, make)


def _children(seeds: Any) -> int:
    """Return how many children a seed sequence has; where there is none, or it has none, zero."""
    return int(getattr(seeds, "n_children_spawned", 0))


def _make_children(seeds: Any, count: int) -> None:
    """Let a seed sequence go on to its next children from where another was."""
    missing = count - _children(seeds)
    if missing:
        seeds.spawn(missing)


def _bits_state(bits: Any) -> tuple[Any, int]:
    return bits.state, _children(bits._seed_seq)


def _set_bits(bits: Any, state: tuple[Any, int]) -> None:
    bits.state, children = state
    _make_children(bits._seed_seq, children)


LIBRARY_STATES: dict[str, State] = {
    "ndarray": State(_take_ndarray, _change_ndarray, _make_ndarray, True),
    "frame": State(_take_frame, _change_frame, _make_frame, True),
    "polars": State(_take_polars, _change_polars, _make_polars, True),
    "index": State(_take_index, _change_index, _make_index),
    "image": IMAGE,
    **TENSOR_STATES,
    "random": _by_state(lambda one: one.getstate(), lambda one, state: one.setstate(state)),
    "numpy_generator": _by_state(
        lambda one: _bits_state(one.bit_generator),
        lambda one, state: _set_bits(one.bit_generator, state),
    ),
    "numpy_bits": _by_state(_bits_state, _set_bits),
    "numpy_seeds": _by_state(_children, _make_children),
    "numpy_legacy": _by_state(
        lambda one: one.get_state(legacy=False), lambda one, state: one.set_state(state)
    ),
    "torch_generator": _by_state(
        lambda one: one.get_state(), lambda one, state: one.set_state(state)
    ),
}
