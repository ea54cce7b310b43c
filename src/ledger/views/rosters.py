"""A year's rosters before and after their approval: what overlaps, lacks or expires (R28 to R34), and who is enrolled.

Before the approval the declarations are looked at, after it the rosters as they stand.
"""

from collections.abc import Iterator
from typing import NamedTuple

from ledger.office.keylists import find_missing
from ledger.office.lists import parse_rows
from ledger.office.officers import count_coverage
from ledger.office.policy import Policy
from ledger.office.record import Record
from ledger.office.rows import OFFICER, TARGET, Officer, Target
from ledger.proof.draw import BUREAU
from ledger.proof.errors import Refused
from ledger.proof.quota import check_coverage

KINDS = ("overlap", "key-missing", "licence-expired", "list-ended", "certificate-expires", "qualification-lacking")
"""What can be found, in the order of the list."""

BLOCKING = frozenset(KINDS[:2])
"""What stands in the way of the target roster's approval."""


class Found(NamedTuple):
    """Something found on a year's rosters.

    id       the enterprise's code, or the officer's id
    of       the sub-rosters, the key list, the licence, the officer's unit, or the qualification
    day      the last day of what has expired or will
    primary  which of several sub-rosters precedence would make the primary one; None if it tells none
    """

    kind: str
    id: str
    of: tuple[str, ...]
    day: str | None = None
    primary: str | None = None


def check_rosters(record: Record, year: int, day: str, policy: Policy) -> list[Found]:
    """Return what is to be put right on a year's rosters, as of a day; before the year begins, of its first day."""
    day = max(day, f"{year}-01-01")
    roster = find_targets(record, year)
    found = [
        Found("overlap", code, tuple(names), primary=policy.find_primary(names))
        for code, names in find_overlaps(record, year).items()
    ]
    found += [
        Found("key-missing", code, (name,))
        for name, codes in find_missing(record, year, day, roster).items()
        for code in codes
    ]
    for target in roster.values():
        if target.status != "closed":
            found += _find_ended(target, day)
    found += [
        Found("certificate-expires", officer.id, (officer.unit,), officer.certificate_until)
        for officers in find_officers(record, year).values()
        for officer in officers.values()
        if officer.in_post and officer.certificate_until <= f"{year}-12-31"
    ]
    asked = sorted({sub.qualification for sub in policy.sub_rosters.values() if sub.qualification is not None})
    found += [
        Found("qualification-lacking", officer.id, (qualification,))
        for qualification in asked
        for officer in find_officers(record, year).get(BUREAU, {}).values()
        if officer.enrolled
        and officer.is_certified_in_post(day)
        and qualification not in (officer.qualifications or ())
    ]
    return sorted(found, key=lambda one: (KINDS.index(one.kind), one.id, one.of))


def find_targets(record: Record, year: int) -> dict[str, Target]:
    """Return a year's enterprises by code: of its roster, or as they are declared; of two rows of one the first."""
    if year in record.targets.approved:
        return {code: listing.newest for code, listing in record.targets.approved[year].items()}
    found: dict[str, Target] = {}
    for _, target in _iterate_declared(record, year):
        found.setdefault(target.id, target)
    return found


def _iterate_declared(record: Record, year: int) -> Iterator[tuple[str, Target]]:
    for (of, name), ref in sorted(record.targets.declared.items()):
        if of == year:
            for target in parse_rows(record.lists.leaves(ref), TARGET):
                yield name, target


def find_officers(record: Record, year: int) -> dict[str, dict[str, Officer]]:
    """Return roster -> id -> officer: as approved, or, where a roster is not, as its units have declared."""
    found = {roster: officers for (of, roster), officers in record.officers.approved.items() if of == year}
    for (of, roster, _), ref in sorted(record.officers.declared.items()):
        if of == year and (year, roster) not in record.officers.approved:
            rows = parse_rows(record.lists.leaves(ref), OFFICER)
            found.setdefault(roster, {}).update((officer.id, officer) for officer in rows)
    return found


def find_overlaps(record: Record, year: int) -> dict[str, list[str]]:
    """Return the codes that several keepers have declared, with the sub-rosters; once approved there are none."""
    names: dict[str, list[str]] = {}
    for name, target in _iterate_declared(record, year) if year not in record.targets.approved else ():
        names.setdefault(target.id, []).append(name)
    return {code: several for code, several in names.items() if len(several) > 1}


def _find_ended(target: Target, day: str) -> Iterator[Found]:
    for licence in target.licences or ():
        if licence.until < day:
            yield Found("licence-expired", target.id, (licence.kind,), licence.until)
    for one in target.lists or ():
        if one.until is not None and one.until < day:
            yield Found("list-ended", target.id, (one.list,), one.until)


class Coverage(NamedTuple):
    """How many of a roster's certified staff in post are enrolled, on a day (R17).

    state      `approved`, `declared` or `none`
    is_enough  whether that is 80% and more; asked of the bureau's roster only (Q5)
    """

    roster: str
    state: str
    enrolled: int
    certified: int
    is_enough: bool


def count_rosters(record: Record, year: int, day: str, policy: Policy) -> list[Coverage]:
    """Return the coverage of the bureau and of each street, in this order."""
    rosters = find_officers(record, year)
    return [_count(record, year, day, roster, rosters.get(roster)) for roster in (BUREAU, *policy.streets)]


def _count(record: Record, year: int, day: str, roster: str, officers: dict[str, Officer] | None) -> Coverage:
    state = "approved" if (year, roster) in record.officers.approved else "declared" if officers else "none"
    certified, enrolled = count_coverage(officers or {}, day)
    try:
        check_coverage(enrolled, certified)
    except Refused:
        return Coverage(roster, state, enrolled, certified, False)
    return Coverage(roster, state, enrolled, certified, certified > 0)
