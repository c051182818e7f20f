"""A conftest says how values of its own types enter the key."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.conftest import Project


def test_a_conftest_says_what_stands_for_a_value(project: Project) -> None:
    project.write(
        {
            "m.py": """
                import threading
                from only_live import only_live

                class Connection:
                    def __init__(self, host):
                        self.host = host
                        self.lock = threading.Lock()

                def fetch(connections, page):
                    only_live("fetch")
                    return [connection.host for connection in connections], page
            """,
            "conftest.py": """
                def pytest_mimic_fingerprint(value):
                    import m
                    if isinstance(value, m.Connection):
                        return value.host
            """,
            "test_m.py": """
                import m

                def test_it():
                    assert m.fetch([m.Connection("a")], page=1) == (["a"], 1)
                    assert m.fetch([m.Connection("b")], page=1) == (["b"], 1)
            """,
        }
    )
    project.configure("m:fetch")
    project.record().passed(1)
    assert len(project.recordings()) == 2
    project.replay().passed(1)
