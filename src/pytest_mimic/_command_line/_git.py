"""``git-setup``: lets git show payloads as text, and keep them in git LFS."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pytest_mimic._vault import lfs_pointer_text
from pytest_mimic.errors import MimicUsageError, VaultError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from pytest_mimic._command_line._console import Console

_DRIVER = "pytest-mimic"
_LFS = "filter=lfs merge=lfs"
# Without the current folder on the path, where a file of the user's may have any name.
_CALL = (
    "import sys; sys.path[:1] = []; from pytest_mimic._command_line import main; sys.exit(main())"
)
_ATTRIBUTES = ".gitattributes"
# Characters that mean something in a pattern of git's.
_SPECIAL = frozenset("\\*?[]")


class _Repository(NamedTuple):
    """The repository that a vault is kept in.

    Args:
        root: Its top folder.
        pattern: What names the vault's payloads in ``.gitattributes``.
    """

    root: Path
    pattern: str

    @classmethod
    def of(cls, vault: Path) -> _Repository:
        existing = next(folder for folder in (vault, *vault.parents) if folder.is_dir())
        root = _git(existing, "rev-parse", "--show-toplevel")
        if root is None:
            raise MimicUsageError(f"{vault} is in no git repository: run 'git init' first")
        top = Path(root)
        inside = os.path.relpath(vault.resolve(), top.resolve())
        path = "".join(
            f"\\{char}" if char in _SPECIAL else char for char in Path(inside).as_posix()
        )
        return cls(top, f"/{path}/**/*.pkl")

    def git(self, *arguments: str) -> str | None:
        """Runs git in it."""
        return _git(self.root, *arguments)


def git_setup(vault: Path | str, given: argparse.Namespace, console: Console) -> int:
    """Sets up a repository for its vault.

    Args:
        vault: The place of the vault, which need not exist.
        given: The command line.
        console: Where to say what was done, and what else is needed.

    Returns:
        The exit status.

    Raises:
        MimicUsageError: The vault is in no repository.
        VaultError: ``.gitattributes`` cannot be written.
    """
    if isinstance(vault, str):
        raise MimicUsageError(f"the vault {vault} is no folder, so it is not kept in git")
    repository = _Repository.of(vault)
    for line in _set_up(repository, given.lfs):
        console.say(line)
    return 0


def _set_up(repository: _Repository, lfs: bool | None) -> Iterator[str]:
    has_lfs = repository.git("config", "filter.lfs.clean") is not None
    file = repository.root / _ATTRIBUTES
    lines = file.read_text("utf-8").splitlines() if file.is_file() else []
    old = [line for line in lines if line.startswith(_quoted(repository.pattern))]
    if lfs is None:
        # What somebody with git LFS has set up, somebody without it does not undo.
        lfs = has_lfs or any(_LFS.split(maxsplit=1)[0] in line for line in old)
    wanted = f"{_quoted(repository.pattern)} diff={_DRIVER} {_LFS + ' ' if lfs else ''}-text"
    yield from _write(file, lines, old, wanted)
    yield from _configure(repository)
    yield from _advice(repository, lfs=lfs, has_lfs=has_lfs)


def _write(file: Path, lines: Sequence[str], old: Sequence[str], wanted: str) -> Iterator[str]:
    if list(old) == [wanted]:
        yield f"{file} has the line already: {wanted}"
        return
    # In the place of its predecessor: later lines of the user's may be meant to overrule it.
    place = lines.index(old[0]) if old else len(lines)
    kept = [line for line in lines if line not in old]
    kept.insert(place, wanted)
    try:
        file.write_text("\n".join(kept) + "\n", encoding="utf-8")
    except OSError as error:
        raise VaultError(f"cannot write {file}: {error.strerror}") from error
    yield f"{file}: {'replaced' if old else 'added'} the line: {wanted}"


def _configure(repository: _Repository) -> Iterator[str]:
    name = f"diff.{_DRIVER}.textconv"
    command = shlex.join([sys.executable, "-c", _CALL, "textconv"])
    if repository.git("config", "--local", name) == command:
        yield f"git knows already how to show payloads as text: {name}"
        return
    if repository.git("config", "--local", name, command) is None:
        raise VaultError(f"git cannot set {name} in {repository.root}")
    yield f"git config {name} = {command}"


def _advice(repository: _Repository, *, lfs: bool, has_lfs: bool) -> Iterator[str]:
    yield f"Commit {_ATTRIBUTES}. Each clone needs this command once, as git shares no settings."
    if lfs and not has_lfs:
        yield "Payloads go to git LFS, which is not set up here: install it, run 'git lfs install'."
    if lfs and _holds_payloads(repository):
        yield (
            "Payloads that git has already go to git LFS with 'git add --renormalize .', or with "
            "their history by 'git lfs migrate import'."
        )
    if not lfs:
        yield (
            "Payloads are kept in git itself. For git LFS, install it, run 'git lfs install' and "
            "this command again, or add --lfs."
        )
    ignored = ("check-ignore", "--no-index", _example(repository))
    if repository.git(*ignored) is not None:
        rule = str(repository.git(*ignored, "--verbose")).partition("\t")[0]
        yield (
            f"git ignores payloads, by {rule}: add the line '!{repository.pattern}' to "
            ".gitignore, below it."
        )


def _holds_payloads(repository: _Repository) -> bool:
    """Tells whether git itself has payloads, by the first that it has."""
    tracked = repository.git("ls-files", "--", f":(top,glob){repository.pattern[1:]}")
    if not tracked:
        return False
    first = repository.git("cat-file", "blob", f":{tracked.splitlines()[0]}") or ""
    return lfs_pointer_text(first.encode("utf-8", "surrogateescape")) is None


def _example(repository: _Repository) -> str:
    """Gives the path of a payload that might be."""
    path = "".join(repository.pattern[1:].split("\\"))
    return path.replace("**/*.pkl", f"module/function/{'0' * 32}.pkl")


def _quoted(pattern: str) -> str:
    """Writes a pattern as ``.gitattributes`` wants it: blanks end one that is not quoted."""
    if any(char.isspace() or char == '"' for char in pattern):
        escaped = pattern.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return pattern


def _git(folder: Path, *arguments: str) -> str | None:
    """Runs git; gives what it printed, or None where it did not succeed."""
    try:
        done = subprocess.run(  # noqa: S603  # git, as the user has it
            ["git", "-C", folder, *arguments],  # noqa: S607  # likewise
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            check=False,
        )
    except FileNotFoundError as error:
        raise MimicUsageError("git is not installed") from error
    return done.stdout.strip() if done.returncode == 0 else None
