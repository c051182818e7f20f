"""What payloads call when they are loaded. The names here are part of the vault's format."""

from __future__ import annotations

import contextlib
import importlib
import io
import itertools
import operator
import re
import threading
from typing import TYPE_CHECKING, Any

from pytest_mimic._fingerprint._references import HEAP_TYPE
from pytest_mimic._outcome._objects._families import set_state, state_of
from pytest_mimic._outcome._objects._strides import is_lying, layout_of, memory_of
from pytest_mimic._outcome._pickles._clients import error_class
from pytest_mimic._values._graphs import cut_off
from pytest_mimic._values._images import set_content

if TYPE_CHECKING:
    from collections.abc import Callable


def module(name: str) -> object:
    """Return a module by its name."""
    return importlib.import_module(name)


def namespace(name: str) -> dict[str, Any]:
    """Return the globals of a module."""
    return vars(importlib.import_module(name))


def attribute(module: str, path: str) -> object:
    """Return what a module holds: an object that is known by its identity alone.

    Args:
        module: The name of the module.
        path: The name there, or attributes that lead on from it: ``Rules.EMPTY.check``.
    """
    return operator.attrgetter(path)(importlib.import_module(module))


def pattern(text: str | bytes, flags: int) -> re.Pattern[Any]:
    """Return a pattern that shows how it is compiled; who compiled it live saw that then."""
    with contextlib.redirect_stdout(io.StringIO()):
        return re.compile(text, flags)


def constant(module: str, path: str, kind: type, state: dict[str, Any]) -> object:
    """Return what a module holds, or, where that is something else by now, an object like it was.

    Args:
        module: The name of the module.
        path: The attributes that lead there.
        kind: The class of the object.
        state: Its attributes.
    """
    held = None
    with contextlib.suppress(AttributeError, ImportError):
        held = attribute(module, path)
    if type(held) is kind and state_of(held) == state:
        return held
    made: object = object.__new__(kind)
    set_state(made, state)
    return made


class Columns:
    """The names of the columns of rows; comes back as what makes rows of them.

    Args:
        names: The names.
    """

    __slots__ = ("_names",)

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names

    def __reduce__(self) -> tuple[Any, ...]:
        return columns, (self._names,)


def columns(names: tuple[str, ...]) -> object:
    """Return a cursor of sqlite3 whose rows have these columns."""
    sqlite3 = importlib.import_module("sqlite3")
    quoted = (name.replace('"', '""') for name in names)
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        cursor: object = connection.execute(
            "SELECT " + ", ".join(f'NULL AS "{name}"' for name in quoted)
        )
    return cursor


def row(cursor: Any, values: tuple[Any, ...]) -> object:
    """Return a row of sqlite3."""
    made: object = importlib.import_module("sqlite3").Row(cursor, values)
    return made


def match(pattern: Any, string: Any, pos: int, endpos: int, regs: object) -> object:
    """Find a match again: the one of these that has its groups where that one had them."""
    found = pattern.finditer(string, pos, endpos)
    others = (way(string, pos, endpos) for way in (pattern.match, pattern.fullmatch))
    return next((one for one in itertools.chain(found, others) if one and one.regs == regs), None)


def jar(kind: Any, state: dict[str, Any]) -> object:
    """Make a cookie jar, with a lock of its own."""
    made: Any = kind.__new__(kind)
    vars(made).update(state, _cookies_lock=threading.RLock())
    return made


def exception(kind: type[BaseException], made_from: tuple[Any, ...]) -> BaseException:
    """Make an exception without running the ``__init__`` or ``__new__`` of its class.

    Args:
        kind: Its class.
        made_from: What the built-in class below wants for ``__new__``; only groups want anything.
    """
    made: BaseException = solid(kind).__new__(kind, *made_from)
    return made


def reduced_exception(
    make: Callable[..., BaseException], args: tuple[Any, ...], state: Any
) -> BaseException:
    """Make an exception as its class says, which has C code of its own."""
    made = make(*args)
    if state is not None:
        made.__setstate__(state)
    return made


def http_error(  # noqa: PLR0913, PLR0917  # as many as the class itself takes
    kind: type[BaseException], url: str, code: int, reason: str, headers: Any, body: bytes
) -> BaseException:
    """Make an ``urllib.error.HTTPError`` whose body is in memory."""
    made = exception(kind, ())
    fill_http_error(made, url, code, reason, headers, body)
    return made


def fill_http_error(  # noqa: PLR0913, PLR0917  # likewise
    error: Any, url: str, code: int, reason: str, headers: Any, body: bytes
) -> None:
    """Give an error its content, with a body that is in memory."""
    # Not the class's own constructor, if it is a derived one.
    base: Any = next(one for one in type(error).__mro__ if one.__module__ == "urllib.error")
    error.args = (url, code, reason, headers, io.BytesIO(body))
    base.__init__(error, *error.args)


def solid(kind: type) -> type:
    """Return the built-in class whose layout the instances of a class have."""
    while kind.__flags__ & HEAP_TYPE and kind.__base__ is not None:
        kind = kind.__base__
    return kind


def set_exception(made: BaseException, state: dict[str, Any]) -> None:
    """Give an exception that was just made its state.

    Args:
        made: The exception.
        state: ``args``, ``dict``, ``cause``, ``context``, ``suppress``, and ``slots``: what the
            attributes are that live outside of its ``__dict__``.
    """
    slots = {} if state["args"] is None else {"args": state["args"]}
    slots |= state["slots"]
    slots |= {"__cause__": state["cause"], "__context__": state["context"]}
    slots["__suppress_context__"] = state["suppress"]
    set_state(made, slots)
    if state["dict"]:
        made.__dict__.update(state["dict"])


def http_response(kind: Any, state: dict[str, Any], body: bytes | None, closed: bool) -> Any:
    """Make a ``http.client.HTTPResponse``, with the body in memory, or none where it was read."""
    made = kind.__new__(kind)
    vars(made).update(state, fp=None)
    if body is not None:
        fill_http_response(made, body)
    if closed:
        made.close()
    return made


def fill_http_response(response: Any, body: bytes) -> None:
    """Give a ``http.client.HTTPResponse`` a body that is in memory."""
    response.fp = io.BufferedReader(io.BytesIO(body))
    response.length = len(body)
    response.chunked = False


def urllib_response(kind: Any, body: bytes | None, head: tuple[Any, ...]) -> Any:
    """Make a response of ``urllib`` with its body in memory, closed where there is none."""
    made = kind(io.BytesIO(body or b""), *head)
    if body is None:
        made.close()
    return made


def urllib3_response(kind: Any, state: dict[str, Any], body: bytes | None) -> Any:
    """Make a response of urllib3 with its body in memory, closed where there is none."""
    made = kind(headers=state["headers"], status=state["status"], preload_content=False)
    vars(made).update(state)
    fill_urllib3(made, body or b"")
    if body is None:
        made.close()
    return made


def fill_urllib3(response: Any, body: bytes) -> None:
    """Give a response of urllib3 a body that is in memory."""
    response._fp = io.BytesIO(body)
    response._fp_bytes_read = 0
    response.length_remaining = len(body)
    response.chunked = False


def requests_response(kind: Any, state: dict[str, Any]) -> Any:
    """Make a response of requests, its raw response included."""
    made = kind.__new__(kind)
    vars(made).update(state)
    return made


def httpx_response(
    kind: Any,
    state: dict[str, Any],
    extensions: dict[str, bytes],
    stream: tuple[Callable[[bytes], Any], bytes] | None,
) -> Any:
    """Make a response of httpx, with its body in memory where it was not read yet."""
    made = kind.__new__(kind)
    made.__setstate__(state)
    made.extensions = extensions
    if stream is not None:
        make, body = stream
        made.stream = make(body)
        made.is_closed = False
    return made


def botocore_body(kind: Any, content: bytes, state: dict[str, Any]) -> Any:
    """Make what a body of AWS is read from, with the rest of the body in memory."""
    made = kind(io.BytesIO(content), None)
    vars(made).update(state)
    return made


def repeated(value: Any, shape: tuple[int, ...]) -> Any:
    """Return an array of numpy that repeats another without a copy, as ``broadcast_to`` does."""
    return importlib.import_module("numpy").broadcast_to(value, shape)


def unevaluated(kind: Any, *args: Any) -> Any:
    """Return an expression of sympy as it stands."""
    return kind(*args, evaluate=False)


def view(
    content: bytes | bytearray, form: str, shape: tuple[int, ...], part: tuple[Any, ...] = ()
) -> Any:
    """Return a view of bytes as numbers of a form, in a shape.

    Args:
        content: The bytes.
        form: The form, as `struct` writes it.
        shape: The shape.
        part: Of which argument it is a view, how that lay, from which byte to which and in what
            steps the view shows it; empty where it has a memory of its own.
    """
    made: Any = memoryview(content)
    if part:
        owner, layout, start, end, step = part
        if not is_lying(owner):
            return owner.part(f"from byte {start} to {end}, {form} {shape}, step {step}")
        if layout_of(owner) == layout:
            made = memoryview(memory_of(owner)).cast("B")[start:end]
            if step != 1:
                return made.cast(form)[::step]
    return made if (form, shape) == ("B", made.shape) else made.cast(form, shape)


def unmade(kind: type, base: Any = object, *bare: Any) -> object:
    """Make an object without the ``__new__`` of its class, which wants more or makes another."""
    return base.__new__(kind, *bare)


def botocore_error(service: str, code: str, name: str) -> type:
    """Return the class of an error of AWS."""
    importlib.import_module("botocore.client")
    return error_class(service, code, name)


def parametrised(origin: type, args: tuple[Any, ...]) -> object:
    """Return a generic model of pydantic with its parameters.

    Raises:
        TypeError: It is no class.
    """
    if not isinstance(origin, type):
        raise TypeError("only a class has parameters")
    made: object = origin.__class_getitem__(args)  # type: ignore[attr-defined]  # it is generic
    return made


def set_image(made: Any, state: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """Give an image of PIL that was just made its content and its attributes."""
    importlib.import_module("PIL.Image").Image.__init__(made)
    content, attributes = state
    vars(made).update(attributes)
    set_content(made, content)


def tensor(detached: Any) -> Any:  # pragma: no cover - torch
    """Return a tensor that has a graph, which is not recorded."""
    return cut_off(detached) if hasattr(detached, "detach") else detached


def tensor_of_inference(
    made_by: Callable[..., Any], arguments: tuple[Any, ...]
) -> Any:  # pragma: no cover - torch
    """Return a tensor that no gradient will ever be asked of."""
    with importlib.import_module("torch").inference_mode():
        return made_by(*arguments)


def set_tensor(made: Any, state: tuple[Any, dict[str, Any]]) -> None:  # pragma: no cover - torch
    """Give a tensor its gradient and its attributes."""
    made.grad, attributes = state
    vars(made).update(attributes)


def set_array(made: Any, state: tuple[Any, dict[str, Any]]) -> None:
    """Give an array of a class of its own its elements and its attributes."""
    elements, attributes = state
    made.__setstate__(elements)
    vars(made).update(attributes)


def content(array: object) -> object:
    """Return the elements that a call left in an argument."""
    return array


def array_view(  # noqa: PLR0913, PLR0917  # as many as say what a view is of
    owner: Any,
    layout: str,
    offset: int,
    dtype: Any,
    shape: tuple[int, ...],
    strides: tuple[int, ...],
    writeable: bool,
    otherwise: Any,
) -> Any:
    """Return an array on the memory of another, of a tensor, or of another buffer.

    Args:
        owner: That one; or what stands for it where a payload is read without its caller.
        layout: How it lay when that was recorded, by `layout_of`.
        offset: Where the array begins, in bytes.
        dtype: The type of its elements.
        shape: Its shape.
        strides: Its strides, in bytes.
        writeable: Whether it may be written to.
        otherwise: An equal array, for an owner that lies otherwise here.
    """
    if not is_lying(owner):
        return owner.part(f"from byte {offset}, {dtype} {shape}, strides {strides}")
    if layout_of(owner) != layout:
        return otherwise
    numpy: Any = importlib.import_module("numpy")
    made = numpy.ndarray(shape, dtype, memory_of(owner), offset, strides)
    if not writeable:
        made.flags.writeable = False
    return made


def tensor_view(  # pragma: no cover - torch
    owner: Any, layout: str, place: tuple[Any, Any, int], otherwise: Any
) -> Any:
    """Return a tensor on the memory of another; as `array_view`, but counted in elements."""
    shape, strides, offset = place
    if not is_lying(owner):
        return owner.part(f"from element {offset}, {shape}, strides {strides}")
    if layout_of(owner) != layout:
        return otherwise
    return owner.data.as_strided(shape, strides, owner.storage_offset() + offset)


def tensor_on(array: Any) -> Any:  # pragma: no cover - torch
    """Return a tensor on the memory of an array."""
    return importlib.import_module("torch").from_numpy(array) if hasattr(array, "dtype") else array
