"""Boards: what each unit sees; what runs out is on the list in time."""

import pytest

from forge import ENFORCEMENT, SUPERVISOR, append
from ledger.cli import handling, oversight
from ledger.proof.encoding import derive_day
from ledger.proof.errors import Refused
from ledger.views.board import Board, derive_board
from ledger.views.deadlines import CERTIFICATE_NOTICE_DAYS, Due, find_due
from ledger.views.fold import fold
from month import visit_case
from world import DAY, World


@pytest.fixture
def world() -> World:
    """A world with a draw whose cases are assigned."""
    world = World().prepare_year()
    world.run_to("assign")
    return world


def board(world: World, unit: str) -> Board:
    return derive_board(fold(world.log.entries), unit, derive_day(world.now))


def dues(world: World, kind: str, day: str) -> list[Due]:
    return [due for due in find_due(fold(world.log.entries), day) if due.kind == kind]


def test_a_section_sees_two_queues(world: World) -> None:
    cases = world.record.cases.by_subject
    for unit in ("bureau/hazchem", ENFORCEMENT, "street/pinghu"):
        seen = board(world, unit)
        assert [case.subject for case in seen.own] == [name for name, case in cases.items() if case.host == unit]
        goes = {name for name, case in cases.items() if unit in {case.homes[officer] for officer in case.officers}}
        assert {case.subject for case in seen.received} == {name for name in goes if cases[name].host != unit}
    unit = next(case.homes[case.officers[0]] for case in cases.values() if case.homes[case.officers[0]] != case.host)
    seen = board(world, unit)
    assert seen.received
    visit_case(world, seen.received[0].subject)
    after = board(world, unit)
    assert [case.subject for case in after.received] == [case.subject for case in seen.received[1:]]
    loads = {load.officer: load for load in seen.load}
    assert set(loads) == {
        officer
        for roster in world.record.officers.approved.values()
        for officer, row in roster.items()
        if row.unit == unit and row.enrolled and row.in_post
    }
    assert sum(load.year for load in after.load) == sum(load.year for load in seen.load)
    assert sum(load.waiting for load in after.load) < sum(load.waiting for load in seen.load)
    assert seen.load == sorted(seen.load, key=lambda load: (-load.waiting, -load.year, load.officer))


def test_the_supervisor_sees_who_is_late(world: World) -> None:
    oversight.issue_notice(world.desk, "bureau/hazchem", "other", "请说明", ["items"])
    before = board(world, SUPERVISOR).late
    assert set(before) <= {SUPERVISOR}  # the rosters of streets that declared no officers, which it approves
    world.now += 50 * DAY
    late = board(world, SUPERVISOR).late
    assert late["bureau/hazchem"] >= 1
    assert sum(late.values()) == len(
        [
            due
            for due in find_due(fold(world.log.entries), derive_day(world.now))
            if due.is_overdue(derive_day(world.now))
        ]
    )
    assert board(world, ENFORCEMENT).late == {}


def test_a_complaint_waits_on_the_board_of_whom_it_is_for(world: World) -> None:
    content = {"channel": "letter", "kind": "other", "content": {"sealed": "5e" * 32}}
    append(world, "complaint.received/1", "complaint/2027/0001", content, SUPERVISOR, "bureau/leadership")
    append(world, "complaint.received/1", "complaint/2027/0002", {**content, "of": SUPERVISOR}, "bureau/leadership")
    for unit, number in ((SUPERVISOR, "0001"), ("bureau/leadership", "0002")):
        waits = [due.subject for due in board(world, unit).waits if due.kind == "complaint-decision"]
        assert waits == [f"complaint/2027/{number}"]


def test_a_street_sees_its_own_plan_draws_and_training(world: World) -> None:
    street, today = "street/pinghu", derive_day(world.now)
    before = board(world, street)
    assert (before.is_street, before.filed, before.trainings, before.draws) == (True, None, (0, 0), [])
    assert "filing" in {due.kind for due in before.waits}
    oversight.make_filing(world.desk, street, 2027, "实施方案", "cd" * 32)
    oversight.hold_training(world.desk, street, today, "培训", 2, ["o-street-pinghu-00", "o-street-pinghu-01"])
    after = board(world, street)
    assert (after.filed, after.trainings) == (today, (1, 2))
    assert "filing" not in {due.kind for due in after.waits}
    bureau = board(world, ENFORCEMENT)
    assert (bureau.is_street, bureau.trainings, [draw.slot for draw in bureau.draws]) == (
        False,
        (0, 0),
        [*world.record.draws.by_slot],
    )


def test_a_unit_that_is_none_is_refused(world: World) -> None:
    with pytest.raises(Refused, match="unit bureau/of-nobody: not in the policy"):
        board(world, "bureau/of-nobody")


def test_a_certificate_is_on_the_list_before_it_runs_out(world: World) -> None:
    officer = {
        **world.record.officers.approved[2027, "bureau"]["o-bureau-hazchem-00"].model_dump(exclude_none=True),
        "certificate_until": "2027-06-30",
    }
    body = {"year": 2027, "roster": "bureau", "officer": officer, "reason": "核对证件"}
    append(world, "officer.changed/1", "officers/2027/bureau/changes", body, "bureau/hazchem", SUPERVISOR)
    assert CERTIFICATE_NOTICE_DAYS == 60
    assert dues(world, "certificate", "2027-04-30") == []
    (due,) = dues(world, "certificate", "2027-05-01")
    assert (due.subject, due.unit, due.due) == ("officer/o-bureau-hazchem-00", "bureau/hazchem", "2027-06-30")
    assert [due.is_overdue(day) for day in ("2027-06-30", "2027-07-01")] == [False, True]
    away = {**body, "officer": {**officer, "in_post": False}}
    append(world, "officer.changed/1", "officers/2027/bureau/changes", away, "bureau/hazchem", SUPERVISOR)
    assert dues(world, "certificate", "2027-07-01") == [], "who is not in post needs none"


def test_a_result_that_was_changed_is_to_be_withdrawn_within_three_working_days(world: World) -> None:
    case = next(iter(world.record.cases.by_subject))
    visit_case(world, case, handling.find_case(world.desk, case).items[:1])
    handling.submit_result(world.desk, case, "rectification-ordered", "责令整改一项")
    handling.correct_result(world.desk, case, "penalty-filed", "立案", "漏报")
    assert dues(world, "withdrawal", "2027-02-01") == [], "nothing was public yet"
    handling.publish_result(world.desk, case)
    handling.correct_result(world.desk, case, "rectification-ordered", "责令整改", "复核")
    (due,) = dues(world, "withdrawal", "2027-02-01")
    assert (due.subject, due.unit, due.due) == (case, ENFORCEMENT, "2027-01-07")  # Monday 4 January and three days
    handling.withdraw(world.desk, case, "result", "changed", derive_day(world.now))
    handling.publish_result(world.desk, case)
    assert dues(world, "withdrawal", "2027-02-01") == []
