"""The hooks that a conftest or another plugin may implement."""

from __future__ import annotations

import pytest


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
