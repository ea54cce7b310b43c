"""The shares of a draw's seed: committed, revealed, closed, and seen by witnesses before the randomness exists.

Specification: docs/spec/draw.md, sections 1 and 3.
"""

from typing import TYPE_CHECKING

from ledger.office.draws import DRAW, Draw
from ledger.office.events.draws import (
    DiceRolled,
    SeedCommitted,
    SeedRevealed,
    SeedsClosed,
    SeedsWitnessed,
)
from ledger.office.policy import Policy
from ledger.office.rule import Change, Subject, check_same, refuse_unless, rule
from ledger.proof.encoding import Hex, format_time
from ledger.proof.event import Event
from ledger.proof.randomness import (
    WITNESS_LEAD_SECONDS,
    derive_commitment,
    derive_dice_share,
)

if TYPE_CHECKING:
    from ledger.office.record import Record


@rule("seed.committed/1", SeedCommitted, DRAW, check="shares")
def commit_seed(record: "Record", event: Event, body: SeedCommitted, subject: Subject) -> Change:
    """A unit commits to its share; one commitment for a unit and slot (T4)."""
    draw = record.draws.find(event)
    _check_taking_shares(record, draw, event)
    refuse_unless(event.unit not in draw.commitments, event, f"{event.unit} has committed already")
    refuse_unless(not draw.shares.keys() - _dice(draw), event, "a share has been revealed: no more commitments")
    refuse_unless(body.commitment not in record.draws.commitments, event, "this commitment stood in the log before")

    def change() -> None:
        draw.commitments[event.unit] = Hex(body.commitment)
        record.draws.commitments.add(body.commitment)

    return change


def _dice(draw: Draw) -> set[str]:
    return {party for party in draw.shares if party.startswith("dice:")}


def _check_taking_shares(record: "Record", draw: Draw, event: Event) -> None:
    refuse_unless(draw.frozen is not None, event, "the slot is not frozen yet")
    refuse_unless(draw.closed is None, event, "the shares are closed")
    refuse_unless(draw.voided is None, event, "the slot is voided")
    is_ahead = max(event.at, record.attested_now()) < draw.draw_at
    refuse_unless(is_ahead, event, "T has passed: the randomness may be known, and no share counts any more")


@rule("dice.rolled/1", DiceRolled, DRAW, check="shares")
def roll_dice(record: "Record", event: Event, body: DiceRolled, subject: Subject) -> Change:
    """Dice are one more share, before the shares are closed; never the last word (T27)."""
    draw = record.draws.find(event)
    _check_taking_shares(record, draw, event)
    party = f"dice:{event.unit}"
    refuse_unless(party not in draw.shares, event, f"{event.unit} has rolled already")
    share = derive_dice_share(body.digits)

    def change() -> None:
        draw.shares[party] = share

    return change


@rule("seed.revealed/1", SeedRevealed, DRAW, check="shares")
def reveal_seed(record: "Record", event: Event, body: SeedRevealed, subject: Subject) -> Change:
    """A unit shows the share that it committed to."""
    draw = record.draws.find(event)
    _check_taking_shares(record, draw, event)
    office = draw.policy.offices[draw.office]
    awaited = {office.organiser, office.supervisor} - draw.commitments.keys()
    refuse_unless(not awaited, event, f"{' and '.join(sorted(awaited))} must commit before any share is revealed")
    refuse_unless(event.unit in draw.commitments, event, f"{event.unit} has not committed")
    refuse_unless(event.unit not in draw.shares, event, f"{event.unit} has revealed already")
    check_same(f"commitment of {event.unit}", derive_commitment(body.share), draw.commitments[event.unit])

    def change() -> None:
        draw.shares[event.unit] = Hex(body.share)

    return change


def derive_closing(draw: Draw) -> SeedsClosed:
    """Return what seeds.closed must say."""
    return SeedsClosed(shares=tuple(sorted(draw.shares)), missing=tuple(sorted(draw.commitments.keys() - draw.shares)))


@rule("seeds.closed/1", SeedsClosed, DRAW, check="shares")
def close_seeds(record: "Record", event: Event, body: SeedsClosed, subject: Subject) -> Change:
    """The list of shares that count; fewer than two, and the draw is void."""
    draw = record.draws.find(event)
    _check_taking_shares(record, draw, event)
    office = draw.policy.offices[draw.office]
    awaited = {office.organiser, office.supervisor} - draw.commitments.keys()
    refuse_unless(not awaited, event, f"{' and '.join(sorted(awaited))} must commit before the shares are closed")
    check_same("shares and missing", body, derive_closing(draw))
    index = record.size

    def change() -> None:
        draw.closed, draw.missing = index, body.missing
        if len({party.removeprefix("dice:") for party in draw.shares}) < 2:
            draw.voided = "too-few-shares"

    return change


@rule("seeds.witnessed/1", SeedsWitnessed, DRAW, check="witness")
def witness_seeds(record: "Record", event: Event, body: SeedsWitnessed, subject: Subject) -> Change:
    """The quorum had seen the closed shares a minute before the randomness (T1, T4)."""
    draw = record.draws.find(event)
    refuse_unless(draw.closed is not None, event, "the shares are not closed")
    refuse_unless(draw.witnessed_at is None, event, "it is witnessed already")
    assert draw.closed is not None
    seconds = check_witnessed(record, event, draw.policy, body.checkpoint, draw.closed, draw.draw_at)
    size = record.checked_checkpoint(body.checkpoint, draw.policy)[0]

    def change() -> None:
        draw.witnessed_at, draw.witnessed_by = seconds, body.checkpoint
        record.attest(size, seconds)

    return change


def check_witnessed(record: "Record", event: Event, policy: Policy, checkpoint: str, index: int, draw_at: int) -> int:
    """Check a cosigned checkpoint over an index, in time for the randomness of T; return the time attested."""
    size, seconds = record.checked_checkpoint(checkpoint, policy)
    refuse_unless(policy.witnesses.quorum > 0, event, "the policy names no witnesses")
    refuse_unless(size > index, event, f"the checkpoint of size {size} does not cover entry {index}")
    refuse_unless(seconds is not None, event, f"cosigned by fewer than {policy.witnesses.quorum} of the witnesses")
    assert seconds is not None
    refuse_unless(
        seconds < draw_at - WITNESS_LEAD_SECONDS,
        event,
        f"cosigned by {format_time(seconds)}, expected {WITNESS_LEAD_SECONDS} s before T, {format_time(draw_at)}",
    )
    return seconds
