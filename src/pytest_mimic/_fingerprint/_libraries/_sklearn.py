"""scikit-learn: estimators by their attributes, without the version that their pickles carry.

An estimator that is fitted inside of another one has a context of that fit while it is, with the
time and a number drawn at random; one that reads texts remembers the address of its stop words.
"""

from __future__ import annotations

import sys
from typing import Any, Final

from pytest_mimic._fingerprint._nodes import Parts
from pytest_mimic._fingerprint._objects import Rule, overrides, rule_without
from pytest_mimic._values._attributes import computed_names

PASSING: Final = frozenset({"_sklearn_version", "_parent_callback_ctx", "_stop_words_id"})
"""The attributes that are another in the next process, or with the next version."""


def rule_of(kind: type) -> Rule | None:
    """The rule of an estimator or a bunch, or of a class derived from one."""
    bunch = getattr(sys.modules.get("sklearn.utils"), "Bunch", None)
    if bunch is not None and issubclass(kind, bunch):
        # Its pickles bring back nothing else, so nothing else may count.
        return lambda value: ("object", Parts((kind, dict(value))))
    base: Any = sys.modules.get("sklearn.base")
    estimator = getattr(base, "BaseEstimator", None)
    if estimator is None or not issubclass(kind, estimator):
        return None
    if overrides(kind, estimator, "__reduce__", "__reduce_ex__", "__getstate__"):
        return None
    return rule_without(computed_names(kind) | PASSING)
