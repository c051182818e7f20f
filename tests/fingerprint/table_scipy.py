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
same("sp",c,c.copy(),sp.coo_matrix(m).tocsr()); diff("stored zeros",c,c2); diff("sp2",c,sp.csc_matrix(m),sp.csr_array(m),sp.csr_matrix(m*2),sp.coo_matrix(m),sp.lil_matrix(m),sp.dok_matrix(m),sp.csr_matrix(m.astype('f4')))


def laid(form, index):
    made = sp.coo_matrix((np.array([1.0, 2.0, 0.0, 4.0]), (np.array([0, 0, 1, 1]), np.array([1, 1, 0, 2]))), (2, 4)).asformat(form)
    for name in ("indptr", "indices", "row", "col", "offsets"):
        if hasattr(made, name):
            setattr(made, name, getattr(made, name).astype(index))
    return made


for form in ("csr", "csc", "coo", "bsr", "dia", "lil", "dok"):
    same("indices of " + form, laid(form, "i4"), laid(form, "i8"), laid(form, "i4").copy())
    halved = laid(form, "i4") * 0.5
    diff("entries of " + form, laid(form, "i4"), halved.asformat(form), laid(form, "i4")[:1].asformat(form) if form not in ("coo", "bsr", "dia") else m)
duplicates = laid("coo", "i4")
summed = duplicates.copy()
summed.sum_duplicates()
diff("duplicates", duplicates, summed)
roomy = sp.csr_matrix(m)
roomy.data = np.append(roomy.data, [9.0])
roomy.indices = np.append(roomy.indices, np.array([7], "i4"))
same("room for more", sp.csr_matrix(m), roomy)
turned = sp.csr_matrix((np.array([1.0, 2.0]), np.array([1, 0]), np.array([0, 2])), (1, 2))
diff("order", turned, turned.sorted_indices())
first, second = sp.dok_matrix((2, 2)), sp.dok_matrix((2, 2))
first[0, 1], first[1, 0] = 1, 2
second[1, 0], second[0, 1] = 2, 1
same("order of keys", first, second)


class Grid(sp.csr_matrix):
    step: float = 1.0


def noted(form, **notes):
    made = laid(form, "i4")
    vars(made).update(notes)
    return made


halves, quarters = Grid(m), Grid(m)
halves.step, quarters.step = 0.5, 0.25
diff("attributes of a class of its own", Grid(m), halves, quarters)
for form in ("csr", "csc", "coo", "bsr", "dia", "lil", "dok"):
    same("what others noted on " + form, noted(form, radius=2, left=[1]), noted(form, left=[1], radius=2))
    diff("what others noted on " + form, laid(form, "i4"), noted(form, radius=2), noted(form, radius=3), noted(form, width=2))
    looked = laid(form, "i4")
    for name in ("has_sorted_indices", "has_canonical_format", "nnz", "T"):
        getattr(looked, name, None)
    same("what scipy notes on " + form, laid(form, "i4"), looked)
if hasattr(sp, "coo_array"):
    diff("one axis", sp.coo_array(np.array([0, 1.0])), sp.coo_array(np.array([1.0, 0])))


if __name__ == "__main__":
    json.dump(ROWS, sys.stdout, indent=1)
