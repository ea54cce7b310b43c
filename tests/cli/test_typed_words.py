"""What an official may type in the place of an id: a unit's name, what a reason or a result means."""

from pathlib import Path

import pytest

from cli.bureau import ROUND_AT, Bureau, found_bureau
from ledger.cli.changes import Difference
from ledger.cli.words import OUTCOMES, find_unit, read_meaning, tell_types
from ledger.office.policy import Policy, read_default_policy
from ledger.proof.errors import Refused


def test_a_unit_is_known_by_its_id_and_its_names() -> None:
    policy = Policy.model_validate(read_default_policy())
    for id, unit in policy.units.items():
        assert [find_unit(policy, word) for word in (id, unit.names.zh, unit.names.en)] == [id] * 3
    for id, names in policy.agencies.items():
        assert find_unit(policy, names.zh) == id
    with pytest.raises(Refused, match="unknown unit 某科; see `registry units`"):
        find_unit(policy, "某科")


def test_a_result_is_known_by_its_id_and_its_words() -> None:
    for id, meaning in OUTCOMES.items():
        assert [read_meaning(OUTCOMES, word, "result") for word in (id, *meaning)] == [id] * 3
    with pytest.raises(Refused, match=r"result: found '无', expected no-problem \(nothing found wanting\), "):
        read_meaning(OUTCOMES, "无", "result")


def test_a_refusal_in_chinese_names_the_step_beside_its_type() -> None:
    assert tell_types("draw/x 的 draw.opened/1：类型") == "draw/x 的 启用批次（draw.opened/1）：类型"
    assert tell_types("no.such/1") == "no.such/1"


def test_a_difference_of_a_row_is_told_in_the_readers_language(monkeypatch: pytest.MonkeyPatch) -> None:
    changed, switched = Difference("status", "open", "suspended"), Difference("in_post", True, None)
    monkeypatch.setenv("LC_ALL", "C")
    assert changed.tell() == "status: open -> suspended"
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert [changed.tell(), switched.tell()] == ["登记状态：存续 → 停业、歇业", "是否在岗：是 → -"]


def test_a_draw_goes_by_units_names_and_a_name_that_is_none_leaves_nothing(tmp_path: Path) -> None:
    bureau: Bureau = found_bureau(tmp_path / "data")
    bureau.now = "2023-09-15T10:00:00Z"
    assert "unknown unit 某部门" in bureau.refused("draw", "open", "2023-monthly", "--lead", "某部门")
    slot = bureau.open().slot
    bureau.do("draw", "freeze", slot, "--draw-at", ROUND_AT)
    files = {*bureau.folder.rglob("*")}
    assert "unknown unit bureau/nonexist" in bureau.refused("draw", "commit", slot, "--unit", "bureau/nonexist")
    assert {*bureau.folder.rglob("*")} == files
    for name in ("执法监察科", "法制宣传科"):
        bureau.do("draw", "commit", slot, "--unit", name)
    bureau.do("draw", "reveal", slot, "--unit", "法制宣传科")
    assert [*bureau.record.draws.by_slot[slot].shares] == ["bureau/legal-publicity"]
    words = ("inspection", "approve", "91440307EXAMPLE01P", "专项检查", "专项治理", "--officer", "officer-01")
    assert "two officers or more, found 1" in bureau.refused(*words, "--item", "item-1")


def test_a_slot_is_of_the_kind_that_its_plan_line_says(tmp_path: Path) -> None:
    bureau = found_bureau(tmp_path / "data")
    bureau.now = "2023-09-15T10:00:00Z"
    assert "the plan line says special-campaign" in bureau.refused("draw", "open", "2023-all", "--kind", "月度抽查")
    assert "kind: found 'weekly'" in bureau.refused("draw", "open", "2023-all", "--kind", "weekly")
    told = bureau.refused("draw", "open", "2023-all", "--month", "September")
    assert "month September: expected such as 2027-01" in told
    bureau.do("draw", "open", "2023-all")
    (draw,) = bureau.record.draws.by_slot.values()
    assert draw.opened.kind == "special-campaign"
    bureau.do("draw", "void", draw.slot, "ground-in-error")
    bureau.do("draw", "open", "2023-all", "--supplements", draw.slot)
    assert [*bureau.record.draws.by_slot.values()][-1].opened.kind == "supplementary"
