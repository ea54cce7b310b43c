"""Attacks on a draw by public lotteries: a cancelled one, another issue, one hand alone (T1, T7, T27)."""

import pytest

from forge import (
    DRAW,
    ENFORCEMENT,
    SLOT,
    SUPERVISOR,
    Fields,
    append,
    assert_refused,
    forge,
    world_at,
)
from ledger.cli import steps
from ledger.office.compose import format_body
from ledger.proof.encoding import format_time
from ledger.proof.errors import LedgerError, Malformed, Mismatch, Refused
from world import START, World, make_policy


def lottery_world() -> World:
    """Return a world that draws by two lotteries, and replaces by one of them."""
    randomness = format_body(make_policy().randomness)
    return World(randomness={**randomness, "final": ["ssq", "lotto"], "replacement": "ssq"}).prepare_year()


def run_lottery(world: World) -> Fields:
    """Bring a draw by lotteries to where their results are due; return the body that records them."""
    world.open()
    issues = {"ssq": "2027001", "lotto": "27001"}
    steps.freeze_draw(world.desk, SLOT, START + 3600, issues)
    world.commit(SLOT)
    world.reveal(SLOT)
    world.close(SLOT)
    world.witness(SLOT)
    digits = {"ssq": "01071319223005", "lotto": "05121928330409"}
    return {"results": [{"kind": "lottery", "name": n, "issue": issues[n], "digits": digits[n]} for n in issues]}


def test_t07_a_lotterys_cancelling_leaves_no_outcome_but_only_before_its_result() -> None:
    void = ("draw.voided/1", DRAW, {"reason": "lottery-cancelled"}, ENFORCEMENT, SUPERVISOR)
    world = lottery_world()
    run_lottery(world)
    append(world, *void)
    assert not world.draw(SLOT).owes_outcome
    world = lottery_world()
    body = run_lottery(world)
    world.now = START + 3600
    append(world, "randomness.recorded/1", DRAW, body, ENFORCEMENT, SUPERVISOR)
    assert_refused(world.record, forge(world, *void), Refused, "result is recorded")


def test_t27_a_lotterys_result_is_entered_by_two_and_not_before_its_draw() -> None:
    world = lottery_world()
    body = run_lottery(world)
    event = ("randomness.recorded/1", DRAW, body)
    assert_refused(world.record, forge(world, *event, ENFORCEMENT, SUPERVISOR), Refused, "not drawn yet")
    world.now = START + 3600
    with pytest.raises(LedgerError, match="expected"):
        world.record.append(forge(world, *event, ENFORCEMENT))
    append(world, *event, ENFORCEMENT, SUPERVISOR)
    world.execute(SLOT)
    assert world.draw(SLOT).attested


@pytest.mark.parametrize(
    ("changes", "kind", "word"),
    [
        ({"issue": "2027002"}, Mismatch, "issue"),
        ({"digits": "0107131922300"}, Malformed, "14 digits"),
        ({"digits": "010713192230０5"}, Malformed, "14 digits"),
        ({"name": "lotto"}, Mismatch, "source of randomness"),
        ({"round": 7}, Malformed, "nothing else"),
    ],
)
def test_t07_a_lotterys_result_is_of_the_issue_and_form_named_beforehand(
    changes: Fields, kind: type[LedgerError], word: str
) -> None:
    world = lottery_world()
    body = run_lottery(world)
    world.now = START + 3600
    results = [{**body["results"][0], **changes}, body["results"][1]]
    entry = forge(world, "randomness.recorded/1", DRAW, {"results": results}, ENFORCEMENT, SUPERVISOR)
    assert_refused(world.record, entry, kind, word)


def test_t07_the_sources_stand_in_the_policys_order() -> None:
    world = lottery_world()
    body = run_lottery(world)
    world.now = START + 3600
    swapped = {"results": body["results"][::-1]}
    entry = forge(world, "randomness.recorded/1", DRAW, swapped, ENFORCEMENT, SUPERVISOR)
    assert_refused(world.record, entry, Mismatch, "source of randomness")


def test_t01_a_lottery_without_its_issue_cannot_be_frozen() -> None:
    world = lottery_world()
    world.open()
    with pytest.raises(Refused, match="issue is not named"):
        steps.freeze_draw(world.desk, SLOT, START + 3600, {"ssq": "2027001"})


def test_t01_one_lottery_alone_is_too_little_to_draw_by() -> None:
    randomness = format_body(make_policy().randomness)
    with pytest.raises(ValueError, match="24 bits, expected at least 40"):
        World(randomness={**randomness, "final": ["ssq"]})


def test_t01_an_issue_whose_result_is_in_the_log_cannot_be_named_again() -> None:
    world = lottery_world()
    body = run_lottery(world)
    world.now = START + 3600
    append(world, "randomness.recorded/1", DRAW, body, ENFORCEMENT, SUPERVISOR)
    world.execute(SLOT)
    slot = world.open("2027-02")
    with pytest.raises(Refused, match="result of issue 2027001 is known already"):
        steps.freeze_draw(world.desk, slot, world.now + 3600, {"ssq": "2027001", "lotto": "27002"})
    steps.freeze_draw(world.desk, slot, world.now + 3600, {"ssq": "2027002", "lotto": "27002"})
    steps.assign_cases(world.desk, SLOT)
    case = world.record.cases.by_subject[f"case/{SLOT}/0001"]
    officer = case.officers[0]
    home = next(leaf.officer.unit for leaf in case.draw.ground.officers if leaf.officer.id == officer)
    recusal = {"officer": officer, "reason": "illness", "draw_at": format_time(world.now + 900), "issue": "2027001"}
    entry = forge(world, "officer.recused/1", f"case/{SLOT}/0001", recusal, home, SUPERVISOR)
    assert_refused(world.record, entry, Refused, "known already")


@pytest.mark.parametrize("digits", ["1234567890123456789", "1234567890123456789０", "x" * 20])
def test_t27_dice_are_twenty_at_least_and_digits(digits: str) -> None:
    world = world_at("commit")
    body = {"digits": digits, "video": "ab" * 32}
    assert_refused(world.record, forge(world, "dice.rolled/1", DRAW, body, ENFORCEMENT, "service"), Malformed, "digits")


def test_t27_dice_are_one_more_share_before_the_closing_and_never_the_last_word() -> None:
    world = world_at("commit")
    body = {"digits": "31415926535897932384", "video": "ab" * 32}
    event = ("dice.rolled/1", DRAW, body, ENFORCEMENT, "service")
    append(world, *event)
    assert_refused(world.record, forge(world, *event), Refused, "rolled already")
    world.reveal(SLOT)
    world.close(SLOT)
    assert_refused(world.record, forge(world, "dice.rolled/1", DRAW, body, "service", SUPERVISOR), Refused, "closed")
    assert "dice:bureau/enforcement" in world.draw(SLOT).shares


def test_t27_a_unit_and_its_own_dice_are_one_share() -> None:
    world = world_at("commit")
    body = {"digits": "31415926535897932384", "video": "ab" * 32}
    append(world, "dice.rolled/1", DRAW, body, ENFORCEMENT, "service")
    world.reveal(SLOT, ENFORCEMENT)
    world.close(SLOT)
    assert world.draw(SLOT).voided == "too-few-shares"
