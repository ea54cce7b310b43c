"""The supervisor supervises, and nobody itself (Q8); what is reported is numbered, so that nothing is left out."""

from typing import Any

import pytest

from forge import ENFORCEMENT, LEADER, SUPERVISOR, append, assert_refused, forge
from ledger.cli import oversight
from ledger.proof.encoding import derive_day
from ledger.proof.errors import Malformed, Mismatch, Refused, Unauthorised
from world import DAY, World

NOTICE = {"to": "bureau/hazchem", "about": ["items"], "grounds": "other", "demand": "请说明"}
SEAL, OTHER = {"sealed": "5e" * 32}, {"sealed": "6f" * 32}
COMPLAINT = {"channel": "letter", "kind": "unfair-draw", "content": SEAL}


@pytest.fixture
def world() -> World:
    return World().prepare_year()


def test_the_supervisor_does_not_call_itself_to_account(world: World) -> None:
    own = {**NOTICE, "to": SUPERVISOR}
    for body, wrong, right in ((own, SUPERVISOR, LEADER), (NOTICE, LEADER, SUPERVISOR)):
        entry = forge(world, "notice.issued/1", "notice/2027/0001", body, wrong)
        assert_refused(world.record, entry, Unauthorised, right)
    subject = oversight.issue_notice(world.desk, SUPERVISOR, "other", "请说明", ["items"])
    assert_refused(
        world.record, forge(world, "notice.answered/1", subject, {"answer": "x"}, LEADER), Unauthorised, SUPERVISOR
    )


@pytest.mark.parametrize(
    ("changes", "subject", "word"),
    [
        ({"to": "bureau/of-nobody"}, "notice/2027/0001", "not a unit"),
        ({"about": ["case/of-mine"]}, "notice/2027/0001", "case/of-mine does not stand in the record"),
        ({}, "notice/2027/0002", "the next number is 0001"),
        ({}, "notice/2026/0001", "made another year"),
    ],
)
def test_a_notice_is_about_what_stands_in_the_record_and_is_numbered(
    world: World, changes: Any, subject: str, word: str
) -> None:
    entry = forge(world, "notice.issued/1", subject, {**NOTICE, **changes}, SUPERVISOR)
    assert_refused(world.record, entry, Refused, word)


def test_without_an_answer_a_notice_is_only_taken_further(world: World) -> None:
    subject = oversight.issue_notice(world.desk, "bureau/hazchem", "other", "请说明", ["items"])
    entry = forge(world, "notice.settled/1", subject, {"outcome": "accepted"}, SUPERVISOR)
    assert_refused(world.record, entry, Refused, "no answer to accept")
    oversight.answer_notice(world.desk, subject, "已说明")
    again = forge(world, "notice.answered/1", subject, {"answer": "x"}, "bureau/hazchem")
    assert_refused(world.record, again, Refused, "answered already")
    oversight.settle_notice(world.desk, subject, "accepted")
    assert_refused(
        world.record,
        forge(world, "notice.settled/1", subject, {"outcome": "escalated"}, SUPERVISOR),
        Refused,
        "settled already",
    )


def test_a_bulletin_is_of_days_that_are_over(world: World) -> None:
    today, tomorrow = derive_day(world.now), derive_day(world.now + DAY)
    for first, last, word in ((today, tomorrow, "yet to come"), (tomorrow, today, "from")):
        body = {"first": first, "last": last, "figures": {}, "document": "ab" * 32}
        entry = forge(world, "bulletin.issued/1", "bulletin/2027/0001", body, SUPERVISOR)
        assert_refused(world.record, entry, Refused, word)


def test_nobody_handles_a_complaint_about_its_own_section(world: World) -> None:
    of_supervisor = {**COMPLAINT, "of": SUPERVISOR}
    entry = forge(world, "complaint.received/1", "complaint/2027/0001", of_supervisor, SUPERVISOR)
    assert_refused(world.record, entry, Unauthorised, LEADER)
    append(world, "complaint.received/1", "complaint/2027/0001", of_supervisor, "service")
    entry = forge(world, "complaint.accepted/1", "complaint/2027/0001", {}, SUPERVISOR)
    assert_refused(world.record, entry, Unauthorised, LEADER)
    append(world, "complaint.accepted/1", "complaint/2027/0001", {}, LEADER)


def test_t32_the_supervisor_cannot_leave_out_that_a_complaint_is_about_itself(world: World) -> None:
    for body in (COMPLAINT, {**COMPLAINT, "of": "bureau/hazchem"}):
        alone = forge(world, "complaint.received/1", "complaint/2027/0001", body, SUPERVISOR)
        assert_refused(world.record, alone, Unauthorised, f"expected {SUPERVISOR} . {LEADER}")
        friend = forge(world, "complaint.received/1", "complaint/2027/0001", body, SUPERVISOR, ENFORCEMENT)
        assert_refused(world.record, friend, Unauthorised, f"expected {SUPERVISOR} . {LEADER}")
    append(world, "complaint.received/1", "complaint/2027/0001", COMPLAINT, SUPERVISOR, LEADER)


def test_a_complaint_is_taken_up_before_it_is_answered_and_decided_once(world: World) -> None:
    subject = "complaint/2027/0001"
    answer = {"outcome": "founded", "answer": OTHER}
    entry = forge(world, "complaint.accepted/1", subject, {}, SUPERVISOR)
    with pytest.raises(Refused, match="no such complaint"):
        world.record.append(entry)
    append(world, "complaint.received/1", subject, COMPLAINT, SUPERVISOR, LEADER)
    early = forge(world, "complaint.answered/1", subject, answer, SUPERVISOR)
    assert_refused(world.record, early, Refused, "it was not taken up")
    append(world, "complaint.accepted/1", subject, {}, SUPERVISOR)
    second = forge(world, "complaint.declined/1", subject, {"reason": "repeated"}, SUPERVISOR)
    assert_refused(world.record, second, Refused, "decided already")
    append(world, "complaint.answered/1", subject, answer, SUPERVISOR)
    again = forge(world, "complaint.answered/1", subject, answer, SUPERVISOR)
    assert_refused(world.record, again, Refused, "answered already")


def test_a_complaint_is_numbered_so_that_none_is_left_out(world: World) -> None:
    entry = forge(world, "complaint.received/1", "complaint/2027/0002", COMPLAINT, "service")
    assert_refused(world.record, entry, Refused, "the next number is 0001")


def test_t38_what_a_complaint_says_can_be_erased_and_the_record_still_holds(world: World) -> None:
    append(world, "complaint.received/1", "complaint/2027/0001", {**COMPLAINT, "complainant": OTHER}, "service")
    erased = {"digests": [SEAL["sealed"], OTHER["sealed"]], "reason": "person-asked"}
    append(world, "openings.erased/1", "openings", erased, ENFORCEMENT, SUPERVISOR)
    append(world, "complaint.accepted/1", "complaint/2027/0001", {}, SUPERVISOR)


def test_a_street_files_and_the_bureau_acknowledges_that_document(world: World) -> None:
    oversight.make_filing(world.desk, "street/pinghu", 2027, "实施方案", "ab" * 32)
    first = world.record.supervision.filings["filing/street/pinghu/2027"].at
    entry = forge(world, "filing.acknowledged/1", "filing/street/pinghu/2027", {"document": "cd" * 32}, ENFORCEMENT)
    assert_refused(world.record, entry, Mismatch, "document")
    street = forge(
        world, "filing.acknowledged/1", "filing/street/pinghu/2027", {"document": "ab" * 32}, "street/pinghu"
    )
    assert_refused(world.record, street, Unauthorised, ENFORCEMENT)
    oversight.acknowledge_filing(world.desk, "street/pinghu", 2027)
    world.now += DAY
    oversight.make_filing(world.desk, "street/pinghu", 2027, "实施方案（修订）", "cd" * 32)
    assert world.record.supervision.filings["filing/street/pinghu/2027"].at == first


def test_a_training_is_of_officers_of_the_roster_and_over(world: World) -> None:
    body: dict[str, Any] = {"held": derive_day(world.now), "title": "培训", "hours": 2, "attended": ["o-of-nobody"]}
    subject = "training/street/pinghu/2027/0001"
    entry = forge(world, "training.held/1", subject, body, "street/pinghu")
    assert_refused(world.record, entry, Refused, "o-of-nobody is not on the roster")
    later = {**body, "held": derive_day(world.now + DAY), "attended": ["o-street-pinghu-00"]}
    entry = forge(world, "training.held/1", subject, later, "street/pinghu")
    assert_refused(world.record, entry, Refused, "yet to come")


def test_a_suggestion_is_answered_once_by_the_organiser(world: World) -> None:
    subject = oversight.suggest(world.desk, "street/pinghu", "增加夜间检查")
    oversight.answer_suggestion(world.desk, subject, "已采纳")
    entry = forge(world, "suggestion.answered/1", subject, {"answer": "x"}, ENFORCEMENT)
    assert_refused(world.record, entry, Refused, "answered already")


def test_what_should_have_been_sealed_is_not_repeated(world: World) -> None:
    for content in ("密标举报内容", {"sealed": "密标举报内容"}, {"sealed": "5e" * 32, "text": "密标举报内容"}):
        entry = forge(
            world, "complaint.received/1", "complaint/2027/0001", {**COMPLAINT, "content": content}, SUPERVISOR
        )
        with pytest.raises(Malformed, match=r"body\.content") as caught:
            world.record.append(entry)
        assert "密标" not in str(caught.value)
