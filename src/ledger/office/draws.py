"""The stations of a draw, in their one order; the rules refuse any other.

opened -> frozen -> committed -> (revealed) -> closed -> witnessed -> randomness -> executed -> attested; or voided.
Specification: docs/spec/draw.md, section 1.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ledger.office.events.draws import (
    DiceRolled,
    DrawAttested,
    DrawExecuted,
    DrawFrozen,
    DrawOpened,
    DrawVoided,
    FrozenSource,
    RandomnessRecorded,
    SeedCommitted,
    SeedRevealed,
    SeedsClosed,
    SeedsWitnessed,
)
from ledger.office.events.draws import Result as ResultBody
from ledger.office.ground import Ground, derive_ground
from ledger.office.outcome import Outcome, derive_outcome
from ledger.office.policy import Policy
from ledger.office.rule import SLOT, Change, Subject, check_same, rule
from ledger.proof.encoding import Hex, derive_hash, format_time, parse_time
from ledger.proof.errors import Malformed, Mismatch, Refused
from ledger.proof.event import Event
from ledger.proof.randomness import (
    WITNESS_LEAD_SECONDS,
    Chain,
    Lottery,
    LotteryResult,
    Result,
    Round,
    check_lottery,
    check_round,
    derive_commitment,
    derive_dice_share,
    derive_round,
)

if TYPE_CHECKING:
    from ledger.office.record import Record

DRAW = f"draw/{SLOT}"


@dataclass(slots=True)
class Draw:
    """One slot: what is fixed so far."""

    slot: str
    office: str
    month: str
    opened: DrawOpened
    policy: Policy
    ground: Ground
    frozen: DrawFrozen | None = None
    frozen_hash: Hex | None = None
    commitments: dict[str, Hex] = field(default_factory=dict)
    shares: dict[str, Hex] = field(default_factory=dict)
    closed: int | None = None
    missing: tuple[str, ...] = ()
    witnessed_at: int | None = None
    results: list[Result] | None = None
    outcome: Outcome | None = None
    attested: bool | None = None
    voided: str | None = None
    executed: bool = False

    @property
    def draw_at(self) -> int:
        """T, in Unix seconds; the draw is frozen."""
        assert self.frozen is not None
        return parse_time(self.frozen.draw_at)

    @property
    def owes_outcome(self) -> bool:
        """Tell whether an outcome is still to come: a void before the shares are closed owes none."""
        return not self.executed and not (self.voided and (self.closed is None or self.is_without_outcome))

    @property
    def is_without_outcome(self) -> bool:
        """Tell whether this draw never gets an outcome: too few shares, or a lottery officially cancelled."""
        return self.voided in ("too-few-shares", "lottery-cancelled")


@dataclass(slots=True)
class Draws:
    """All slots that were used, and what they selected."""

    by_slot: dict[str, Draw] = field(default_factory=dict)
    opened_at: dict[str, int] = field(default_factory=dict)
    commitments: set[str] = field(default_factory=set)
    selected: dict[int, Counter[str]] = field(default_factory=dict)

    def find(self, event: Event) -> Draw:
        """Return the draw that an event is about. Raises Refused if its slot was not opened."""
        draw = self.by_slot.get(event.subject.removeprefix("draw/"))
        if draw is None:
            raise Refused(f"{event.type} on {event.subject}: the slot was not opened")
        return draw

    def last_opened(self, office: str) -> int:
        """Return the index of an office's newest draw.opened, or -1."""
        return self.opened_at.get(office, -1)

    def of_office(self, office: str) -> list[Draw]:
        """Return an office's draws, in order of opening."""
        return [draw for draw in self.by_slot.values() if draw.office == office]


def _refuse_unless(condition: object, event: Event, why: str) -> None:
    if not condition:
        raise Refused(f"{event.type} on {event.subject}: {why}")


@rule("draw.opened/1", DrawOpened, DRAW, check="stations")
def open_draw(record: "Record", event: Event, body: DrawOpened, subject: Subject) -> Change:
    """A slot is used, once and for all (T2, T5)."""
    office, month = subject["office"], subject["month"]
    slot = f"{office}/{month}/{subject['number']}"
    policy = record.policy_for(event)
    earlier = record.draws.of_office(office)
    expected = f"{sum(draw.month == month for draw in earlier) + 1:03d}"
    _refuse_unless(slot not in record.draws.by_slot, event, "the slot is used")
    _refuse_unless(subject["number"] == expected, event, f"the next slot of the month is {expected}")
    _refuse_unless(office in policy.offices, event, f"{office} is not an office of the policy")
    _refuse_unless(body.mode == "open", event, "sealed mode is not known to this version, expected open")
    _refuse_unless(body.basis in policy.bases, event, f"legal basis {body.basis} is not in the policy")
    now = max(event.at, record.attested_now())
    for draw in earlier:
        is_overdue = draw.frozen is not None and draw.owes_outcome and now >= draw.draw_at
        _refuse_unless(not is_overdue, event, f"slot {draw.slot} is overdue: its outcome is owed first")
    line = record.plans.line(record, event, office, int(month[:4]), body.line)
    _check_kind(event, body, line.kind, earlier, month)
    _refuse_unless(
        body.kind == "supplementary" or line.weights[int(month[5:7]) - 1] > 0,
        event,
        f"line {body.line} rests in {month}",
    )
    selected = record.draws.selected.get(int(month[:4]), Counter())
    ground = derive_ground(record, event, policy, office, month, line, selected)
    index = record.size

    def change() -> None:
        record.draws.by_slot[slot] = Draw(slot, office, month, body, policy, ground)
        record.draws.opened_at[office] = index

    return change


def _check_kind(event: Event, body: DrawOpened, planned: str, earlier: list[Draw], month: str) -> None:
    """A line is drawn once a month; a supplementary draw names the slot that it follows, which was voided."""
    if body.kind == "supplementary":
        before = next((draw for draw in earlier if draw.slot == body.supplements), None)
        _refuse_unless(before, event, f"it supplements {body.supplements}, which is not a slot of this office")
        assert before is not None
        _refuse_unless(before.voided, event, f"{before.slot} was not voided")
        _refuse_unless(before.opened.line == body.line, event, f"{before.slot} was of line {before.opened.line}")
        repeats = [draw.slot for draw in earlier if draw.opened.supplements == before.slot]
        _refuse_unless(not repeats, event, f"{before.slot} was supplemented by slot {' '.join(repeats)}")
        return
    _refuse_unless(body.kind == planned, event, f"kind {body.kind}, the plan line says {planned}")
    _refuse_unless(body.supplements is None, event, "only a supplementary draw supplements another")
    repeats = [draw.slot for draw in earlier if (draw.month, draw.opened.line) == (month, body.line)]
    _refuse_unless(not repeats, event, f"line {body.line} was drawn in {month} by slot {' '.join(repeats)}")


def derive_frozen(draw: Draw, draw_at: int, issues: dict[str, str]) -> DrawFrozen:
    """Return what draw.frozen must say for a time T and the lotteries' issues."""
    ground = draw.ground
    return DrawFrozen(
        size=ground.size,
        pool=ground.pool_ref,
        officers=ground.officers_ref,
        items=ground.items_ref,
        conflicts=ground.conflicts_ref,
        strata=ground.strata,
        crew=ground.crew,
        items_per_case=ground.items_per_case,
        recent=ground.recent,
        draw_at=format_time(draw_at),
        sources=tuple(derive_source(source, draw_at, issues.get(source_name(source))) for source in draw.policy.final),
    )


def source_name(source: Chain | Lottery) -> str:
    """Return the name that policy and events use: a chain's hash, a lottery's id."""
    return source.hash if isinstance(source, Chain) else source.name


def derive_source(source: Chain | Lottery, draw_at: int, issue: str | None) -> FrozenSource:
    """Return a source as an event names it: a chain's round follows from T, a lottery's issue is named."""
    if isinstance(source, Chain):
        return FrozenSource.model_validate(
            {"kind": source.kind, "name": source.hash, "round": derive_round(source, draw_at)}
        )
    return FrozenSource(kind="lottery", name=source.name, issue=issue)


@rule("draw.frozen/1", DrawFrozen, DRAW, check="ground")
def freeze_draw(record: "Record", event: Event, body: DrawFrozen, subject: Subject) -> Change:
    """Everything but shares and randomness is fixed; all of it derived."""
    draw = record.draws.find(event)
    _refuse_unless(draw.frozen is None and draw.voided is None, event, "the slot is frozen or voided already")
    draw_at = parse_time(body.draw_at)
    lead = draw.policy.periods.freeze_lead_seconds
    _refuse_unless(draw_at >= event.at + lead, event, f"T {body.draw_at} is less than {lead} s after the freeze")
    issues = {source.name: source.issue for source in body.sources if source.issue is not None}
    expected = derive_frozen(draw, draw_at, issues)
    for name in DrawFrozen.model_fields:
        check_same(name, getattr(body, name), getattr(expected, name))
    for source in body.sources:
        _refuse_unless(
            source.kind != "lottery" or source.issue, event, f"lottery {source.name}: its issue is not named"
        )
        check_unknown(record, event, source)

    def change() -> None:
        draw.frozen, draw.frozen_hash = body, Hex(_hash_entry(event))

    return change


def check_unknown(record: "Record", event: Event, source: FrozenSource) -> None:
    """Check that a lottery's issue is not one whose result stands in the log already (T1). Raises Refused."""
    recorded = [result for draw in record.draws.by_slot.values() for result in draw.results or ()]
    known = {(result.lottery.name, result.issue) for result in recorded if isinstance(result, LotteryResult)}
    is_known = (source.name, source.issue) in known
    _refuse_unless(not is_known, event, f"lottery {source.name}: the result of issue {source.issue} is known already")


def _hash_entry(event: Event) -> str:
    return derive_hash(event.entry.decode())


@rule("seed.committed/1", SeedCommitted, DRAW, check="shares")
def commit_seed(record: "Record", event: Event, body: SeedCommitted, subject: Subject) -> Change:
    """A unit commits to its share; one commitment for a unit and slot (T4)."""
    draw = record.draws.find(event)
    _check_taking_shares(record, draw, event)
    _refuse_unless(event.unit not in draw.commitments, event, f"{event.unit} has committed already")
    _refuse_unless(not draw.shares.keys() - _dice(draw), event, "a share has been revealed: no more commitments")
    _refuse_unless(body.commitment not in record.draws.commitments, event, "this commitment stood in the log before")

    def change() -> None:
        draw.commitments[event.unit] = Hex(body.commitment)
        record.draws.commitments.add(body.commitment)

    return change


def _dice(draw: Draw) -> set[str]:
    return {party for party in draw.shares if party.startswith("dice:")}


def _check_taking_shares(record: "Record", draw: Draw, event: Event) -> None:
    _refuse_unless(draw.frozen is not None, event, "the slot is not frozen yet")
    _refuse_unless(draw.closed is None, event, "the shares are closed")
    _refuse_unless(draw.voided is None, event, "the slot is voided")
    is_ahead = max(event.at, record.attested_now()) < draw.draw_at
    _refuse_unless(is_ahead, event, "T has passed: the randomness may be known, and no share counts any more")


@rule("dice.rolled/1", DiceRolled, DRAW, check="shares")
def roll_dice(record: "Record", event: Event, body: DiceRolled, subject: Subject) -> Change:
    """Dice are one more share, before the shares are closed; never the last word (T27)."""
    draw = record.draws.find(event)
    _check_taking_shares(record, draw, event)
    party = f"dice:{event.unit}"
    _refuse_unless(party not in draw.shares, event, f"{event.unit} has rolled already")
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
    _refuse_unless(not awaited, event, f"{' and '.join(sorted(awaited))} must commit before any share is revealed")
    _refuse_unless(event.unit in draw.commitments, event, f"{event.unit} has not committed")
    _refuse_unless(event.unit not in draw.shares, event, f"{event.unit} has revealed already")
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
    _refuse_unless(not awaited, event, f"{' and '.join(sorted(awaited))} must commit before the shares are closed")
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
    _refuse_unless(draw.closed is not None, event, "the shares are not closed")
    _refuse_unless(draw.witnessed_at is None, event, "it is witnessed already")
    assert draw.closed is not None
    seconds = check_witnessed(record, event, draw.policy, body.checkpoint, draw.closed, draw.draw_at)
    size = record.checked_checkpoint(body.checkpoint, draw.policy)[0]

    def change() -> None:
        draw.witnessed_at = seconds
        record.attest(size, seconds)

    return change


def check_witnessed(record: "Record", event: Event, policy: Policy, checkpoint: str, index: int, draw_at: int) -> int:
    """Check a cosigned checkpoint over an index, in time for the randomness of T; return the time attested."""
    size, seconds = record.checked_checkpoint(checkpoint, policy)
    _refuse_unless(policy.witnesses.quorum > 0, event, "the policy names no witnesses")
    _refuse_unless(size > index, event, f"the checkpoint of size {size} does not cover entry {index}")
    _refuse_unless(seconds is not None, event, f"cosigned by fewer than {policy.witnesses.quorum} of the witnesses")
    assert seconds is not None
    _refuse_unless(
        seconds < draw_at - WITNESS_LEAD_SECONDS,
        event,
        f"cosigned by {format_time(seconds)}, expected {WITNESS_LEAD_SECONDS} s before T, {format_time(draw_at)}",
    )
    return seconds


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
    _refuse_unless(event.at >= draw_at, event, "the lottery is not drawn yet")
    _refuse_unless(
        len(event.signatures) == 2, event, "a lottery's result is entered by one unit, countersigned by another"
    )


def _recording_slots(
    record: "Record", event: Event, body: RandomnessRecorded, subject: Subject
) -> list[frozenset[str]]:
    units = frozenset(record.policy_for(event).units)
    return [units, units] if any(result.kind == "lottery" for result in body.results) else [units]


@rule("randomness.recorded/1", RandomnessRecorded, DRAW, check="randomness", slots=_recording_slots)
def record_randomness(record: "Record", event: Event, body: RandomnessRecorded, subject: Subject) -> Change:
    """The randomness that did not exist when everything else was fixed; any unit may bring it (T7, T36)."""
    draw = record.draws.find(event)
    _refuse_unless(draw.closed is not None, event, "the shares are not closed")
    _refuse_unless(draw.results is None, event, "the randomness is recorded already")
    _refuse_unless(not draw.is_without_outcome, event, f"the draw has no outcome: {draw.voided}")
    is_unwitnessed = draw.policy.witnesses.quorum > 0 and draw.witnessed_at is None
    _refuse_unless(not is_unwitnessed or draw.voided, event, "the draw failed: no quorum cosigned in time")
    assert draw.frozen is not None
    _refuse_unless(len(body.results) == len(draw.frozen.sources), event, "not all sources, or more than them")
    results = []
    for recorded, source, expected in zip(body.results, draw.policy.final, draw.frozen.sources, strict=True):
        result = parse_result(recorded, source)
        check_result(record, event, result, expected, draw.draw_at)
        results.append(result)

    def change() -> None:
        draw.results = results

    return change


def derive_draw_outcome(draw: Draw) -> Outcome:
    """Return the outcome of a draw whose randomness is recorded. Raises Refused before."""
    if draw.results is None or draw.frozen_hash is None:
        raise Refused(f"draw/{draw.slot}: the randomness is not recorded yet")
    if draw.outcome is None:
        draw.outcome = derive_outcome(
            draw.slot,
            draw.frozen_hash,
            draw.ground,
            draw.policy,
            draw.draw_at,
            draw.shares,
            draw.missing,
            draw.results,
        )
    return draw.outcome


def derive_executed(draw: Draw) -> DrawExecuted:
    """Return what draw.executed must say."""
    outcome = derive_draw_outcome(draw)
    return DrawExecuted(seed=outcome.seed, strata=outcome.strata, caps=outcome.caps, outcome=outcome.ref)


@rule("draw.executed/1", DrawExecuted, DRAW, check="outcome")
def execute_draw(record: "Record", event: Event, body: DrawExecuted, subject: Subject) -> Change:
    """The outcome is written down; it existed from T on, and anyone can compute it."""
    draw = record.draws.find(event)
    _refuse_unless(not draw.executed, event, "it is executed already")
    expected = derive_executed(draw)
    for name, what in (("seed", "seed"), ("strata", "selection"), ("caps", "officers"), ("outcome", "outcome")):
        try:
            check_same(what, getattr(body, name), getattr(expected, name))
        except Mismatch as error:
            error.check = what
            raise
    outcome = derive_draw_outcome(draw)

    def change() -> None:
        draw.executed = True
        year = record.draws.selected.setdefault(int(draw.month[:4]), Counter())
        year.update(sheet.code for sheet in outcome.sheets)

    return change


@rule("draw.attested/1", DrawAttested, DRAW, check="attested")
def attest_draw(record: "Record", event: Event, body: DrawAttested, subject: Subject) -> Change:
    """The supervisor's own result. While it differs, nothing is assigned; both stay in the record (T17)."""
    draw = record.draws.find(event)
    _refuse_unless(draw.executed, event, "it is not executed yet")
    _refuse_unless(draw.attested is not True, event, "it is attested already")
    agrees = body.outcome == derive_draw_outcome(draw).ref

    def change() -> None:
        draw.attested = agrees

    return change


@rule("draw.voided/1", DrawVoided, DRAW, check="stations")
def void_draw(record: "Record", event: Event, body: DrawVoided, subject: Subject) -> Change:
    """A draw is voided for a listed reason; once the shares are closed, its outcome stands all the same (T5, T7)."""
    draw = record.draws.find(event)
    _refuse_unless(draw.voided is None, event, "it is voided already")
    has_lottery = any(isinstance(source, Lottery) for source in draw.policy.final)
    _refuse_unless(body.reason != "lottery-cancelled" or has_lottery, event, "no lottery is among its sources")
    _refuse_unless(
        body.reason != "lottery-cancelled" or draw.results is None, event, "the lottery's result is recorded"
    )
    _refuse_unless(body.reason != "too-few-shares", event, "seeds.closed says that, by the number of shares")
    _refuse_unless(
        body.reason != "unwitnessed" or (draw.closed is not None and draw.witnessed_at is None),
        event,
        "it is witnessed, or its shares are not closed",
    )

    def change() -> None:
        draw.voided = body.reason

    return change
