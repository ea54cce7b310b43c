"""The bulletin's numbers against those counted from the raw entries: two programs, one log."""

from pathlib import Path

from ledger.audit.folder import read_log
from ledger.views.bulletin import derive_bulletin
from ledger.views.fold import fold
from year.count import count_year

SAME = {
    "draws_opened": "draw.opened",
    "draws_executed": "draw.executed",
    "draws_supplementary": "opened supplementary",
    "draws_sealed": "opened sealed",
    "draws_revealed": "draw.revealed",
    "draws_voided": "draw.voided",
    "shares_withheld": "missing",
    "drawn": "drawn",
    "shortfall": "shortfall",
    "assigned": "case.assigned",
    "approved_outside": "inspection.approved",
    "visited": "visit.recorded",
    "visited_from_draw": "visited from a draw",
    "problems": "problems",
    "submitted": "result.submitted",
    "published": "published first",
    "published_late": "published late",
    "corrected": "result.corrected",
    "withdrawn": "publication.withdrawn",
    "recusals": "officer.recused",
    "penalties": "penalty.decided",
    "closed": "case.closed",
    "complaints": "complaint.received",
    "complaints_answered": "complaint.answered",
    "notices": "notice.issued",
    "trained": "trained",
}
"""A figure of the bulletin -> what the other program calls it."""


def compare(log: Path, first: str, last: str) -> list[str]:
    """Return where the two counts of a period differ, a line each; none where they agree."""
    counted = count_year(log, first, last)
    _, entries = read_log(log)
    totals = derive_bulletin(fold(entries), first, last).totals
    above = counted["drawn above the cap"]
    return [f"{above} cases of enterprises that had reached the yearly cap"] * (above > 0) + [
        f"{figure}: the bulletin says {totals[figure]}, the raw entries {counted.get(name, 0)}"
        for figure, name in SAME.items()
        if totals[figure] != counted.get(name, 0)
    ]
