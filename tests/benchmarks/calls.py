"""What interception costs: a call that passes through, and an import that is not a target's.

    python tests/benchmarks/calls.py

Prints nanoseconds a call or import, plain and intercepted, the best of several rounds.
"""

from __future__ import annotations

import sys
import timeit
from contextvars import ContextVar
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from pytest_mimic._import_hook import MimicFinder
from pytest_mimic._interception import Callee, Interception
from pytest_mimic._target import parse_target_line

if TYPE_CHECKING:
    from collections.abc import Callable

CALLS = 200_000
ROUNDS = 7


def nanoseconds(function: Callable[[], object]) -> float:
    """Times one call of a function, and takes off the loop around it."""
    empty = min(timeit.repeat(lambda: None, number=CALLS, repeat=ROUNDS))
    return (min(timeit.repeat(function, number=CALLS, repeat=ROUNDS)) - empty) / CALLS * 1e9


def dispatch(callee: Callee, values: tuple[object, ...], raw: tuple[object, ...]) -> object:
    """Is never reached: all calls pass through."""
    raise AssertionError((callee, values, raw))


def tell(line: str) -> None:
    """Prints a line."""
    sys.stdout.write(f"{line}\n")


def main() -> None:
    """Prints the table."""
    module: Any = SimpleNamespace(
        __name__="measured", f=lambda x: x, g=lambda a, b=2, *rest, c=3, **more: a
    )
    sys.modules["measured"] = module
    calls: dict[str, Callable[[], object]] = {
        "f(x)": lambda: module.f(1),
        "g(a, b=2, *rest, c=3, **more)": lambda: module.g(1, 2, 3, c=4, d=5),
    }
    plain = {name: nanoseconds(call) for name, call in calls.items()}
    lines = [parse_target_line("measured:f"), parse_target_line("measured:g")]
    interception = Interception(lines, dispatch, ContextVar("engaged", default=True))
    interception.sweep()
    for name, call in calls.items():
        after = nanoseconds(call)
        before = plain[name]
        tell(f"{name:32} {before:6.0f} ns  {after:6.0f} ns  {after - before:+6.0f} ns")
    interception.restore()
    finder = MimicFinder(interception)
    miss = nanoseconds(lambda: finder.find_spec("json"))
    tell(f"{'a miss of the finder':32} {miss:29.0f} ns")


if __name__ == "__main__":
    main()
