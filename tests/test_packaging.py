"""What is built is what was meant: all of the package, and nothing else."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

pytestmark = pytest.mark.skipif(
    not (ROOT / "src").is_dir(), reason="the sources are not here to build from"
)


def build(target: str, folder: Path) -> Path:
    """Build with the backend that is installed: no network, no environment of its own."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", folder],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("sdist", tmp_path_factory.mktemp("sdist"))


def tracked_sources() -> set[str]:
    sources = (ROOT / "src" / "pytest_mimic").rglob("*")
    return {
        path.relative_to(ROOT / "src").as_posix()
        for path in sources
        if path.is_file()
        and path.suffix != ".pyc"
        # What a tool left in a hidden folder there is no source.
        and not any(part.startswith(".") for part in path.relative_to(ROOT).parts)
    }


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    info = f"pytest_mimic-{PROJECT['version']}.dist-info"
    assert {name for name in names if not name.startswith(f"{info}/")} == tracked_sources()
    assert "pytest_mimic/py.typed" in names
    assert f"{info}/licenses/LICENSE" in names


def test_the_wheel_registers_the_plugin(wheel: Path) -> None:
    info = f"pytest_mimic-{PROJECT['version']}.dist-info"
    entry_points = zipfile.ZipFile(wheel).read(f"{info}/entry_points.txt").decode()
    assert entry_points.split("\n\n")[0].splitlines() == [
        "[pytest11]",
        "mimic = pytest_mimic.plugin",
    ]


def test_the_sdist_can_be_tested(sdist: Path) -> None:
    top = f"pytest_mimic-{PROJECT['version']}/"
    with tarfile.open(sdist) as archive:
        names = {name.removeprefix(top) for name in archive.getnames()}
    assert {
        "pyproject.toml",
        "README.md",
        "LICENSE",
        ".ci/run",
        "src/pytest_mimic/py.typed",
    } <= names
    tests = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "tests").rglob("*.py")
        if ".mimic_vault" not in path.parts
    }
    assert tests <= names


def test_the_version_is_one() -> None:
    """The number is written once; what is installed and what the changelog tells agree with it."""
    changes = re.findall(
        r"^### (\d+\.\d+\.\d+)", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE
    )
    assert changes[0] == PROJECT["version"] == metadata.version("pytest-mimic")


def test_the_readme_is_read_without_this_tree() -> None:
    """A package index shows the README alone: relative links would lead nowhere there."""
    text = (ROOT / "README.md").read_text("utf-8")
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert not [link for link in links if not link.startswith(("#", "https://"))]
