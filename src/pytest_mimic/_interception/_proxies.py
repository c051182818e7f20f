"""The proxies of a run, and when they are put in the place of what they stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_mimic._interception._heap import is_hidden
from pytest_mimic._interception._proxy_patch import ProxyPatch
from pytest_mimic._interception._rebinding import rebind_all, undo_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pytest_mimic._interception._patches import Patch
    from pytest_mimic._interception._rebinding import Rebinding
    from pytest_mimic._interception._views import Dispatch
    from pytest_mimic._target import Target


class Proxies:
    """Makes proxies, and places as many at once as can wait for one another.

    Args:
        gate: True in a context in which calls go straight to the original.
        dispatch: Takes the calls that a target means.
    """

    def __init__(self, gate: Callable[[], bool], dispatch: Dispatch) -> None:
        self._gate = gate
        self._dispatch = dispatch
        self._new: list[ProxyPatch] = []
        # Those whose originals may also stand where it takes long to look.
        self._placed_in_haste: list[ProxyPatch] = []
        self._placed: set[ProxyPatch] = set()
        # What was rebound for the sake of several of them.
        self._shared: list[Rebinding] = []

    def make(self, original: object, target: Target) -> ProxyPatch:
        """Makes the proxy of a callable, which is not placed yet.

        Args:
            original: The callable.
            target: What names it.
        """
        patch = ProxyPatch(original, self._gate, self._dispatch, target)
        self._new.append(patch)
        return patch

    def place_in_haste(self) -> None:
        """Places the new ones while a module is being imported, which may go on to call them.

        Where tuples and dicts hold nothing but what the garbage collector does not know, they are
        looked for when it is imported: that takes as long for one as for a hundred.
        """
        self._placed_in_haste += [each for each in self._new if is_hidden(each.original)]
        self._place(self._new, thorough=False)

    def place(self) -> None:
        """Places the new ones wherever their originals are referred to."""
        self._place([*self._placed_in_haste, *self._new], thorough=True)
        self._placed_in_haste = []

    def undo(self, patches: Iterable[Patch]) -> None:
        """Puts the originals back, all at once.

        Args:
            patches: Whose; others among them are left alone.
        """
        proxied = [patch for patch in patches if isinstance(patch, ProxyPatch)]
        for patch in proxied:
            patch.retire()
            self._placed.discard(patch)
        rebindings = [rebinding for patch in proxied for rebinding in patch.rebindings]
        if not self._placed:
            # As long as one of several is left, what they share is not what it was before.
            rebindings += self._shared
            self._shared = []
        if rebindings:
            undo_all(rebindings)
        for patch in proxied:
            patch.undo_below()

    def _place(self, patches: Sequence[ProxyPatch], *, thorough: bool) -> None:
        self._new = []
        named = [patch for patch in patches if patch.is_named()]
        if not named:
            return
        own, shared = rebind_all(
            # No list of them, which would be among what is found.
            ((patch.original, patch.proxy) for patch in named),
            [part for patch in named for part in (patch, patch.__dict__)],
            thorough=thorough,
        )
        for patch, rebinding in zip(named, own, strict=True):
            patch.rebindings.append(rebinding)
            self._placed.add(patch)
        if shared.pairs:
            self._shared.append(shared)
