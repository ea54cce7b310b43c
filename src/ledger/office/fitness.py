"""Whether an inspection that no draw selected may take place: who goes, and whether the enterprise is below its cap.

Asked when it is approved, and once more when its officers are first there, for weeks may lie between (T25).
"""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ledger.office.rule import refuse_unless
from ledger.proof.encoding import derive_day
from ledger.proof.event import Event

if TYPE_CHECKING:
    from ledger.office.cases import Case
    from ledger.office.record import Record


def check_officers(
    record: "Record", event: Event, officers: Sequence[str], code: str, year: int, day: str
) -> dict[str, str]:
    """Return officer -> home unit. Each is enrolled, certified and in post that day, and in no conflict (R17, 回避)."""
    rows = {id: row for roster in record.officers.rosters(year).values() for id, row in roster.items()}
    for officer in officers:
        row = rows.get(officer)
        refuse_unless(row is not None and row.enrolled, event, f"{officer} is not enrolled in {year}")
        assert row is not None
        refuse_unless(row.is_certified_in_post(day), event, f"{officer} is not certified and in post on {day}")
        refuse_unless((officer, code) not in record.officers.conflicts, event, f"{officer} is in conflict with {code}")
    return {officer: rows[officer].unit for officer in officers}


def check_cap(record: "Record", event: Event, code: str, year: int, own: int = 0) -> None:
    """Check that an enterprise was drawn and inspected less often in the year than the policy allows.

    own  how many of those times are this inspection itself

    Raises Refused.
    """
    cap = record.policy_at(event.at).yearly_cap
    times = record.draws.selected.get(year, Counter[str]())[code] + record.cases.inspected[year][code] - own
    refuse_unless(times < cap, event, f"{code} was drawn or inspected {times} times this year, and the cap is {cap}")


def check_day(record: "Record", event: Event, case: "Case", year: int, first: str, last: str) -> None:
    """Check on the day when its officers are there that an inspection may still take place; a drawn one always may.

    first, last  the days when they came and left; a scan of those days shows that they were there, and what changes
                 after it refuses nothing
    """
    if case.approved is None or (case.scanned is not None and first <= derive_day(case.scanned) <= last):
        return
    check_officers(record, event, case.officers, case.code, year, first)
    if case.counts:
        check_cap(record, event, case.code, year, own=1)
