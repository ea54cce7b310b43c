"""Attacks by what stands beside a draw: other slots of the same day, moves shortly before (T16, T25)."""

from typing import Any

import pytest

from forge import OPENED, assert_refused, forge
from ledger.cli import changes, steps
from ledger.office.results import derive_draw_outcome
from ledger.office.rows import OFFICER
from ledger.proof.errors import Refused
from world import LINE, World, make_officers, make_targets

ALL = {**LINE, "strata": [{"id": "all", "scope": {"sub_rosters": ["industry-trade"]}, "ratio": "1/10"}]}
LINES = [{**ALL, "id": f"line-{number}"} for number in range(3)]


def prepare(plan: list[dict[str, Any]], **changes: Any) -> World:
    """Return a world with a plan of one's own."""
    world = World(**changes)
    world.plan = plan
    return world.prepare_year()


def opening(world: World, line: str, number: int, office: str = "bureau") -> bytes:
    """Return the entry that opens an office's slot of January."""
    organiser = world.policy.offices[office].organiser
    body = {**OPENED, "line": line}
    return forge(world, "draw.opened/1", f"draw/{office}/2027-01/{number:03d}", body, organiser)


def open_line(world: World, number: int) -> str:
    """Open a slot of January for the line of that number."""
    return steps.open_draw(world.desk, "bureau", "2027-01", f"line-{number}", "monthly", "szse-work-safety-20", None)


def finish(world: World, slot: str) -> set[str]:
    """Bring an opened slot to its outcome; return whom it drew."""
    for step in (world.freeze, world.commit, world.reveal, world.close, world.witness, world.randomness, world.execute):
        step(slot)
    return {sheet.code for sheet in derive_draw_outcome(world.draw(slot)).sheets}


@pytest.mark.parametrize("cap", [1, 2])
def test_t25_slots_opened_at_the_same_time_cannot_draw_anybody_above_the_cap(cap: int) -> None:
    world = prepare(LINES, yearly_cap=cap)
    slots = [open_line(world, number) for number in range(cap)]
    refused = opening(world, f"line-{cap}", cap + 1)
    assert_refused(world.record, refused, Refused, f"{' and '.join(slots)} could draw .* up to the yearly cap")
    drawn = [finish(world, slot) for slot in slots]
    last = finish(world, open_line(world, cap))
    if cap == 1:
        assert not drawn[0] & last
    assert all(sum(code in one for one in (*drawn, last)) <= cap for code in set().union(*drawn, last))


def test_t25_a_slot_left_lying_spares_nobody_and_a_void_lets_the_next_be_opened() -> None:
    world = prepare(LINES, yearly_cap=1)
    slot = open_line(world, 0)
    assert_refused(world.record, opening(world, "line-1", 2), Refused, "that outcome comes first")
    steps.void_draw(world.desk, slot, "procedure-in-error")
    assert "cap-reached" not in world.draw(open_line(world, 1)).ground.pool_ref.excluded


def test_t25_slots_whose_pools_do_not_meet_can_be_opened_together() -> None:
    chemicals = {"id": "all", "scope": {"sub_rosters": ["hazchem"]}, "ratio": "1/10"}
    world = prepare([LINES[0], {**LINES[1], "strata": [chemicals]}], yearly_cap=1)
    assert [open_line(world, 0), open_line(world, 1)] == ["bureau/2027-01/001", "bureau/2027-01/002"]


def test_t25_what_a_directed_stratum_may_draw_holds_nobody_up() -> None:
    line = {**LINES[0], "weights": [1] + [0] * 11, "strata": [{"id": "all", "scope": {}, "ratio": "1/1"}]}
    world = prepare([line, LINES[1]], yearly_cap=1)
    assert world.draw(open_line(world, 0)).ground.strata[0].directed
    open_line(world, 1)


def test_t25_one_offices_open_slot_does_not_hold_up_another_office() -> None:
    world = prepare(LINES, yearly_cap=1)
    steps.approve_plan(world.desk, "street/pinghu", 2027, LINES)
    open_line(world, 0)
    world.record.append(opening(world, "line-0", 1, "street/pinghu"))


PINGHU = make_officers("street/pinghu", 4)


def leave(world: World, number: int, year: int = 2027) -> int:
    """An officer of Pinghu leaves post; return the entry's index."""
    row = OFFICER.validate_python({**PINGHU[number], "in_post": False})
    return changes.change_officer(world.desk, year, row, "休假")


def moves(world: World, month: str) -> list[int]:
    """Open the month's slot; return the indexes of what moved shortly before."""
    return [move.index for move in world.draw(world.open(month)).ground.moves]


@pytest.fixture
def world() -> World:
    return World(yearly_cap=12).prepare_year()


def test_t16_what_took_effect_at_once_stands_beside_the_next_draw(world: World) -> None:
    code, officer = make_targets("industry-trade", 1)[0]["id"], PINGHU[1]["id"]
    expected = [leave(world, 0), changes.declare_conflict(world.desk, officer, code, "kinship")]
    expected.append(changes.end_conflict(world.desk, officer, code))
    slot = world.open()
    told = world.draw(slot).ground.moves
    assert [move.index for move in told] == expected
    assert [(move.type, move.officer, move.code) for move in told] == [
        ("officer.changed/1", PINGHU[0]["id"], None),
        ("conflict.declared/1", officer, code),
        ("conflict.ended/1", officer, code),
    ]


def test_t16_a_slot_opened_in_between_takes_no_move_out_of_sight(world: World) -> None:
    index = leave(world, 0)
    assert moves(world, "2027-01") == [index]
    assert moves(world, "2027-02") == [index], "younger than the cooling-off"
    world.pass_days(14)
    assert moves(world, "2027-03") == []


def test_t16_an_old_move_stands_beside_the_first_draw_after_it(world: World) -> None:
    assert moves(world, "2027-01") == []
    index = leave(world, 0)
    world.pass_days(60)
    assert moves(world, "2027-02") == [index]
    assert moves(world, "2027-03") == []


def test_t16_another_years_roster_moves_beside_that_years_draw(world: World) -> None:
    world.prepare_year(2028)
    index = leave(world, 0, 2028)
    world.pass_days(30)
    assert moves(world, "2027-12") == []
    assert moves(world, "2028-01") == [index]


def test_t16_a_move_after_the_opening_belongs_to_the_next_draw(world: World) -> None:
    slot = world.open()
    index = leave(world, 0)
    assert world.draw(slot).ground.moves == ()
    assert moves(world, "2027-02") == [index]
