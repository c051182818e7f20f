"""The classes of libraries from which others derive what is pickled in a way of ours."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from pytest_mimic._outcome._objects._tensors import reduce_tensor
from pytest_mimic._outcome._pickles._arrays import reduce_dtype, reduce_own_array
from pytest_mimic._outcome._pickles._expressions import reduce_expression
from pytest_mimic._outcome._pickles._making import reduce_table
from pytest_mimic._outcome._pickles._standard import Rows, reduce_jar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Reduce = Callable[[Any], Any]


def loaded_bases() -> Sequence[tuple[type, Reduce | None]]:
    """Find those that are loaded.

    Returns:
        Each with what reduces all that is derived from it; None stands for the pickler itself.
    """
    tabled: tuple[tuple[str, str, Reduce | None], ...] = (
        ("sympy.core.basic", "Basic", reduce_expression),
        # By the pickler itself: none of its methods is held here, for that would hold it, and all
        # that it has met, until garbage is collected.
        ("PIL.Image", "Image", None),
        ("torch", "Tensor", reduce_tensor),
        ("sqlite3", "Row", Rows().reduce),
        ("numpy", "dtype", reduce_dtype),
        ("numpy", "ndarray", reduce_own_array),
        ("http.cookiejar", "CookieJar", reduce_jar),
        ("astropy.table", "Table", reduce_table),
    )
    return [
        (getattr(sys.modules[module], name), reduce)
        for module, name, reduce in tabled
        if hasattr(sys.modules.get(module), name)
    ]
