"""What the officers of a case do: receive it, are urged, scan, visit.

The same rules serve drawn cases and inspections that were approved without a draw (R40, R44).
"""

from functools import partial
from typing import TYPE_CHECKING

from ledger.office.cases import Case, derive_case_parties, derive_sealed_parties
from ledger.office.events.cases import CaseReceived, CaseUrged, CheckedItem, VisitRecorded, VisitScanned
from ledger.office.fitness import check_day
from ledger.office.rule import SLOT, Change, Parties, Subject, check_same, refuse_unless, rule
from ledger.proof.encoding import derive_day, format_time, parse_time
from ledger.proof.event import Event

if TYPE_CHECKING:
    from ledger.office.record import Record

INSPECTION = f"(?:case|inspection)/{SLOT}(?:/(?P<case>[0-9]{{4,6}}))?"
"""A drawn case, or an inspection that was approved; which of them there are, `Cases.find` knows."""


def derive_parties(record: "Record", event: Event, body: object, subject: Subject) -> Parties:
    """Find the host section, the home units of all officers now on the case, and that of the officer in the body."""
    sealed = record.cases.sealed.get(event.subject)
    if sealed is not None and isinstance(body, CaseReceived):
        return derive_sealed_parties(sealed.draw, body)
    return derive_case_parties(record.cases.find(event), body)


def check_open(event: Event, case: Case) -> None:
    """Check that a case is not closed. Raises Refused."""
    refuse_unless(case.closed is None, event, "the case is closed")


def check_staffed(event: Event, case: Case) -> None:
    """Check that every seat has its officer. Raises Refused, naming who is recused."""
    waiting = [officer for officer in case.officers if officer in case.recusals]
    refuse_unless(not waiting, event, f"{' and '.join(waiting)} is recused and not yet replaced")


@rule("case.received/1", CaseReceived, INSPECTION, check="cases", parties=derive_parties)
def receive_case(record: "Record", event: Event, body: CaseReceived, subject: Subject) -> Change:
    """An officer's home unit says that the task was received (R14, R22)."""
    case = record.cases.find_any(event)
    refuse_unless(case.visit is None, event, "the visit is recorded already")
    return case.decide(record.size, event, partial(_receive, officer=body.officer))


def _receive(case: Case, event: Event, officer: str) -> Change:
    refuse_unless(officer not in case.received, event, f"{officer} has received it already")
    refuse_unless(officer not in case.recusals, event, f"{officer} is recused")
    refuse_unless(case.has(officer), event, f"{officer} is not on the case")

    def change() -> None:
        case.received[officer] = event.at

    return change


def _urging_slots(record: "Record", event: Event, body: CaseUrged, subject: Subject) -> list[frozenset[str]]:
    """One signature: of the officer's home unit (R16), or of the office's supervisor (R15)."""
    policy = record.policy_at(event.at)
    section = derive_parties(record, event, body, subject)["section"]
    supervisor = policy.offices[subject["office"]].supervisor if subject["office"] in policy.offices else None
    return [section | ({supervisor} if supervisor else set())]


@rule("case.urged/1", CaseUrged, INSPECTION, check="cases", parties=derive_parties, slots=_urging_slots)
def urge(record: "Record", event: Event, body: CaseUrged, subject: Subject) -> Change:
    """A reminder says what is missing, and only what is."""
    case = record.cases.find(event)
    check_open(event, case)
    refuse_unless(body.officer in case.officers, event, f"{body.officer} is not on the case")
    refuse_unless(body.officer not in case.recusals, event, f"{body.officer} is recused")
    is_missing = {
        "not-received": case.visit is None and body.officer not in case.received,
        "visit-due": case.visit is None,
        "result-due": case.visit is not None and case.result is None,
    }
    refuse_unless(is_missing[body.reason], event, f"{body.reason}: that is done")
    return lambda: None


@rule("visit.scanned/1", VisitScanned, INSPECTION, check="cases", parties=derive_parties)
def scan(record: "Record", event: Event, body: VisitScanned, subject: Subject) -> Change:
    """The scan of the firm's supervision code; what was entered later says why, and ten days later is too late."""
    case = record.cases.find(event)
    check_open(event, case)
    scanned, days = parse_time(body.scanned), record.policy_at(event.at).periods.scan_entry_days
    refuse_unless(case.scanned is None, event, "a scan is entered already")
    refuse_unless(scanned <= event.at, event, f"scanned at {body.scanned}, which is yet to come")
    first = format_time(case.since)
    refuse_unless(scanned >= case.since, event, f"scanned at {body.scanned}, before {first}")
    is_late = derive_day(scanned) < derive_day(event.at)
    refuse_unless(not is_late or body.late, event, "entered on a later day than it was made, and no reason is given")
    refuse_unless(event.at - scanned <= days * 86_400, event, f"entered more than {days} days after it was made")
    day = derive_day(scanned)
    check_day(record, event, case, int(subject["month"][:4]), day, day)

    def change() -> None:
        case.scanned = scanned

    return change


def find_problems(items: tuple[CheckedItem, ...]) -> frozenset[str]:
    """Return the items on which a problem was found."""
    return frozenset(item.id for item in items if item.finding == "problem")


def derive_first(record: "Record", case: Case) -> int:
    """Return the time, in Unix seconds, before which nobody was there: drawn, approved, put on the case (T20)."""
    return case.since if case.staffed is None else max(case.since, record.stood_by(case.staffed))


@rule("visit.recorded/1", VisitRecorded, INSPECTION, check="cases", parties=derive_parties)
def record_visit(record: "Record", event: Event, body: VisitRecorded, subject: Subject) -> Change:
    """The visit: every drawn item is found on, or dropped with a reason; added ones are on the list (R38, Q1)."""
    case = record.cases.find(event)
    refuse_unless(case.visit is None, event, "the visit is recorded already")
    check_staffed(event, case)
    check_same("officers", body.officers, tuple(case.officers))
    refuse_unless(body.visited <= derive_day(event.at), event, f"visited on {body.visited}, which is yet to come")
    began, ended = parse_time(body.began), parse_time(body.ended)
    refuse_unless(derive_day(began) == body.visited, event, f"began at {body.began}, not on {body.visited}")
    first = derive_first(record, case)
    refuse_unless(began >= first, event, f"began at {body.began}, expected {format_time(first)} or later")
    refuse_unless(began < ended <= event.at, event, f"from {body.began} to {body.ended}, recorded before its end")
    check_day(record, event, case, int(subject["month"][:4]), body.visited, derive_day(ended))
    is_unsigned = body.party != "signed"
    refuse_unless((body.party_reason is not None) == is_unsigned, event, "why the party did not sign, and only then")
    drawn = set(case.items)
    added, dropped = {item.id for item in body.added or ()}, {item.id for item in body.dropped or ()}
    found = [item.id for item in body.items]
    refuse_unless(added <= case.listed - drawn, event, "an added item is not on the published list, or was drawn")
    refuse_unless(dropped <= drawn, event, "a dropped item was not drawn")
    check_same("items", sorted(found), sorted((drawn | added) - dropped))
    refuse_unless(found, event, "no item was checked")

    def change() -> None:
        case.visit, case.problems = body, find_problems(body.items)
        if body.record is not None:
            record.seals.known.add(body.record.sealed)

    return change
