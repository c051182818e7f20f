"""Source texts as syntax trees, alike on every Python and under every filter for warnings."""

from __future__ import annotations

import ast
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import CodeType


def parse_source(text: str) -> ast.Module:
    """Parse a source, whatever it would be warned of.

    Raises:
        SyntaxError: It is no Python.
        ValueError: It holds null bytes.
    """
    with warnings.catch_warnings():
        # Its author has been warned of whatever is odd in it.
        warnings.simplefilter("ignore")
        return ast.parse(text)


def compile_tree(tree: ast.Module, filename: str, optimize: int = -1) -> CodeType:
    """Compile a tree, whatever it would be warned of.

    Args:
        tree: The tree.
        filename: The file that it is said to be from.
        optimize: The level of optimisation; -1 is that of the interpreter.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return compile(tree, filename, "exec", dont_inherit=True, optimize=optimize)


def merged_texts(values: Iterable[ast.expr]) -> Iterator[ast.expr]:
    """Join neighbouring texts in an f-string: Pythons cut them up differently."""
    text = ""
    for value in values:
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            text += value.value
            continue
        if text:
            yield ast.Constant(value=text)
            text = ""
        yield value
    if text:
        yield ast.Constant(value=text)
