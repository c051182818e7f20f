# mypy: ignore-errors
# ruff: noqa: B018, E401, E402, E501, E702, F401, I001, ICN001
# fmt: off
# All because these are values as odd as users make them; many are odd for the checkers too.
"""The table of values of attrs: which are the same, and which are all different.

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

import attrs
@attrs.frozen(cache_hash=True)
class A:
    x:int; y:list=attrs.field(factory=list,hash=False)
    @functools.cached_property
    def z(self): return 5
@attrs.define
class B:
    x:int
@attrs.frozen(cache_hash=True,slots=False)
class C:
    x:int
a,b=A(1),A(1); hash(a); a.z; same("attrs",a,b); a,b=C(1),C(1); hash(a); same("attrs3",a,b); diff("attrs2",A(1),A(2),B(1),C(1))


@attrs.define
class Reduced:
    x: int

    def __reduce__(self):
        return Reduced, (1,)


same("their own reduction", Reduced(1), Reduced(2))


@attrs.define
class Lazy:
    x: int
    notes: list = attrs.field(init=False)

    def __getattr__(self, name):
        self.notes = []
        raise AttributeError(name)


first, second = Lazy(1), Lazy(1)
digest(first), digest(first)
same("looked at", first, second, Lazy(1))
first.notes = []
diff("set later", first, second)


class Slotted(B):
    __slots__ = ("y",)

    def __init__(self, x, y):
        super().__init__(x)
        self.y = y


diff("slots of a class that attrs did not make", Slotted(1, 2), Slotted(1, 3), Slotted(2, 2))
diff("made classes", *(attrs.make_class("Made", {"x": attrs.field(**field)}) for field in ({}, {"converter": int}, {"validator": attrs.validators.instance_of(int)})))


if __name__ == "__main__":
    json.dump(ROWS, sys.stdout, indent=1)
