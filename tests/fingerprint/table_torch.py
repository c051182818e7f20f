# mypy: ignore-errors
# ruff: noqa: E401, E402, E501, E702, E731, F401, I001, ICN001
# fmt: off
# All because these are values as odd as users make them; many are odd for the checkers too.
"""The table of values of torch: which are the same, and which are all different.

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

import torch
t=torch.arange(12.).reshape(3,4)
same("t",t,t.clone(),t.t().contiguous().t(),torch.cat([t,t])[:3]); diff("t2",t,t.half(),t.bfloat16(),t.t(),t.requires_grad_(False).clone().requires_grad_(),torch.nn.Parameter(t),t.to_sparse(),t.numpy(),t.long(),t>3, torch.tensor([]),torch.tensor(1.),torch.float32,torch.device("cpu"),torch.complex(t,t),torch.complex(t,t).conj())
def net(s=0): torch.manual_seed(s); return torch.nn.Sequential(torch.nn.Linear(3,2),torch.nn.ReLU(),torch.nn.BatchNorm1d(2))
same("mod",net(),net()); diff("mod2",net(),net(1),net().eval(),net()[0],torch.Generator().manual_seed(1))
o=lambda: torch.optim.Adam(net().parameters(),lr=.1); same("opt",o(),o())
sparse = torch.arange(12.0).reshape(3, 4).to_sparse()
same("sparse", sparse, sparse.clone())
diff("layouts", sparse, sparse.to_dense(), sparse.to_dense().to_sparse_csr(), torch.zeros(2, device="meta"), torch.zeros(3, device="meta"))
hooked = net()
hooked.register_forward_hook(print)
diff("hooks", hooked, net())


if __name__ == "__main__":
    json.dump(ROWS, sys.stdout, indent=1)
