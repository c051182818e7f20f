"""Whether a target's source is still the one that was recorded: read, and not imported."""

from __future__ import annotations

import ast
import enum
import sys
import tokenize
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pytest_mimic._provenance import digest_nodes
from pytest_mimic._syntax import parse_source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_mimic._command_line._project import Project
    from pytest_mimic._vault import Card

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
# Decorators through which the decorated function itself is found; any other may give another one.
_TRANSPARENT = frozenset({
    "abstractmethod", "cache", "cached_property", "classmethod", "contextmanager",
    "asynccontextmanager", "deleter", "getter", "lru_cache", "property", "setter", "staticmethod",
    "wraps",
})  # fmt: skip


class Verdict(enum.Enum):
    """What is known of a recording's target."""

    FRESH = "fresh"
    STALE = "stale"
    UNKNOWN = "unknown"


class _Definitions(NamedTuple):
    """The functions that a target's name may mean.

    Args:
        digests: Of their sources.
        certain: Whether one of them is what was digested when it was recorded.
    """

    digests: frozenset[str]
    certain: bool


class Sources:
    """The sources of a project, each file read once.

    Args:
        project: The project.
    """

    def __init__(self, project: Project) -> None:
        self._root = project.root
        self._folders = [*project.source_folders(), *map(Path, sys.path)]
        self._definitions: dict[tuple[str, Path | None], _Definitions] = {}
        self._trees: dict[Path, ast.Module | None] = {}

    def judge(self, card: Card) -> Verdict:
        """Tells whether a recording's target is as it was.

        Args:
            card: The recording's card.

        Returns:
            ``UNKNOWN`` where the card or the sources do not tell.
        """
        if card.source is None:
            return Verdict.UNKNOWN
        beside = self._beside_test(card.test)
        place = (card.target, beside)
        if place not in self._definitions:
            self._definitions[place] = self._find(card.target, beside)
        found = self._definitions[place]
        if card.source in found.digests:
            return Verdict.FRESH
        return Verdict.STALE if found.certain else Verdict.UNKNOWN

    def _find(self, target: str, beside: Path | None) -> _Definitions:
        module, _, qualname = target.partition(":")
        folders = self._folders if beside is None else [beside, *self._folders]
        file = _file_of(module, folders)
        tree = None if file is None else self._tree(file)
        nodes = [] if tree is None else list(_named(tree.body, qualname.split(".")))
        certain = bool(nodes) and all(map(_is_transparent, nodes))
        return _Definitions(frozenset(digest_nodes([node]) for node in nodes), certain)

    def _beside_test(self, test: str) -> Path | None:
        """Finds the folder that pytest imports a test from: the first above that is no package."""
        file = self._root / test.partition("::")[0]
        if file.suffix != ".py":
            return None
        return next(
            (folder for folder in file.parents if not (folder / "__init__.py").is_file()), None
        )

    def _tree(self, file: Path) -> ast.Module | None:
        if file not in self._trees:
            self._trees[file] = _parse(file)
        return self._trees[file]


def _file_of(module: str, folders: Iterable[Path]) -> Path | None:
    """Finds a module's file as importing it would, without importing what it lies in."""
    *packages, last = module.split(".")
    for package in packages:
        inner = [folder / package for folder in folders]
        regular = [folder for folder in inner if (folder / "__init__.py").is_file()]
        folders = regular[:1] or [folder for folder in inner if folder.is_dir()]
    for folder in folders:
        for file in (folder / last / "__init__.py", folder / f"{last}.py"):
            if file.is_file():
                return file
    return None


def _parse(file: Path) -> ast.Module | None:
    try:
        with tokenize.open(file) as source:
            return parse_source(source.read())
    except (OSError, SyntaxError, UnicodeDecodeError, ValueError, RecursionError):
        return None


def _named(body: Iterable[ast.stmt], path: list[str]) -> Iterator[ast.stmt]:
    """Finds the functions that a path leads to; in branches of a condition there may be several."""
    name, *rest = path
    for node in body:
        if isinstance(node, _FUNCTIONS):
            if node.name == name and not rest:
                yield node
        elif isinstance(node, ast.ClassDef):
            if node.name == name and rest:
                yield from _named(node.body, rest)
        else:
            for field in ("body", "handlers", "orelse", "finalbody", "cases"):
                yield from _named(getattr(node, field, ()), path)


def _is_transparent(node: ast.stmt) -> bool:
    decorators = getattr(node, "decorator_list", ())
    return all(_last_name(decorator) in _TRANSPARENT for decorator in decorators)


def _last_name(decorator: ast.expr) -> str:
    if isinstance(decorator, ast.Call):
        decorator = decorator.func
    return getattr(decorator, "attr", getattr(decorator, "id", ""))
