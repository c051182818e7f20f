"""What one run of pytest-mimic is set to do, parsed once from pytest's configuration."""

import enum
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from pytest_mimic._location import locate
from pytest_mimic._options import destination
from pytest_mimic._target import TargetLine, parse_target_line
from pytest_mimic.errors import MimicUsageError

if TYPE_CHECKING:
    import argparse

    import pytest


class Mode(enum.Enum):
    """What happens to a call of a target."""

    REPLAY = "replay"
    RECORD = "record"
    RERECORD = "rerecord"
    VERIFY = "verify"
    LIVE = "live"


# In these, what has no recording gets one.
RECORDING = frozenset({Mode.RECORD, Mode.RERECORD})


class StalePolicy(enum.Enum):
    """What happens when a target's source changed after it was recorded."""

    IGNORE = "ignore"
    WARN = "warn"
    ERROR = "error"


class UnusedPolicy(enum.Enum):
    """What happens to the recordings that a run proved unused."""

    KEEP = "keep"
    CLEAR = "clear"
    FAIL = "fail"


# Names, dots, and the wildcards of fnmatch.
_PATTERN = r"[\w.*?\[\]!-]+"
_Choice = TypeVar("_Choice", Mode, UnusedPolicy)


# Its annotations are no text (from __future__), which NamedTuple would compile at each start.
class MimicConfig(NamedTuple):
    """The settings of one run.

    Args:
        rootdir: pytest's root directory.
        vault_path: The folder of the recordings, absolute; or their URL.
        vault_name: The same as the user wrote it, for what people read.
        mode: What happens to a call of a target.
        stale: What happens when a target's source changed after it was recorded.
        unused: What happens to the recordings that the run proved unused.
        lines: The targets as configured.
        report: Whether a table by target ends the run.
        report_path: The file that tells machines the same; None for none.
        trusted: Patterns of the modules that payloads may import from; none where they may import
            from any.
    """

    rootdir: Path
    vault_path: Path | str
    vault_name: str
    mode: Mode
    stale: StalePolicy
    unused: UnusedPolicy
    lines: tuple[TargetLine, ...]
    report: bool = False
    report_path: Path | None = None
    trusted: tuple[str, ...] = ()

    @classmethod
    def of(cls, config: "pytest.Config") -> "MimicConfig":
        """Parses pytest's configuration.

        Args:
            config: The configuration, in any state from the loading of the initial conftests on.

        Raises:
            MimicUsageError: Something in it cannot be used as written.
        """
        vault_name = str(config.getini("mimic_vault_path")).strip()
        if not vault_name:
            raise MimicUsageError(
                "mimic_vault_path is empty: name a folder relative to rootdir, "
                "such as 'mimic_vault_path = .mimic_vault', or leave the option out"
            )
        return cls(
            rootdir=config.rootpath,
            vault_path=locate(vault_name, config.rootpath),
            vault_name=vault_name,
            mode=_mode(config.known_args_namespace),
            stale=_stale_policy(str(config.getini("mimic_stale"))),
            unused=_unused_policy(config.known_args_namespace),
            lines=tuple(_target_lines(config.getini("mimic_functions"))),
            report=config.known_args_namespace.mimic_report,
            report_path=_report_path(config),
            trusted=tuple(_module_patterns(config.getini("mimic_trusted_modules"))),
        )


def _target_lines(lines: Iterable[str]) -> Iterable[TargetLine]:
    for line in lines:
        if line.strip() and not line.lstrip().startswith("#"):
            yield parse_target_line(line)


def _module_patterns(lines: Iterable[str]) -> Iterable[str]:
    stripped = [line.strip() for line in lines]
    for line in [line for line in stripped if line and not line.startswith("#")]:
        if not re.fullmatch(_PATTERN, line):
            raise MimicUsageError(
                f"mimic_trusted_modules: {line!r} is no pattern of modules: write one a line, "
                "such as 'numpy', 'numpy.*' or 'my_app.*'"
            )
        yield line


def _stale_policy(text: str) -> StalePolicy:
    try:
        return StalePolicy(text.strip().lower())
    except ValueError:
        choices = ", ".join(policy.value for policy in StalePolicy)
        raise MimicUsageError(f"mimic_stale = {text}: choose one of {choices}") from None


def _report_path(config: "pytest.Config") -> Path | None:
    """Finds the report's file as pytest finds that of ``--junitxml``, and sees that it can be."""
    given: str | None = config.known_args_namespace.mimic_report_json
    if given is None:
        return None
    path = config.invocation_params.dir / os.path.expanduser(os.path.expandvars(given))
    # Told before the tests run, and not when they are over.
    if not given.strip() or path.is_dir():
        raise MimicUsageError(f"--mimic-report-json must name a file, and not {given!r}")
    in_the_way = next((above for above in path.parents if above.exists()), path.parent)
    if not in_the_way.is_dir() or not os.access(in_the_way, os.W_OK):
        raise MimicUsageError(
            f"--mimic-report-json={given}: cannot write there, for {in_the_way} is "
            f"{'a folder that you may not write to' if in_the_way.is_dir() else 'not a folder'}"
        )
    return path


def _mode(given: "argparse.Namespace") -> Mode:
    flags = {
        "--mimic-record": Mode.RECORD,
        "--mimic-rerecord": Mode.RERECORD,
        "--mimic-verify": Mode.VERIFY,
        "--mimic-live": Mode.LIVE,
    }
    return _exclusive(given, flags) or Mode.REPLAY


def _unused_policy(given: "argparse.Namespace") -> UnusedPolicy:
    flags = {
        "--mimic-clear-unused": UnusedPolicy.CLEAR,
        "--mimic-fail-on-unused": UnusedPolicy.FAIL,
    }
    policy = _exclusive(given, flags) or UnusedPolicy.KEEP
    if policy is not UnusedPolicy.KEEP and given.mimic_live:
        raise MimicUsageError(
            "--mimic-live uses no recording, so it cannot tell which are unused: "
            "give --mimic-live alone, or leave it out"
        )
    return policy


def _exclusive(given: "argparse.Namespace", flags: dict[str, _Choice]) -> _Choice | None:
    chosen = [flag for flag in flags if getattr(given, destination(flag))]
    if len(chosen) > 1:
        raise MimicUsageError(f"{' and '.join(chosen)} exclude one another: give one of them")
    return flags[chosen[0]] if chosen else None
