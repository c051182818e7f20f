"""What a user can set: the command line flags and the ini options.

Apart from the engine, so that a run which sets none of them pays for nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

DEFAULT_VAULT_PATH = ".mimic_vault"

_FLAGS = {
    "--mimic-record": "replay what is recorded; run and record what is not",
    "--mimic-rerecord": "run every target live and replace its recordings",
    "--mimic-verify": "run every target live and compare with its recording; write nothing",
    "--mimic-live": "run every target live; the vault is neither read nor written",
    "--mimic-clear-unused": "after the run, delete the recordings that it proved unused",
    "--mimic-fail-on-unused": "fail the run if it proved any recording unused, and list them",
    "--mimic-report": "after the run, show a table by target: calls, time saved, size in the vault",
}
_REPORT_JSON = "--mimic-report-json"


def add_options(parser: pytest.Parser) -> None:
    """Declares the flags and the ini options of pytest-mimic.

    Args:
        parser: The parser that pytest hands to ``pytest_addoption``.
    """
    group = parser.getgroup("mimic", "record and replay of expensive calls (pytest-mimic)")
    for flag, meaning in _FLAGS.items():
        group.addoption(flag, action="store_true", default=False, help=meaning)
    group.addoption(
        _REPORT_JSON,
        metavar="PATH",
        default=None,
        help="after the run, write what --mimic-report shows to this file as JSON",
    )
    parser.addini(
        "mimic_functions",
        "callables to record and replay, one 'package.module:qualname [option ...]' a line",
        type="linelist",
    )
    parser.addini(
        "mimic_vault_path",
        "the folder of the recordings, relative to rootdir, or the URL of a shared vault "
        f"(default: {DEFAULT_VAULT_PATH})",
        default=DEFAULT_VAULT_PATH,
    )
    parser.addini(
        "mimic_trusted_modules",
        "modules that recordings may import from while they are loaded, one pattern such as "
        "'numpy.*' a line (default: any)",
        type="linelist",
    )
    parser.addini(
        "mimic_stale",
        "what to do when a target's source changed after it was recorded: "
        "ignore, warn or error (default: warn)",
        default="warn",
    )


def is_configured(config: pytest.Config) -> bool:
    """Tells whether a run sets anything that the engine is needed for.

    Args:
        config: The configuration, in any state from the loading of the initial conftests on.

    Returns:
        True where there is a target or one of the flags.
    """
    given = config.known_args_namespace
    flagged = any(getattr(given, destination(flag), False) for flag in (*_FLAGS, _REPORT_JSON))
    return flagged or bool(config.getini("mimic_functions"))


def destination(flag: str) -> str:
    """Gives the attribute that holds a flag among the parsed options."""
    return flag.lstrip("-").replace("-", "_")
