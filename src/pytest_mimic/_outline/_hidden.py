"""What of a call must be seen nowhere: an ignored value or a secret may come back elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from itertools import islice
from typing import Any, Final, NamedTuple

from pytest_mimic._outline._atoms import atom
from pytest_mimic._outline._classes import is_one_of, mro
from pytest_mimic._outline._inside import ATOMS, length_of, parts

# Shorter texts stand in others by chance.
_SHORTEST: Final = 6
_MOST_SEARCHED: Final = 2000


class Hidden(NamedTuple):
    """What to look for.

    Args:
        ids: The identities of the objects.
        texts: The texts.
    """

    ids: frozenset[int] = frozenset()
    texts: tuple[str, ...] = ()

    def has(self, value: object) -> bool:
        """Tell whether a value is one of them, or a text that holds one of them."""
        if id(value) in self.ids:
            return True
        text = _text_of(value) if self.texts else ""
        return bool(text) and any(hidden in text for hidden in self.texts)


def hidden_in(
    names: Sequence[str],
    values: Sequence[object],
    ignored: Collection[str],
    is_secret: Callable[[str], bool],
) -> Hidden:
    """Collect what must not be seen of the arguments of a call.

    Args:
        names: The parameters' names.
        values: Their values.
        ignored: Parameters that must not appear.
        is_secret: Whether a name is a secret's.

    Returns:
        The ignored and the secret ones, and the secrets in others.
    """
    ids: set[int] = set()
    shown: set[int] = set()
    texts: set[str] = set()
    for name, value in zip(names, values, strict=True):
        is_hidden = name in ignored or is_secret(name)
        if is_hidden and atom(value) is None and length_of(value) != 0:
            ids.add(id(value))
        elif not is_hidden:
            # What is passed for others as well, as what says that nothing was given, is no secret.
            shown.add(id(value))
            if is_one_of(type(value), ATOMS):
                continue
        # Of an ignored object only its secrets are kept from view, of a secret one all texts.
        waiting = [(value, is_hidden and (is_secret(name) or bool(_text_of(value))))]
        seen: set[int] = set()
        while waiting and len(seen) < _MOST_SEARCHED:
            inside, is_kept = waiting.pop()
            if id(inside) in seen:
                continue
            seen.add(id(inside))
            text = _text_of(inside)
            if is_kept and len(text) >= _SHORTEST:
                texts.add(text)
            waiting.extend(
                (part.value, is_kept or is_secret(part.name))
                for part in islice(parts(inside, _MOST_SEARCHED), _MOST_SEARCHED)
            )
    return Hidden(frozenset(ids - shown), tuple(sorted(texts)))


def _text_of(value: Any) -> str:
    if str in mro(type(value)):
        return str.__str__(value)
    return bytes(value).decode("latin-1") if type(value) in (bytes, bytearray) else ""
