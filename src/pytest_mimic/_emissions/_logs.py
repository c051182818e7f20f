"""Log records, heard as they are handed to the handlers.

What a handler makes of a record follows from it, and is not heard by itself.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from pytest_mimic._emissions._emission import LOG, Emission, Hearing, storable

if TYPE_CHECKING:
    from collections.abc import Callable

_PLAIN = frozenset({str, int, float, bool, bytes, type(None)})
# Of the moment, the process and the machine that a record was made in: made anew at replay.
_OF_THE_MOMENT = frozenset(
    {"created", "msecs", "relativeCreated", "thread", "threadName", "process", "processName"}
    | {"taskName", "pathname", "exc_text"}
)


class LogTap:
    """Hears log records.

    Args:
        hearing: Who hears in this thread or task.
    """

    def __init__(self, hearing: Hearing) -> None:
        self._hearing = hearing
        self._hand_on: Callable[[logging.Logger, logging.LogRecord], None] | None = None
        self._hook: object = None

    def open(self) -> None:
        """Begins to hear."""
        if self._hand_on is not None:
            return
        self._hand_on = hand_on = logging.Logger.callHandlers
        hear = self._hear

        def callHandlers(logger: logging.Logger, record: logging.LogRecord) -> None:  # noqa: N802  # its name
            hear(hand_on, logger, record)

        self._hook = callHandlers
        logging.Logger.callHandlers = callHandlers  # type: ignore[assignment]  # until restored

    def restore(self) -> None:
        """Puts back what hands records to the handlers."""
        if self._hand_on is not None and logging.Logger.callHandlers is self._hook:
            logging.Logger.callHandlers = self._hand_on  # type: ignore[assignment]  # as it was
        self._hand_on = None

    def _hear(
        self,
        hand_on: Callable[[logging.Logger, logging.LogRecord], None],
        logger: logging.Logger,
        record: logging.LogRecord,
    ) -> None:
        ear = self._hearing.get()
        if not ear:
            hand_on(logger, record)
            return
        ear.heard.append(_emission(logger, record))
        token = self._hearing.set(None)
        try:
            hand_on(logger, record)
        finally:
            self._hearing.reset(token)


def _emission(logger: logging.Logger, record: logging.LogRecord) -> Emission:
    fields = {name: field for name, field in vars(record).items() if name not in _OF_THE_MOMENT}
    arguments = record.args if isinstance(record.args, tuple) else (record.args,)
    if type(record.msg) is not str or not all(type(each) in _PLAIN for each in arguments):
        # Said now, since what it is made of may change.
        fields["msg"], fields["args"] = record.getMessage(), None
    if isinstance(record.exc_info, tuple):
        fields["exc_info"] = (*record.exc_info[:2], None)
    fields = {
        name: field if type(field) in _PLAIN else storable(field, None)
        for name, field in fields.items()
    }
    return LOG, (logger.name, fields)


def log(content: tuple[str, dict[str, Any]]) -> None:
    """Log a recorded record, if its logger lets it through now.

    Args:
        content: What the recording holds of it.
    """
    name, fields = content
    logger = logging.getLogger(name)
    record = logging.makeLogRecord({"pathname": fields["filename"], **fields})
    if logger.isEnabledFor(record.levelno):
        logger.handle(record)
