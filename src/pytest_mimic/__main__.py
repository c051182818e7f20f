"""The vault at the command line: ``python -m pytest_mimic``."""

from __future__ import annotations

import sys

from pytest_mimic._command_line import main

if __name__ == "__main__":
    sys.exit(main())
