"""The stations of a draw: subject `draw/<office>/<yyyy-mm>/<nnn>`, in the order in which they stand here."""

from typing import Annotated, Literal

from pydantic import Field

from ledger.office.events.body import Body, Count, Hex64, Id, ListRef, Many, NoteText, Text, Time
from ledger.office.rows import Ids, Kind


class DrawOpened(Body):
    """draw.opened/1: a slot is used. `supplements` names the voided draw that a supplementary one follows.

    lead          of a joint draw: the unit or agency that leads it (发起单位)
    participants  of a joint draw: those that take part beside it (配合单位)
    """

    line: Id
    kind: Kind
    mode: Literal["open", "sealed"]
    basis: Id
    supplements: Id | None = None
    lead: Id | None = None
    participants: Ids | None = None


class PoolRef(Body):
    """The pool: every enterprise in scope, also the ineligible, by reason."""

    root: Hex64
    count: Count
    eligible: Count
    excluded: dict[Id, Count]


class OfficersRef(Body):
    """The officers frozen: all of the rosters that may serve, and how many of them are eligible."""

    root: Hex64
    count: Count
    eligible: Count


class FrozenStratum(Body):
    """A stratum: how many are eligible, how many are to be drawn; `directed` (定向) where it is hardly chance (T12)."""

    id: Id
    eligible: Count
    quota: Count
    directed: bool


class FrozenSource(Body):
    """A source of final randomness: a drand round, or a lottery's issue."""

    kind: Literal["drand", "local", "lottery"]
    name: Text
    round: Annotated[int, Field(ge=1)] | None = None
    issue: Annotated[str, Field(pattern=r"^[0-9]{1,20}$")] | None = None


class Recent(Body):
    """What moved shortly before (T14, T16): enterprises listed since the last draw, changes still cooling off."""

    listed: Count
    cooling_off: Count


class DrawFrozen(Body):
    """draw.frozen/1: everything that the outcome will follow from, but the shares and the randomness.

    All of it is derived from the entries below `size` and recomputed by whoever checks; chosen is only `draw_at`.
    """

    size: Count
    pool: PoolRef
    officers: OfficersRef
    items: ListRef
    conflicts: ListRef
    strata: Many[FrozenStratum]
    crew: Many[Text]
    items_per_case: Count
    recent: Recent
    draw_at: Time
    sources: Annotated[Many[FrozenSource], Field(min_length=1)]


class Encrypted(Body):
    """A share as only one unit can read it: HPKE of its 64 characters, 112 bytes in base64."""

    to: Id
    ciphertext: Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{149}[AQgw]==$")]


class SeedCommitted(Body):
    """seed.committed/1: SHA-256 of the 64 hexadecimal characters of a unit's share; in sealed mode the share too,
    encrypted to the service and to two other units.
    """

    commitment: Hex64
    encrypted: Annotated[Many[Encrypted], Field(min_length=3, max_length=3)] | None = None


class ShareChecked(Body):
    """share.checked/1, by a unit that a share is encrypted to: it opened it, and its hash is the commitment."""

    share_of: Id


class DiceRolled(Body):
    """dice.rolled/1: ten-sided dice, digits in the order thrown, and the SHA-256 of the video: one more share."""

    digits: Annotated[str, Field(pattern=r"^[0-9]{20,200}$")]
    video: Hex64


class SeedRevealed(Body):
    """seed.revealed/1: the share that was committed."""

    share: Hex64


class SeedsClosed(Body):
    """seeds.closed/1, by the service: the shares that count, and the committed ones that are missing."""

    shares: Many[Text]
    missing: Many[Text]


class SeedsWitnessed(Body):
    """seeds.witnessed/1: a checkpoint over seeds.closed, cosigned by the quorum a minute before the randomness."""

    checkpoint: NoteText


class Result(Body):
    """One source's result: a drand round's signature, or a lottery's digits."""

    kind: Literal["drand", "local", "lottery"]
    name: Text
    round: Annotated[int, Field(ge=1)] | None = None
    signature: Annotated[str, Field(max_length=200)] | None = None
    issue: Annotated[str, Field(max_length=20)] | None = None
    digits: Annotated[str, Field(max_length=100)] | None = None


class RandomnessRecorded(Body):
    """randomness.recorded/1: the results of all sources, in the order of draw.frozen."""

    results: Annotated[Many[Result], Field(min_length=1)]


class DrawnStratum(Body):
    """What a stratum gave: how many were drawn, the largest drawn ticket (left out if none), the shortfall."""

    id: Id
    drawn: Count
    shortfall: Count
    largest_ticket: Hex64 | None = None


class ServedCap(Body):
    """The most seats one officer of a roster could hold once a role was filled."""

    role: Annotated[int, Field(ge=1)]
    roster: Text
    cap: Annotated[int, Field(ge=1)]


class DrawExecuted(Body):
    """draw.executed/1: what the seed gives. All of it is derived and recomputed by whoever checks.

    In sealed mode it holds the root and what is public anyway: seed, caps and largest tickets would tell the outcome.
    """

    seed: Hex64 | None = None
    strata: Many[DrawnStratum]
    caps: Many[ServedCap] | None = None
    outcome: ListRef


class DrawAttested(Body):
    """draw.attested/1, by the supervisor: the outcome as it recomputed it."""

    outcome: ListRef


class DrawRevealed(Body):
    """draw.revealed/1: unit -> share, every sealed share that counted: from here on the draw is like an open one."""

    shares: dict[Id, Hex64]


class ReadRecorded(Body):
    """read.recorded/1, subject `reads/<slot>`: who reads what is sealed says so first (T22, T23).

    Which sheet it is stands nowhere: the readers of one would tell where it leads.
    """

    what: Literal["shares", "sheet"]


VoidReason = Literal[
    "too-few-shares", "unwitnessed", "ground-in-error", "procedure-in-error", "lottery-cancelled", "superior-order"
]


class DrawVoided(Body):
    """draw.voided/1: for a listed reason. After seeds.closed the outcome stands all the same: a void only adds."""

    reason: VoidReason
