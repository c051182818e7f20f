"""Where a recording came from: the source of its target, and versions of what it depends on."""

from __future__ import annotations

import ast
import functools
import itertools
import linecache
import os
import sys
import types
from collections.abc import Iterable, Iterator, Sequence
from importlib import metadata  # the backport unhooks this one from the whole process
from typing import Any, Final, cast
from weakref import WeakKeyDictionary

import xxhash

from pytest_mimic._syntax import merged_texts, parse_source

# What says where code stands or how it was written, but not what it does.
_NO_MATTER: Final = frozenset({"ctx", "kind", "type_comment"})
_MOST_WRAPPERS: Final = 50
# In a file that has changed since it was imported, none may succeed.
_MOST_ATTEMPTS: Final = 2000
_WRAPPERS: Final = (
    ((types.MethodType, classmethod, staticmethod), "__func__"),
    ((functools.partial, functools.cached_property), "func"),
    ((property,), "fget"),
)
_FUNCTION_NODES: Final = (ast.FunctionDef, ast.AsyncFunctionDef)


class Provenance:
    """Finds out where recordings come from, each thing once a run."""

    def __init__(self) -> None:
        self._sources: dict[tuple[str, types.CodeType] | type, str | None] = {}
        # A function is found at once, while the hash of its code goes through all of that.
        self._functions: WeakKeyDictionary[types.FunctionType, str | None] = WeakKeyDictionary()
        self._trees: dict[str, ast.Module | None] = {}
        self._distributions: dict[str, tuple[str, str] | None] = {}
        self._listings: dict[str, list[_Listing]] = {}

    def source_digest(self, target: object) -> str | None:
        """Digest a target's own code, less comments, blank lines, docstrings and formatting.

        Decorators count, as they change what is called; so do annotations. What the code calls
        does not. Of a decorated function that knows what it wraps, the wrapped one counts.

        Args:
            target: A function, a class, or what wraps or binds one.

        Returns:
            32 hex digits, the same on every Python; None where there is no source to read.
        """
        if type(target) is not types.FunctionType:
            return self._source_digest(target)
        try:
            return self._functions[target]
        except KeyError:
            digest = self._functions[target] = self._source_digest(target)
            return digest

    def _source_digest(self, target: object) -> str | None:
        found = _own(target)
        if found is None:
            return None
        # With its file: code of other files, with other defaults too, may compare as equal.
        place = (
            (found.__code__.co_filename, found.__code__)
            if isinstance(found, types.FunctionType)
            else found
        )
        if place not in self._sources:
            self._sources[place] = self._digest(found)
        return self._sources[place]

    def distributions(self, modules: Iterable[str]) -> dict[str, str]:
        """Find the versions of the distributions that modules belong to.

        Args:
            modules: Names of imported modules; others, and the standard library's, are left out.

        Returns:
            Version by name of the distribution, sorted.
        """
        found = {}
        for module in modules:
            if module not in self._distributions:
                self._distributions[module] = self._distribution_of(module)
            distribution = self._distributions[module]
            if distribution is not None:
                found[distribution[0]] = distribution[1]
        return dict(sorted(found.items()))

    def _digest(self, found: types.FunctionType | type) -> str | None:
        try:
            nodes = self._nodes(found)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            # What stands in the file is not what was compiled.
            return None
        if not nodes:
            return None
        return digest_nodes(nodes)

    def _nodes(self, found: types.FunctionType | type) -> Sequence[ast.AST]:
        if isinstance(found, type):
            return self._class_nodes(found)
        code = found.__code__
        if code.co_name == "<lambda>":
            tree = self._tree(code.co_filename, found.__globals__)
            return [] if tree is None else _lambdas(tree, code.co_firstlineno)
        lines = linecache.getlines(code.co_filename, found.__globals__)
        node = _definition(lines[code.co_firstlineno - 1 :])
        return [node] if isinstance(node, _FUNCTION_NODES) and node.name == code.co_name else []

    def _class_nodes(self, found: type) -> Sequence[ast.AST]:
        module = sys.modules.get(found.__module__)
        filename = getattr(module, "__file__", None)
        if module is None or filename is None:
            return []
        node: ast.Module | ast.ClassDef | None = self._tree(filename, module.__dict__)
        for name in found.__qualname__.split("."):
            node = None if node is None else _class_named(node.body, name)
        return [] if node is None else [node]

    def _tree(self, filename: str, namespace: dict[str, Any]) -> ast.Module | None:
        if filename not in self._trees:
            text = "".join(linecache.getlines(filename, namespace))
            self._trees[filename] = parse_source(text) if text else None
        return self._trees[filename]

    def _distribution_of(self, module: str) -> tuple[str, str] | None:
        top = module.partition(".")[0]
        if not top or top in sys.stdlib_module_names or top == "__main__":
            return None
        return _by_name(module) or self._by_file(module)

    def _by_file(self, module: str) -> tuple[str, str] | None:
        """Look a module's file up in what the distributions beside it say they installed."""
        located = _located(module)
        if located is None:
            return None
        root, relative = located
        if root not in self._listings:
            self._listings[root] = _listings(root)
        for listing in self._listings[root]:
            if listing.has(relative):
                return listing.stated
        return None


def digest_nodes(nodes: Iterable[ast.AST]) -> str:
    """Digest the syntax of a target's own code.

    Args:
        nodes: Its definition.

    Returns:
        32 hex digits, the same on every Python.
    """
    digest = xxhash.xxh3_128()
    for node in nodes:
        for piece in _canonical(node):
            digest.update(piece.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


class _Listing:
    """What one distribution says of itself, read when first asked."""

    def __init__(self, distribution: Any) -> None:
        self._distribution = distribution

    @property
    def stated(self) -> tuple[str, str]:
        """Its name and its version."""
        return str(self._distribution.metadata["Name"]), str(self._distribution.version)

    @functools.cached_property
    def record(self) -> str:
        """The list of its files, a line each; empty where it keeps none."""
        text = self._distribution.read_text("RECORD") or ""
        return "\n" + text.replace("\\", "/") if text else ""

    @property
    def is_editable(self) -> bool:
        """Whether it only points to the folder that it is developed in."""
        return '"editable": true' in (self._distribution.read_text("direct_url.json") or "")

    def has(self, relative: str) -> bool:
        """Tell whether it installed a file."""
        return f"\n{relative}," in self.record


def _own(target: object) -> types.FunctionType | type | None:
    """Follow what wraps or binds a function to the function that somebody wrote."""
    seen = 0
    while seen < _MOST_WRAPPERS:
        seen += 1
        inner = _wrapped(target)
        if inner is None:
            break
        target = inner
    return target if isinstance(target, (types.FunctionType, type)) else None


def _wrapped(target: object) -> object | None:
    for kinds, attribute in _WRAPPERS:
        if isinstance(target, kinds):
            return cast("object", getattr(target, attribute))
    if isinstance(target, type):
        return None
    try:
        held = object.__getattribute__(target, "__dict__")
    except AttributeError:
        return None
    return cast("object", held.get("__wrapped__"))


def _definition(lines: Sequence[str]) -> ast.AST | None:
    """Parse the definition that begins with the first line, and no more than that.

    It ends before the first line that is indented no deeper and at which what came before can be
    parsed: a line inside of brackets or a string is none.
    """
    if not lines:
        return None
    depth = _depth(lines[0])
    # A block of its own makes an indented definition whole, whatever its strings hold.
    prefix = "if 1:\n" if depth else ""
    ends = (
        end for end in range(1, len(lines) + 1) if end == len(lines) or _may_end(lines[end], depth)
    )
    for end in itertools.islice(ends, _MOST_ATTEMPTS):
        try:
            tree = parse_source(prefix + "".join(lines[:end]))
        except SyntaxError:
            continue
        outer = tree.body[0]
        return outer.body[0] if isinstance(outer, ast.If) and prefix else outer
    return None


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def _may_end(line: str, depth: int) -> bool:
    bare = line.strip()
    return bool(bare) and not bare.startswith("#") and _depth(line) <= depth


def _lambdas(tree: ast.Module, line: int) -> list[ast.AST]:
    """Find the lambdas that begin in a line; several cannot be told apart, so all of them count."""
    return [node for node in ast.walk(tree) if isinstance(node, ast.Lambda) and node.lineno == line]


def _class_named(body: Sequence[ast.stmt], name: str) -> ast.ClassDef | None:
    """Find the class of a name that a body defines; the last one, as that one counts."""
    found = None
    for node in body:
        if isinstance(node, ast.ClassDef):
            found = node if node.name == name else found
        elif not isinstance(node, _FUNCTION_NODES):
            for field in ("body", "handlers", "orelse", "finalbody"):
                found = _class_named(getattr(node, field, ()), name) or found
    return found


def _canonical(node: object) -> Iterator[str]:
    """Write a tree in a form of our own, since ``ast.dump`` differs between Pythons."""
    if isinstance(node, ast.AST):
        yield f"({type(node).__name__}"
        for field, value in _fields(node):
            yield f" {field}="
            yield from _canonical(value)
        yield ")"
    elif isinstance(node, list):
        yield "["
        for item in node:
            yield from _canonical(item)
        yield "]"
    else:
        text = _constant(node)
        yield f"{type(node).__name__}:{len(text)}:{text};"


def _fields(node: ast.AST) -> Iterator[tuple[str, object]]:
    for field in sorted(node._fields):
        value = getattr(node, field, None)
        if field == "body" and isinstance(value, list):
            value = [item for item in value if not _is_remark(item)]
        elif field == "values" and isinstance(node, ast.JoinedStr):
            value = list(merged_texts(node.values))
        # Fields that a Python does not know yet are absent, and where it does, mostly empty.
        matters = value is not None and value != [] and field not in _NO_MATTER
        if matters or (isinstance(node, ast.Constant) and field == "value"):
            yield field, value


def _is_remark(node: object) -> bool:
    """Tell whether a statement is a text alone: a docstring, or as good as a comment."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _constant(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return hex(value)
    return repr(value)


def _by_name(module: str) -> tuple[str, str] | None:
    """Try the distribution of the same name: mostly it is that one."""
    top = module.partition(".")[0]
    try:
        listing = _Listing(metadata.distribution(top))
    except (metadata.PackageNotFoundError, ValueError):
        return None
    located = _located(module)
    # Where it says what it installed, this file has to be among that.
    is_own = located is None or not listing.record or listing.has(located[1])
    return listing.stated if is_own or listing.is_editable else None


def _located(module: str) -> tuple[str, str] | None:
    """Split the path of a module's file at the entry of ``sys.path`` that it was found by."""
    file = getattr(sys.modules.get(module), "__file__", None)
    if not isinstance(file, str):
        return None
    package = module.replace(".", "/")
    normal = file.replace(os.sep, "/")
    place = normal.rfind(f"/{package}")
    return None if place < 0 else (file[:place], normal[place + 1 :])


def _listings(root: str) -> list[_Listing]:
    return [_Listing(found) for found in metadata.distributions(path=[root])]
