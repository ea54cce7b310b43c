"""The disclosure log: all that was ever made public, corrected, withdrawn, voided or drawn anew, entry by entry (R6).

Nothing is taken out: what was withdrawn stands beside its withdrawal. Late is shown as late, never left out.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from ledger.views.fold import Fold, read_event
from ledger.views.rows import Fields

KINDS = (
    "items",
    "plan",
    "drawn",
    "void",
    "redraw",
    "result",
    "correction",
    "penalty",
    "withdrawal",
)
"""What a row can be, in the order of an inspection's course."""


@dataclass(slots=True)
class Disclosed:
    """One row.

    index     of the entry
    what      the edition, plan line, result or thing withdrawn; how many were drawn
    reason    why it was voided, corrected or withdrawn
    changes   index of the entry that it corrects or withdraws; the slot that it draws anew is in `what`
    due       by when it was to be done; None where nothing sets a day
    is_late   whether it was done after that; provisional where the calendar of a year that it reaches into is missing
    """

    index: int
    day: str
    kind: str
    subject: str
    unit: str
    what: str
    reason: str | None = None
    carriers: list[str] = field(default_factory=list)
    changes: int | None = None
    due: str | None = None
    is_late: bool = False
    is_provisional: bool = False

    def fields(self) -> dict[str, Any]:
        """Return it as JSON."""
        return asdict(self)


class Disclosures:
    """The disclosure log so far. `take` takes the next entry."""

    def __init__(self, folded: Fold) -> None:
        """Begin beside rows that have taken no entry; each that is taken here is taken into them."""
        self._folded = folded
        self._rows: list[Disclosed] = []
        self._newest: dict[tuple[str, str], int] = {}
        self._clocks: list[tuple[Disclosed, str, int]] = []

    def take(self, entry: bytes) -> None:
        """Take the next entry in."""
        folded, event = self._folded, read_event(entry)
        day = folded.take(entry)
        tell = TELLERS.get(event["type"])
        told = None if tell is None else tell(folded, event["subject"], event["body"])
        if told is None:
            return
        kind, what, reason = told
        index = folded.index
        row = Disclosed(index, day, kind, event["subject"], event["unit"], what, reason)
        row.carriers = list(event["body"].get("carriers", ()))
        if kind in ("result", "penalty"):
            self._newest[row.subject, kind] = index
        elif kind in ("correction", "withdrawal"):
            row.changes = self._newest.get((row.subject, "result" if kind == "correction" else what))
        clock = _start_clock(folded, row, event["body"])
        if clock is not None:
            self._clocks.append((row, *clock))
        self._rows.append(row)

    def rows(self) -> list[Disclosed]:
        """Return the rows in the entries' order; what was late is told by the calendar as it is now."""
        for row, start, days in self._clocks:
            row.due, row.is_provisional = self._folded.calendar.add(start, days)
            row.is_late = row.day > row.due
        return [*self._rows]


def list_disclosed(entries: Iterable[bytes]) -> list[Disclosed]:
    """Return the disclosure log of these entries, in their order."""
    disclosures = Disclosures(Fold())
    for entry in entries:
        disclosures.take(entry)
    return disclosures.rows()


def _start_clock(folded: Fold, row: Disclosed, body: Fields) -> tuple[str, int] | None:
    """Return the day from which a row's time is counted, and the working days that it has; None where it has none."""
    periods = folded.policy(row.day)["periods"]
    if row.kind == "withdrawal":
        return body["decided"], periods["withdrawal_working_days"]
    case = folded.cases.get(row.subject)
    if case is None:
        return None
    if row.kind == "result" and case.visited is not None and case.first_published == row.day:
        return case.visited, periods["result_publication_working_days"]
    if row.kind == "penalty" and case.penalty_decided is not None and case.first_penalty_published == row.day:
        return case.penalty_decided, periods["penalty_publication_working_days"]
    return None


Told = tuple[str, str, str | None]
"""Kind, what, reason."""


def _tell_close(folded: Fold, subject: str, body: Fields) -> Told | None:
    row = folded.draws[subject.removeprefix("draw/")]
    return ("void", "", row.void_reason) if row.voided is not None and row.void_reason == "too-few-shares" else None


def _tell_open(folded: Fold, subject: str, body: Fields) -> Told | None:
    return ("redraw", body["supplements"], None) if "supplements" in body else None


def _tell_result(folded: Fold, subject: str, body: Fields) -> Told:
    return "result", _show_result(folded, body), None


def _tell_correction(folded: Fold, subject: str, body: Fields) -> Told:
    return "correction", _show_result(folded, body), body["reason"]


def _show_result(folded: Fold, body: Fields) -> str:
    """Return a result, if the policy makes results public."""
    return str(body["result"]) if folded.policy(folded.day)["publication"]["result"] == "public" else ""


def _tell_plan(folded: Fold, subject: str, body: Fields) -> Told:
    return "plan", " ".join(line["id"] for line in body["lines"]), None


def _tell_drawn(folded: Fold, subject: str, body: Fields) -> Told:
    return "drawn", str(sum(stratum["drawn"] for stratum in body["strata"])), None


TELLERS: dict[str, Callable[[Fold, str, Fields], Told | None]] = {
    "items.published/1": lambda folded, subject, body: ("items", body["edition"], None),
    "plan.approved/1": _tell_plan,
    "draw.opened/1": _tell_open,
    "seeds.closed/1": _tell_close,
    "draw.executed/1": _tell_drawn,
    "draw.voided/1": lambda folded, subject, body: ("void", "", body["reason"]),
    "result.published/1": _tell_result,
    "result.corrected/1": _tell_correction,
    "penalty.published/1": lambda folded, subject, body: ("penalty", "penalty", None),
    "publication.withdrawn/1": lambda folded, subject, body: ("withdrawal", body["of"], body["reason"]),
}
"""Event type -> what its row says, read after the entry was folded; None where it is no row."""
