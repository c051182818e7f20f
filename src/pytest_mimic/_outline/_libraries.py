"""Shapes and types of the arrays and frames of well-known libraries, none of which is imported.

A value is taken for what it is by a class in its method resolution order that its library, already
imported by others, really holds. Only then are its attributes read, which run that library's code.
"""

from __future__ import annotations

import sys
from typing import Any, Final

from pytest_mimic._outline._atoms import namespace_of_module
from pytest_mimic._outline._classes import BUILT_IN, is_one_of, mro, type_name

# (module, class) -> how it is described.
_KNOWN: Final = (
    ("numpy", "ndarray", "array"),
    ("pandas", "DataFrame", "frame"),
    ("pandas", "Series", "series"),
    ("pandas", "Index", "series"),
    ("polars", "DataFrame", "frame"),
    ("polars", "LazyFrame", "opaque"),
    ("polars", "Series", "series"),
    ("pyarrow", "Table", "opaque"),
    ("torch", "Tensor", "tensor"),
    ("scipy.sparse", "spmatrix", "sparse"),
    ("scipy.sparse", "sparray", "sparse"),
    ("xarray", "DataArray", "tensor"),
    ("tensorflow", "Tensor", "tensor"),
    ("cupy", "ndarray", "tensor"),
)
# Their classes of arrays are not what their public names say.
_ARRAY_LIBRARIES: Final = frozenset({"jax", "jaxlib", "tensorflow"})
_MOST_COLUMNS: Final = 24
_LONGEST_DTYPE: Final = 60


def of_library(value: Any) -> dict[str, Any] | None:
    """Describe an array, a tensor, a frame or the like.

    Args:
        value: Any value.

    Returns:
        ``dtype``, ``shape``, ``columns`` as far as it has them; None for what is no such thing.
    """
    if is_one_of(type(value), BUILT_IN):
        return None
    order = mro(type(value))
    for library, name, form in _KNOWN:
        module = sys.modules.get(library)
        if module is not None and namespace_of_module(module).get(name) in order:
            return _FORMS[form](value)
    if type_name(type(value)).partition(".")[0] in _ARRAY_LIBRARIES:
        return _of_tensor(value) if hasattr(value, "shape") and hasattr(value, "dtype") else {}
    return None


def column_names(value: Any) -> list[str]:
    """List the columns and fields of a value, all of them: their names may be secrets.

    Args:
        value: Anything that ``of_library`` describes.

    Returns:
        The names that are texts.
    """
    names = list(_known_to_class(value, "columns", ()))
    fields = getattr(_known_to_class(value, "dtype", None), "names", None)
    names += [*(fields or ()), _known_to_class(value, "name", None)]
    return [name for name in names if type(name) is str]


def _known_to_class(value: Any, name: str, otherwise: Any) -> Any:
    """Return an attribute that the class has. To ask for another may change a value of xarray."""
    return getattr(value, name) if hasattr(type(value), name) else otherwise


def _of_array(value: Any) -> dict[str, Any]:
    return {"dtype": _dtype(value.dtype), "shape": _shape(value.shape)}


def _of_tensor(value: Any) -> dict[str, Any]:
    dtype = _dtype(value.dtype)
    return {"dtype": dtype.removeprefix("torch."), "shape": _shape(value.shape)}


def _of_sparse(value: Any) -> dict[str, Any]:
    return _of_array(value) | {"stored": int(value.nnz)}


def _of_series(value: Any) -> dict[str, Any]:
    told = {"dtype": _dtype(value.dtype), "shape": _shape(value.shape)}
    return told | ({"name": value.name} if type(value.name) is str else {})


def _of_frame(value: Any) -> dict[str, Any]:
    names = list(value.columns)
    columns = {
        str(name) if type(name) is str else repr(name): _dtype(dtype)
        for name, dtype in zip(names[:_MOST_COLUMNS], list(value.dtypes), strict=False)
        if type(name) in (str, int)
    }
    return {"shape": _shape(value.shape), "columns": columns}


def _of_opaque(value: Any) -> dict[str, Any]:  # noqa: ARG001 - one signature for all forms
    return {}


def _dtype(dtype: object) -> str:
    return str(dtype)[:_LONGEST_DTYPE]


def _shape(shape: Any) -> list[int | None]:
    return [None if size is None else int(size) for size in tuple(shape)]


_FORMS: Final = {
    "array": _of_array,
    "tensor": _of_tensor,
    "sparse": _of_sparse,
    "series": _of_series,
    "frame": _of_frame,
    "opaque": _of_opaque,
}
