"""The interception of a run where everything is live: it looks for the targets, no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_mimic._interception._interception import Interception

if TYPE_CHECKING:
    from pytest_mimic._interception._patches import Patch
    from pytest_mimic._target import Found, Target


class _NoPatch:
    """Stands for the patch of a target that is left alone."""

    def forget(self, target_name: str) -> None:
        """Has nothing to take away."""

    def is_named(self) -> bool:
        """Has nothing to keep."""
        return False

    def undo(self) -> None:
        """Has nothing to put back."""


class Survey(Interception):
    """Finds the targets, and refuses what cannot be one, as a run that patches them does.

    A call of a function that is patched has one frame more, which ``warnings.warn(stacklevel=2)``
    can tell. Where nothing is to be replayed or recorded, nothing is there to be told.
    """

    def _claim(self, target: Target, found: Found) -> Patch:  # noqa: ARG002  # it is left alone
        self._targets[target.name] = target
        self._imported.add(target.line.text)
        return _NoPatch()
