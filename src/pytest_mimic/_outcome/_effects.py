"""What a call changed in its arguments."""

from __future__ import annotations

from typing import Any, NamedTuple

Change = tuple[object, str, Any]


class Effects(NamedTuple):
    """The changes that a call made in its arguments.

    Attributes:
        changes: For each object that changed: the object, the family of the change, and the change.
        places: The path of each of these objects, for people.
        paths: The paths of what changed in them, for people.
    """

    changes: tuple[Change, ...]
    places: tuple[str, ...]
    paths: list[str]


NO_EFFECTS = Effects((), (), [])
