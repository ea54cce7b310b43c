"""Who inspects: the host by competence, the street's officer, the bureau's, and further ones from all (R24 to R27)."""

from typing import Any

import pytest

from forge import SLOT, assert_refused, forge
from ledger.office.outcome import Sheet
from ledger.office.policy import Policy
from ledger.office.results import derive_draw_outcome
from ledger.proof.errors import Mismatch
from world import World, make_policy, make_targets

THREE = {"*": ["own-street", "own-street"], "bureau": ["own-street", "bureau", "all"]}
FOUR = {"*": ["own-street", "own-street"], "bureau": ["own-street", "bureau", "all", "all"]}


def drawn(**changes: Any) -> tuple[World, tuple[Sheet, ...]]:
    """Return a world whose draw has its outcome, and the sheets."""
    world = World(**changes).prepare_year()
    return world, derive_draw_outcome(world.draw(world.run_to("execute"))).sheets


def roster_of(officer: str) -> str:
    """Return the roster that a made-up officer's id tells."""
    return "bureau" if officer.startswith("o-bureau-") else f"street/{officer.split('-')[2]}"


def test_the_host_is_the_section_that_is_competent_for_the_sub_roster() -> None:
    world, sheets = drawn()
    sub_roster = {leaf.target.id: leaf.target.sub_roster for leaf in world.draw(SLOT).ground.pool}
    hosts = {sheet.code: sheet.host for sheet in sheets}
    assert hosts == {code: world.policy.sub_rosters[sub_roster[code]].host for code in hosts}
    assert {*hosts.values()} == {"bureau/enforcement", "bureau/hazchem"}


def test_roles_are_filled_from_the_street_then_the_bureau_then_all() -> None:
    _, sheets = drawn(crew=FOUR)
    for sheet in sheets:
        first, second, *_ = map(roster_of, sheet.officers)
        has_roster = sheet.street in ("street/pinghu", "street/bantian")
        assert first == (sheet.street if has_roster else "bureau"), "a street without officers takes the fallback"
        assert second == "bureau"
        assert len({*sheet.officers}) == 4


def test_a_third_officer_is_nobody_who_is_on_the_case() -> None:
    _, sheets = drawn(crew=THREE)
    assert all(len({*sheet.officers}) == 3 for sheet in sheets)


@pytest.mark.parametrize("swap", [(0, 1), (1, 2), (0, 2)])
def test_officers_in_another_order_are_refused(swap: tuple[int, int]) -> None:
    world, sheets = drawn(crew=THREE)
    sheet, officers = sheets[0], [*sheets[0].officers]
    officers[swap[0]], officers[swap[1]] = officers[swap[1]], officers[swap[0]]
    body = {"code": sheet.code, "officers": officers}
    entry = forge(world, "case.assigned/1", f"case/{SLOT}/{sheet.number}", body, sheet.host)
    assert_refused(world.record, entry, Mismatch, "officers")


def test_a_third_officer_of_ones_own_choice_is_refused() -> None:
    world, sheets = drawn(crew=THREE)
    sheet = sheets[0]
    other = next(id for id in world.draw(SLOT).ground.homes if id not in sheet.officers)
    body = {"code": sheet.code, "officers": [*sheet.officers[:2], other]}
    entry = forge(world, "case.assigned/1", f"case/{SLOT}/{sheet.number}", body, sheet.host)
    assert_refused(world.record, entry, Mismatch, "officers")


@pytest.mark.parametrize(
    "crew",
    [["bureau", "own-street"], ["own-street", "all", "bureau"], ["all", "own-street"], ["all", "bureau"]],
)
def test_a_crew_in_another_order_is_no_policy(crew: list[str]) -> None:
    with pytest.raises(ValueError, match="expected streets first, then the bureau, then all"):
        make_policy(crew={**THREE, "bureau": crew})


@pytest.mark.parametrize("crew", [[], ["bureau"], ["own-street"] * 7])
def test_a_crew_is_of_two_officers_or_more(crew: list[str]) -> None:
    with pytest.raises(ValueError, match="items"):
        make_policy(crew={**THREE, "bureau": crew})


def test_the_fallback_is_declared_and_no_street_is_passed_over_by_hand() -> None:
    rows = [{**row, "street": "street/buji"} for row in make_targets("industry-trade", 60)]
    world = World().prepare_year(targets=rows)
    sheet = derive_draw_outcome(world.draw(world.run_to("execute"))).sheets[0]
    assert {*map(roster_of, sheet.officers)} == {"bureau"}
    body = {"code": sheet.code, "officers": ["o-street-pinghu-00", sheet.officers[1]]}
    entry = forge(world, "case.assigned/1", f"case/{SLOT}/{sheet.number}", body, sheet.host)
    assert_refused(world.record, entry, Mismatch, "officers")


@pytest.mark.parametrize("roster", ["street/of-nobody", "bureau/hazchem", "hazchem"])
def test_a_fallback_roster_is_the_bureaus_a_streets_or_all(roster: str) -> None:
    fields = make_policy().model_dump(mode="json", exclude_none=True)
    with pytest.raises(ValueError, match="fallback_roster: expected bureau, a street of the policy, or all"):
        Policy.model_validate({**fields, "fallback_roster": roster})
