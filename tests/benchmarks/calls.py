"""What interception costs: a call that passes through, and an import that is not a target's."""

from __future__ import annotations

import sys
import timeit
from contextvars import ContextVar
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from tests.benchmarks.progress import say
from tests.benchmarks.results import OURS, Result

from pytest_mimic._import_hook import MimicFinder
from pytest_mimic._interception import Callee, Interception
from pytest_mimic._target import parse_target_line

if TYPE_CHECKING:
    from collections.abc import Callable

PART = "Calls that pass through"
GOAL = 150e-9
# Many short bursts: between what else the machine does, one of them is undisturbed.
CALLS = 2_000
BURSTS = 50


def seconds(function: Callable[[], object], rounds: int) -> float:
    """Times one call of a function, and takes off the loop around it."""
    bursts = max(rounds, 1) * BURSTS
    empty = min(timeit.repeat(lambda: None, number=CALLS, repeat=bursts))
    return (min(timeit.repeat(function, number=CALLS, repeat=bursts)) - empty) / CALLS


def wrapped(module: Any) -> dict[str, Callable[[], object]]:
    """The same calls of functions that hand them on and do nothing else."""
    f, g = module.f, module.g

    def around_f(x: object) -> object:
        return f(x)

    def around_g(a: object, b: object = 2, *rest: object, c: object = 3, **more: object) -> object:
        return g(a, b, *rest, c=c, **more)

    around = SimpleNamespace(f=around_f, g=around_g)
    return {
        "f(x)": lambda: around.f(1),
        "g(a, b=2, *rest, c=3, **more)": lambda: around.g(1, 2, 3, c=4, d=5),
    }


def dispatch(callee: Callee, values: tuple[object, ...], raw: tuple[object, ...]) -> object:
    """Is never reached: all calls pass through."""
    raise AssertionError((callee, values, raw))


def measure(rounds: int) -> list[Result]:
    """Times a call that passes through, plain and intercepted, and an import that is no target's.

    The floor of what is added is what a function adds that hands the call on.

    Args:
        rounds: The best of so many counts.
    """
    module: Any = SimpleNamespace(
        __name__="measured", f=lambda x: x, g=lambda a, b=2, *rest, c=3, **more: a
    )
    sys.modules["measured"] = module
    calls: dict[str, Callable[[], object]] = {
        "f(x)": lambda: module.f(1),
        "g(a, b=2, *rest, c=3, **more)": lambda: module.g(1, 2, 3, c=4, d=5),
    }
    say("calls: plain ones, and by way of functions that hand them on")
    plain = {name: seconds(call, rounds) for name, call in calls.items()}
    floors = {name: seconds(call, rounds) - plain[name] for name, call in wrapped(module).items()}
    lines = [parse_target_line("measured:f"), parse_target_line("measured:g")]
    interception = Interception(lines, dispatch, ContextVar("engaged", default=True))
    interception.sweep()
    say("calls: intercepted ones")
    results = []
    for name, call in calls.items():
        after = seconds(call, rounds)
        results += [
            Result(PART, name, OURS, after),
            Result(PART, name, "plain call", plain[name]),
            Result(PART, name, "added", after - plain[name], goal=GOAL, floor=floors[name]),
        ]
    interception.restore()
    finder = MimicFinder(interception)
    miss = seconds(lambda: finder.find_spec("json"), rounds)
    return [*results, Result(PART, "an import that is no target's", OURS, miss)]
