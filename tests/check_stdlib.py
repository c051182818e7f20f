"""Runs CPython's own tests of some modules, plain and with every function patched in place.

    python tests/check_stdlib.py [NAME ...]

Every Python function of the modules below gets a trampoline, with a dispatcher that runs the
original whatever it is called with, before their tests are imported. Each test whose outcome then
differs from a plain run is printed. The exit status is 1 if any but those that count stack frames
does. The interpreter has to ship the package `test`.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import tempfile
import unittest
from fnmatch import fnmatchcase
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any

from pytest_mimic._trampoline import Site, clone, live_call, trampoline

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

# The test module, and what is patched for it.
SUITES = {
    "test_argparse": ["argparse"],
    "test_ast": ["ast"],
    "test_calendar": ["calendar"],
    "test_collections": ["collections", "_collections_abc"],
    "test_configparser": ["configparser"],
    "test_contextlib": ["contextlib"],
    "test_contextlib_async": ["contextlib"],
    "test_copy": ["copy", "copyreg"],
    "test_csv": ["csv"],
    "test_dataclasses": ["dataclasses"],
    "test_difflib": ["difflib"],
    "test_email.test_utils": ["email.utils", "email._parseaddr", "email.message"],
    "test_enum": ["enum"],
    "test_fractions": ["fractions", "numbers"],
    "test_functools": ["functools"],
    "test_gettext": ["gettext"],
    "test_graphlib": ["graphlib"],
    "test_heapq": ["heapq"],
    "test_html": ["html"],
    "test_htmlparser": ["html.parser", "_markupbase"],
    "test_ipaddress": ["ipaddress"],
    "test_json": ["json", "json.decoder", "json.encoder", "json.scanner", "json.tool"],
    "test_pprint": ["pprint"],
    "test_shlex": ["shlex"],
    "test_statistics": ["statistics"],
    "test_string": ["string"],
    "test_textwrap": ["textwrap"],
    "test_tokenize": ["tokenize"],
    "test_urlparse": ["urllib.parse"],
}
# The one thing that a trampoline has to change: there are more frames between caller and callee.
COUNT_FRAMES = {
    "test.test_collections.TestNamedTuple.test_factory": "asks for the caller's module",
    "test.test_collections.TestNamedTuple.test_pickle": "asks for the caller's module",
    "test.test_contextlib.*ExitStack.test_exit_exception_traceback": "lists the frames",
    "test.test_contextlib_async.*ExitStack.test_exit_exception_traceback": "lists the frames",
    "test.test_dataclasses.TestMakeDataclass.test_module_attr": "asks for the caller's module",
    "test.test_dataclasses.TestMakeDataclass.test_pickle_support*": "asks for the caller's module",
    "test.test_enum.*.test_pickle_enum_function": "asks for the caller's module",
    "test.test_gettext.*PluralForms*.test_plural_*": "warns with a stacklevel",
}
SECONDS = 900  # for one suite


def functions_of(module: ModuleType) -> Iterator[FunctionType]:
    """Finds the Python functions that a module defines, in its classes too, each once."""
    found: dict[int, FunctionType] = {}
    seen: set[int] = set()
    todo: list[Any] = list(vars(module).values())
    while todo:
        value = todo.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, FunctionType):
            if value.__globals__ is vars(module):
                found[id(value)] = value
            todo += [getattr(value, "__wrapped__", None)]
        elif isinstance(value, type):
            todo += vars(value).values() if value.__module__ == module.__name__ else []
        elif isinstance(value, (staticmethod, classmethod)):
            todo.append(value.__func__)
        elif isinstance(value, property):
            todo += [value.fget, value.fset, value.fdel]
        elif type(value).__name__ in {"cached_property", "_lru_cache_wrapper"}:
            todo += [getattr(value, "func", None), getattr(value, "__wrapped__", None)]
    return iter(found.values())


def patch(function: FunctionType) -> None:
    """Patches a function, with a dispatcher that passes everything through."""
    original = clone(function)
    function.__code__ = trampoline(Site(bool, original, live_call(original)))


class Outcomes(unittest.TestResult):
    """The outcome of each test, by its name."""

    def __init__(self) -> None:
        super().__init__()
        self.outcomes: dict[str, list[str]] = {}

    def _note(self, test: unittest.TestCase, outcome: str, error: Any = None) -> None:
        said = "" if error is None else f": {error[0].__name__}: {error[1]}"
        self.outcomes.setdefault(test.id(), []).append((outcome + said)[:500])

    def addSuccess(self, test: unittest.TestCase) -> None:  # noqa: N802  # unittest's name
        super().addSuccess(test)
        self._note(test, "passed")

    def addFailure(self, test: unittest.TestCase, err: Any) -> None:  # noqa: N802  # unittest's
        super().addFailure(test, err)
        self._note(test, "failed", err)

    def addError(self, test: unittest.TestCase, err: Any) -> None:  # noqa: N802  # unittest's name
        super().addError(test, err)
        self._note(test, "error", err)

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:  # noqa: N802  # unittest's
        super().addSkip(test, reason)
        self._note(test, "skipped")

    def addSubTest(  # noqa: N802  # unittest's name
        self, test: unittest.TestCase, subtest: unittest.TestCase, err: Any
    ) -> None:
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._note(subtest, "failed", err)


def run_here(suite: str, modules: list[str], answer: Path) -> None:
    """Runs a suite in this process and writes down how many functions it patched and what came."""
    patched = 0
    for name in modules:
        for function in list(functions_of(importlib.import_module(name))):
            patch(function)
            patched += 1
    outcomes = Outcomes()
    unittest.defaultTestLoader.loadTestsFromName(f"test.{suite}").run(outcomes)
    answer.write_text(json.dumps([patched, outcomes.outcomes]), "utf-8")


def run_in_child(suite: str, modules: list[str]) -> tuple[int, dict[str, list[str]]]:
    """Runs a suite in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder, "answer.json")
        done = subprocess.run(
            [sys.executable, __file__, "--child", str(answer), suite, *modules],
            cwd=folder,
            env={**os.environ, "PYTHONHASHSEED": "0"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        if not answer.exists():
            sys.exit(f"{suite} did not come to its end:\n{done.stderr[-3000:]}")
        patched, outcomes = json.loads(answer.read_text("utf-8"))
        return patched, outcomes


def compare(suite: str) -> int:
    """Runs a suite plain and patched, and counts the differences that are not allowed."""
    _, plain = run_in_child(suite, [])
    patched, changed = run_in_child(suite, SUITES[suite])
    different = [name for name in {**plain, **changed} if plain.get(name) != changed.get(name)]
    sys.stdout.write(
        f"{suite}: {patched} functions patched, {len(plain)} tests, {len(different)} differ\n"
    )
    for name in different:
        reason = why_allowed(name)
        sys.stdout.write(
            f"  {name}{f' (allowed: it {reason})' if reason else ''}\n"
            f"    plain:   {plain.get(name)}\n"
            f"    patched: {changed.get(name)}\n"
        )
    sys.stdout.flush()
    return sum(why_allowed(name) is None for name in different)


def why_allowed(name: str) -> str | None:
    """Says how a test counts stack frames, if it does."""
    return next((why for those, why in COUNT_FRAMES.items() if fnmatchcase(name, those)), None)


def main(arguments: list[str]) -> int:
    """Runs the suites that are named, or all that this interpreter has."""
    if arguments[:1] == ["--child"]:
        run_here(arguments[2], arguments[3:], Path(arguments[1]))
        return 0
    there = importlib.import_module("test").__path__[0]
    suites = arguments or [
        suite
        for suite in SUITES
        if list(Path(there).glob(f"{suite.replace('.', '/')}.py")) or Path(there, suite).is_dir()
    ]
    return min(1, sum(map(compare, suites)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
