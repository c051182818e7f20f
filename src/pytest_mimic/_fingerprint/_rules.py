"""Type -> the rule that takes its values apart."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from enum import EnumMeta
from types import FunctionType, ModuleType
from typing import Any, Final

from pytest_mimic._fingerprint import _builtins, _code, _stdlib
from pytest_mimic._fingerprint._classes import take_class
from pytest_mimic._fingerprint._exceptions import reduces_in_c, with_origins
from pytest_mimic._fingerprint._libraries._attrs import attrs_rule
from pytest_mimic._fingerprint._nodes import Parts
from pytest_mimic._fingerprint._objects import (
    Rule,
    equals_itself_alone,
    object_rule,
    reduction_rule,
    refuse,
)
from pytest_mimic._fingerprint._references import describe_type, module_of

Custom = Callable[[object], object]
"""What a conftest has to say of a value: what stands for it, or ``None``."""

LIBRARIES: Final = {
    "numpy": "_numpy",
    "pandas": "_pandas",
    "scipy": "_scipy",
    "polars": "_polars",
    "pyarrow": "_pyarrow",
    "PIL": "_pil",
    "torch": "_torch",
    "sklearn": "_sklearn",
    "pydantic": "_pydantic",
    "dateutil": "_dateutil",
    "freezegun": "_freezegun",
    "sqlalchemy": "_sqlalchemy",
    "sympy": "_sympy",
    "xarray": "_xarray",
}
"""Top-level module of a type -> the module of `_libraries` that knows the library.

Each has a function ``rule_of(kind)``, which returns ``None`` for a type that needs no rule of its
own. It is loaded at the first sight of such a type, so the library is loaded by then.
"""

MOCKS: Final = frozenset({"unittest.mock", "mock.mock", "mock"})


class Rules:
    """Finds the rule of a type.

    Args:
        custom: Asked first about every value that is not of a plain built-in type.
    """

    def __init__(self, custom: Custom | None = None) -> None:
        self._custom = custom
        self._known: dict[type, Rule] = {}

    def rule_of(self, kind: type) -> Rule:
        """The rule of a type, found once."""
        if not equals_itself_alone(kind):
            return self._find(kind)
        rule = self._known.get(kind)
        if rule is None:
            rule = self._known[kind] = self._find(kind)
        return rule

    def _find(self, kind: type) -> Rule:
        rule = _rule_or_origins(kind)
        return rule if self._custom is None else _ask_first(self._custom, kind, rule)


def _ask_first(custom: Custom, kind: type, otherwise: Rule) -> Rule:
    if issubclass(kind, type):
        # Every object brings its class along; the conftest is asked about the object.
        return otherwise
    name = describe_type(kind)

    def ask(value: object) -> tuple[str, object]:
        said = custom(value)
        if said is None or said is value:
            return otherwise(value)
        return "custom", Parts((name, said))

    return ask


def _rule_or_origins(kind: type) -> Rule:
    if not issubclass(kind, BaseException):
        return _rule_of(kind)
    return with_origins(reduction_rule(kind) if reduces_in_c(kind) else _rule_of(kind))


def _rule_of(kind: type) -> Rule:
    return (
        _builtins.RULES.get(kind)
        or _code.RULES.get(kind)
        or _stdlib.exact_rule(kind)
        or _library_rule(kind)
        or _refused_rule(kind)
        or _family_rule(kind)
        or _stdlib.derived_rule(kind)
        or object_rule(kind)
    )


def _library_rule(kind: type) -> Rule | None:
    asked: set[str] = set()
    for base in kind.__mro__:
        root = module_of(base).partition(".")[0]
        if root in LIBRARIES and root not in asked:
            asked.add(root)
            library = _library(LIBRARIES[root])
            rule: Rule | None = library.rule_of(kind)
            if rule is not None:
                return rule
    return None


def _library(name: str) -> Any:
    """Load what knows a library."""
    return importlib.import_module(f"{__package__}._libraries.{name}")


def _refused_rule(kind: type) -> Rule | None:
    name = describe_type(kind)
    if any(module_of(base) in MOCKS for base in kind.__mro__):
        return refuse(f"{name} (a mock is equal to nothing but itself)")
    for base in kind.__mro__:
        if "__next__" in vars(base):
            native = not isinstance(vars(base)["__next__"], FunctionType)
            return refuse(f"{name} (an iterator would be used up)") if native else None
    return None


def _family_rule(kind: type) -> Rule | None:
    if issubclass(kind, type):
        return take_class
    if isinstance(kind, EnumMeta):
        return _builtins.take_enum
    if issubclass(kind, ModuleType):
        return _builtins.take_module
    if any("_sa_class_manager" in vars(base) for base in kind.__mro__):
        library = _library("_sqlalchemy")
        mapped: Rule | None = library.mapped_rule(kind)
        return mapped
    if any("__attrs_attrs__" in vars(base) for base in kind.__mro__):
        return attrs_rule(kind)
    return None
