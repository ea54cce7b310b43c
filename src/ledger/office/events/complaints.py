"""Events on complaints (举报投诉; R7): who complains, and of what, is sealed; that there is one is public."""

from typing import Literal

from ledger.office.events.body import Body, Id, Sealed, Text
from ledger.office.events.followup import Authority


class ComplaintReceived(Body):
    """complaint.received/1, subject `complaint/<year>/<nnnn>`: the number is the complainant's receipt.

    of           the unit that it is about, if about one: its own section neither receives nor handles it (Q8)
    content      what is complained of, sealed
    complainant  who complains and how to answer, sealed; left out where it is anonymous
    """

    channel: Literal["web", "phone", "letter", "visit", "other-authority"]
    kind: Literal["selective-enforcement", "unfair-draw", "officer-conduct", "hazard", "publication-error", "other"]
    of: Id | None = None
    content: Sealed
    complainant: Sealed | None = None


class ComplaintAccepted(Body):
    """complaint.accepted/1: it is taken up."""


class ComplaintPassed(Body):
    """complaint.passed/1: another authority is competent, and has it now."""

    to: Authority


class ComplaintDeclined(Body):
    """complaint.declined/1: it is not taken up."""

    reason: Literal["not-competent", "repeated", "in-court", "too-vague", "withdrawn"]


class ComplaintAnswered(Body):
    """complaint.answered/1: what came of it; the answer itself is sealed, a public summary may stand beside it."""

    outcome: Literal["founded", "partly-founded", "unfounded"]
    answer: Sealed
    summary: Text | None = None
