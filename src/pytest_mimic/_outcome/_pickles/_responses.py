"""The responses of HTTP clients: what they say, and a body that can be read once only.

The body is read when a response is stored, and the live response gives it to its caller from
memory, as the replayed one does. What the client keeps of the connection is left out.
"""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Any

from pytest_mimic._outcome import _rebuild

if TYPE_CHECKING:
    from collections.abc import Callable

# The retries are left out: they are those of the pool, as a rule.
_HEAD_OF_URLLIB3 = frozenset({
    "headers", "status", "version", "version_string", "reason", "decode_content", "_request_url",
    "_body",
})  # fmt: skip
HTTPX = frozenset({"httpx", "httpx2"})


def _reduce_http_client(response: Any) -> tuple[Any, ...]:
    """Store a ``http.client.HTTPResponse``, as ``urllib.request.urlopen`` returns it."""
    is_read = response.isclosed()
    body = None if is_read else response.read()
    if body is not None:
        _rebuild.fill_http_response(response, body)
    state = {name: value for name, value in vars(response).items() if name != "fp"}
    return _rebuild.http_response, (type(response), state, body, response.closed)


def _reduce_urllib(response: Any) -> tuple[Any, ...]:
    """Store what ``urlopen`` returns for ``file:``, ``ftp:`` and ``data:``."""
    body = None if response.fp.closed else response.fp.read()
    if body is not None:
        type(response).__init__(response, io.BytesIO(body), *_head_of_urllib(response))
    return _rebuild.urllib_response, (type(response), body, _head_of_urllib(response))


def _head_of_urllib(response: Any) -> tuple[Any, ...]:
    return response.headers, response.url, response.code


def _reduce_urllib3(response: Any) -> tuple[Any, ...]:
    """Store a response of urllib3.

    A body that it has decoded in part cannot be had as it was sent. The rest is stored decoded.
    """
    if response.closed:
        body = None
    else:
        is_decoding = response._decoder is not None
        body = response.read(decode_content=is_decoding)
        _rebuild.fill_urllib3(response, body)
        if is_decoding:
            response.decode_content = response._has_decoded_content = False
            response._decoder = None
    state = {name: value for name, value in vars(response).items() if name in _HEAD_OF_URLLIB3}
    return _rebuild.urllib3_response, (type(response), state, body)


def _reduce_requests(response: Any) -> Any:
    """Store a response of requests, with the raw response that its own pickles leave out."""
    raw = response.raw
    kind = type(raw)
    if (kind.__module__, kind.__qualname__) not in RESPONSES:
        return response.__reduce_ex__(5)
    state = {name: value for name, value in vars(response).items() if name != "connection"}
    return _rebuild.requests_response, (type(response), state)


def _reduce_httpx(response: Any) -> tuple[Any, ...]:
    """Store a response of httpx, with what has not been read of it, and what it knows beside it.

    What only awaiting reads has been read already where it is the outcome itself.
    """
    library = sys.modules[type(response).__module__]
    body = None
    if _is_unread_httpx(response) and _is_sync(response):
        body = b"".join(response.stream)
        response.stream.close()
        response.stream = library.ByteStream(body)
    state = response.__getstate__()
    known = {name: value for name, value in response.extensions.items() if type(value) is bytes}
    stream = None if body is None else (library.ByteStream, body)
    return _rebuild.httpx_response, (type(response), state, known, stream)


def head_of(value: Any) -> Any:
    """Return a response of httpx without its body and its request, of others None.

    A stream that reads the body keeps it, so the body is left alone; and the request has the key.
    """
    if not _is_httpx(value):
        return None
    kind: Any = type(value)
    head = kind.__new__(kind)
    head.__setstate__({**value.__getstate__(), "_request": None, "history": []})
    return head


def _reduce_botocore(body: Any) -> tuple[Any, ...]:
    """Store what the clients of AWS give to read a body from."""
    content = body._raw_stream.read()
    body._raw_stream = io.BytesIO(content)
    # One that checks what it reads did so, or will; its base does not.
    kind = next(one for one in type(body).__mro__ if one.__module__ == "botocore.response")
    names = ("_content_length", "_amount_read")
    state = {name: value for name, value in vars(body).items() if name in names}
    return _rebuild.botocore_body, (kind, content, state)


def _is_httpx(value: object) -> bool:
    return type(value).__module__ in HTTPX and type(value).__qualname__ == "Response"


def _is_unread_httpx(response: Any) -> bool:
    return not (response.is_closed or response.is_stream_consumed)


def _is_sync(response: Any) -> bool:
    """Tell whether the body of a response of httpx is read without awaiting."""
    library = sys.modules[type(response).__module__]
    return isinstance(response.stream, library.SyncByteStream)


async def read_unread(value: Any) -> None:
    """Read the body of a response that only awaiting reads: its caller reads it from memory.

    Args:
        value: Any value; what is no such response, or was read, is left alone.
    """
    if _is_httpx(value) and _is_unread_httpx(value) and not _is_sync(value):
        body = b"".join([part async for part in value.stream])
        await value.stream.aclose()
        value.stream = sys.modules[type(value).__module__].ByteStream(body)


RESPONSES: dict[tuple[str, str], Callable[[Any], Any]] = {
    ("http.client", "HTTPResponse"): _reduce_http_client,
    ("urllib.response", "addinfourl"): _reduce_urllib,
    ("urllib3.response", "HTTPResponse"): _reduce_urllib3,
    ("requests.models", "Response"): _reduce_requests,
    ("botocore.response", "StreamingBody"): _reduce_botocore,
    ("botocore.httpchecksum", "StreamingChecksumBody"): _reduce_botocore,
    **{(module, "Response"): _reduce_httpx for module in HTTPX},
}
