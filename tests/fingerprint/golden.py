"""Writes ``golden.json`` anew. Only after `FORMAT` was raised, or where rows were added."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

from pytest_mimic._fingerprint import FORMAT

IMPORTS = {
    "numpy": "numpy",
    "pandas": "pandas",
    "scipy": "scipy",
    "pyarrow": "pyarrow",
    "polars": "polars",
    "pil": "PIL",
    "sklearn": "sklearn",
    "pydantic": "pydantic",
    "attrs": "attrs",
    "torch": "torch",
}
LASTING = ("plain", "numpy")
"""Tables whose digests do not depend on the version of a library."""


def main() -> None:
    """Needs all the libraries."""
    run_table = runpy.run_path(str(Path(__file__).with_name("conftest.py")))["run_table"]
    tables = {table: run_table(table, "0") for table in ("plain", *IMPORTS)}
    kept = {
        table: {row: digests if table in LASTING else None for row, digests in rows.items()}
        for table, rows in tables.items()
    }
    golden = {"format": FORMAT, "imports": IMPORTS, "tables": kept}
    text = json.dumps(golden, indent=1, sort_keys=True)
    Path(__file__).with_name("golden.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
