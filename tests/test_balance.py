"""What a run tells of its targets: the table, the JSON, the properties in the JUnit XML."""

from __future__ import annotations

import json
import os
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any

import pytest

from pytest_mimic import _quantities
from pytest_mimic._report._balance import Balance, write_json
from pytest_mimic._usage import Tally, Usage
from pytest_mimic._vault import Vault

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Project


@pytest.fixture
def shop(project: Project) -> Project:
    """Three targets, one of them with a large outcome, and three tests."""
    project.write(
        {
            "shop.py": """
                from only_live import only_live

                def price(item):
                    only_live("price")
                    return len(item)

                def catalogue(year):
                    only_live("catalogue")
                    return "x" * 5000

                def stock(item):
                    only_live("stock")
                    return 3
            """,
            "test_shop.py": """
                import pytest, shop

                THIS_YEAR = shop.catalogue(2024)

                @pytest.fixture
                def stock():
                    return shop.stock("tea")

                def test_prices(stock):
                    assert shop.price("tea") + shop.price("tea") == 6

                def test_catalogue():
                    assert shop.catalogue(2025)

                def test_nothing():
                    pass
            """,
        }
    )
    project.configure("shop:*")
    return project


def rows(lines: list[str]) -> list[list[str]]:
    start = lines.index("mimic: calls by target, largest in the vault first")
    return [line.split(maxsplit=6) for line in lines[start + 1 : start + 6]]


def size(project: Project, target: str) -> int:
    return Vault(project.vault).size(target)


@pytest.mark.parametrize("args", [(), ("-n2",)], ids=["alone", "xdist"])
def test_the_table_adds_up_by_target(shop: Project, args: tuple[str, ...]) -> None:
    shop.record(in_process=True).passed(3)
    run = shop.replay("--mimic-report", *args, in_process=not args).passed(3)
    table = rows(run.result.outlines)
    assert table[0] == ["target", "calls", "replayed", "recorded", "missed", "saved", "size"]
    collecting = len(args) + 1  # each worker collects by itself
    sizes = {f"shop:{name}": size(shop, f"shop:{name}") for name in ("catalogue", "price", "stock")}
    assert [row[0] for row in table[1:4]] == sorted(sizes, key=lambda name: -sizes[name])
    sizes["total"] = sum(sizes.values())
    calls = {"shop:catalogue": collecting + 1, "shop:price": 2, "shop:stock": 1}
    calls["total"] = collecting + 4
    assert {row[0]: [*row[1:5], row[6]] for row in table[1:]} == {
        name: [str(count), str(count), "0", "0", _quantities.size(sizes[name])]
        for name, count in calls.items()
    }
    start = run.result.outlines.index("mimic: calls by target, largest in the vault first")
    assert len({len(line) for line in run.result.outlines[start + 1 : start + 6]}) == 1


def test_a_machine_gets_the_same_facts(shop: Project) -> None:
    shop.record(in_process=True).passed(3)
    shop.configure("shop:*", "elsewhere:f")
    shop.write({"test_more.py": "import shop\ndef test_miss():\n    shop.price('milk')"})
    source = (shop.path / "shop.py").read_text()
    (shop.path / "shop.py").write_text(source.replace("return 3", "return 1 + 2"))
    run = shop.replay("--mimic-report-json", "out/of/report.json")  # linecache is of a process
    assert run.status == 1
    report = json.loads((shop.path / "out/of/report.json").read_text())
    assert [path.name for path in (shop.path / "out/of").iterdir()] == ["report.json"]
    targets = {row.pop("target"): row for row in report.pop("targets")}
    assert next(iter(targets)) == "shop:catalogue"
    price = targets["shop:price"]
    assert price.pop("saved_seconds") > 0
    assert price == {
        "calls": 3,
        "replayed": 2,
        "recorded": 0,
        "missed": 1,
        "live": 0,
        "unchanged": 0,
        "verified": 0,
        "drifted": 0,
        "bytes": size(shop, "shop:price"),
        "stale": 0,
    }
    assert targets["shop:stock"]["stale"] == 1
    total = report.pop("total")
    assert (total["calls"], total["missed"], total["stale"]) == (6, 1, 1)
    assert total["bytes"] == Vault(shop.vault).size()
    assert report == {
        "format": 1,
        "mode": "replay",
        "vault": ".mimic_vault",
        "exit_status": 1,
        "never_imported": ["elsewhere:f"],
    }
    assert "mimic: calls by target" not in run.stdout


def test_a_report_takes_no_form_and_needs_a_place(shop: Project) -> None:
    run = shop.run("--mimic-report=html", in_process=True)
    assert run.status == 4
    assert "ignored explicit argument 'html'" in run.stderr
    (shop.path / "file").write_text("")
    for given, why in [("file/report.json", "not a folder"), (".", "must name a file")]:
        run = shop.run(f"--mimic-report-json={given}", in_process=True)
        assert run.status == 4
        assert "--mimic-report-json" in run.stderr
        assert why in run.stderr
    assert not run.live


def test_a_report_that_cannot_be_written_fails_the_run(shop: Project) -> None:
    shop.write(
        {
            "conftest.py": """
                import os

                def pytest_collection_finish():
                    os.mkdir("report.json")
                    open("report.json/full", "w").close()
            """
        }
    )
    run = shop.record("--mimic-report-json=report.json", in_process=True)
    assert run.status == 1
    (line,) = [line for line in run.mimic_lines if "cannot write the report" in line]
    assert str(shop.path / "report.json") in line
    assert not list(shop.path.glob(".report*"))


def test_no_call_no_table(shop: Project) -> None:
    run = shop.run("--mimic-report", "--mimic-live", in_process=True)
    assert run.mimic_lines[-1] == "mimic: no target was called"


def properties(file: Path) -> dict[str, dict[str, str]]:
    tree = ET.parse(file)  # noqa: S314  # pytest wrote it
    return {
        str(case.get("name")): {
            str(one.get("name")): str(one.get("value")) for one in case.iter("property")
        }
        for case in tree.iter("testcase")
    }


def test_the_junit_xml_tells_what_each_test_called(shop: Project) -> None:
    first = shop.record("--junitxml=junit.xml", in_process=True).passed(3)
    assert len(first.live) == 4
    assert properties(shop.path / "junit.xml") == {
        "test_prices": {"mimic_replayed": "1", "mimic_recorded": "2"},
        "test_catalogue": {"mimic_recorded": "1"},
        "test_nothing": {},
    }
    shop.write({"test_more.py": "import shop\ndef test_miss():\n    shop.price('milk')"})
    shop.replay("--junitxml=junit.xml", "-n2")
    assert properties(shop.path / "junit.xml") == {
        "test_prices": {"mimic_replayed": "3"},
        "test_catalogue": {"mimic_replayed": "1"},
        "test_nothing": {},
        "test_miss": {"mimic_missed": "1"},
    }


def test_what_cannot_be_measured_is_said_not_to_be_known(tmp_path: Path) -> None:
    (tmp_path / "vault").write_text("")
    usage = Usage()
    usage.tallies["m:f"] = Tally(missed=1, live=2)
    balance = Balance.of(usage, Vault(tmp_path / "vault"))
    lines = list(balance.table())
    assert lines[1].split()[-3:] == ["live", "saved", "size"]
    assert lines[2].split() == ["m:f", "3", "0", "0", "1", "2", "0.0ms", "?"]
    assert balance.rows[0].to_json()["bytes"] is None


def test_what_is_no_file_is_written_to_and_a_link_stays(tmp_path: Path) -> None:
    report: dict[str, Any] = {"format": 1}
    link, file = tmp_path / "link", tmp_path / "file"
    link.symlink_to(file)
    write_json(link, report)
    assert link.is_symlink()
    assert json.loads(file.read_text()) == report
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_json(pipe, report)
    assert json.loads(os.read(reader, 1000)) == report
    os.close(reader)


def test_a_report_that_has_no_room_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="too long"):
        write_json(tmp_path / "folder" / ("x" * 250), {"format": 1})
    assert not list((tmp_path / "folder").iterdir())


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (5 * 10**15, "5000.0 TB"),
    ],
)
def test_sizes_read_as_people_say_them(count: int, text: str) -> None:
    assert _quantities.size(count) == text


@pytest.mark.parametrize(
    ("text", "count"), [("500", 500), ("10k", 10_000), ("1.5 MB", 1_500_000), ("2gb", 2e9)]
)
def test_sizes_are_read(text: str, count: float) -> None:
    assert _quantities.parse_size(text) == count


@pytest.mark.parametrize(
    ("text", "seconds"), [("1", 86400), ("1.5h", 5400), ("2w", 1_209_600), ("30 s", 30)]
)
def test_ages_are_read(text: str, seconds: float) -> None:
    assert _quantities.parse_age(text) == seconds


@pytest.mark.parametrize("parse", [_quantities.parse_age, _quantities.parse_size])
@pytest.mark.parametrize("text", ["", "x", "-1d", "3 potatoes", "1kb2"])
def test_what_is_no_quantity_is_refused(parse: Any, text: str) -> None:
    with pytest.raises(ValueError, match=text or "^$"):
        parse(text)


@pytest.mark.parametrize(
    ("seconds", "text"), [(-1, "0s"), (59, "59s"), (61, "1m"), (7300, "2h"), (9e6, "104d")]
)
def test_ages_are_told_by_their_largest_unit(seconds: float, text: str) -> None:
    assert _quantities.age(seconds) == text
