"""Imports whatever is installed, plainly and under watch, and compares what the modules hold.

Run it with the Python whose modules are to be imported, in which pytest-mimic can be imported::

    python tests/check_namespaces.py [--modules NAME ...] [--most COUNT]

It prints what differs, and ends with exit status 1 if anything does.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from pytest_mimic._import_hook import MimicFinder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import ModuleType

BATCH = 50  # modules that one process imports
TIMEOUT = 300  # seconds, for one process

# They open a window or a browser, read the terminal, or are meant to be run.
LEFT_OUT = {"antigravity", "idlelib", "lib2to3", "test", "tests", "this", "turtledemo", "__main__"}

# What a module holds: the name of the type of each of its names, in order; or why it failed.
Held: TypeAlias = "dict[str, str] | str"


class EveryName(frozenset[str]):
    """The names of all modules, and all names in them."""

    def __contains__(self, name: object) -> bool:
        return True


class Onlooker:
    """Watches every name of every module, and changes nothing."""

    module_names = EveryName()

    def __init__(self) -> None:
        self.executed_modules: list[str] = []

    def watched(self, module_name: str) -> EveryName:
        return self.module_names

    def bound(self, module: ModuleType, name: str, value: object) -> object:
        return value

    def unbound(self, module: ModuleType, name: str) -> None: ...

    def executed(self, module: ModuleType, *, complete: bool) -> None:
        self.executed_modules.append(module.__spec__.name if module.__spec__ else "")


def installed_modules() -> Iterator[str]:
    """The names of the modules in the standard library and in site-packages."""
    for folder in dict.fromkeys(map(sysconfig.get_path, ("stdlib", "purelib", "platlib"))):
        for file in sorted(Path(folder).rglob("*.py")):
            parts = file.relative_to(folder).with_suffix("").parts
            if parts[-1] == "__init__":
                parts = parts[:-1]
            if parts and all(part.isidentifier() for part in parts) and not LEFT_OUT & {*parts}:
                yield ".".join(parts)


def held_by(module: Any) -> Held:
    """What a module, or what stands in its place in ``sys.modules``, holds."""
    names = getattr(module, "__dict__", {})
    return {str(name): type(value).__name__ for name, value in list(names.items())}


def import_all(names: Iterable[str], *, watch: bool) -> dict[str, object]:
    """Imports modules in this process.

    Returns:
        What each holds that was imported, or why it could not be; and what was executed.
    """
    onlooker = Onlooker()
    before = set(sys.modules)
    if watch:
        MimicFinder(onlooker).install()
    failed = {}
    for name in names:
        try:
            importlib.import_module(name)
        except BaseException as error:  # noqa: BLE001  # whatever a module raises, it raises twice
            failed[name] = f"{type(error).__name__}: {error}"
    held = {name: held_by(module) for name, module in list(sys.modules.items())}
    return {
        "held": {name: each for name, each in held.items() if name not in before} | failed,
        "executed": onlooker.executed_modules,
    }


def in_a_process(names: list[str], *, watch: bool) -> dict[str, Any]:
    """Has another process import modules."""
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    arguments = ["--import", json.dumps(names), *(["--watch"] if watch else [])]
    try:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", __file__, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            env=environment,
            timeout=TIMEOUT,
        )
    except subprocess.SubprocessError as error:
        return {"held": {name: f"{type(error).__name__} of the process" for name in names}}
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


class Comparison(NamedTuple):
    """What came of one batch: what differs, and how many modules were compared.

    Args:
        differences: A line for each module that differs.
        modules: How many were imported, by name or by another.
        failed: How many of them cannot be imported here, watched or not.
        watched: How many of them ran under watch.
    """

    differences: list[str]
    modules: int
    failed: int
    watched: int


def compare(names: list[str]) -> Comparison:
    """Compares one batch."""
    plain = in_a_process(names, watch=False)
    watched = in_a_process(names, watch=True)
    differences = [
        f"{name}: {difference(plain['held'].get(name), watched['held'].get(name))}"
        for name in plain["held"].keys() | watched["held"].keys()
        if _differ(plain["held"].get(name), watched["held"].get(name))
    ]
    failed = [name for name, held in plain["held"].items() if isinstance(held, str)]
    ran = plain["held"].keys() & set(watched.get("executed", ()))
    return Comparison(differences, len(plain["held"]), len(failed), len(ran))


def _differ(before: Any, now: Any) -> bool:
    if before != now:
        return True
    # Python 3.10 moves a name to the end of a plain dict when it appends to a string in place.
    return sys.version_info >= (3, 11) and list(before) != list(now)


def difference(before: Any, now: Any) -> str:
    """Says how what a module holds differs."""
    if not isinstance(before, dict) or not isinstance(now, dict):
        return f"plain {_brief(before)}, under watch {_brief(now)}"
    changed = [name for name in before.keys() | now.keys() if before.get(name) != now.get(name)]
    return (
        f"differs in {', '.join(sorted(changed))}" if changed else "differs in the order of names"
    )


def _brief(held: Any) -> str:
    return f"has {len(held)} names" if isinstance(held, dict) else repr(held)


def main() -> int:
    """Compares, or imports what another process of this script asks it to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--modules", nargs="+", help="only these")
    parser.add_argument("--most", type=int, help="at most so many, spread over all there are")
    parser.add_argument("--import", dest="names", type=json.loads, help=argparse.SUPPRESS)
    parser.add_argument("--watch", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.names is not None:
        with redirect_stdout(sys.stderr):
            answer = import_all(given.names, watch=given.watch)
        sys.stdout.write(json.dumps(answer))
        sys.stdout.flush()
        os._exit(0)  # what the modules registered for the end is none of our business
    names = given.modules or list(dict.fromkeys(installed_modules()))
    step = max(1, len(names) // given.most) if given.most else 1
    names = names[::step]
    batches = [names[start : start + BATCH] for start in range(0, len(names), BATCH)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(compare, batches))
    differences = sorted({line for result in results for line in result.differences})
    for line in differences:
        sys.stdout.write(f"{line}\n")
    sys.stdout.write(
        f"{len(names)} modules named: {sum(result.modules for result in results)} imports made, "
        f"{sum(result.watched for result in results)} of them under watch; "
        f"{sum(result.failed for result in results)} failed either way; {len(differences)} differ\n"
    )
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
