"""A plan's budget of working days and the sections' own tasks: what is refused, and what is derived of them."""

from typing import Any

import pytest

from forge import ENFORCEMENT, LEADER, SUPERVISOR, append, assert_refused, forge
from ledger.cli import handling, steps
from ledger.cli.progress import derive_own_queue, derive_progress, derive_received
from ledger.office.compose import format_body
from ledger.office.events.plans import Budget, OwnTask
from ledger.office.workload import derive_months, derive_needed_days, derive_plan_days
from ledger.proof.errors import Malformed, Refused
from month import visit_case
from world import DAY, World, make_targets

SUBJECT = "plan/bureau/2027"
TASK: dict[str, Any] = {
    "id": "tank-farms",
    "unit": "bureau/hazchem",
    "title": "储罐区重点检查",
    "count": 5,
    "weights": [1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
}
BUDGET = {"officers": 22, "working_days": 247, "other_days": 4463}
"""A real plan's: 22 officers, 5434 days, of which 2469 for other enforcement and 1994 for other work; 971 are left."""


def plan_world(**changes: Any) -> World:
    """Return a world whose plan has a budget and one own task."""
    world = World(**changes)
    world.prepare_year()
    body = derive_body(world, budget=BUDGET, own_tasks=[TASK])
    append(world, "plan.approved/1", SUBJECT, body, ENFORCEMENT, SUPERVISOR)
    world.pass_days(31)
    return world


def derive_body(world: World, **more: Any) -> dict[str, Any]:
    """Return the body of the world's plan, with more beside its lines."""
    return {**format_body(steps.derive_plan(world.desk, "bureau", 2027, world.plan)), **more}


@pytest.mark.parametrize(
    ("more", "kind", "word"),
    [
        ({"budget": {**BUDGET, "other_days": 5435}}, Refused, "other work takes 5435 of 5434 working days"),
        ({"budget": {**BUDGET, "officers": 0}}, Malformed, "greater than or equal to 1"),
        ({"budget": {**BUDGET, "working_days": 367}}, Malformed, "less than or equal to 366"),
        ({"own_tasks": [{**TASK, "unit": "street/pinghu"}]}, Refused, "street/pinghu is no unit of bureau"),
        ({"own_tasks": [{**TASK, "unit": "bureau/of-nobody"}]}, Refused, "no unit of bureau"),
        ({"own_tasks": [{**TASK, "id": "monthly"}]}, Refused, "a line or another task has the same id"),
        ({"own_tasks": [TASK, TASK]}, Refused, "a line or another task has the same id"),
        ({"own_tasks": [{**TASK, "weights": [0] * 12}]}, Malformed, "not all zero"),
        ({"own_tasks": [{**TASK, "count": 0}]}, Malformed, "greater than or equal to 1"),
        ({"own_tasks": []}, Malformed, "at least 1"),
    ],
)
def test_a_plan_whose_workload_does_not_hold_is_refused(more: dict[str, Any], kind: Any, word: str) -> None:
    world = World().prepare_year()
    entry = forge(world, "plan.approved/1", SUBJECT, derive_body(world, **more), ENFORCEMENT, SUPERVISOR)
    assert_refused(world.record, entry, kind, word)


def test_all_days_may_go_to_other_work() -> None:
    world = World().prepare_year()
    body = derive_body(world, budget={**BUDGET, "other_days": 5434})
    append(world, "plan.approved/1", SUBJECT, body, ENFORCEMENT, SUPERVISOR)


def test_the_days_left_are_shown_against_those_that_the_plan_needs() -> None:
    assert derive_plan_days(Budget(**BUDGET)) == 971
    world = plan_world()
    plan = world.record.plans.in_force(world.record, world.now, "bureau", 2027)
    drawn = sum(stratum.year_quota for line in plan.lines for stratum in line.strata)
    assert derive_needed_days(plan, world.policy) == drawn * 2 + 5 * 2
    facts = derive_progress(world.record, world.now, "bureau", 2027)["budget"]
    assert facts == {**BUDGET, "plan_days": 971, "needed_days": drawn * 2 + 10}


def test_an_own_tasks_months_follow_from_its_count() -> None:
    assert derive_months(OwnTask.model_validate(TASK)) == [3, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0]


def approve(world: World, sub_roster: str, **changes: Any) -> str:
    fields = {
        "kind": "planned",
        "line": TASK["id"],
        "code": make_targets(sub_roster, 24)[0]["id"],
        "officers": ["o-bureau-hazchem-00", "o-bureau-hazchem-01"],
        "items": ["item-0"],
        "basis": "work-safety-law-62",
        "reason": "本科室任务",
    }
    return handling.approve_inspection(world.desk, "bureau", {**fields, **changes})


def test_an_own_task_is_done_by_planned_inspections_of_the_section_whose_it_is() -> None:
    world = plan_world()
    with pytest.raises(Refused, match="own task tank-farms is of bureau/hazchem, and bureau/enforcement hosts"):
        approve(world, "industry-trade")
    with pytest.raises(Refused, match="has no line other-task"):
        approve(world, "hazchem", line="other-task")
    subject = approve(world, "hazchem")
    world.now += 3600
    visit_case(world, subject)
    assert derive_own_queue(world.record, world.now, "bureau/hazchem") == [
        {"task": "tank-farms", "title": "储罐区重点检查", "count": 5, "by_now": 3, "approved": 1, "visited": 1}
    ]
    assert derive_own_queue(world.record, world.now, "bureau/enforcement") == []
    (task,) = derive_progress(world.record, world.now, "bureau", 2027)["own_tasks"]
    assert task["months"][1] == {"quota": 0, "approved": 1, "visited": 1}


def test_before_its_notice_has_passed_an_own_task_is_not_there() -> None:
    world = World().prepare_year()
    append(world, "plan.approved/1", SUBJECT, derive_body(world, own_tasks=[TASK]), ENFORCEMENT, SUPERVISOR)
    entry_of = {"kind": "planned", "line": TASK["id"], "code": make_targets("hazchem", 24)[0]["id"], "reason": "x"}
    more = {"officers": ["o-bureau-hazchem-00", "o-bureau-hazchem-01"], "items": ["item-0"]}
    body = {**entry_of, **more, "basis": "work-safety-law-62"}
    subject = "inspection/bureau/2027-01/001"
    entry = forge(world, "inspection.approved/1", subject, body, "bureau/hazchem", LEADER)
    assert_refused(world.record, entry, Refused, "has no line tank-farms")


def test_a_planned_month_stands_beside_what_was_drawn_and_visited() -> None:
    world = World().prepare_year()
    slot = world.run_to("assign")
    first = f"case/{slot}/0001"
    world.now += 3600
    visit_case(world, first)
    (line,) = derive_progress(world.record, world.now, "bureau", 2027)["lines"]
    by_stratum = {stratum["id"]: stratum["months"] for stratum in line["strata"]}
    frozen = {stratum.id: stratum.quota for stratum in world.draw(slot).ground.strata}
    assert {id: months[0]["quota"] for id, months in by_stratum.items()} == frozen
    assert {id: months[0]["drawn"] for id, months in by_stratum.items()} == frozen
    assert sum(months[0]["visited"] for months in by_stratum.values()) == 1
    assert by_stratum[world.record.cases.by_subject[first].sheet.stratum][0]["visited"] == 1
    assert {month["drawn"] for months in by_stratum.values() for month in months[1:]} == {0}


def test_the_cases_received_are_another_queue_until_they_are_closed() -> None:
    world = World().prepare_year()
    slot = world.run_to("assign")
    subject = f"case/{slot}/0001"
    case = handling.find_case(world.desk, subject)
    own = [row for row in derive_received(world.record, case.host) if row["case"] == f"{slot}/0001"]
    expected = {"case": f"{slot}/0001", "code": case.code, "is_host": True, "state": "assigned"}
    waiting = [officer for officer in case.officers if case.homes[officer] == case.host]
    assert own == [{**expected, "due": case.sheet.deadline, "waiting": waiting}]
    officer = case.officers[0]
    home = case.homes[officer]

    def find_waiting() -> list[str]:
        rows = [row for row in derive_received(world.record, home) if row["case"] == f"{slot}/0001"]
        assert [row["is_host"] for row in rows] == [home == case.host]
        return list(rows[0]["waiting"])

    assert officer in find_waiting()
    handling.receive_case(world.desk, subject, officer)
    assert officer not in find_waiting()
    assert not [*derive_received(world.record, "bureau/leadership")]
    world.now += DAY
    visit_case(world, subject)
    handling.submit_result(world.desk, subject, "no-problem", "未发现问题")
    handling.publish_result(world.desk, subject)
    assert next(derive_received(world.record, case.host))["state"] == "published"
    handling.close_case(world.desk, subject, "no-problem")
    assert f"{slot}/0001" not in [row["case"] for row in derive_received(world.record, case.host)]
