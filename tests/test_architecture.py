"""The shape of the sources: who may import whom, and when."""

from __future__ import annotations

import ast
import functools
import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from _pytest.assertion.rewrite import AssertionRewritingHook

import pytest_mimic

PACKAGE = Path(pytest_mimic.__file__).parent

# From the ground up. A room imports from lower floors only; rooms on one floor do not know each
# other. A package counts as one room, inside which any order is fine that is no circle.
FLOORS: list[set[str]] = [
    {
        "errors",
        "_options",
        "_quantities",
        "_syntax",
        "_system",
    },
    {"_location", "_target", "_values", "_versions"},
    {"_config"},
    {"_fingerprint"},
    {"_outline"},
    {"_trampoline"},
    {"_emissions"},
    {"_outcome"},
    {"_drift", "_vault"},
    {"_interception"},
    {"_import_hook"},
    {"_mimic_calls", "_usage"},
    {"_conftests", "_hookspecs"},
    {"_followed"},
    {"_threads"},
    {"_display", "_engagement", "_outbox", "_phases", "_provenance"},
    {"_session"},
    {"_engine", "_report"},
    {"_api", "_command_line"},
    {"_hooks"},
    {"plugin", "__main__"},
    {"__init__"},
]
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}

# What may be imported inside a function: it is heavy, and most runs never need it.
DEFERRED = {"ctypes", "dill", "multiprocessing", "asyncio", "concurrent", "fsspec", "pickle"}
# What a run that configures nothing never needs: pytest imports the first two in every run. And
# what a run without any call, or without the flag in question, never needs.
LAZY = {
    "plugin": {"pytest_mimic._mimic_calls", "pytest_mimic._hooks", "pytest_mimic.errors"},
    "__init__": {"pytest_mimic._api", "pytest_mimic._mimic_calls", "pytest_mimic.errors"},
    "_mimic_calls": {"pytest_mimic._outline"},
    "_engine": {
        "pytest_mimic._fingerprint",
        "pytest_mimic._interception._survey",
        "pytest_mimic._session",
        "pytest_mimic._threads",
        "pytest_mimic._vault",
    },
    "_hooks": {
        "pytest_mimic._api",
        "pytest_mimic._mimic_calls",
        "pytest_mimic._display",
        "pytest_mimic._report._progress",
        "pytest_mimic._report._summary",
        "pytest_mimic._versions",
    },
    "_interception": {
        "pytest_mimic._interception._proxies",
        "pytest_mimic._interception._proxy",
        "pytest_mimic._interception._stand_in",
    },
    "_report": {
        "pytest_mimic._outline",
        "pytest_mimic._report._balance",
        "pytest_mimic._report._summary",
        "pytest_mimic._report._unused",
    },
    "_vault": {"pytest_mimic._vault._remote"},
}
# What belongs to the user: looked up in sys.modules once the user's code has imported it.
NEVER = {"numpy", "pandas", "polars", "scipy", "torch", "tensorflow", "sklearn", "jax", "xdist"}

# Names that say nothing about what lives in a module, or say something false.
WORDS_NOT_USED = {"cache", "cassette", "helper", "helpers", "manager", "model", "util", "utils"}
MOST_LINES = 400


class Import(NamedTuple):
    """One imported module, where it is imported."""

    module: str
    line: int
    deferred: bool
    typing_only: bool


def room_of(path: Path) -> str:
    """The room a file belongs to: its module, or the package it stands in."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@functools.cache
def sources() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def dotted(path: Path) -> str:
    parts = ["pytest_mimic", *path.relative_to(PACKAGE).with_suffix("").parts]
    return ".".join(part for part in parts if part != "__init__")


@functools.cache
def imports_of(path: Path) -> list[Import]:
    """Every import of a module, whatever it hides in."""
    return list(
        _imports(ast.parse(path.read_text("utf-8")), path, deferred=False, typing_only=False)
    )


def _imports(node: ast.AST, path: Path, *, deferred: bool, typing_only: bool) -> list[Import]:
    found: list[Import] = []
    for child in ast.iter_child_nodes(node):
        inside = deferred or isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        typing = typing_only or (
            isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING")
        )
        if isinstance(child, (ast.Import, ast.ImportFrom)):
            modules = _modules(child, path)
            found += [Import(module, child.lineno, inside, typing) for module in modules]
        found += _imports(child, path, deferred=inside, typing_only=typing)
    return found


def _modules(node: ast.Import | ast.ImportFrom, path: Path) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    base = node.module or ""
    if node.level:
        package = dotted(path).split(".")
        package = package if path.name == "__init__.py" else package[:-1]
        base = ".".join([*package[: len(package) - node.level + 1], *filter(None, [node.module])])
    # What is imported from a package of ours may be a module itself.
    known = modules_of_ours()
    names = {f"{base}.{alias.name}" for alias in node.names}
    return sorted(names & known) or [base]


@functools.cache
def modules_of_ours() -> frozenset[str]:
    return frozenset(map(dotted, sources()))


def own(module: str) -> str | None:
    """The room of an imported module, if it is one of ours."""
    package, _, rest = module.partition(".")
    return rest.split(".")[0] or "__init__" if package == "pytest_mimic" else None


@pytest.mark.parametrize("path", sources(), ids=dotted)
def test_a_room_has_its_floor(path: Path) -> None:
    assert room_of(path) in FLOOR


@pytest.mark.parametrize("path", sources(), ids=dotted)
def test_imports_go_downward_only(path: Path) -> None:
    here = room_of(path)
    upward = [
        f"line {found.line}: {found.module}"
        for found in imports_of(path)
        if (room := own(found.module)) and room != here and FLOOR[room] >= FLOOR[here]
    ]
    assert not upward


@pytest.mark.parametrize("path", sources(), ids=dotted)
def test_nothing_hides_an_import_in_a_function(path: Path) -> None:
    allowed = DEFERRED | LAZY.get(room_of(path), set())
    hidden = [
        f"line {found.line}: {found.module}"
        for found in imports_of(path)
        if found.deferred and not allowed & {found.module, found.module.split(".")[0]}
    ]
    assert not hidden


@pytest.mark.parametrize("path", sources(), ids=dotted)
def test_libraries_of_the_user_are_never_imported(path: Path) -> None:
    imported = {found.module.split(".")[0] for found in imports_of(path) if not found.typing_only}
    assert not imported & NEVER


def test_within_a_package_there_is_no_circle() -> None:
    waits_for = {
        dotted(path): {found.module for found in imports_of(path) if not found.typing_only}
        for path in sources()
    }
    known = {name: needs & set(waits_for) - {name} for name, needs in waits_for.items()}
    while free := [name for name, needs in known.items() if not needs & set(known)]:
        for name in free:
            del known[name]
    assert not known


@pytest.mark.parametrize("path", sources(), ids=dotted)
def test_a_module_is_short_enough_to_be_read(path: Path) -> None:
    count = len(path.read_text("utf-8").splitlines())
    assert count <= MOST_LINES


@pytest.mark.parametrize("path", sources(), ids=dotted)
def test_a_module_is_named_for_what_lives_in_it(path: Path) -> None:
    assert not WORDS_NOT_USED & set(path.stem.lower().strip("_").split("_"))


@pytest.mark.parametrize("path", sources(), ids=dotted)
def test_a_lock_may_be_taken_again_by_its_holder(path: Path) -> None:
    """The garbage collector may close a stream, or call a target, between any two lines of ours."""
    tree = ast.parse(path.read_text("utf-8"))
    called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert not called & {"Lock", "threading.Lock", "Condition", "threading.Condition"}


@pytest.mark.parametrize("path", sources(), ids=dotted)
def test_a_module_keeps_no_state(path: Path) -> None:
    """A mutable value may stand at module level only as a table: in capitals, or never changed."""
    tree = ast.parse(path.read_text("utf-8"))
    assert not [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Global)]
    mutable = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
    made = {
        "list",
        "dict",
        "set",
        "defaultdict",
        "deque",
        "OrderedDict",
        "Counter",
        "count",
        "ContextVar",
        "WeakKeyDictionary",
        "WeakValueDictionary",
        "WeakSet",
        "Lock",
        "RLock",
        "local",
    }
    state = []
    for node in tree.body:
        if not isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)) or node.value is None:
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = [ast.unparse(target) for target in targets]
        value = node.value
        called = ast.unparse(value.func).split(".")[-1] if isinstance(value, ast.Call) else ""
        constant = all(name.lstrip("_").isupper() or name == "__all__" for name in names)
        if (isinstance(value, mutable) and not constant) or called in made:
            state.append(f"line {node.lineno}: {', '.join(names)}")
    assert not state


def test_a_run_that_configures_nothing_pays_nothing(
    pytester: pytest.Pytester, installed: bool
) -> None:
    """The plugin is installed for every project of an environment, used or not."""
    pytester.makepyfile("def test_nothing(): pass")
    plain = modules_of_a_run("-p", "no:mimic")
    added = modules_of_a_run(*([] if installed else ["-p", "pytest_mimic.plugin"])) - plain
    assert added <= {
        "pytest_mimic",
        "pytest_mimic._hookspecs",
        "pytest_mimic._options",
        "pytest_mimic.plugin",
    }
    assert "pytest_mimic.plugin" in added


@pytest.mark.parametrize("name", ["_hookspecs", "_options"])
def test_pytest_spends_no_time_on_assertions_that_we_do_not_have(name: str) -> None:
    spec = importlib.import_module(f"pytest_mimic.{name}").__spec__
    assert spec is not None
    assert not isinstance(spec.loader, AssertionRewritingHook)


def test_a_run_without_calls_loads_nothing_that_answers_them(
    pytester: pytest.Pytester, installed: bool
) -> None:
    """Targets are configured in every run of a project; many a run calls none."""
    pytester.makepyfile(
        target="def f(x): return x", test_it="import target\n\ndef test_nothing(): pass"
    )
    pytester.makeini("[pytest]\nmimic_functions = target:f")
    plain = modules_of_a_run("-p", "no:mimic", "-W", "ignore")
    added = modules_of_a_run(*([] if installed else ["-p", "pytest_mimic.plugin"])) - plain
    rooms = {own(module) for module in added}
    assert "_interception" in rooms
    answering = {
        "_books",
        "_fingerprint",
        "_outcome",
        "_outline",
        "_recorder",
        "_session",
        "_vault",
    }
    assert not rooms & answering
    assert not {module.partition(".")[0] for module in added} & {"dill", "pickle", "xxhash"}


def modules_of_a_run(*args: str) -> set[str]:
    """The modules that a run of pytest has imported in the end."""
    script = (
        "import json, sys, pytest\n"
        "status = pytest.main(['-q', '-p', 'no:cacheprovider', *sys.argv[1:]])\n"
        "print(json.dumps([int(status), sorted(sys.modules)]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *args], check=True, capture_output=True, text=True
    )
    status, modules = json.loads(done.stdout.splitlines()[-1])
    assert status == 0
    return set(modules)
