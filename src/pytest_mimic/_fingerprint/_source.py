"""Function -> what its source says, the same on every Python, however it is laid out."""

from __future__ import annotations

import ast
import copy
import functools
import inspect
import linecache
import sys
import types
from collections.abc import Iterator
from typing import Any, Final

from pytest_mimic._syntax import compile_tree, merged_texts, parse_source

SILENT_FIELDS: Final = frozenset({"ctx", "kind", "type_comment", "type_params"})
"""Fields of syntax nodes that say nothing of what a function does, or not on every Python."""

FAR: Final = 10_000_000
"""A line that no file has; lambdas that share a line are moved apart to it to be told apart."""

FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def find_source(function: types.FunctionType) -> FunctionNode | None:
    """The syntax of a function; ``None`` where its source cannot be read.

    Args:
        function: Its file and first line say where to look.
    """
    code = function.__code__
    linecache.checkcache(code.co_filename)
    text = "".join(linecache.getlines(code.co_filename, function.__globals__))
    found = _functions(text).get((code.co_name, code.co_firstlineno), ())
    if len(found) > 1:
        found = _told_apart(text, code)
    return found[0] if found else None


@functools.lru_cache(maxsize=64)
def _functions(text: str) -> dict[tuple[str, int], list[FunctionNode]]:
    """The functions in a source file, by name and first line. Nobody may change them."""
    functions: dict[tuple[str, int], list[FunctionNode]] = {}
    for node in _in_source(text):
        functions.setdefault(_place(node), []).append(node)
    return functions


def _in_source(text: str) -> list[FunctionNode]:
    try:
        return _in_tree(parse_source(text))
    except (SyntaxError, ValueError):
        return []


def _in_tree(tree: ast.Module) -> list[FunctionNode]:
    return [node for node in ast.walk(tree) if isinstance(node, FUNCTIONS)]


def _place(node: FunctionNode) -> tuple[str, int]:
    if isinstance(node, ast.Lambda):
        return "<lambda>", node.lineno
    return node.name, min([node.lineno, *(above.lineno for above in node.decorator_list)])


def _told_apart(text: str, code: types.CodeType) -> list[FunctionNode]:
    """Of the functions that begin on one line, those that compile to this code."""
    tree = parse_source(text)
    place = (code.co_name, code.co_firstlineno)
    found = [node for node in _in_tree(tree) if _place(node) == place]
    for number, node in enumerate(found):
        for below in ast.walk(node):
            if hasattr(below, "lineno"):
                below.lineno = below.end_lineno = FAR + number  # type: ignore[attr-defined]
    compiled = compile_tree(tree, code.co_filename)
    essence = _essence(code)
    lines = {each.co_firstlineno for each in _codes(compiled) if _essence(each) == essence}
    return [node for number, node in enumerate(found) if FAR + number in lines]


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield constant
            yield from _codes(constant)


def _essence(code: types.CodeType) -> tuple[object, ...]:
    constants = tuple(
        _essence(each) if isinstance(each, types.CodeType) else (type(each), repr(each))
        for each in code.co_consts
    )
    names = (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
    counts = (code.co_flags, code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount)
    return (code.co_name, code.co_code, counts, constants, names)


def describe_syntax(node: FunctionNode) -> tuple[object, ...]:
    """The syntax of a function as a plain value, less its docstring, name and decorators.

    What has no say in the outcome is left out: positions, comments, the way a string is written.
    """
    arguments = _describe_arguments(node.args)
    if isinstance(node, ast.Lambda):
        return ("lambda", arguments, _describe(node.body))
    kind = "async" if isinstance(node, ast.AsyncFunctionDef) else "function"
    return (kind, arguments, _describe(_without_docstring(node.body)))


def clean_docstring(value: object) -> str:
    """The docstring of a function or class itself, indented alike on every Python."""
    text = vars(value).get("__doc__") if isinstance(value, type) else value.__doc__
    return inspect.cleandoc(text) if isinstance(text, str) else ""


def lost_docstring(node: FunctionNode) -> str:
    """The docstring of a function that ``-OO`` has left out of it."""
    if sys.flags.optimize < 2 or isinstance(node, ast.Lambda):  # noqa: PLR2004  # the flag's value
        return ""
    return ast.get_docstring(node) or ""


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        return body[1:] if isinstance(first.value.value, str) else body
    return body


def _describe(node: Any) -> object:
    if isinstance(node, list):
        return tuple(_describe(each) for each in node)
    if isinstance(node, ast.JoinedStr):
        pieces = merged_texts(node.values)
        return (
            "JoinedStr",
            tuple(
                piece.value if isinstance(piece, ast.Constant) else _describe(piece)
                for piece in pieces
            ),
        )
    if not isinstance(node, ast.AST):
        return node
    fields = ((name, getattr(node, name, None)) for name in node._fields)
    body = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    return (
        type(node).__name__,
        *(
            (name, _describe(_without_docstring(value) if body and name == "body" else value))
            for name, value in fields
            if name not in SILENT_FIELDS and value is not None and value != []
        ),
    )


def _describe_arguments(node: ast.arguments) -> tuple[object, ...]:
    """The parameters of the function itself, whose defaults are known by value."""
    groups = (node.posonlyargs, node.args, node.kwonlyargs)
    stars = (node.vararg, node.kwarg)
    return (
        *(tuple(argument.arg for argument in group) for group in groups),
        *(star.arg if star else None for star in stars),
        len(node.defaults),
        tuple(default is not None for default in node.kw_defaults),
    )


def global_names(node: FunctionNode, function: types.FunctionType) -> list[str]:
    """The globals that a function refers to, sorted."""
    used = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    code = _whole(node, function.__code__) if sys.flags.optimize else function.__code__
    named = set(code.co_names).union(*(each.co_names for each in _codes(code)))
    return sorted(used & named & function.__globals__.keys())


def _whole(node: FunctionNode, code: types.CodeType) -> types.CodeType:
    """What a function compiles to with its assertions, which ``-O`` has left out of it."""
    bare = copy.copy(node)
    bare.args = copy.copy(node.args)
    # What makes its defaults is no part of it.
    bare.args.defaults = [ast.Constant(None) for _ in node.args.defaults]
    bare.args.kw_defaults = [each and ast.Constant(None) for each in node.args.kw_defaults]
    if not isinstance(bare, ast.Lambda):
        bare.decorator_list = []
    closed_over = filter(str.isidentifier, code.co_freevars)
    tree = ast.parse(f"def around({', '.join(closed_over)}): pass")
    around: Any = tree.body[0]
    around.body = [ast.Expr(bare) if isinstance(bare, ast.Lambda) else bare]
    _, whole, *_ = _codes(compile_tree(ast.fix_missing_locations(tree), "", optimize=0))
    return whole
