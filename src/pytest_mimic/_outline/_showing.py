"""Write outlines as a person would write the values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from pytest_mimic._outline._making import LITERALS, REDACTED

_BRACKETS: Final = {"list": "[]", "tuple": "()", "set": "{}", "dict": "{}"}
_BARE: Final = frozenset(
    {
        "NoneType",
        "bool",
        "int",
        "float",
        "complex",
        "bytes",
        "range",
        "ellipsis",
        "NotImplementedType",
        "function",
        "builtin_function_or_method",
        "type",
        "module",
        "abc.ABCMeta",
        "enum.EnumMeta",
        "enum.EnumType",
    }
)
_MOST_PARTS: Final = 6
_LONGEST: Final = 60
_LONGEST_CALL: Final = 200
_LEAST: Final = 12


def show(told: Any, longest: int = _LONGEST) -> str:
    """Write an outline as one short line.

    Args:
        told: The outline.
        longest: Its most characters.

    Returns:
        ``0.1``, ``'text'``, ``float64 (100, 3)``, ``[1, 2, ...]``, ``Client(url='...')``.
    """
    told = unfolded(told)
    if told == REDACTED:
        return REDACTED
    if "cycle" in told:
        return "..."
    if "value" in told:
        return _value(told, longest)
    if "shape" in told or "columns" in told:
        return _array(told)
    return _container(told, longest)


def unfolded(told: Any) -> Any:
    """Write an outline that stands as a plain literal in full.

    Args:
        told: The outline.

    Returns:
        An object, or the word for what is redacted.
    """
    if type(told) is dict or told == REDACTED:
        return told
    return {"type": LITERALS.get(type(told), "?"), "value": told}


def describe_call(
    target: str,
    arguments: Mapping[str, Any],
    order: Sequence[str] = (),
    longest: int = _LONGEST_CALL,
) -> str:
    """Write a call in the user's own terms.

    Args:
        target: The target's configured name.
        arguments: The outlines of its arguments, as ``outline_arguments`` or a card has them.
        order: The names of its parameters, if known; else they stand as in ``arguments``.
        longest: The most characters.

    Returns:
        ``my_module:fetch(user_id=1, verbose=False)``.
    """
    places = {name: place for place, name in enumerate(order)}
    owners = [name for name in arguments if _is_owner(name, arguments[name], order)]
    names = sorted(
        arguments, key=lambda name: (name not in owners, places.get(name.lstrip("*"), 0))
    )
    # What stands before further positional arguments is positional itself.
    share = max(_LONGEST, (longest - len(target)) // max(1, len(names)))
    several = next((name for name in names if _are_given(name, arguments[name])), None)
    last = names.index(several) if order and several else -1
    texts = [
        text
        for place, name in enumerate(names)
        for text in _argument(
            name, arguments[name], share, is_positional=place <= last or name in owners
        )
    ]
    return f"{target}({_joined(texts, longest - len(target) - 2)})"


def _is_owner(name: str, told: Any, order: Sequence[str]) -> bool:
    """Tell whether this is what a method was called on: functions have a ``cls`` of theirs, too."""
    if name not in ("self", "cls"):
        return False
    if order:
        return order[0] == name
    return type(told) is not dict or told.get("type") not in LITERALS.values()


def _are_given(name: str, told: Any) -> bool:
    """Tell whether these are further positional arguments, and there are any."""
    is_several = name.startswith("*") and not name.startswith("**")
    return is_several and (type(told) is not dict or bool(told.get("length")))


def _argument(name: str, told: Any, longest: int, *, is_positional: bool) -> Iterator[str]:
    items = told.get("items", {}) if type(told) is dict else None
    if name.startswith("**") and type(items) is dict:
        for step, item in items.items():
            yield f"{step}={show(item, longest)}"
    elif name.startswith("**"):
        yield f"**{show(told, longest)}"
    elif name.startswith("*"):
        if _are_given(name, told):
            yield from _further(told) if is_positional else [f"*{show(told, longest)}"]
    elif is_positional:
        yield show(told, longest)
    else:
        yield f"{name}={show(told, longest)}"


def _further(told: Any) -> Iterator[str]:
    items = told.get("items", ()) if type(told) is dict else ()
    if items and told.get("length") == len(items):
        yield from map(show, items)
    else:
        yield f"*{show(told)}"


def _joined(texts: Sequence[str], longest: int) -> str:
    """Join texts by commas, as many as there is room for."""
    kept: list[str] = []
    room = max(longest, _LEAST)
    for text in texts:
        if len(text) + 2 > room:
            kept.append("...")
            break
        kept.append(text)
        room -= len(text) + 2
    return ", ".join(kept)


def _value(told: dict[str, Any], longest: int) -> str:
    kind, value = told["type"], told["value"]
    length = f" ({told['length']} characters)" if "length" in told else ""
    if kind == "str":
        return _cut(repr(value), longest) + length
    text = value if type(value) is str else repr(value)
    if kind in _BARE or text.startswith(_short(kind) + "."):
        return _cut(text, longest)
    return f"{_short(kind)}({_cut(text, longest)})"


def _array(told: dict[str, Any]) -> str:
    kind = _short(told["type"])
    words = [] if kind == "ndarray" and "dtype" in told else [kind]
    if "dtype" in told:
        words.append(told["dtype"])
    sizes = ["?" if size is None else str(size) for size in told.get("shape", ())]
    words.append(f"({sizes[0]},)" if len(sizes) == 1 else f"({', '.join(sizes)})")
    return " ".join(words)


def _container(told: dict[str, Any], longest: int) -> str:
    kind = _short(told["type"])
    items = told["items"] if type(told.get("items")) is list else ()
    texts = [show(item, longest // 2) for item in items]
    for group, form in (("items", "{!r}: {}"), ("entries", "{}: {}"), ("attributes", "{}={}")):
        if type(told.get(group)) is dict:
            texts += [
                form.format(step, show(item, max(_LEAST * 2, longest // 2)))
                for step, item in told[group].items()
            ]
    shown = texts[:_MOST_PARTS]
    inner = _joined(shown, longest - 2)
    if max(told.get("length", 0), len(texts)) > len(shown) and not inner.endswith("..."):
        inner += ", ..." if inner else "..."
    if kind == "tuple" and told.get("length") == 1 and texts:
        inner += ","
    if kind in _BRACKETS and not (kind == "set" and not inner):
        return f"{_BRACKETS[kind][0]}{inner}{_BRACKETS[kind][1]}"
    return f"{kind}({inner})" if inner or "length" in told else f"<{kind}>"


def _short(kind: str) -> str:
    return str(kind).rpartition(".")[2]


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 3] + "..."
