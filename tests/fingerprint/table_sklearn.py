# mypy: ignore-errors
# ruff: noqa: E401, E402, E501, E702, E703, F401, I001, ICN001, PLW0108
# fmt: off
# All because these are values as odd as users make them; many are odd for the checkers too.
"""The table of values of sklearn: which are the same, and which are all different.

Run as a script it prints the digests of all rows as JSON, so that they can be compared between
processes, hash seeds and versions of Python.
"""

from __future__ import annotations

import copy, datetime, functools, json, pickle, sys, typing

from pytest_mimic._fingerprint import Fingerprinter

digest = Fingerprinter().digest
ROWS = {}


def same(name, *values):
    assert f"same {name}" not in ROWS, name
    ROWS[f"same {name}"] = [digest(value) for value in values]


def diff(name, *values):
    assert f"different {name}" not in ROWS, name
    ROWS[f"different {name}"] = [digest(value) for value in values]

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline; from sklearn.preprocessing import StandardScaler
from sklearn.neighbors import KNeighborsClassifier
X=np.random.default_rng(0).normal(size=(50,3)); y=(X[:,0]>0).astype(int)
for mk in (lambda: LogisticRegression(), lambda: RandomForestClassifier(3,random_state=0), lambda: make_pipeline(StandardScaler(),LogisticRegression()), lambda: KNeighborsClassifier(algorithm='kd_tree')):
    a,b=mk(),mk(); same(repr(a)+'u',a,b); a.fit(X,y); b.fit(X,y);
    same(repr(a),a,b,copy.deepcopy(a),pickle.loads(pickle.dumps(a))); diff(repr(a)+'d',a,mk())

from sklearn.base import BaseEstimator


class Stateful(BaseEstimator):
    def __init__(self, a=1):
        self.a = a

    def __getstate__(self):
        return {"a": 1}


same("their own state", Stateful(1), Stateful(2))


if __name__ == "__main__":
    json.dump(ROWS, sys.stdout, indent=1)
