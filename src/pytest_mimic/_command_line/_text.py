"""Recordings as lines of text."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from pytest_mimic._command_line._views import View, digest, view
from pytest_mimic._outcome import inert_contents
from pytest_mimic._outline import show
from pytest_mimic._quantities import size
from pytest_mimic.errors import UnreplayableOutcomeError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from typing_extensions import Buffer

    from pytest_mimic._command_line._arrays import Array
    from pytest_mimic._outcome import Contents, Step

# Characters.
_WIDTH = 88
_DEEPEST = 40
_MOST_OF_ARRAY = 12


def payload_text(payload: Buffer, most: int) -> Iterator[str]:
    """Writes what a payload holds, without running anything of it.

    Args:
        payload: Its bytes.
        most: The most lines of each outcome; a line with a digest stands for all of the payload.

    Yields:
        The lines.
    """
    data = memoryview(payload)
    yield f"payload of {size(len(data))}, {digest(data)}"
    try:
        for step, contents in inert_contents(data):
            lines = contents_text(step, contents)
            yield from islice(lines, most)
            if next(lines, None) is not None:
                yield f"... (more than {most} lines)"
    except UnreplayableOutcomeError as error:
        yield str(error)


def contents_text(step: Step | None, contents: Contents) -> Iterator[str]:
    """Writes how a call, or one step of a stream, ended.

    Args:
        step: The step, of a stream.
        contents: What it gave.
    """
    if step is None:
        how = f"{contents.awaited}, awaited: " if contents.awaited else ""
        yield from lines_of(contents.value, f"{how}{contents.kind} ")
    else:
        yield from lines_of(contents.value, f"{step.asked}: {step.ended} ")
    for path, value in contents.changes:
        yield from lines_of(value, f"changed {path}: ")
    if contents.random:
        yield f"drew random numbers: {', '.join(contents.random)}"
    for what, content in contents.emissions:
        yield from lines_of(content, f"emitted {what}: ")


def arguments_text(arguments: Mapping[str, Any]) -> Iterator[str]:
    """Writes the arguments of a call, as its card tells of them."""
    for name, told in arguments.items():
        yield f"{name} = {show(told, _WIDTH)}"


def lines_of(
    value: object, label: str = "", indent: str = "", above: tuple[int, ...] = ()
) -> Iterator[str]:
    """Writes a value, each of its parts on a line of its own unless all fit on one.

    Args:
        value: One that was read without running anything.
        label: What stands before it.
        indent: What stands before each line.
        above: The ids of the values that it is a part of.
    """
    if id(value) in above or len(above) > _DEEPEST:
        yield f"{indent}{label}..."
        return
    seen = view(value)
    flat = one_line(seen, _WIDTH - len(indent) - len(label))
    if flat is not None or not seen.brackets:
        yield f"{indent}{label}{flat or seen.head}"
        return
    head = f"{seen.head} " if seen.array is not None else seen.head
    yield f"{indent}{label}{head}{seen.brackets[0]}"
    if seen.array is not None:
        yield from (f"{indent}  {line}" for line in _cells(seen.array))
    for part in seen.parts:
        yield from lines_of(part.value, part.label, f"{indent}  ", (*above, id(value)))
    yield f"{indent}{seen.brackets[1]}"


def one_line(seen: View, room: int) -> str | None:
    """Writes what was seen of a value on one line.

    Args:
        seen: It.
        room: The characters there are for it.

    Returns:
        The line; None where it does not fit.
    """
    if not seen.brackets:
        return seen.head if len(seen.head) <= room else None
    room -= len(seen.head) + 2
    texts: list[str] = []
    if seen.array is not None:
        cells = _cell_texts(seen.array)
        texts = list(islice(cells, max(room, 0)))
        room -= sum(len(text) + 1 for text in texts)
    for part in seen.parts:
        # Ahead of looking at it: what is nested deeply ends here.
        room -= len(part.label) + 2 * bool(texts)
        text = one_line(view(part.value), room) if room > 0 else None
        if text is None:
            return None
        room -= len(text)
        texts.append(part.label + text)
    inner = " ".join(texts) if seen.array is not None else ", ".join(texts)
    if room < 0:
        return None
    gap = " " if seen.array is not None else ""
    comma = "," if seen.brackets == "()" and not seen.head and len(texts) == 1 else ""
    return f"{seen.head}{gap}{seen.brackets[0]}{inner}{comma}{seen.brackets[1]}"


def brief(value: object, room: int = 60) -> str:
    """Writes a value as shortly as may be."""
    seen = view(value)
    return one_line(seen, room) or f"{seen.head}{seen.brackets[:1]}...{seen.brackets[1:]}"


def _cells(array: Array) -> Iterator[str]:
    """Fills lines with the cells of an array; a digest stands for those beyond the first lines."""
    lines = _filled(_cell_texts(array))
    yield from islice(lines, _MOST_OF_ARRAY)
    if next(lines, None) is not None:
        yield f"... of all {digest(array.data)}"


def _filled(texts: Iterator[str]) -> Iterator[str]:
    line = ""
    for text in texts:
        if line and len(line) + len(text) >= _WIDTH:
            yield line
            line = ""
        line += f" {text}" if line else text
    yield line


def _cell_texts(array: Array) -> Iterator[str]:
    cells = array.cells()
    return iter([digest(array.data)]) if cells is None else map(repr, cells)
