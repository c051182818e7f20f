"""Whatever a configuration says, it means something, or is refused with words that quote it."""

from __future__ import annotations

import argparse
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_mimic._target import expand, find_raw, merge_lines, parse_target_line
from pytest_mimic.errors import MimicUsageError

WORDS = "m f C get größe ﬁnd _x __p __init__ lambda * 1f <locals> x-y é e\u0301 None self f()"
ODD = ["", "a" * 300, "\U0001d4bb", "\u200b", "\ud800", "\x00"]
NAMES = st.sampled_from(WORDS.split() + ODD) | st.text(max_size=3)
PATHS = st.lists(NAMES, max_size=4).map(".".join)
EXPRESSIONS = st.one_of(
    st.tuples(PATHS, PATHS).map(":".join), PATHS, st.lists(PATHS, max_size=4).map(":".join)
)
NUMBERS = st.sampled_from(["0", "1e-6", "-0", "1", "1e400", "nan", "inf", "0x1", "\u0661"])
OPTIONS = st.one_of(
    st.just("sequence"),
    st.lists(NAMES, max_size=3).map(lambda names: "ignore=" + ",".join(names)),
    (NUMBERS | st.floats().map(str)).map("rtol=".__add__),
    st.sampled_from(["ignore", "rtol", "sequence=1", "=", "#", "ignore=a=b", "ignore=*a,**b"]),
    st.text(max_size=4),
)
BLANKS = st.sampled_from([" ", "\t", "  ", "\u3000", "\x1f", "\n", "\r", "\x85"])
LINES = st.tuples(EXPRESSIONS, st.lists(st.tuples(BLANKS, OPTIONS), max_size=3)).map(
    lambda parts: parts[0] + "".join(map("".join, parts[1]))
) | st.text(max_size=12)


def written(line: Any) -> str:
    """A line as its meaning would be written."""
    words = [line.expression]
    words += [f"ignore={','.join(sorted(line.ignore))}"] if line.ignore else []
    words += ["sequence"] if line.sequence else []
    words += [f"rtol={line.rtol!r}"] if line.rtol else []
    return " ".join(words)


@given(LINES)
def test_a_line_means_something_or_is_quoted(text: str) -> None:
    line = refusal = None
    try:
        line = parse_target_line(text)
    except MimicUsageError as error:
        refusal = str(error)
    if line is None:
        assert refusal
        assert repr(text.strip()) in refusal
        assert "my_module:fetch" in refusal
        return
    again = parse_target_line(written(line))
    assert again._replace(text="") == line._replace(text="")
    assert line.text == text.strip()
    assert line.starred == line.expression.endswith("*")
    assert line.expression == unicodedata.normalize("NFKC", line.expression)
    assert all(map(line.qualname_in, line.modules()))
    merge_lines([line, again])


@given(LINES, LINES)
def test_two_lines_agree_or_are_both_quoted(one: str, other: str) -> None:
    refusal = ""
    try:
        lines = [parse_target_line(text) for text in (one, other)]
    except MimicUsageError:
        return
    try:
        merged = merge_lines(lines)
    except MimicUsageError as error:
        refusal = str(error)
    if refusal:
        assert all(repr(line.text) in refusal for line in lines)
    else:
        assert {line.expression for line in merged} == {line.expression for line in lines}


@given(LINES, st.sampled_from([argparse, st, object(), pytest]))
def test_a_line_meets_any_module(text: str, module: Any) -> None:
    try:
        line = parse_target_line(text)
    except MimicUsageError:
        return
    for target in expand(line, module, line.modules()[0]):
        found = find_raw(module, target.qualname)
        assert found is None or found.name
