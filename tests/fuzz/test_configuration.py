"""Whatever an ini file and a command line say, it is a configuration or a usage error."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.config import _prepareconfig
from hypothesis import given
from hypothesis import strategies as st

from pytest_mimic._config import MimicConfig
from pytest_mimic._options import add_options, is_configured

if TYPE_CHECKING:
    from pathlib import Path

NOISE = st.text(
    st.sampled_from("ab:*=#%$[]~/\\.'\"?@ \t\x00\x85\ufeff\ud800ﬁ") | st.characters(), max_size=12
)
LINES = NOISE | st.sampled_from(["m:f", "m:f ignore=x", "a.b:C.* sequence", "# m:f", "m:f rtol=2"])
PLACES = (
    "vault ~nobody/x ~/x s3://bucket/x s3://u:p@bucket memory:// file:///x x::y s3://b/x?y=1 . .. "
    "/ c:\\x :// file:// $HOME/x"
)
VAULTS = NOISE | st.sampled_from(PLACES.split())
STALE = NOISE | st.sampled_from(["warn", "ERROR ", "ignore", "warn error"])
MODULES = NOISE | st.sampled_from(["numpy.*", "my app", "[", "a[", "**", "[!]", "a.[a-"])
INI = st.fixed_dictionaries(
    {},
    optional={
        "mimic_functions": st.lists(LINES, max_size=3).map("\n    ".join),
        "mimic_vault_path": VAULTS,
        "mimic_stale": STALE,
        "mimic_trusted_modules": st.lists(MODULES, max_size=2).map("\n    ".join),
    },
)
REPORTS = NOISE | st.sampled_from(["report.json", "there/is/not.json", ".", "", "pytest.ini/x"])
KNOWN = (
    "--mimic-record --mimic-rerecord --mimic-verify --mimic-live --mimic-report "
    "--mimic-clear-unused --mimic-fail-on-unused --mimic-rec --mimic-record=1"
)
FLAGS = st.lists(
    st.sampled_from(KNOWN.split()) | REPORTS.map("--mimic-report-json=".__add__), max_size=3
)


class Declaring:
    """Declares the options, and wakes nothing."""

    pytest_addoption = staticmethod(add_options)


@given(INI, FLAGS)
def test_it_is_a_configuration_or_a_usage_error(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    ini: dict[str, str],
    flags: list[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    text = "".join(f"{name} = {value}\n" for name, value in ini.items())
    file = tmp_path / "pytest.ini"
    file.write_bytes(f"[pytest]\n{text}".encode("utf-8", "replace"))
    arguments = ["-c", str(file), "--rootdir", str(tmp_path), "-p", "no:cacheprovider", *flags]
    try:
        config = _prepareconfig(arguments, [Declaring()])
    except (pytest.UsageError, SystemExit, UnicodeDecodeError):
        # What pytest itself refuses: a file that is none, or a flag that it does not know.
        capsys.readouterr()
        return
    try:
        check(MimicConfig.of(config), config)
        assert isinstance(is_configured(config), bool)
    except pytest.UsageError as error:
        assert re.search("mimic|vault", str(error))  # noqa: PT017 - most are no refusals
    finally:
        config._ensure_unconfigure()


def check(settings: MimicConfig, config: Any) -> None:
    """Checks that a configuration means what it says."""
    assert settings.vault_name == str(config.getini("mimic_vault_path")).strip()
    lines = [line.strip() for line in config.getini("mimic_functions")]
    assert [line.text for line in settings.lines] == [
        line for line in lines if line and not line.startswith("#")
    ]
    assert settings.stale.value == str(config.getini("mimic_stale")).strip().lower()
    assert settings.mode.value == "replay" or config.getoption(f"mimic_{settings.mode.value}")
