"""What libraries warn of while their objects are stored and loaded is dropped: no call did it."""

from __future__ import annotations

import re
import threading
import warnings
from typing import Any


class Quiet:
    """A context manager that drops what is warned of in this thread; others go on as they were."""

    # Who takes the filters along meanwhile makes patterns of these: there it matches nothing.
    pattern = "(?!)"
    flags = 0

    def __enter__(self) -> None:
        self._thread = threading.get_ident()
        # A filter asks it as it would ask the pattern of a message.
        self._filter = ("ignore", self, Warning, None, 0)
        self._filters: list[Any] = warnings.filters  # type: ignore[assignment]  # a sequence to mypy
        self._filters.insert(0, self._filter)

    def __exit__(self, *_: object) -> None:
        try:  # noqa: SIM105  # each replay comes by, and suppress() takes its time
            self._filters.remove(self._filter)
        except ValueError:
            pass  # somebody removed it meanwhile
        del self._filter  # it holds this, and would be garbage

    def __reduce__(self) -> tuple[Any, ...]:
        return re.compile, (self.pattern,)

    def match(self, _text: str) -> bool:
        """Tell whether a warning is dropped; called by ``warnings``, as a pattern's method."""
        return threading.get_ident() == self._thread
