"""One inspection, from its sheet on: who inspects, and only these events change it (T20).

Each case is a subject of its own, so that two officers never stand in each other's way; a drawn case begins once the
supervisor has attested the draw. What is done in it is in `visits` and `followup`, what is made public is in
`publication`; inspections that no draw selected are in `inspections`.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ledger.office.draws import Draw
from ledger.office.events.cases import (
    CaseAssigned,
    VisitRecorded,
)
from ledger.office.events.draws import FrozenSource
from ledger.office.events.followup import CaseClosed, PenaltyDecided, RectificationOrdered
from ledger.office.events.inspections import InspectionApproved
from ledger.office.events.publication import ResultPublished, ResultSubmitted
from ledger.office.outcome import Sheet
from ledger.office.policy import SERVICE
from ledger.office.results import derive_draw_outcome
from ledger.office.rule import SLOT, Change, Parties, Subject, check_same, refuse_unless, rule
from ledger.office.sealed import Claim, SealedCase
from ledger.proof.encoding import Hex, derive_day
from ledger.proof.errors import Mismatch, Refused
from ledger.proof.event import Event
from ledger.proof.merkle import check_inclusion

if TYPE_CHECKING:
    from ledger.office.record import Record

CASE = f"case/{SLOT}/(?P<case>[0-9]{{4,6}})"


@dataclass(slots=True)
class Recusal:
    """An officer who has left a case, and the randomness that will say who follows.

    renewals  how often it was made anew, having lapsed without witnesses
    """

    officer: str
    index: int
    entry: bytes
    draw_at: int
    source: FrozenSource
    renewals: int = 0
    witnessed_at: int | None = None
    witnessed_by: str | None = None


@dataclass(slots=True)
class Publication:
    """One step of a case's publication, kept for good: what was done, when, the entry that did it, and where."""

    kind: str
    at: int
    index: int
    carriers: tuple[str, ...] = ()


@dataclass(slots=True)
class Case:
    """An inspection, drawn or approved: what is checked where, who inspects now, seat by seat, and what came of it.

    drawn     its draw and its sheet; None where it was approved without a draw (R40)
    approved  what was approved; None where it was drawn
    homes     officer -> home unit, of everybody who may come on the case
    since     the time, in Unix seconds, before which no visit began: T, or the approval
    staffed   index of the entry by which the newest officer came on it; None while they are the first ones
    shown     the result as it is public now, which may have been corrected since; None where none is
    counts    whether it counts for the yearly cap, of those that were approved
    """

    office: str
    code: str
    host: str
    items: tuple[str, ...]
    listed: frozenset[str]
    officers: list[str]
    homes: Mapping[str, str]
    since: int
    counts: bool = False
    staffed: int | None = None
    is_reinspected: bool = False
    drawn: tuple[Draw, Sheet] | None = None
    approved: InspectionApproved | None = None
    former: list[str] = field(default_factory=list)
    replaced: dict[int, int] = field(default_factory=dict)
    recusals: dict[str, Recusal] = field(default_factory=dict)
    received: dict[str, int] = field(default_factory=dict)
    visit: VisitRecorded | None = None
    scanned: int | None = None
    ordered: RectificationOrdered | None = None
    problems: frozenset[str] = frozenset()
    transferred: bool = False
    penalty: PenaltyDecided | None = None
    result: ResultSubmitted | None = None
    published: int | None = None
    shown: ResultPublished | None = None
    penalty_published: int | None = None
    publications: list[Publication] = field(default_factory=list)
    closed: CaseClosed | None = None

    @property
    def draw(self) -> Draw:
        """The draw that it came from. Raises Refused where it came from none."""
        return self._drawn()[0]

    @property
    def sheet(self) -> Sheet:
        """Its sheet of the draw's outcome. Raises Refused where it came from no draw."""
        return self._drawn()[1]

    def has(self, officer: str) -> bool:
        """Tell whether an officer is on the case."""
        return officer in self.officers

    def open_recusals(self) -> list[Recusal]:
        """Return the recusals of officers who are still on the case."""
        return [recusal for recusal in self.recusals.values() if self.has(recusal.officer)]

    def decide(self, index: int, event: Event, claim: Claim) -> Change:
        """Return the change that an event asks for. Raises LedgerError where the case does not bear it out."""
        return claim(self, event)

    def _drawn(self) -> tuple[Draw, Sheet]:
        if self.drawn is None:
            raise Refused(f"the inspection of {self.code} was approved without a draw")
        return self.drawn


@dataclass(slots=True)
class Cases:
    """All cases by subject, drawn and approved.

    sealed     drawn ones whose sheets are not shown yet
    undisclosed  those whose sheets the reveal alone has shown, and no entry has written down yet
    unfounded  drawn ones that were disclosed under a root that proved invented: they count for nothing
    approved   (office, month) -> how many inspections were approved without a draw
    cancelled  those of them that were cancelled
    inspected  year -> code -> how many that count for the yearly cap
    followed   (complaint, code) of those approved because of a complaint
    """

    by_subject: dict[str, Case] = field(default_factory=dict)
    sealed: dict[str, SealedCase] = field(default_factory=dict)
    undisclosed: set[str] = field(default_factory=set)
    unfounded: dict[str, Case] = field(default_factory=dict)
    approved: dict[tuple[str, str], int] = field(default_factory=dict)
    cancelled: dict[str, Case] = field(default_factory=dict)
    followed: set[tuple[str, str]] = field(default_factory=set)
    inspected: defaultdict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def count_unplanned(self, year: int) -> Counter[str]:
        """Return code -> how many inspections of a year that no draw selected count in a draw's pool (R31, T25).

        Only where officers were there: an approval can be cancelled, and would spare whom nobody ever visits. None
        that was planned counts, nor one of an exempt kind.
        """
        return Counter(
            case.code
            for case in self.by_subject.values()
            if case.approved is not None
            and case.counts
            and case.approved.kind != "planned"
            and (case.scanned is not None or case.visit is not None)
            and derive_day(case.since)[:4] == str(year)
        )

    def find(self, event: Event) -> Case:
        """Return the case that an event is about. Raises Refused if it was not assigned."""
        case = self.by_subject.get(event.subject)
        if case is None and event.subject in self.sealed:
            raise Refused(f"{event.type} on {event.subject}: the case is sealed, its sheet is disclosed first")
        if case is None:
            raise Refused(f"{event.type} on {event.subject}: the case was not assigned")
        return case

    def find_any(self, event: Event) -> Case | SealedCase:
        """Return the case that an event is about, also one that is sealed. Raises Refused if it was not assigned."""
        return self.sealed.get(event.subject) or self.find(event)


def find_parties(record: "Record", event: Event, body: object, subject: Subject) -> Parties:
    """Find the host section of a case, and the home units of its officers."""
    slot = f"{subject['office']}/{subject['month']}/{subject['number']}"
    draw = record.draws.by_slot.get(slot)
    refuse_unless(draw is not None and draw.executed, event, "its draw is not executed")
    assert draw is not None
    case = record.cases.by_subject.get(event.subject)
    if draw.is_hidden and case is None:
        return derive_sealed_parties(draw, body)
    if case is not None:
        return derive_case_parties(case, body)
    sheets = derive_draw_outcome(draw).sheets
    number = int(subject["case"])
    refuse_unless(1 <= number <= len(sheets), event, f"the outcome has {len(sheets)} sheets")
    sheet = sheets[number - 1]
    refuse_unless(subject["case"] == sheet.number, event, f"the sheet's number is written {sheet.number}")
    return derive_case_parties(make_case(draw, sheet), body)


def derive_case_parties(case: Case, body: object) -> Parties:
    """Find the host section, the home units of all officers now on the case, and that of the officer in the body."""
    officer = getattr(body, "officer", None)
    return {
        "host": frozenset([case.host]),
        "homes": frozenset(case.homes[one] for one in case.officers),
        "section": frozenset([case.homes[officer]] if officer in case.officers else []),
    }


def derive_sealed_parties(draw: Draw, body: object) -> Parties:
    """Find who may act on a sealed case: the service or the organiser, in the place of the host section, which would
    tell whose it is, hands it on; each home unit speaks for its own officers."""
    home = draw.ground.homes.get(getattr(body, "officer", ""))
    return {
        "host": frozenset([SERVICE, draw.policy.offices[draw.office].organiser]),
        "section": frozenset([home] if home is not None else []),
    }


@rule("case.assigned/1", CaseAssigned, CASE, check="cases", parties=find_parties)
def assign_case(record: "Record", event: Event, body: CaseAssigned, subject: Subject) -> Change:
    """The sheet's officers receive the case."""
    draw = record.draws.by_slot[f"{subject['office']}/{subject['month']}/{subject['number']}"]
    is_assigned = event.subject in record.cases.by_subject or event.subject in record.cases.sealed
    refuse_unless(not is_assigned, event, "it is assigned already")
    refuse_unless(draw.attested is True, event, "the supervisor has not attested the outcome, or disagrees with it")
    newest = record.heads[f"draw/{draw.slot}"]
    if event.seen.size <= newest:
        raise Mismatch(
            f"{event.type} on {event.subject}: seen a log of size {event.seen.size}, which does not cover "
            f"the draw's newest station, entry {newest}"
        )
    if draw.is_hidden:
        return _assign_sealed(record, draw, event, body, subject["case"])
    sheet = derive_draw_outcome(draw).sheets[int(subject["case"]) - 1]
    check_same("code", body.code, sheet.code)
    check_same("officers", body.officers, sheet.officers)
    check_same("leaf and path", (body.leaf, body.path), (None, None))

    def change() -> None:
        record.cases.by_subject[event.subject] = make_case(draw, sheet)

    return change


def _assign_sealed(record: "Record", draw: Draw, event: Event, body: CaseAssigned, number: str) -> Change:
    """A sheet is handed on unseen: what stands in the record is its leaf, under the root that was executed."""
    assert draw.claimed is not None
    count = draw.claimed.count
    is_sheet = number == f"{int(number):04d}" and 1 <= int(number) <= count
    refuse_unless(is_sheet, event, f"the outcome has {count} sheets")
    check_same("code and officers", (body.code, body.officers), (None, None))
    refuse_unless(body.leaf is not None and body.path is not None, event, "a sealed case has its leaf and path")
    assert body.leaf is not None
    assert body.path is not None
    path = [bytes.fromhex(node) for node in body.path]
    check_inclusion(bytes.fromhex(body.leaf), int(number) - 1, count, path, bytes.fromhex(draw.claimed.root))
    sealed = SealedCase(draw, number, Hex(body.leaf))

    def change() -> None:
        record.cases.sealed[event.subject] = sealed

    return change


def make_case(draw: Draw, sheet: Sheet) -> Case:
    """Return a drawn case as it begins."""
    return Case(
        office=draw.office,
        code=sheet.code,
        host=sheet.host,
        items=sheet.items,
        listed=frozenset(item.id for item in draw.ground.items),
        officers=list(sheet.officers),
        homes=draw.ground.homes,
        since=draw.draw_at,
        drawn=(draw, sheet),
    )


def find_sheets(record: "Record", draw: Draw) -> tuple[Sheet, ...]:
    """Return the sheets of a recorded outcome that are public: all, or of a sealed draw those that hosts have shown."""
    if draw.has_outcome:
        return derive_draw_outcome(draw).sheets
    start = f"case/{draw.slot}/"
    cases = record.cases.by_subject.items()
    return tuple(case.sheet for subject, case in sorted(cases) if subject.startswith(start))
