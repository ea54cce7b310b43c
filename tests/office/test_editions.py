"""A new edition of the check-item list binds draws opened after it; a case keeps the one of its draw's freeze."""

from typing import Any

import pytest

from forge import ENFORCEMENT, SLOT, SUPERVISOR, assert_refused, forge
from ledger.cli import handling, steps
from ledger.office.compose import format_body
from ledger.office.lists import EMPTY
from ledger.proof.errors import Refused
from world import World, make_items

CASE = f"case/{SLOT}/0001"
NEW: dict[str, Any] = {**make_items()[0], "id": "item-9", "content": "新法增加的内容"}


def drawn() -> World:
    """Return a world in which a new edition comes between a draw's opening and its visits."""
    world = World().prepare_year()
    slot = world.run_to("freeze")
    steps.publish_items(world.desk, "2027-2", [*make_items()[1:6], NEW], "某法修正")
    for step in (world.commit, world.reveal, world.close, world.witness, world.randomness, world.execute):
        step(slot)
    steps.assign_cases(world.desk, slot)
    world.now += 3600
    return world


def visit(world: World, **changes: Any) -> None:
    case = handling.find_case(world.desk, CASE)
    handling.record_visit(world.desk, CASE, handling.derive_visit(case, case.since, world.now, (), **changes))


def test_a_case_is_checked_against_the_edition_of_its_draws_freeze() -> None:
    world = drawn()
    case = handling.find_case(world.desk, CASE)
    assert case.draw.frozen is not None
    old, new = (edition.published.list for edition in world.record.plans.editions)
    assert case.draw.frozen.items == old != new == world.record.plans.items
    with pytest.raises(Refused, match="an added item is not on the published list"):
        visit(world, added=[{"id": "item-9", "reason": "新增"}])
    dropped = next(id for id in (f"item-{number}" for number in range(6)) if id not in case.items)
    visit(world, added=[{"id": dropped, "reason": "一并检查"}])


def test_a_draw_opened_after_it_is_of_the_new_edition() -> None:
    world = drawn()
    world.now += 28 * 86_400
    ids = [item.id for item in world.draw(world.open("2027-02")).ground.items]
    assert "item-9" in ids
    assert "item-0" not in ids


def test_an_edition_is_published_once_under_its_name() -> None:
    world = World().prepare_year()
    body = {"edition": "2027-1", "list": format_body(EMPTY)}
    entry = forge(world, "items.published/1", "items", body, ENFORCEMENT, SUPERVISOR)
    assert_refused(world.record, entry, Refused, "edition 2027-1 was published before")
