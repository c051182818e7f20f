"""Which family a value belongs to, and what can be reached from it in one step.

A family says how a value is looked into and how its state is read and set. It is found by the
names in the type's MRO, so that no library has to be imported, or even looked up, to be known.
"""

from __future__ import annotations

import enum
import struct
import types
from collections import OrderedDict, deque
from typing import TYPE_CHECKING, Any

from pytest_mimic._fingerprint._references import is_named
from pytest_mimic._outline._classes import is_one_of
from pytest_mimic._values._attributes import own_attributes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# The most derived class named here decides; "object" is what has nothing but a __dict__ and slots.
FAMILIES = {
    ("builtins", "list"): "list",
    ("builtins", "tuple"): "tuple",
    ("builtins", "dict"): "dict",
    ("collections", "OrderedDict"): "dict",
    ("builtins", "set"): "set",
    ("builtins", "frozenset"): "frozenset",
    ("collections", "deque"): "deque",
    ("builtins", "bytearray"): "bytearray",
    ("builtins", "memoryview"): "memoryview",
    ("array", "array"): "array",
    ("builtins", "function"): "function",
    ("builtins", "method"): "method",
    ("builtins", "builtin_function_or_method"): "builtin",
    ("builtins", "cell"): "cell",
    ("builtins", "mappingproxy"): "mappingproxy",
    ("functools", "partial"): "partial",
    ("types", "GenericAlias"): "alias",
    ("types", "UnionType"): "alias",
    ("builtins", "type"): "class",
    ("builtins", "module"): "atom",
    # Derived classes only: what a call can change in them is their __dict__.
    ("builtins", "int"): "object",
    ("builtins", "float"): "object",
    ("builtins", "complex"): "object",
    ("builtins", "str"): "object",
    ("builtins", "bytes"): "object",
    ("builtins", "BaseException"): "exception",
    ("enum", "Enum"): "object",
    ("xml.etree.ElementTree", "Element"): "element",
    ("random", "Random"): "random",
    ("numpy", "ndarray"): "ndarray",
    ("numpy", "dtype"): "atom",
    ("numpy", "generic"): "atom",
    ("numpy.random._generator", "Generator"): "numpy_generator",
    ("numpy.random.bit_generator", "BitGenerator"): "numpy_bits",
    ("numpy.random.bit_generator", "SeedSequence"): "numpy_seeds",
    ("numpy.random.mtrand", "RandomState"): "numpy_legacy",
    ("pandas._libs.arrays", "NDArrayBacked"): "backed",
    ("pandas.core.generic", "NDFrame"): "frame",
    # pandas 3 names its public classes after the package.
    ("pandas", "DataFrame"): "frame",
    ("pandas", "Series"): "frame",
    ("pandas.core.indexes.base", "Index"): "index",
    ("pandas", "Index"): "index",
    ("polars.dataframe.frame", "DataFrame"): "polars",
    ("polars.series.series", "Series"): "polars",
    ("PIL.Image", "Image"): "image",
    ("torch", "Tensor"): "tensor",
    ("torch._tensor", "Tensor"): "tensor",
    ("torch._C", "Generator"): "torch_generator",
}

# Values of these types have no identity worth keeping: nobody can tell one from its equal.
ATOMS = frozenset({
    ("builtins", "int"), ("builtins", "float"), ("builtins", "complex"), ("builtins", "bool"),
    ("builtins", "str"), ("builtins", "bytes"), ("builtins", "NoneType"), ("builtins", "range"),
    ("builtins", "slice"), ("builtins", "ellipsis"), ("builtins", "NotImplementedType"),
    ("builtins", "wrapper_descriptor"), ("builtins", "method_descriptor"),
    ("builtins", "method-wrapper"), ("builtins", "getset_descriptor"),
    ("builtins", "member_descriptor"), ("builtins", "code"),
    ("datetime", "date"), ("datetime", "datetime"), ("datetime", "time"), ("datetime", "timedelta"),
    ("datetime", "timezone"), ("zoneinfo", "ZoneInfo"), ("decimal", "Decimal"),
    ("fractions", "Fraction"), ("uuid", "UUID"), ("re", "Pattern"), ("re", "Match"),
    ("pathlib", "PurePath"), ("pathlib", "PurePosixPath"), ("pathlib", "PureWindowsPath"),
    ("pathlib", "PosixPath"), ("pathlib", "WindowsPath"),
    ("pathlib._local", "PurePath"), ("pathlib._local", "PurePosixPath"),
    ("pathlib._local", "PureWindowsPath"), ("pathlib._local", "PosixPath"),
    ("pathlib._local", "WindowsPath"),
    ("ipaddress", "IPv4Address"), ("ipaddress", "IPv6Address"), ("ipaddress", "IPv4Network"),
    ("ipaddress", "IPv6Network"),
    ("typing", "TypeVar"),
    ("torch", "dtype"), ("torch", "device"), ("torch", "Size"),
    ("numpy", "str_"), ("numpy", "bytes_"),
    # An array that takes no change, not even those that reading it makes in other masked arrays.
    ("numpy.ma.core", "MaskedConstant"), ("numpy.ma", "MaskedConstant"),
    ("sympy.core.basic", "Basic"),
    # What leads to all tables of a program.
    ("sqlalchemy.orm.state", "InstanceState"), ("sqlalchemy.sql.elements", "ClauseElement"),
})  # fmt: skip

PLAIN: frozenset[type] = frozenset({int, float, complex, bool, str, bytes, type(None)})
# Exactly these are mutable, and have no attributes at all.
BARE: frozenset[type] = frozenset({list, dict, set, deque, bytearray})
_DATA = PLAIN | {list, tuple, dict, set, frozenset}


def is_data(kind: type) -> bool:
    """Tell whether a class is a built-in one of values, as most outcomes are."""
    return is_one_of(kind, _DATA)


class Families:
    """The families of the types met in one walk; each type is looked up once."""

    __slots__ = ("_found",)

    def __init__(self) -> None:
        self._found = dict.fromkeys(PLAIN, "atom")

    def of(self, value: object) -> str:
        """Return the family of a value."""
        kind = type(value)
        family = self._found.get(kind)
        if family is None:
            family = self._found[kind] = _family(kind)
        return family


def _family(kind: type) -> str:
    """Find the family of a type by the names in its MRO."""
    if (kind.__module__, kind.__qualname__) in ATOMS:
        return "atom"
    for base in kind.__mro__:
        name = (base.__module__, base.__qualname__)
        family = FAMILIES.get(name)
        if family is not None:
            return family
        if name in ATOMS and base.__module__ != "builtins":
            return "atom"
    if has_open_state(kind):
        return "object"
    # What is hashed by value and has no attributes of its own is taken for immutable.
    hashing: Any = kind.__hash__
    by_value = hashing is not None and hashing is not object.__hash__
    return "atom" if by_value and not kind.__dictoffset__ else "opaque"


def has_identity(value: Any, families: Families) -> bool:
    """Tell whether a caller can tell an object from its equals, and finds it by no name."""
    if type(value) in BARE:
        return True
    family = families.of(value)
    if family == "atom" or is_shared_by_name(value):
        return False
    if family == "alias":  # one is told from its equals by the classes in it, if at all
        return not is_plain(value.__args__, families)
    return family not in ("tuple", "frozenset") or not is_plain(value, families)


def is_plain(value: Any, families: Families) -> bool:
    """Tell whether a tuple or frozenset holds nothing but atoms: then it is one itself."""
    waiting = [value]
    for holder in waiting:
        for item in holder:
            family = families.of(item)
            if family in ("tuple", "frozenset"):
                waiting.append(item)
            elif family == "alias":
                waiting.append(item.__args__)
            elif family != "atom" and not is_shared_by_name(item):
                return False
    return True


def has_open_state(kind: type) -> bool:
    """Tell whether all the state of the instances is in a ``__dict__`` and in slots.

    An instance that is larger than these need holds something that only C code can read.
    """
    pointers = (
        (kind.__dictoffset__ > 0)
        + (kind.__weakrefoffset__ > 0)
        + sum(1 for _ in _slots_in_memory(kind))
    )
    room = object.__basicsize__ + pointers * struct.calcsize("P")
    return kind.__basicsize__ <= room and not kind.__itemsize__


def is_shared_by_name(value: object) -> bool:
    """Tell whether a value is found again by its name: a module, class, function, enum member."""
    # Asking isinstance would ask the value for its __class__, and a proxy may have no answer now.
    found: Any = value
    kind = type(value)
    if issubclass(kind, (type, types.FunctionType)):
        return is_named(found) and found.__module__ != "__main__"
    if issubclass(kind, enum.Enum):
        return is_shared_by_name(kind)
    return issubclass(kind, types.ModuleType) or (
        kind is types.BuiltinFunctionType
        and (found.__self__ is None or isinstance(found.__self__, (types.ModuleType, type)))
    )


def attributes_of(value: object) -> dict[str, Any] | None:
    """Return the ``__dict__`` of a value, whatever its class makes of attribute access.

    Of a test case, only what does not run its test.
    """
    try:
        found = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return None
    return own_attributes(found) if isinstance(found, dict) else None


def body_of(kind: type) -> dict[str, Any]:
    """Return the functions and the data in the body of a class, less what Python put there.

    Of that are names like ``_value2member_map_``, too: an enum finds its members by it.
    """
    body: dict[str, Any] = type.__getattribute__(kind, "__dict__")
    return {
        name: item
        for name, item in body.items()
        if type(item) in _FUNCTIONS or not (_is_special(name) or hasattr(type(item), "__get__"))
    }


_FUNCTIONS = frozenset({types.FunctionType, staticmethod, classmethod, property})


def _is_special(name: str) -> bool:
    return name.startswith("_") and name.endswith("_")


def function_inside(item: Any) -> Any:
    """Return the function that a static or class method or a property calls, or the item itself."""
    if type(item) in {staticmethod, classmethod}:
        return item.__func__
    return item.fget if type(item) is property else item


def slots_of(value: object) -> Iterator[tuple[str, Any]]:
    """Yield the slots of a value that are set: name, as ``getattr`` takes it, and content."""
    for name, descriptor in slot_descriptors(type(value)):
        try:
            yield name, descriptor.__get__(value, type(value))
        except AttributeError:
            continue


def state_of(value: object) -> dict[str, Any]:
    """Return the attributes and the slots of an object that are set."""
    return {**(attributes_of(value) or {}), **dict(slots_of(value))}


def set_state(value: object, state: Mapping[str, Any]) -> None:
    """Set attributes and slots of an object, past what its class says of setting."""
    for name, content in state.items():
        object.__setattr__(value, name, content)


def slot_descriptors(kind: type) -> Iterator[tuple[str, Any]]:
    """Yield the slots that the ``class`` statements of a type declare, with their descriptors.

    A slot that a derived class declares once more hides that of its base.
    """
    found: set[str] = set()
    for name, descriptor in _slots_in_memory(kind):
        if name not in found:
            found.add(name)
            yield name, descriptor


def _slots_in_memory(kind: type) -> Iterator[tuple[str, Any]]:
    """Yield all slots that an instance has room for, of the derived classes first."""
    for base in kind.__mro__:
        names = vars(base).get("__slots__")
        if names is None:
            continue
        for name, descriptor in vars(base).items():
            if isinstance(descriptor, types.MemberDescriptorType) and name not in (
                "__dict__",
                "__weakref__",
            ):
                yield name, descriptor


def items_of(value: dict[Any, Any]) -> list[tuple[Any, Any]]:
    """Return the items of a dict in its own order, whatever a subclass makes of ``items``."""
    # An OrderedDict keeps an order of its own, which dict.items does not know.
    base = OrderedDict if isinstance(value, OrderedDict) else dict
    return list(base.items(value))
