"""What each step of an inspection signs, from its receipt to its end; drawn or approved, the steps are the same."""

from collections.abc import Mapping, Sequence
from typing import Any

from ledger.cli.desk import Desk
from ledger.office.cases import Case
from ledger.office.events.body import Body
from ledger.office.events.cases import CaseReceived, CaseUrged, VisitRecorded, VisitScanned
from ledger.office.events.followup import (
    CaseClosed,
    CaseReinspected,
    CaseTransferred,
    PenaltyDecided,
    RectificationOrdered,
)
from ledger.office.events.inspections import InspectionApproved, InspectionCancelled
from ledger.office.events.publication import (
    PenaltyPublished,
    PublicationWithdrawn,
    ResultCorrected,
    ResultPublished,
    ResultSubmitted,
)
from ledger.office.inspections import find_target
from ledger.office.sealed import SealedCase
from ledger.proof.encoding import derive_day, format_time
from ledger.proof.errors import Refused

CARRIERS = ("platform", "portal")


def find_case(desk: Desk, subject: str) -> Case:
    """Return a case. Raises Refused if it was neither assigned nor approved."""
    case = desk.record.cases.by_subject.get(subject)
    if case is None and subject in desk.record.cases.sealed:
        raise Refused(f"{subject} is sealed: its sheet is disclosed first")
    if case is None:
        raise Refused(f"{subject} was neither assigned nor approved")
    return case


def find_any(desk: Desk, subject: str) -> Case | SealedCase:
    """Return a case, also a sealed one. Raises Refused if it was neither assigned nor approved."""
    return desk.record.cases.sealed.get(subject) or find_case(desk, subject)


def _homes(case: Case) -> list[str]:
    return sorted({case.homes[officer] for officer in case.officers})


def _home(case: Case | SealedCase, officer: str) -> str:
    if isinstance(case, SealedCase):
        return case.find_home(officer)
    if officer not in case.officers:
        raise Refused(f"{officer} is not on the case, which has {', '.join(case.officers)}")
    return case.homes[officer]


def receive_case(desk: Desk, subject: str, officer: str) -> int:
    """An officer's home unit says that the task was received."""
    unit = _home(find_any(desk, subject), officer)
    return desk.submit("case.received/1", subject, CaseReceived(officer=officer), unit)


def urge(desk: Desk, subject: str, officer: str, reason: str, unit: str | None = None) -> int:
    """A reminder, by the officer's home unit or the unit given."""
    home = _home(find_case(desk, subject), officer)
    body = CaseUrged.model_validate({"officer": officer, "reason": reason})
    return desk.submit("case.urged/1", subject, body, unit or home)


def enter_scan(desk: Desk, subject: str, scanned: int, reference: str, late: str | None = None) -> int:
    """The scan of the firm's supervision code, signed by the home units of all its officers."""
    body = VisitScanned.model_validate({"scanned": format_time(scanned), "reference": reference, "late": late})
    return desk.submit("visit.scanned/1", subject, body, *_homes(find_case(desk, subject)))


def derive_visit(case: Case, began: int, ended: int, problems: Sequence[str] = (), **more: Any) -> VisitRecorded:
    """Return what a visit says on which every item of the case was looked at.

    began, ended  Unix seconds
    problems      items found wanting
    more          fields that are otherwise: mode, party, party_reason, added, dropped, record
    """
    dropped = {item["id"] for item in more.get("dropped") or ()}
    added = [item["id"] for item in more.get("added") or ()]
    items = [item for item in (*case.items, *added) if item not in dropped]
    unknown = sorted(set(problems) - set(items))
    if unknown:
        raise Refused(f"{', '.join(unknown)}: not checked in this case, which has {', '.join(items)}")
    fields: Mapping[str, Any] = {
        "visited": derive_day(began),
        "began": format_time(began),
        "ended": format_time(ended),
        "mode": "on-site",
        "officers": case.officers,
        "items": [{"id": item, "finding": "problem" if item in problems else "conforms"} for item in items],
        "party": "signed",
    }
    return VisitRecorded.model_validate({**fields, **more})


def prepare_visit(desk: Desk, subject: str, body: VisitRecorded) -> bytes:
    """Sign a visit by the home units of all its officers; hand nothing in."""
    return desk.prepare("visit.recorded/1", subject, body, *_homes(find_case(desk, subject)))


def record_visit(desk: Desk, subject: str, body: VisitRecorded) -> int:
    """The visit, signed by the home units of all its officers."""
    return desk.submit("visit.recorded/1", subject, body, *_homes(find_case(desk, subject)))


def derive_result(result: str, summary: str) -> ResultSubmitted:
    """Return what the host section hands in."""
    return ResultSubmitted.model_validate({"result": result, "summary": summary})


def submit_result(desk: Desk, subject: str, result: str, summary: str) -> int:
    """The host section hands in the result."""
    return desk.submit("result.submitted/1", subject, derive_result(result, summary), find_case(desk, subject).host)


def derive_publication(case: Case, carriers: Sequence[str] = CARRIERS) -> ResultPublished:
    """Return the result as it is made public. Raises Refused if none was submitted."""
    if case.result is None:
        raise Refused(f"{case.code}: no result was submitted")
    fields = {"result": case.result.result, "summary": case.result.summary, "carriers": carriers}
    return ResultPublished.model_validate(fields)


def publish_result(desk: Desk, subject: str, carriers: Sequence[str] = CARRIERS) -> int:
    """The organiser makes the result public as it was submitted."""
    case = find_case(desk, subject)
    organiser = desk.office(case.office).organiser
    return desk.submit("result.published/1", subject, derive_publication(case, carriers), organiser)


def correct_result(desk: Desk, subject: str, result: str, summary: str, reason: str) -> int:
    """Another result takes the place of the one submitted."""
    case = find_case(desk, subject)
    body = ResultCorrected.model_validate({"result": result, "summary": summary, "reason": reason})
    return desk.submit("result.corrected/1", subject, body, case.host, desk.second(case.office, case.host))


def withdraw(desk: Desk, subject: str, of: str, reason: str, decided: str) -> int:
    """What was published is taken back."""
    office = desk.office(find_case(desk, subject).office)
    body = PublicationWithdrawn.model_validate({"of": of, "reason": reason, "decided": decided})
    return desk.submit("publication.withdrawn/1", subject, body, office.organiser, office.supervisor)


def _by_host(desk: Desk, subject: str, type: str, body: Body) -> int:
    return desk.submit(type, subject, body, find_case(desk, subject).host)


def order_rectification(desk: Desk, subject: str, due: str) -> int:
    """Every problem that stands is to be mended by a day."""
    problems = tuple(sorted(find_case(desk, subject).problems))
    if not problems:
        raise Refused(f"{subject}: no problem stands")
    return _by_host(desk, subject, "rectification.ordered/1", RectificationOrdered(items=problems, due=due))


def reinspect(desk: Desk, subject: str, visited: str, problems: Sequence[str] = ()) -> int:
    """What was ordered is looked at again; items in `problems` are still wanting."""
    case = find_case(desk, subject)
    items = case.ordered.items if case.ordered is not None else ()
    unknown = sorted(set(problems) - set(items))
    if unknown:
        raise Refused(f"{', '.join(unknown)}: not ordered to be put right, which {', '.join(items) or 'nothing'} is")
    found = [{"id": item, "finding": "problem" if item in problems else "conforms"} for item in items]
    body = CaseReinspected.model_validate({"visited": visited, "officers": case.officers, "items": found})
    return desk.submit("case.reinspected/1", subject, body, *_homes(case))


def transfer(desk: Desk, subject: str, to: str, reason: str) -> int:
    """The matter goes to another authority."""
    body = CaseTransferred.model_validate({"to": to, "reason": reason})
    return _by_host(desk, subject, "case.transferred/1", body)


def decide_penalty(desk: Desk, subject: str, number: str, kind: str, decided: str) -> int:
    """A penalty, by the host section and the leader."""
    case = find_case(desk, subject)
    body = PenaltyDecided.model_validate({"number": number, "kind": kind, "decided": decided})
    return desk.submit("penalty.decided/1", subject, body, case.host, desk.office(case.office).leader)


def publish_penalty(desk: Desk, subject: str, carriers: Sequence[str] = CARRIERS) -> int:
    """The organiser makes a penalty public."""
    organiser = desk.office(find_case(desk, subject).office).organiser
    return desk.submit(
        "penalty.published/1", subject, PenaltyPublished.model_validate({"carriers": carriers}), organiser
    )


def close_case(desk: Desk, subject: str, outcome: str) -> int:
    """The case ends."""
    return _by_host(desk, subject, "case.closed/1", CaseClosed.model_validate({"outcome": outcome}))


def approve_inspection(desk: Desk, office: str, fields: Mapping[str, Any]) -> str:
    """Approve an inspection without a draw, by the enterprise's host section and the leader; return its subject."""
    body = InspectionApproved.model_validate(fields)
    month = derive_day(desk.clock())[:7]
    target = find_target(desk.record, month, body.code)
    if target is None:
        raise Refused(f"{body.code} is not on the target roster of {month[:4]}")
    number = desk.record.cases.approved.get((office, month), 0) + 1
    subject = f"inspection/{office}/{month}/{number:03d}"
    host = desk.policy.sub_rosters[target.sub_roster].host
    desk.submit("inspection.approved/1", subject, body, host, desk.office(office).leader)
    return subject


def cancel_inspection(desk: Desk, subject: str, reason: str) -> int:
    """An approval is taken back before the visit."""
    case = find_case(desk, subject)
    body = InspectionCancelled.model_validate({"reason": reason})
    return desk.submit("inspection.cancelled/1", subject, body, case.host, desk.office(case.office).leader)
