"""The last stations of a draw: the randomness, what it selects, the supervisor's own word on it; and the void.

Specification: docs/spec/draw.md, sections 1 and 2.
"""

from typing import TYPE_CHECKING

from ledger.office.draws import DRAW, Draw, source_name
from ledger.office.events.draws import (
    DrawAttested,
    DrawExecuted,
    DrawnStratum,
    DrawVoided,
    FrozenSource,
    RandomnessRecorded,
)
from ledger.office.events.draws import Result as ResultBody
from ledger.office.outcome import Outcome, derive_outcome
from ledger.office.rule import Change, Subject, check_same, refuse_unless, rule
from ledger.proof.encoding import Hex
from ledger.proof.errors import Malformed, Mismatch, Refused
from ledger.proof.event import Event
from ledger.proof.randomness import (
    Chain,
    Lottery,
    LotteryResult,
    Result,
    Round,
    check_lottery,
    check_round,
)

if TYPE_CHECKING:
    from ledger.office.record import Record


def parse_result(body: ResultBody, source: Chain | Lottery) -> Result:
    """Return a recorded result as one of the source expected. Raises Mismatch, Malformed."""
    check_same("source of randomness", (body.kind, body.name), (_kind(source), source_name(source)))
    if isinstance(source, Chain):
        if body.round is None or body.signature is None or body.issue is not None or body.digits is not None:
            raise Malformed("a drand result has round and signature, and nothing else")
        return Round(source, body.round, body.signature)
    if body.issue is None or body.digits is None or body.round is not None or body.signature is not None:
        raise Malformed("a lottery result has issue and digits, and nothing else")
    return LotteryResult(source, body.issue, body.digits)


def _kind(source: Chain | Lottery) -> str:
    return source.kind if isinstance(source, Chain) else "lottery"


def check_result(record: "Record", event: Event, result: Result, expected: FrozenSource, draw_at: int) -> None:
    """Check one result: the round that follows from T and its signature; or a lottery's issue, form and two hands."""
    if isinstance(result, Round):
        assert expected.round is not None
        check_round(result, expected.round, record.pairing)
        return
    check_lottery(result, expected.issue or "")
    refuse_unless(event.at >= draw_at, event, "the lottery is not drawn yet")
    refuse_unless(
        len(event.signatures) == 2, event, "a lottery's result is entered by one unit, countersigned by another"
    )


def _recording_slots(
    record: "Record", event: Event, body: RandomnessRecorded, subject: Subject
) -> list[frozenset[str]]:
    units = frozenset(record.policy_at(event.at).units)
    return [units, units] if any(result.kind == "lottery" for result in body.results) else [units]


@rule("randomness.recorded/1", RandomnessRecorded, DRAW, check="randomness", slots=_recording_slots)
def record_randomness(record: "Record", event: Event, body: RandomnessRecorded, subject: Subject) -> Change:
    """The randomness that did not exist when everything else was fixed; any unit may bring it (T7, T36)."""
    draw = record.draws.find(event)
    refuse_unless(draw.closed is not None, event, "the shares are not closed")
    refuse_unless(draw.results is None, event, "the randomness is recorded already")
    # A lottery said to be cancelled may turn out not to be: whoever has its result can still record it (T5).
    refuse_unless(draw.voided != "too-few-shares", event, f"the draw has no outcome: {draw.voided}")
    is_unwitnessed = draw.policy.witnesses.quorum > 0 and draw.witnessed_at is None
    refuse_unless(not is_unwitnessed or draw.voided, event, "the draw failed: no quorum cosigned in time")
    assert draw.frozen is not None
    refuse_unless(len(body.results) == len(draw.frozen.sources), event, "not all sources, or more than them")
    results = []
    for recorded, source, expected in zip(body.results, draw.policy.final, draw.frozen.sources, strict=True):
        result = parse_result(recorded, source)
        check_result(record, event, result, expected, draw.draw_at)
        results.append(result)

    def change() -> None:
        draw.results = results

    return change


def derive_draw_outcome(draw: Draw) -> Outcome:
    """Return the outcome of a draw whose randomness is recorded, and its shares known. Raises Refused before."""
    if draw.is_hidden:
        raise Refused(f"draw/{draw.slot}: the outcome is sealed until its shares are revealed")
    if draw.outcome is None:
        draw.outcome = derive_outcome_of(draw, draw.shares)
    return draw.outcome


def derive_outcome_of(draw: Draw, shares: dict[str, Hex]) -> Outcome:
    """Return the outcome of a draw whose randomness is recorded, with shares that need not be public yet.

    shares  party -> share, all that count

    Raises Refused before the randomness is recorded.
    """
    if draw.results is None or draw.frozen_hash is None:
        raise Refused(f"draw/{draw.slot}: the randomness is not recorded yet")
    return derive_outcome(
        draw.slot,
        draw.frozen_hash,
        draw.ground,
        draw.policy,
        draw.draw_at,
        shares,
        draw.missing,
        draw.results,
    )


def derive_executed(draw: Draw, outcome: Outcome | None = None) -> DrawExecuted:
    """Return what draw.executed must say of an outcome: the draw's own, or the one that a holder has computed."""
    outcome = outcome or derive_draw_outcome(draw)
    if not draw.is_sealed:
        return DrawExecuted(seed=outcome.seed, strata=outcome.strata, caps=outcome.caps, outcome=outcome.ref)
    return DrawExecuted(strata=_derive_counts(draw), outcome=outcome.ref)


def _derive_counts(draw: Draw) -> tuple[DrawnStratum, ...]:
    """Return how many each stratum gives, which follows from the ground without a seed."""
    numbers = ((stratum, min(stratum.quota, stratum.eligible)) for stratum in draw.ground.strata)
    return tuple(DrawnStratum(id=s.id, drawn=number, shortfall=s.quota - number) for s, number in numbers)


@rule("draw.executed/1", DrawExecuted, DRAW, check="outcome")
def execute_draw(record: "Record", event: Event, body: DrawExecuted, subject: Subject) -> Change:
    """The outcome is written down; it existed from T on, and anyone can compute it."""
    draw = record.draws.find(event)
    if draw.is_sealed:
        return _execute_sealed(record, draw, event, body)
    refuse_unless(not draw.executed, event, "it is executed already")
    expected, index = derive_executed(draw), record.size
    for name, what in (("seed", "seed"), ("strata", "selection"), ("caps", "officers"), ("outcome", "outcome")):
        try:
            check_same(what, getattr(body, name), getattr(expected, name))
        except Mismatch as error:
            error.check = what
            raise

    def change() -> None:
        draw.executed, draw.executed_at = True, index
        if draw.voided is None:
            record.draws.count(draw, 1)

    return change


def _execute_sealed(record: "Record", draw: Draw, event: Event, body: DrawExecuted) -> Change:
    """The root of an outcome that only the holders of the shares can compute; the reveal will tell whether it is true.

    While the supervisor disagrees another one may take its place, from whoever else holds the shares (T17). It executes
    none itself: it would attest its own.
    """
    refuse_unless(draw.results is not None, event, "the randomness is not recorded yet")
    refuse_unless(draw.is_hidden, event, "it is revealed already")
    refuse_unless(not draw.executed or draw.attested is False, event, "it is executed already")
    refuse_unless(draw.is_held_by(event.unit), event, f"{event.unit} does not hold the shares")
    supervisor = draw.policy.offices[draw.office].supervisor
    refuse_unless(event.unit != supervisor, event, f"{supervisor} attests the outcome, another unit executes it")
    check_same("seed", body.seed, None)
    check_same("caps", body.caps, None)
    check_same("selection", body.strata, _derive_counts(draw))
    check_same("count", body.outcome.count, sum(stratum.drawn for stratum in body.strata))
    index = record.size

    def change() -> None:
        draw.executed, draw.executed_at, draw.claimed = True, index, body.outcome
        draw.roots.append((index, "outcome", body.outcome))

    return change


@rule("draw.attested/1", DrawAttested, DRAW, check="attested")
def attest_draw(record: "Record", event: Event, body: DrawAttested, subject: Subject) -> Change:
    """The supervisor's own result. While it differs, nothing is assigned; both stay in the record (T17)."""
    draw = record.draws.find(event)
    refuse_unless(draw.executed, event, "it is not executed yet")
    refuse_unless(draw.attested is not True, event, "it is attested already")
    agrees = body.outcome == (draw.claimed if draw.is_hidden else derive_draw_outcome(draw).ref)
    index = record.size

    def change() -> None:
        draw.attested, draw.attested_at = agrees, index
        if draw.is_hidden:
            draw.roots.append((index, "attested", body.outcome))

    return change


@rule("draw.voided/1", DrawVoided, DRAW, check="stations")
def void_draw(record: "Record", event: Event, body: DrawVoided, subject: Subject) -> Change:
    """A draw is voided for a listed reason; once the shares are closed, its outcome stands all the same (T5, T7)."""
    draw = record.draws.find(event)
    refuse_unless(draw.voided is None, event, "it is voided already")
    has_lottery = any(isinstance(source, Lottery) for source in draw.policy.final)
    refuse_unless(body.reason != "lottery-cancelled" or has_lottery, event, "no lottery is among its sources")
    refuse_unless(body.reason != "lottery-cancelled" or draw.results is None, event, "the lottery's result is recorded")
    refuse_unless(body.reason != "too-few-shares", event, "seeds.closed says that, by the number of shares")
    refuse_unless(
        body.reason != "unwitnessed" or (draw.closed is not None and draw.witnessed_at is None),
        event,
        "it is witnessed, or its shares are not closed",
    )

    def change() -> None:
        draw.voided = body.reason
        if draw.has_outcome:
            record.draws.count(draw, -1)

    return change
