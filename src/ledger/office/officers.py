"""The officer rosters: declared by the home sections and streets, approved by legal-publicity, kept up in the year.

At least 80% of the bureau's certified staff in post are enrolled (R17); a street's share is reported beside (Q5).
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ledger.office.events.body import ListRef
from ledger.office.events.rosters import (
    ConflictDeclared,
    ConflictEnded,
    OfficerChanged,
    OfficersApproved,
    OfficersDeclared,
)
from ledger.office.lists import check_declarations, parse_rows
from ledger.office.rows import OFFICER, PRIVATE, Officer
from ledger.office.rule import OFFICE, YEAR, Change, Parties, Subject, check_same, rule
from ledger.proof.draw import BUREAU
from ledger.proof.encoding import derive_day
from ledger.proof.errors import Refused
from ledger.proof.event import Event
from ledger.proof.quota import check_coverage

if TYPE_CHECKING:
    from ledger.office.record import Record


@dataclass(frozen=True, slots=True)
class Move:
    """A change that took effect at once: an officer's row, or a conflict declared or ended.

    index  of the entry
    year   whose roster it is on; None for a conflict, which is of every year
    code   the enterprise of a conflict
    """

    index: int
    type: str
    officer: str
    year: int | None = None
    code: str | None = None


@dataclass(slots=True)
class Officers:
    """Declarations by (year, roster, unit), approved rosters by (year, roster), the conflicts that stand; the moves."""

    declared: dict[tuple[int, str, str], ListRef] = field(default_factory=dict)
    private: dict[tuple[int, str, str], ListRef | None] = field(default_factory=dict)
    approved: dict[tuple[int, str], dict[str, Officer]] = field(default_factory=dict)
    conflicts: set[tuple[str, str]] = field(default_factory=set)
    moves: list[Move] = field(default_factory=list)

    def rosters(self, year: int) -> dict[str, dict[str, Officer]]:
        """Return a year's approved rosters: bureau or street -> id -> officer. Raises Refused if the bureau's lacks."""
        rosters = {roster: officers for (of, roster), officers in self.approved.items() if of == year}
        if BUREAU not in rosters:
            raise Refused(f"no officer roster of the bureau is approved for {year}")
        return rosters


def _section(record: "Record", event: Event, body: OfficersDeclared, subject: Subject) -> Parties:
    return {"section": frozenset([subject["unit"]])}


@rule(
    "officers.declared/1",
    OfficersDeclared,
    f"officers/{YEAR}/{OFFICE}/of/(?P<unit>.+)",
    parties=_section,
)
def declare_officers(record: "Record", event: Event, body: OfficersDeclared, subject: Subject) -> Change:
    """A section or street hands in its certified staff for a year."""
    unit = subject["unit"]
    check_same("subject", event.subject, f"officers/{body.year}/{body.roster}/of/{unit}")
    if (body.year, body.roster) in record.officers.approved:
        raise Refused(f"the roster {body.roster} of {body.year} is approved: changes are single, by officer.changed")
    units = record.policy_at(event.at).units
    if unit not in units or units[unit].office != body.roster:
        raise Refused(f"{unit} has no staff on the roster {body.roster}")
    for officer in parse_rows(record.lists.leaves(body.list), OFFICER):
        check_same(f"home unit of {officer.id}", officer.unit, unit)
    private = list(parse_rows(record.lists.leaves(body.private), PRIVATE)) if body.private is not None else []

    def change() -> None:
        record.officers.declared[body.year, body.roster, unit] = body.list
        record.officers.private[body.year, body.roster, unit] = body.private
        record.seals.add(private)

    return change


@rule("officers.approved/1", OfficersApproved, f"officers/{YEAR}/{OFFICE}", check="ground")
def approve_officers(record: "Record", event: Event, body: OfficersApproved, subject: Subject) -> Change:
    """A roster is approved for a year; below 80% the bureau's is refused."""
    check_same("subject", event.subject, f"officers/{body.year}/{body.roster}")
    if (body.year, body.roster) in record.officers.approved:
        raise Refused(f"the roster {body.roster} of {body.year} is approved already")
    known = {u: ref for (y, r, u), ref in record.officers.declared.items() if (y, r) == (body.year, body.roster)}
    check_declarations(f"declarations for {body.roster} {body.year}", body.declarations, known)
    officers: dict[str, Officer] = {}
    taken = {o for (y, r), roster in record.officers.approved.items() if y == body.year for o in roster}
    for ref in known.values():
        for officer in parse_rows(record.lists.leaves(ref), OFFICER):
            if officer.id in officers or officer.id in taken:
                raise Refused(f"officer {officer.id} stands twice: each has one home roster")
            officers[officer.id] = officer
    certified, enrolled = count_coverage(officers, derive_day(event.at))
    check_same("certified_in_post", body.certified_in_post, certified)
    check_same("enrolled", body.enrolled, enrolled)
    if body.roster == BUREAU:
        check_coverage(enrolled, certified)

    def change() -> None:
        record.officers.approved[body.year, body.roster] = officers

    return change


def count_coverage(officers: dict[str, Officer], day: str) -> tuple[int, int]:
    """Return how many are certified, established and in post on a day, and how many of those are enrolled (R17)."""
    certified = [officer for officer in officers.values() if officer.is_certified_in_post(day)]
    return len(certified), sum(officer.enrolled for officer in certified)


def _home(record: "Record", event: Event, body: OfficerChanged, subject: Subject) -> Parties:
    return {"section": frozenset([body.officer.unit])}


@rule("officer.changed/1", OfficerChanged, f"officers/{YEAR}/{OFFICE}/changes", check="ground", parties=_home)
def change_officer(record: "Record", event: Event, body: OfficerChanged, subject: Subject) -> Change:
    """An officer joins, leaves, or is certified anew; taking someone in post off the list keeps to the 80%."""
    check_same("subject", event.subject, f"officers/{body.year}/{body.roster}/changes")
    roster = record.officers.approved.get((body.year, body.roster))
    if roster is None:
        raise Refused(f"the roster {body.roster} of {body.year} is not approved yet")
    officer, before, day = body.officer, roster.get(body.officer.id), derive_day(event.at)
    if before == officer:
        raise Refused(f"{officer.id}: the row is the same as before")
    if before is not None:
        check_same(f"home unit of {officer.id}", officer.unit, before.unit)
    elif any(officer.id in rows for (year, _), rows in record.officers.approved.items() if year == body.year):
        raise Refused(f"officer {officer.id} stands on another roster: each has one home roster")
    units = record.policy_at(event.at).units
    check_same(f"roster of {officer.unit}", units[officer.unit].office if officer.unit in units else None, body.roster)
    if body.roster == BUREAU and not officer.enrolled and officer.is_certified_in_post(day):
        certified, enrolled = count_coverage({**roster, officer.id: officer}, day)
        check_coverage(enrolled, certified)
    move = Move(record.size, event.type, officer.id, year=body.year)

    def change() -> None:
        roster[officer.id] = officer
        record.officers.moves.append(move)

    return change


def _home_of(record: "Record", event: Event, body: ConflictDeclared | ConflictEnded, subject: Subject) -> Parties:
    homes = {rows[body.officer].unit for rows in record.officers.approved.values() if body.officer in rows}
    return {"section": frozenset(homes)}


@rule("conflict.declared/1", ConflictDeclared, "conflicts", check="ground", parties=_home_of)
def declare_conflict(record: "Record", event: Event, body: ConflictDeclared, subject: Subject) -> Change:
    """An officer and an enterprise may not meet."""
    pair = (body.officer, body.code)
    if pair in record.officers.conflicts:
        raise Refused(f"the conflict of {body.officer} with {body.code} stands already")
    move = Move(record.size, event.type, body.officer, code=body.code)

    def change() -> None:
        record.officers.conflicts.add(pair)
        record.officers.moves.append(move)

    return change


@rule("conflict.ended/1", ConflictEnded, "conflicts", check="ground", parties=_home_of)
def end_conflict(record: "Record", event: Event, body: ConflictEnded, subject: Subject) -> Change:
    """They may meet again."""
    pair = (body.officer, body.code)
    if pair not in record.officers.conflicts:
        raise Refused(f"no conflict of {body.officer} with {body.code} stands")
    move = Move(record.size, event.type, body.officer, code=body.code)

    def change() -> None:
        record.officers.conflicts.remove(pair)
        record.officers.moves.append(move)

    return change
