"""Rules of the types of the standard library, by name, so that none is imported for it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any, Final

from pytest_mimic._fingerprint._builtins import CONTENTS, Content, take_buffer
from pytest_mimic._fingerprint._nodes import Parts
from pytest_mimic._fingerprint._objects import (
    Rule,
    named,
    overrides,
    reduction_rule,
    rule_without,
    set_by_others,
    state_reader,
)
from pytest_mimic._fingerprint._references import MOVED, find, module_of
from pytest_mimic._values._attributes import own_attributes

VARIABLE_TRAITS: Final = ("__bound__", "__constraints__", "__covariant__", "__contravariant__")


def _take_decimal(value: Any) -> tuple[str, object]:
    return "decimal", tuple(value.as_tuple())


def _take_fraction(value: Any) -> tuple[str, object]:
    # Its properties may be targets, and no code of theirs is to run in replay.
    return "fraction", (value._numerator, value._denominator)


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


def _take_match(value: Any) -> tuple[str, object]:
    return "match", Parts((value.re, value.string, value.pos, value.endpos, value.regs))


def _take_row(value: Any) -> tuple[str, object]:
    return "row", Parts((value.keys(), tuple(value)))


def _take_format(value: Any) -> tuple[str, object]:
    return "format", value.format


def _take_sentinel(value: Any) -> tuple[str, object]:
    """One of ``unittest.mock.sentinel``, which a name makes, and always the same one."""
    return "sentinel", value.name


def _take_array(value: Any) -> tuple[str, object]:
    return "array", (value.typecode, value.itemsize, *take_buffer(value))


def _take_partial(value: Any) -> tuple[str, object]:
    return "partial", Parts((type(value), value.func, value.args, value.keywords, vars(value)))


def _take_logger(value: Any) -> tuple[str, object]:
    return "logger", value.name


def _take_address(value: Any) -> tuple[str, object]:
    """Addresses, networks and interfaces as text, in a form that is the same on every Python.

    That of an IPv4 address inside of an IPv6 one is not; and ``str`` asks methods and properties of
    theirs, which may be targets.
    """
    address = getattr(value, "network_address", value)
    text = address._string_from_ip_int(address._ip)
    scope = getattr(address, "_scope_id", None)
    if scope:
        text += f"%{scope}"
    length = getattr(value, "_prefixlen", None)
    return type(value).__name__, text if length is None else f"{text}/{length}"


def _take_bytes_stream(value: Any) -> tuple[str, object]:
    named_by_others = set_by_others(value, ())
    return "BytesIO", Parts((value.getvalue(), value.tell(), *named_by_others))


def _take_text_stream(value: Any) -> tuple[str, object]:
    text, newline, position, _ = value.__getstate__()
    # Whether lines end as they are written is seen where they end otherwise than most.
    told = () if newline == "\n" or (newline == "" and "\r" not in text) else (newline,)
    return "StringIO", Parts((text, position, *told, *set_by_others(value, ())))


def _take_alias(value: Any) -> tuple[str, object]:
    return "alias", Parts((value.__origin__, value.__args__))


def _take_typing(value: Any) -> tuple[str, object]:
    name = getattr(value, "_name", None)
    return "typing", Parts((type(value).__name__, name, value.__origin__, value.__args__))


def _take_union(value: Any) -> tuple[str, object]:
    """A union, however it is written; the order of its members is no part of it."""
    return "union", frozenset(value.__args__)


def _take_literal(value: Any) -> tuple[str, object]:
    members = [(type(each).__name__, each) for each in value.__args__]
    return "literal", {Parts(member) for member in members}


def _take_annotated(value: Any) -> tuple[str, object]:
    return "annotated", Parts((value.__origin__, value.__metadata__))


def _take_form(value: Any) -> tuple[str, object]:
    # Some of them are classes on some versions.
    return "class", f"typing:{value._name}"


def _take_bare_alias(value: Any) -> tuple[str, object]:
    return "typing", f"{value._name}"


def _take_variable(value: Any) -> tuple[str, object]:
    """A type variable by where it lives; where it does not, with what it stands for."""
    name = f"{value.__module__}:{value.__name__}"
    stands_for = [getattr(value, trait, None) for trait in VARIABLE_TRAITS]
    kind = type(value).__name__
    if find(value.__module__, value.__name__) is value or (
        kind == "TypeVar" and not any(stands_for)
    ):
        return "type variable", name
    return "type variable", Parts((name, kind, *stands_for))


def _take_forward(value: Any) -> tuple[str, object]:
    name, module = value.__forward_arg__, value.__forward_module__
    return "forward", name if module is None else Parts((name, module))


def _take_new_type(value: Any) -> tuple[str, object]:
    return "new type", Parts((f"{value.__module__}:{value.__qualname__}", value.__supertype__))


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
    "re.Match": _take_match,
    "sqlite3.Row": _take_row,
    "_struct.Struct": _take_format,
    "unittest.mock._SentinelObject": _take_sentinel,
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
    "io.BytesIO": _take_bytes_stream,
    "io.StringIO": _take_text_stream,
    "types.GenericAlias": _take_alias,
    "types.UnionType": _take_union,
    "typing.Union": _take_union,
    "typing._GenericAlias": _take_typing,
    "typing._CallableGenericAlias": _take_typing,
    "typing._ConcatenateGenericAlias": _take_typing,
    "typing._UnpackGenericAlias": _take_typing,
    "typing._UnionGenericAlias": _take_union,
    "typing._LiteralGenericAlias": _take_literal,
    "typing._AnnotatedAlias": _take_annotated,
    "typing._SpecialForm": _take_form,
    "typing._TypedCacheSpecialForm": _take_form,
    "typing._LiteralSpecialForm": _take_form,
    "typing._SpecialGenericAlias": _take_bare_alias,
    "typing._CallableType": _take_bare_alias,
    "typing._TupleType": _take_bare_alias,
    "typing.TypeVar": _take_variable,
    "typing.ParamSpec": _take_variable,
    "typing.TypeVarTuple": _take_variable,
    "typing.ForwardRef": _take_forward,
    "typing.NewType": _take_new_type,
}


def _take_test_case(value: Any) -> tuple[str, object]:
    return "object", Parts((type(value), named(own_attributes(vars(value)))))


def _take_syntax(value: Any) -> tuple[str, object]:
    """A node of a syntax tree; some versions leave out what is not there, some say so."""
    fields = {
        name: field
        for name, field in vars(value).items()
        if field is not None and not (type(field) is list and not field)
    }
    return "object", Parts((type(value), named(fields)))


def _random_rule(kind: type) -> Rule:
    """The rule of generators, with what is set on them, of which their own reduction is silent."""
    rule = reduction_rule(kind)
    base = sys.modules["random"].Random
    if overrides(kind, base, "__reduce__", "__reduce_ex__", "__getstate__"):
        return rule

    def take(value: Any) -> tuple[str, object]:
        tag, reduced = rule(value)
        others = set_by_others(value, {"gauss_next"})
        return tag, Parts((reduced, *others)) if others else reduced

    return take


FAMILIES: Final[dict[str, Callable[[type], Rule]]] = {
    "random.Random": _random_rule,
    "http.cookiejar.CookieJar": lambda _: rule_without(frozenset({"_cookies_lock", "_now"})),
    "http.cookiejar.CookiePolicy": lambda _: rule_without(frozenset({"_now"})),
    "ast.AST": lambda _: _take_syntax,
    "unittest.case.TestCase": lambda _: _take_test_case,
}
"""What makes the rule of a class, or of one that derives from it."""


def exact_rule(kind: type) -> Rule | None:
    """The rule of a type of the standard library; not of what derives from it."""
    module = MOVED.get(module_of(kind), module_of(kind))
    return RULES.get(f"{module}.{kind.__qualname__}")


def derived_rule(kind: type) -> Rule | None:
    """The rule of a class that derives from a type with a rule: that content, and its own state.

    Where the class says in Python how it is reduced, that counts instead; but not where the whole
    family has a rule.
    """
    for base in kind.__mro__:
        rule_of_family = FAMILIES.get(f"{module_of(base)}.{base.__qualname__}")
        if rule_of_family is not None:
            return rule_of_family(kind)
        content = _content_of(base, kind)
        if content is None:
            continue
        if overrides(kind, base, "__reduce__", "__reduce_ex__"):
            return reduction_rule(kind)
        tag = f"derived {base.__name__}"
        read = state_reader(kind, base)
        return lambda value: (tag, Parts((kind, content(value), read(value))))
    return None


def _content_of(base: type, kind: type) -> Content | None:
    if base in CONTENTS:
        return CONTENTS[base](kind)
    rule = exact_rule(base)
    return None if rule is None else lambda value: rule(value)[1]
