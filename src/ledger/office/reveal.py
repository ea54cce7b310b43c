"""How a sealed draw becomes like an open one: sheet by sheet as visits are over, and whole once its shares are shown.

Before that, whoever reads what is sealed has it recorded first (T22, T23). What was said of a sealed case and proves
wrong when its sheet is shown is a breach, reported at its own entry: what shows it is taken all the same.

Specification: docs/spec/draw.md, section 11.
"""

from typing import TYPE_CHECKING

from ledger.office.cases import CASE, Case, make_case
from ledger.office.draws import DRAW, Draw
from ledger.office.events.cases import CaseDisclosed
from ledger.office.events.draws import DrawRevealed, ReadRecorded
from ledger.office.outcome import Outcome, Sheet
from ledger.office.results import derive_outcome_of
from ledger.office.rule import RULES, SLOT, Change, Parties, Subject, check_same, refuse_unless, rule
from ledger.office.sealed import Breach, SealedCase, derive_sheet_leaf, parse_sheet
from ledger.proof.encoding import Hex, derive_day
from ledger.proof.errors import LedgerError, Mismatch, Refused
from ledger.proof.event import Event
from ledger.proof.randomness import derive_commitment

if TYPE_CHECKING:
    from ledger.office.record import Record


def _find_read(record: "Record", event: Event) -> Draw:
    draw = record.draws.by_slot.get(event.subject.removeprefix("reads/"))
    refuse_unless(draw is not None and draw.is_sealed and draw.closed is not None, event, "no closed sealed draw")
    assert draw is not None
    return draw


def _reading_slots(record: "Record", event: Event, body: ReadRecorded, subject: Subject) -> list[frozenset[str]]:
    draw, units = _find_read(record, event), frozenset(record.policy_at(event.at).units)
    return [units if body.what == "sheet" else frozenset(unit for unit in units if draw.is_held_by(unit))]


@rule("read.recorded/1", ReadRecorded, f"reads/{SLOT}", slots=_reading_slots)
def record_read(record: "Record", event: Event, body: ReadRecorded, subject: Subject) -> Change:
    """A unit says that it reads what is sealed, before it does: the shares, which it holds, or one sheet."""
    draw = _find_read(record, event)
    refuse_unless(draw.is_hidden, event, "it is revealed, nothing of it is sealed any more")
    refuse_unless(draw.executed or body.what == "shares", event, "it is not executed yet")
    read = (record.size, event.unit, body.what)
    return lambda: draw.reads.append(read)


def _disclosing_host(record: "Record", event: Event, body: CaseDisclosed, subject: Subject) -> Parties:
    # What the reveal has shown follows from the shares: whoever says it says the same.
    is_late = event.subject in record.cases.undisclosed
    return {"host": frozenset(record.policy_at(event.at).units) if is_late else frozenset([body.sheet.host])}


@rule("case.disclosed/1", CaseDisclosed, CASE, check="cases", parties=_disclosing_host)
def disclose_case(record: "Record", event: Event, body: CaseDisclosed, subject: Subject) -> Change:
    """The host section shows a sheet; from here on the case is like any other.

    A sheet that was left to the reveal is written down after it, by any unit, for readers who do not compute.
    """
    if event.subject in record.cases.undisclosed:
        case = record.cases.by_subject[event.subject]
        sheet = parse_sheet(case.draw, body.sheet)
        check_same("leaf", derive_sheet_leaf(sheet), derive_sheet_leaf(case.sheet))
        return lambda: record.cases.undisclosed.discard(event.subject)
    sealed = record.cases.sealed.get(event.subject)
    refuse_unless(sealed is not None, event, "no sealed case is assigned here")
    assert sealed is not None
    check_same("case", body.sheet.case, sealed.number)
    sheet = parse_sheet(sealed.draw, body.sheet)
    check_same("leaf", derive_sheet_leaf(sheet), sealed.leaf)
    return lambda: _show(record, event.subject, sheet)


def _show(record: "Record", subject: str, sheet: Sheet) -> None:
    """Put a case in the place of a sealed one, and check on it what was claimed of that."""
    record.cases.by_subject[subject], breaches = open_case(record.cases.sealed.pop(subject), sheet)
    record.breaches += breaches


def open_case(sealed: SealedCase, sheet: Sheet) -> tuple[Case, list[Breach]]:
    """Return a sealed case as its sheet and what was claimed of it make it, and the claims that do not hold.

    None of these changes anything of the case.
    """
    case, breaches = make_case(sealed.draw, sheet), list[Breach]()
    for index, event, claim in sealed.claims:
        try:
            claim(case, event)()
        except LedgerError as error:
            error.check = RULES[event.type].check
            breaches.append(Breach(index, error, sealed.draw.slot, is_root=False))
    return case, breaches


@rule("draw.revealed/1", DrawRevealed, DRAW, check="shares")
def reveal_draw(record: "Record", event: Event, body: DrawRevealed, subject: Subject) -> Change:
    """The shares are shown, and with them the seed and every sheet."""
    draw = record.draws.find(event)
    refuse_unless(draw.is_sealed, event, "the draw is not sealed")
    refuse_unless(draw.executed, event, "it is not executed yet")
    refuse_unless(draw.is_hidden, event, "it is revealed already")
    check_reveal_time(record, draw, event.unit, event.at)
    check_same("shares", sorted(body.shares), [party for party in draw.counted if party in draw.encrypted])
    for unit, share in body.shares.items():
        check_same(f"commitment of {unit}", derive_commitment(share), draw.commitments[unit])
    shares = draw.shares | {unit: Hex(share) for unit, share in body.shares.items()}
    outcome, index = derive_outcome_of(draw, shares), record.size

    def change() -> None:
        draw.shares, draw.outcome, draw.revealed_at = shares, outcome, index
        if draw.voided is None:
            record.draws.count(draw, 1)
        _settle(record, draw, outcome)

    return change


def check_reveal_time(record: "Record", draw: Draw, unit: str, at: int) -> None:
    """Check that the visits are over: each is recorded, and the organiser says so; or their last day has passed.

    That it has passed is the witnesses' word where the policy asks for them: a date set ahead would reveal too early.

    unit, at  who reveals, and when, in Unix seconds

    Raises Refused.
    """
    now = record.attested_now() if draw.policy.witnesses.quorum else at
    if draw.claimed is None or derive_day(now) > draw.reveal_due:
        return
    organiser = draw.policy.offices[draw.office].organiser
    due, place = draw.reveal_due, f"draw.revealed/1 on draw/{draw.slot}"
    if unit != organiser:
        raise Refused(f"{place}: until the end of {due} only {organiser} reveals")
    cases = [record.cases.by_subject.get(f"case/{draw.slot}/{n:04d}") for n in range(1, draw.claimed.count + 1)]
    awaited = sum(case is None or case.visit is None for case in cases)
    if awaited:
        why = f"until the end of {due} it is revealed only after all visits, and {awaited} are not recorded"
        raise Refused(f"{place}: {why}")


def _settle(record: "Record", draw: Draw, outcome: Outcome) -> None:
    """Show every sheet of a true outcome; where another root was executed, nothing that was done under it stands.

    What was already shown or published of such cases is kept as unfounded.
    """
    record.breaches += _judge_roots(draw, outcome)
    prefix = f"case/{draw.slot}/"
    if outcome.ref == draw.claimed:
        for subject in [subject for subject in record.cases.sealed if subject.startswith(prefix)]:
            record.cases.undisclosed.add(subject)
            _show(record, subject, outcome.sheets[int(subject.removeprefix(prefix)) - 1])
        return
    for subject in [subject for subject in record.cases.sealed if subject.startswith(prefix)]:
        del record.cases.sealed[subject]
    for subject in [subject for subject in record.cases.by_subject if subject.startswith(prefix)]:
        record.cases.unfounded[subject] = record.cases.by_subject.pop(subject)
    draw.attested = None


def _judge_roots(draw: Draw, outcome: Outcome) -> list[Breach]:
    """Return every root that was executed or attested and is not the outcome's, also one that another replaced."""
    breaches = []
    for index, check, ref in draw.roots:
        if ref != outcome.ref:
            error = Mismatch(f"draw/{draw.slot}: root {ref.root}, the revealed shares give {outcome.ref.root}")
            error.check = check
            breaches.append(Breach(index, error, draw.slot, is_root=True))
    return breaches
