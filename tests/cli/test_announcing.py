"""What a bureau publishes: the announcements' rows and files, what a policy hides, and cells that would be formulas."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from cli.bureau import found_bureau
from cli.run import run
from forge import SLOT
from ledger.cli import announcing, handling, steps
from ledger.cli.announcing import derive_items, derive_plans, derive_results, derive_tasks, format_csv, write_rows
from ledger.office.masking import SEALED_NAME, mask_name
from ledger.proof.encoding import derive_day
from ledger.proof.errors import Refused
from month import visit_case
from world import LINE, World, make_targets

CASE = f"case/{SLOT}/0001"


@pytest.fixture
def world() -> World:
    world = World().prepare_year()
    world.run_to("assign")
    world.now += 3600
    visit_case(world, CASE)
    handling.submit_result(world.desk, CASE, "corrected-on-site", "=HYPERLINK(1)")
    handling.publish_result(world.desk, CASE, ["portal"])
    return world


def test_a_result_stands_in_the_columns_of_the_announcement(world: World) -> None:
    (row,) = derive_results(world.record)
    case = world.record.cases.by_subject[CASE]
    assert list(row) == announcing.RESULT_COLUMNS
    assert (row["序号"], row["抽查任务编号"], row["检查结果"]) == (1, SLOT, "E")
    assert row["统一社会信用代码/注册号"] == case.sheet.code
    assert case.visit is not None
    assert row["检查完成日期"] == case.visit.visited


def test_a_joint_draw_is_announced_with_who_leads_it_and_who_takes_part() -> None:
    world = World()
    world.plan = [{**LINE, "kind": "joint"}]
    world.prepare_year()
    named: dict[str, Any] = {"lead": "agency/fire-rescue", "participants": ["bureau/enforcement"]}
    slot = steps.open_draw(world.desk, "bureau", "2027-01", "monthly", "joint", "szse-work-safety-20", None, **named)
    for step in (world.freeze, world.commit, world.reveal, world.close, world.witness, world.randomness, world.execute):
        step(slot)
    (row,) = derive_tasks(world.record)
    assert row["抽查类型"] == "部门联合"
    assert str(row["检查机关"]).startswith("区消防救援大队、")
    assert "执法监察科" in str(row["检查机关"])


def test_only_what_is_public_now_on_the_carrier_and_in_the_period_is_written(world: World) -> None:
    assert len(derive_results(world.record, "2027-01", "portal")) == 1
    assert derive_results(world.record, "2027-02") == []
    assert derive_results(world.record, "2027", "wechat") == []
    handling.withdraw(world.desk, CASE, "result", "personal-data", derive_day(world.now))
    assert derive_results(world.record) == []


def test_a_correction_is_written_once_it_is_published_and_what_was_public_until_then(world: World) -> None:
    handling.correct_result(world.desk, CASE, "penalty-filed", "立案", "漏报")
    assert [row["备注"] for row in derive_results(world.record)] == ["=HYPERLINK(1)"]
    handling.publish_result(world.desk, CASE, ["portal"])
    assert [row["备注"] for row in derive_results(world.record)] == ["立案"]


def test_what_the_policy_hides_is_not_shown() -> None:
    hidden = dict.fromkeys(("code", "date", "officers", "result", "summary"), "internal")
    world = World(publication={**hidden, "name": "masked"}).prepare_year()
    world.run_to("assign")
    world.now += 3600
    visit_case(world, CASE)
    handling.submit_result(world.desk, CASE, "no-problem", "未发现问题")
    handling.publish_result(world.desk, CASE)
    (row,) = derive_results(world.record)
    assert [row[name] for name in ("统一社会信用代码/注册号", "检查完成日期", "检查结果", "备注")] == [""] * 4
    assert str(row["抽查市场主体名称"])[1:].strip("*") == "" or row["抽查市场主体名称"] == SEALED_NAME
    assert derive_tasks(world.record)[0]["执法人员"] == ""


def test_tasks_plans_and_items_are_announced(world: World) -> None:
    (task,) = derive_tasks(world.record)
    assert list(task) == announcing.TASK_COLUMNS
    assert task["抽查市场主体数量"] == len(str(task["抽查名单"]).split("、"))
    assert list(derive_plans(world.record, "2027-01")[0]) == announcing.PLAN_COLUMNS
    assert derive_plans(world.record, "2026") == []
    assert list(derive_items(world.record)[0]) == announcing.ITEM_COLUMNS


def test_a_cell_that_would_be_a_formula_is_guarded_in_csv_and_stays_in_json(world: World, tmp_path: Path) -> None:
    files = write_rows(tmp_path, "r", derive_results(world.record), announcing.RESULT_COLUMNS, None)
    text = files[0].read_bytes().decode("utf-8-sig")
    assert files[0].read_bytes().startswith(b"\xef\xbb\xbf")
    assert next(csv.DictReader(io.StringIO(text)))["备注"] == "'=HYPERLINK(1)"
    assert json.loads(files[1].read_text(encoding="utf-8"))[0]["备注"] == "=HYPERLINK(1)"
    with pytest.raises(Refused, match="expected csv, json"):
        write_rows(tmp_path, "r", [], announcing.RESULT_COLUMNS, "xml")


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@x", "\tx", "\rx"])
def test_every_beginning_of_a_formula_is_guarded(cell: str) -> None:
    read = list(csv.reader(io.StringIO(format_csv([{"a": cell}], ["a"])[1:], newline="")))
    assert read == [["a"], [f"'{cell}"]]


@pytest.mark.parametrize(
    ("name", "shown"),
    [("张三", "张*"), ("李小明", "李**"), ("欧阳小明", "欧阳**"), ("欧阳", "欧*"), ("张", "*"), ("", "")],
)
def test_a_persons_name_keeps_its_surname_only(name: str, shown: str) -> None:
    assert mask_name(name) == shown


def test_an_inspection_outside_draws_is_announced_too(world: World) -> None:
    fields = {
        "kind": "case-based",
        "code": make_targets("industry-trade", 1)[0]["id"],
        "officers": ["o-bureau-enforcement-00", "o-bureau-enforcement-01"],
        "items": ["item-0"],
        "basis": "work-safety-law-62",
        "reason": "举报",
    }
    subject = handling.approve_inspection(world.desk, "bureau", fields)
    world.now += 3600
    visit_case(world, subject)
    handling.submit_result(world.desk, subject, "no-problem", "未发现问题")
    handling.publish_result(world.desk, subject)
    row = derive_results(world.record)[-1]
    assert (row["抽查任务编号"], row["抽查类型"], row["检查结果"]) == (subject, "个案检查", "1")
    assert list(row) == announcing.RESULT_COLUMNS


def test_the_commands_write_files_and_refuse_what_is_no_carrier(tmp_path: Path) -> None:
    bureau = found_bureau(tmp_path / "data")
    out = tmp_path / "out"
    assert run("export", "announcements", "--out", out, "--dir", bureau.folder).status == 0
    assert (
        run("export", "results", "--carrier", "portal", "--format", "csv", "--out", out, "--dir", bureau.folder).status
        == 0
    )
    names = {"抽查事项清单", "抽查计划公告", "抽查任务公告", "抽查结果公告"}
    assert {file.name for file in out.iterdir()} == {
        *(f"{name}.{end}" for name in names for end in ("csv", "json")),
        "抽查结果公告-portal.csv",
    }
    refused = run("export", "results", "--carrier", "paper", "--dir", bureau.folder)
    assert (refused.status, "expected platform, portal" in refused.err) == (2, True)
