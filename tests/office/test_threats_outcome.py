"""Attacks on the outcome: drawing again, a rigged program, a stalled draw (T5, T17, T21, T36)."""

import pytest

from forge import (
    DRAW,
    ENFORCEMENT,
    OPENED,
    SLOT,
    SUPERVISOR,
    Fields,
    append,
    assert_refused,
    assert_round_refused,
    forge,
    round_body,
    world_at,
)
from ledger.cli import steps
from ledger.office.compose import format_body
from ledger.office.results import derive_draw_outcome, derive_executed
from ledger.proof.draw import Case, assign_officers
from ledger.proof.errors import Mismatch, Refused

NEXT = "draw/bureau/2027-01/002"
SUPPLEMENT = {**OPENED, "kind": "supplementary", "supplements": SLOT}


@pytest.mark.parametrize("station", ["open", "close", "assign"])
def test_t05_opening_a_slot_again_is_refused(station: str) -> None:
    world = world_at(station)
    assert_refused(world.record, forge(world, "draw.opened/1", DRAW, OPENED, ENFORCEMENT), Refused, "the slot is used")


def test_t05_drawing_the_months_line_again_is_refused() -> None:
    world = world_at("assign")
    entry = forge(world, "draw.opened/1", NEXT, OPENED, ENFORCEMENT)
    assert_refused(world.record, entry, Refused, "was drawn in 2027-01 by slot bureau/2027-01/001")


def test_t05_a_supplementary_draw_of_a_full_one_is_refused() -> None:
    world = world_at("assign")
    entry = forge(world, "draw.opened/1", NEXT, SUPPLEMENT, ENFORCEMENT)
    assert_refused(world.record, entry, Refused, "was not voided")


def test_t05_recording_the_randomness_again_is_refused() -> None:
    assert_round_refused(world_at("randomness"), Refused, "recorded already")


def test_t05_a_void_after_the_closing_keeps_the_outcome_and_spares_nobody() -> None:
    honest, voided = world_at("close"), world_at("close")
    steps.void_draw(voided.desk, SLOT, "procedure-in-error")
    assert voided.draw(SLOT).owes_outcome
    for world in (honest, voided):
        world.now += 60
    honest.witness(SLOT)
    for world in (honest, voided):
        world.randomness(SLOT)
        world.execute(SLOT)
    assert sum(honest.record.draws.selected[2027].values()) == 4
    assert not voided.record.draws.selected.get(2027), "a void does not use up anyone's yearly cap"
    assert derive_draw_outcome(voided.draw(SLOT)).sheets == derive_draw_outcome(honest.draw(SLOT)).sheets


def test_t05_a_void_before_the_closing_leaves_no_outcome() -> None:
    world = world_at("reveal")
    steps.void_draw(world.desk, SLOT, "ground-in-error")
    assert not world.draw(SLOT).owes_outcome
    assert_refused(
        world.record, forge(world, "seeds.closed/1", DRAW, {"shares": [], "missing": []}, "service"), Refused, "voided"
    )
    assert_round_refused(world, Refused, "not closed")
    assert not world.record.draws.selected


def test_t05_a_slot_is_voided_once_and_stays_used() -> None:
    world = world_at("open")
    steps.void_draw(world.desk, SLOT, "ground-in-error")
    body = {"reason": "superior-order"}
    assert_refused(world.record, forge(world, "draw.voided/1", DRAW, body, ENFORCEMENT, SUPERVISOR), Refused, "already")
    assert_refused(world.record, forge(world, "draw.opened/1", DRAW, OPENED, ENFORCEMENT), Refused, "the slot is used")
    assert world.open(kind="supplementary", supplements=SLOT) == NEXT.removeprefix("draw/")


def test_t05_a_slot_is_supplemented_once() -> None:
    world = world_at("open")
    steps.void_draw(world.desk, SLOT, "ground-in-error")
    world.open(kind="supplementary", supplements=SLOT)
    entry = forge(world, "draw.opened/1", "draw/bureau/2027-01/003", SUPPLEMENT, ENFORCEMENT)
    assert_refused(world.record, entry, Refused, "supplemented by slot bureau/2027-01/002")


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"supplements": "bureau/2027-01/007"}, "not a slot of this office"),
        ({"kind": "monthly"}, "only a supplementary"),
    ],
)
def test_t05_a_supplementary_draw_names_the_slot_that_it_follows(changes: Fields, word: str) -> None:
    world = world_at("open")
    entry = forge(world, "draw.opened/1", NEXT, {**SUPPLEMENT, **changes}, ENFORCEMENT)
    assert_refused(world.record, entry, Refused, word)


def test_t05_a_supplementary_draw_has_randomness_of_its_own() -> None:
    world = world_at("close")
    steps.void_draw(world.desk, SLOT, "procedure-in-error")
    second = world.open(kind="supplementary", supplements=SLOT)
    world.freeze(second, 7200)
    world.commit(second)
    world.reveal(second)
    world.close(second)
    world.witness(second)
    for slot in (SLOT, second):
        world.randomness(slot)
        world.execute(slot)
    first, again = derive_draw_outcome(world.draw(SLOT)), derive_draw_outcome(world.draw(second))
    assert first.seed != again.seed
    assert set(world.record.draws.selected[2027]) == {sheet.code for sheet in again.sheets}


def test_t05_a_void_after_the_outcome_takes_its_counts_back() -> None:
    world = world_at("execute")
    assert sum(world.record.draws.selected[2027].values()) == 4
    steps.void_draw(world.desk, SLOT, "procedure-in-error")
    assert sum(world.record.draws.selected[2027].values()) == 0


@pytest.mark.parametrize(
    ("field", "word"), [("seed", "seed"), ("strata", "selection"), ("caps", "officers"), ("outcome", "outcome")]
)
def test_t17_an_outcome_of_ones_own_is_refused(field: str, word: str) -> None:
    world = world_at("randomness")
    body = format_body(derive_executed(world.draw(SLOT)))
    rigged: Fields = {
        "seed": "ab" * 32,
        "strata": [{**body["strata"][0], "largest_ticket": "ab" * 32}, *body["strata"][1:]],
        "caps": [{**body["caps"][0], "cap": 9}, *body["caps"][1:]],
        "outcome": {**body["outcome"], "root": "ab" * 32},
    }
    entry = forge(world, "draw.executed/1", DRAW, {**body, field: rigged[field]}, ENFORCEMENT)
    with pytest.raises(Mismatch, match=word) as caught:
        world.record.append(entry)
    assert caught.value.check == word


def test_t17_while_the_supervisor_disagrees_nothing_is_assigned() -> None:
    world = world_at("randomness")
    steps.execute_draw(world.desk, SLOT, ENFORCEMENT)
    other = {"outcome": {"root": "ab" * 32, "count": 4}}
    append(world, "draw.attested/1", DRAW, other, SUPERVISOR)
    sheet = derive_draw_outcome(world.draw(SLOT)).sheets[0]
    case, body = f"case/{SLOT}/0001", {"code": sheet.code, "officers": list(sheet.officers)}
    assert_refused(world.record, forge(world, "case.assigned/1", case, body, sheet.host), Refused, "disagrees")
    steps.attest_draw(world.desk, SLOT)
    append(world, "case.assigned/1", case, body, sheet.host)
    assert_refused(world.record, forge(world, "draw.attested/1", DRAW, other, SUPERVISOR), Refused, "attested already")


@pytest.mark.parametrize("field", ["code", "officers"])
def test_t17_another_enterprise_or_officer_than_the_sheets_is_refused(field: str) -> None:
    world = world_at("execute")
    first, second = derive_draw_outcome(world.draw(SLOT)).sheets[:2]
    body: Fields = {"code": first.code, "officers": list(first.officers)}
    body[field] = {"code": second.code, "officers": list(reversed(first.officers))}[field]
    assert_refused(
        world.record, forge(world, "case.assigned/1", f"case/{SLOT}/0001", body, first.host), Mismatch, field
    )


def test_t21_the_load_counts_seats_of_this_draw_only() -> None:
    world = world_at("assign")
    world.pass_days(31)
    slot = world.run_to("assign", "2027-02")
    draw = world.draw(slot)
    outcome = derive_draw_outcome(draw)
    cases = [Case(sheet.ticket, sheet.code, sheet.street or "") for sheet in outcome.sheets]
    alone = assign_officers(outcome.seed, cases, draw.ground.crew, draw.ground.rosters())
    assert {sheet.code: sheet.officers for sheet in outcome.sheets} == alone.officers
    assert {cap.cap for cap in outcome.caps} == {1}


def test_t36_any_unit_may_bring_the_randomness_and_the_outcome() -> None:
    world = world_at("witness")
    body = round_body(world)
    append(world, "randomness.recorded/1", DRAW, body, "street/jihua")
    steps.execute_draw(world.desk, SLOT, "street/nanwan")
    steps.attest_draw(world.desk, SLOT)
    assert world.draw(SLOT).attested


def test_t36_any_unit_may_bring_the_witnesses_word() -> None:
    world = world_at("close")
    append(world, "seeds.witnessed/1", DRAW, {"checkpoint": world.cosigned().decode()}, "street/jihua")
    assert world.draw(SLOT).witnessed_at == world.now


@pytest.mark.parametrize("station", ["freeze", "reveal", "close", "witness", "randomness"])
def test_t36_an_overdue_slot_blocks_the_next(station: str) -> None:
    world = world_at(station)
    world.now = world.draw(SLOT).draw_at
    entry = forge(world, "draw.opened/1", "draw/bureau/2027-02/001", OPENED, ENFORCEMENT)
    assert_refused(world.record, entry, Refused, "overdue")


def test_t36_an_overdue_slot_is_overdue_by_the_witnesses_clock_too() -> None:
    world = world_at("witness")
    world.now = world.draw(SLOT).draw_at + 100
    steps.witness_log(world.desk, "service", world.cosigned())
    world.now = world.draw(SLOT).draw_at - 100
    entry = forge(world, "draw.opened/1", "draw/bureau/2027-02/001", OPENED, ENFORCEMENT)
    assert_refused(world.record, entry, Refused, "overdue")


def test_t36_a_draw_whose_time_has_not_come_blocks_nothing() -> None:
    world = world_at("witness")
    assert world.open("2027-02") == "bureau/2027-02/001"


def test_t36_one_offices_overdue_slot_does_not_block_another_office() -> None:
    world = world_at("freeze")
    world.now = world.draw(SLOT).draw_at
    entry = forge(world, "draw.opened/1", "draw/street/pinghu/2027-01/001", OPENED, "street/pinghu")
    assert_refused(world.record, entry, Refused, "no plan of street/pinghu")
