"""Attacks by a change shortly before the draw: it has to cool off first (T14)."""

import pytest

from forge import ENFORCEMENT, SUPERVISOR, Fields, append
from ledger.cli import steps
from ledger.office.rows import TARGET
from world import World, make_targets

ROWS = make_targets("industry-trade", 60)


@pytest.fixture
def world() -> World:
    return World().prepare_year()


def change_target(world: World, row: Fields, year: int = 2027, owner: str = ENFORCEMENT) -> None:
    """An enterprise is listed, or its row changes, under the two signatures that it needs."""
    body = {"year": year, "target": row, "reason": "核实"}
    append(world, "target.changed/1", f"targets/{year}/changes", body, owner, SUPERVISOR)


def effective_risk(world: World, month: str = "2027-01") -> str | None:
    """Open a draw, and return the risk class under which the first enterprise stands in its pool."""
    pool = world.draw(world.open(month)).ground.pool
    return next(leaf.target.risk for leaf in pool if leaf.target.id == ROWS[0]["id"])


@pytest.mark.parametrize(("days", "risk"), [(0, "red"), (13, "red"), (14, "blue")])
def test_t14_a_change_counts_after_fourteen_witnessed_days(world: World, days: int, risk: str) -> None:
    change_target(world, {**ROWS[0], "risk": "blue"})
    if days:
        world.pass_days(days)
    assert effective_risk(world) == risk
    assert world.draw("bureau/2027-01/001").ground.recent.cooling_off == (risk == "red")


def test_t14_a_claimed_time_does_not_make_a_change_older(world: World) -> None:
    change_target(world, {**ROWS[0], "risk": "blue"})
    steps.witness_log(world.desk, "service", world.cosigned())
    world.now += 30 * 86_400
    assert effective_risk(world) == "red"


def test_t14_days_count_from_the_first_checkpoint_that_covers_the_change(world: World) -> None:
    early = world.cosigned()
    change_target(world, {**ROWS[0], "risk": "blue"})
    steps.witness_log(world.desk, "service", early)
    world.now += 20 * 86_400
    steps.witness_log(world.desk, "service", world.cosigned())
    assert effective_risk(world) == "red"


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "closed"},
        {"street": "street/buji"},
        {"tags": ["dust"]},
        {"scale": "large"},
        {"hazards": 1},
        {"accidents": 2},
        {"lists": [{"list": "licence", "since": "2026-05-01"}]},
    ],
)
def test_t14_every_attribute_that_a_rule_reads_cools_off(world: World, changes: Fields) -> None:
    change_target(world, {**ROWS[0], **changes})
    pool = world.draw(world.open()).ground.pool
    assert next(leaf for leaf in pool if leaf.target.id == ROWS[0]["id"]).target == TARGET.validate_python(ROWS[0])


def test_t14_a_move_to_another_sub_roster_cools_off(world: World) -> None:
    change_target(world, {**ROWS[0], "sub_roster": "hazchem"}, owner="bureau/hazchem")
    pool = world.draw(world.open()).ground.pool
    assert next(leaf.stratum for leaf in pool if leaf.target.id == ROWS[0]["id"]) == "trade"


def test_t14_the_years_turn_does_not_cut_the_cooling_off_short(world: World) -> None:
    world.pass_days(20)
    change_target(world, {**ROWS[0], "risk": "blue"})
    turned = [{**ROWS[0], "risk": "blue"}, *ROWS[1:]]
    world.prepare_year(2028, turned)
    assert effective_risk(world, "2028-01") == "red"
    world.pass_days(14)
    assert effective_risk(world, "2028-02") == "blue"


def test_t14_a_row_changed_twice_before_the_years_turn_cools_off_too(world: World) -> None:
    world.pass_days(20)
    change_target(world, {**ROWS[0], "risk": "blue"})
    world.prepare_year(2028, [{**ROWS[0], "risk": "yellow"}, *ROWS[1:]])
    assert effective_risk(world, "2028-01") == "red"


def test_t14_a_first_listing_counts_at_once_and_is_counted_beside_the_draw(world: World) -> None:
    world.run_to("assign")
    new = {**ROWS[0], "id": "91440300NEW0000001"}
    change_target(world, new)
    ground = world.draw(world.open("2027-02")).ground
    assert new["id"] in ground.eligible("trade")
    assert ground.recent.listed == 1
