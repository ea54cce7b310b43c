"""Complaints (R7): received with a number, taken up or not, answered; nobody handles one about its own section (Q8)."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ledger.office.events.complaints import (
    ComplaintAccepted,
    ComplaintAnswered,
    ComplaintDeclined,
    ComplaintPassed,
    ComplaintReceived,
)
from ledger.office.policy import SERVICE
from ledger.office.rule import YEAR, Change, Subject, refuse_unless, rule
from ledger.office.supervision import NUMBER, check_number, find_watcher
from ledger.proof.draw import BUREAU
from ledger.proof.event import Event

if TYPE_CHECKING:
    from ledger.office.record import Record

COMPLAINT = f"complaint/{YEAR}/{NUMBER}"


@dataclass(slots=True)
class Complaint:
    """A complaint: when it came, what is public of it, what was decided (and when), the answer (and when)."""

    at: int
    received: ComplaintReceived
    decided: str | None = None
    decided_at: int | None = None
    answered: ComplaintAnswered | None = None
    answered_at: int | None = None


@dataclass(slots=True)
class Complaints:
    """All complaints by subject."""

    by_subject: dict[str, Complaint] = field(default_factory=dict)

    def find(self, record: "Record", event: Event) -> Complaint:
        """Return the complaint that an event is about. Raises Refused if it was not received."""
        complaint = self.by_subject.get(event.subject)
        refuse_unless(complaint is not None, event, "no such complaint was received")
        assert complaint is not None
        return complaint


def _receivers(record: "Record", event: Event, body: ComplaintReceived, subject: Subject) -> list[frozenset[str]]:
    """The leader, or the service, for what comes over the web; the supervisor with the leader.

    Whom it is about says who handles it. A supervisor that received alone could leave out that it is about itself.
    """
    office = record.policy_at(event.at).offices[BUREAU]
    if event.unit == office.supervisor and body.of != office.supervisor:
        return [frozenset([office.supervisor]), frozenset([office.leader])]
    return [frozenset([SERVICE, office.leader])]


@rule("complaint.received/1", ComplaintReceived, COMPLAINT, slots=_receivers)
def receive_complaint(record: "Record", event: Event, body: ComplaintReceived, subject: Subject) -> Change:
    """A complaint has its number, and its clock runs."""
    units = record.policy_at(event.at).units
    refuse_unless(body.of is None or body.of in units, event, f"{body.of} is not a unit of the policy")
    sealed = [one.sealed for one in (body.content, body.complainant) if one is not None]
    refuse_unless(len({*sealed}) == len(sealed), event, "content and complainant have the same seal")
    count = check_number(record, event, subject)

    def change() -> None:
        count()
        record.complaints.by_subject[event.subject] = Complaint(event.at, body)
        record.seals.known.update(sealed)

    return change


def _handler(record: "Record", event: Event, body: object, subject: Subject) -> list[frozenset[str]]:
    return [frozenset([find_watcher(record, event, record.complaints.find(record, event).received.of)])]


def _decide(record: "Record", event: Event, decided: str) -> Change:
    complaint = record.complaints.find(record, event)
    refuse_unless(complaint.decided is None, event, "it is decided already whether it is taken up")

    def change() -> None:
        complaint.decided, complaint.decided_at = decided, event.at

    return change


@rule("complaint.accepted/1", ComplaintAccepted, COMPLAINT, slots=_handler)
def accept(record: "Record", event: Event, body: ComplaintAccepted, subject: Subject) -> Change:
    """It is taken up."""
    return _decide(record, event, "accepted")


@rule("complaint.passed/1", ComplaintPassed, COMPLAINT, slots=_handler)
def pass_on(record: "Record", event: Event, body: ComplaintPassed, subject: Subject) -> Change:
    """It goes to another authority."""
    return _decide(record, event, "passed")


@rule("complaint.declined/1", ComplaintDeclined, COMPLAINT, slots=_handler)
def decline(record: "Record", event: Event, body: ComplaintDeclined, subject: Subject) -> Change:
    """It is not taken up, for a listed reason."""
    return _decide(record, event, "declined")


@rule("complaint.answered/1", ComplaintAnswered, COMPLAINT, slots=_handler)
def answer(record: "Record", event: Event, body: ComplaintAnswered, subject: Subject) -> Change:
    """What came of a complaint that was taken up."""
    complaint = record.complaints.find(record, event)
    refuse_unless(complaint.decided == "accepted", event, "it was not taken up")
    refuse_unless(complaint.answered is None, event, "it is answered already")

    def change() -> None:
        complaint.answered, complaint.answered_at = body, event.at
        record.seals.known.add(body.answer.sealed)

    return change
