"""POST /api/v1/prepare: what a unit would sign next, on the record as it stands. The key stays with the unit.

Of a derived step (a freeze, an approval) the body follows from the record. Whoever signs what a service prepared signs
the service's word for it: `double-random keys sign` shows it in words, and a unit that keeps a copy of the log composes
for itself. So there is no step here for what must be a unit's own: its share of a seed, the supervisor's recomputation.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from ledger.cli import steps
from ledger.cli.desk import Desk
from ledger.office.compose import compose_event
from ledger.office.events.body import Body as EventBody
from ledger.office.record import Record
from ledger.office.rule import RULES
from ledger.proof.encoding import check_id, parse_time
from ledger.proof.errors import LedgerError, Malformed, Refused
from ledger.proof.event import Event, Seen

from ..problems import Problem, describe_problems
from .bodies import bounded_route
from .writer import Writer

_DESCRIPTION = """
Composes the two lines that a unit signs for its next step, and hands nothing in. `text` is what is signed, as a C2SP
signed note (docs/spec/events.md); `units` are those that sign it, the acting one first. Of an `event` only the acting
unit is named: who signs beside it is said by the policy's table of duties.

No key is asked for, and nothing private is told. Sign only what you have read.
"""


class _Step(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AnyEvent(_Step):
    """Any event, its body as given."""

    step: Literal["event"]
    type: str = Field(max_length=80, examples=["suggestion.made/1"])
    subject: str = Field(max_length=300, examples=["suggestion/2027/0001"])
    unit: str = Field(max_length=100, examples=["bureau/hazchem"])
    body: dict[str, Any] = Field(examples=[{"text": "建议"}])

    def write(self, paper: "Paper") -> None:
        """Write it down."""
        if self.type not in RULES:
            raise Refused(f"event type {self.type[:80]} is not known to this version")
        seen = Seen(0, paper.record.tree.root(0))
        event = Event(self.type, check_id(self.subject), check_id(self.unit), 0, None, seen, self.body, "", (), b"")
        body, _ = RULES[self.type].parse(event)
        paper.submit(self.type, self.subject, body, self.unit)


class ApproveTargets(_Step):
    """The year's target roster, put together of all that was declared."""

    step: Literal["approve-targets"]
    year: int = Field(ge=2000, le=9998)

    def write(self, paper: "Paper") -> None:
        """Write it down."""
        steps.approve_targets(paper, self.year)


class ApproveOfficers(_Step):
    """A roster of officers."""

    step: Literal["approve-officers"]
    year: int = Field(ge=2000, le=9998)
    roster: str = Field(max_length=100, examples=["bureau", "street/pinghu"])

    def write(self, paper: "Paper") -> None:
        """Write it down."""
        paper.office(self.roster)
        steps.approve_officers(paper, self.year, self.roster)


class FreezeDraw(_Step):
    """Everything of a draw but shares and randomness."""

    step: Literal["freeze-draw"]
    slot: str = Field(max_length=100, examples=["bureau/2027-01/001"])
    draw_at: str = Field(max_length=20, examples=["2027-01-04T02:00:00Z"])
    issues: dict[str, str] = Field(default_factory=dict, description="lottery -> the issue that is waited for")

    def write(self, paper: "Paper") -> None:
        """Write it down."""
        steps.freeze_draw(paper, self.slot, parse_time(self.draw_at), self.issues)


class ExecuteDraw(_Step):
    """What the seed gives."""

    step: Literal["execute-draw"]
    slot: str = Field(max_length=100, examples=["bureau/2027-01/001"])
    unit: str = Field(max_length=100, examples=["bureau/enforcement"])

    def write(self, paper: "Paper") -> None:
        """Write it down."""
        steps.execute_draw(paper, self.slot, self.unit)


Step = Annotated[AnyEvent | ApproveTargets | ApproveOfficers | FreezeDraw | ExecuteDraw, Field(discriminator="step")]


class Prepared(BaseModel):
    """An event that nobody has signed yet."""

    text: str = Field(description="what is signed: two lines, each ended by a line feed")
    units: list[str] = Field(description="who signs it, the acting unit first")


class Paper(Desk):
    """A desk without keys, on which the next event is written down and not handed in."""

    written: Prepared | None = None

    def submit(self, type: str, subject: str, body: EventBody, *units: str) -> int:
        """Write the event down; there is no index yet."""
        text = compose_event(self.record, type, subject, units[0], body, self.clock())
        self.written = Prepared(text=text, units=list(units))
        return -1


def make_router(
    writer: Writer, clock: Callable[[], int], seconds: float, limit: Callable[[Request], Awaitable[None]]
) -> APIRouter:
    """Return the route."""
    router = APIRouter(tags=["officials"], dependencies=[Depends(limit)], route_class=bounded_route(seconds))

    def write(record: Record, step: Any) -> Prepared:
        paper = Paper(_Reading(record), {}, clock)
        step.write(paper)
        assert paper.written is not None
        return paper.written

    @router.post(
        "/api/v1/prepare",
        operation_id="prepareEvent",
        summary="What a unit would sign next",
        description=_DESCRIPTION,
        responses=describe_problems("malformed", "slow", "too-large", "wrong-type", "refused", "too-many", "busy"),
    )
    async def prepare(step: Annotated[Step, Body()]) -> Prepared:
        try:
            return await writer.run(lambda: writer.book.consult(lambda record: write(record, step)))
        except Malformed as error:
            raise Problem.from_error("malformed", error) from error
        except LedgerError as error:
            raise Problem.from_error("refused", error) from error

    return router


class _Reading:
    """A log that is only read."""

    def __init__(self, record: Record) -> None:
        self.record = record

    def append(self, entries: object) -> list[int]:
        raise AssertionError("nothing is handed in from a paper")
