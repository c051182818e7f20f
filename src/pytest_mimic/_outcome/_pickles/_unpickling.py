"""A fresh value from a pickle, with the caller's own objects put in."""

from __future__ import annotations

import collections
import contextlib
import io
import pickle
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from pytest_mimic._fingerprint._references import places_elsewhere
from pytest_mimic._outcome._pickles._code import compiled
from pytest_mimic._outcome._pickles._layout import Buffer, Flags, parted
from pytest_mimic._outcome._pickles._nans import nan_at
from pytest_mimic._outcome._pickles._quiet import Quiet

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_mimic._outcome._pickles._trust import Trust


def load(
    payload: Buffer,
    flags: int,
    resolve: Callable[[Any], object] | None,
    trust: Trust | None,
) -> object:
    """Load a pickle: a fresh value each time.

    Args:
        payload: The pickle and what lies behind it, with the byte of flags. Where it is writable,
            the arrays loaded lie in it: it must be given away, and nobody else may write it.
        flags: That byte.
        resolve: Returns the caller's object that a reference stands for.
        trust: What the pickle may import; None when it may import anything.

    Returns:
        The value.

    Raises:
        Exception: Whatever loading raises.
    """
    with Quiet():
        return _load(payload, flags, resolve, trust)


def _load(
    payload: Buffer,
    flags: int,
    resolve: Callable[[Any], object] | None,
    trust: Trust | None,
) -> object:
    payload, buffers = parted(payload, flags)
    if resolve is None and trust is None and not flags & Flags.DILL:
        # What fails is tried once more, where names are looked for that another version has moved.
        try:
            return pickle.loads(payload, buffers=buffers)  # noqa: S301  # the vault has checked it
        except (AttributeError, ImportError):
            pass
    reader = _Unpickler(io.BytesIO(payload), buffers=buffers)
    reader.resolve = resolve or _no_reference
    reader.trust = trust
    return reader.load()


def _no_reference(_reference: object) -> object:
    """Refuse a reference in a payload whose flags say that it has none."""
    raise pickle.UnpicklingError("a reference to an argument where none may be")


class _Unpickler(pickle.Unpickler):
    """An unpickler that resolves references, and imports only what it may."""

    resolve: Callable[[Any], object]
    trust: Trust | None

    def persistent_load(self, reference: Any) -> Any:
        """Return the caller's object that a reference stands for, or a nan that all know."""
        nan = nan_at(reference)
        return self.resolve(reference) if nan is None else nan

    def find_class(self, module: str, name: str) -> Any:
        """Return what a payload names."""
        if self.trust is not None:
            found = self.trust.find(module, name, self._look_up)
        # A name of dill's own, for the namespace of the main module of whoever reads.
        elif (module, name) == ("__builtin__", "__main__"):
            return vars(sys.modules["__main__"])
        else:
            found = self._look_up(module, name)
        make = _MADE_BY_DILL.get(name) if module == "dill._dill" else None
        return found if make is None else partial(make, found)

    def _look_up(self, module: str, name: str) -> Any:
        """Return what a module holds, wherever the version that is here has it."""
        try:
            return super().find_class(module, name)
        except (AttributeError, ImportError):
            for place in places_elsewhere(module, name):
                with contextlib.suppress(AttributeError, ImportError):
                    return super().find_class(*place)
            raise


def _named_tuple(
    make: Callable[..., type], name: str, fields: tuple[str, ...], module: str, defaults: Any = None
) -> type:
    """Make a class of named tuples as dill does, also one that gave names to fields itself."""
    try:
        return make(name, fields, module, defaults)
    except ValueError:
        kind: Any = collections.namedtuple  # noqa: PYI024  # no checker knows these fields
        made: type = kind(name, fields, rename=True, defaults=defaults, module=module)
        return made


_MADE_BY_DILL: dict[str, Any] = {"_create_namedtuple": _named_tuple, "_create_code": compiled}
"""What is called in the place of dill's functions, with these before the arguments."""
