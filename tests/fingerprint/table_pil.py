# mypy: ignore-errors
# ruff: noqa: E401, E402, E501, E702, F401, I001, ICN001
# fmt: off
# All because these are values as odd as users make them; many are odd for the checkers too.
"""The table of values of PIL: which are the same, and which are all different.

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

from PIL import Image
im=Image.new("RGB",(4,4),(1,2,3)); im2=Image.new("RGB",(4,4),(1,2,4)); same("pil",im,im.copy()); diff("pil2",im,im2,im.convert("L"),im.convert("P"))


if __name__ == "__main__":
    json.dump(ROWS, sys.stdout, indent=1)
