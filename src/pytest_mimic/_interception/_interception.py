"""Finds the targets in the modules that hold them, patches them, and restores what was there."""

from __future__ import annotations

import contextlib
import importlib.util
import sys
import threading
from importlib.machinery import PathFinder
from types import FunctionType, ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

from pytest_mimic._interception._inside import Inside, look_inside, stands_before
from pytest_mimic._interception._patches import FunctionPatch, LazyNames, OverridePatch
from pytest_mimic._target import Target, absent, check_target, expand, find_raw, merge_lines
from pytest_mimic.errors import MimicUsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from contextvars import ContextVar

    from pytest_mimic._interception._patches import Patch
    from pytest_mimic._interception._proxies import Proxies
    from pytest_mimic._interception._proxy_patch import ProxyPatch
    from pytest_mimic._interception._views import Dispatch
    from pytest_mimic._target import Found, TargetLine

_LAZY_MODULE = importlib.util._LazyModule  # type: ignore[attr-defined]  # private, yet the one way to see it


class _EveryName(frozenset[str]):
    """The names that a star at the top of a module may stand for."""

    __slots__ = ()

    def __contains__(self, name: object) -> bool:
        return True


class Interception:
    """The patches of one run.

    Args:
        lines: The targets as configured.
        dispatch: Takes the calls that are not passed straight through.
        engaged: True in a context in which calls pass straight through: inside the engine, and
            inside a call that is recorded.

    Raises:
        MimicUsageError: Two lines contradict one another.
    """

    def __init__(
        self, lines: Sequence[TargetLine], dispatch: Dispatch, engaged: ContextVar[bool]
    ) -> None:
        self._configured = tuple(lines)
        self._added: list[TargetLine] = []
        self._lines = merge_lines(lines)
        self._dispatch = dispatch
        self._gate = engaged.get
        self._lock = threading.RLock()
        self._patches: dict[int, FunctionPatch | ProxyPatch] = {}
        self._proxies: Proxies | None = None
        self._overrides: dict[tuple[type, str], OverridePatch] = {}
        self._lazy: dict[int, LazyNames] = {}
        self._targets: dict[str, Target] = {}
        # What a target was last bound to in the body that is running.
        self._running: dict[str, Patch] = {}
        self._swept: dict[str, object] = {}
        self._imported: set[str] = set()
        self.module_names: set[str] = set()
        self._name_modules()

    @property
    def targets(self) -> list[Target]:
        """The concrete targets found so far, by name."""
        return [self._targets[name] for name in sorted(self._targets)]

    @property
    def lines(self) -> tuple[TargetLine, ...]:
        """The targets as configured, and those added since."""
        return tuple(self._lines)

    def become_child(self) -> None:
        """Goes on in a forked process, where nobody is left to release what others held."""
        self._lock = threading.RLock()

    def imported_lines(self) -> set[str]:
        """The lines whose module was imported so far, as written."""
        return self._imported

    def add(self, line: TargetLine) -> None:
        """Adds a target to a run that has begun.

        Raises:
            MimicUsageError: It contradicts another line, or its module lacks it.
        """
        with self._lock:
            lines = merge_lines([*self._configured, *self._added, line])
            self._added.append(line)
            self._lines = lines
            self._name_modules()
            for module_name in line.modules():
                self._swept.pop(module_name, None)
            try:
                self.sweep()
            except MimicUsageError:
                self.remove(line)
                raise

    def remove(self, line: TargetLine) -> None:
        """Takes a target away again, and restores what only it patched."""
        with self._lock:
            self._added.remove(line)
            self._lines = merge_lines([*self._configured, *self._added])
            self._name_modules()
            for target in [each for each in self.targets if each.line not in self._lines]:
                del self._targets[target.name]
                for patch in self._patches.values():
                    patch.forget(target.name)
            self._undo([patch for patch in self._patches.values() if not patch.is_named()])

    def watched(self, module_name: str) -> frozenset[str]:
        """Gives the names at the top of a module whose binding matters."""
        names = frozenset(top for module, top in self._tops if module == module_name)
        return _EveryName(names) if "*" in names else names

    def bound(self, module: ModuleType, name: str, value: object) -> object:
        """Patches what a module binds a watched name to, at that moment.

        Args:
            module: The module whose body runs.
            name: The name.
            value: What it is being bound to.

        Returns:
            What to bind instead: the value, or the proxy that stands for it.
        """
        module_name = module.__name__
        stub = SimpleNamespace(**{"__name__": module_name, name: value})
        with self._lock:
            for target in _targets_of(self._lines_at(module_name, name), stub, module_name):
                self._bind(target, stub)
            return self._stand_in(value)

    def unbound(self, module: ModuleType, name: str) -> None:
        """Lets go of what a module deletes while its body runs."""
        with self._lock:
            for target_name in list(self._running):
                module_name, _, qualname = target_name.partition(":")
                if module_name == module.__name__ and qualname.split(".")[0] == name:
                    self._release(target_name, self._running.pop(target_name))

    def executed(self, module: ModuleType, *, complete: bool) -> None:
        """Patches what the body of a module bound unseen, and looks for what it lacks.

        Args:
            module: The module whose body ran.
            complete: Whether it ran to its end.

        Raises:
            MimicUsageError: The module ran to its end and lacks a target, or has one that cannot
                be intercepted.
        """
        with self._lock:
            name = module.__name__
            for target_name in [each for each in self._running if each.startswith(f"{name}:")]:
                del self._running[target_name]
            with self._placing():
                if complete:
                    self._sweep_module(name, sys.modules.get(name, module))

    def sweep(self) -> None:
        """Patches whatever was imported by other means.

        Raises:
            MimicUsageError: An imported module lacks a target, or has one that cannot be
                intercepted.
        """
        self._heal()
        known = ((name, sys.modules.get(name)) for name in self.module_names)
        unswept = [each for each in known if not self._is_swept(*each)]
        if unswept:
            with self._lock, self._placing():
                for name, module in unswept:
                    self._sweep_module(name, module)

    def restore(self) -> None:
        """Puts everything back as it was."""
        with self._lock:
            self._undo(list(reversed(self._patches.values())))
            for lazy in reversed(self._lazy.values()):
                lazy.undo()
            for override in reversed(self._overrides.values()):
                override.undo()
            self._overrides.clear()
            self._lazy.clear()
            self._swept.clear()

    def _is_swept(self, name: str, module: object) -> bool:
        """Tells whether there is nothing to be found in a module, not yet or not any more."""
        return module is None or self._swept.get(name) is module or _is_being_imported(module)

    @contextlib.contextmanager
    def _placing(self) -> Iterator[None]:
        """Has the proxies that are made in this block placed at its end."""
        try:
            yield
        finally:
            if self._proxies is not None:
                self._proxies.place()

    def _name_modules(self) -> None:
        # The lines by module, and by the name at the top of it that they are about, or a star.
        self._tops: dict[tuple[str, str], list[TargetLine]] = {}
        for line in self._lines:
            for module_name in line.modules():
                top = str(line.qualname_in(module_name)).partition(".")[0]
                self._tops.setdefault((module_name, top), []).append(line)
        self.module_names = {module_name for module_name, _ in self._tops}

    def _lines_at(self, module_name: str, name: str) -> list[TargetLine]:
        """The lines that may mean what is at or below a name at the top of a module."""
        return [each for top in (name, "*") for each in self._tops.get((module_name, top), ())]

    def _bind(self, target: Target, stub: object) -> None:
        found = find_raw(stub, target.qualname)
        before = self._running.pop(target.name, None)
        if found is not None and _is_acceptable(target, found):
            self._running[target.name] = self._claim(target, found)
            if self._proxies is not None:
                self._proxies.place_in_haste()
        if before is not None and before is not self._running.get(target.name):
            # Bound anew in the same body, as by a decorator called by hand: what was bound before
            # is a function of its own again, and may go by another name.
            self._release(target.name, before)

    def _sweep_module(self, name: str, module: object) -> None:
        errors = []
        settled = True
        for target in _targets_of(self._lines, module, name):
            found = find_raw(module, target.qualname)
            try:
                if found is not None:
                    check_target(target, found)
                    self._claim(target, found)
                elif self._may_come(target, module):
                    settled = False
                    continue
                else:
                    raise absent(target, module)
            except MimicUsageError as error:
                errors.append(error)
            self._imported.add(target.line.text)
        errors += self._stars_on_nothing(name, module)
        if errors:
            raise errors[0]
        if settled:
            self._swept[name] = module

    def _stars_on_nothing(self, name: str, module: object) -> Iterator[MimicUsageError]:
        """Errors for the stars in a module that stand on nothing, or for nothing."""
        for line in self._lines:
            path = line.qualname_in(name)
            if not path or not line.starred:
                continue
            # What it stands for may be another line's, or patched already and look otherwise now.
            if line.text not in self._imported and not expand(line, module, name):
                owner = Target(name, path, line.ignore, line.sequence, line)
                if self._may_come(owner, module):
                    continue
                yield absent(owner, module)
            self._imported.add(line.text)

    def _may_come(self, target: Target, module: object) -> bool:
        """Tells whether what a module lacks may still turn up."""
        if target.module == "conftest":
            return True  # the conftests of folders that are no packages go by one name
        top, _, rest = target.qualname.partition(".")
        if rest and ":" not in target.line.expression and _may_be_submodule(module, top):
            return True
        getattr_found = find_raw(module, "__getattr__")
        function = getattr_found.raw if getattr_found else None
        if not isinstance(module, ModuleType) or not isinstance(function, FunctionType):
            return False
        if id(function) not in self._lazy:
            self._lazy[id(function)] = LazyNames(function, self._gate, module, self._brought)
        return True

    def _brought(self, module: ModuleType, name: str, value: object) -> object:
        """Patches what a module makes when it is first asked for a name."""
        with self._lock, self._placing():
            return self.bound(module, name, value)

    def _claim(self, target: Target, found: Found) -> Patch:
        inside = look_inside(found.raw, in_class=isinstance(found.owner, type))
        owner = found.owner if found.defined_in is not found.owner else None
        if isinstance(owner, type) and (
            inside.function is None or isinstance(found.raw, staticmethod)
        ):
            inside = self._override(owner, found.name, found.raw)
            owner = None
        elif isinstance(found.owner, type) and stands_before(found.raw):
            inside = self._override(found.owner, found.name, found.raw)
            owner = None
        self._targets[target.name] = target
        self._imported.add(target.line.text)
        if inside.function is None:
            return self._proxy_patch(inside.called, target)
        patch = self._function_patch(inside.function)
        patch.name(target, owner if isinstance(owner, type) else None, inside.receiver)
        return patch

    def _function_patch(self, function: FunctionType) -> FunctionPatch:
        patch = self._patches.get(id(function))
        if not isinstance(patch, FunctionPatch):
            patch = self._patches[id(function)] = FunctionPatch(
                function, self._gate, self._dispatch, self._heal
            )
        return patch

    def _heal(self) -> None:
        """Patches anew whatever was given other code, as lazy decorators do at their first call."""
        for patch in list(self._patches.values()):
            if isinstance(patch, FunctionPatch) and patch.function.__code__ is not patch.code:
                patch.heal()

    def _proxy_patch(self, original: object, target: Target) -> ProxyPatch:
        for known in self._patches.values():
            if not isinstance(known, FunctionPatch) and (
                original is known.proxy or original is known.original
            ):
                known.name(target)
                return known
        if self._proxies is None:
            # Deferred for start-up time: most targets are Python functions. Kept, as a test may put
            # sys.modules back as it was, and a second copy would not know the proxies of the first.
            from pytest_mimic._interception._proxies import Proxies

            self._proxies = Proxies(self._gate, self._dispatch)
        patch = self._patches[id(original)] = self._proxies.make(original, target)
        return patch

    def _override(self, owner: type, name: str, raw: object) -> Inside:
        """Places a method in a class that does what it inherits, to leave its base alone."""
        patch = self._overrides[owner, name] = OverridePatch(owner, name, raw)
        return Inside(patch.made, None, patch.made)

    def _release(self, target_name: str, patch: Patch) -> None:
        patch.forget(target_name)
        if not patch.is_named():
            self._undo([patch])

    def _undo(self, patches: Sequence[Patch]) -> None:
        if self._proxies is not None:
            self._proxies.undo(patches)
        for patch in patches:
            if isinstance(patch, FunctionPatch):
                patch.undo()
        self._patches = {key: each for key, each in self._patches.items() if each not in patches}

    def _stand_in(self, value: object) -> object:
        patch = self._patches.get(id(value))
        return value if patch is None or isinstance(patch, FunctionPatch) else patch.proxy


def _targets_of(lines: Iterable[TargetLine], module: object, name: str) -> Iterable[Target]:
    """The targets of a module; a line that names one beats a star that stands for it too."""
    targets: dict[str, Target] = {}
    for line in sorted(lines, key=lambda line: line.starred):
        for target in expand(line, module, name):
            targets.setdefault(target.name, target)
    return targets.values()


def _is_acceptable(target: Target, found: Found) -> bool:
    try:
        check_target(target, found)
    except MimicUsageError:
        return False  # for the moment; what stays until the end of the body is refused then
    return True


def _is_being_imported(module: object) -> bool:
    if type(module) is _LAZY_MODULE:
        return True
    found = find_raw(module, "__spec__")
    return found is not None and getattr(found.raw, "_initializing", False)


def _may_be_submodule(module: object, name: str) -> bool:
    path = find_raw(module, "__path__")
    package = find_raw(module, "__name__")
    if path is None or package is None:
        return False
    path_entries: Any = path.raw
    full_name = f"{package.raw}.{name}"
    return full_name in sys.modules or PathFinder.find_spec(full_name, path_entries) is not None
