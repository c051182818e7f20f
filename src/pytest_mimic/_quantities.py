"""Times and sizes as people write and read them."""

from __future__ import annotations

import re

_MINUTE = 60
_SHORTEST = 0.05  # seconds that still round to a tenth
_THOUSAND = 1000
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_UNITS = ("B", "kB", "MB", "GB", "TB")
_QUANTITY = r"(\d+(?:\.\d+)?) ?([a-zA-Z]*)"


def duration(seconds: float) -> str:
    """Gives a time as people read it: ``0.4s``, ``14m 32s``, ``2h 5m``."""
    if seconds < _SHORTEST:
        return f"{seconds * 1000:.1f}ms"
    if round(seconds, 1) < _MINUTE:
        return f"{seconds:.1f}s"
    minutes, rest = divmod(round(seconds), _MINUTE)
    hours, minutes = divmod(minutes, _MINUTE)
    return f"{hours}h {minutes}m" if hours else f"{minutes}m {rest}s"


def elapsed(seconds: float) -> str:
    """Gives a time that is still passing, by whole seconds: ``12s``, ``14m 32s``."""
    seconds = int(seconds)
    return f"{seconds}s" if seconds < _MINUTE else duration(seconds)


def age(seconds: float) -> str:
    """Gives a long time by its largest unit alone: ``5s``, ``3h``, ``120d``."""
    for unit in "dhm":
        if seconds >= _SECONDS[unit]:
            return f"{int(seconds // _SECONDS[unit])}{unit}"
    return f"{max(0, int(seconds))}s"


def size(count: int) -> str:
    """Gives a number of bytes: ``12 B``, ``3.4 kB``, ``1.2 GB``."""
    amount, place = float(count), 0
    while round(amount, 1) >= _THOUSAND and place < len(_UNITS) - 1:
        amount, place = amount / _THOUSAND, place + 1
    return f"{amount:.1f} {_UNITS[place]}" if place else f"{count} B"


def parse_age(text: str) -> float:
    """Reads a time: ``90d``, ``12h``, ``2w``; a number alone means days.

    Args:
        text: A number and one of s, m, h, d and w.

    Returns:
        Seconds.

    Raises:
        ValueError: It is none of these.
    """
    amount, unit = _parsed(text)
    if unit not in ("", *_SECONDS):
        raise ValueError(text)
    return amount * _SECONDS[unit or "d"]


def parse_size(text: str) -> float:
    """Reads a size: ``500``, ``10k``, ``1.5MB``.

    Args:
        text: A number and maybe one of B, k, M, G and T, with or without a B behind it.

    Returns:
        Bytes.

    Raises:
        ValueError: It is none of these.
    """
    amount, unit = _parsed(text)
    letters = [name[0].lower() for name in _UNITS]
    if unit not in ("", *letters, *(name.lower() for name in _UNITS)):
        raise ValueError(text)
    return float(amount * _THOUSAND ** letters.index(unit[:1] or "b"))


def _parsed(text: str) -> tuple[float, str]:
    found = re.fullmatch(_QUANTITY, text.strip())
    if found is None:
        raise ValueError(text)
    return float(found[1]), found[2].lower()
