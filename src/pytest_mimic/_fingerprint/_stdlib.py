"""Rules of the types of the standard library, by name, so that none is imported for it."""

from __future__ import annotations

import os
from typing import Any, Final

from pytest_mimic._fingerprint._builtins import take_buffer
from pytest_mimic._fingerprint._nodes import Parts
from pytest_mimic._fingerprint._objects import Rule
from pytest_mimic._fingerprint._references import MOVED


def _take_decimal(value: Any) -> tuple[str, object]:
    return "decimal", tuple(value.as_tuple())


def _take_fraction(value: Any) -> tuple[str, object]:
    return "fraction", (value.numerator, value.denominator)


def _take_uuid(value: Any) -> tuple[str, object]:
    return "uuid", value.int


def _take_path(value: Any) -> tuple[str, object]:
    return type(value).__name__, os.fspath(value)


def _take_date(value: Any) -> tuple[str, object]:
    return "date", (value.year, value.month, value.day)


def _clock(value: Any) -> tuple[int, ...]:
    return value.hour, value.minute, value.second, value.microsecond, value.fold


def _take_time(value: Any) -> tuple[str, object]:
    return "time", Parts((_clock(value), value.tzinfo))


def _take_datetime(value: Any) -> tuple[str, object]:
    day = (value.year, value.month, value.day)
    return "datetime", Parts((day, _clock(value), value.tzinfo))


def _take_timedelta(value: Any) -> tuple[str, object]:
    return "timedelta", (value.days, value.seconds, value.microseconds)


def _take_timezone(value: Any) -> tuple[str, object]:
    return "timezone", Parts(value.__getinitargs__())


def _take_zone(value: Any) -> tuple[str, object]:
    if value.key is None:
        raise TypeError("a time zone read from a file has no name")
    return "zone", value.key


def _take_pattern(value: Any) -> tuple[str, object]:
    return "pattern", (value.pattern, value.flags)


def _take_array(value: Any) -> tuple[str, object]:
    return "array", (value.typecode, value.itemsize, *take_buffer(value))


def _take_partial(value: Any) -> tuple[str, object]:
    return "partial", Parts((type(value), value.func, value.args, value.keywords, vars(value)))


def _take_logger(value: Any) -> tuple[str, object]:
    return "logger", value.name


def _take_address(value: Any) -> tuple[str, object]:
    return type(value).__name__, str(value)


RULES: Final[dict[str, Rule]] = {
    "decimal.Decimal": _take_decimal,
    "fractions.Fraction": _take_fraction,
    "uuid.UUID": _take_uuid,
    "pathlib.PosixPath": _take_path,
    "pathlib.WindowsPath": _take_path,
    "pathlib.PurePosixPath": _take_path,
    "pathlib.PureWindowsPath": _take_path,
    "datetime.date": _take_date,
    "datetime.time": _take_time,
    "datetime.datetime": _take_datetime,
    "datetime.timedelta": _take_timedelta,
    "datetime.timezone": _take_timezone,
    "zoneinfo.ZoneInfo": _take_zone,
    "re.Pattern": _take_pattern,
    "array.array": _take_array,
    "functools.partial": _take_partial,
    "logging.Logger": _take_logger,
    "logging.RootLogger": _take_logger,
    "ipaddress.IPv4Address": _take_address,
    "ipaddress.IPv6Address": _take_address,
    "ipaddress.IPv4Network": _take_address,
    "ipaddress.IPv6Network": _take_address,
    "ipaddress.IPv4Interface": _take_address,
    "ipaddress.IPv6Interface": _take_address,
}


def rule_of(kind: type) -> Rule | None:
    """The rule of a type of the standard library; not of what derives from it."""
    module = MOVED.get(kind.__module__, kind.__module__)
    return RULES.get(f"{module}.{kind.__qualname__}")
