"""What a configured line says."""

import keyword
import sys
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from pytest_mimic._target._raw import STAR
from pytest_mimic.errors import MimicUsageError

_EXAMPLE = "write it like 'my_module:fetch' or 'my_module:Client.get ignore=self'"


# Annotations here are no text (from __future__), which NamedTuple would compile at each start.
class TargetLine(NamedTuple):
    """One configured line.

    Args:
        text: The line as written, for messages.
        expression: The part before the options: ``module:qualname`` or dotted, maybe with a star.
        ignore: The parameters that stay out of the key and out of the vault.
        sequence: Whether the nth equal call replays the nth recording.
        rtol: The part of a number by which a live one may differ from the recorded one.
    """

    text: str
    expression: str
    ignore: frozenset[str] = frozenset()
    sequence: bool = False
    rtol: float = 0.0

    def modules(self) -> tuple[str, ...]:
        """The modules that the line may mean, shortest first: one, unless it is dotted."""
        module, colon, _ = self.expression.partition(":")
        if colon:
            return (module,)
        parts = self.expression.split(".")
        return tuple(".".join(parts[:count]) for count in range(1, len(parts)))

    def is_of_the_standard_library(self) -> bool:
        """Tell whether what the line names comes with Python."""
        return self.modules()[0].partition(".")[0] in sys.stdlib_module_names

    def qualname_in(self, module_name: str) -> str | None:
        """The part after the module, if that module is the one; None if the line cannot mean it."""
        for separator in ":.":
            prefix = module_name + separator
            if self.expression.startswith(prefix):
                rest = self.expression[len(prefix) :]
                return None if ":" in rest else rest
        return None

    @property
    def starred(self) -> bool:
        """Whether the line stands for any number of targets."""
        return self.expression.endswith(STAR)


class Target:
    """One concrete callable.

    Args:
        module: The module, by the name that it was configured under.
        qualname: The path to the callable inside the module.
        ignore: The parameters that stay out of the key and out of the vault.
        sequence: Whether the nth equal call replays the nth recording.
        line: The line that names it.

    Attributes:
        name: ``module:qualname``: what keys and the vault know it by.
    """

    # No tuple with names: Python takes ten times as long to make such a class, at each start.
    __slots__ = ("ignore", "line", "module", "name", "qualname", "sequence")

    def __init__(
        self,
        module: str,
        qualname: str,
        ignore: frozenset[str],
        sequence: bool,
        line: TargetLine,
    ) -> None:
        self.module = module
        self.qualname = qualname
        self.ignore = ignore
        self.sequence = sequence
        self.line = line
        self.name = f"{module}:{qualname}"


def parse_target_line(text: str) -> TargetLine:
    """Parses a configured line.

    Args:
        text: ``module:qualname [ignore=NAME[,NAME...]] [sequence] [rtol=NUMBER]``.

    Raises:
        MimicUsageError: It is malformed.
    """
    words = text.split()
    if not words:
        raise _malformed(text, "it is empty")
    expression = _parse_expression(text, words[0])
    ignore: frozenset[str] = frozenset()
    sequence = False
    rtol = 0.0
    seen = set()
    for word in words[1:]:
        option, equals, value = word.partition("=")
        if option in seen:
            raise _malformed(text, f"{option!r} is given twice")
        seen.add(option)
        if option == "ignore":
            ignore = _parse_ignore(text, value)
        elif option == "sequence" and not equals:
            sequence = True
        elif option == "rtol":
            rtol = _parse_rtol(text, value)
        else:
            known = "ignore=NAME, sequence and rtol=NUMBER are all"
            raise _malformed(text, f"there is no option {word!r}; {known}")
    return TargetLine(text.strip(), expression, ignore, sequence, rtol)


def merge_lines(lines: Sequence[TargetLine]) -> tuple[TargetLine, ...]:
    """Merges lines that say the same.

    Args:
        lines: In the order of the configuration.

    Raises:
        MimicUsageError: Two lines give one target different options.
    """
    merged: dict[str, TargetLine] = {}
    for line in lines:
        first = merged.setdefault(line.expression, line)
        if _options(first) != _options(line):
            raise MimicUsageError(
                f"mimic_functions: {first.text!r} and {line.text!r} give one target "
                "different options: keep one of the lines"
            )
    return tuple(merged.values())


def _options(line: TargetLine) -> tuple[object, ...]:
    return line.ignore, line.sequence, line.rtol


def _malformed(text: str, reason: str) -> MimicUsageError:
    return MimicUsageError(f"mimic_functions: {text.strip()!r}: {reason}; {_EXAMPLE}")


def _parse_expression(text: str, expression: str) -> str:
    module, colon, qualname = expression.partition(":")
    if ":" in qualname:
        raise _malformed(text, "it has more than one colon")
    if not colon:
        if "." not in module:
            raise _malformed(text, f"{module!r} names no module")
        return ".".join(_parse_path(text, module))
    if not module:
        raise _malformed(text, "the module is missing before the colon")
    if not qualname:
        raise _malformed(text, "the function or method is missing after the colon")
    if module.endswith(STAR):
        raise _malformed(text, "a star can stand for functions and methods, not for modules")
    return f"{'.'.join(_parse_path(text, module))}:{'.'.join(_parse_path(text, qualname))}"


def _parse_path(text: str, path: str) -> list[str]:
    *names, last = path.split(".")
    parsed = [_parse_name(text, name) for name in names]
    return [*parsed, last if last == STAR else _parse_name(text, last)]


def _parse_name(text: str, name: str) -> str:
    if not name:
        raise _malformed(text, "a name is missing")
    if STAR in name:
        raise _malformed(text, "a star stands alone, as the last part")
    if not name.isidentifier():
        raise _malformed(text, f"{name!r} is not a name")
    if keyword.iskeyword(name):
        raise _malformed(text, f"{name!r} is a keyword of Python")
    return unicodedata.normalize("NFKC", name)  # as Python does with the names in a source


def _parse_ignore(text: str, value: str) -> frozenset[str]:
    if not value:
        raise _malformed(text, "ignore= names no parameter")
    names = [_parse_name(text, name.lstrip("*")) for name in value.split(",")]
    return frozenset(names)


def _parse_rtol(text: str, value: str) -> float:
    try:
        rtol = float(value)
    except ValueError:
        rtol = -1.0
    if not 0 <= rtol < 1:
        raise _malformed(
            text,
            f"rtol={value} is no relative tolerance: give a number from 0 to 1, like rtol=1e-6",
        )
    return rtol
