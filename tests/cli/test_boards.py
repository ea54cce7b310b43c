"""What is due, and bulletins, at the command line: read without a key, from a bare copy of the log too."""

import shutil
from pathlib import Path

import pytest

from cli.bureau import Bureau, found_bureau
from cli.run import run
from ledger.cli.boards import agrees
from world import World


@pytest.fixture(scope="module")
def bureau(tmp_path_factory: pytest.TempPathFactory) -> Bureau:
    bureau = found_bureau(tmp_path_factory.mktemp("boards") / "data")
    bureau.do("notice", "issue", "bureau/hazchem", "other", "请说明", "--about", "items")
    bureau.witness("2023-09-15T09:00:00Z")
    return bureau


def test_what_is_due_is_listed_by_unit_and_day(bureau: Bureau, tmp_path: Path) -> None:
    copy = tmp_path / "log"
    shutil.copytree(bureau.folder / "log", copy)
    for folder in (bureau.folder, copy):
        rows = run("due", "--day", "2023-09-15", "--dir", folder, "--json").json()
        assert {row["kind"] for row in rows} == {"filing", "notice-answer", "opening"}
        (notice,) = [row for row in rows if row["kind"] == "notice-answer"]
        assert (notice["unit"], notice["due"], notice["is_overdue"]) == ("bureau/hazchem", "2023-09-07", True)
    only = run("due", "--day", "2023-09-15", "--unit", "bureau/hazchem", "--dir", copy, locale="zh_CN.UTF-8").out
    assert only.splitlines()[1:] == ["2023-09-07（暂定）\t逾期\t通知答复\tnotice/2023/0001\t危化品监督管理科"]
    early = run("due", "--day", "2023-08-25", "--overdue", "--unit", "bureau/hazchem", "--dir", copy).out
    assert len(early.splitlines()) == 1
    assert "2023-13-01" in run("due", "--day", "2023-13-01", "--dir", copy).err


def test_a_bulletin_is_drafted_issued_and_compared_with_the_log(bureau: Bureau, tmp_path: Path) -> None:
    period = ("--from", "2023-08-01", "--to", "2023-08-31")
    drafted = run("bulletin", "draft", *period, "--dir", bureau.folder, "--json").json()
    assert drafted["totals"]["notices"] == 1
    assert drafted["sections"]["bureau/hazchem"] == {"notices": 1}
    assert drafted["coverage"]["bureau"][0] * 5 >= drafted["coverage"]["bureau"][1] * 4
    chinese = run("bulletin", "draft", *period, "--dir", bureau.folder, locale="zh_CN.UTF-8").out
    assert "双随机执法检查内部通报，2023-08-01 至 2023-08-31" in chinese
    assert "监督通知：1" in chinese
    assert "supervision notices: 1" in run("bulletin", "draft", *period, "--dir", bureau.folder).out
    file = tmp_path / "bulletin.txt"
    file.write_text(chinese, encoding="utf-8")
    bureau.do("bulletin", "issue", file, *period)
    (row,) = run("bulletin", "list", "--dir", bureau.folder, "--json").json()
    assert (row["agrees"], row["figures"]) == (True, drafted["totals"])
    assert "2023-08-31\tyes" in run("bulletin", "list", "--dir", bureau.folder).out


def test_a_board_is_shown_in_both_languages_and_as_json(bureau: Bureau) -> None:
    where = ("--unit", "bureau/hazchem", "--day", "2023-09-15", "--dir", bureau.folder)
    board = run("board", *where, "--json").json()
    assert [(due["kind"], due["is_overdue"]) for due in board["waits"]] == [("notice-answer", True)]
    assert (board["own"], board["received"], board["draws"], board["filed"]) == ([], [], [], None)
    assert {load["waiting"] for load in board["load"]} == {0}
    chinese = run("board", *where, locale="zh_CN.UTF-8").out.splitlines()
    assert chinese[:3] == [
        "危化品监督管理科，2023-09-15",
        "待办 1 项，其中逾期 1 项",
        "  2023-09-07（暂定） 逾期 通知答复 notice/2023/0001",
    ]
    assert "1 waiting, 1 of them late" in run("board", *where).out
    street = run("board", "--unit", "street/pinghu", "--day", "2023-09-15", "--dir", bureau.folder).out
    assert "its own plan of the year: not filed" in street
    supervisor = run("board", "--unit", "bureau/legal-publicity", "--day", "2023-09-15", "--dir", bureau.folder).out
    assert "late: Hazardous-chemicals section 1" in supervisor
    assert "unknown unit x" in run("board", "--unit", "x", "--dir", bureau.folder).err


def test_a_bulletin_of_days_to_come_is_refused(bureau: Bureau, tmp_path: Path) -> None:
    file = tmp_path / "bulletin.txt"
    file.write_text("x", encoding="utf-8")
    refused = bureau.refused("bulletin", "issue", file, "--from", "2023-09-01", "--to", "2024-09-30")
    assert "yet to come" in refused


def test_a_period_that_ends_before_it_begins_is_refused(bureau: Bureau) -> None:
    ran = run("bulletin", "draft", "--from", "2023-09-01", "--to", "2023-08-31", "--dir", bureau.folder)
    assert (ran.status, "from 2023-09-01 to 2023-08-31" in ran.err) == (2, True)


def test_a_bulletin_over_days_before_the_log_agrees_with_nothing() -> None:
    world = World()
    assert not agrees(world.log.entries, {"first": "1999-01-01", "last": "1999-01-31", "figures": {}})
