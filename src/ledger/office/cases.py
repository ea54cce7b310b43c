"""One inspection, from its sheet on: who inspects, and only these events change it (T20).

Each case is a subject of its own, so that two officers never stand in each other's way; a drawn case begins once the
supervisor has attested the draw. What is done in it is in `visits` and `followup`, what is made public is in
`publication`; inspections that no draw selected are in `inspections`.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from ledger.office.draws import Draw, check_unknown, derive_source
from ledger.office.events.cases import (
    CaseAssigned,
    OfficerRecused,
    OfficerReplaced,
    RecusalWitnessed,
    VisitRecorded,
)
from ledger.office.events.draws import FrozenSource
from ledger.office.events.followup import CaseClosed, PenaltyDecided, RectificationOrdered
from ledger.office.events.inspections import InspectionApproved
from ledger.office.events.publication import ResultPublished, ResultSubmitted
from ledger.office.outcome import Sheet
from ledger.office.policy import SERVICE, Policy
from ledger.office.results import check_result, derive_draw_outcome, parse_result
from ledger.office.rule import SLOT, Change, Parties, Subject, check_same, refuse_unless, rule
from ledger.office.sealed import Claim, SealedCase
from ledger.office.shares import check_witnessed
from ledger.proof.draw import Case as DrawnCase
from ledger.proof.draw import choose_replacement, derive_replacement_seed
from ledger.proof.encoding import Hex, derive_day, parse_time
from ledger.proof.errors import LedgerError, Mismatch, Refused
from ledger.proof.event import Event
from ledger.proof.merkle import check_inclusion
from ledger.proof.randomness import WITNESS_LEAD_SECONDS, Result

if TYPE_CHECKING:
    from ledger.office.record import Record

CASE = f"case/{SLOT}/(?P<case>[0-9]{{4,6}})"


@dataclass(slots=True)
class Recusal:
    """An officer who has left a case, and the randomness that will say who follows."""

    officer: str
    index: int
    entry: bytes
    draw_at: int
    source: FrozenSource
    is_renewed: bool = False
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


def _roster(draw: Draw, officer: str) -> str:
    return next(leaf.roster for leaf in draw.ground.officers if leaf.officer.id == officer)


def _parties(record: "Record", event: Event, body: object, subject: Subject) -> Parties:
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


@rule("case.assigned/1", CaseAssigned, CASE, check="cases", parties=_parties)
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


@rule("officer.recused/1", OfficerRecused, CASE, check="replacement", parties=_parties)
def recuse_officer(record: "Record", event: Event, body: OfficerRecused, subject: Subject) -> Change:
    """An officer leaves, before the visit or a re-inspection; what replaces lies ten minutes ahead at least (T19)."""
    case = record.cases.find_any(event)
    policy = case.draw.policy
    draw_at, lead = parse_time(body.draw_at), policy.periods.replacement_lead_seconds
    is_to_come = case.visit is None or case.ordered is not None
    refuse_unless(is_to_come, event, "the visit is recorded already, and nothing is to be looked at again")
    refuse_unless(case.has(body.officer), event, f"{body.officer} is not on the case")
    refuse_unless(draw_at >= event.at + lead, event, f"T′ {body.draw_at} is less than {lead} s ahead")
    source = derive_source(policy.source(policy.randomness.replacement), draw_at, body.issue)
    refuse_unless(
        (source.kind == "lottery") == (body.issue is not None), event, "a lottery's issue, and only that, is named"
    )
    check_unknown(record, event, source)
    recusal = Recusal(body.officer, record.size, event.entry, draw_at, source)
    lapsed = {one.index for one in case.open_recusals() if one.officer == body.officer and _is_past(record, event, one)}
    decided = case.decide(record.size, event, partial(_recuse, recusal=recusal, lapsed=lapsed))

    def change() -> None:
        if isinstance(case, SealedCase):
            case.recusals.append(recusal)
        decided()

    return change


def _recuse(case: Case, event: Event, recusal: Recusal, lapsed: set[int]) -> Change:
    """An officer who is on the case leaves it; one who is recused already only if that has lapsed, and only once more.

    Who follows then comes from the fallback roster, so that letting one lapse does not draw again among friends.
    """
    officer = recusal.officer
    refuse_unless(case.has(officer), event, f"{officer} is not on the case")
    before = case.recusals.get(officer)
    is_free = before is None or (before.index in lapsed and not before.is_renewed)
    refuse_unless(is_free, event, f"{officer} is recused already")

    def change() -> None:
        case.recusals[officer] = replace(recusal, is_renewed=before is not None)

    return change


def _is_past(record: "Record", event: Event, recusal: Recusal) -> bool:
    """Tell whether a recusal's time has come without a quorum that saw it before."""
    return max(event.at, record.attested_now()) >= recusal.draw_at and recusal.witnessed_at is None


@rule("recusal.witnessed/1", RecusalWitnessed, CASE, check="replacement")
def witness_recusal(record: "Record", event: Event, body: RecusalWitnessed, subject: Subject) -> Change:
    """The quorum had seen the open recusals a minute before the randomness that replaces."""
    case = record.cases.find_any(event)
    waiting = [recusal for recusal in case.open_recusals() if recusal.witnessed_at is None]
    refuse_unless(waiting, event, "no recusal waits for its witnesses")
    policy = case.draw.policy
    size, _ = record.checked_checkpoint(body.checkpoint, policy)
    covered = [recusal for recusal in waiting if recusal.index < size]
    refuse_unless(covered, event, f"the checkpoint of size {size} covers no recusal that waits")
    # One that comes too late for its own randomness must not hold up the others.
    last = max(covered, key=lambda recusal: recusal.draw_at)
    seconds = check_witnessed(record, event, policy, body.checkpoint, last.index, last.draw_at)

    def change() -> None:
        for recusal in covered:
            if seconds < recusal.draw_at - WITNESS_LEAD_SECONDS:
                recusal.witnessed_at, recusal.witnessed_by = seconds, body.checkpoint
        record.attest(size, seconds)

    return change


def derive_replacement(case: Case, recusal: Recusal, result: Result) -> str:
    """Return who follows a recused officer."""
    draw, sheet = case.draw, case.sheet
    seat = case.officers.index(recusal.officer)
    return choose_replacement(
        derive_replacement_seed(recusal.entry, result),
        DrawnCase(sheet.ticket, sheet.code, sheet.street or ""),
        _roster(draw, recusal.officer),
        {*case.officers, *case.former},
        seat in case.replaced or recusal.is_renewed,
        draw.ground.rosters(),
    )


def _replacing_slots(record: "Record", event: Event, body: OfficerReplaced, subject: Subject) -> list[frozenset[str]]:
    units = frozenset(record.policy_at(event.at).units)
    return [units, units] if body.result.kind == "lottery" else [units]


@rule("officer.replaced/1", OfficerReplaced, CASE, check="replacement", slots=_replacing_slots)
def replace_officer(record: "Record", event: Event, body: OfficerReplaced, subject: Subject) -> Change:
    """Who follows is derived, never chosen; any unit may bring the randomness.

    Of a sealed case only who holds the shares can derive it, and signs: nobody else could tell it from a false one.
    """
    case = record.cases.find_any(event)
    is_known = not isinstance(case, SealedCase) or case.draw.is_held_by(event.unit)
    refuse_unless(is_known, event, f"{event.unit} does not hold the shares")
    policy = case.draw.policy
    recusals = [recusal for recusal in case.open_recusals() if recusal.officer == body.recused]
    refuse_unless(recusals, event, f"{body.recused} is not recused")
    result = parse_result(body.result, policy.source(policy.randomness.replacement))
    served = _find_served(record, event, policy, recusals, result)
    return case.decide(
        record.size, event, partial(_replace, body=body, result=result, served=served, index=record.size)
    )


def _find_served(
    record: "Record", event: Event, policy: Policy, recusals: list[Recusal], result: Result
) -> frozenset[int]:
    """Return the indexes of those recusals that are witnessed, and whose randomness this is. Raises if it is none's."""
    served, refused = set(), []
    for recusal in recusals:
        try:
            is_seen = policy.witnesses.quorum == 0 or recusal.witnessed_at is not None
            refuse_unless(is_seen, event, "the recusal is not witnessed")
            check_result(record, event, result, recusal.source, recusal.draw_at)
        except LedgerError as error:
            refused.append(error)
        else:
            served.add(recusal.index)
    if not served:
        raise refused[0]
    return frozenset(served)


def _replace(
    case: Case, event: Event, body: OfficerReplaced, result: Result, served: frozenset[int], index: int
) -> Change:
    recusal = case.recusals.get(body.recused)
    refuse_unless(recusal is not None and case.has(body.recused), event, f"{body.recused} is not recused")
    assert recusal is not None
    earlier = [one.officer for one in case.open_recusals() if one.index < recusal.index]
    # Replacing in another order, once the randomness is known, would change who follows.
    refuse_unless(not earlier, event, f"{' and '.join(earlier)} was recused before and is replaced first")
    refuse_unless(recusal.index in served, event, "the randomness is of another recusal")
    check_same("officer", body.officer, derive_replacement(case, recusal, result))
    seat = case.officers.index(body.recused)

    def change() -> None:
        case.officers[seat] = body.officer
        case.staffed = index
        case.former.append(body.recused)
        case.replaced[seat] = case.replaced.get(seat, 0) + 1

    return change
