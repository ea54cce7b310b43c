"""Every kind of draw, from its plan line to a published result; who leads a joint one, and that it counts once."""

from typing import Any

import pytest

from forge import ENFORCEMENT, SLOT, append, assert_refused, forge
from ledger.cli import handling, steps
from ledger.proof.errors import Malformed, Mismatch, Refused
from month import visit_case
from world import DAY, LINE, World

BASIS = "szse-work-safety-20"
JOINT: dict[str, Any] = {"lead": "bureau/enforcement", "participants": ["agency/fire-rescue", "agency/housing"]}


def world_of(kind: str, **changes: Any) -> World:
    """Return a world whose plan has one line, of a kind."""
    world = World(**changes)
    world.plan = [{**LINE, "kind": kind}]
    return world.prepare_year()


def run_on(world: World, slot: str) -> None:
    """Bring an opened slot to its assigned cases."""
    for step in (world.freeze, world.commit, world.reveal, world.close, world.witness, world.randomness, world.execute):
        step(slot)
    steps.assign_cases(world.desk, slot)


def open_slot(world: World, kind: str, supplements: str | None = None, **parties: Any) -> str:
    return steps.open_draw(world.desk, "bureau", "2027-01", "monthly", kind, BASIS, supplements, **parties)


@pytest.mark.parametrize("kind", ["monthly", "general-campaign", "special-campaign", "covert", "joint"])
def test_a_draw_of_each_kind_goes_to_a_published_result(kind: str) -> None:
    world = world_of(kind)
    slot = open_slot(world, kind, **(JOINT if kind == "joint" else {}))
    run_on(world, slot)
    subject = f"case/{slot}/0001"
    world.now += 3600
    visit_case(world, subject)
    handling.submit_result(world.desk, subject, "no-problem", "未发现问题")
    handling.publish_result(world.desk, subject)
    handling.close_case(world.desk, subject, "no-problem")
    case = world.record.cases.by_subject[subject]
    assert (case.draw.opened.kind, case.closed and case.closed.outcome) == (kind, "no-problem")


@pytest.mark.parametrize("kind", ["general-campaign", "special-campaign", "covert", "joint"])
def test_a_line_of_one_kind_is_not_drawn_as_another(kind: str) -> None:
    with pytest.raises(Refused, match=f"kind monthly, the plan line says {kind}"):
        open_slot(world_of(kind), "monthly")


@pytest.mark.parametrize(
    ("parties", "kind", "word"),
    [
        ({}, Refused, "names who leads it"),
        ({"lead": "bureau/enforcement"}, Refused, "names who takes part"),
        ({"participants": ["agency/housing"]}, Refused, "names who leads it"),
        ({**JOINT, "lead": "agency/of-nobody"}, Refused, "neither a unit nor an agency"),
        ({**JOINT, "participants": ["agency/of-nobody"]}, Refused, "neither a unit nor an agency"),
        ({**JOINT, "participants": ["bureau/enforcement"]}, Refused, "takes part beside itself"),
        ({**JOINT, "lead": "agency/health"}, Refused, "no unit of bureau leads or takes part"),
        ({**JOINT, "participants": ["agency/housing", "agency/fire-rescue"]}, Malformed, "ascending"),
        ({**JOINT, "participants": []}, Malformed, "at least 1"),
    ],
)
def test_a_joint_draw_names_who_leads_and_who_takes_part(parties: Any, kind: Any, word: str) -> None:
    world = world_of("joint")
    body = {"line": "monthly", "kind": "joint", "mode": "open", "basis": BASIS, **parties}
    assert_refused(world.record, forge(world, "draw.opened/1", f"draw/{SLOT}", body, ENFORCEMENT), kind, word)


def test_no_other_draw_names_parties() -> None:
    with pytest.raises(Refused, match="only a joint draw"):
        open_slot(world_of("monthly"), "monthly", lead="bureau/enforcement")


def test_an_outside_agency_may_lead_where_a_section_takes_part() -> None:
    world = world_of("joint")
    slot = open_slot(world, "joint", lead="agency/market-regulation", participants=["bureau/hazchem"])
    assert world.draw(slot).opened.lead == "agency/market-regulation"


def test_a_supplementary_joint_draw_is_of_the_same_parties() -> None:
    world = world_of("joint")
    slot = open_slot(world, "joint", **JOINT)
    steps.void_draw(world.desk, slot, "ground-in-error")
    with pytest.raises(Mismatch, match="participants"):
        open_slot(world, "supplementary", slot, lead=JOINT["lead"], participants=["agency/housing"])
    run_on(world, open_slot(world, "supplementary", slot, **JOINT))


def test_t25_a_joint_visit_counts_once_for_the_cap_however_many_take_part() -> None:
    world = world_of("joint", yearly_cap=1)
    slot = open_slot(world, "joint", **JOINT)
    run_on(world, slot)
    drawn = [case.code for case in world.record.cases.by_subject.values()]
    assert {code: world.record.draws.selected[2027][code] for code in drawn} == dict.fromkeys(drawn, 1)
    world.now += 28 * DAY
    again = steps.open_draw(world.desk, "bureau", "2027-02", "monthly", "joint", BASIS, None, **JOINT)
    assert {leaf.target.id for leaf in world.draw(again).ground.pool if leaf.excluded == "cap-reached"} == {*drawn}


def test_a_supplementary_draw_of_a_campaign_follows_a_voided_one_only() -> None:
    world = world_of("covert")
    slot = open_slot(world, "covert")
    with pytest.raises(Refused, match="was not voided"):
        open_slot(world, "supplementary", slot)
    body = {"reason": "ground-in-error"}
    append(world, "draw.voided/1", f"draw/{slot}", body, ENFORCEMENT, "bureau/legal-publicity")
    again = open_slot(world, "supplementary", slot)
    run_on(world, again)
    with pytest.raises(Refused, match="was supplemented by slot"):
        open_slot(world, "supplementary", slot)


def test_no_plan_line_is_supplementary() -> None:
    with pytest.raises(Refused, match="has no line of its own"):
        world_of("supplementary")


def test_an_agency_is_no_unit_of_the_policy_too() -> None:
    with pytest.raises(ValueError, match="agency bureau/hazchem is a unit of the policy too"):
        World(agencies={"bureau/hazchem": {"zh": "危化", "en": "Chemicals"}})
