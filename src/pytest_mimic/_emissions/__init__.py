"""What a call emits beside its outcome: warnings, printed text, log records.

A caller can notice all of it, so it is heard while the call runs live and emitted again at replay.
"""

from pytest_mimic._emissions._emission import Emission, counted
from pytest_mimic._emissions._listener import Listener
from pytest_mimic._emissions._replay import emit

__all__ = ["Emission", "Listener", "counted", "emit"]
