"""The project whose vault is looked into, found as pytest finds it; nothing of it is imported."""

from __future__ import annotations

import inspect
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from _pytest.config.findpaths import determine_setup

from pytest_mimic._location import locate
from pytest_mimic._options import DEFAULT_VAULT_PATH
from pytest_mimic._target import TargetLine, parse_target_line

if TYPE_CHECKING:
    from collections.abc import Mapping


class Project(NamedTuple):
    """What pytest would be configured by, were it started in a folder.

    Args:
        root: pytest's rootdir.
        file: The file that configures it; None where there is none.
        options: What that file sets.
    """

    root: Path
    file: Path | None
    options: Mapping[str, Any]

    @classmethod
    def at(cls, folder: Path) -> Project:
        """Finds the project that a folder belongs to.

        Args:
            folder: Where pytest would be started.

        Raises:
            pytest.UsageError: A configuration file cannot be read.
        """
        given: dict[str, Any] = {
            "inifile": None,
            "override_ini": None,
            "args": [],
            "rootdir_cmd_arg": None,
            "invocation_dir": folder,
        }
        # No part of pytest's public interface: each version takes some of these.
        taken = inspect.signature(determine_setup).parameters
        accepted = {name: value for name, value in given.items() if name in taken}
        found: Any = determine_setup(**accepted)
        root, file, options = found[:3]
        # pytest 9 keeps where each value is from beside it.
        values = {name: getattr(option, "value", option) for name, option in options.items()}
        return cls(root, file, values)

    def vault(self) -> Path | str:
        """Gives the place of the vault: a folder or a URL."""
        name = str(self.options.get("mimic_vault_path", "")).strip()
        return locate(name or DEFAULT_VAULT_PATH, self.root)

    def lines(self) -> list[TargetLine]:
        """Gives the configured targets."""
        texts = [text.strip() for text in self._list("mimic_functions", str.splitlines)]
        return [parse_target_line(text) for text in texts if text and not text.startswith("#")]

    def source_folders(self) -> list[Path]:
        """Gives the folders of its own that modules may be imported from."""
        added = [self.root / path for path in self._list("pythonpath", str.split)]
        return [*added, self.root, self.root / "src"]

    def _list(self, name: str, split: Any) -> list[str]:
        value = self.options.get(name, "")
        return list(split(value) if isinstance(value, str) else value)


def current_project() -> Project:
    """Finds the project of the current folder."""
    return Project.at(Path(os.getcwd()))
