"""What a payload may import while it is loaded, where the configuration restricts it."""

from __future__ import annotations

import builtins
import fnmatch
import importlib
import pickle
import types
from typing import TYPE_CHECKING, Any, NoReturn

from pytest_mimic._fingerprint._references import MOVED
from pytest_mimic._outcome import _rebuild
from pytest_mimic._outcome._pickles._interned import interned
from pytest_mimic._outcome._pickles._places import is_nameless

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    LookUp = Callable[[str, str], Any]

_OWN = _rebuild.__name__  # payloads import it because we make them so
_OWN_NAMES = frozenset({
    "module", "attribute", "exception", "http_error", "fill_http_error", "solid", "set_exception",
    "http_response", "urllib_response", "urllib3_response", "requests_response", "httpx_response",
    "botocore_body", "repeated", "unevaluated", "parametrised", "set_image", "constant",
    "columns", "row", "match", "pattern", "jar", "namespace",
    "reduced_exception", "botocore_error", "unmade", "view", "content", "set_array", "array_view",
    "tensor", "tensor_of_inference", "tensor_view", "tensor_on", "set_tensor",
})  # fmt: skip
# What pickle itself needs to make objects of the classes that it may import.
_COPYREG_NAMES = frozenset({"_reconstructor", "__newobj__", "__newobj_ex__"})
# What makes values, and nothing that runs what a text says or gets at an attribute by its name.
_HARMLESS = frozenset({
    "Ellipsis", "NotImplemented", "bool", "bytearray", "bytes", "complex", "dict", "enumerate",
    "float", "frozenset", "int", "iter", "list", "object", "range", "reversed", "set", "slice",
    "str", "tuple", "zip",
    "abs", "all", "any", "bin", "callable", "chr", "divmod", "format", "hash", "hex", "isinstance",
    "issubclass", "len", "max", "min", "oct", "ord", "pow", "repr", "round", "sorted", "sum",
})  # fmt: skip


class UntrustedGlobalError(pickle.UnpicklingError):
    """A payload imports what the configuration does not trust."""


class Trust:
    """Which modules a payload may import from.

    Args:
        patterns: Names of modules, with the wildcards of ``fnmatch``.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        self.patterns = tuple(patterns)

    def find(self, module: str, name: str, look_up: LookUp) -> Any:
        """Return what a payload names, if it may have it.

        Args:
            module: The module.
            name: The name in it, with dots where it is inside of a class.
            look_up: Imports the module, and looks a name without dots up in it.

        Raises:
            UntrustedGlobalError: It may not.
        """
        if module == _OWN and name in _OWN_NAMES:
            return self._own(name)
        if (module, name) == (interned.__module__, interned.__name__):
            return self._interned
        if self._allows(module):
            return self._found(module, name, look_up)
        if module == "copyreg" and name in _COPYREG_NAMES:
            return look_up(module, name)
        if module == "builtins" and _is_harmless(name):
            return look_up(module, name)
        raise _refused(module, name)

    def _allows(self, module: str) -> bool:
        # Whoever trusts pathlib trusts what Python 3.13 keeps in pathlib._local.
        names = {module, MOVED.get(module, module)}
        return any(fnmatch.fnmatchcase(name, each) for name in names for each in self.patterns)

    def _found(self, module: str, name: str, look_up: LookUp) -> Any:
        """Look a name up in a module, and only through classes further in."""
        first, *rest = name.split(".")
        found = look_up(module, first)
        for step in rest:
            if not isinstance(found, type):
                raise _refused(module, name)
            found = getattr(found, step)
        # A trusted module holds what it imported from others, too.
        if not self._allows_home(found):
            raise _refused(module, name)
        return found

    def _allows_home(self, found: Any) -> bool:
        if isinstance(found, types.ModuleType):
            return self._allows(found.__name__)
        home = getattr(found, "__module__", None)
        if not isinstance(home, str):
            maker = getattr(found, "__self__", None)
            home = maker.__name__ if isinstance(maker, types.ModuleType) else type(found).__module__
        if self._allows(home):
            return True
        name = getattr(found, "__name__", "")
        return home == "builtins" and _is_harmless(name) and getattr(builtins, name) is found

    def _own(self, name: str) -> Any:
        """Return a function of ours; those that import by name ask here first."""
        asking = {
            "module": self._module,
            "namespace": self._namespace,
            "attribute": self._attribute,
            "constant": self._constant,
        }
        return asking.get(name) or getattr(_rebuild, name)

    def _module(self, name: str) -> object:
        if not self._allows(name):
            raise _refused(name, "")
        return importlib.import_module(name)

    def _namespace(self, name: str) -> dict[str, Any]:
        return vars(self._module(name))

    def _attribute(self, module: str, path: str) -> object:
        if self._allows(module):
            found = _rebuild.attribute(module, path)
            # Anything else has a better way to be found by its name.
            if type(found) is object or (is_nameless(found) and self._allows_home(found)):
                return found
        raise _refused(module, path)

    def _constant(self, module: str, path: str, kind: type, state: dict[str, Any]) -> object:
        if not self._allows(module):
            raise _refused(module, path)
        return _rebuild.constant(module, path, kind, state)

    def _interned(self, kind: type, module: str, path: str, *rest: Any) -> object:
        if not self._allows(module) or not self._is_own_table(module, path):
            raise _refused(module, path)
        return interned(kind, module, path, *rest)

    def _is_own_table(self, module: str, path: str) -> bool:
        """Tell whether a path leads to what the module, or a trusted class in it, has itself."""
        holder, _, name = path.rpartition(".")
        owner = _rebuild.attribute(module, holder) if holder else None
        return not name.startswith("__") and (
            not holder or (isinstance(owner, type) and self._allows_home(owner))
        )


def untrusted(refusal: UntrustedGlobalError, trust: Trust) -> str:
    """Say what a payload imports, and what it may."""
    trusted = ", ".join(trust.patterns)
    return f"it imports {refusal}, and mimic_trusted_modules trusts only {trusted}"


def only_values(module: str, name: str) -> NoReturn:
    """Refuse whatever is named where there are but texts.

    Raises:
        UntrustedGlobalError: Always.
    """
    raise _refused(module, name)


def _is_harmless(name: str) -> bool:
    if name in _HARMLESS:
        return True
    found = getattr(builtins, name, None)
    return isinstance(found, type) and issubclass(found, BaseException)


def _refused(module: str, name: str) -> UntrustedGlobalError:
    return UntrustedGlobalError(f"{module}.{name}" if name else module)
