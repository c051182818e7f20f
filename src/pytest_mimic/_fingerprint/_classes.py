"""Classes: by where they live; where that is no name, by what they are."""

from __future__ import annotations

import copyreg
import dataclasses
import types
from collections.abc import Callable, Mapping
from enum import EnumMeta
from typing import Any, Final

from pytest_mimic._fingerprint._nodes import Parts, State
from pytest_mimic._fingerprint._references import reference
from pytest_mimic._fingerprint._source import clean_docstring

MACHINERY: Final = frozenset(
    {
        "abc",
        "attr._make",
        "collections",
        "dataclasses",
        "enum",
        "functools",
        "reprlib",
        "types",
        "typing",
    }
)
"""Modules that put functions of their own into the classes that they make."""

BOOKKEEPING: Final = frozenset(
    {"_abc_impl", "_is_protocol", "_is_runtime_protocol", "_field_defaults", "_fields_defaults"}
)

TELLING: Final = frozenset({"__slots__", "__hash__"})
"""Special attributes that are no functions but say how a class behaves."""

TELLING_TYPES: Final = (types.FunctionType, staticmethod, classmethod, property)
DESCRIPTORS: Final = (types.MemberDescriptorType, types.GetSetDescriptorType)
FIELD_TRAITS: Final = ("init", "repr", "hash", "compare", "kw_only")

CLASS_TRAITS: Final = ("init", "repr", "eq", "order", "unsafe_hash", "frozen")
MODEL_FIELD_TRAITS: Final = (
    "annotation",
    "default_factory",
    "alias",
    "title",
    "description",
    "examples",
    "discriminator",
    "json_schema_extra",
    "metadata",
)
ATTRS_METHODS: Final = ("__init__", "__repr__", "__eq__")
ATTRS_TRAITS: Final = {
    "repr": True,
    "eq": True,
    "eq_key": None,
    "order": True,
    "hash": None,
    "kw_only": False,
    "on_setattr": None,
}
STRUCT_TRAITS: Final = {
    "frozen": False,
    "eq": True,
    "order": False,
    "array_like": False,
    "tag": None,
    "tag_field": None,
    "omit_defaults": False,
    "forbid_unknown_fields": False,
}
MADE_DOCSTRINGS: Final = frozenset({"An enumeration."})
"""Docstrings that some Pythons give to classes without one."""


def take_class(value: type) -> tuple[str, object]:
    """A class.

    Where it cannot be imported by its name, it is what its metaclass has pickles say of it, or else
    its bases and what its body says: its functions by their source, all else by value.
    """
    name = reference(value)
    if name is not None:
        return "class", name
    reduce = copyreg.dispatch_table.get(type(value))
    if reduce is not None:
        return "class as made", reduce(value)
    parametrised = vars(value).get("__pydantic_generic_metadata__")
    if parametrised and parametrised["origin"] is not None:
        return "generic class", Parts((parametrised["origin"], parametrised["args"]))
    return "class by value", Parts(
        (
            value.__qualname__,
            type(value),
            value.__bases__,
            _content(value),
            _members(value),
            *_appearance(value),
        )
    )


def _appearance(value: type) -> tuple[object, ...]:
    """What tells people what a class is for, and programs that describe it to others."""
    docstring = clean_docstring(value)
    if docstring.startswith(f"{value.__name__}(") or docstring in MADE_DOCSTRINGS:
        docstring = ""
    annotations = vars(value).get("__annotations__")
    named = State(annotations) if type(annotations) is dict else None
    return (docstring, named) if docstring or named else ()


def _content(value: type) -> object:
    """What the machinery that made a class made it of."""
    if isinstance(value, EnumMeta):
        members: Any = value.__members__
        return [(name, member._value_) for name, member in members.items()]
    if issubclass(value, tuple) and "_fields" in vars(value):
        return Parts((vars(value)["_fields"], vars(value).get("_field_defaults")))
    if "__struct_config__" in vars(type(value)):
        return _of_struct(value)
    made = next(filter(vars(value).__contains__, MADE_OF), None)
    return None if made is None else MADE_OF[made](value)


def _of_dataclass(value: Any) -> Parts:
    fields = [_describe_field(field) for field in dataclasses.fields(value)]
    return Parts((fields, [getattr(value.__dataclass_params__, each) for each in CLASS_TRAITS]))


def _of_attrs(value: Any) -> object:
    fields = [
        Parts((each.name, each.init, _default(each.default), each.converter, each.validator))
        for each in value.__attrs_attrs__
    ]
    unusual = [trait for each in value.__attrs_attrs__ for trait in _unusual_traits(each)]
    # The methods that attrs wrote, or did not: their code says nothing new.
    methods = [name for name in ATTRS_METHODS if name in vars(value)]
    frozen = value.__setattr__.__name__ == "_frozen_setattrs"
    if methods == list(ATTRS_METHODS) and not (unusual or frozen):
        return fields
    return Parts((fields, unusual, methods, frozen))


def _unusual_traits(field: Any) -> list[Parts]:
    told = _unusual(field, ATTRS_TRAITS)
    if field.metadata:
        told["metadata"] = dict(field.metadata)
    alias = getattr(field, "alias", None)
    if alias != field.name.lstrip("_"):
        told["alias"] = alias
    return [Parts((field.name, trait, held)) for trait, held in told.items()]


def _unusual(described: Any, traits: Mapping[str, object]) -> dict[str, object]:
    """The traits of a field or a class that are other than they are where nobody chose them."""
    told = {trait: getattr(described, trait, usual) for trait, usual in traits.items()}
    return {trait: held for trait, held in told.items() if held != traits[trait]}


def _of_struct(value: Any) -> Parts | None:
    """A class of msgspec: its defaults and options; one without any is what its members say."""
    unusual = _unusual(value.__struct_config__, STRUCT_TRAITS)
    defaults = [
        (type(each).__name__, _default(getattr(each, "factory", each)))
        for each in value.__struct_defaults__
    ]
    encoded = value.__struct_encode_fields__
    if not (unusual or defaults) and encoded == value.__struct_fields__:
        return None
    return Parts((defaults, unusual, encoded))


def _of_pydantic(value: Any) -> Parts:
    fields = [
        (name, _describe_model_field(each)) for name, each in value.__pydantic_fields__.items()
    ]
    # Which functions look at which fields, and when.
    looked_at = [
        (name, kind, getattr(each.info, "fields", None), getattr(each.info, "mode", None))
        for kind in ("field_validators", "model_validators", "field_serializers", "validators")
        for name, each in getattr(value.__pydantic_decorators__, kind).items()
    ]
    return Parts((fields, value.model_config, *([looked_at] if looked_at else [])))


def _of_typed_dict(value: Any) -> Parts:
    return Parts((sorted(value.__required_keys__), sorted(value.__optional_keys__)))


MADE_OF: Final[dict[str, Callable[[Any], object]]] = {
    "__dataclass_fields__": _of_dataclass,
    "__attrs_attrs__": _of_attrs,
    "__pydantic_fields__": _of_pydantic,
    "__total__": _of_typed_dict,
}
"""What has made a class leaves this in it -> what it was made of."""


def _describe_field(field: dataclasses.Field[Any]) -> Parts:
    traits = tuple(getattr(field, trait) for trait in FIELD_TRAITS)
    default = _default(field.default)
    factory = _default(field.default_factory)
    return Parts((field.name, default, factory, traits, dict(field.metadata)))


def _describe_model_field(field: Any) -> Parts:
    default = _default(field.default)
    return Parts((default, *(getattr(field, trait, None) for trait in MODEL_FIELD_TRAITS)))


def _default(value: Any) -> object:
    """A default; each that makes classes of fields has a sentinel of its own for none."""
    missing = value is dataclasses.MISSING or type(value).__name__ in (
        "_Nothing",
        "NoDefaultType",
        "PydanticUndefinedType",
    )
    return Parts(() if missing else (value,))


def _members(value: type) -> State:
    if isinstance(value, EnumMeta):
        return State(_functions(value))
    members = {name: item for name, item in vars(value).items() if _is_telling(name, item, value)}
    return State(members)


def _functions(value: type) -> dict[str, object]:
    return {
        name: item
        for name, item in vars(value).items()
        if isinstance(item, TELLING_TYPES) and not _is_made(item, value)
    }


def _is_telling(name: str, item: object, kind: type) -> bool:
    if name in BOOKKEEPING or isinstance(item, DESCRIPTORS) or _is_made(item, kind):
        return False
    if name.startswith("__pydantic_") or name in ("model_fields", "model_config"):
        return False
    if type(item).__name__ == "_tuplegetter":
        return False
    if name.startswith("__") and name.endswith("__"):
        return isinstance(item, TELLING_TYPES) or name in TELLING
    return True


def _is_made(item: object, kind: type) -> bool:
    """Whether a function was put into a class by what made the class; it says nothing new."""
    function: Any = item
    if isinstance(item, staticmethod | classmethod):
        function = item.__func__
    elif isinstance(item, property):
        function = item.fget
    if not isinstance(function, types.FunctionType):
        return False
    if function.__globals__.get("__name__") in MACHINERY:
        return True
    made = "__dataclass_fields__", "__attrs_attrs__", "_fields", "__pydantic_fields__"
    return function.__code__.co_filename.startswith("<") and any(map(vars(kind).__contains__, made))
