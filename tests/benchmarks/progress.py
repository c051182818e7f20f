"""Tells on standard error what is being measured, for a person who waits for it."""

from __future__ import annotations

import sys
import time


def say(what: str) -> None:
    """Writes a line, with the time of day."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {what}\n")
    sys.stderr.flush()
