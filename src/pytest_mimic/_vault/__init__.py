"""The vault: cards and payloads, read, written, listed and deleted. Nothing here unpickles."""

from pytest_mimic._vault._card import Card, Payload
from pytest_mimic._vault._opening import AnyVault, AnyWriter, open_vault
from pytest_mimic._vault._place import Place
from pytest_mimic._vault._reading import Recording
from pytest_mimic._vault._vault import Vault
from pytest_mimic._vault._writing import PayloadWriter, Written

__all__ = [
    "AnyVault",
    "AnyWriter",
    "Card",
    "Payload",
    "PayloadWriter",
    "Place",
    "Recording",
    "Vault",
    "Written",
    "open_vault",
]
