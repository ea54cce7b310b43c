"""Attacks on the ground: who is on the list, who is left off it, who stands twice (T3, T11, T13, T38)."""

from typing import Any

import pytest

from forge import DRAW, ENFORCEMENT, LEADER, SUPERVISOR, Fields, append, assert_refused, forge
from ledger.cli import steps
from ledger.office.compose import format_body
from ledger.office.draws import derive_frozen
from ledger.office.results import derive_draw_outcome
from ledger.office.rows import ITEM, OFFICER, TARGET
from ledger.proof.errors import Malformed, Mismatch, Refused, Unauthorised
from world import World, make_targets

ROWS = make_targets("industry-trade", 60)


@pytest.fixture
def world() -> World:
    return World().prepare_year()


def change_target(world: World, row: Fields, year: int = 2027, owner: str = ENFORCEMENT) -> None:
    """An enterprise is listed, or its row changes, under the two signatures that it needs."""
    body = {"year": year, "target": row, "reason": "核实"}
    append(world, "target.changed/1", f"targets/{year}/changes", body, owner, SUPERVISOR)


def frozen_with(world: World, **changes: Any) -> bytes:
    """Return the organiser's draw.frozen with other words than those that follow from the record."""
    slot = world.open()
    body = format_body(derive_frozen(world.draw(slot), world.now + 3600, {}))
    return forge(world, "draw.frozen/1", DRAW, {**body, **changes}, ENFORCEMENT)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("pool", {"root": "ab" * 32, "count": 84, "eligible": 80, "excluded": {"closed": 4}}),
        ("officers", {"root": "ab" * 32, "count": 18, "eligible": 18}),
        ("items", {"root": "ab" * 32, "count": 8}),
        ("conflicts", {"root": "ab" * 32, "count": 0}),
        ("crew", ["bureau", "bureau"]),
        ("items_per_case", 1),
        ("size", 1),
        ("recent", {"listed": 0, "cooling_off": 0}),
    ],
)
def test_t03_a_ground_of_ones_own_cannot_be_frozen(world: World, field: str, value: Any) -> None:
    assert_refused(world.record, frozen_with(world, **{field: value}), Mismatch, f"^{field}: ")


def test_t03_what_changes_after_the_opening_does_not_reach_the_draw(world: World) -> None:
    slot = world.run_to("close")
    ground = world.draw(slot).ground
    world.witness(slot)
    for row in ROWS[:20]:
        change_target(world, {**row, "status": "suspended"})
    append(world, "conflict.declared/1", "conflicts", conflict(), "street/pinghu")
    world.randomness(slot)
    world.execute(slot)
    assert world.draw(slot).ground is ground
    assert {leaf.target.status for leaf in ground.pool if leaf.excluded is None} == {"open"}
    assert len(derive_draw_outcome(world.draw(slot)).sheets) == 4


def conflict() -> Fields:
    return {"officer": "o-street-pinghu-00", "code": ROWS[0]["id"], "reason": "kinship"}


def test_t11_the_pool_holds_those_who_cannot_be_drawn_too_with_the_reason(world: World) -> None:
    ground = world.draw(world.open()).ground
    closed = {leaf.target.id for leaf in ground.pool if leaf.excluded == "closed"}
    assert closed == {row["id"] for row in (*ROWS, *make_targets("hazchem", 24)) if row["status"] == "closed"}
    assert ground.pool_ref.count == len(ground.pool) == 84
    assert ground.pool_ref.excluded == {"closed": 4}


def test_t11_no_enterprise_is_left_out_between_declaration_and_approval() -> None:
    world = World()
    for sub_roster in ("hazchem", "industry-trade"):
        steps.declare_targets(world.desk, 2027, sub_roster, make_targets(sub_roster, 20))
    declared = [
        {"of": name, "list": format_body(ref)} for (_, name), ref in sorted(world.record.targets.declared.items())
    ]
    signers = (ENFORCEMENT, SUPERVISOR, LEADER)
    wrong: list[tuple[Fields, str]] = [
        ({"declarations": declared[:1], "total": 20}, "declarations of 2027"),
        ({"declarations": declared * 2, "total": 40}, "declarations of 2027"),
        ({"declarations": declared[::-1], "total": 40}, "declarations of 2027"),
        ({"declarations": declared, "total": 39}, "total"),
    ]
    for body, word in wrong:
        entry = forge(world, "targets.approved/1", "targets/2027", {"year": 2027, **body}, *signers)
        assert_refused(world.record, entry, Mismatch, word)
    append(world, "targets.approved/1", "targets/2027", {"year": 2027, "declarations": declared, "total": 40}, *signers)


def test_t11_a_roster_that_was_declared_cannot_be_spoilt_by_one_row_more(world: World) -> None:
    root = next(iter(world.record.targets.declared.values())).root
    entry = forge(world, "rows.listed/1", f"list/{root}/0002", {"rows": [{"id": "x"}]}, "street/buji")
    assert_refused(world.record, entry, Refused, "takes no more parts")
    assert world.record.plans.items is not None
    items = f"list/{world.record.plans.items.root}/0002"
    assert_refused(
        world.record, forge(world, "rows.listed/1", items, {"rows": [{"id": "x"}]}, "street/buji"), Refused, "whole"
    )
    world.open()


def test_t11_parts_of_a_list_come_in_order_and_once(world: World) -> None:
    rows = {"rows": [{"id": "x"}]}
    for part in ("0000", "0002"):
        entry = forge(world, "rows.listed/1", f"list/{'ab' * 32}/{part}", rows, "street/buji")
        assert_refused(world.record, entry, Refused, "part 0001 next")
    append(world, "rows.listed/1", f"list/{'ab' * 32}/0001", rows, "street/buji")
    again = forge(world, "rows.listed/1", f"list/{'ab' * 32}/0001", rows, "street/buji")
    assert_refused(world.record, again, Refused, "part 0002 next")


def test_t13_a_code_stands_once_in_a_list() -> None:
    world = World()
    with pytest.raises(Malformed, match="each once"):
        steps.declare_targets(world.desk, 2027, "industry-trade", [ROWS[0], ROWS[1], {**ROWS[1], "risk": "red"}])


def test_t13_a_code_in_two_sub_rosters_blocks_the_approval() -> None:
    world = World()
    steps.declare_targets(world.desk, 2027, "industry-trade", ROWS)
    steps.declare_targets(world.desk, 2027, "hazchem", [{**ROWS[3], "sub_roster": "hazchem"}])
    with pytest.raises(Refused, match=f"{ROWS[3]['id']} stands in two sub-rosters"):
        steps.approve_targets(world.desk, 2027)


def test_t13_a_keeper_lists_enterprises_of_its_own_sub_roster_only() -> None:
    world = World()
    with pytest.raises(Refused, match="sub-roster industry-trade in the list of hazchem"):
        steps.declare_targets(world.desk, 2027, "hazchem", ROWS)


@pytest.mark.parametrize("code", ["914403000000Aa0001", " 91440300000000001", "91440300000000001", "reg:", "reg:1 2"])
def test_t13_a_code_has_one_spelling(code: str) -> None:
    world = World()
    with pytest.raises(Malformed, match="code"):
        steps.declare_targets(world.desk, 2027, "industry-trade", [{**ROWS[0], "id": code}])


def test_t13_an_officer_stands_on_one_roster(world: World) -> None:
    officer = {
        "id": "o-street-pinghu-00",
        "unit": "street/bantian",
        "certificate_until": "2030-12-31",
        "on_establishment": True,
        "in_post": True,
        "enrolled": True,
    }
    body = {"year": 2027, "roster": "street/bantian", "officer": officer, "reason": "调入"}
    entry = forge(
        world, "officer.changed/1", "officers/2027/street/bantian/changes", body, "street/bantian", SUPERVISOR
    )
    assert_refused(world.record, entry, Refused, "one home roster")


@pytest.mark.parametrize("kind", [TARGET, OFFICER, ITEM])
def test_t38_no_draw_input_can_be_sealed(kind: Any) -> None:
    samples: dict[int, Fields] = {
        id(TARGET): ROWS[0],
        id(OFFICER): {
            "id": "o-1",
            "unit": "bureau/hazchem",
            "certificate_until": "2030-12-31",
            "on_establishment": True,
            "in_post": True,
            "enrolled": True,
        },
        id(ITEM): {"id": "i", "content": "a", "basis": "b", "method": "c", "authority": "d", "applies_to": ["dust"]},
    }
    row = samples[id(kind)]
    kind.validate_python(row)
    for field in row:
        with pytest.raises(ValueError, match=field):
            kind.validate_python({**row, field: {"sealed": "ab" * 32}})


def test_t38_erasing_what_is_sealed_changes_no_draw() -> None:
    outcomes = []
    for is_erased in (True, False):
        world, seal = World(), "ab" * 32
        private = [{"id": ROWS[0]["id"], "fields": {"name": {"sealed": seal}}}]
        steps.declare_targets(world.desk, 2027, "industry-trade", ROWS, private)
        if is_erased:
            body = {"digests": [seal], "reason": "retention-ended"}
            append(world, "openings.erased/1", "openings", body, ENFORCEMENT, SUPERVISOR)
        world.prepare_year()
        ground = world.draw(world.open()).ground
        outcomes.append((ground.pool_ref, ground.officers_ref, ground.strata))
    assert outcomes[0] == outcomes[1]


def test_t38_an_erasure_is_signed_by_two_and_of_what_stands_in_the_record() -> None:
    world, seal = World(), "ab" * 32
    private = [{"id": ROWS[0]["id"], "fields": {"name": {"sealed": seal}}}]
    steps.declare_targets(world.desk, 2027, "industry-trade", ROWS, private)
    body = {"digests": [seal], "reason": "person-asked"}
    event = ("openings.erased/1", "openings")
    assert_refused(world.record, forge(world, *event, body, ENFORCEMENT), Unauthorised, "expected")
    for digests, word in ((["cd" * 32], "does not stand"), ([seal, seal], "twice")):
        entry = forge(world, *event, {**body, "digests": digests}, ENFORCEMENT, SUPERVISOR)
        assert_refused(world.record, entry, Refused, word)
    append(world, *event, body, ENFORCEMENT, SUPERVISOR)
    assert_refused(world.record, forge(world, *event, body, ENFORCEMENT, SUPERVISOR), Refused, "erased already")


def test_t13_a_credit_code_stands_without_reg() -> None:
    world = World()
    code = "91440300708461136T"
    with pytest.raises(Refused, match="stands without reg:"):
        steps.declare_targets(world.desk, 2027, "industry-trade", [{**ROWS[0], "id": f"reg:{code}"}])
    steps.declare_targets(world.desk, 2027, "industry-trade", [{**ROWS[0], "id": f"reg:{code[:-1]}U"}])
