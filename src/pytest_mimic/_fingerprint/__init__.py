"""Values -> keys: equal values have equal keys, in every process, on every Python."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pytest_mimic._fingerprint._exceptions import FROM_OTHERS
from pytest_mimic._fingerprint._graph import GraphWalk
from pytest_mimic._fingerprint._naming import Namer
from pytest_mimic._fingerprint._nodes import ATOMS, FLAT, Node, Parts, State
from pytest_mimic._fingerprint._rules import Custom, Rules
from pytest_mimic._fingerprint._walk import Orders, Visits, Walk, same_as_itself

__all__ = ["FLAT", "FORMAT", "FROM_OTHERS", "Fingerprinter", "Parts", "State"]

FORMAT: Final = 1
"""The number of the canonical form. It is part of every key: raised when any key changes."""

HOOK: Final = "say in a pytest_mimic_fingerprint hook in conftest.py what stands for it."
REMEDY: Final = f"Leave it out, or {HOOK}"


class Fingerprinter:
    """Makes the keys of calls. One may be used by many threads, and by itself from within.

    Args:
        custom: What a conftest has to say of a value: what stands for it in the key, or ``None``.
    """

    def __init__(self, custom: Custom | None = None) -> None:
        self._rules = Rules(custom)
        self._visits = Visits(self._rules.rule_of)
        self._orders = Orders()
        self._idle: list[Namer] = []

    def key(self, target: str, names: Sequence[str], values: Sequence[object]) -> str:
        """The key of a call.

        Args:
            target: The name of the target.
            names: The names of its parameters.
            values: Their values, in that order.

        Returns:
            32 hexadecimal digits.

        Raises:
            UnhashableArgumentError: A value cannot be told apart.
        """
        namer = self._take_namer()
        try:
            kinds = set(map(type, values))
        except TypeError:  # a class that cannot be hashed
            kinds = {object}
        if kinds <= ATOMS or (kinds <= FLAT and same_as_itself(values, kinds)):
            node: Node = tuple(values)
        else:
            node = self._node(values, namer, names)
        namer.dump((FORMAT, target, tuple(names), node))
        return self._give_back(namer)

    def digest(self, value: object) -> str:
        """The digest of one value.

        Args:
            value: Any value.

        Returns:
            32 hexadecimal digits.

        Raises:
            UnhashableArgumentError: It cannot be told apart.
        """
        namer = self._take_namer()
        node = (value,) if _stands_for_itself(value) else self._node((value,), namer)
        namer.dump((FORMAT, node))
        return self._give_back(namer)

    def take_apart(self, value: object) -> tuple[str, object] | None:
        """Takes a value apart as its key does, one level of it.

        Args:
            value: Any value but a plain container or an atom.

        Returns:
            A tag that says what it is, and what is left to walk; None where it cannot be told
            apart.
        """
        try:
            return self._rules.rule_of(type(value))(value)
        except Exception:  # noqa: BLE001 - a refusal, or whatever a reduction of the user's raises
            return None

    def _take_namer(self) -> Namer:
        try:
            return self._idle.pop()
        except IndexError:
            return Namer()

    def _give_back(self, namer: Namer) -> str:
        digest = namer.hexdigest()
        namer.reset()
        self._idle.append(namer)
        return digest

    def _node(
        self, values: Sequence[object], namer: Namer, names: Sequence[str] | None = None
    ) -> Node:
        try:
            return tuple(Walk(self._visits, self._orders, namer).nodes(values))
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001, S110 - the patient walk meets it too, and says where
            pass  # out here the error of that walk has no context that nobody needs to read
        return self._patiently(values, namer, names)

    def _patiently(
        self, values: Sequence[object], namer: Namer, names: Sequence[str] | None
    ) -> Node:
        if names is None:
            labels, remedies = ["value"], [REMEDY]
        else:
            labels = [f"argument {name!r}" for name in names]
            remedies = [f"Write ignore={name} in the target's line, or {HOOK}" for name in names]
        return GraphWalk(self._rules.rule_of, namer, labels, remedies).node(values)


def _stands_for_itself(value: object) -> bool:
    """Tell whether a value is its own node, without a walk."""
    kind = type(value)
    return type(kind) is type and kind in ATOMS
