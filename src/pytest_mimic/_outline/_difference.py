"""How two outlines differ, path by path."""

from __future__ import annotations

import dataclasses
import json
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, takewhile
from typing import Any, Final

from pytest_mimic._outline._contents import parted
from pytest_mimic._outline._making import REDACTED
from pytest_mimic._outline._showing import show, unfolded

_MOST: Final = 20
_OTHER_CONTENTS: Final = "same type and {}, different contents"
# Characters: how far two texts must agree for their beginning to be left out, and what is kept.
_FAR: Final = 30
_BEFORE: Final = 12
# In Python's eyes 1, 1.0 and True are equal; as JSON they are not.
_TEXT: Final = json.JSONEncoder(sort_keys=True).encode
_SIMPLE: Final = ("value", "dtype", "shape", "stored", "name", "bits", "flags")


@dataclasses.dataclass(frozen=True, slots=True)
class Difference:
    """One difference between a recorded call and the present one.

    Args:
        path: Where it is: ``config['model']['lr']``.
        recorded: What was recorded there; None where that cannot be said.
        called: What the call has there; None where that cannot be said.
        note: What can be said instead.
        more: What is to be added.
    """

    path: str
    recorded: str | None = None
    called: str | None = None
    note: str = ""
    more: str = ""

    def __str__(self) -> str:
        if self.note:
            return f"{self.path}: {self.note}"
        return f"{self.path}: recorded {self.recorded}, called with {self.called}{self.more}"


def differences(
    recorded: Mapping[str, Any], called: Mapping[str, Any], most: int = _MOST
) -> list[Difference]:
    """Compare the arguments of two calls.

    Args:
        recorded: Their outlines on the card.
        called: Their outlines in the present call.
        most: How many differences to tell at the most.

    Returns:
        The differences, by the call's order of parameters.
    """
    return list(islice(_of_arguments(recorded, called), most))


def nearest(recorded: Sequence[Mapping[str, Any]], called: Mapping[str, Any]) -> int:
    """Find the recording that is nearest to a call, the first of several.

    That is the one of which the fewest arguments differ, and these in the fewest places.

    Args:
        recorded: The outlines on the cards of the recordings, at least one.
        called: The outlines in the present call.

    Returns:
        The place of the nearest.
    """
    found, fewest, least = 0, sys.maxsize, sys.maxsize
    for place, outlines in enumerate(recorded):
        names = outlines.keys() | called.keys()
        apart = [name for name in names if not is_same(outlines.get(name), called.get(name))]
        if len(apart) > fewest:
            continue
        most = least if len(apart) == fewest else sys.maxsize
        places = _places([outlines.get(name) for name in apart], [*map(called.get, apart)], most)
        if places < most:
            found, fewest, least = place, len(apart), places
    return found


def _places(recorded: Any, called: Any, most: int) -> int:
    """Count the places where two outlines differ; what they say there is not looked at.

    Of many recordings few are near, so the count need not go further than ``most``.
    """
    if recorded == called:
        return 0
    if type(recorded) is dict and type(called) is dict:
        keys = recorded.keys() | called.keys()
        count, pairs = 0, [(recorded.get(key), called.get(key)) for key in keys]
    elif type(recorded) is list and type(called) is list:
        count, pairs = abs(len(recorded) - len(called)), [*zip(recorded, called, strict=False)]
    else:
        # What is redacted, or of another kind, is no nearer than what differs in all that it tells.
        return max(_told(recorded), _told(called))
    for pair in pairs:
        if count >= most:
            break
        count += _places(*pair, most - count)
    return count


def _told(outline: Any) -> int:
    """Count the places in an outline."""
    if type(outline) is dict:
        return sum(map(_told, outline.values()))
    return sum(map(_told, outline)) if type(outline) is list else 1


def is_same(recorded: Any, called: Any) -> bool:
    """Tell whether two outlines are the same, types of numbers and signs of zeros included."""
    return bool(recorded == called) and _TEXT(recorded) == _TEXT(called)


def _of_arguments(recorded: Mapping[str, Any], called: Mapping[str, Any]) -> Iterator[Difference]:
    found = False
    for name in [*called, *(name for name in recorded if name not in called)]:
        path = name.lstrip("*")
        if name not in recorded:
            found = True
            yield Difference(path, note=f"a new parameter, called with {show(called[name])}")
        elif name not in called:
            found = True
            yield Difference(path, note=f"no parameter any more, recorded {show(recorded[name])}")
        else:
            for difference in _of_argument(path, recorded[name], called[name]):
                found = True
                yield difference
    if not found:
        for name in called:
            if called[name] == REDACTED:
                yield Difference(name.lstrip("*"), note="redacted, so it may differ")


def _of_argument(path: str, recorded: Any, called: Any) -> Iterator[Difference]:
    found = False
    for difference in _of_outlines(path, recorded, called):
        found = True
        yield difference
    if found or type(recorded) is not dict or type(called) is not dict:
        return
    if recorded.get("digest") != called.get("digest"):
        form = "shape" if "shape" in called else "length" if "length" in called else "outline"
        yield Difference(path, note=_OTHER_CONTENTS.format(form))


def _of_outlines(path: str, recorded: Any, called: Any) -> Iterator[Difference]:
    recorded, called = unfolded(recorded), unfolded(called)
    if is_same(recorded, called):
        return
    if REDACTED in (recorded, called):
        yield Difference(path, show(recorded), show(called))
        return
    if recorded.get("type") != called.get("type"):
        yield _of_types(path, recorded, called)
        return
    if not all(is_same(recorded.get(word), called.get(word)) for word in _SIMPLE):
        yield _of_values(path, recorded, called)
        yield from _of_columns(path, recorded, called)
        return
    found = False
    for difference in (
        *_of_columns(path, recorded, called),
        *_of_contents(path, recorded, called),
        *_of_parts(path, recorded, called),
    ):
        found = True
        yield difference
    if not found and recorded.get("length") != called.get("length"):
        yield _of_values(path, recorded, called)


def _of_columns(
    path: str, recorded: dict[str, Any], called: dict[str, Any]
) -> Iterator[Difference]:
    before, now = recorded.get("columns", {}), called.get("columns", {})
    for name in [*now, *(name for name in before if name not in now)]:
        dtypes = before.get(name, "nothing"), now.get(name, "nothing")
        if dtypes[0] != dtypes[1]:
            yield Difference(f"{path}[{name!r}]", *dtypes)


def _of_contents(
    path: str, recorded: dict[str, Any], called: dict[str, Any]
) -> Iterator[Difference]:
    """Compare the contents of arrays and frames, as far as outlines tell of them."""
    shape = called.get("shape", ())
    if not all(shape):
        # What has no cells, or who knows how many, tells of none unless somebody edited its card.
        shape = ()
    if "values" in recorded and "values" in called:
        yield from _of_values_in(path, recorded["values"].split(), called["values"].split(), shape)
    elif "cells" in recorded and recorded["cells"] != called.get("cells", recorded["cells"]):
        yield from _of_cells(path, recorded["cells"], called["cells"], shape)
    before, now = recorded.get("contents", {}), called.get("contents", {})
    for name in now:
        # With other columns beside it, a column is told of in more or fewer blocks.
        is_comparable = name in before and len(before[name]) == len(now[name])
        if is_comparable and now[name] != before[name]:
            yield from _of_cells(f"{path}[{name!r}]", before[name], now[name], shape[:1])
    if recorded.get("index", called.get("index")) != called.get("index", recorded.get("index")):
        yield Difference(f"{path}.index", note="different")


def _of_values_in(
    path: str, recorded: list[str], called: list[str], shape: Sequence[int]
) -> Iterator[Difference]:
    pairs = list(zip(recorded, called, strict=False))
    apart = [place for place, pair in enumerate(pairs) if pair[0] != pair[1]]
    if apart:
        more = f" (the first of {len(apart)} of {len(pairs)} cells that differ)"
        if len(apart) == 1:
            more = f" (the only one of {len(pairs)} cells to differ)"
        yield Difference(
            path + _subscript(apart[0], shape),
            *pairs[apart[0]],
            more=more if len(pairs) > 1 else "",
        )


def _of_cells(path: str, recorded: str, called: str, shape: Sequence[int]) -> Iterator[Difference]:
    size = math.prod(shape)
    found = parted(recorded, called, size)
    if found is None:
        form = "shape" if len(shape) > 1 else "length"
        yield Difference(path, note=_OTHER_CONTENTS.format(form))
        return
    count, first, last, is_exact = found
    where = _subscript(first, shape)
    if is_exact:
        note = f"{count} of {size} cells {'differs' if count == 1 else 'differ'}, the first {where}"
    else:
        several = f"at least {count} of {size} cells {'differs' if count == 1 else 'differ'}"
        note = f"{several}, the first within {where} to {_subscript(last, shape)}"
    yield Difference(path, note=note)


def _subscript(place: int, shape: Sequence[int]) -> str:
    """Write the place of a cell in an array: ``[0, 2]``."""
    index: list[str] = []
    for size in reversed(shape):
        place, step = divmod(place, size)
        index.insert(0, str(step))
    return f"[{', '.join(index)}]" if index else ""


def _of_types(path: str, recorded: dict[str, Any], called: dict[str, Any]) -> Difference:
    texts = show(recorded), show(called)
    if texts[0] == texts[1]:
        texts = f"{recorded.get('type')} {texts[0]}", f"{called.get('type')} {texts[1]}"
    return Difference(path, *texts)


def _of_values(path: str, recorded: dict[str, Any], called: dict[str, Any]) -> Difference:
    texts = show(recorded), show(called)
    if recorded.get("type") == "str":
        texts = _excerpts(recorded, called)
    if texts[0] == texts[1]:
        texts = _with_length(recorded), _with_length(called)
    return Difference(path, *texts)


def _excerpts(recorded: dict[str, Any], called: dict[str, Any]) -> tuple[str, str]:
    """Show two texts from shortly before the place where they part."""
    values = recorded.get("value", ""), called.get("value", "")
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(*values, strict=False)))
    start = max(0, shared - _BEFORE) if shared > _FAR else 0
    first, second = (
        show(told | {"value": ("..." if start else "") + value[start:]})
        for told, value in zip((recorded, called), values, strict=True)
    )
    return first, second


def _with_length(told: dict[str, Any]) -> str:
    size = told.get("length", told.get("bits", "?"))
    return f"{told.get('type')} of {size}"


def _of_parts(path: str, recorded: dict[str, Any], called: dict[str, Any]) -> Iterator[Difference]:
    for group, form in (
        ("items", "[{!r}]"),
        ("entries", "[{}]"),
        ("attributes", ".{}"),
    ):
        mine, other = called.get(group), recorded.get(group)
        if is_same(mine, other):
            continue
        if type(mine) is list or type(other) is list:
            yield from _of_elements(path, recorded, called)
            continue
        mine, other = mine or {}, other or {}
        for step in sorted({*mine, *other}):
            yield from _of_part(path + form.format(step), other, mine, step)


def _of_part(
    path: str, recorded: Mapping[str, Any], called: Mapping[str, Any], step: str
) -> Iterator[Difference]:
    if step in recorded and step in called:
        yield from _of_outlines(path, recorded[step], called[step])
    elif step in called:
        yield Difference(path, "nothing", show(called[step]))
    else:
        yield Difference(path, show(recorded[step]), "nothing")


def _of_elements(
    path: str, recorded: dict[str, Any], called: dict[str, Any]
) -> Iterator[Difference]:
    if recorded.get("length") != called.get("length") or called["type"] in ("set", "frozenset"):
        yield _of_values(path, recorded, called)
        return
    pairs = zip(recorded.get("items", ()), called.get("items", ()), strict=False)
    for place, (other, mine) in enumerate(pairs):
        yield from _of_outlines(f"{path}[{place}]", other, mine)
