"""Functions stored by value: as dill stores them, with the globals and the name that they have.

Dill looks for their globals in the module that they say they are from, by way of its package. It
copies them where that leads elsewhere: while the module is imported, where its package holds a
class of its name, and where ``functools.wraps`` has given a function another's name. A copy that is
brought back is nobody's: what the function sets there, no one sees.
"""

from __future__ import annotations

import sys
from functools import partial
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

from pytest_mimic._outcome import _rebuild
from pytest_mimic._outcome._pickles._code import this_python
from pytest_mimic._outcome._pickles._named_tuples import save_class

if TYPE_CHECKING:
    from types import ModuleType


def dispatch_of(pickler: Any) -> Any:
    """Return what saves values of which types, for a pickler that derives from dill's."""
    dispatch = type(pickler.dispatch)(pickler.dispatch)
    dispatch[CodeType] = _save_code
    dispatch[FunctionType] = _save_function
    dispatch[dict] = _save_dict
    dispatch[type] = save_class
    return dispatch


class _Reduced:
    """Is given what dill would save."""

    make: Any
    made_of: tuple[Any, ...]

    def save_reduce(self, make: Any, made_of: tuple[Any, ...], **_: object) -> None:
        self.make, self.made_of = make, made_of


def _save_code(pickler: Any, value: CodeType) -> None:
    """Save code with the Python that it was compiled by, before what dill makes it of."""
    from dill import _dill

    reduced = _Reduced()
    _dill.save_code(reduced, value)
    pickler.save_reduce(reduced.make, (this_python(), *reduced.made_of), obj=value)


def _save_function(pickler: Any, value: FunctionType) -> None:
    from dill import _dill

    save: Any = _dill.save_function
    own = {**save.__globals__, "_save_with_postproc": partial(_save_named, value.__qualname__)}
    module = _module_of(value.__globals__)
    if module is not None:
        own["_import_module"] = lambda *_: module
        if _is_found(module, value):
            # Dill finds no module that is being imported: its package does not hold it yet.
            own["_locate_function"] = lambda *_: True
    # The same code, which finds these in the place of dill's own.
    saved = FunctionType(save.__code__, own, save.__name__, save.__defaults__, save.__closure__)
    above = pickler._recurse
    # Of names that were made for it, as sympy makes a whole library's, it takes what it refers to.
    pickler._recurse = module is None and value.__globals__.get("__name__") != "__main__"
    try:
        saved(pickler, value)
    finally:
        pickler._recurse = above


def _is_found(module: ModuleType, value: FunctionType) -> bool:
    """Tell whether a module has a function under its name."""
    found: object = module
    for name in value.__qualname__.split("."):
        found = getattr(found, name, None)
    return found is value


def _save_named(qualname: str, pickler: Any, reduced: Any, *args: Any, **options: Any) -> None:
    """Save a function's reduction with its name, which its code may not have."""
    from dill import _dill

    make, made_of, state = reduced
    attributes, others = state if isinstance(state, tuple) else (state, {})
    named = (make, made_of, (attributes, {**others, "__qualname__": qualname}))
    _dill._save_with_postproc(pickler, named, *args, **options)


def _save_dict(pickler: Any, value: dict[Any, Any]) -> None:
    from dill import _dill

    module = _module_of(value)
    if module is None:
        _dill.save_module_dict(pickler, value)
    else:
        pickler.save_reduce(_rebuild.namespace, (module.__name__,), obj=value)


def _module_of(names: dict[Any, Any]) -> ModuleType | None:
    """Return the imported module whose globals these are; the main one is dill's to handle."""
    name = names.get("__name__")
    module = sys.modules.get(name) if isinstance(name, str) and name != "__main__" else None
    return module if getattr(module, "__dict__", None) is names else None
