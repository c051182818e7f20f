"""The short value of what has no parts: numbers, texts, dates, names of functions and classes."""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import fractions
import math
import pathlib
import re
import sys
import types
import uuid
import zoneinfo
from collections.abc import Callable
from typing import Any, Final

from pytest_mimic._outline._classes import mro, type_name

_HEAD: Final = 56
_TAIL: Final = 24
LONGEST_TEXT: Final = _HEAD + _TAIL
# Beyond that many bits an integer's digits say little, and Python may refuse to write them.
_LARGEST_INT: Final = 256
_LONGEST_KEY: Final = 60

_FUNCTIONS: Final = (
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
)
_TIMEZONES: Final = (dt.timezone, zoneinfo.ZoneInfo)
_PATHS: Final = (
    pathlib.PosixPath,
    pathlib.WindowsPath,
    pathlib.PurePosixPath,
    pathlib.PureWindowsPath,
)


def shortened(text: str) -> dict[str, Any]:
    """Bound a text: its two ends and its length where it is long.

    Args:
        text: Any text.

    Returns:
        ``value``, and ``length`` where that is not all of it.
    """
    if len(text) <= LONGEST_TEXT:
        return {"value": _writable(text)}
    return {"value": _writable(f"{text[:_HEAD]}…{text[-_TAIL:]}"), "length": len(text)}


def atom(value: object) -> dict[str, Any] | None:
    """Describe a value that has no parts.

    Args:
        value: Any value.

    Returns:
        ``value`` or what can be said instead; None for a value that is no such thing.
    """
    kind = type(value)
    describe = _EXACT.get(kind)
    if describe is not None:
        return describe(value)
    order = mro(kind)
    if enum.Enum in order:
        return _of_enum(value)
    for base, of_base in _BASES:
        if base in order:
            return of_base(value)
    if type in order:
        return {"value": type_name(value)}  # type: ignore[arg-type] # a class, by its metaclass
    return _of_library(value, order)


def literal(key: object) -> str | None:
    """Write a mapping's key as it stands in a subscript: ``'a'``, ``1``, ``(1, 2)``.

    Args:
        key: The key.

    Returns:
        Its text; None where it has no short one that is the same in every process.
    """
    if type(key) is tuple:
        texts = [literal(part) for part in key[:_LONGEST_KEY]]
        if None in texts:
            return None
        inner = ", ".join(text for text in texts if text is not None)
        return _cut(f"({inner},)" if len(texts) == 1 else f"({inner})")
    told = atom(key)
    if told is None or "value" not in told:
        return None
    if str in mro(type(key)) and type(told["value"]) is str and enum.Enum not in mro(type(key)):
        return _cut(repr(told["value"]))
    return _cut(str(told["value"]))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_KEY else text[: _LONGEST_KEY - 1] + "…"


def _writable(text: str) -> str:
    """Escape lone surrogates, which have no UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode()


def _of_itself(value: Any) -> dict[str, Any]:
    return {"value": value}


def _of_container(_value: object) -> None:
    """A container has parts, and what is shown is these."""


def _of_str(value: Any) -> dict[str, Any]:
    return shortened(str.__str__(value))


def _of_int(value: Any) -> dict[str, Any]:
    number = int.__int__(value)
    bits = number.bit_length()
    return {"value": number} if bits <= _LARGEST_INT else {"bits": bits}


def _of_float(value: Any) -> dict[str, Any]:
    number = float.__float__(value)
    return {"value": number if math.isfinite(number) else repr(number)}


def _of_complex(value: Any) -> dict[str, Any]:
    return {"value": complex.__repr__(value)}


def _of_bytes(value: Any) -> dict[str, Any]:
    size = len(memoryview(value))
    if size <= LONGEST_TEXT:
        return {"value": repr(bytes(memoryview(value)))}
    return {"value": repr(bytes(memoryview(value)[:_HEAD])) + "…", "length": size}


def _of_text(value: Any) -> dict[str, Any]:
    return shortened(str(value))


def _of_decimal(value: Any) -> dict[str, Any]:
    return shortened(decimal.Decimal.__str__(value))


def _of_datetime(value: Any) -> dict[str, Any]:
    zone = value.tzinfo
    if zone is not None and type(zone) not in _TIMEZONES:
        # Its offset would be computed by foreign code.
        return {"value": value.replace(tzinfo=None).isoformat() + "+?"}
    name = f"[{zone.key}]" if type(zone) is zoneinfo.ZoneInfo else ""
    return {"value": value.isoformat() + name}


def _of_pattern(value: Any) -> dict[str, Any]:
    told = shortened(value.pattern) if type(value.pattern) is str else _of_bytes(value.pattern)
    return told | ({"flags": int(value.flags)} if value.flags else {})


def _of_function(value: Any) -> dict[str, Any]:
    module = value.__module__ if type(value) in _FUNCTIONS[:2] else None
    qualname = value.__qualname__
    if type(module) is str and module != "builtins":
        return shortened(f"{module}.{qualname}")
    return shortened(qualname)


def _of_module(value: Any) -> dict[str, Any]:
    name = types.ModuleType.__getattribute__(value, "__dict__").get("__name__")
    return shortened(name) if type(name) is str else {}


def _of_enum(value: Any) -> dict[str, Any]:
    held = object.__getattribute__(value, "__dict__")
    name = held.get("_name_")
    short = type_name(type(value)).rpartition(".")[2]
    if type(name) is str:
        return shortened(f"{short}.{name}")
    number = held.get("_value_")
    return {"value": f"{short}({number})"} if type(number) is int else {}


def _of_library(value: Any, order: tuple[type, ...]) -> dict[str, Any] | None:
    """Describe the scalars of numpy and pandas, whose libraries write them safely."""
    numpy = sys.modules.get("numpy")
    if numpy is not None and namespace_of_module(numpy).get("generic") in order:
        if type(value).__module__ != "numpy":
            return {}
        return _EXACT.get(type(value.item()), _of_text)(value.item())
    pandas = sys.modules.get("pandas")
    if pandas is not None and type_name(type(value)).startswith("pandas."):
        held = namespace_of_module(pandas)
        if any(held.get(name) in order for name in ("Timestamp", "Timedelta", "Period")):
            return _of_text(value)
    return None


def namespace_of_module(module: types.ModuleType) -> dict[str, Any]:
    """Return what a module holds already, without asking it to load more."""
    held: dict[str, Any] = types.ModuleType.__getattribute__(module, "__dict__")
    return held


_EXACT: Final[dict[type, Callable[[Any], dict[str, Any] | None]]] = {
    **dict.fromkeys((list, tuple, dict, set, frozenset), _of_container),
    type(None): _of_itself,
    bool: _of_itself,
    int: _of_int,
    float: _of_float,
    str: _of_str,
    complex: _of_complex,
    bytes: _of_bytes,
    bytearray: _of_bytes,
    type(...): _of_text,
    type(NotImplemented): _of_text,
    range: _of_text,
    decimal.Decimal: _of_decimal,
    fractions.Fraction: _of_text,
    uuid.UUID: _of_text,
    dt.date: _of_text,
    dt.timedelta: _of_text,
    dt.datetime: _of_datetime,
    dt.time: _of_datetime,
    dt.timezone: _of_text,
    zoneinfo.ZoneInfo: _of_text,
    re.Pattern: _of_pattern,
    **dict.fromkeys(_PATHS, _of_text),
    **dict.fromkeys(_FUNCTIONS, _of_function),
    types.ModuleType: _of_module,
}
# Heirs of these show the value that they inherit. (No subclass of bool, str before int.)
_BASES: Final[tuple[tuple[type, Callable[[Any], dict[str, Any]]], ...]] = (
    (str, _of_str),
    (int, _of_int),
    (float, _of_float),
    (complex, _of_complex),
    (bytes, _of_bytes),
    (bytearray, _of_bytes),
    (decimal.Decimal, _of_decimal),
)
