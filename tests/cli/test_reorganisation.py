"""A bureau that is renamed and hands a competence over (Q13): keys go on, what is past keeps its names and hosts."""

import json
from pathlib import Path
from typing import Any

import pytest

from cli.bureau import REHEARSAL, Bureau, copy_bureau, days_later, found_bureau
from forge import ENFORCEMENT, SUPERVISOR, append, read_signers
from ledger.cli.boards import format_bulletin
from ledger.cli.standing import derive_status, format_status
from ledger.cli.words import name_unit
from ledger.office.compose import format_body
from ledger.office.policy import Policy
from ledger.office.results import derive_draw_outcome
from ledger.proof.event import parse_event
from ledger.views.bulletin import derive_bulletin
from ledger.views.fold import fold
from world import ORIGIN, World, make_policy

OLD, NEW = "执法监察科", "应急管理综合执法科"


def reorganise(policy: dict[str, Any]) -> dict[str, Any]:
    """Return a policy under which 安监 is 应急管理, and the training centre hosts what the enforcement section did."""
    units = {unit: {**row, "names": rename(row["names"])} for unit, row in policy["units"].items()}
    units[ENFORCEMENT]["names"]["zh"] = NEW
    sub_rosters = policy["sub_rosters"]
    moved = {**sub_rosters["industry-trade"], "host": "bureau/training-centre"}
    return {**policy, "units": units, "sub_rosters": {**sub_rosters, "industry-trade": moved}}


def rename(names: dict[str, str]) -> dict[str, str]:
    zh = names["zh"].replace("安监办", "应急管理办公室")
    return {"zh": zh, "en": names["en"].replace("work-safety", "emergency-management")}


@pytest.fixture(scope="module")
def world() -> World:
    """A world that drew in January, was reorganised in between, and drew again in March."""
    world = World().prepare_year()
    world.run_to("assign")
    policy = {"policy": reorganise(format_body(world.policy))}
    append(world, "policy.adopted/1", "policy", policy, ENFORCEMENT, SUPERVISOR)
    world.pass_days(60)
    world.run_to("assign", "2027-03")
    return world


def test_a_bureau_that_is_renamed_keeps_its_history_its_keys_and_its_draws(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    before, after = (world.draw(slot) for slot in ("bureau/2027-01/001", "bureau/2027-03/001"))
    assert (name_unit(before.policy, ENFORCEMENT), name_unit(after.policy, ENFORCEMENT)) == (OLD, NEW)
    assert name_unit(after.policy, "street/pinghu") == "平湖街道应急管理办公室"
    opened = [entry for entry in world.log.entries if b'"type":"draw.opened/1"' in entry]
    assert [read_signers(entry) for entry in opened] == [[ENFORCEMENT], [ENFORCEMENT]]
    keys = {parse_event(entry, ORIGIN).signatures[0].key_id for entry in opened}
    assert len(keys) == 1, "the unit's key goes on"


def test_a_competence_that_moved_binds_new_cases_and_leaves_old_ones(world: World) -> None:
    hosts = {
        slot: {sheet.host for sheet in derive_draw_outcome(world.draw(slot)).sheets if sheet.stratum == "trade"}
        for slot in world.record.draws.by_slot
    }
    assert hosts == {"bureau/2027-01/001": {ENFORCEMENT}, "bureau/2027-03/001": {"bureau/training-centre"}}
    assert world.record.cases.by_subject["case/bureau/2027-01/001/0001"].host in (ENFORCEMENT, "bureau/hazchem")


def test_what_is_shown_of_a_day_has_the_names_of_that_day(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    told = {}
    for month in ("01", "03"):
        last = f"2027-{month}-31"
        folded = fold(world.log.entries, last)
        policy = Policy.model_validate(folded.policy(last))
        told[month] = format_bulletin(derive_bulletin(folded, f"2027-{month}-01", last), policy)
    assert (OLD in told["01"], NEW in told["01"]) == (True, False)
    assert (OLD in told["03"], NEW in told["03"]) == (False, True)
    calendar = world.record.calendar
    shares = [format_status(draw, calendar)[4] for draw in world.record.draws.by_slot.values()]
    assert [OLD in share for share in shares] == [True, False]
    assert [NEW in share for share in shares] == [False, True]
    facts = [derive_status(draw, calendar)["committed"] for draw in world.record.draws.by_slot.values()]
    assert facts[0] == facts[1], "a unit's id stays"


def test_a_street_is_known_by_its_name_whatever_its_office_is_called(tmp_path: Path) -> None:
    bureau = found_bureau(tmp_path / "data")
    adopt(bureau, reorganise(format_body(bureau.record.policies[-1][1])))
    bureau.witness(days_later(bureau.now, 30))
    sheet = bureau.run("import", "targets", REHEARSAL / "targets.csv", "--dry-run")
    assert sheet.status == 0, sheet.out


def adopt(bureau: Bureau, policy: dict[str, Any]) -> str:
    """Adopt a policy by the commands; return what is told of it."""
    file = bureau.folder.parent / "policy.json"
    file.write_text(json.dumps(policy, ensure_ascii=False, indent=1), encoding="utf-8")
    told = bureau.do("change", "policy", "adopt", file)
    bureau.witness(bureau.now)
    return told


def test_the_commands_tell_what_is_renamed_and_moved_and_due_shows_the_names_of_the_day(tmp_path: Path) -> None:
    bureau = copy_bureau(found_bureau(tmp_path / "first"), tmp_path / "data")
    told = adopt(bureau, reorganise(format_body(bureau.record.policies[-1][1])))
    assert f"units.bureau/enforcement.names.zh: {OLD} -> {NEW}" in told
    assert "sub_rosters.industry-trade.host: bureau/enforcement -> bureau/training-centre" in told
    bureau.witness(days_later(bureau.now, 40))
    due = {
        day: bureau.run("due", "--day", day, "--unit", ENFORCEMENT, locale="zh_CN.UTF-8").out
        for day in ("2023-09-20", "2023-10-03")
    }
    assert (OLD in due["2023-09-20"], NEW in due["2023-09-20"]) == (True, False)
    assert (OLD in due["2023-10-03"], NEW in due["2023-10-03"]) == (False, True)


def test_a_unit_that_is_gone_is_no_party_to_what_comes() -> None:
    policy = format_body(make_policy())
    del policy["units"]["bureau/training-centre"]
    with pytest.raises(ValueError, match="bureau/training-centre is named and not listed"):
        Policy.model_validate(policy)
