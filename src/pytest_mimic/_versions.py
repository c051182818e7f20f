"""The versions of Python and of what is installed, here and where a recording was made."""

from __future__ import annotations

import platform
from importlib import metadata  # the backport unhooks this one from the whole process
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def changed_since(python: str, distributions: Mapping[str, str]) -> list[str]:
    """Find which versions are others here than where a recording was made.

    Args:
        python: The version of Python there.
        distributions: The versions of the distributions there.

    Returns:
        Each of those that differ, with both versions, as a user reads it.
    """
    here = platform.python_version()
    changed = [] if python == here else [f"Python {python} then, {here} here"]
    for name, version in distributions.items():
        now = _version_of(name)
        if now != version:
            changed.append(f"{name} {version} then, {now or 'not installed'} here")
    return changed


def _version_of(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except (metadata.PackageNotFoundError, ValueError):
        return None
