"""The internal bulletin of a period in figures (内部通报; R15): for the whole, for each section, for each street.

Every figure counts entries whose claimed day lies in the period, so that whoever has the log can count it again with a
few lines of their own.
"""

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from ledger.views.deadlines import find_due, is_approved_late, is_opened_late, is_published_late
from ledger.views.fold import Fold
from ledger.views.rows import CaseRow

FIGURES = (
    "rosters_approved",
    "rosters_late",
    "draws_opened",
    "draws_late",
    "draws_executed",
    "draws_supplementary",
    "draws_sealed",
    "draws_revealed",
    "draws_voided",
    "shares_withheld",
    "drawn",
    "shortfall",
    "assigned",
    "approved_outside",
    "visited",
    "visited_from_draw",
    "problems",
    "submitted",
    "published",
    "published_late",
    "corrected",
    "withdrawn",
    "recusals",
    "penalties",
    "closed",
    "complaints",
    "complaints_answered",
    "notices",
    "trained",
    "overdue",
)
"""The figures, in the order in which they are shown."""


class Bulletin(NamedTuple):
    """A period's figures.

    totals    figure -> number
    sections  unit -> figure -> number: cases by their host section, recusals by the officer's home section
    coverage  roster -> (enrolled, certified and in post)
    """

    first: str
    last: str
    totals: dict[str, int]
    sections: dict[str, dict[str, int]]
    coverage: dict[str, tuple[int, int]]

    @property
    def share_from_draws(self) -> tuple[int, int]:
        """The visits that came from a draw, of all visits (R1)."""
        return self.totals["visited_from_draw"], self.totals["visited"]


def derive_bulletin(folded: Fold, first: str, last: str) -> Bulletin:
    """Return the figures of a period, both days included. What is overdue is so on its last day."""

    def within(day: str | None) -> bool:
        return day is not None and first <= day <= last

    totals: Counter[str] = Counter(dict.fromkeys(FIGURES, 0))
    sections: dict[str, Counter[str]] = {}

    def count(unit: str | None, figure: str, number: int = 1) -> None:
        totals[figure] += number
        if unit is not None and number:
            sections.setdefault(unit, Counter())[figure] += number

    for subject, day in folded.approved.items():
        office, role = ("bureau", "organiser") if subject.startswith("targets/") else (subject[14:], "supervisor")
        if within(day):
            unit = folded.party(office, role, day)
            count(unit, "rosters_approved")
            count(unit, "rosters_late", int(is_approved_late(folded, subject)))
    for draw in folded.draws.values():
        organiser = folded.party(draw.office, "organiser", draw.opened)
        if within(draw.opened):
            count(organiser, "draws_opened")
            count(organiser, "draws_late", int(is_opened_late(folded, draw.slot)))
            count(organiser, "draws_supplementary", int(draw.supplements is not None))
            count(organiser, "draws_sealed", int(draw.mode == "sealed"))
        count(organiser, "draws_revealed", int(within(draw.revealed)))
        count(organiser, "draws_voided", int(within(draw.voided)))
        for unit in draw.missing if within(draw.closed) else ():
            count(unit, "shares_withheld")
        if within(draw.executed):
            count(organiser, "draws_executed")
            count(organiser, "drawn", draw.drawn)
            count(organiser, "shortfall", draw.shortfall)
    for case in folded.cases.values():
        for figure, number in _of_case(folded, case, within).items():
            count(case.host, figure, number)
    for day, _, officer, _ in folded.recusals:
        if within(day):
            count(folded.homes.get(officer), "recusals")
    for complaint in folded.complaints.values():
        count(None, "complaints", int(within(complaint.received)))
        count(None, "complaints_answered", int(within(complaint.answered)))
    for notice in folded.notices.values():
        if within(notice.issued):
            count(notice.to, "notices")
    for office, held, officers in folded.trainings:
        count(folded.party(office, "organiser", last), "trained", officers if within(held) else 0)
    for due in find_due(folded, last):
        if due.is_overdue(last):
            count(due.unit, "overdue")
    coverage = {roster: (enrolled, certified) for roster, (_, enrolled, certified) in folded.coverage.items()}
    return Bulletin(first, last, dict(totals), {unit: dict(sections[unit]) for unit in sorted(sections)}, coverage)


def _of_case(folded: Fold, case: CaseRow, within: Callable[[str | None], bool]) -> dict[str, int]:
    from_draw = case.slot is not None
    return {
        "assigned": int(from_draw and within(case.assigned)),
        "approved_outside": int(not from_draw and within(case.assigned)),
        "visited": int(within(case.entered)),
        "visited_from_draw": int(from_draw and within(case.entered)),
        "problems": int(within(case.entered) and case.problems > 0),
        "submitted": int(within(case.submitted)),
        "published": int(within(case.first_published)),
        "published_late": int(within(case.first_published) and is_published_late(folded, case)),
        "corrected": sum(map(within, case.corrected)),
        "withdrawn": sum(map(within, case.withdrawn)),
        "penalties": int(within(case.penalty_entered)),
        "closed": int(within(case.closed)),
    }
