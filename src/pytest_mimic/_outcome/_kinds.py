"""How a call ended: it returned, it raised, or it gave a stream."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, ClassVar, NoReturn

from pytest_mimic.errors import MimicError

if TYPE_CHECKING:
    from pytest_mimic._outcome._streams._tape import StreamReader

# Exceptions that say something about the run and not about the call, by the modules that define
# them. They are looked up only where the module is loaded: nobody can raise them otherwise.
_ABOUT_THE_RUN = (
    ("_pytest.outcomes", "OutcomeException"),
    ("_pytest.outcomes", "Exit"),
    ("asyncio", "CancelledError"),
    ("concurrent.futures", "CancelledError"),
    ("unittest", "SkipTest"),
)


class Returned:
    """The call returned a value."""

    __slots__ = ("value",)
    kind: ClassVar[str] = "returned"

    def __init__(self, value: object) -> None:
        self.value = value

    def give(self) -> object:
        """Return the value, as the live call did."""
        return self.value


class Raised:
    """The call raised an exception."""

    __slots__ = ("exception",)
    kind: ClassVar[str] = "raised"

    def __init__(self, exception: BaseException) -> None:
        self.exception = exception

    def give(self) -> NoReturn:
        """Raise the exception, with the context it had when it was recorded. It is given once.

        Raises:
            BaseException: The recorded one.
        """
        __tracebackhide__ = True
        exception = self.exception
        # No frame may keep alive the exception whose traceback keeps the frame, and with it the
        # arguments of the call.
        del self.exception
        context = exception.__context__
        suppressed = exception.__suppress_context__
        try:
            raise exception.with_traceback(None)  # noqa: TRY301  # to set it right below
        except BaseException:
            # Raising while the caller handles an exception has just replaced the context. Where
            # there was none of its own, the caller's is the right one, as it was live.
            if context is not None:
                exception.__context__ = context
            exception.__suppress_context__ = suppressed
            raise
        finally:
            del exception, context, self


class Streamed:
    """The call gave a generator, an async generator or another iterator."""

    __slots__ = ("reader",)
    kind: ClassVar[str] = "streamed"

    def __init__(self, reader: StreamReader) -> None:
        self.reader = reader

    def give(self) -> NoReturn:
        """Say that a stream is not given at once, but by ``replay_stream``.

        Raises:
            TypeError: Always.
        """
        raise TypeError("a stream is replayed by replay_stream or replay_async_stream")


Outcome = Returned | Raised | Streamed


def is_recordable(exception: BaseException) -> bool:
    """Tell whether an exception that a call raised may ever be stored.

    What ends the run, a test or a task is not: it tells nothing about the call. Nor is an error of
    this plugin, also where it is wrapped in another exception or in a group. But a timeout is
    raised from the end of the task that it cancelled, and tells of the call.
    """
    waiting = [exception]
    seen: set[int] = set()
    refused: tuple[type[BaseException], ...] = (MimicError, *_about_the_run())
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if not isinstance(one, Exception) or isinstance(one, refused):
            return False
        if one.__cause__ is not None and not _ended_a_task(one.__cause__):
            waiting.append(one.__cause__)
        waiting.extend(members_of_group(one))
    return True


def _ended_a_task(exception: BaseException) -> bool:
    cancelled = getattr(sys.modules.get("asyncio"), "CancelledError", ())
    return isinstance(exception, cancelled)


def members_of_group(exception: BaseException) -> tuple[BaseException, ...]:
    """Return the exceptions that an exception group holds; none for any other exception."""
    if not hasattr(type(exception), "derive") or not hasattr(type(exception), "exceptions"):
        return ()
    members = exception.exceptions  # type: ignore[attr-defined]  # a group, of 3.11 or a backport
    return tuple(one for one in members if isinstance(one, BaseException))


def _about_the_run() -> tuple[type[BaseException], ...]:
    """Return the classes of the exceptions that are about the run and whose module is loaded."""
    found = []
    for module, name in _ABOUT_THE_RUN:
        loaded = sys.modules.get(module)
        if loaded is not None:
            found.append(getattr(loaded, name))
    return tuple(found)
