"""Inspections that no draw selected: approved first, within the list, by certified officers, below the cap (R40)."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from forge import ENFORCEMENT, LEADER, append, assert_refused, forge
from ledger.cli import handling
from ledger.cli.inspecting import derive_rows
from ledger.office.compose import format_body
from ledger.office.draws import derive_frozen
from ledger.office.ground import PoolLeaf
from ledger.office.results import derive_draw_outcome
from ledger.proof.encoding import derive_day
from ledger.proof.errors import Mismatch, Refused, Unauthorised
from month import visit_case
from world import DAY, World, make_targets

SUBJECT = "inspection/bureau/2027-01/001"
TARGETS = make_targets("industry-trade", 60)
BODY: dict[str, Any] = {
    "kind": "special",
    "code": TARGETS[0]["id"],
    "officers": ["o-bureau-enforcement-00", "o-bureau-hazchem-00"],
    "items": ["item-0", "item-1"],
    "basis": "work-safety-law-62",
    "reason": "专项治理",
}


@pytest.fixture
def world() -> World:
    return World().prepare_year()


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"code": "91440300000000ZZZZ"}, "expected nobody"),
        ({"items": ["item-0", "item-of-my-own"]}, "not on the published list"),
        ({"items": ["item-7"]}, "does not apply"),
        ({"officers": ["o-bureau-enforcement-00", "o-of-nobody"]}, "o-of-nobody is not enrolled"),
        ({"basis": "a-law-of-mine"}, "not in the policy"),
        ({"kind": "planned"}, "names its plan line"),
        ({"line": "monthly"}, "names its plan line"),
        ({"kind": "planned", "line": "no-line"}, "no line no-line"),
    ],
)
def test_what_must_not_be_approved_is_refused(world: World, changes: Any, word: str) -> None:
    entry = forge(world, "inspection.approved/1", SUBJECT, {**BODY, **changes}, ENFORCEMENT, LEADER)
    assert_refused(world.record, entry, Unauthorised if "nobody" in word and "code" in changes else Refused, word)


def test_an_officer_whose_certificate_has_run_out_does_not_inspect(world: World) -> None:
    change_officer(world, certificate_until="2027-01-03")
    entry = forge(world, "inspection.approved/1", SUBJECT, BODY, ENFORCEMENT, LEADER)
    assert_refused(world.record, entry, Refused, "o-bureau-hazchem-00 is not certified and in post")


def change_officer(world: World, **changes: Any) -> None:
    """The officer from the hazardous chemicals section has another row."""
    row: dict[str, Any] = {"id": "o-bureau-hazchem-00", "unit": "bureau/hazchem", "certificate_until": "2030-12-31"}
    officer = {**row, "on_establishment": True, "in_post": True, "enrolled": True, **changes}
    body = {"year": 2027, "roster": "bureau", "officer": officer, "reason": "变动"}
    append(world, "officer.changed/1", "officers/2027/bureau/changes", body, "bureau/hazchem", "bureau/legal-publicity")


def declare_conflict(world: World) -> None:
    body = {"officer": "o-bureau-hazchem-00", "code": BODY["code"], "reason": "kinship"}
    append(world, "conflict.declared/1", "conflicts", body, "bureau/hazchem")


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (
            lambda world: change_officer(world, certificate_until="2027-01-10"),
            "not certified and in post on 2027-01-11",
        ),
        (lambda world: change_officer(world, in_post=False), "not certified and in post"),
        (lambda world: change_officer(world, enrolled=False), "not enrolled"),
        (declare_conflict, "in conflict"),
    ],
)
def test_an_approval_does_not_outlast_its_officers_certificate(
    world: World, change: Callable[[World], None], word: str
) -> None:
    subject = handling.approve_inspection(world.desk, "bureau", BODY)
    change(world)
    world.now += 7 * DAY
    with pytest.raises(Refused, match=word):
        handling.enter_scan(world.desk, subject, world.now, "SCAN-1")
    with pytest.raises(Refused, match=word):
        visit_case(world, subject)
    handling.cancel_inspection(world.desk, subject, "officer-absent")


def test_what_changes_after_the_scan_does_not_undo_a_visit(world: World) -> None:
    subject = handling.approve_inspection(world.desk, "bureau", BODY)
    handling.enter_scan(world.desk, subject, world.now, "SCAN-1")
    change_officer(world, in_post=False)
    world.now += 1800
    visit_case(world, subject)


def test_a_scan_of_another_day_does_not_stand_for_the_visit(world: World) -> None:
    subject = handling.approve_inspection(world.desk, "bureau", BODY)
    handling.enter_scan(world.desk, subject, world.now, "SCAN-1")
    change_officer(world, in_post=False)
    world.now += DAY
    with pytest.raises(Refused, match="not certified and in post on 2027-01-05"):
        visit_case(world, subject)


def test_t25_an_approval_that_a_draw_has_overtaken_ends_at_the_door() -> None:
    world = World(yearly_cap=1).prepare_year()
    slot = world.open()
    approved = {
        target["id"]: handling.approve_inspection(world.desk, "bureau", {**BODY, "code": target["id"]})
        for target in TARGETS
    }
    received = {"channel": "letter", "kind": "hazard", "content": {"sealed": "5e" * 32}}
    append(world, "complaint.received/1", "complaint/2027/0001", received, "service")
    for station in ("freeze", "commit", "reveal", "close", "witness", "randomness", "execute"):
        getattr(world, station)(slot)
    code = next(sheet.code for sheet in derive_draw_outcome(world.draw(slot)).sheets if sheet.code in approved)
    with pytest.raises(Refused, match="drawn or inspected 1 times this year, and the cap is 1"):
        visit_case(world, approved[code])
    with pytest.raises(Refused, match="drawn or inspected 1 times this year, and the cap is 1"):
        handling.enter_scan(world.desk, approved[code], world.now, "SCAN-1")
    exempt = {**BODY, "code": code, "kind": "case-based", "complaint": "2027/0001"}
    visited = handling.approve_inspection(world.desk, "bureau", exempt)
    world.now += 1800
    visit_case(world, visited)


def test_an_officer_in_conflict_does_not_inspect(world: World) -> None:
    declare_conflict(world)
    entry = forge(world, "inspection.approved/1", SUBJECT, BODY, ENFORCEMENT, LEADER)
    assert_refused(world.record, entry, Refused, "in conflict")


def test_nobody_inspects_without_the_leaders_approval(world: World) -> None:
    assert_refused(
        world.record, forge(world, "inspection.approved/1", SUBJECT, BODY, ENFORCEMENT), Unauthorised, LEADER
    )
    visit = {"visited": derive_day(world.now), "officers": BODY["officers"], "items": []}
    times = {"began": "2027-01-04T00:00:00Z", "ended": "2027-01-04T00:30:00Z", "mode": "on-site", "party": "signed"}
    entry = forge(world, "visit.recorded/1", SUBJECT, {**visit, **times}, ENFORCEMENT)
    assert_refused(world.record, entry, Refused, "not assigned")


def test_they_are_numbered_without_gaps_in_the_month_of_their_approval(world: World) -> None:
    for subject, word in (
        ("inspection/bureau/2027-01/002", "the next number of the month is 001"),
        ("inspection/bureau/2027-02/001", "approved in 2027-01"),
        ("inspection/street/buji/2027-01/001", "not an enterprise of street/buji"),
    ):
        entry = forge(world, "inspection.approved/1", subject, BODY, ENFORCEMENT, LEADER)
        assert_refused(world.record, entry, Refused, word)
    assert handling.approve_inspection(world.desk, "bureau", BODY) == SUBJECT
    assert handling.approve_inspection(world.desk, "bureau", BODY).endswith("/002")


def test_t25_an_enterprise_at_its_cap_is_not_inspected_again_but_for_an_exempt_reason(world: World) -> None:
    for _ in range(world.policy.yearly_cap):
        handling.approve_inspection(world.desk, "bureau", BODY)
    with pytest.raises(Refused, match="drawn or inspected 2 times this year, and the cap is 2"):
        handling.approve_inspection(world.desk, "bureau", BODY)
    because = {**BODY, "kind": "case-based", "complaint": "2027/0001"}
    with pytest.raises(Refused, match="2027/0001 was not received, or was declined"):
        handling.approve_inspection(world.desk, "bureau", because)
    received = {"channel": "letter", "kind": "hazard", "content": {"sealed": "5e" * 32}}
    append(world, "complaint.received/1", "complaint/2027/0001", received, "service")
    with pytest.raises(Refused, match="the cap is 2"):
        handling.approve_inspection(world.desk, "bureau", {**BODY, "kind": "case-based"})
    handling.approve_inspection(world.desk, "bureau", because)
    with pytest.raises(Refused, match="led to an inspection of"):
        handling.approve_inspection(world.desk, "bureau", because)
    handling.cancel_inspection(world.desk, SUBJECT, "no-longer-needed")
    handling.approve_inspection(world.desk, "bureau", BODY)


def test_a_planned_inspection_takes_nobody_out_of_a_draws_pool(world: World) -> None:
    inspect(world, world.policy.yearly_cap, {**BODY, "kind": "planned", "line": "monthly"})
    world.now += DAY
    assert find_leaf(world, world.open()).excluded is None


def test_t25_inspections_outside_draws_count_in_a_draws_pool_once_officers_were_there(world: World) -> None:
    subjects = [handling.approve_inspection(world.desk, "bureau", BODY) for _ in range(world.policy.yearly_cap)]
    world.now += DAY
    handling.enter_scan(world.desk, subjects[0], world.now, "SCAN-1")
    kept = deepcopy(world.record)
    assert find_leaf(world, world.open()).excluded is None, "one is only approved"
    world.log.record = kept
    assert [row["counts"] for row in derive_rows(world.record)] == [True, True]
    world.now += 1800
    visit_case(world, subjects[1])
    assert find_leaf(world, world.open()).excluded == "cap-reached"


def test_t25_approvals_that_are_cancelled_after_a_draw_have_spared_nobody(world: World) -> None:
    subjects = [handling.approve_inspection(world.desk, "bureau", BODY) for _ in range(world.policy.yearly_cap)]
    slot = world.run_to("assign")
    assert find_leaf(world, slot).excluded is None
    for subject in subjects:
        handling.cancel_inspection(world.desk, subject, "no-longer-needed")
    assert [row["counts"] for row in derive_rows(world.record)] == [False, False]


def test_t25_an_exempt_inspection_spares_nobody_from_a_draw() -> None:
    world = World(cap_exempt=["special"]).prepare_year()
    inspect(world, world.policy.yearly_cap + 1)
    world.now += DAY
    assert find_leaf(world, world.open()).excluded is None


def test_t25_a_freeze_without_those_inspections_is_refused(world: World) -> None:
    inspect(world, world.policy.yearly_cap)
    world.now += DAY
    draw = world.draw(world.open())
    body = format_body(derive_frozen(draw, world.now + 3600, {}))
    assert body["pool"]["excluded"]["cap-reached"] == 1
    del body["pool"]["excluded"]["cap-reached"]
    body["pool"]["eligible"] += 1
    entry = forge(world, "draw.frozen/1", f"draw/{draw.slot}", body, ENFORCEMENT)
    assert_refused(world.record, entry, Mismatch, "pool")


def inspect(world: World, times: int, body: dict[str, Any] = BODY) -> None:
    """Inspect the enterprise so many times: approved, and officers were there."""
    for number in range(times):
        subject = handling.approve_inspection(world.desk, "bureau", body)
        handling.enter_scan(world.desk, subject, world.now, f"SCAN-{number}")


def find_leaf(world: World, slot: str) -> PoolLeaf:
    """Return the inspected enterprise's leaf in a slot's pool."""
    return next(leaf for leaf in world.draw(slot).ground.pool if leaf.target.id == BODY["code"])


def test_it_goes_through_the_same_record_and_publication_as_a_drawn_one(world: World) -> None:
    subject, desk = handling.approve_inspection(world.desk, "bureau", BODY), world.desk
    world.now += 3600
    visit_case(world, subject, ["item-1"])
    handling.submit_result(desk, subject, "rectification-ordered", "责令整改一项")
    handling.publish_result(desk, subject)
    handling.order_rectification(desk, subject, derive_day(world.now + DAY))
    handling.reinspect(desk, subject, derive_day(world.now))
    handling.close_case(desk, subject, "rectified")
    entry = forge(world, "inspection.cancelled/1", subject, {"reason": "entered-in-error"}, ENFORCEMENT, LEADER)
    assert_refused(world.record, entry, Refused, "the visit is recorded already")


def test_an_officer_of_an_approved_inspection_is_not_drawn_anew(world: World) -> None:
    subject = handling.approve_inspection(world.desk, "bureau", BODY)
    with pytest.raises(Refused, match="approved without a draw"):
        _ = handling.find_case(world.desk, subject).sheet


def test_t25_an_inspection_whose_officers_were_there_is_not_cancelled(world: World) -> None:
    subject = handling.approve_inspection(world.desk, "bureau", BODY)
    handling.enter_scan(world.desk, subject, world.now, "SCAN-1")
    with pytest.raises(Refused, match="the officers were there"):
        handling.cancel_inspection(world.desk, subject, "no-longer-needed")
