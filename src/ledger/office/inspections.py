"""Inspections that no draw selected: approved first, then recorded and published like any other (R14, R40).

They are numbered without gaps, so that none is left out of the share of inspections that came from a draw (R1). A
planned one never takes its enterprise out of a draw's pool (R31), the others that count do at the cap, once officers
were there: before, an approval spares nobody, and a draw that overtakes it ends it. One that counts is refused to an
enterprise that was drawn or inspected as often in the year as the policy allows (国办发〔2024〕54号: yearly caps on
each firm).
"""

from typing import TYPE_CHECKING

from ledger.office.cases import Case
from ledger.office.events.inspections import InspectionApproved, InspectionCancelled
from ledger.office.fitness import check_cap, check_officers
from ledger.office.lists import parse_rows
from ledger.office.rows import ITEM, Target
from ledger.office.rule import SLOT, Change, Parties, Subject, refuse_unless, rule
from ledger.office.visits import derive_parties
from ledger.proof.encoding import derive_day
from ledger.proof.event import Event

if TYPE_CHECKING:
    from ledger.office.record import Record

SUBJECT = f"inspection/{SLOT}"


def find_target(record: "Record", month: str, code: str) -> Target | None:
    """Return an enterprise's newest row on the roster of a month's year; None where it is not listed."""
    listing = record.targets.approved.get(int(month[:4]), {}).get(code)
    return None if listing is None else listing.newest


def _host(record: "Record", event: Event, body: InspectionApproved, subject: Subject) -> Parties:
    target = find_target(record, subject["month"], body.code)
    sub_rosters = record.policy_at(event.at).sub_rosters
    known = target is not None and target.sub_roster in sub_rosters
    return {"host": frozenset([sub_rosters[target.sub_roster].host] if known and target is not None else [])}


@rule("inspection.approved/1", InspectionApproved, SUBJECT, check="cases", parties=_host)
def approve_inspection(record: "Record", event: Event, body: InspectionApproved, subject: Subject) -> Change:
    """The host section proposes, the leader approves, before anybody goes."""
    office, month, policy = subject["office"], subject["month"], record.policy_at(event.at)
    number = record.cases.approved.get((office, month), 0) + 1
    refuse_unless(subject["number"] == f"{number:03d}", event, f"the next number of the month is {number:03d}")
    refuse_unless(derive_day(event.at)[:7] == month, event, f"approved in {derive_day(event.at)[:7]}, numbered {month}")
    target = find_target(record, month, body.code)
    refuse_unless(target is not None, event, f"{body.code} is not on the target roster of {month[:4]}")
    assert target is not None
    refuse_unless(office in ("bureau", target.street), event, f"{body.code} is not an enterprise of {office}")
    is_hosted = target.sub_roster in policy.sub_rosters
    refuse_unless(is_hosted, event, f"the policy has no sub-roster {target.sub_roster}, so nobody hosts the inspection")
    refuse_unless(body.basis in policy.bases, event, f"legal basis {body.basis} is not in the policy")
    if body.line is not None:
        _check_planned(record, event, office, int(month[:4]), body.line, policy.sub_rosters[target.sub_roster].host)
    refuse_unless((body.line is not None) == (body.kind == "planned"), event, "a planned one names its plan line")
    homes = check_officers(record, event, body.officers, body.code, int(month[:4]), derive_day(event.at))
    listed = _check_items(record, event, body, target)
    _check_complaint(record, event, body)
    # An exempt visit because of one case names the complaint; else it counts like any other (T25).
    counted = body.kind not in policy.cap_exempt or (body.kind == "case-based" and body.complaint is None)
    if counted:
        check_cap(record, event, body.code, int(month[:4]))
    case = Case(
        office=office,
        code=body.code,
        host=policy.sub_rosters[target.sub_roster].host,
        items=body.items,
        listed=listed,
        officers=[*body.officers],
        homes=homes,
        since=event.at,
        counts=counted,
        approved=body,
    )

    def change() -> None:
        record.cases.approved[office, month] = number
        record.cases.by_subject[event.subject] = case
        if body.complaint is not None:
            record.cases.followed.add((body.complaint, body.code))
        if counted:
            record.cases.inspected[int(month[:4])][body.code] += 1

    return change


def _check_planned(record: "Record", event: Event, office: str, year: int, named: str, host: str) -> None:
    """A planned one is of a line of the plan, or of an own task of the section that hosts it (R14)."""
    task = record.plans.task(record, event, office, year, named)
    if task is None:
        record.plans.line(record, event, office, year, named)
    else:
        refuse_unless(task.unit == host, event, f"own task {named} is of {task.unit}, and {host} hosts this enterprise")


def _check_complaint(record: "Record", event: Event, body: InspectionApproved) -> None:
    """A complaint that is named was received, not declined, and leads to one inspection of a firm."""
    if body.complaint is None:
        return
    complaint = record.complaints.by_subject.get(f"complaint/{body.complaint}")
    is_open = complaint is not None and complaint.decided != "declined"
    refuse_unless(is_open, event, f"complaint {body.complaint} was not received, or was declined")
    is_new = (body.complaint, body.code) not in record.cases.followed
    refuse_unless(is_new, event, f"complaint {body.complaint} led to an inspection of {body.code} already")


def _check_items(record: "Record", event: Event, body: InspectionApproved, target: Target) -> frozenset[str]:
    """Return the ids of the published list. Each item is on it, and applies to the enterprise (R38)."""
    refuse_unless(record.plans.items is not None, event, "no check-item list is published")
    assert record.plans.items is not None
    items = {item.id: item for item in parse_rows(record.lists.leaves(record.plans.items), ITEM)}
    for id in body.items:
        refuse_unless(id in items, event, f"item {id} is not on the published list")
        is_applicable = items[id].is_applicable(target.sub_roster, target.tags or ())
        refuse_unless(is_applicable, event, f"item {id} does not apply to {body.code}")
    return frozenset(items)


@rule("inspection.cancelled/1", InspectionCancelled, SUBJECT, check="cases", parties=derive_parties)
def cancel_inspection(record: "Record", event: Event, body: InspectionCancelled, subject: Subject) -> Change:
    """An approval is taken back before the visit; its number stays used."""
    case = record.cases.find(event)
    refuse_unless(case.visit is None, event, "the visit is recorded already")
    refuse_unless(case.scanned is None, event, "the supervision code was scanned: the officers were there")

    def change() -> None:
        del record.cases.by_subject[event.subject]
        record.cases.cancelled[event.subject] = case
        if case.counts:
            record.cases.inspected[int(subject["month"][:4])][case.code] -= 1

    return change
