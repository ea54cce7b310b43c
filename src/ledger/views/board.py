"""One unit's board: what waits for it, what is late, its two queues of cases, what each of its officers has to do.

A section sees its own tasks and those that its officers received in others' (R14, R16); a street its own plan, draws
and training too (R45 to R51); the supervisor, beside what it has to answer itself, who is late with what (R15).
"""

from collections import Counter
from typing import NamedTuple

from ledger.proof.draw import BUREAU
from ledger.proof.errors import Refused
from ledger.views.deadlines import Due, find_due
from ledger.views.fold import Fold
from ledger.views.rows import CaseRow, DrawRow


class Load(NamedTuple):
    """An officer of the unit: cases that are not visited yet, all cases of the year, its certificate's last day."""

    officer: str
    waiting: int
    year: int
    certificate_until: str


class Board(NamedTuple):
    """What a unit sees.

    waits      due from it or from its officers, the earliest first
    own        cases that it hosts and that are not closed
    received   cases of other hosts, not visited yet, in which an officer of its own goes
    load       of its officers
    draws      of the year, where it organises an office's draws
    filed      where it is a street: the day on which its plan for the year was filed; None: not yet
    trainings  of the year in its office: how many, and how many officers came
    late       where it supervises: unit -> how much it is late with
    """

    unit: str
    day: str
    is_street: bool
    waits: list[Due]
    own: list[CaseRow]
    received: list[CaseRow]
    load: list[Load]
    draws: list[DrawRow]
    filed: str | None
    trainings: tuple[int, int]
    late: dict[str, int]


def derive_board(folded: Fold, unit: str, today: str) -> Board:
    """Return a unit's board, as of a day. Raises Refused for a unit that the policy does not have."""
    policy, year = folded.policy(today), int(today[:4])
    if unit not in policy["units"]:
        raise Refused(f"unit {unit}: not in the policy, expected one of {', '.join(policy['units'])}")
    home = policy["units"][unit]["office"]
    dues = find_due(folded, today)
    organised = {name for name, office in policy["offices"].items() if office["organiser"] == unit}
    supervises = any(office["supervisor"] == unit for office in policy["offices"].values())
    cases = [case for case in folded.cases.values() if case.cancelled is None]
    sessions = [officers for office, held, officers in folded.trainings if office == home and held[:4] == today[:4]]
    late = Counter(due.unit for due in dues if due.is_overdue(today)) if supervises else Counter[str]()
    return Board(
        unit=unit,
        day=today,
        is_street=home != BUREAU and home in policy["offices"],
        waits=[due for due in dues if unit in (due.unit, *due.homes)],
        own=[case for case in cases if case.host == unit and case.closed is None],
        received=[
            case
            for case in cases
            if case.host != unit
            and case.visited is None
            and case.closed is None
            and any(folded.homes.get(officer) == unit for officer in case.officers)
        ],
        load=_measure_load(folded, cases, unit, today),
        draws=[row for row in folded.draws.values() if row.office in organised and row.opened[:4] == today[:4]],
        filed=folded.filings.get((home, year)),
        trainings=(len(sessions), sum(sessions)),
        late=dict(sorted(late.items())),
    )


def _measure_load(folded: Fold, cases: list[CaseRow], unit: str, today: str) -> list[Load]:
    """Return the unit's officers on the year's roster, who has most to do first."""
    waiting, of_year = Counter[str](), Counter[str]()
    for case in cases:
        of_year.update(case.officers if case.assigned[:4] == today[:4] else ())
        waiting.update(case.officers if case.visited is None and case.closed is None else ())
    loads = [
        Load(officer, waiting[officer], of_year[officer], certified.until)
        for officer, certified in folded.certified.get(int(today[:4]), {}).items()
        if certified.unit == unit and certified.is_needed
    ]
    return sorted(loads, key=lambda load: (-load.waiting, -load.year, load.officer))
