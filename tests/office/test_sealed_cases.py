"""Attacks on sealed cases: another sheet, a swap unseen, a visit too early (T19, T20, T22; ADR 0016)."""

import json

import pytest

from forge import ENFORCEMENT, SLOT, Fields, append, assert_refused, forge
from hidden import FIRST, copy, disclose, sheet_fields, world_at
from ledger.cli import sealing, steps
from ledger.cli.holding import seal_sheet
from ledger.office.compose import format_body
from ledger.office.events.cases import CaseSheet
from ledger.office.replacement import derive_replacement
from ledger.office.reveal import open_case
from ledger.office.sealed import derive_sheet_leaf, parse_sheet
from ledger.proof.errors import LedgerError, Mismatch, Refused, Unauthorised
from ledger.proof.event import parse_event
from month import visit_case
from world import DAY, World, make_targets


def test_t20_a_sealed_case_is_a_leaf_under_the_root() -> None:
    world = world_at("execute")
    outcome = world.compute(SLOT)
    first, second = outcome.sheets[:2]
    path = list(sealing.derive_paths(outcome)["0001"])
    for body, kind, word in (
        ({"leaf": derive_sheet_leaf(second), "path": path}, Mismatch, "proof|root"),
        ({"leaf": derive_sheet_leaf(first), "path": path[:-1]}, Mismatch, "proof|root"),
        ({"leaf": derive_sheet_leaf(first), "path": [*path, "00" * 32]}, Mismatch, "proof|root"),
        ({"leaf": derive_sheet_leaf(first)}, Refused, "leaf and path"),
        ({"code": first.code, "officers": list(first.officers)}, Mismatch, "code and officers"),
    ):
        assert_refused(world.record, forge(world, "case.assigned/1", FIRST, body, "service"), kind, word)
    good = {"leaf": derive_sheet_leaf(first), "path": path}
    for number in ("0005", "0000", "00001"):
        entry = forge(world, "case.assigned/1", f"case/{SLOT}/{number}", good, "service")
        assert_refused(world.record, entry, Refused, "the outcome has 4 sheets")
    for unit in ("street/pinghu", "bureau/hazchem"):
        assert_refused(world.record, forge(world, "case.assigned/1", FIRST, good, unit), Unauthorised, "expected")
    append(copy(world), "case.assigned/1", FIRST, good, ENFORCEMENT)
    append(world, "case.assigned/1", FIRST, good, "service")
    assert_refused(world.record, forge(world, "case.assigned/1", FIRST, good, "service"), Refused, "assigned already")


def test_t22_who_signs_that_sealed_cases_are_assigned_does_not_tell_whose_they_are() -> None:
    world = world_at("execute")
    hosts = {sheet.host for sheet in world.compute(SLOT).sheets}
    sealing.assign_sealed(world.desk, SLOT, world.compute(SLOT))
    events = [parse_event(entry, world.record.origin or "") for entry in world.log.entries]
    signed = {event.unit for event in events if event.type == "case.assigned/1"}
    assert (signed, len(hosts) > 1) == ({"service"}, True)


def test_t22_before_its_sheet_is_shown_a_case_takes_no_visit() -> None:
    world = world_at("assign")
    sheet = world.compute(SLOT).sheets[0]
    body = {"officer": sheet.officers[0], "reason": "visit-due"}
    entry = forge(world, "case.urged/1", FIRST, body, world.draw(SLOT).ground.homes[sheet.officers[0]])
    assert_refused(world.record, entry, Refused, "its sheet is disclosed first")


@pytest.mark.parametrize("field", ["id", "host", "officers", "items", "salt", "ticket", "deadline", "stratum", "case"])
def test_t20_another_sheet_than_the_one_assigned_is_refused(field: str) -> None:
    world = world_at("assign")
    first, second = sheet_fields(world.compute(SLOT)), sheet_fields(world.compute(SLOT), 2)
    other = {"host": "bureau/training-centre", "deadline": "2027-02-01", "stratum": "x", "case": "0002"}
    sheet = {**first, field: other.get(field, second[field])}
    if sheet[field] == first[field]:
        sheet[field] = first[field][::-1]
    entry = forge(world, "case.disclosed/1", FIRST, {"sheet": sheet}, sheet["host"])
    with pytest.raises(LedgerError):
        world.record.append(entry)
    disclose(world)


def test_t32_only_the_host_shows_its_sheet_and_only_once() -> None:
    world = world_at("assign")
    sheet = sheet_fields(world.compute(SLOT))
    entry = forge(world, "case.disclosed/1", FIRST, {"sheet": sheet}, "bureau/leadership")
    assert_refused(world.record, entry, Unauthorised, "expected")
    disclose(world)
    again = forge(world, "case.disclosed/1", FIRST, {"sheet": sheet}, sheet["host"])
    assert_refused(world.record, again, Refused, "no sealed case")


def test_a_sheet_of_an_invented_root_is_one_of_the_draw_or_refused() -> None:
    world = world_at("randomness")
    sheet = sheet_fields(world.compute(SLOT))
    twice: list[Fields] = [{field: [sheet[field][0], *sheet[field]]} for field in ("officers", "items")]
    changes: Fields
    for changes in (
        {"id": make_targets("hazchem", 17)[16]["id"]},
        {"officers": ["nobody", "nowhere"]},
        {"items": []},
        *twice,
    ):
        body = CaseSheet.model_validate_json(json.dumps({**sheet, **changes}))
        with pytest.raises(Mismatch):
            parse_sheet(world.draw(SLOT), body)


def recuse(world: World, officer: str) -> int:
    """Have an officer leave the first case, witnessed; return the entry's index."""
    index = steps.recuse_officer(world.desk, FIRST, officer, "illness", world.now + 900)
    steps.witness_recusal(world.desk, FIRST, "service", world.cosigned())
    world.now += 905
    return index


def follow(world: World, officer: str, follows: str | None = None) -> str:
    """Bring the randomness that replaces an officer, and who follows: the right one, or the one given."""
    sealed = world.record.cases.sealed[FIRST]
    case = open_case(sealed, world.compute(SLOT).sheets[0])[0]
    result = world.round_at(case.recusals[officer].draw_at)
    right = derive_replacement(case, case.recusals[officer], result)
    body = {"recused": officer, "officer": follows or right, "result": format_body(steps.format_result(result))}
    append(world, "officer.replaced/1", FIRST, body, ENFORCEMENT)
    return right


def test_t19_an_officer_of_a_sealed_case_is_replaced_by_chance_alone() -> None:
    world = world_at("assign")
    leaving, stays = world.compute(SLOT).sheets[0].officers
    recuse(world, leaving)
    right = follow(world, leaving)
    disclose(world)
    assert world.record.cases.by_subject[FIRST].officers == [right, stays]
    assert world.record.breaches == []
    world.now += 1800
    visit_case(world, FIRST)


def test_t19_who_follows_by_choice_is_found_when_the_sheet_is_shown() -> None:
    world = world_at("assign")
    leaving, stays = world.compute(SLOT).sheets[0].officers
    recuse(world, leaving)
    chosen = next(one for one in sorted(world.draw(SLOT).ground.homes) if one not in (leaving, stays))
    right = follow(copy(world), leaving)
    chosen = chosen if chosen != right else sorted(world.draw(SLOT).ground.homes)[-1]
    follow(world, leaving, chosen)
    disclose(world)
    (breach,) = world.record.breaches
    assert (breach.index, breach.error.check) == (world.record.size - 2, "replacement")
    assert world.record.cases.by_subject[FIRST].officers == [leaving, stays]
    again = copy(world)
    case = world.record.cases.by_subject[FIRST]
    result = world.round_at(case.recusals[leaving].draw_at)
    assert steps.replace_officer(again.desk, FIRST, leaving, result, ENFORCEMENT) == right


def test_t19_the_recusal_of_somebody_who_is_not_on_the_case_is_found() -> None:
    world = world_at("assign")
    on = world.compute(SLOT).sheets[0].officers
    other = next(one for one in sorted(world.draw(SLOT).ground.homes) if one not in on)
    index = recuse(world, other)
    steps_before = world.record.breaches[:]
    disclose(world)
    assert steps_before == []
    assert [(one.index, one.error.check) for one in world.record.breaches] == [(index, "replacement")]
    visit_case(world, FIRST)


def find_other(world: World) -> str:
    """Return an officer who is not on the first case."""
    on = world.compute(SLOT).sheets[0].officers
    return next(one for one in sorted(world.draw(SLOT).ground.homes) if one not in on)


def test_t19_who_does_not_hold_the_shares_names_nobody_who_follows() -> None:
    world = world_at("assign")
    leaving = world.compute(SLOT).sheets[0].officers[0]
    recuse(world, leaving)
    result = format_body(steps.format_result(world.round_at(world.record.cases.sealed[FIRST].recusals[0].draw_at)))
    body = {"recused": leaving, "officer": find_other(world), "result": result}
    entry = forge(world, "officer.replaced/1", FIRST, body, "street/pinghu")
    assert_refused(world.record, entry, Refused, "street/pinghu does not hold the shares")


def test_t19_a_false_follower_does_not_keep_the_true_one_out() -> None:
    world = world_at("assign")
    leaving, stays = world.compute(SLOT).sheets[0].officers
    recuse(world, leaving)
    right = follow(copy(world), leaving)
    false = next(one for one in sorted(world.draw(SLOT).ground.homes) if one not in (leaving, stays, right))
    follow(world, leaving, false)
    index = world.record.size
    follow(world, leaving)
    world.now += 3 * DAY
    disclose(world)
    assert [one.index for one in world.record.breaches] == [index - 1]
    assert world.record.cases.by_subject[FIRST].officers == [right, stays]
    assert world.record.cases.by_subject[FIRST].staffed == index
    visit_case(world, FIRST)


def test_t19_a_false_recusal_before_a_true_one_holds_up_nothing() -> None:
    world = world_at("assign")
    leaving, stays = world.compute(SLOT).sheets[0].officers
    false = steps.recuse_officer(world.desk, FIRST, find_other(world), "illness", world.now + 900)
    recuse(world, leaving)
    right = follow(world, leaving)
    disclose(world)
    assert [one.index for one in world.record.breaches] == [false]
    assert world.record.cases.by_subject[FIRST].officers == [right, stays]


def test_t19_nobody_turns_round_the_order_in_which_two_are_replaced() -> None:
    world = world_at("assign")
    first, second = world.compute(SLOT).sheets[0].officers
    steps.recuse_officer(world.desk, FIRST, first, "illness", world.now + 900)
    recuse(world, second)
    follow(world, second)
    turned = world.record.size - 1
    follow(world, first)
    follow(world, second)
    disclose(world)
    assert [(one.index, "was recused before" in str(one.error)) for one in world.record.breaches] == [(turned, True)]
    assert not {first, second} & {*world.record.cases.by_subject[FIRST].officers}


def test_t19_of_two_recusals_of_one_officer_the_first_counts() -> None:
    world = world_at("assign")
    leaving = world.compute(SLOT).sheets[0].officers[0]
    first = recuse(world, leaving)
    again = recuse(world, leaving)
    disclose(world)
    assert [(one.index, "recused already" in str(one.error)) for one in world.record.breaches] == [(again, True)]
    assert world.record.cases.by_subject[FIRST].recusals[leaving].index == first


def test_t19_a_recusal_that_lapsed_is_made_anew_also_while_it_is_sealed() -> None:
    world = world_at("assign")
    leaving = world.compute(SLOT).sheets[0].officers[0]
    for _ in range(2):
        steps.recuse_officer(world.desk, FIRST, leaving, "illness", world.now + 900)
        world.now += 905
    again = recuse(world, leaving)
    right = follow(world, leaving)
    disclose(world)
    assert world.record.breaches == []
    case = world.record.cases.by_subject[FIRST]
    assert (case.recusals[leaving].index, case.recusals[leaving].renewals) == (again, 2)
    assert right in case.officers


def test_t24_a_sealed_case_takes_no_recusal_for_good() -> None:
    world = world_at("assign")
    leaving = world.compute(SLOT).sheets[0].officers[0]
    latest = world.now + world.policy.periods.draw_within_days * DAY
    with pytest.raises(Refused, match="is more than 31 days ahead"):
        steps.recuse_officer(world.desk, FIRST, leaving, "illness", latest + 1)
    steps.recuse_officer(world.desk, FIRST, leaving, "illness", latest)


def test_t22_the_sheet_of_a_case_goes_to_who_follows_and_no_longer_to_who_left() -> None:
    base = world_at("assign")
    for unit in base.desk.signers:
        if base.record.encryption.newest(unit) is None:
            base.enrol_encryption(unit)
    sheet = base.compute(SLOT).sheets[0]
    homes = base.draw(SLOT).ground.homes
    for leaving in sheet.officers:
        world = copy(base)
        recuse(world, leaving)
        right = follow(world, leaving)
        path = sealing.derive_paths(world.compute(SLOT))["0001"]
        file = seal_sheet(world.desk, world.draw(SLOT), sheet, path)
        assert {*file["to"]} == {sheet.host, homes[right], *(homes[one] for one in sheet.officers if one != leaving)}


def test_a_false_receipt_does_not_keep_the_true_one_of_who_follows_out() -> None:
    world = world_at("assign")
    leaving = world.compute(SLOT).sheets[0].officers[0]
    recuse(world, leaving)
    right = follow(copy(world), leaving)
    home = world.draw(SLOT).ground.homes[right]
    false = append(world, "case.received/1", FIRST, {"officer": right}, home)
    follow(world, leaving)
    append(world, "case.received/1", FIRST, {"officer": right}, home)
    disclose(world)
    assert [one.index for one in world.record.breaches] == [false]
    assert [*world.record.cases.by_subject[FIRST].received] == [right]


def test_what_anyone_can_check_of_a_sealed_case_is_checked_at_once() -> None:
    world = world_at("assign")
    officer = world.compute(SLOT).sheets[0].officers[0]
    home = world.draw(SLOT).ground.homes[officer]
    received = {"officer": officer}
    assert_refused(
        world.record, forge(world, "case.received/1", FIRST, received, "street/buji"), Unauthorised, "expected"
    )
    nobody = forge(world, "case.received/1", FIRST, {"officer": "nobody"}, home)
    assert_refused(world.record, nobody, Unauthorised, "expected")
    with pytest.raises(Refused, match="less than 600 s ahead"):
        steps.recuse_officer(world.desk, FIRST, officer, "illness", world.now + 60)
    recuse(world, officer)
    right = follow(copy(world), officer)
    draw_at = world.record.cases.sealed[FIRST].recusals[0].draw_at
    late = format_body(steps.format_result(world.round_at(draw_at + 60)))
    body = {"recused": officer, "officer": right, "result": late}
    assert_refused(world.record, forge(world, "officer.replaced/1", FIRST, body, ENFORCEMENT), Mismatch, "round")


def test_a_false_receipt_does_not_count() -> None:
    world = world_at("assign")
    on = world.compute(SLOT).sheets[0].officers
    other = next(one for one in sorted(world.draw(SLOT).ground.homes) if one not in on)
    for officer in (on[0], other):
        append(world, "case.received/1", FIRST, {"officer": officer}, world.draw(SLOT).ground.homes[officer])
    disclose(world)
    assert [*world.record.cases.by_subject[FIRST].received] == [on[0]]
    assert [one.error.check for one in world.record.breaches] == ["cases"]
