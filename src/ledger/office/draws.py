"""The first stations of a draw: its slot is opened, and everything but shares and randomness is frozen.

opened -> frozen -> committed -> (revealed) -> closed -> witnessed -> randomness -> executed -> attested; or voided.
The rules refuse any other order. The next stations are in `shares` and `results`.
Specification: docs/spec/draw.md, section 1.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ledger.office.events.body import ListRef
from ledger.office.events.draws import (
    DrawFrozen,
    DrawOpened,
    FrozenSource,
)
from ledger.office.ground import Ground, derive_ground
from ledger.office.joint import check_parties, check_same_parties
from ledger.office.outcome import Outcome
from ledger.office.policy import SERVICE, Policy
from ledger.office.rule import SLOT, Change, Subject, check_same, refuse_unless, rule
from ledger.proof.encoding import Hex, derive_day, derive_hash, format_time, parse_time
from ledger.proof.errors import Refused
from ledger.proof.event import Event
from ledger.proof.randomness import (
    Chain,
    Lottery,
    LotteryResult,
    Result,
    derive_round,
)

if TYPE_CHECKING:
    from ledger.office.record import Record

DRAW = f"draw/{SLOT}"


@dataclass(slots=True)
class Draw:
    """One slot: what is fixed so far.

    opened_on  the day of its opening: the one claimed, or that witnesses had attested before, where that is later
    encrypted  sealed mode: unit that committed -> unit that its share is encrypted to -> the ciphertext in base64
    checked    sealed mode: unit that committed -> the units that opened its share and found it to be the committed one
    shares     party -> share; in sealed mode those of units are not here until they are revealed
    counted    the parties whose shares count, once they are closed
    claimed    sealed mode: the outcome's root as draw.executed gives it, checked once the shares are revealed
    executed_at, attested_at, revealed_at  indexes of these entries
    roots      sealed mode: (index, check, outcome) of each draw.executed and draw.attested before the reveal
    reads      sealed mode: (index, unit, what) of each reading that was recorded
    """

    slot: str
    office: str
    month: str
    opened: DrawOpened
    policy: Policy
    ground: Ground
    opened_on: str
    frozen: DrawFrozen | None = None
    frozen_hash: Hex | None = None
    commitments: dict[str, Hex] = field(default_factory=dict)
    encrypted: dict[str, dict[str, str]] = field(default_factory=dict)
    checked: dict[str, frozenset[str]] = field(default_factory=dict)
    shares: dict[str, Hex] = field(default_factory=dict)
    counted: tuple[str, ...] = ()
    closed: int | None = None
    missing: tuple[str, ...] = ()
    witnessed_at: int | None = None
    witnessed_by: str | None = None
    results: list[Result] | None = None
    outcome: Outcome | None = None
    claimed: ListRef | None = None
    attested: bool | None = None
    voided: str | None = None
    executed: bool = False
    executed_at: int | None = None
    attested_at: int | None = None
    revealed_at: int | None = None
    reads: list[tuple[int, str, str]] = field(default_factory=list)
    roots: list[tuple[int, str, ListRef]] = field(default_factory=list)

    @property
    def draw_at(self) -> int:
        """T, in Unix seconds; the draw is frozen."""
        assert self.frozen is not None
        return parse_time(self.frozen.draw_at)

    @property
    def is_sealed(self) -> bool:
        """Tell whether the outcome is kept from the public until the visits are over."""
        return self.opened.mode == "sealed"

    @property
    def is_hidden(self) -> bool:
        """Tell whether the shares are sealed and not revealed yet: until then nobody but their holders can compute."""
        return self.is_sealed and self.revealed_at is None

    @property
    def has_outcome(self) -> bool:
        """Tell whether the outcome is recorded, and public."""
        return self.executed and not self.is_hidden

    @property
    def owes_reveal(self) -> bool:
        """Tell whether an outcome is recorded whose shares are still to be revealed, voided or not."""
        return self.executed and self.is_hidden

    @property
    def reveal_due(self) -> str:
        """The last day of its visits, from whose end on any holder may reveal; the draw is frozen."""
        return derive_day(self.draw_at + self.policy.periods.visit_days * 86_400)

    def is_held_by(self, unit: str) -> bool:
        """Tell whether a unit holds every sealed share that counts: its own, and those encrypted to it."""
        return all(unit == party or unit in self.encrypted[party] for party in self.counted if party in self.encrypted)

    def find_unchecked(self, unit: str) -> tuple[str, ...]:
        """Return the units that a sealed share is encrypted to and that have not checked it, in byte order."""
        return tuple(sorted(self.encrypted[unit].keys() - self.checked.get(unit, frozenset())))

    @property
    def owes_outcome(self) -> bool:
        """Tell whether an outcome is still to come: a void before the shares are closed owes none."""
        return not self.executed and not (self.voided and (self.closed is None or self.is_without_outcome))

    @property
    def is_without_outcome(self) -> bool:
        """Tell whether there is no outcome: too few shares, or a lottery cancelled and no result recorded since."""
        return self.voided == "too-few-shares" or (self.voided == "lottery-cancelled" and self.results is None)


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

    def count(self, draw: Draw, sign: int) -> None:
        """Count a draw's outcome towards the yearly cap, or take it back where the draw is voided.

        Neither a void nor a directed stratum counts: they could otherwise be used to spare an enterprise (T25).
        """
        assert draw.outcome is not None
        directed = {stratum.id for stratum in draw.ground.strata if stratum.directed}
        year = self.selected.setdefault(int(draw.month[:4]), Counter())
        for sheet in draw.outcome.sheets:
            if sheet.stratum not in directed:
                year[sheet.code] += sign

    def last_opened(self, office: str) -> int:
        """Return the index of an office's newest draw.opened, or -1."""
        return self.opened_at.get(office, -1)

    def of_office(self, office: str) -> list[Draw]:
        """Return an office's draws, in order of opening."""
        return [draw for draw in self.by_slot.values() if draw.office == office]


@rule("draw.opened/1", DrawOpened, DRAW, check="stations")
def open_draw(record: "Record", event: Event, body: DrawOpened, subject: Subject) -> Change:
    """A slot is used, once and for all (T2, T5)."""
    office, month = subject["office"], subject["month"]
    slot = f"{office}/{month}/{subject['number']}"
    policy = record.policy_at(event.at)
    earlier = record.draws.of_office(office)
    expected = f"{sum(draw.month == month for draw in earlier) + 1:03d}"
    refuse_unless(slot not in record.draws.by_slot, event, "the slot is used")
    refuse_unless(subject["number"] == expected, event, f"the next slot of the month is {expected}")
    refuse_unless(office in policy.offices, event, f"{office} is not an office of the policy")
    refuse_unless(body.basis in policy.bases, event, f"legal basis {body.basis} is not in the policy")
    if body.mode == "sealed":
        _check_readers(record, event, policy, policy.offices[office].supervisor)
    now = max(event.at, record.attested_now())
    for draw in earlier:
        is_overdue = draw.frozen is not None and draw.owes_outcome and now >= draw.draw_at
        refuse_unless(not is_overdue, event, f"slot {draw.slot} is overdue: its outcome is owed first")
        is_overdue = draw.owes_reveal and derive_day(now) > draw.reveal_due
        refuse_unless(not is_overdue, event, f"slot {draw.slot} is overdue: its shares are to be revealed first")
    line = record.plans.line(record, event, office, int(month[:4]), body.line)
    _check_kind(event, body, line.kind, earlier, month)
    check_parties(event, policy, office, body, line.kind == "joint")
    refuse_unless(
        body.kind == "supplementary" or line.weights[int(month[5:7]) - 1] > 0,
        event,
        f"line {body.line} rests in {month}",
    )
    selected = record.draws.selected.get(int(month[:4]), Counter()) + record.cases.count_unplanned(int(month[:4]))
    ground = derive_ground(record, event, policy, office, month, line, selected)
    pending = [draw for draw in earlier if draw.month[:4] == month[:4] and not draw.has_outcome and draw.voided is None]
    _check_pending(event, ground, pending, selected, policy.yearly_cap)
    index = record.size

    def change() -> None:
        record.draws.by_slot[slot] = Draw(slot, office, month, body, policy, ground, derive_day(now))
        record.draws.opened_at[office] = index

    return change


def _check_readers(record: "Record", event: Event, policy: Policy, supervisor: str) -> None:
    """Refuse a sealed draw whose shares could not be encrypted to whom they have to be: the slot would be in vain."""
    keyed = [unit for unit in policy.units if record.encryption.newest(unit) is not None]
    for unit in (SERVICE, supervisor):
        refuse_unless(unit in keyed, event, f"{unit} has no encryption key")
    refuse_unless(len(keyed) >= 4, event, f"{len(keyed)} units have an encryption key, a sealed draw needs 4")


def _check_pending(event: Event, ground: Ground, pending: list[Draw], selected: Counter[str], cap: int) -> None:
    """Refuse a slot that could draw an enterprise once more than the cap, beside slots whose outcome is to come (T25).

    It is refused, and nobody is left out of its pool: a slot opened and left lying would else spare those in it.

    pending  the same office's draws of the year whose outcome is not known: no office can hold up another's draws
    """
    could: Counter[str] = Counter()
    for draw in pending:
        random = {stratum.id for stratum in draw.ground.strata if stratum.quota and not stratum.directed}
        could.update(leaf.target.id for leaf in draw.ground.pool if leaf.excluded is None and leaf.stratum in random)
    slots = " and ".join(draw.slot for draw in pending)
    drawing = {stratum.id for stratum in ground.strata if stratum.quota}
    for leaf in ground.pool if pending else ():
        code = leaf.target.id
        can_be_drawn = leaf.excluded is None and leaf.stratum in drawing
        is_one_too_many = can_be_drawn and could[code] and selected[code] + could[code] >= cap
        refuse_unless(
            not is_one_too_many, event, f"{slots} could draw {code} up to the yearly cap: that outcome comes first"
        )


def _check_kind(event: Event, body: DrawOpened, planned: str, earlier: list[Draw], month: str) -> None:
    """A line is drawn once a month; a supplementary draw names the slot that it follows, which was voided."""
    if body.kind == "supplementary":
        before = next((draw for draw in earlier if draw.slot == body.supplements), None)
        refuse_unless(before, event, f"it supplements {body.supplements}, which is not a slot of this office")
        assert before is not None
        refuse_unless(before.voided, event, f"{before.slot} was not voided")
        refuse_unless(before.opened.line == body.line, event, f"{before.slot} was of line {before.opened.line}")
        repeats = [draw.slot for draw in earlier if draw.opened.supplements == before.slot]
        refuse_unless(not repeats, event, f"{before.slot} was supplemented by slot {' '.join(repeats)}")
        check_same_parties(body, before.opened)
        return
    refuse_unless(body.kind == planned, event, f"kind {body.kind}, the plan line says {planned}")
    refuse_unless(body.supplements is None, event, "only a supplementary draw supplements another")
    repeats = [draw.slot for draw in earlier if (draw.month, draw.opened.line) == (month, body.line)]
    refuse_unless(not repeats, event, f"line {body.line} was drawn in {month} by slot {' '.join(repeats)}")


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
    refuse_unless(draw.frozen is None and draw.voided is None, event, "the slot is frozen or voided already")
    draw_at = parse_time(body.draw_at)
    lead = draw.policy.periods.freeze_lead_seconds
    refuse_unless(draw_at >= event.at + lead, event, f"T {body.draw_at} is less than {lead} s after the freeze")
    within = draw.policy.periods.draw_within_days
    latest = event.at + within * 86_400
    refuse_unless(draw_at <= latest, event, f"T {body.draw_at} is more than {within} days after the freeze")
    issues = {source.name: source.issue for source in body.sources if source.issue is not None}
    expected = derive_frozen(draw, draw_at, issues)
    for name in DrawFrozen.model_fields:
        check_same(name, getattr(body, name), getattr(expected, name))
    for source in body.sources:
        refuse_unless(source.kind != "lottery" or source.issue, event, f"lottery {source.name}: its issue is not named")
        check_unknown(record, event, source)

    def change() -> None:
        draw.frozen, draw.frozen_hash = body, Hex(_hash_entry(event))

    return change


def check_unknown(record: "Record", event: Event, source: FrozenSource) -> None:
    """Check that a lottery's issue is not one whose result stands in the log already (T1). Raises Refused."""
    recorded = [result for draw in record.draws.by_slot.values() for result in draw.results or ()]
    known = {(result.lottery.name, result.issue) for result in recorded if isinstance(result, LotteryResult)}
    is_known = (source.name, source.issue) in known
    refuse_unless(not is_known, event, f"lottery {source.name}: the result of issue {source.issue} is known already")


def _hash_entry(event: Event) -> str:
    return derive_hash(event.entry.decode())
