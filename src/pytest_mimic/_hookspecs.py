"""The hooks that a conftest or another plugin may implement.

Those of a conftest apply to the tests in its folder and below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_mimic._mimic_calls import MimicCall


@pytest.hookspec(firstresult=True)
def pytest_mimic_fingerprint(value: object) -> object | None:
    """Says how a value of one's own type enters the key of a call.

    It is asked about every value that is not of a plain built-in type, wherever it stands in the
    arguments; the first answer wins.

    Args:
        value: The value.

    Returns:
        What stands for the value: equal for values that are the same, different for others, and
        made of what has a key of its own, such as strings, numbers, tuples and dicts. ``None`` to
        leave the value to others.
    """


@pytest.hookspec(firstresult=True)
def pytest_mimic_redact(name: str, target: str) -> bool | None:
    """Names what no card and no message may show.

    It is asked about the name of every parameter, attribute, key and column that would be shown,
    and that does not look like a secret's by itself. Where any implementation says so, neither the
    value nor a digest of it is shown. The value is part of the key all the same; the outcome is
    stored as it is.

    Args:
        name: The name: ``'patient'``.
        target: The target whose call or outcome it is in: ``'clinic:diagnose'``.

    Returns:
        ``True`` to redact; ``None`` to leave it to others.
    """


@pytest.hookspec(firstresult=True)
def pytest_mimic_outcome(outcome: object, target: str) -> object | None:
    """Changes an outcome before it is stored: drops a header, rounds a float.

    It is asked once about what a call returned or raised when it ran live and is recorded, and
    about each item of a stream. What it gives is both stored and handed on to the caller, so that
    the run that records goes as every replay will go. It may change the outcome in place. The first
    answer wins.

    Args:
        outcome: What the call returned, yielded or raised.
        target: The target: ``'shop:Client.get'``.

    Returns:
        What to take in its place, an exception for an exception; ``None`` to leave it as it is.
    """


@pytest.hookspec
def pytest_mimic_call(call: MimicCall) -> None:
    """Hears of a call of a target after it was replayed, recorded, verified or missed.

    Args:
        call: The call: ``call.target``, ``call.how`` (``'replayed'``, ``'recorded'``,
            ``'missed'``, ``'verified'`` or ``'drifted'``), ``call.seconds``, ``call.where``, and
            ``str(call)``.
    """
