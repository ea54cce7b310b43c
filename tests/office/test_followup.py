"""What officers and sections do in a case, refusals first; a case ends only with an outcome."""

from typing import Any

import pytest

from forge import LEADER, SLOT, SUPERVISOR, append, assert_refused, forge
from ledger.cli import handling, steps
from ledger.office.cases import Case
from ledger.proof.encoding import derive_day, format_time
from ledger.proof.errors import Mismatch, Refused, Unauthorised
from month import replace_officer, visit_case
from world import DAY, World

CASE = f"case/{SLOT}/0001"


@pytest.fixture
def world() -> World:
    world = World().prepare_year()
    world.run_to("assign")
    world.now += 3600
    return world


@pytest.fixture
def visited(world: World) -> World:
    """A world whose first case was visited, with a problem on its first item."""
    visit_case(world, CASE, find(world).items[:1])
    return world


def find(world: World) -> Case:
    return handling.find_case(world.desk, CASE)


def homes(world: World) -> list[str]:
    return sorted({find(world).homes[officer] for officer in find(world).officers})


def today(world: World, days: int = 0) -> str:
    return derive_day(world.now + days * DAY)


def test_a_task_is_received_once_by_each_officers_own_unit(world: World) -> None:
    first, second = find(world).officers
    own, other = find(world).homes[first], "bureau/training-centre"
    assert_refused(world.record, forge(world, "case.received/1", CASE, {"officer": first}, other), Unauthorised, own)
    stranger = forge(world, "case.received/1", CASE, {"officer": "o-of-nobody"}, own)
    assert_refused(world.record, stranger, Unauthorised, "nobody")
    handling.receive_case(world.desk, CASE, first)
    again = forge(world, "case.received/1", CASE, {"officer": first}, own)
    assert_refused(world.record, again, Refused, "has received it already")
    visit_case(world, CASE)
    late = forge(world, "case.received/1", CASE, {"officer": second}, find(world).homes[second])
    assert_refused(world.record, late, Refused, "the visit is recorded already")


def test_a_reminder_is_of_the_home_section_or_the_supervisor_and_urges_what_is_missing(world: World) -> None:
    officer = find(world).officers[0]
    handling.urge(world.desk, CASE, officer, "visit-due", SUPERVISOR)
    handling.receive_case(world.desk, CASE, officer)
    for reason, word in (("not-received", "that is done"), ("result-due", "that is done")):
        body = {"officer": officer, "reason": reason}
        assert_refused(world.record, forge(world, "case.urged/1", CASE, body, SUPERVISOR), Refused, word)
    body = {"officer": officer, "reason": "visit-due"}
    assert_refused(world.record, forge(world, "case.urged/1", CASE, body, LEADER), Unauthorised, SUPERVISOR)


def test_a_scan_that_is_entered_later_says_why_and_after_ten_days_is_refused(world: World) -> None:
    made = world.now
    world.now += 2 * DAY
    late: dict[str, Any] = {"scanned": format_time(made), "reference": "SCAN-7"}
    entry = forge(world, "visit.scanned/1", CASE, late, *homes(world))
    assert_refused(world.record, entry, Refused, "no reason is given")
    world.now = made + 10 * DAY + 60
    too_late = forge(world, "visit.scanned/1", CASE, {**late, "late": "network"}, *homes(world))
    assert_refused(world.record, too_late, Refused, "more than 10 days")
    world.now = made + 10 * DAY
    ahead = {"scanned": format_time(world.now + 60), "reference": "SCAN-7"}
    assert_refused(world.record, forge(world, "visit.scanned/1", CASE, ahead, *homes(world)), Refused, "yet to come")
    handling.enter_scan(world.desk, CASE, made, "SCAN-7", "network")
    assert find(world).scanned == made


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"party": "refused"}, "why the party did not sign"),
        ({"party_reason": "不在场"}, "why the party did not sign"),
        ({"ended": -120}, "recorded before its end"),
        ({"ended": 60}, "recorded before its end"),
        ({"began": -2 * DAY}, "began at"),
    ],
)
def test_a_visit_has_its_times_and_a_refusal_to_sign_its_reason(world: World, changes: Any, word: str) -> None:
    body = handling.derive_visit(find(world), world.now - 60, world.now).model_dump(mode="json", exclude_none=True)
    shifted = {k: format_time(world.now + v) if isinstance(v, int) else v for k, v in changes.items()}
    entry = forge(world, "visit.recorded/1", CASE, {**body, **shifted}, *homes(world))
    assert_refused(world.record, entry, Refused, word)


def test_a_refusal_to_sign_is_recorded(world: World) -> None:
    body = handling.derive_visit(
        find(world), world.now - 60, world.now, party="refused", party_reason="当事人认为检查时间不当"
    )
    handling.record_visit(world.desk, CASE, body)
    assert find(world).visit == body


def test_only_problems_that_were_found_are_ordered_to_be_mended(visited: World) -> None:
    world, host = visited, find(visited).host
    clean = find(world).items[1]
    for body, word in (
        ({"items": [clean], "due": today(world, 9)}, f"no problem was found on {clean}"),
        ({"items": [find(world).items[0]], "due": today(world, -1)}, "which has passed"),
    ):
        assert_refused(world.record, forge(world, "rectification.ordered/1", CASE, body, host), Refused, word)
    handling.order_rectification(world.desk, CASE, today(world, 9))
    body = {"items": [find(world).items[0]], "due": today(world, 9)}
    again = forge(world, "rectification.ordered/1", CASE, body, host)
    assert_refused(world.record, again, Refused, "an order stands")


def test_t24_an_order_ends_within_a_year(visited: World) -> None:
    latest = today(visited, 366)
    for late in (today(visited, 367), "9998-12-31"):
        with pytest.raises(Refused, match=f"due on {late}; expected {latest} or before"):
            handling.order_rectification(visited.desk, CASE, late)
    handling.order_rectification(visited.desk, CASE, latest)


def test_what_is_looked_at_again_is_what_was_ordered_by_the_cases_officers(visited: World) -> None:
    world, item = visited, find(visited).items[0]
    body: dict[str, Any] = {"visited": today(world), "officers": list(find(world).officers)}
    body["items"] = [{"id": item, "finding": "conforms"}]
    early = forge(world, "case.reinspected/1", CASE, body, *homes(world))
    assert_refused(world.record, early, Refused, "nothing was ordered")
    handling.order_rectification(world.desk, CASE, today(world, 9))
    for changes, kind, word in (
        ({"officers": body["officers"][::-1]}, Mismatch, "officers"),
        ({"items": [{"id": find(world).items[1], "finding": "conforms"}]}, Mismatch, "items"),
        ({"visited": today(world, 1)}, Refused, "yet to come"),
        ({"visited": today(world, -1)}, Refused, "before the visit"),
    ):
        entry = forge(world, "case.reinspected/1", CASE, {**body, **changes}, *homes(world))
        assert_refused(world.record, entry, kind, word)


def test_who_leaves_after_the_visit_is_replaced_by_chance_before_it_is_looked_at_again(visited: World) -> None:
    world, desk = visited, visited.desk
    officer = find(world).officers[0]
    with pytest.raises(Refused, match="nothing is to be looked at again"):
        steps.recuse_officer(desk, CASE, officer, "transfer", world.now + 900)
    handling.order_rectification(desk, CASE, today(world, 30))
    steps.recuse_officer(desk, CASE, officer, "transfer", world.now + 900)
    with pytest.raises(Refused, match=f"{officer} is recused and not yet replaced"):
        handling.reinspect(desk, CASE, today(world))
    steps.witness_recusal(desk, CASE, "service", world.cosigned())
    draw_at, before = world.now + 900, today(world)
    world.now += 2 * DAY
    follows = steps.replace_officer(desk, CASE, officer, world.round_at(draw_at), "service")
    with pytest.raises(Refused, match=f"looked at on {before}, by officers who came on {today(world)}"):
        handling.reinspect(desk, CASE, before)
    handling.reinspect(desk, CASE, today(world))
    case = find(world)
    assert case.visit is not None
    assert (case.officers[0], case.visit.officers[0]) == (follows, officer)


def test_t24_a_case_ends_only_with_the_outcome_that_the_record_bears_out(visited: World) -> None:
    world, host = visited, find(visited).host

    def refused(outcome: str, word: str) -> None:
        entry = forge(world, "case.closed/1", CASE, {"outcome": outcome}, host)
        assert_refused(world.record, entry, Refused, word)

    refused("rectified", "no result was submitted")
    handling.submit_result(world.desk, CASE, "rectification-ordered", "责令整改一项")
    refused("rectified", "bears out none yet")
    handling.order_rectification(world.desk, CASE, today(world, 9))
    refused("rectified", "not looked at again")
    handling.reinspect(world.desk, CASE, today(world), find(world).items[:1])
    refused("rectified", "bears out none yet")
    refused("no-problem", "bears out none yet")
    handling.order_rectification(world.desk, CASE, today(world, 9))
    handling.reinspect(world.desk, CASE, today(world))
    refused("penalised", "bears out rectified")
    handling.close_case(world.desk, CASE, "rectified")
    refused("rectified", "the case is closed")


def test_a_penalty_is_the_leaders_too_and_follows_a_problem(world: World) -> None:
    visit_case(world, CASE)
    body = {"number": "罚1号", "kind": "fine", "decided": today(world)}
    host = find(world).host
    entry = forge(world, "penalty.decided/1", CASE, body, host, LEADER)
    assert_refused(world.record, entry, Refused, "the visit found no problem")
    assert_refused(world.record, forge(world, "penalty.decided/1", CASE, body, host), Unauthorised, LEADER)


def test_a_penalty_is_not_decided_before_the_visit_nor_tomorrow(visited: World) -> None:
    for days in (-1, 1):
        body = {"number": "罚1号", "kind": "fine", "decided": today(visited, days)}
        entry = forge(visited, "penalty.decided/1", CASE, body, find(visited).host, LEADER)
        assert_refused(visited.record, entry, Refused, "expected a day from the visit")


def test_what_was_published_is_corrected_and_withdrawn_and_stays_in_the_record(visited: World) -> None:
    world, desk = visited, visited.desk
    handling.submit_result(desk, CASE, "corrected-on-site", "当场改正")
    handling.publish_result(desk, CASE)
    with pytest.raises(Refused, match="published already"):
        handling.publish_result(desk, CASE)
    host = find(world).host
    same = {"result": "corrected-on-site", "summary": "当场改正", "reason": "x"}
    entry = forge(world, "result.corrected/1", CASE, same, host, SUPERVISOR)
    assert_refused(world.record, entry, Refused, "the same as before")
    clean = {"result": "no-problem", "summary": "无", "reason": "x"}
    entry = forge(world, "result.corrected/1", CASE, clean, host, SUPERVISOR)
    assert_refused(world.record, entry, Refused, "the visit found a problem on")
    alone = {"result": "penalty-filed", "summary": "立案", "reason": "漏报"}
    assert_refused(world.record, forge(world, "result.corrected/1", CASE, alone, host), Unauthorised, SUPERVISOR)
    handling.correct_result(desk, CASE, "penalty-filed", "立案", "漏报")
    assert find(world).published is not None
    handling.publish_result(desk, CASE)
    with pytest.raises(Refused, match="published already"):
        handling.publish_result(desk, CASE)
    handling.withdraw(desk, CASE, "result", "changed", today(world))
    assert find(world).published is None
    handling.publish_result(desk, CASE)
    assert [one.kind for one in find(world).publications] == [
        "result",
        "correction",
        "result",
        "withdrawal of the result",
        "result",
    ]


def test_nothing_is_withdrawn_that_is_not_published(visited: World) -> None:
    for of in ("result", "penalty"):
        body = {"of": of, "reason": "revoked", "decided": today(visited)}
        entry = forge(visited, "publication.withdrawn/1", CASE, body, "bureau/enforcement", SUPERVISOR)
        assert_refused(visited.record, entry, Refused, f"no {of} is published")
    append(visited, "result.submitted/1", CASE, {"result": "corrected-on-site", "summary": "x"}, find(visited).host)


@pytest.mark.parametrize("result", ["no-problem", "not-found", "closed-down"])
def test_t24_a_result_that_the_visit_contradicts_is_refused(visited: World, result: str) -> None:
    entry = forge(visited, "result.submitted/1", CASE, {"result": result, "summary": "x"}, find(visited).host)
    assert_refused(visited.record, entry, Refused, f"{result}, but the visit found a problem")


def test_t24_nobody_is_not_found_who_signed(world: World) -> None:
    visit_case(world, CASE)
    entry = forge(world, "result.submitted/1", CASE, {"result": "not-found", "summary": "x"}, find(world).host)
    assert_refused(world.record, entry, Refused, "the party signed")


def test_t24_what_is_still_wrong_when_looked_at_again_is_not_corrected_on_site(visited: World) -> None:
    desk, item = visited.desk, find(visited).items[0]
    handling.submit_result(desk, CASE, "corrected-on-site", "当场改正")
    handling.order_rectification(desk, CASE, today(visited, 9))
    with pytest.raises(Refused, match="not ordered to be put right"):
        handling.reinspect(desk, CASE, today(visited), ["no-such-item"])
    handling.reinspect(desk, CASE, today(visited), [item])
    with pytest.raises(Refused, match="bears out none yet"):
        handling.close_case(desk, CASE, "corrected-on-site")


def test_t24_a_visit_checks_something(world: World) -> None:
    dropped = [{"id": item, "reason": "x"} for item in find(world).items]
    body = handling.derive_visit(find(world), world.now - 60, world.now, dropped=dropped)
    with pytest.raises(Refused, match="no item was checked"):
        handling.record_visit(world.desk, CASE, body)


def test_t20_nobody_was_there_before_being_put_on_the_case(world: World) -> None:
    early = handling.derive_visit(find(world), world.draw(SLOT).draw_at - 60, world.now)
    with pytest.raises(Refused, match="began at"):
        handling.record_visit(world.desk, CASE, early)
    began = world.now
    replace_officer(world, CASE)
    body = handling.derive_visit(find(world), began, world.now)
    with pytest.raises(Refused, match="began at"):
        handling.record_visit(world.desk, CASE, body)


def test_t09_whoever_brings_a_replacement_with_a_clock_far_ahead_puts_off_no_visit(world: World) -> None:
    now = world.now
    officer = find(world).officers[0]
    steps.recuse_officer(world.desk, CASE, officer, "illness", now + 900)
    steps.witness_recusal(world.desk, CASE, "service", world.cosigned())
    world.now = now + 3650 * DAY
    steps.replace_officer(world.desk, CASE, officer, world.round_at(now + 900), "street/buji")
    world.now = now + 1000
    steps.witness_log(world.desk, "service", world.cosigned())
    world.now = now + 1060
    with pytest.raises(Refused, match="began at"):
        handling.record_visit(world.desk, CASE, handling.derive_visit(find(world), now + 999, world.now))
    handling.record_visit(world.desk, CASE, handling.derive_visit(find(world), now + 1000, world.now))
