"""An officer leaves a case, and chance says who follows (T19).

The recusal names randomness that lies ahead; witnesses see it before that is known; the replacement is then derived
from the officers' frozen order.
"""

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from ledger.office.cases import CASE, Case, Recusal, find_parties
from ledger.office.draws import Draw, check_unknown, derive_source
from ledger.office.events.cases import OfficerRecused, OfficerReplaced, RecusalWitnessed
from ledger.office.policy import Policy
from ledger.office.results import check_result, parse_result
from ledger.office.rule import Change, Subject, check_same, refuse_unless, rule
from ledger.office.sealed import SealedCase
from ledger.office.shares import check_witnessed
from ledger.proof.draw import Case as DrawnCase
from ledger.proof.draw import choose_replacement, derive_replacement_seed
from ledger.proof.encoding import parse_time
from ledger.proof.errors import LedgerError
from ledger.proof.event import Event
from ledger.proof.randomness import WITNESS_LEAD_SECONDS, Result

if TYPE_CHECKING:
    from ledger.office.record import Record


def _roster(draw: Draw, officer: str) -> str:
    return next(leaf.roster for leaf in draw.ground.officers if leaf.officer.id == officer)


@rule("officer.recused/1", OfficerRecused, CASE, check="replacement", parties=find_parties)
def recuse_officer(record: "Record", event: Event, body: OfficerRecused, subject: Subject) -> Change:
    """An officer leaves, before the visit or a re-inspection; what replaces lies ten minutes ahead at least (T19).

    And it lies no further ahead than a draw's own does: until then nobody can visit (T24).
    """
    case = record.cases.find_any(event)
    policy = case.draw.policy
    draw_at = parse_time(body.draw_at)
    lead, within = policy.periods.replacement_lead_seconds, policy.periods.draw_within_days
    is_to_come = case.visit is None or case.ordered is not None
    refuse_unless(is_to_come, event, "the visit is recorded already, and nothing is to be looked at again")
    refuse_unless(case.has(body.officer), event, f"{body.officer} is not on the case")
    refuse_unless(draw_at >= event.at + lead, event, f"T′ {body.draw_at} is less than {lead} s ahead")
    latest = event.at + within * 86_400
    refuse_unless(draw_at <= latest, event, f"T′ {body.draw_at} is more than {within} days ahead")
    source = derive_source(policy.source(policy.randomness.replacement), draw_at, body.issue)
    refuse_unless(
        (source.kind == "lottery") == (body.issue is not None), event, "a lottery's issue, and only that, is named"
    )
    check_unknown(record, event, source)
    recusal = Recusal(body.officer, record.size, event.entry, draw_at, source)
    lapsed = {one.index for one in case.open_recusals() if one.officer == body.officer and _is_past(record, event, one)}
    decided = case.decide(record.size, event, partial(_recuse, recusal=recusal, lapsed=lapsed))

    def change() -> None:
        if isinstance(case, SealedCase):
            case.recusals.append(recusal)
        decided()

    return change


def _recuse(case: Case, event: Event, recusal: Recusal, lapsed: set[int]) -> Change:
    """An officer who is on the case leaves it; one who is recused already only if that has lapsed.

    Who follows then comes from the fallback roster, so that letting one lapse does not draw again among friends. As
    often as one lapses, for nothing else can end it, and until it ends nobody can visit; but once where no witnesses
    are asked for: there a recusal that lapsed can be replaced all the same.
    """
    officer = recusal.officer
    is_final = case.draw.policy.witnesses.quorum == 0
    refuse_unless(case.has(officer), event, f"{officer} is not on the case")
    before = case.recusals.get(officer)
    is_free = before is None or (before.index in lapsed and not (before.renewals and is_final))
    refuse_unless(is_free, event, f"{officer} is recused already")

    def change() -> None:
        case.recusals[officer] = replace(recusal, renewals=0 if before is None else before.renewals + 1)

    return change


def _is_past(record: "Record", event: Event, recusal: Recusal) -> bool:
    """Tell whether a recusal's time has come without a quorum that saw it before."""
    return max(event.at, record.attested_now()) >= recusal.draw_at and recusal.witnessed_at is None


@rule("recusal.witnessed/1", RecusalWitnessed, CASE, check="replacement")
def witness_recusal(record: "Record", event: Event, body: RecusalWitnessed, subject: Subject) -> Change:
    """The quorum had seen the open recusals a minute before the randomness that replaces."""
    case = record.cases.find_any(event)
    waiting = [recusal for recusal in case.open_recusals() if recusal.witnessed_at is None]
    refuse_unless(waiting, event, "no recusal waits for its witnesses")
    policy = case.draw.policy
    size, _ = record.checked_checkpoint(body.checkpoint, policy)
    covered = [recusal for recusal in waiting if recusal.index < size]
    refuse_unless(covered, event, f"the checkpoint of size {size} covers no recusal that waits")
    # One that comes too late for its own randomness must not hold up the others.
    last = max(covered, key=lambda recusal: recusal.draw_at)
    seconds = check_witnessed(record, event, policy, body.checkpoint, last.index, last.draw_at)

    def change() -> None:
        for recusal in covered:
            if seconds < recusal.draw_at - WITNESS_LEAD_SECONDS:
                recusal.witnessed_at, recusal.witnessed_by = seconds, body.checkpoint
        record.attest(size, seconds)

    return change


def derive_replacement(case: Case, recusal: Recusal, result: Result) -> str:
    """Return who follows a recused officer."""
    draw, sheet = case.draw, case.sheet
    seat = case.officers.index(recusal.officer)
    return choose_replacement(
        derive_replacement_seed(recusal.entry, result),
        DrawnCase(sheet.ticket, sheet.code, sheet.street or ""),
        _roster(draw, recusal.officer),
        {*case.officers, *case.former},
        seat in case.replaced or recusal.renewals > 0,
        draw.ground.rosters(),
    )


def _replacing_slots(record: "Record", event: Event, body: OfficerReplaced, subject: Subject) -> list[frozenset[str]]:
    units = frozenset(record.policy_at(event.at).units)
    return [units, units] if body.result.kind == "lottery" else [units]


@rule("officer.replaced/1", OfficerReplaced, CASE, check="replacement", slots=_replacing_slots)
def replace_officer(record: "Record", event: Event, body: OfficerReplaced, subject: Subject) -> Change:
    """Who follows is derived, never chosen; any unit may bring the randomness.

    Of a sealed case only who holds the shares can derive it, and signs: nobody else could tell it from a false one.
    """
    case = record.cases.find_any(event)
    is_known = not isinstance(case, SealedCase) or case.draw.is_held_by(event.unit)
    refuse_unless(is_known, event, f"{event.unit} does not hold the shares")
    policy = case.draw.policy
    recusals = [recusal for recusal in case.open_recusals() if recusal.officer == body.recused]
    refuse_unless(recusals, event, f"{body.recused} is not recused")
    result = parse_result(body.result, policy.source(policy.randomness.replacement))
    served = _find_served(record, event, policy, recusals, result)
    return case.decide(
        record.size, event, partial(_replace, body=body, result=result, served=served, index=record.size)
    )


def _find_served(
    record: "Record", event: Event, policy: Policy, recusals: list[Recusal], result: Result
) -> frozenset[int]:
    """Return the indexes of those recusals that are witnessed, and whose randomness this is. Raises if it is none's."""
    served, refused = set(), []
    for recusal in recusals:
        try:
            is_seen = policy.witnesses.quorum == 0 or recusal.witnessed_at is not None
            refuse_unless(is_seen, event, "the recusal is not witnessed")
            check_result(record, event, result, recusal.source, recusal.draw_at)
        except LedgerError as error:
            refused.append(error)
        else:
            served.add(recusal.index)
    if not served:
        raise refused[0]
    return frozenset(served)


def _replace(
    case: Case, event: Event, body: OfficerReplaced, result: Result, served: frozenset[int], index: int
) -> Change:
    recusal = case.recusals.get(body.recused)
    refuse_unless(recusal is not None and case.has(body.recused), event, f"{body.recused} is not recused")
    assert recusal is not None
    earlier = [one.officer for one in case.open_recusals() if one.index < recusal.index]
    # Replacing in another order, once the randomness is known, would change who follows.
    refuse_unless(not earlier, event, f"{' and '.join(earlier)} was recused before and is replaced first")
    refuse_unless(recusal.index in served, event, "the randomness is of another recusal")
    check_same("officer", body.officer, derive_replacement(case, recusal, result))
    seat = case.officers.index(body.recused)

    def change() -> None:
        case.officers[seat] = body.officer
        case.staffed = index
        case.former.append(body.recused)
        case.replaced[seat] = case.replaced.get(seat, 0) + 1

    return change
