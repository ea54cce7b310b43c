"""The shares of a draw's seed: committed, revealed, closed, and seen by witnesses before the randomness exists.

In sealed mode a share is not revealed here: the units that it is encrypted to open it and say that it is the one that
was committed to. Without the word of all of them it does not count (T6).

Specification: docs/spec/draw.md, sections 1, 3 and 11.
"""

from typing import TYPE_CHECKING

from ledger.office.draws import DRAW, Draw
from ledger.office.events.draws import (
    DiceRolled,
    SeedCommitted,
    SeedRevealed,
    SeedsClosed,
    SeedsWitnessed,
    ShareChecked,
)
from ledger.office.policy import SERVICE, Policy
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
    refuse_unless((body.encrypted is not None) == draw.is_sealed, event, "a share is encrypted in sealed mode, only")
    encrypted = {one.to: one.ciphertext for one in body.encrypted or ()}
    if draw.is_sealed:
        _check_recipients(record, draw, event, [one.to for one in body.encrypted or ()])

    def change() -> None:
        draw.commitments[event.unit] = Hex(body.commitment)
        record.draws.commitments.add(body.commitment)
        if draw.is_sealed:
            draw.encrypted[event.unit] = encrypted

    return change


def _check_recipients(record: "Record", draw: Draw, event: Event, units: list[str]) -> None:
    """Check that a share is encrypted to the service and to two units more, none of them the one that committed.

    The supervisor is one of them, unless it is its own share: it has to compute the outcome, to attest it.
    """
    supervisor = draw.policy.offices[draw.office].supervisor
    is_ordered = units == sorted(set(units))
    refuse_unless(is_ordered, event, "the units that it is encrypted to stand in byte order, each once")
    refuse_unless(SERVICE in units, event, f"it is not encrypted to {SERVICE}")
    refuse_unless(event.unit not in units, event, f"it is encrypted to {event.unit} itself")
    refuse_unless(supervisor in {*units, event.unit}, event, f"it is not encrypted to {supervisor}")
    for unit in units:
        known = unit in record.policy_at(event.at).units and record.encryption.newest(unit) is not None
        refuse_unless(known, event, f"{unit} has no encryption key")


def derive_share_info(origin: str, slot: str, unit: str, to: str) -> str:
    """Return what a share is encrypted for (HPKE `info`): the log, the slot, whose share, and for whom."""
    return f"{origin}|{slot}|{unit}|{to}"


def _checking_slots(record: "Record", event: Event, body: ShareChecked, subject: Subject) -> list[frozenset[str]]:
    return [frozenset(record.draws.find(event).encrypted.get(body.share_of, ()))]


@rule("share.checked/1", ShareChecked, DRAW, check="shares", slots=_checking_slots)
def check_share(record: "Record", event: Event, body: ShareChecked, subject: Subject) -> Change:
    """A unit has opened the share that is encrypted to it, and found it to be the committed one (T6)."""
    draw = record.draws.find(event)
    _check_taking_shares(record, draw, event)
    before = draw.checked.get(body.share_of, frozenset())
    refuse_unless(event.unit not in before, event, f"{event.unit} has checked it already")

    def change() -> None:
        draw.checked[body.share_of] = before | {event.unit}

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
    refuse_unless(not draw.is_sealed, event, "the shares of a sealed draw are revealed all at once, after the visits")
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
    """Return what seeds.closed must say: a sealed share counts once all whom it is encrypted to have checked it."""
    checked = {unit for unit in draw.encrypted if not draw.find_unchecked(unit)}
    counted = {*draw.shares, *checked}
    return SeedsClosed(shares=tuple(sorted(counted)), missing=tuple(sorted(draw.commitments.keys() - counted)))


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
    # Dice are public: in sealed mode they add to the seed, and hide nothing.
    giving = {party.removeprefix("dice:") for party in body.shares if not (draw.is_sealed and party in draw.shares)}

    def change() -> None:
        draw.closed, draw.counted, draw.missing = index, body.shares, body.missing
        if len(giving) < 2:
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
