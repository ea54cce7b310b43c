"""The event on an inspection that no draw selected."""

from typing import Annotated, Literal

from pydantic import Field

from ledger.office.events.body import Body, Code, Id, Text
from ledger.office.rows import Ids


class InspectionApproved(Body):
    """inspection.approved/1, subject `inspection/<office>/<yyyy-mm>/<nnn>`: an inspection outside any draw (R40).

    It is approved by the leader before anybody goes (国办发〔2024〕54号), and from then on goes through the same record
    and the same publication as a drawn one.

    line       the annual plan's line or own task, where it is a planned one
    complaint  the receipt number of the complaint that it follows
    """

    kind: Literal["planned", "case-based", "special", "covert", "campaign"]
    code: Code
    officers: Annotated[Ids, Field(min_length=2)]
    items: Ids
    basis: Id
    reason: Text
    line: Id | None = None
    complaint: Annotated[str, Field(pattern=r"^[0-9]{4}/[0-9]{4}$")] | None = None


class InspectionCancelled(Body):
    """inspection.cancelled/1: it does not take place; where an officer cannot come, another one is approved."""

    reason: Literal["officer-recused", "officer-absent", "no-longer-needed", "entered-in-error"]
