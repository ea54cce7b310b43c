"""The facts of one inspection, drawn or approved, as its documents need them (R22, R24, R38)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ledger.office.cases import Case, find_sheets
from ledger.office.events.cases import VisitRecorded
from ledger.office.events.inspections import InspectionApproved
from ledger.office.events.plans import ItemsPublished
from ledger.office.lists import parse_rows
from ledger.office.outcome import Sheet
from ledger.office.policy import Policy
from ledger.office.record import Record
from ledger.office.rows import ITEM, Item, Officer, Target
from ledger.office.rule import SLOT
from ledger.papers.page import Words
from ledger.proof.encoding import derive_day
from ledger.proof.errors import Refused

SEALED = Words("（姓名封存）", "(the name is sealed)")
NOTHING = "—"

_SUBJECT = re.compile(f"inspection/{SLOT}")

Meanings = Mapping[str, tuple[str, str]]
"""id -> its meaning in Chinese and in English"""


@dataclass(frozen=True, slots=True)
class Names:
    """What the reader's own openings give: id -> name, of enterprises and officers; officer -> certificate number."""

    names: Mapping[str, str]
    certificates: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """One inspection.

    office    whose inspection it is: the bureau, or a street
    year      whose rosters it goes by
    kind      the draw's kind, or the kind of inspection that was approved
    line      the plan's line, id and title; None where there is none
    items     the items that are its own: drawn or approved, in order
    listed    every item of the list that it goes by
    edition   of that list; None where it is not known
    officers  who inspects now, seat by seat
    left      officer who left -> who follows (None: not known yet)
    deadline  the day by which it is visited
    newest    index of its newest entry; of its draw's where it is not assigned yet
    voided    why its draw was voided; None where it was not
    """

    subject: str
    office: str
    year: int
    origin: str
    policy: Policy
    kind: str
    basis: str
    line: tuple[str, str] | None
    target: Target
    host: str
    items: tuple[Item, ...]
    listed: Mapping[str, Item]
    root: str
    edition: str | None
    officers: tuple[Officer, ...]
    left: Mapping[str, str | None]
    deadline: str
    newest: int
    drawn: Sheet | None
    approved: InspectionApproved | None
    visit: VisitRecorded | None
    voided: str | None = None

    def unit(self, unit: str) -> Words:
        """Return a unit's name by the policy that the case goes by; its id where it has none there."""
        known = self.policy.units.get(unit)
        return Words(unit, unit) if known is None else Words(known.names.zh, known.names.en)


def derive_case_facts(record: Record, subject: str) -> CaseFacts:
    """Return the facts of a case, assigned or only drawn, or of an approved inspection.

    subject  `case/<slot>/<nnnn>` or `inspection/<slot>`

    Raises Refused if the record has none of that name.
    """
    case = record.cases.by_subject.get(subject)
    if case is not None and case.approved is not None:
        return _of_approved(record, subject, case, case.approved)
    slot, _, number = subject.removeprefix("case/").rpartition("/")
    draw = record.draws.by_slot.get(slot)
    sheets = find_sheets(record, draw) if draw is not None else ()
    sheet = next((sheet for sheet in sheets if sheet.number == number), None)
    if draw is not None and draw.owes_reveal and sheet is None:
        raise Refused(f"{subject}: it is sealed until {draw.reveal_due}, or until its sheet is disclosed")
    if draw is None or sheet is None or not subject.startswith("case/"):
        raise Refused(f"{subject}: no such case was drawn, and no such inspection approved")
    seats = case.officers if case is not None else sheet.officers
    officers = {leaf.officer.id: leaf.officer for leaf in draw.ground.officers}
    listed = {item.id: item for item in draw.ground.items}
    plans = reversed(record.plans.approved[draw.office, int(draw.month[:4])])
    lines = (line for _, plan in plans for line in plan.lines if line.id == draw.opened.line)
    return CaseFacts(
        subject=subject,
        office=draw.office,
        year=int(draw.month[:4]),
        origin=record.origin or "",
        policy=draw.policy,
        kind=draw.opened.kind,
        basis=draw.opened.basis,
        line=next((line.id, line.title) for line in lines),
        target=next(leaf.target for leaf in draw.ground.pool if leaf.target.id == sheet.code),
        host=sheet.host,
        items=tuple(listed[id] for id in sheet.items),
        listed=listed,
        root=draw.ground.items_ref.root,
        edition=record.plans.edition_of(draw.ground.items_ref.root),
        officers=tuple(officers[id] for id in seats),
        left=_find_left(case, sheet.officers),
        deadline=sheet.deadline,
        newest=record.heads.get(subject, record.heads[f"draw/{slot}"]),
        drawn=sheet,
        approved=None,
        visit=case.visit if case is not None else None,
        voided=draw.voided,
    )


def _find_left(case: Case | None, drawn: tuple[str, ...]) -> dict[str, str | None]:
    """Return who left the case -> who sits in that seat now."""
    if case is None:
        return {}
    left: dict[str, str | None] = dict.fromkeys(officer for officer in case.recusals if officer in case.officers)
    seats = zip(drawn, case.officers, strict=True)
    return left | {before: now for before, now in seats if before != now}


def _find_edition(record: Record, case: Case) -> tuple[ItemsPublished, dict[str, Item]]:
    """Return the edition of the item list that an inspection was approved under, and its items.

    It has the items that the case knows as listed; of several such ones it is the newest of before.
    """
    fitting = []
    for one in reversed(record.plans.editions):
        index, edition = one.index, one.published
        items = {item.id: item for item in parse_rows(record.lists.leaves(edition.list), ITEM)}
        if items.keys() == case.listed:
            fitting.append((edition, items))
            if record.times[index] <= case.since:
                return edition, items
    return fitting[0]


def _of_approved(record: Record, subject: str, case: Case, approved: InspectionApproved) -> CaseFacts:
    found = _SUBJECT.fullmatch(subject)
    assert found is not None  # the record has it
    year, policy = int(found["month"][:4]), record.policy_at(case.since)
    versions = record.targets.roster(year)[case.code].versions
    known = (row for index, row in reversed(versions) if record.times[index] <= case.since)
    edition, listed = _find_edition(record, case)
    rows = {id: row for roster in record.officers.rosters(year).values() for id, row in roster.items()}
    plans = record.plans.approved.get((case.office, year), [])
    lines = (line for _, plan in reversed(plans) for line in plan.lines if line.id == approved.line)
    return CaseFacts(
        subject=subject,
        office=case.office,
        year=year,
        origin=record.origin or "",
        policy=policy,
        kind=approved.kind,
        basis=approved.basis,
        line=next(((line.id, line.title) for line in lines), None),
        target=next(known, versions[0][1]),
        host=case.host,
        items=tuple(listed[id] for id in case.items),
        listed=listed,
        root=edition.list.root,
        edition=edition.edition,
        officers=tuple(rows[id] for id in case.officers),
        left={},
        deadline=derive_day(case.since + policy.periods.visit_days * 86_400),
        newest=record.heads[subject],
        drawn=None,
        approved=approved,
        visit=case.visit,
    )
