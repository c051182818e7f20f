"""Test cases of unittest: what they are, and what only runs a test of theirs.

A test that hands on a method of its own as a callback hands on its object, and what unittest and
pytest keep there leads to the whole run.
"""

from __future__ import annotations

from typing import Any, Final

_METHOD: Final = "_testMethodName"
_RUNS: Final = frozenset({
    _METHOD, "_testMethodDoc", "_outcome", "_subtest", "_cleanups", "_type_equality_funcs",
    "_asyncioRunner", "_asyncioTestContext", "_asyncioTestLoop", "_asyncioCallsQueue",
})  # fmt: skip


def own_attributes(attributes: dict[str, Any]) -> dict[str, Any]:
    """Give the attributes of an object, less those that only run a test, if it is a test case.

    Args:
        attributes: All of them; given back where it is none.
    """
    if _METHOD not in attributes:
        return attributes
    # The method, too: pytest keeps what it calls under that name.
    runs = {*_RUNS, attributes[_METHOD]}
    return {name: item for name, item in attributes.items() if name not in runs}
