"""The vault: cards and payloads, read, written, listed and deleted. Nothing here unpickles."""

from pytest_mimic._vault._any import AnyVault, AnyWriter
from pytest_mimic._vault._card import Card, Payload, lfs_pointer_text
from pytest_mimic._vault._opening import open_vault
from pytest_mimic._vault._place import Measure, Place
from pytest_mimic._vault._reading import Recording
from pytest_mimic._vault._vault import Vault
from pytest_mimic._vault._writing import PayloadWriter, Written

__all__ = [
    "AnyVault",
    "AnyWriter",
    "Card",
    "Measure",
    "Payload",
    "PayloadWriter",
    "Place",
    "Recording",
    "Vault",
    "Written",
    "lfs_pointer_text",
    "open_vault",
]
