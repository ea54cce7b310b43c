"""The officer rosters' floor, the yearly cap, and a freeze that would leave an enterprise without officers."""

from typing import Any

import pytest

from forge import DRAW, ENFORCEMENT, LEADER, OPENED, SUPERVISOR, Fields, append, assert_refused, forge
from ledger.cli import steps
from ledger.office.compose import format_body
from ledger.office.results import derive_draw_outcome
from ledger.proof.errors import Malformed, Mismatch, Refused
from ledger.proof.quota import check_coverage
from world import LINE, World, make_items, make_officers, make_targets

UNIT = "bureau/enforcement"


def declare(count: int, enrolled: int) -> World:
    """Return a world in which a section has declared so many certified officers, so many of them enrolled."""
    world = World()
    steps.declare_officers(world.desk, 2027, UNIT, make_officers(UNIT, count, enrolled))
    return world


@pytest.mark.parametrize(("count", "enrolled"), [(5, 4), (10, 8), (1, 1), (9, 8)])
def test_eighty_per_cent_itself_is_enough(count: int, enrolled: int) -> None:
    world = declare(count, enrolled)
    steps.approve_officers(world.desk, 2027, "bureau")
    assert len(world.record.officers.rosters(2027)["bureau"]) == count


@pytest.mark.parametrize(("count", "enrolled"), [(5, 3), (9, 7), (99, 79), (1, 0)])
def test_less_than_eighty_per_cent_is_refused(count: int, enrolled: int) -> None:
    world = declare(count, enrolled)
    with pytest.raises(Refused, match="at least 80%"):
        steps.approve_officers(world.desk, 2027, "bureau")


def test_the_floor_is_exact_where_a_fraction_would_be_rounded() -> None:
    check_coverage(8000, 10_000)
    with pytest.raises(Refused, match="7999 of 10000"):  # 79.99 %
        check_coverage(7999, 10_000)


@pytest.mark.parametrize(
    "changes", [{"in_post": False}, {"on_establishment": False}, {"certificate_until": "2026-12-31"}]
)
def test_only_certified_staff_in_post_count(changes: Fields) -> None:
    world = World()
    rows = make_officers(UNIT, 5, 3)
    rows[4] = {**rows[4], **changes}
    steps.declare_officers(world.desk, 2027, UNIT, rows)
    with pytest.raises(Refused, match="3 of 4"):
        steps.approve_officers(world.desk, 2027, "bureau")


@pytest.mark.parametrize("field", ["certified_in_post", "enrolled"])
def test_the_count_is_derived_and_not_claimed(field: str) -> None:
    world = declare(5, 3)
    listed = next(iter(world.record.officers.declared.values()))
    counts = {"certified_in_post": 5, "enrolled": 3}
    counts[field] += 1 if field == "enrolled" else -1
    body = {"year": 2027, "roster": "bureau", "declarations": [{"of": UNIT, "list": format_body(listed)}], **counts}
    entry = forge(world, "officers.approved/1", "officers/2027/bureau", body, SUPERVISOR, LEADER)
    assert_refused(world.record, entry, Mismatch, field)


def test_a_streets_share_is_not_held_to_the_floor() -> None:
    world = World()
    steps.declare_officers(world.desk, 2027, "street/buji", make_officers("street/buji", 5, 1))
    steps.approve_officers(world.desk, 2027, "street/buji")


def change_officer(world: World, row: Fields) -> bytes:
    body = {"year": 2027, "roster": "bureau", "officer": row, "reason": "调整"}
    return forge(world, "officer.changed/1", "officers/2027/bureau/changes", body, UNIT, SUPERVISOR)


def test_a_change_in_the_year_keeps_to_the_floor() -> None:
    world = declare(5, 4)
    steps.approve_officers(world.desk, 2027, "bureau")
    row = make_officers(UNIT, 1)[0]
    assert_refused(world.record, change_officer(world, {**row, "enrolled": False}), Refused, "3 of 5")
    assert_refused(world.record, change_officer(world, row), Refused, "same as before")
    assert_refused(world.record, change_officer(world, {**row, "id": "o-x", "enrolled": False}), Refused, "4 of 6")
    world.record.append(change_officer(world, {**row, "in_post": False}))


def test_a_section_declares_its_own_staff_and_no_other() -> None:
    world = World()
    with pytest.raises(Mismatch, match="home unit of o-bureau-hazchem-00"):
        steps.declare_officers(world.desk, 2027, UNIT, make_officers("bureau/hazchem", 2))


def test_an_approved_roster_is_not_declared_again() -> None:
    world = declare(5, 5)
    steps.approve_officers(world.desk, 2027, "bureau")
    with pytest.raises(Refused, match=r"by officer\.changed"):
        steps.declare_officers(world.desk, 2027, UNIT, make_officers(UNIT, 6))
    steps.declare_targets(world.desk, 2027, "hazchem", make_targets("hazchem", 20))
    steps.approve_targets(world.desk, 2027)
    with pytest.raises(Refused, match=r"by target\.changed"):
        steps.declare_targets(world.desk, 2027, "hazchem", make_targets("hazchem", 21))


@pytest.mark.parametrize(
    "field", [{"identity_no": "x"}, {"telephone": "x"}, {"age": 30}, {"schooling": "x"}, {"name": "张某"}]
)
def test_what_is_never_public_has_no_place_in_an_officers_row(field: Fields) -> None:
    world = World()
    rows = [{**row, **field} for row in make_officers(UNIT, 2)]
    with pytest.raises(Malformed, match=next(iter(field))):
        steps.declare_officers(world.desk, 2027, UNIT, rows)


def excluded_officers(world: World) -> dict[str, str | None]:
    return {leaf.officer.id: leaf.excluded for leaf in world.draw(world.open()).ground.officers if leaf.excluded}


def test_officers_who_cannot_serve_are_frozen_with_the_reason() -> None:
    world = World().prepare_year()
    rows = make_officers(UNIT, 4)
    changes: list[Fields] = [{"in_post": False}, {"certificate_until": "2027-01-03"}, {"enrolled": False}]
    for row, change in zip(rows, changes, strict=False):
        world.record.append(change_officer(world, {**row, **change}))
    assert excluded_officers(world) == {
        "o-bureau-enforcement-00": "not-in-post",
        "o-bureau-enforcement-01": "certificate-expired",
        "o-bureau-enforcement-02": "not-enrolled",
    }


def test_a_certificate_serves_to_the_end_of_its_last_day() -> None:
    world = World().prepare_year()
    world.record.append(change_officer(world, {**make_officers(UNIT, 1)[0], "certificate_until": "2027-01-04"}))
    assert excluded_officers(world) == {}


def world_of(targets: list[Fields], officers: dict[str, int], line: Fields = LINE, **changes: Any) -> World:
    """Return a world with these enterprises and these many officers of each unit."""
    world = World(**changes)
    steps.declare_targets(world.desk, 2027, "industry-trade", targets)
    steps.approve_targets(world.desk, 2027)
    for unit, count in officers.items():
        steps.declare_officers(world.desk, 2027, unit, make_officers(unit, count))
    for roster in {world.policy.units[unit].office for unit in officers}:
        steps.approve_officers(world.desk, 2027, roster)
    steps.publish_items(world.desk, "1", make_items())
    steps.approve_plan(world.desk, "bureau", 2027, [line])
    return world


def opening(world: World) -> bytes:
    return forge(world, "draw.opened/1", DRAW, OPENED, ENFORCEMENT)


@pytest.mark.parametrize(
    ("officers", "is_enough"),
    [
        ({UNIT: 1}, False),
        ({UNIT: 2}, True),
        ({UNIT: 1, "street/pinghu": 1}, False),
        ({UNIT: 2, "street/pinghu": 1}, True),
    ],
)
def test_a_draw_that_could_leave_an_enterprise_without_officers_is_refused(
    officers: dict[str, int], is_enough: bool
) -> None:
    world = world_of(make_targets("industry-trade", 30), officers)
    if is_enough:
        world.run_to("assign")
    else:
        assert_refused(world.record, opening(world), Refused, "without officers")


def test_conflicts_that_leave_an_enterprise_without_officers_are_seen_before_the_draw() -> None:
    targets = make_targets("industry-trade", 30)
    world = world_of(targets, {UNIT: 3, "street/pinghu": 1})
    for officer in ("o-bureau-enforcement-00", "o-bureau-enforcement-01"):
        body = {"officer": officer, "code": targets[0]["id"], "reason": "interest"}
        append(world, "conflict.declared/1", "conflicts", body, UNIT)
    assert_refused(world.record, opening(world), Refused, f"{targets[0]['id']}, street street/pinghu")


def test_a_conflict_of_a_closed_enterprise_stops_no_draw() -> None:
    targets = make_targets("industry-trade", 30)
    world = world_of(targets, {UNIT: 2})
    closed = next(row["id"] for row in targets if row["status"] == "closed")
    body = {"officer": "o-bureau-enforcement-00", "code": closed, "reason": "interest"}
    append(world, "conflict.declared/1", "conflicts", body, UNIT)
    world.run_to("assign")


def test_officer_and_enterprise_in_conflict_do_not_meet() -> None:
    targets = make_targets("industry-trade", 30)
    line = {**LINE, "weights": [1] + [0] * 11, "strata": [{"id": "all", "scope": {}, "ratio": "1/1"}]}
    world = world_of(targets, {UNIT: 4}, line)
    for row in targets:
        body = {"officer": "o-bureau-enforcement-00", "code": row["id"], "reason": "interest"}
        append(world, "conflict.declared/1", "conflicts", body, UNIT)
    sheets = derive_draw_outcome(world.draw(world.run_to("assign"))).sheets
    assert len(sheets) == 29
    assert all("o-bureau-enforcement-00" not in sheet.officers for sheet in sheets)


def test_a_street_without_officers_takes_the_fallback_roster() -> None:
    line = {**LINE, "weights": [1] + [0] * 11, "strata": [{"id": "all", "scope": {}, "ratio": "1/1"}]}
    officers = {UNIT: 6, "street/pinghu": 4, "street/bantian": 4}
    world = world_of(make_targets("industry-trade", 30), officers, line)
    sheets = derive_draw_outcome(world.draw(world.run_to("assign"))).sheets
    by_street = {sheet.street: [officer.split("-")[1] for officer in sheet.officers] for sheet in sheets}
    assert by_street["street/buji"] == ["bureau", "bureau"]
    assert by_street["street/pinghu"] == ["street", "bureau"]


def test_a_fallback_roster_is_the_policys() -> None:
    targets = [{**row, "street": "street/buji"} for row in make_targets("industry-trade", 30)]
    world = world_of(targets, {UNIT: 2, "street/jihua": 3}, fallback_roster="street/jihua")
    sheets = derive_draw_outcome(world.draw(world.run_to("assign"))).sheets
    assert {sheet.officers[0].rpartition("-")[0] for sheet in sheets} == {"o-street-jihua"}


def test_an_enterprise_that_has_reached_the_yearly_cap_is_excluded_with_the_reason() -> None:
    line = {**LINE, "strata": [{"id": "all", "scope": {}, "ratio": "9/10"}], "weights": [6, 6] + [0] * 10}
    world = world_of(make_targets("industry-trade", 30), {UNIT: 4}, line, yearly_cap=1)
    drawn = {sheet.code for sheet in derive_draw_outcome(world.draw(world.run_to("assign"))).sheets}
    assert len(drawn) == 14
    slot = world.run_to("assign", "2027-02")
    ground = world.draw(slot).ground
    assert {leaf.target.id for leaf in ground.pool if leaf.excluded == "cap-reached"} == drawn
    assert ground.pool_ref.excluded == {"cap-reached": 14, "closed": 1}
    outcome = derive_draw_outcome(world.draw(slot))
    assert not drawn & {sheet.code for sheet in outcome.sheets}
    assert (outcome.strata[0].drawn, outcome.strata[0].shortfall) == (13, 0)


def test_t25_a_directed_stratum_uses_up_nobodys_cap() -> None:
    line = {**LINE, "strata": [{"id": "all", "scope": {}, "ratio": "1/1"}], "weights": [6, 6] + [0] * 10}
    world = world_of(make_targets("industry-trade", 30), {UNIT: 4}, line, yearly_cap=1)
    first = world.draw(world.run_to("assign"))
    assert first.ground.strata[0].directed
    second = world.draw(world.run_to("assign", "2027-02"))
    assert "cap-reached" not in second.ground.pool_ref.excluded


def test_too_few_eligible_ones_are_all_drawn_and_the_shortfall_is_shown() -> None:
    line = {**LINE, "strata": [{"id": "all", "scope": {}, "count": 29}], "weights": [1] + [0] * 11}
    targets = make_targets("industry-trade", 30)
    world = world_of(targets, {UNIT: 4}, line)
    body = {"year": 2027, "target": {**targets[0], "status": "suspended"}, "reason": "停业"}
    append(world, "target.changed/1", "targets/2027/changes", body, ENFORCEMENT, SUPERVISOR)
    world.pass_days(14)
    outcome = derive_draw_outcome(world.draw(world.run_to("assign")))
    assert (outcome.strata[0].drawn, outcome.strata[0].shortfall) == (28, 1)


def test_last_years_roster_has_expired() -> None:
    world = World().prepare_year()
    with pytest.raises(Refused, match="2028"):
        world.open("2028-01")


def test_last_years_rosters_serve_neither_plan_nor_draw() -> None:
    world = World().prepare_year()
    with pytest.raises(Refused, match="no target roster is approved for 2028"):
        steps.approve_plan(world.desk, "bureau", 2028, [LINE])
    steps.declare_targets(world.desk, 2028, "industry-trade", make_targets("industry-trade", 60))
    steps.approve_targets(world.desk, 2028)
    steps.approve_plan(world.desk, "bureau", 2028, [LINE])
    with pytest.raises(Refused, match="no officer roster of the bureau is approved for 2028"):
        world.open("2028-01")


def test_an_office_draws_its_own_streets_enterprises_only() -> None:
    world = World().prepare_year()
    steps.approve_plan(world.desk, "street/pinghu", 2027, [LINE])
    slot = steps.open_draw(world.desk, "street/pinghu", "2027-01", "monthly", "monthly", "szse-work-safety-20", None)
    pool = world.draw(slot).ground.pool
    assert {leaf.target.street for leaf in pool} == {"street/pinghu"}
    assert len(pool) == 28


def test_a_log_whose_name_reads_like_a_body_takes_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("world.ORIGIN", 'x"body":{"rows":[y')
    world = declare(5, 4)
    assert [len(world.record.lists.leaves(ref)) for ref in world.record.officers.declared.values()] == [5]


@pytest.mark.parametrize("number", ["91440300MA0000000H", "91440300ma0000000h", "91440300-MA0000000H"])
def test_t13_a_valid_credit_code_behind_reg_is_refused(number: str) -> None:
    target = {**make_targets("industry-trade", 1)[0], "id": f"reg:{number}"}
    with pytest.raises(Refused, match="stands without reg:"):
        steps.declare_targets(World().desk, 2027, "industry-trade", [target])
