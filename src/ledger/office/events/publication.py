"""Events on what is made public of a case (R2, R6, R40 to R43): submitted, published, corrected, withdrawn."""

from typing import Annotated, Literal

from pydantic import Field

from ledger.office.events.body import Body, Day, Many, Text

Outcome = Literal[
    "no-problem",
    "corrected-on-site",
    "rectification-ordered",
    "penalty-filed",
    "transferred",
    "not-found",
    "closed-down",
]
Carriers = Annotated[Many[Literal["platform", "portal", "wechat", "credit-platform"]], Field(min_length=1)]
"""Where it is public (R43)."""


class ResultSubmitted(Body):
    """result.submitted/1, by the host section (谁检查、谁公开; R41)."""

    result: Outcome
    summary: Text


class ResultPublished(Body):
    """result.published/1: the result as it is made public, the same as was submitted (R41)."""

    result: Outcome
    summary: Text
    carriers: Carriers


class ResultCorrected(Body):
    """result.corrected/1: another result takes its place; the earlier one stays (企业信息公示条例, article 12)."""

    result: Outcome
    summary: Text
    reason: Text


class PenaltyPublished(Body):
    """penalty.published/1: a penalty that was decided is made public (Work Safety Law, article 78)."""

    carriers: Carriers


class PublicationWithdrawn(Body):
    """publication.withdrawn/1: what was published is taken back, and says why (Law on Penalties, article 48).

    decided  the day of the decision that it follows
    """

    of: Literal["result", "penalty"]
    reason: Literal["revoked", "changed", "entered-in-error", "personal-data"]
    decided: Day
