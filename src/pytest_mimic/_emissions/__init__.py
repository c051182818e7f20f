"""What a call emits beside its outcome: warnings, printed text, log records.

A caller can notice all of it, so it is heard while the call runs live and emitted again at replay.
"""

from pytest_mimic._emissions._emission import Ear, Emission, counted
from pytest_mimic._emissions._listener import Listener
from pytest_mimic._emissions._replay import emit

__all__ = ["Ear", "Emission", "Listener", "counted", "emit"]
