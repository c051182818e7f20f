# mypy: ignore-errors
# ruff: noqa: E401, E402, E501, E702, E703, F401, I001, ICN001
# fmt: off
# All because these are values as odd as users make them; many are odd for the checkers too.
"""The table of values of scipy: which are the same, and which are all different.

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
import scipy.sparse as sp
m=np.array([[0,1.],[2,0]])
c=sp.csr_matrix(m); c2=sp.csr_matrix((np.array([2.,1.,0.,]),(np.array([1,0,0]),np.array([0,1,0]))));
same("sp",c,c2,c.copy(),sp.coo_matrix(m).tocsr()); diff("sp2",c,sp.csc_matrix(m),sp.csr_array(m),sp.csr_matrix(m*2),sp.coo_matrix(m),sp.lil_matrix(m),sp.dok_matrix(m),sp.csr_matrix(m.astype('f4')))


if __name__ == "__main__":
    json.dump(ROWS, sys.stdout, indent=1)
