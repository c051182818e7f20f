# mypy: ignore-errors
# ruff: noqa: B018, E401, E402, E501, E701, E702, E703, F401, I001, ICN001
# fmt: off
# All because these are values as odd as users make them; many are odd for the checkers too.
"""The table of values of pydantic: which are the same, and which are all different.

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

import pydantic
class M(pydantic.BaseModel):
    a:int=1; b:list[int]=[]
    _p:int=pydantic.PrivateAttr(3)
    @functools.cached_property
    def x(self): return 4
m1=M(); m2=M(); m2.x; same("pyd",m1,m2); diff("pyd2",M(),M(a=2),M(a=1));
T=typing.TypeVar('T')
class G(pydantic.BaseModel,typing.Generic[T]): v:T
same("gen",G[int](v=1),G[int](v=1)); diff("gen2",G[int](v=1),G[str](v="1"),G[float](v=1))


class Reduced(M):
    def __reduce__(self):
        return Reduced, ()


same("their own reduction", Reduced(a=1), Reduced(a=2))
diff("extra", *(type("Free", (pydantic.BaseModel,), {"__module__": __name__, "model_config": {"extra": "allow"}})(a=n) for n in (1, 2)))
diff("made models", *(pydantic.create_model("Made", x=field) for field in ((int, 1), (str, 1), (int, pydantic.Field(1, description="one")), (int, pydantic.Field(1, gt=0)))))
same("made models", *(pydantic.create_model("Made", x=(int | None, pydantic.Field(1, description="one"))) for _ in range(2)))


if __name__ == "__main__":
    json.dump(ROWS, sys.stdout, indent=1)
