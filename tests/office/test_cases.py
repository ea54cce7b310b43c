"""From receipt to publication: only the replacement events change who inspects (T20)."""

import pytest

from forge import ENFORCEMENT, LEADER, SLOT, SUPERVISOR, Fields, append, assert_refused, forge
from ledger.cli import handling, steps
from ledger.office.cases import Case
from ledger.office.compose import compose_event
from ledger.office.events.cases import CaseAssigned
from ledger.office.results import derive_draw_outcome
from ledger.proof.encoding import derive_day, format_time
from ledger.proof.errors import Mismatch, Refused, Unauthorised
from ledger.proof.event import Seen, format_entry
from month import visit_case
from world import DAY, World

CASE = f"case/{SLOT}/0001"


@pytest.fixture
def world() -> World:
    world = World().prepare_year()
    world.run_to("assign")
    return world


def find_case(world: World, subject: str = CASE) -> Case:
    return world.record.cases.by_subject[subject]


def home(world: World, officer: str) -> str:
    return next(leaf.officer.unit for leaf in world.draw(SLOT).ground.officers if leaf.officer.id == officer)


def recuse(world: World, seat: int = 0, subject: str = CASE, lead: int = 900) -> str:
    """The officer of a seat leaves; return who it was."""
    officer = find_case(world, subject).officers[seat]
    body = {"officer": officer, "reason": "illness", "draw_at": format_time(world.now + lead)}
    second = LEADER if home(world, officer) == SUPERVISOR else SUPERVISOR
    append(world, "officer.recused/1", subject, body, home(world, officer), second)
    return officer


def visit_body(world: World, subject: str = CASE, **changes: object) -> Fields:
    case = find_case(world, subject)
    items = [{"id": item, "finding": "conforms"} for item in case.sheet.items]
    began = format_time(world.now - 4)
    body = {"began": began, "ended": format_time(world.now), "mode": "on-site", "party": "signed"}
    return {"visited": derive_day(world.now), "officers": list(case.officers), "items": items, **body, **changes}


def homes(world: World, subject: str = CASE) -> list[str]:
    return sorted({home(world, officer) for officer in find_case(world, subject).officers})


def test_t20_a_quiet_swap_on_site_is_refused(world: World) -> None:
    officers = find_case(world).officers
    other = next(one for one in ("o-bureau-hazchem-01", "o-bureau-hazchem-02") if one not in officers)
    for swapped in (officers[::-1], officers[:1], [officers[0], other], [*officers, other]):
        entry = forge(world, "visit.recorded/1", CASE, visit_body(world, officers=swapped), *homes(world))
        assert_refused(world.record, entry, Mismatch, "officers")


def test_t20_a_visit_is_signed_by_the_home_units_of_all_its_officers(world: World) -> None:
    subject = next(one for one in world.record.cases.by_subject if len(homes(world, one)) == 2)
    for unit in homes(world, subject):
        entry = forge(world, "visit.recorded/1", subject, visit_body(world, subject), unit)
        assert_refused(world.record, entry, Unauthorised, "expected")


def test_t20_no_visit_while_a_seat_is_empty(world: World) -> None:
    recuse(world)
    entry = forge(world, "visit.recorded/1", CASE, visit_body(world), *homes(world))
    assert_refused(world.record, entry, Refused, "not yet replaced")


def test_a_visit_is_not_recorded_before_it_took_place(world: World) -> None:
    body = visit_body(world, visited=derive_day(world.now + 86_400))
    assert_refused(world.record, forge(world, "visit.recorded/1", CASE, body, *homes(world)), Refused, "yet to come")


def test_drawn_items_are_dropped_with_a_reason_and_listed_ones_added(world: World) -> None:
    drawn = list(find_case(world).sheet.items)
    other = next(item.id for item in world.draw(SLOT).ground.items if item.id not in drawn)
    found = [{"id": item, "finding": "conforms"} for item in drawn[1:]]
    wrong: list[tuple[Fields, type[Mismatch] | type[Refused], str]] = [
        ({"items": found}, Mismatch, "items"),
        ({"items": [*found, found[0]]}, Mismatch, "items"),
        ({"added": [{"id": "item-of-my-own", "reason": "x"}]}, Refused, "not on the published list"),
        ({"added": [{"id": drawn[0], "reason": "x"}]}, Refused, "was drawn"),
        ({"dropped": [{"id": other, "reason": "x"}]}, Refused, "was not drawn"),
        ({"added": [{"id": other, "reason": "x"}]}, Mismatch, "items"),
    ]
    for changes, kind, word in wrong:
        entry = forge(world, "visit.recorded/1", CASE, visit_body(world, **changes), *homes(world))
        assert_refused(world.record, entry, kind, word)
    body = visit_body(
        world,
        items=[*found, {"id": other, "finding": "problem"}],
        added=[{"id": other, "reason": "现场发现"}],
        dropped=[{"id": drawn[0], "reason": "设备已拆除"}],
    )
    append(world, "visit.recorded/1", CASE, body, *homes(world))


def test_a_result_is_published_as_it_was_submitted(world: World) -> None:
    append(world, "visit.recorded/1", CASE, visit_body(world), *homes(world))
    handling.submit_result(world.desk, CASE, "rectification-ordered", "责令整改")
    for changes in ({"result": "no-problem"}, {"summary": "未发现问题"}):
        body = {"result": "rectification-ordered", "summary": "责令整改", "carriers": ["portal"], **changes}
        assert_refused(world.record, forge(world, "result.published/1", CASE, body, ENFORCEMENT), Mismatch, "result")


def test_a_case_has_its_sheets_number(world: World) -> None:
    sheet = derive_draw_outcome(world.draw(SLOT)).sheets[0]
    body = {"code": sheet.code, "officers": list(sheet.officers)}
    for number, word in (("0005", "has 4 sheets"), ("0000", "has 4 sheets"), ("00001", "is written 0001")):
        entry = forge(world, "case.assigned/1", f"case/{SLOT}/{number}", body, sheet.host)
        assert_refused(world.record, entry, Refused, word)
    again = forge(world, "case.assigned/1", CASE, body, sheet.host)
    assert_refused(world.record, again, Refused, "assigned already")


def test_a_host_section_does_not_take_anothers_case() -> None:
    world = World().prepare_year()
    world.run_to("execute")
    sheet = next(sheet for sheet in derive_draw_outcome(world.draw(SLOT)).sheets if sheet.host == "bureau/hazchem")
    body = {"code": sheet.code, "officers": list(sheet.officers)}
    entry = forge(world, "case.assigned/1", f"case/{SLOT}/{sheet.number}", body, ENFORCEMENT)
    assert_refused(world.record, entry, Unauthorised, "bureau/hazchem")


def test_a_lapsed_recusal_is_made_anew_and_goes_to_the_fallback_roster() -> None:
    world = World().prepare_year()
    slot = world.run_to("assign")
    subject = f"case/{slot}/0001"
    case = world.record.cases.by_subject[subject]
    leaving = case.officers[0]
    steps.recuse_officer(world.desk, subject, leaving, "leave", world.now + 1200)
    with pytest.raises(Refused, match="recused already"):
        steps.recuse_officer(world.desk, subject, leaving, "leave", world.now + 1300)
    world.now += 1300  # nobody witnessed it, and its randomness has come
    with pytest.raises(Refused, match="not witnessed"):
        steps.replace_officer(world.desk, subject, leaving, world.round_at(world.now - 100), "service")
    steps.recuse_officer(world.desk, subject, leaving, "leave", world.now + 1200)
    steps.witness_recusal(world.desk, subject, "service", world.cosigned())
    draw_at = world.record.cases.by_subject[subject].recusals[leaving].draw_at
    world.now = draw_at + 10
    follows = steps.replace_officer(world.desk, subject, leaving, world.round_at(draw_at), "service")
    assert follows.startswith("o-bureau"), "the fallback roster, not the street's again"


def test_an_assignment_is_signed_on_a_log_that_covers_the_attestation() -> None:
    world = World().prepare_year()
    slot = world.run_to("execute")
    sheet = derive_draw_outcome(world.draw(slot)).sheets[0]
    size = world.record.heads[f"draw/{slot}"]  # one short of the attestation
    body = CaseAssigned(code=sheet.code, officers=sheet.officers)
    subject = f"case/{slot}/{sheet.number}"
    old = Seen(size, world.record.tree.root(size))
    text = compose_event(world.record, "case.assigned/1", subject, sheet.host, body, world.now, old)
    with pytest.raises(Mismatch, match="newest station"):
        world.record.append(format_entry(text, [world.desk.signer(sheet.host)]))


def test_a_problem_that_the_visit_found_is_not_submitted_as_none() -> None:
    world = World().prepare_year()
    subject = f"case/{world.run_to('assign')}/0001"
    item = find_case(world, subject).sheet.items[0]
    world.now += DAY
    visit_case(world, subject, [item])
    with pytest.raises(Refused, match=f"the visit found a problem on {item}"):
        handling.submit_result(world.desk, subject, "no-problem", "未发现问题")
    handling.submit_result(world.desk, subject, "corrected-on-site", "当场改正")
