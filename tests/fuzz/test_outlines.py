"""Whatever a card has in the place of an outline is refused, or can be shown and compared."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pytest_mimic._command_line._difference import of_arguments
from pytest_mimic._command_line._text import arguments_text
from pytest_mimic._outline import describe_call, differences, is_outline, nearest

WORDS = (
    "<redacted> AAAA AAAAAAAB A ! digest str int list dict set tuple numpy.ndarray m.C "
    "pandas.DataFrame"
)
TEXTS = st.sampled_from([*WORDS.split(), "", "\x00", "\ud800", "\xe9" * 80, "0.0 1.0", "digest a"])
COUNTS = st.sampled_from([0, 1, 2, 3, 10**10, 10**400, -1])
LITERALS = st.none() | st.booleans() | COUNTS | st.floats() | TEXTS


def outlines(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Outlines, sound but for what stands now and then in the place of one of their words."""
    names = st.sampled_from(["a", "b", "'a'"])
    parts = st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3)
    words = {
        "value": LITERALS,
        "shape": st.lists(st.none() | COUNTS, max_size=3),
        **dict.fromkeys(("dtype", "name", "values", "cells", "index", "digest"), TEXTS),
        **dict.fromkeys(("length", "bits", "flags", "stored"), COUNTS),
        **dict.fromkeys(("columns", "contents"), st.dictionaries(names, TEXTS, max_size=2)),
        **dict.fromkeys(("items", "entries", "attributes"), parts),
        "cycle": st.booleans(),
    }
    sound = st.fixed_dictionaries({"type": TEXTS}, optional=words)
    wrong = st.dictionaries(st.sampled_from(["type", *words]), inner, max_size=3)
    return sound | st.tuples(sound, wrong).map(lambda pair: pair[0] | pair[1])


OUTLINES = st.recursive(LITERALS, outlines, max_leaves=12)
ARGUMENTS = st.dictionaries(
    st.sampled_from(["self", "x", "y", "*args", "**options"]), OUTLINES, max_size=3
)


@given(ARGUMENTS, ARGUMENTS)
def test_it_is_refused_or_understood(one: dict[str, Any], other: dict[str, Any]) -> None:
    sound = [each for each in (one, other) if all(map(is_outline, each.values()))]
    for each in sound:
        assert describe_call("m:f", each).startswith("m:f(")
        assert len(list(arguments_text(each))) == len(each)
        json.dumps(each)
        for second in sound:
            found = differences(each, second)
            assert all(map(str, found))
            assert nearest([each, second], second) in (0, 1)
            assert all(map(str, of_arguments(each, second)))
