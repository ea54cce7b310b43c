"""Events on one inspection: subject `case/<office>/<yyyy-mm>/<nnn>/<nnnn>`, the last being the sheet's number."""

from typing import Annotated, Literal

from pydantic import Field

from ledger.office.events.body import Body, Code, Day, Id, Many, NoteText, Sealed, Text, Time
from ledger.office.events.draws import Result


class CaseAssigned(Body):
    """case.assigned/1: the host section hands the sheet to its officers, who receive it (受领)."""

    code: Code
    officers: Many[Id]


RecusalReason = Literal["conflict-of-interest", "leave", "illness", "transfer", "party-request-granted"]


class OfficerRecused(Body):
    """officer.recused/1: an officer leaves the case; fresh randomness at `draw_at` will say who follows (T19)."""

    officer: Id
    reason: RecusalReason
    draw_at: Time
    issue: Annotated[str, Field(pattern=r"^[0-9]{1,20}$")] | None = None


class RecusalWitnessed(Body):
    """recusal.witnessed/1: a checkpoint over the recusal, cosigned by the quorum a minute before its randomness."""

    checkpoint: NoteText


class OfficerReplaced(Body):
    """officer.replaced/1: who follows, derived from the recusal's bytes and the randomness."""

    recused: Id
    officer: Id
    result: Result


class CheckedItem(Body):
    """What was found on one item."""

    id: Id
    finding: Literal["conforms", "problem", "not-applicable"]


class ItemReason(Body):
    """An item that was added or dropped, and why (Q1)."""

    id: Id
    reason: Text


ItemReasons = Annotated[Many[ItemReason], Field(min_length=1)]
"""Left out rather than empty."""


class VisitRecorded(Body):
    """visit.recorded/1: the visit took place; signed by the home units of all its officers (T20).

    record  the site record (现场检查笔录), sealed until publication: time, place, content, problems, handling
    """

    visited: Day
    officers: Many[Id]
    items: Many[CheckedItem]
    added: ItemReasons | None = None
    dropped: ItemReasons | None = None
    record: Sealed | None = None


Outcome = Literal[
    "no-problem",
    "corrected-on-site",
    "rectification-ordered",
    "penalty-filed",
    "transferred",
    "not-found",
    "closed-down",
]


class ResultSubmitted(Body):
    """result.submitted/1, by the host section (谁检查、谁公开; R41)."""

    result: Outcome
    summary: Text


class ResultPublished(Body):
    """result.published/1: the result as it is made public, the same as was submitted (R41)."""

    result: Outcome
    summary: Text
    carriers: Annotated[Many[Literal["platform", "portal", "wechat", "credit-platform"]], Field(min_length=1)]
