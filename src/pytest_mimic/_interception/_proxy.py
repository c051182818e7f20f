"""What stands in for a callable that has no Python code of its own.

The code of a builtin, a ufunc or a compiled function cannot be replaced, so another object takes
its place wherever it is referred to. Calls reach that object; everything else reaches the original.
"""

from __future__ import annotations

import copy
import copyreg
import functools
import inspect
import keyword
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, NamedTuple, SupportsIndex

from pytest_mimic._target import wrapped_by

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

# Made anew, or of no use to an object that is there already.
NOT_FORWARDED = frozenset(
    {
        "__class_getitem__",
        "__del__",
        "__getattr__",
        "__init__",
        "__init_subclass__",
        "__new__",
        "__subclasshook__",
    }
)
# What the proxy answers itself even where it is asked for by name.
ANSWERED = frozenset({"__call__", "__get__", "__reduce__", "__reduce_ex__"})
STARS: dict[inspect._ParameterKind, str] = {
    inspect.Parameter.VAR_POSITIONAL: "*",
    inspect.Parameter.VAR_KEYWORD: "**",
}


class Proxy:
    """The base of all proxies; each is the only instance of a class of its own."""

    __slots__ = ("__weakref__", "_original")

    def __getattribute__(self, name: str) -> Any:
        original = _held(self)
        if name == "__signature__":
            return _signature(original)
        if name == "__deepcopy__":
            return object.__getattribute__(self, name)
        value = getattr(original, name)
        if name == "__call__":
            return make_proxy(value, _call_of(self))
        return object.__getattribute__(self, name) if name in ANSWERED else value

    def __setattr__(self, name: str, value: object) -> None:
        setattr(_held(self), name, value)

    def __delattr__(self, name: str) -> None:
        delattr(_held(self), name)

    def __dir__(self) -> Iterable[str]:
        return dir(_held(self))

    def __repr__(self) -> str:
        return repr(_held(self))

    def __str__(self) -> str:
        return str(_held(self))

    def __format__(self, spec: str) -> str:
        return format(_held(self), spec)

    def __sizeof__(self) -> int:
        size: int = _held(self).__sizeof__()
        return size

    def __eq__(self, other: object) -> Any:
        return _held(self) == original_of(other)

    def __ne__(self, other: object) -> Any:
        return _held(self) != original_of(other)

    def __hash__(self) -> int:
        return hash(_held(self))

    def __copy__(self) -> object:
        original = _held(self)
        copied = copy.copy(original)
        return self if copied is original else copied

    def __deepcopy__(self, memo: dict[int, Any]) -> object:
        original = _held(self)
        copied = copy.deepcopy(original, memo)
        return self if copied is original else copied

    def __reduce__(self) -> Any:
        return self.__reduce_ex__(0)

    def __reduce_ex__(self, protocol: SupportsIndex) -> Any:
        original = _held(self)
        if isinstance(original, FunctionType):
            return original.__qualname__
        reduce = copyreg.dispatch_table.get(type(original))
        return original.__reduce_ex__(protocol) if reduce is None else reduce(original)


_held: Callable[[object], Any] = Proxy.__dict__["_original"].__get__
_hold: Callable[[object, object], None] = Proxy.__dict__["_original"].__set__


def original_of(value: object) -> object:
    """Peels a proxy; anything else is returned as it is."""
    # By type, not by isinstance(): that would ask the value for its class.
    return _held(value) if issubclass(type(value), Proxy) else value


def make_proxy(
    original: Callable[..., object],
    call: Callable[..., object],
    call_bound: Callable[..., object] | None = None,
) -> Any:
    """Makes an object that is as near to a callable as Python allows.

    Args:
        original: The callable it stands in for; attributes and special methods are the original's.
        call: What is called in its place, with the arguments as they were given.
        call_bound: What is called in the place of what it binds to: with that, with what that adds
            to the arguments, and with the arguments as they were given. Without it, ``call`` is.
    """

    def pass_on(_: object, added: tuple[object, ...], /, *args: object, **kwargs: object) -> object:
        return call(*added, *args, **kwargs)

    kind = type(original)
    namespace: dict[str, object] = {
        "__slots__": (),
        "__module__": kind.__module__,
        "__qualname__": kind.__qualname__,
        "__doc__": kind.__doc__,
        # Static: the interpreter comes to `call` without a frame of ours in between.
        "__call__": staticmethod(call),
        "_call_bound": staticmethod(call_bound or pass_on),
        **_special_methods(kind),
    }
    proxy: Any = object.__new__(type(kind.__name__, (Proxy,), namespace))
    _hold(proxy, original)
    return proxy


def _special_methods(kind: type) -> dict[str, object]:
    """Gives the special methods that a type adds to those every object has."""
    found: dict[str, object] = {}
    for base in reversed(kind.__mro__[:-1]):
        for name, value in vars(base).items():
            if name[:2] != "__" or name[-2:] != "__" or name in NOT_FORWARDED:
                continue
            if value is None:
                found[name] = None
            elif name not in vars(Proxy) and name != "__call__" and _is_method(value):
                found[name] = _bind if name == "__get__" else _forward(name)
    return found


def _is_method(value: object) -> bool:
    return callable(value) or isinstance(value, (staticmethod, classmethod))


def _forward(name: str) -> Callable[..., object]:
    def forward(self: Proxy, /, *args: object, **kwargs: object) -> object:
        original = _held(self)
        result = getattr(original, name)(*args, **kwargs)
        return self if result is original else result

    return forward


def _bind(self: Proxy, instance: object, owner: type | None = None) -> object:
    """Binds as the original binds, to something whose calls still arrive."""
    original = _held(self)
    bind: Any = type(original).__get__
    bound = bind(original, instance, owner)
    if bound is original and (instance is None or not isinstance(bind, FunctionType)):
        return self
    if type(bound) is MethodType and bound.__func__ is original:
        return MethodType(self, bound.__self__)  # type: ignore[arg-type]  # it can be called
    added = _added_by(bound, original, instance, type(instance) if owner is None else owner)
    through = object.__getattribute__(self, "_call_bound")
    return make_proxy(bound, functools.partial(through, bound, added))


def _added_by(bound: Any, original: Any, instance: object, owner: type) -> tuple[object, ...]:
    """Gives what a bound callable puts before its arguments."""
    inside = wrapped_by(original)
    if isinstance(inside, staticmethod):
        return ()
    if isinstance(inside, classmethod) or getattr(bound, "__self__", None) is owner:
        return (owner,)
    return () if instance is None else (instance,)


def _call_of(proxy: Proxy) -> Callable[..., object]:
    call: Callable[..., object] = object.__getattribute__(proxy, "__call__")
    return call


def _signature(original: Any) -> object:
    """Gives what `inspect` would otherwise look for in the class of the proxy.

    Raises:
        AttributeError: The original has no signature.
    """
    try:
        return original.__signature__
    except AttributeError:
        try:
            return inspect.signature(original)
        except (TypeError, ValueError):
            pass
        raise


class Binder(NamedTuple):
    """How the arguments of a callable become its bound values.

    Args:
        names: The parameters, in the order of the bound values.
        var_positional: Which of them holds a tuple of further positional arguments.
        var_keyword: Which of them holds a dict of further keyword arguments.
        bind: Takes arguments as the callable does and returns the bound values, defaults applied.
            Raises ``TypeError`` for arguments that the signature does not take.
    """

    names: tuple[str, ...]
    var_positional: str | None
    var_keyword: str | None
    bind: Callable[..., tuple[object, ...]]


def binder(original: Callable[..., Any]) -> Binder:
    """Makes the binder of a callable.

    One without a signature binds ``args`` and ``kwargs``. So does one whose arguments have neither
    names that a caller can use nor defaults: it may have no signature on another Python, and what
    is recorded on one has to be found on the other.
    """
    try:
        parameters = tuple(inspect.signature(original).parameters.values())
    except (TypeError, ValueError, NameError):  # NameError: an annotation, from Python 3.14 on
        return _binder_of_anything()
    if all(
        parameter.kind is parameter.POSITIONAL_ONLY and parameter.default is parameter.empty
        for parameter in parameters
    ):
        return _binder_of_anything()
    try:
        return _binder_of(parameters)
    except SyntaxError:  # a parameter may be called __debug__ in a signature, but not in a def
        return _binder_of_anything()


def _binder_of_anything() -> Binder:
    return _binder_of(
        (
            inspect.Parameter("args", inspect.Parameter.VAR_POSITIONAL),
            inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD),
        )
    )


def _binder_of(parameters: tuple[inspect.Parameter, ...]) -> Binder:
    variadic = {parameter.kind: parameter.name for parameter in parameters}
    return Binder(
        names=tuple(parameter.name for parameter in parameters),
        var_positional=variadic.get(inspect.Parameter.VAR_POSITIONAL),
        var_keyword=variadic.get(inspect.Parameter.VAR_KEYWORD),
        bind=_compile(parameters),
    )


def _compile(parameters: tuple[inspect.Parameter, ...]) -> Callable[..., tuple[object, ...]]:
    """Makes a function whose parameters these are, and which returns their values.

    The interpreter binds a call faster, and more exactly, than anything written in Python.
    """
    names = _legal_names(parameters)
    values = "".join(f"{name}, " for name in names)
    source = f"def bind({', '.join(_declarations(parameters, names))}): return ({values})"
    namespace: dict[str, Any] = {}
    exec(compile(source, "<binder>", "exec"), namespace)  # noqa: S102  # names only, all legal
    bind: FunctionType = namespace["bind"]
    by_keyword = {
        parameter.name: parameter.default
        for parameter in parameters
        if parameter.kind is parameter.KEYWORD_ONLY and parameter.default is not parameter.empty
    }
    bind.__defaults__ = tuple(
        parameter.default
        for parameter in parameters
        if parameter.kind <= parameter.POSITIONAL_OR_KEYWORD
        and parameter.default is not parameter.empty
    )
    bind.__kwdefaults__ = by_keyword
    return bind


def _legal_names(parameters: Sequence[inspect.Parameter]) -> list[str]:
    """Names the parameters; a positional-only one may be called by a keyword of the language."""
    taken = {parameter.name for parameter in parameters}
    names = []
    for parameter in parameters:
        name = parameter.name
        while keyword.iskeyword(name) or (name != parameter.name and name in taken):
            name += "_"
        taken.add(name)
        names.append(name)
    return names


def _declarations(parameters: Sequence[inspect.Parameter], names: Sequence[str]) -> Iterator[str]:
    """Gives the parts of a parameter list, with a placeholder for each default."""
    before: inspect._ParameterKind | None = None
    for parameter, name in zip(parameters, names, strict=True):
        kind = parameter.kind
        if before is parameter.POSITIONAL_ONLY and kind is not before:
            yield "/"
        if kind is parameter.KEYWORD_ONLY and before not in {kind, parameter.VAR_POSITIONAL}:
            yield "*"
        stars = STARS.get(kind, "")
        yield stars + name + ("" if parameter.default is parameter.empty else "=None")
        before = kind
    if before is inspect.Parameter.POSITIONAL_ONLY:
        yield "/"
