"""The vault at the command line."""

from pytest_mimic._command_line._main import main

__all__ = ["main"]
