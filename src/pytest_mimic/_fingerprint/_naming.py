"""Canonical node -> 128 bits: serialised in C, hashed once."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any, Final

import xxhash

from pytest_mimic._fingerprint._nodes import Node

PROTOCOL: Final = 4
"""Of the pickles that are hashed. Fixed: another one would give every value another key."""


class _Sink:
    """What the pickler asks of a file."""

    __slots__ = ("write",)

    def __init__(self, write: Callable[[bytes], Any]) -> None:
        self.write = write


class Namer:
    """Names nodes. One is used by one walk at a time; making one costs more than a small key.

    The pickler is in fast mode: it has no memo, so that what it writes depends on nothing but the
    node. A node has no cycle and no depth worth speaking of, which is all the memo would be for.
    """

    __slots__ = ("_hash", "dump", "hexdigest", "reset")

    def __init__(self) -> None:
        self._hash = xxhash.xxh3_128()
        pickler = pickle.Pickler(_Sink(self._hash.update), PROTOCOL)
        pickler.fast = True
        self.dump: Callable[[Node], None] = pickler.dump
        self.hexdigest: Callable[[], str] = self._hash.hexdigest
        self.reset: Callable[[], None] = self._hash.reset

    def name(self, node: Node) -> bytes:
        """The digest of a node.

        Returns:
            16 bytes.
        """
        self.dump(node)
        digest = self._hash.digest()
        self.reset()
        return digest


def digest_buffer(buffer: object) -> bytes:
    """The digest of a contiguous buffer, read where it lies.

    Returns:
        16 bytes.
    """
    return xxhash.xxh3_128_digest(buffer)  # type: ignore[arg-type]  # any buffer will do
