"""Events on what follows a visit: rectification and its re-inspection, transfer, penalty, the end of the case."""

from typing import Annotated, Literal

from pydantic import Field

from ledger.office.events.body import Body, Day, Id, Many, Text
from ledger.office.events.cases import CheckedItem
from ledger.office.rows import Ids

Authority = Literal[
    "public-security", "fire-rescue", "market-regulation", "ecology", "housing", "transport", "health", "discipline",
    "superior", "other",
]  # fmt: skip


class RectificationOrdered(Body):
    """rectification.ordered/1: the problems on these items are to be mended by a day (责令限期整改)."""

    items: Ids
    due: Day


class CaseReinspected(Body):
    """case.reinspected/1: what was ordered is looked at again (复查); signed by the home units of all officers."""

    visited: Day
    officers: Many[Id]
    items: Many[CheckedItem]


class CaseTransferred(Body):
    """case.transferred/1: the matter goes to another authority (移送)."""

    to: Authority
    reason: Text


class PenaltyDecided(Body):
    """penalty.decided/1: a penalty; it is to be published within seven working days (Work Safety Law, article 78)."""

    number: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")]
    kind: Literal["warning", "fine", "confiscation", "suspension", "licence-revoked", "other"]
    decided: Day


class CaseClosed(Body):
    """case.closed/1: the case ends, and only with an outcome (T24)."""

    outcome: Literal[
        "no-problem", "corrected-on-site", "rectified", "penalised", "transferred", "not-found", "closed-down"
    ]
