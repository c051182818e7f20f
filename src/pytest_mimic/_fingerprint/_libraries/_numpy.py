"""numpy: arrays by shape, dtype and elements; never by strides, order or padding."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, Final

import xxhash

from pytest_mimic._fingerprint._builtins import take_float
from pytest_mimic._fingerprint._naming import digest_buffer
from pytest_mimic._fingerprint._nodes import Parts, Refusal
from pytest_mimic._fingerprint._objects import Rule, family_rule, set_by_others, state_reader
from pytest_mimic._fingerprint._references import find, module_of, reference

PIECE: Final = 1 << 20
"""Bytes of an array that is not contiguous that are copied at a time."""

EXTENDED_MANTISSA: Final = 63
EXTENDED_BYTES: Final = 10
"""Of the 12 or 16 bytes of an extended double, these hold it; the rest hold anything."""

FIRST_USER_TYPE: Final = 256
"""Number of the first dtype that is not numpy's own: bfloat16 and the like."""

UFUNC_MODULES: Final = ("numpy", "scipy.special")

# What numpy itself keeps in attributes: how an array is masked, where a file is mapped, and whether
# a matrix is just being read.
_OF_MASKED: Final = frozenset({
    "_mask", "_fill_value", "_hardmask", "_sharedmask", "_isfield", "_baseclass", "_optinfo",
    "_basedict",
})  # fmt: skip
_OF_DERIVED: Final = frozenset({"_mmap", "filename", "mode", "offset", "_getitem"})


def describe_dtype(dtype: Any) -> tuple[object, ...]:
    """A dtype as a plain value: two are equal when numpy says so."""
    if dtype.subdtype is not None:
        base, shape = dtype.subdtype
        return ("array", describe_dtype(base), shape)
    if dtype.names is not None:
        fields = tuple(
            (name, describe_dtype(field[0]), *field[1:])
            for name, field in ((name, dtype.fields[name]) for name in dtype.names)
        )
        return ("structure", dtype.itemsize, fields)
    if dtype.kind == "T":
        missing = getattr(dtype, "na_object", None)
        return ("string", dtype.coerce, hasattr(dtype, "na_object"), missing)
    if dtype.num < FIRST_USER_TYPE:
        return (dtype.str,)
    return (dtype.str, type(dtype))


def take_elements(array: Any) -> object:
    """What stands for the elements of an array, in C order.

    Args:
        array: An array of exactly `numpy.ndarray`.
    """
    dtype = array.dtype
    if dtype.names is not None:
        return Parts(take_elements(array[name]) for name in dtype.names)
    if dtype.hasobject or dtype.kind == "T":
        return array.ravel().tolist()
    if _is_extended(dtype):
        numpy = sys.modules["numpy"]
        raw = numpy.ascontiguousarray(array).reshape(-1).view("u1")
        width = numpy.dtype(numpy.longdouble).itemsize
        return digest_array(raw.reshape(-1, width)[:, :EXTENDED_BYTES])
    return digest_array(array)


def _is_extended(dtype: Any) -> bool:
    numpy: Any = sys.modules["numpy"]
    return dtype.char in "gG" and numpy.finfo(numpy.longdouble).nmant == EXTENDED_MANTISSA


def digest_array(array: Any) -> bytes:
    """The digest of the bytes of an array in C order, copied only where they do not lie so."""
    if array.flags.c_contiguous:
        return digest_buffer(as_bytes(array))
    digest = xxhash.xxh3_128()
    for piece in pieces(array):
        digest.update(as_bytes(piece))
    return digest.digest()


def as_bytes(array: Any) -> Any:
    """A contiguous array as a buffer of bytes, without a copy."""
    return array.reshape(-1).view("u1") if array.nbytes else b""


def pieces(array: Any) -> Iterator[Any]:
    """An array in contiguous pieces of a bounded size, in C order."""
    numpy: Any = sys.modules["numpy"]
    if array.nbytes <= PIECE or array.ndim == 0 or array.flags.c_contiguous:
        yield numpy.ascontiguousarray(array)
        return
    rows = PIECE * len(array) // array.nbytes
    if not rows:
        for row in array:
            yield from pieces(row)
        return
    for start in range(0, len(array), rows):
        yield numpy.ascontiguousarray(array[start : start + rows])


def take_array(array: Any) -> tuple[str, object]:
    """An array of exactly `numpy.ndarray`."""
    return "array", Parts((describe_dtype(array.dtype), array.shape, take_elements(array)))


def _derived_array(kind: type) -> Rule:
    read = state_reader(kind)

    def take(value: Any) -> tuple[str, object]:
        return "derived array", Parts((kind, _plain(value), read(value)))

    return take


def _plain(value: Any) -> Any:
    numpy: Any = sys.modules["numpy"]
    return numpy.asarray(value).view(numpy.ndarray)


def _take_layout(value: Any) -> tuple[str, object]:
    """Arrays of numpy's own derived types: what they add is not part of their value."""
    return "derived array", Parts((type(value), _plain(value), *set_by_others(value, _OF_DERIVED)))


def _is_own(kind: type) -> bool:
    return module_of(kind).partition(".")[0] == "numpy"


def _take_masked(value: Any) -> tuple[str, object]:
    """What lies under the mask is no element."""
    numpy: Any = sys.modules["numpy"]
    mask = numpy.ma.getmaskarray(value)
    data = numpy.array(value.data, subok=False)
    _blank(data, mask)
    # What masks nothing is something else than no mask, which is a mere number.
    is_idle = value.mask is not numpy.ma.nomask and mask.dtype.names is None and not mask.any()
    told = (mask,) if is_idle else mask
    parts = (type(value), data, told, value.fill_value, value.hardmask)
    return "masked array", Parts((*parts, *set_by_others(value, _OF_MASKED)))


def _blank(data: Any, mask: Any) -> None:
    if mask.dtype.names is not None:
        for name in mask.dtype.names:
            _blank(data[name], mask[name])
    else:
        data[mask] = sys.modules["numpy"].zeros((), data.dtype)[()]


def _take_masked_constant(_: object) -> tuple[str, object]:
    return "masked constant", None


def _take_scalar(value: Any) -> tuple[str, object]:
    numpy: Any = sys.modules["numpy"]
    array = numpy.asarray(value)
    kind = type(value)
    own = None if _is_own(kind) else kind
    if array.dtype.kind == "f" and value != value:  # noqa: PLR0124 - nan, of whatever sign
        return "scalar", Parts((own, describe_dtype(array.dtype), take_float(float("nan"))))
    return "scalar", Parts((own, describe_dtype(array.dtype), take_elements(array)))


def _take_dtype(value: Any) -> tuple[str, object]:
    described = describe_dtype(value)
    # Numpy takes one of records for equal to one of mere structures.
    is_structure = value.names is None or value.type is sys.modules["numpy"].void
    return "dtype", described if is_structure else (described, value.type)


def _take_ufunc(value: Any) -> tuple[str, object]:
    name: str = value.__name__
    for module in UFUNC_MODULES:
        if find(module, name) is value:
            return "ufunc", f"{module}:{name}"
    raise Refusal(f"numpy.ufunc {name} (it cannot be imported by its name)")


def _take_generator(value: Any) -> tuple[str, object]:
    """A generator is the numbers that it will give."""
    return "generator", Parts((type(value), *_to_come(value.bit_generator)))


def _take_bit_generator(value: Any) -> tuple[str, object]:
    return "bit generator", Parts((type(value), *_to_come(value)))


def _to_come(bits: Any) -> tuple[object, ...]:
    """What the numbers to come of a bit generator follow from, and the next that it spawns.

    Its state has nothing of the latter: spawning changes none of the numbers that it gives itself.
    """
    seeds: Any = getattr(bits, "_seed_seq", None)
    count = getattr(seeds, "n_children_spawned", 0)
    if not count:
        return (bits.state,)
    return bits.state, (count, seeds.entropy, seeds.spawn_key, seeds.pool_size)


def _take_random_state(value: Any) -> tuple[str, object]:
    everybody: Any = getattr(sys.modules["numpy"].random.mtrand, "_rand", None)
    if value is everybody and value._bit_generator._seed_seq is not None:
        # Nobody has seeded it: its state is another in each process, and says nothing.
        return "random state", "everybody's"
    return "random state", Parts((type(value), value.get_state(legacy=False)))


def _take_dispatcher(value: Any) -> tuple[str, object]:
    name = reference(value)
    if name is None:
        raise Refusal(f"numpy function {value.__qualname__}")
    return "function", name


def _take_calendar(value: Any) -> tuple[str, object]:
    return "calendar", Parts((value.weekmask, value.holidays))


def rule_of(kind: type) -> Rule | None:
    """The rule of a type of numpy, or of one derived from it."""
    numpy: Any = sys.modules["numpy"]
    if kind is numpy.ndarray:
        return take_array
    if issubclass(kind, numpy.ma.MaskedArray):
        constant = kind.__name__ == "MaskedConstant"
        return _take_masked_constant if constant else _take_masked
    if issubclass(kind, numpy.ndarray):
        return _take_layout if _is_own(kind) else _derived_array(kind)
    if kind.__name__ == "_ArrayFunctionDispatcher":
        return _take_dispatcher
    families: dict[type, Rule] = {
        numpy.generic: _take_scalar,
        numpy.dtype: _take_dtype,
        numpy.ufunc: _take_ufunc,
        numpy.random.Generator: _take_generator,
        numpy.random.BitGenerator: _take_bit_generator,
        numpy.random.RandomState: _take_random_state,
        numpy.busdaycalendar: _take_calendar,
    }
    return family_rule(kind, families)
