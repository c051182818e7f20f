"""Import hooks of others, put in front of ours or behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Project

INSTALL = {
    "typeguard": "typeguard.install_import_hook('m')",
    "beartype": "__import__('beartype.claw').claw.beartype_package('m')",
}


@pytest.mark.parametrize("hook", INSTALL)
def test_a_target_that_another_hook_instruments_is_caught(hook: str, project: Project) -> None:
    pytest.importorskip(hook)
    project.write(
        {
            "m.py": """
                from only_live import only_live

                def f(x: int) -> int:
                    only_live("f")
                    return x + 1

                FIRST = f(1)
                HANDLERS = {"f": f}
            """,
            "conftest.py": f"import {hook}\n{INSTALL[hook]}\n",
            "test_m.py": """
                import pytest
                from m import FIRST, HANDLERS, f

                def test_it():
                    assert (FIRST, f(2), HANDLERS["f"](3)) == (2, 3, 4)

                def test_the_other_hook_works():
                    with pytest.raises(Exception, match="int"):
                        f("x")
            """,
        }
    )
    project.configure("m:f")
    assert project.record().passed(2).live == ["f", "f", "f"]
    project.replay().passed(2)
