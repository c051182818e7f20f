"""The errors of AWS: botocore makes their classes anew for each session, and no name leads to them.

``except client.exceptions.NoSuchKey`` catches what is of the class that this very client has. So a
replayed error is of the class of the clients that there are.
"""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_MADE_IN: Final = "botocore.errorfactory"


def place_of_error(kind: type) -> tuple[str, str] | None:
    """Return the service whose error a class is, and the code of the error.

    Args:
        kind: Any class.
    """
    if kind.__module__ != _MADE_IN:
        return None
    for client in _clients():
        for code, made in client.exceptions._code_to_exception.items():
            if made is kind:
                return client.meta.service_model.service_name, code
    return None


def error_class(service: str, code: str, name: str) -> type:
    """Return the class of an error of a service, as the clients of this process have it.

    Args:
        service: The name of the service.
        code: The code of the error.
        name: The name of the class.

    Returns:
        The class; where clients of several sessions have one each, a class derived from all.
    """
    found: dict[type, None] = {}
    for client in _clients():
        made = client.exceptions._code_to_exception.get(code)
        if made is not None and client.meta.service_model.service_name == service:
            found[made] = None
    if len(found) == 1:
        return next(iter(found))
    base: Any = sys.modules["botocore.exceptions"].ClientError
    return type(name, tuple(found) or (base,), {"__module__": _MADE_IN})


def _clients() -> Iterator[Any]:
    base = sys.modules["botocore.client"].BaseClient
    kinds = {base}
    waiting = [base]
    for kind in waiting:
        derived = [one for one in kind.__subclasses__() if one not in kinds]
        kinds.update(derived)
        waiting += derived
    return (one for one in gc.get_objects() if type(one) in kinds)
