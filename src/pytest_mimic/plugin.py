"""The entry point of the plugin: declares what users can set, and wakes the rest when they do."""

from __future__ import annotations

import contextlib
import gc
import sys
from importlib.machinery import ModuleSpec, PathFinder
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from pytest_mimic._mimic_calls import MimicCalls


class _Own:
    """Finds the modules of this package as Python does, and not as pytest does those of a plugin.

    There is no assertion in them to be rewritten; trying it costs a start more than all the rest,
    and where nothing may write the rewritten modules down it costs every start a tenth of a second.
    """

    @staticmethod
    def find_spec(
        name: str,
        path: Sequence[str] | None = None,
        target: object = None,  # noqa: ARG004  # finders are given one
    ) -> ModuleSpec | None:
        return PathFinder.find_spec(name, path) if name.startswith("pytest_mimic.") else None


@contextlib.contextmanager
def _finding_our_own() -> Generator[None]:
    sys.meta_path.insert(0, _Own)
    try:
        yield
    finally:
        sys.meta_path.remove(_Own)


with _finding_our_own():
    from pytest_mimic import _hookspecs
    from pytest_mimic._options import add_options, is_configured

_HOOKS = "mimic-hooks"
_woken = pytest.StashKey[bool]()


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Declares the hooks that a conftest may implement."""
    pluginmanager.add_hookspecs(_hookspecs)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declares the flags and the ini options."""
    add_options(parser)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Wakes before any conftest is imported, for a conftest may bind a target."""
    if is_configured(early_config):
        _wake(early_config)
    try:
        return (yield)
    except Exception as problem:
        # Not imported before it is needed: pytest would wait for it in every run of an environment.
        from pytest_mimic.errors import MimicError

        if isinstance(problem, MimicError):  # met in another plugin's hook
            raise pytest.UsageError(str(problem)) from problem
        raise


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Wakes where no initial conftests are loaded, as when registered by ``pytest.main``."""
    config.addinivalue_line(
        "markers",
        "mimic(target, ignore=(), sequence=False, rtol=0): record and replay the calls of a "
        "target, 'package.module:qualname', in this test and its fixtures",
    )
    if is_configured(config):
        _wake(config)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Wakes for tests that name a target themselves, by a marker or in their code."""
    if "pytest_mimic._api" in sys.modules or any("mimic" in item.keywords for item in items):
        _wake(config)


@pytest.fixture
def mimic(request: pytest.FixtureRequest) -> MimicCalls:
    """The calls of mimicked targets in this test: mimic.replayed, mimic.recorded, mimic.missed.

    Each is a tuple of calls with target, seconds, where, and the call itself as str(call).
    """
    hooks = request.config.pluginmanager.get_plugin(_HOOKS)
    if hooks is not None:
        calls: MimicCalls = hooks.calls_of(request.node)
        return calls
    from pytest_mimic._mimic_calls import MimicCalls

    return MimicCalls()


def _wake(config: pytest.Config) -> None:
    if _woken in config.stash:
        return
    config.stash[_woken] = True
    sys.meta_path.insert(0, _Own)
    config.add_cleanup(lambda: sys.meta_path.remove(_Own))
    with _no_garbage_collected():
        # Deferred for start-up time: who configures nothing pays for nothing.
        from pytest_mimic._hooks import MimicHooks

        config.pluginmanager.register(MimicHooks(config), _HOOKS)


@contextlib.contextmanager
def _no_garbage_collected() -> Generator[None]:
    """Spares a start the search for garbage, of which the definitions of modules are none."""
    restore = gc.enable if gc.isenabled() else gc.disable
    gc.disable()
    try:
        yield
    finally:
        restore()
