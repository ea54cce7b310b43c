"""Events on the check-item list and the annual plan."""

from typing import Annotated

from pydantic import Field

from ledger.office.events.body import Body, Count, Id, ListRef, Many, Text, Year
from ledger.office.rows import PlanLine


class ItemsPublished(Body):
    """items.published/1, subject `items`: an edition of the check-item list (R35 to R39).

    changes  what of the law was made, changed or repealed, where that is why (立、改、废)
    """

    edition: Text
    list: ListRef
    changes: Text | None = None


class Budget(Body):
    """A year's working days: of so many officers, so many days each, so many of them in all for other work."""

    officers: Annotated[int, Field(ge=1)]
    working_days: Annotated[int, Field(ge=1, le=366)]
    other_days: Count


class OwnTask(Body):
    """A section's own task of the year (R14): how many inspections, and a weight for each month."""

    id: Id
    unit: Id
    title: Text
    count: Annotated[int, Field(ge=1)]
    weights: Annotated[Many[Count], Field(min_length=12, max_length=12)]


class PlanApproved(Body):
    """plan.approved/1, subject `plan/<office>/<year>`: a year's plan, or a change of it as a whole.

    A year's first plan binds at once, a change after the policy's notice (T37).

    budget     the working days there are for it
    own_tasks  what sections inspect beside the draws
    """

    office: Id
    year: Year
    lines: Annotated[Many[PlanLine], Field(min_length=1)]
    budget: Budget | None = None
    own_tasks: Annotated[Many[OwnTask], Field(min_length=1)] | None = None
