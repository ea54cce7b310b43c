"""Events on the check-item list and the annual plan."""

from typing import Annotated

from pydantic import Field

from ledger.office.events.body import Body, Id, ListRef, Many, Text, Year
from ledger.office.rows import PlanLine


class ItemsPublished(Body):
    """items.published/1, subject `items`: an edition of the check-item list (R35 to R39).

    changes  what of the law was made, changed or repealed, where that is why (立、改、废)
    """

    edition: Text
    list: ListRef
    changes: Text | None = None


class PlanApproved(Body):
    """plan.approved/1, subject `plan/<office>/<year>`: a year's plan, or a change of it as a whole.

    A year's first plan binds at once, a change after the policy's notice (T37).
    """

    office: Id
    year: Year
    lines: Annotated[Many[PlanLine], Field(min_length=1)]
