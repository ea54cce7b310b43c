"""Attacks by recusal: reaching a friend, exhausting a small roster (T19, T39)."""

from collections.abc import Callable

import pytest

from forge import ENFORCEMENT, LEADER, SLOT, SUPERVISOR, Fields, append, assert_refused, forge
from ledger.cli import steps
from ledger.office.cases import Case
from ledger.office.compose import format_body
from ledger.office.replacement import derive_replacement
from ledger.office.results import derive_draw_outcome
from ledger.proof.draw import Case as DrawnCase
from ledger.proof.draw import choose_officer, derive_replacement_seed
from ledger.proof.encoding import format_time
from ledger.proof.errors import Mismatch, Refused, Unauthorised
from ledger.proof.randomness import Round
from world import DAY, World, make_policy

CASE = f"case/{SLOT}/0001"


def assign_in(street: str, prepare: Callable[[World], None] = lambda _: None) -> World:
    """Return a world whose draw has a case in a street. Who is drawn is chance, and each policy gives another draw."""
    for cap in range(2, 60):
        world = World(yearly_cap=cap).prepare_year()
        prepare(world)
        world.run_to("assign")
        if any(sheet.street == street for sheet in derive_draw_outcome(world.draw(SLOT)).sheets):
            return world
    raise AssertionError(f"no draw has a case in {street}")


@pytest.fixture
def world() -> World:
    return assign_in("street/pinghu")


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


def find_round(world: World, officer: str, subject: str = CASE) -> Round:
    """Wait for the randomness of a recusal, and return it."""
    draw_at = find_case(world, subject).recusals[officer].draw_at
    world.now = max(world.now, draw_at + 5)
    return world.round_at(draw_at)


def replace(world: World, seat: int = 0, subject: str = CASE) -> tuple[str, str]:
    """The officer of a seat is recused and replaced; return who left and who follows."""
    officer = recuse(world, seat, subject)
    steps.witness_recusal(world.desk, subject, "service", world.cosigned())
    found = find_round(world, officer, subject)
    return officer, steps.replace_officer(world.desk, subject, officer, found, ENFORCEMENT)


def subject_in(world: World, street: str) -> str:
    """Return the first case of a street."""
    sheets = derive_draw_outcome(world.draw(SLOT)).sheets
    return next(f"case/{SLOT}/{sheet.number}" for sheet in sheets if sheet.street == street)


def replaced_body(recused: str, officer: str, found: Round) -> Fields:
    return {"recused": recused, "officer": officer, "result": format_body(steps.format_result(found))}


def test_t19_the_randomness_that_replaces_lies_ten_minutes_ahead(world: World) -> None:
    officer = find_case(world).officers[0]
    body = {"officer": officer, "reason": "leave", "draw_at": format_time(world.now + 599)}
    entry = forge(world, "officer.recused/1", CASE, body, home(world, officer), SUPERVISOR)
    assert_refused(world.record, entry, Refused, "less than 600 s ahead")


def test_t24_a_recusal_spares_nobody_for_good(world: World) -> None:
    latest = world.policy.periods.draw_within_days * DAY
    with pytest.raises(Refused, match="is more than 31 days ahead"):
        recuse(world, lead=latest + 1)
    first, second = recuse(world, 0, lead=latest), recuse(world, 1)
    world.now += latest
    again = [recuse(world, seat) for seat in (0, 1)]  # nobody witnessed either; the earlier holds up the later no more
    assert again == [first, second]
    steps.witness_recusal(world.desk, CASE, "service", world.cosigned())
    for officer in again:
        steps.replace_officer(world.desk, CASE, officer, find_round(world, officer), ENFORCEMENT)
    assert not {first, second} & set(find_case(world).officers)


def test_t19_a_recusal_that_lapses_again_can_be_made_anew_again(world: World) -> None:
    officer = recuse(world)
    for _ in range(3):
        world.now += 905
        assert recuse(world) == officer
    steps.witness_recusal(world.desk, CASE, "service", world.cosigned())
    follows = steps.replace_officer(world.desk, CASE, officer, find_round(world, officer), ENFORCEMENT)
    assert home(world, follows).startswith("bureau/"), "the fallback roster"


def test_t19_without_witnesses_a_recusal_is_made_anew_once() -> None:
    policy = make_policy()
    world = World(witnesses={"keys": dict(policy.witnesses.keys), "quorum": 0}).prepare_year()
    world.run_to("assign")
    officer = recuse(world)
    world.now += 905
    recuse(world)
    world.now += 905
    with pytest.raises(Refused, match="recused already"):
        recuse(world)
    steps.replace_officer(world.desk, CASE, officer, find_round(world, officer), ENFORCEMENT)


@pytest.mark.parametrize("signer", ["home", "supervisor"])
def test_t19_a_recusal_needs_the_home_unit_and_the_supervisor(world: World, signer: str) -> None:
    officer = find_case(world).officers[0]
    unit = home(world, officer) if signer == "home" else SUPERVISOR
    body = {"officer": officer, "reason": "leave", "draw_at": format_time(world.now + 900)}
    assert_refused(world.record, forge(world, "officer.recused/1", CASE, body, unit), Unauthorised, "expected")


def test_t19_an_unwitnessed_recusal_replaces_nobody(world: World) -> None:
    officer = recuse(world)
    found = find_round(world, officer)
    body = replaced_body(
        officer, derive_replacement(find_case(world), find_case(world).recusals[officer], found), found
    )
    assert_refused(world.record, forge(world, "officer.replaced/1", CASE, body, ENFORCEMENT), Refused, "not witnessed")


def test_t19_a_recusal_is_witnessed_before_its_randomness(world: World) -> None:
    officer = recuse(world)
    late = find_case(world).recusals[officer].draw_at - 60
    for seconds, witnesses, word in ((late, 2, "60 s before T"), (late - 1, 1, "fewer than 2")):
        checkpoint = world.cosigned(seconds, witnesses).decode()
        entry = forge(world, "recusal.witnessed/1", CASE, {"checkpoint": checkpoint}, "service")
        assert_refused(world.record, entry, Refused, word)
    append(world, "recusal.witnessed/1", CASE, {"checkpoint": world.cosigned(late - 1).decode()}, "service")


def test_t19_a_checkpoint_from_before_the_recusal_does_not_cover_it(world: World) -> None:
    early = world.cosigned().decode()
    recuse(world)
    entry = forge(world, "recusal.witnessed/1", CASE, {"checkpoint": early}, "service")
    assert_refused(world.record, entry, Refused, "covers no recusal")


def test_t19_nobody_chooses_who_follows(world: World) -> None:
    subject = subject_in(world, "street/pinghu")
    officer = recuse(world, subject=subject)
    steps.witness_recusal(world.desk, subject, "service", world.cosigned())
    found = find_round(world, officer, subject)
    case = find_case(world, subject)
    right = derive_replacement(case, case.recusals[officer], found)
    everyone = {leaf.officer.id for leaf in case.draw.ground.officers}
    for friend in sorted(everyone - {right}):
        entry = forge(world, "officer.replaced/1", subject, replaced_body(officer, friend, found), ENFORCEMENT)
        assert_refused(world.record, entry, Mismatch, "officer")
    append(world, "officer.replaced/1", subject, replaced_body(officer, right, found), ENFORCEMENT)


def test_t19_another_round_replaces_nobody(world: World) -> None:
    officer = recuse(world)
    steps.witness_recusal(world.desk, CASE, "service", world.cosigned())
    find_round(world, officer)
    later = world.round_at(find_case(world).recusals[officer].draw_at + 3)
    body = replaced_body(officer, "o-bureau-hazchem-00", later)
    assert_refused(world.record, forge(world, "officer.replaced/1", CASE, body, ENFORCEMENT), Mismatch, "expected")


def test_t19_an_officer_leaves_a_case_once_and_must_be_on_it(world: World) -> None:
    officer = recuse(world)
    body = {"officer": officer, "reason": "leave", "draw_at": format_time(world.now + 900)}
    entry = forge(world, "officer.recused/1", CASE, body, home(world, officer), SUPERVISOR)
    assert_refused(world.record, entry, Refused, "recused already")
    street = "street/bantian" if home(world, officer) != "street/bantian" else "street/pinghu"
    absent = {**body, "officer": f"o-{street.replace('/', '-')}-00"}
    entry = forge(world, "officer.recused/1", CASE, absent, street, SUPERVISOR)
    assert_refused(world.record, entry, Unauthorised, "nobody")


def test_t19_the_supervisors_own_officers_are_recused_with_the_leader(world: World) -> None:
    found = [
        (f"case/{SLOT}/{sheet.number}", seat)
        for sheet in derive_draw_outcome(world.draw(SLOT)).sheets
        for seat, officer in enumerate(sheet.officers)
        if home(world, officer) == SUPERVISOR
    ]
    subject, seat = found[0]
    left, follows = replace(world, seat, subject)
    assert home(world, left) == SUPERVISOR
    assert find_case(world, subject).officers[seat] == follows


def test_t19_of_two_recusals_the_earlier_is_replaced_first(world: World) -> None:
    subject = subject_in(world, "street/pinghu")
    first, second = recuse(world, 0, subject), recuse(world, 1, subject, 1200)
    steps.witness_recusal(world.desk, subject, "service", world.cosigned())
    found = find_round(world, second, subject)
    body = replaced_body(second, "o-bureau-hazchem-00", found)
    assert_refused(world.record, forge(world, "officer.replaced/1", subject, body, ENFORCEMENT), Refused, "first")
    for officer in (first, second):
        steps.replace_officer(world.desk, subject, officer, find_round(world, officer, subject), ENFORCEMENT)
    assert not {first, second} & set(find_case(world, subject).officers)


def test_t19_a_recusal_seen_too_late_does_not_spoil_a_later_ones_witnesses(world: World) -> None:
    subject = subject_in(world, "street/pinghu")
    first = recuse(world, 0, subject)
    world.now += 880
    second = recuse(world, 1, subject)
    steps.witness_recusal(world.desk, subject, "service", world.cosigned())
    recusals = find_case(world, subject).recusals
    assert recusals[first].witnessed_at is None
    assert recusals[second].witnessed_at == world.now


def test_t39_a_seats_second_replacement_comes_from_the_fallback_roster(world: World) -> None:
    subject = subject_in(world, "street/pinghu")
    left, first = replace(world, subject=subject)
    assert (home(world, left), home(world, first)) == ("street/pinghu", "street/pinghu")
    _, second = replace(world, subject=subject)
    assert home(world, second).startswith("bureau/")
    _, third = replace(world, subject=subject)
    assert home(world, third).startswith("bureau/")


def test_t39_fewer_than_three_left_take_the_fallback_roster() -> None:
    def take_two_out(world: World) -> None:
        for number in (2, 3):
            row = {
                "id": f"o-street-pinghu-{number:02d}",
                "unit": "street/pinghu",
                "certificate_until": "2030-12-31",
                "on_establishment": True,
                "in_post": False,
                "enrolled": True,
            }
            body = {"year": 2027, "roster": "street/pinghu", "officer": row, "reason": "调离"}
            append(world, "officer.changed/1", "officers/2027/street/pinghu/changes", body, "street/pinghu", SUPERVISOR)

    world = assign_in("street/pinghu", take_two_out)
    subject = subject_in(world, "street/pinghu")
    left, follows = replace(world, subject=subject)
    assert home(world, left) == "street/pinghu"
    assert home(world, follows).startswith("bureau/")


def test_t39_who_left_does_not_come_back(world: World) -> None:
    subject = subject_in(world, "street/pinghu")
    gone = set()
    for _ in range(5):
        left, follows = replace(world, subject=subject)
        gone.add(left)
        assert follows not in gone


def test_t39_who_follows_can_be_computed_by_hand(world: World) -> None:
    subject = subject_in(world, "street/pinghu")
    officer = recuse(world, subject=subject)
    steps.witness_recusal(world.desk, subject, "service", world.cosigned())
    found = find_round(world, officer, subject)
    case = find_case(world, subject)
    sub_seed = derive_replacement_seed(case.recusals[officer].entry, found)
    drawn = DrawnCase(case.sheet.ticket, case.sheet.code, "street/pinghu")
    left = [f"o-street-pinghu-{number:02d}" for number in range(4)]
    left.remove(officer)
    expected = choose_officer(sub_seed, drawn.code, left)
    assert steps.replace_officer(world.desk, subject, officer, found, "street/jihua") == expected
