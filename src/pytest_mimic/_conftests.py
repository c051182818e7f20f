"""The hooks of conftests and other plugins: found once for a test, and asked where they are."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any

from pytest_mimic.errors import HookError, MimicError, UnrecordableOutcomeError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from pytest_mimic._mimic_calls import MimicCall, MimicCalls

    Note = Callable[[MimicError], None]
    Change = Callable[..., Any]
    Redact = Callable[[str], bool]

_FINGERPRINT = "pytest_mimic_fingerprint"
_REDACT = "pytest_mimic_redact"
_OUTCOME = "pytest_mimic_outcome"
_CALL = "pytest_mimic_call"
_ALL = (_FINGERPRINT, _REDACT, _OUTCOME, _CALL)


class Conftests:
    """What conftests and other plugins have to say, as far as any of them implements a hook.

    Args:
        relay: Calls hooks, as ``config.hook`` does.
    """

    _note: Note

    def __init__(self, relay: Any) -> None:
        self._relay = relay
        self._implemented: dict[str, Callable[..., Any]] = {}
        self._calls: MimicCalls | None = None
        self.listens = False
        self.hear()

    @property
    def names(self) -> Collection[str]:
        """The names of the hooks that somebody implements."""
        return self._implemented.keys()

    def report_to(self, note: Note) -> None:
        """Says who hears of a hook that failed where nothing may be raised."""
        self._note = note

    def hear(self, relay: Any = None) -> None:
        """Finds the hooks anew.

        Args:
            relay: Calls those that apply from now on; without it, the same as before, to which
                somebody has added.
        """
        if relay is not None:
            if relay is self._relay:
                return
            self._relay = relay
        hooks = {name: getattr(self._relay, name) for name in _ALL}
        self._implemented = {name: hook for name, hook in hooks.items() if hook.get_hookimpls()}
        self._listen(self._calls)

    def collect(self, calls: MimicCalls | None) -> None:
        """Says where the calls of a test are noted, if anybody wants to know."""
        self._listen(calls)

    def fingerprint(self, value: object) -> object | None:
        """Asks what stands for a value in a key."""
        hook = self._implemented.get(_FINGERPRINT)
        return None if hook is None else _ask(_FINGERPRINT, hook, value=value)

    def redaction(self, target: str) -> Redact | None:
        """Gives what tells the names that a card must not show the values of, if anything does."""
        hook = self._implemented.get(_REDACT)
        if hook is None:
            return None

        def is_secret(name: str) -> bool:
            try:
                return bool(_ask(_REDACT, hook, name=name, target=target))
            except HookError as error:
                self._note(error)
                return True

        return is_secret

    def change(self, target: str) -> Change | None:
        """Gives what changes an outcome before it is stored and handed on, if anything does.

        It takes the outcome, and ``in_place`` where it must not give another object.
        """
        hook = self._implemented.get(_OUTCOME)
        if hook is None:
            return None

        def change(outcome: Any, *, in_place: bool = False) -> Any:
            if isinstance(outcome, MimicError):
                return outcome
            changed = _ask(_OUTCOME, hook, outcome=outcome, target=target)
            if changed is None or changed is outcome:
                return outcome
            if in_place:
                raise UnrecordableOutcomeError(
                    f"the {type(outcome).__name__} that is the outcome of an asyncio.Future cannot "
                    "be replaced before it is stored: change it in place, or record a coroutine"
                )
            if isinstance(outcome, BaseException) and not isinstance(changed, Exception):
                raise HookError(
                    f"the hook {_OUTCOME} gave a {type(changed).__name__} in place of the "
                    f"{type(outcome).__name__} that {target} raised: give an exception, or None"
                )
            return changed

        return change

    def called(self, call: MimicCall) -> None:
        """Tells of a call."""
        if self._calls is not None:
            self._calls.note(call)
        hook = self._implemented.get(_CALL)
        if hook is not None:
            try:
                _ask(_CALL, hook, call=call)
            except HookError as error:
                self._note(error)

    def _listen(self, calls: MimicCalls | None) -> None:
        self._calls = calls
        self.listens = calls is not None or _CALL in self._implemented


class UnheardConftests(Conftests):
    """Stands for the conftests in a spawned child process, where they are not loaded.

    Nothing is told that one of them might have kept back, and nothing stored that one might have
    changed.

    Args:
        names: The names of the hooks that they implement.
    """

    def __init__(self, names: Collection[str] = ()) -> None:
        self._unheard = frozenset(names)
        super().__init__(None)

    def hear(self, relay: Any = None) -> None:
        """Finds none."""

    def redaction(self, target: str) -> Redact | None:  # noqa: ARG002  # all are alike here
        """Takes every name for a secret's if there is somebody who would say which are."""
        return (lambda _: True) if _REDACT in self._unheard else None

    def change(self, target: str) -> Change | None:
        """Refuses the outcome if there is somebody who would have a say in it."""
        if _OUTCOME not in self._unheard:
            return None

        def refuse(outcome: object, *, in_place: bool = False) -> object:  # noqa: ARG001  # any
            raise UnrecordableOutcomeError(
                f"cannot record {target} in a spawned child process: a conftest's {_OUTCOME} has a "
                "say in what is stored, and conftests are not loaded there.\n"
                "Record it in the test's own process, or use the start method 'fork'."
            )

        return refuse


def _ask(hook_name: str, hook: Callable[..., Any], **given: Any) -> Any:
    try:
        return hook(**given)
    except Exception as error:
        raise HookError(
            f"the hook {hook_name} failed{_origin(error)}: {type(error).__name__}: {error}"
        ) from error


def _origin(error: BaseException) -> str:
    *_, (frame, line) = traceback.walk_tb(error.__traceback__)
    return f" in {frame.f_code.co_filename}:{line}"
