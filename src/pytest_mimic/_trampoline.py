"""A Python function's code, exchanged in place for a trampoline that may leave for elsewhere.

A trampoline has the signature, the kind, the free variables, the file and the first line of the
code it stands for, so every reference to the function meets it, and the interpreter itself binds
the arguments. The original code lives on in a clone of the function.
"""

import ast
import enum
import functools
import inspect
import sys
from collections.abc import Callable, Collection, Iterator
from types import CodeType, FunctionType
from typing import Any

Values = tuple[object, ...]

# Stands in the generated source where the site goes; a constant, so that no name is looked up.
_SITE = "the site of this trampoline"

# Delegates to an inner asynchronous generator as `yield from` does to a plain one (PEP 380).
_ASYNC_DELEGATION = """
{inner} = {call}
try:
    {item} = await {inner}.__anext__()
    while True:
        try:
            {sent} = yield {item}
        except GeneratorExit:
            await {inner}.aclose()
            raise
        except BaseException as {thrown}:
            {item} = await {inner}.athrow({thrown})
        else:
            {item} = await {inner}.asend({sent})
except StopAsyncIteration:
    return
"""
_ASYNC_LOCALS = ("inner", "item", "sent", "thrown")


class Kind(enum.Enum):
    """What calling a function gives."""

    FUNCTION = "function"
    GENERATOR = "generator"
    ITERABLE_COROUTINE = "generator that is awaited"
    COROUTINE = "coroutine"
    ASYNC_GENERATOR = "async generator"


# How a function of each other kind gives what it calls gives.
_DELEGATION = {
    Kind.FUNCTION: "",
    Kind.GENERATOR: "yield from ",
    Kind.ITERABLE_COROUTINE: "yield from ",
    Kind.COROUTINE: "await ",
}


def kind_of(code: CodeType) -> Kind:
    """Tells what calling a function with this code gives."""
    if code.co_flags & inspect.CO_COROUTINE:
        return Kind.COROUTINE
    if code.co_flags & inspect.CO_ASYNC_GENERATOR:
        return Kind.ASYNC_GENERATOR
    if code.co_flags & inspect.CO_ITERABLE_COROUTINE:
        return Kind.ITERABLE_COROUTINE
    if code.co_flags & inspect.CO_GENERATOR:
        return Kind.GENERATOR
    return Kind.FUNCTION


class Parameters:
    """The parameters of a code object.

    Args:
        code: The code object.

    Attributes:
        positional_only: Names of those that go by position alone.
        positional: Names of those that go by position or by name.
        var_positional: Name of ``*args``, if there is one.
        keyword_only: Names of those that go by name alone.
        var_keyword: Name of ``**kwargs``, if there is one.
        names: All names, in the order in which values are bound.
    """

    # No tuple with names: Python takes ten times as long to make such a class, at each start.
    __slots__ = (
        "keyword_only",
        "names",
        "positional",
        "positional_only",
        "var_keyword",
        "var_positional",
    )

    def __init__(self, code: CodeType) -> None:
        # In a code object, those with a star are the last.
        plain = code.co_argcount + code.co_kwonlyargcount
        starred = iter(code.co_varnames[plain:])
        flags = code.co_flags
        names = code.co_varnames[: code.co_argcount]
        self.positional_only = names[: code.co_posonlyargcount]
        self.positional = names[code.co_posonlyargcount :]
        self.keyword_only = code.co_varnames[code.co_argcount : plain]
        self.var_positional = next(starred) if flags & inspect.CO_VARARGS else None
        self.var_keyword = next(starred) if flags & inspect.CO_VARKEYWORDS else None
        self.names: tuple[str, ...] = (
            *names,
            *((self.var_positional,) if self.var_positional else ()),
            *self.keyword_only,
            *((self.var_keyword,) if self.var_keyword else ()),
        )

    def declaration(self) -> str:
        """Gives the source that declares them; defaults stay with the function."""
        return ", ".join(self._declared())

    def _declared(self) -> Iterator[str]:
        if self.positional_only:
            yield from (*self.positional_only, "/")
        yield from self.positional
        if self.var_positional:
            yield f"*{self.var_positional}"
        elif self.keyword_only:
            yield "*"
        yield from self.keyword_only
        if self.var_keyword:
            yield f"**{self.var_keyword}"

    def handed_on(self) -> str:
        """Gives the source that hands them on to a function with the same signature."""
        return ", ".join(
            [
                *self.positional_only,
                *self.positional,
                *(f"*{name}" for name in filter(None, [self.var_positional])),
                *(f"{name}={name}" for name in self.keyword_only),
                *(f"**{name}" for name in filter(None, [self.var_keyword])),
            ]
        )

    def packed(self) -> str:
        """Gives the source of a tuple of their values."""
        return f"({''.join(f'{name}, ' for name in self.names)})"


class Site:
    """Where a trampoline leads; sits in its constants.

    Args:
        gate: True in a context in which the call goes straight to the original.
        original: A function with the original code.
        dispatch: Takes the bound values of every other call.
    """

    __slots__ = ("dispatch", "gate", "original")

    def __init__(
        self,
        gate: Callable[[], bool],
        original: FunctionType,
        dispatch: Callable[[Values], object],
    ) -> None:
        self.gate = gate
        self.original = original
        self.dispatch = dispatch

    def __reduce__(self) -> tuple[object, ...]:
        # Who pickles a function by value (cloudpickle does) ships the original, not this process.
        return open_site, (self.original,)


def open_site(original: FunctionType) -> Site:
    """Makes a site that leads straight to the original, for a function shipped elsewhere."""
    return Site(_always, original, original)


def _always() -> bool:
    return True


def clone(function: FunctionType) -> FunctionType:
    """Makes a function of the same code, closure, globals, defaults and names."""
    twin = FunctionType(
        function.__code__,
        function.__globals__,
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    twin.__kwdefaults__ = function.__kwdefaults__
    twin.__qualname__ = function.__qualname__
    twin.__module__ = function.__module__
    twin.__doc__ = function.__doc__
    twin.__dict__.update(function.__dict__)
    return twin


def live_call(original: FunctionType) -> Callable[[Values], object]:
    """Makes a function that calls the original with bound values."""
    parameters = Parameters(original.__code__)
    unpacking = f"{parameters.packed()} = values; " if parameters.names else ""
    callee = _unlike("original", parameters.names)
    source = (
        f"def bind({callee}):\n"
        f"    def live(values): __tracebackhide__ = True; {unpacking}"
        f"return {callee}({parameters.handed_on()})\n"
        "    return live"
    )
    # The names come from a code object, so they are identifiers and nothing else.
    namespace: dict[str, Any] = {"__name__": __name__}
    exec(source, namespace)  # noqa: S102  # generated above, from names alone
    bound: Callable[[Values], object] = namespace["bind"](original)
    return bound


def _unlike(name: str, taken: Collection[str]) -> str:
    """Gives a name that is not among those taken."""
    while name in taken:
        name += "_"
    return name


def trampoline(site: Site) -> CodeType:
    """Compiles the trampoline that stands for the original of a site."""
    code = site.original.__code__
    compiled = _compiled(_source(code))
    changes: dict[str, object] = {
        "co_filename": code.co_filename,
        "co_name": code.co_name,
        "co_firstlineno": code.co_firstlineno,
        "co_consts": tuple(site if const == _SITE else const for const in compiled.co_consts),
        "co_flags": code.co_flags,  # the same signature and kind, nested or not
    }
    if sys.version_info >= (3, 11):
        changes["co_qualname"] = code.co_qualname
    return compiled.replace(**changes)  # type: ignore[arg-type]  # each is of its field's type


# Many functions have the parameters of others.
@functools.lru_cache(maxsize=256)
def _compiled(source: str) -> CodeType:
    """Compiles the function in what `_source` gave, all on one line: it claims none of a file."""
    module = ast.parse(source)
    for node in ast.walk(module):
        if isinstance(node, (ast.stmt, ast.expr, ast.excepthandler, ast.arg, ast.keyword)):
            node.lineno = node.end_lineno = 1
            node.col_offset = node.end_col_offset = 0
    outer = compile(module, "<trampoline>", "exec", dont_inherit=True)
    return _inner_code(_inner_code(outer))


def site_of(code: CodeType) -> Site | None:
    """Gives the site of a trampoline, or None for any other code."""
    return next((const for const in code.co_consts if isinstance(const, Site)), None)


def _inner_code(code: CodeType) -> CodeType:
    return next(const for const in code.co_consts if isinstance(const, CodeType))


def _source(code: CodeType) -> str:
    parameters = Parameters(code)
    taken = (*parameters.names, *code.co_freevars)
    kind = kind_of(code)
    call = (
        f"{_SITE!r}.original({parameters.handed_on()}) if {_SITE!r}.gate() "
        f"else {_SITE!r}.dispatch({parameters.packed()})"
    )
    keyword = "async def" if kind in (Kind.COROUTINE, Kind.ASYNC_GENERATOR) else "def"
    if kind is Kind.ASYNC_GENERATOR:
        names = {name: _unlike(name, taken) for name in _ASYNC_LOCALS}
        body = _ASYNC_DELEGATION.format(call=call, **names)
    else:
        body = f"return ({_DELEGATION[kind]}({call}))"
    # Named after the return, where they cost nothing, the free variables are the original's.
    lines = ["__tracebackhide__ = True", *body.strip().splitlines(), *code.co_freevars]
    indented = "\n".join(f"        {line}" for line in lines)
    return (
        f"def closure({', '.join(code.co_freevars)}):\n"
        f"    {keyword} function({parameters.declaration()}):\n{indented}\n"
    )
