"""Attacks by the plan: a narrow stratum, rounding to taste, a slot that is not due (T12, T15, T16)."""

from typing import Any

import pytest

from forge import DRAW, ENFORCEMENT, OPENED, SUPERVISOR, Fields, assert_refused, forge
from ledger.cli import steps
from ledger.office.compose import format_body
from ledger.office.draws import derive_frozen
from ledger.proof.errors import Malformed, Mismatch, Refused
from ledger.proof.quota import derive_month_quotas
from world import LINE, World


@pytest.fixture
def world() -> World:
    return World().prepare_year()


@pytest.mark.parametrize("field", ["names", "codes", "text"])
def test_t12_a_scope_is_of_a_closed_vocabulary(world: World, field: str) -> None:
    body = format_body(steps.derive_plan(world.desk, "bureau", 2027, [LINE]))
    body["lines"][0]["strata"][0]["scope"][field] = ["x"]
    entry = forge(world, "plan.approved/1", "plan/bureau/2027", body, ENFORCEMENT, SUPERVISOR)
    assert_refused(world.record, entry, Malformed, field)


@pytest.mark.parametrize(
    ("scope", "ratio", "directed"),
    [
        ({"sub_rosters": ["industry-trade"]}, "60/100", False),
        ({"sub_rosters": ["industry-trade"], "risks": ["red"], "streets": ["street/pinghu"]}, "60/100", True),
        ({"sub_rosters": ["industry-trade"], "risks": ["red"]}, "1/1", False),
    ],
)
def test_t12_a_stratum_that_is_hardly_chance_is_labelled(scope: Fields, ratio: str, directed: bool) -> None:
    line = {**LINE, "strata": [{"id": "one", "scope": scope, "ratio": ratio}]}
    world = prepare_with(line)
    assert world.draw(world.open()).ground.strata[0].directed is directed


def prepare_with(line: Fields, **changes: Any) -> World:
    """Return a world whose plan for the year is one line of one's own."""
    world = World(**changes)
    world.plan = [line]
    return world.prepare_year()


@pytest.mark.parametrize(("ratio", "quota", "directed"), [("9/19", 9, False), ("10/19", 10, True), ("1/1", 19, True)])
def test_t12_a_stratum_drawn_by_more_than_half_is_labelled(ratio: str, quota: int, directed: bool) -> None:
    strata = [{"id": "one", "scope": {"risks": ["red"]}, "ratio": ratio}]
    world = prepare_with({**LINE, "weights": [1] + [0] * 11, "strata": strata})
    stratum = world.draw(world.open()).ground.strata[0]
    assert (stratum.quota, stratum.eligible, stratum.directed) == (quota, 19, directed)


def test_t12_the_label_cannot_be_left_off() -> None:
    world = prepare_with(
        {**LINE, "strata": [{"id": "one", "scope": {"risks": ["red"], "streets": ["street/buji"]}, "count": 1}]}
    )
    slot = world.open()
    body = format_body(derive_frozen(world.draw(slot), world.now + 3600, {}))
    assert body["strata"][0]["directed"] is True
    body["strata"][0]["directed"] = False
    assert_refused(world.record, forge(world, "draw.frozen/1", DRAW, body, ENFORCEMENT), Mismatch, "strata")


def test_t15_the_quotas_follow_from_one_formula(world: World) -> None:
    plan = steps.derive_plan(world.desk, "bureau", 2027, [LINE])
    trade = plan.lines[0].strata[0]
    assert (trade.base, trade.year_quota) == (57, 35)  # 57 open ones at 60/100 are 34.2, rounded up
    assert list(trade.month_quotas) == derive_month_quotas(35, [1] * 12) == [3] * 11 + [2]


@pytest.mark.parametrize("field", ["base", "year_quota", "month_quotas"])
def test_t15_rounding_to_taste_is_refused(world: World, field: str) -> None:
    body = format_body(steps.derive_plan(world.desk, "bureau", 2027, [LINE]))
    stratum = body["lines"][0]["strata"][0]
    if field == "month_quotas":
        stratum[field] = [*stratum[field][1:], stratum[field][0]]
    else:
        stratum[field] -= 1
    entry = forge(world, "plan.approved/1", "plan/bureau/2027", body, ENFORCEMENT, SUPERVISOR)
    assert_refused(world.record, entry, Mismatch, "plan line monthly")


@pytest.mark.parametrize("field", ["quota", "eligible"])
def test_t15_the_frozen_quota_is_the_plans(world: World, field: str) -> None:
    slot = world.open()
    body = format_body(derive_frozen(world.draw(slot), world.now + 3600, {}))
    body["strata"][0][field] += 1
    assert_refused(world.record, forge(world, "draw.frozen/1", DRAW, body, ENFORCEMENT), Mismatch, "strata")


def test_t16_a_slot_needs_a_plan_line_that_is_due(world: World) -> None:
    rested = prepare_with({**LINE, "weights": [0] + [1] * 11})
    entry = forge(rested, "draw.opened/1", DRAW, OPENED, ENFORCEMENT)
    assert_refused(rested.record, entry, Refused, "rests in 2027-01")
    for changes, word in (
        ({"line": "other"}, "no line other"),
        ({"kind": "covert"}, "kind covert"),
        ({"basis": "x"}, "basis x"),
    ):
        entry = forge(world, "draw.opened/1", DRAW, {**OPENED, **changes}, ENFORCEMENT)
        assert_refused(world.record, entry, Refused, word)
    entry = forge(world, "draw.opened/1", "draw/bureau/2028-01/001", OPENED, ENFORCEMENT)
    assert_refused(world.record, entry, Refused, "2028")
