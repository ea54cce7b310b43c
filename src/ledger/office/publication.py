"""What is made public of a case: the host section submits, the organiser publishes, the supervisor supervises (R41).

A publication that comes late is taken, and shown as late; nothing that was published is ever taken out of the record:
a correction and a withdrawal are entries of their own (R6, R40 to R43).
"""

from typing import TYPE_CHECKING

from ledger.office.cases import Case, Publication
from ledger.office.events.publication import (
    PenaltyPublished,
    PublicationWithdrawn,
    ResultCorrected,
    ResultPublished,
    ResultSubmitted,
)
from ledger.office.rule import Change, Subject, check_same, refuse_unless, rule
from ledger.office.visits import INSPECTION, derive_parties
from ledger.proof.encoding import derive_day
from ledger.proof.event import Event

if TYPE_CHECKING:
    from ledger.office.record import Record


def _check_borne_out(event: Event, case: Case, result: str) -> None:
    """Refuse a result that the visit contradicts: nothing wrong where something was, nobody where somebody signed."""
    assert case.visit is not None
    problems = [item.id for item in case.visit.items if item.finding == "problem"]
    is_clean = result in ("no-problem", "not-found", "closed-down")
    refuse_unless(
        not (is_clean and problems), event, f"{result}, but the visit found a problem on {', '.join(problems)}"
    )
    is_there = case.visit.party != "signed" or result != "not-found"
    refuse_unless(is_there, event, "not-found, but the party signed")


def _text(body: ResultSubmitted | ResultPublished | ResultCorrected) -> tuple[str, str]:
    return body.result, body.summary


@rule("result.submitted/1", ResultSubmitted, INSPECTION, check="cases", parties=derive_parties)
def submit_result(record: "Record", event: Event, body: ResultSubmitted, subject: Subject) -> Change:
    """The host section hands in the result."""
    case = record.cases.find(event)
    refuse_unless(case.visit is not None, event, "no visit is recorded")
    refuse_unless(case.result is None, event, "a result was submitted already")
    _check_borne_out(event, case, body.result)

    def change() -> None:
        case.result = body

    return change


@rule("result.published/1", ResultPublished, INSPECTION, check="cases", parties=derive_parties)
def publish_result(record: "Record", event: Event, body: ResultPublished, subject: Subject) -> Change:
    """The result is made public as it was submitted, or corrected since."""
    case = record.cases.find(event)
    refuse_unless(case.result is not None, event, "no result was submitted")
    assert case.result is not None
    is_shown = case.shown is not None and _text(case.shown) == _text(case.result)
    refuse_unless(case.published is None or not is_shown, event, "it is published already")
    check_same("result", _text(body), _text(case.result))
    publication = Publication("result", event.at, record.size, body.carriers)

    def change() -> None:
        case.published, case.shown = event.at, body
        case.publications.append(publication)

    return change


@rule("result.corrected/1", ResultCorrected, INSPECTION, check="cases", parties=derive_parties)
def correct_result(record: "Record", event: Event, body: ResultCorrected, subject: Subject) -> Change:
    """Another result in the place of the one submitted, by the host section and the supervisor; both stay.

    What is public stays as it is until the organiser publishes anew, or withdraws it.
    """
    case = record.cases.find(event)
    refuse_unless(case.result is not None, event, "no result was submitted")
    assert case.result is not None
    refuse_unless(_text(body) != _text(case.result), event, "the result is the same as before")
    _check_borne_out(event, case, body.result)
    publication = Publication("correction", event.at, record.size)

    def change() -> None:
        case.result = ResultSubmitted(result=body.result, summary=body.summary)
        case.publications.append(publication)

    return change


@rule("penalty.published/1", PenaltyPublished, INSPECTION, check="cases", parties=derive_parties)
def publish_penalty(record: "Record", event: Event, body: PenaltyPublished, subject: Subject) -> Change:
    """A penalty that was decided is made public."""
    case = record.cases.find(event)
    refuse_unless(case.penalty is not None, event, "no penalty is decided")
    refuse_unless(case.penalty_published is None, event, "it is published already")
    publication = Publication("penalty", event.at, record.size, body.carriers)

    def change() -> None:
        case.penalty_published = event.at
        case.publications.append(publication)

    return change


@rule("publication.withdrawn/1", PublicationWithdrawn, INSPECTION, check="cases", parties=derive_parties)
def withdraw(record: "Record", event: Event, body: PublicationWithdrawn, subject: Subject) -> Change:
    """What was published is taken back by the organiser and the supervisor, with its reason; the record keeps it."""
    case = record.cases.find(event)
    is_published = (case.published if body.of == "result" else case.penalty_published) is not None
    refuse_unless(is_published, event, f"no {body.of} is published")
    refuse_unless(body.decided <= derive_day(event.at), event, f"decided on {body.decided}, which is yet to come")
    publication = Publication(f"withdrawal of the {body.of}", event.at, record.size)

    def change() -> None:
        if body.of == "result":
            case.published = case.shown = None
        else:
            case.penalty_published = None
        case.publications.append(publication)

    return change
