"""What follows a visit: rectification and re-inspection, transfer, penalty; a case ends only with an outcome (T24)."""

from typing import TYPE_CHECKING

from ledger.office.cases import Case
from ledger.office.events.followup import (
    CaseClosed,
    CaseReinspected,
    CaseTransferred,
    PenaltyDecided,
    RectificationOrdered,
)
from ledger.office.rule import Change, Subject, check_same, refuse_unless, rule
from ledger.office.visits import INSPECTION, check_open, check_staffed, derive_first, derive_parties, find_problems
from ledger.proof.encoding import derive_day
from ledger.proof.event import Event

if TYPE_CHECKING:
    from ledger.office.record import Record

RECTIFICATION_DAYS = 366
"""So many days an order gives at most: what takes longer is looked at again, and ordered again (T24)."""


def _visited_case(record: "Record", event: Event) -> Case:
    case = record.cases.find(event)
    check_open(event, case)
    refuse_unless(case.visit is not None, event, "no visit is recorded")
    return case


@rule("rectification.ordered/1", RectificationOrdered, INSPECTION, check="cases", parties=derive_parties)
def order_rectification(record: "Record", event: Event, body: RectificationOrdered, subject: Subject) -> Change:
    """Problems that were found are to be mended by a day."""
    case = _visited_case(record, event)
    refuse_unless(case.ordered is None, event, "an order stands that was not looked at again")
    unknown = sorted(set(body.items) - case.problems)
    refuse_unless(not unknown, event, f"no problem was found on {', '.join(unknown)}")
    refuse_unless(body.due >= derive_day(event.at), event, f"due on {body.due}, which has passed")
    latest = derive_day(event.at + RECTIFICATION_DAYS * 86_400)
    refuse_unless(body.due <= latest, event, f"due on {body.due}; expected {latest} or before")

    def change() -> None:
        case.ordered = body

    return change


@rule("case.reinspected/1", CaseReinspected, INSPECTION, check="cases", parties=derive_parties)
def reinspect(record: "Record", event: Event, body: CaseReinspected, subject: Subject) -> Change:
    """Exactly what was ordered is looked at again, by the officers who are on the case by now."""
    case = _visited_case(record, event)
    refuse_unless(case.ordered is not None, event, "nothing was ordered to be mended")
    assert case.ordered is not None
    assert case.visit is not None
    check_staffed(event, case)
    check_same("officers", body.officers, tuple(case.officers))
    check_same("items", [item.id for item in body.items], [*case.ordered.items])
    refuse_unless(body.visited >= case.visit.visited, event, f"looked at on {body.visited}, before the visit")
    refuse_unless(body.visited <= derive_day(event.at), event, f"looked at on {body.visited}, which is yet to come")
    first = derive_day(derive_first(record, case))
    refuse_unless(body.visited >= first, event, f"looked at on {body.visited}, by officers who came on {first}")
    looked_at, found = frozenset(case.ordered.items), find_problems(body.items)

    def change() -> None:
        case.ordered, case.problems = None, (case.problems - looked_at) | found
        case.is_reinspected = True

    return change


@rule("case.transferred/1", CaseTransferred, INSPECTION, check="cases", parties=derive_parties)
def transfer(record: "Record", event: Event, body: CaseTransferred, subject: Subject) -> Change:
    """The matter goes to another authority."""
    case = _visited_case(record, event)
    refuse_unless(not case.transferred, event, "it is transferred already")

    def change() -> None:
        case.transferred = True

    return change


@rule("penalty.decided/1", PenaltyDecided, INSPECTION, check="cases", parties=derive_parties)
def decide_penalty(record: "Record", event: Event, body: PenaltyDecided, subject: Subject) -> Change:
    """A penalty: a problem was found, and the leader has signed."""
    case = _visited_case(record, event)
    assert case.visit is not None
    refuse_unless(case.penalty is None, event, "a penalty is decided already")
    refuse_unless(find_problems(case.visit.items), event, "the visit found no problem")
    refuse_unless(
        case.visit.visited <= body.decided <= derive_day(event.at),
        event,
        f"decided on {body.decided}, expected a day from the visit to today",
    )

    def change() -> None:
        case.penalty = body

    return change


@rule("case.closed/1", CaseClosed, INSPECTION, check="cases", parties=derive_parties)
def close_case(record: "Record", event: Event, body: CaseClosed, subject: Subject) -> Change:
    """The end: the result was submitted, and the outcome is the one that the record bears out."""
    case = _visited_case(record, event)
    refuse_unless(case.result is not None, event, "no result was submitted")
    assert case.result is not None
    refuse_unless(case.ordered is None, event, "what was ordered to be mended was not looked at again")
    submitted, is_mended = case.result.result, case.is_reinspected and not case.problems
    still_wrong = case.is_reinspected and bool(case.problems)
    outcomes = {
        "no-problem": submitted == "no-problem",
        "corrected-on-site": submitted == "corrected-on-site" and not still_wrong,
        "rectified": submitted == "rectification-ordered" and is_mended,
        "penalised": case.penalty is not None,
        "transferred": case.transferred,
        "not-found": submitted == "not-found",
        "closed-down": submitted == "closed-down",
    }
    borne_out = [outcome for outcome, holds in outcomes.items() if holds]
    refuse_unless(
        body.outcome in borne_out,
        event,
        f"outcome {body.outcome}; the record bears out {' or '.join(borne_out) or 'none yet'}",
    )

    def change() -> None:
        case.closed = body

    return change
