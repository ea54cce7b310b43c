"""What each step of the year and of a month signs: rosters, plan, and the stations of a draw, one function each.

The bodies are derived from the record wherever the rules derive them; a step only says who signs.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ledger.cli.desk import Desk, Log
from ledger.office.cases import Case
from ledger.office.compose import Listed, compose_event, derive_list
from ledger.office.draws import Draw, derive_frozen
from ledger.office.events.body import Body
from ledger.office.events.cases import (
    CaseAssigned,
    OfficerRecused,
    OfficerReplaced,
    RecusalWitnessed,
)
from ledger.office.events.draws import (
    DiceRolled,
    DrawAttested,
    DrawOpened,
    DrawVoided,
    RandomnessRecorded,
    Result,
    SeedCommitted,
    SeedRevealed,
    SeedsWitnessed,
)
from ledger.office.events.log import (
    CheckpointWitnessed,
    Continued,
    KeyEnrolled,
    KeyRevoked,
    LogClosed,
    LogFounded,
    OpeningsErased,
    OpeningsRead,
)
from ledger.office.events.plans import Budget, ItemsPublished, OwnTask, PlanApproved
from ledger.office.events.rosters import Declared, OfficersApproved, OfficersDeclared, TargetsApproved, TargetsDeclared
from ledger.office.lists import parse_rows
from ledger.office.officers import count_coverage
from ledger.office.outcome import Outcome
from ledger.office.plans import derive_plan_line, derive_plan_targets
from ledger.office.policy import SERVICE, Policy
from ledger.office.record import Record
from ledger.office.replacement import derive_replacement
from ledger.office.results import derive_draw_outcome, derive_executed
from ledger.office.rows import OFFICER, PlanLine
from ledger.office.shares import derive_closing
from ledger.proof.checkpoint import sorted_signatures
from ledger.proof.encoding import derive_day, format_time
from ledger.proof.errors import Refused
from ledger.proof.event import format_entry
from ledger.proof.note import Signer, Verifier, format_note, format_vkey, parse_note
from ledger.proof.randomness import LotteryResult, Round, derive_commitment

Rows = Sequence[dict[str, Any]]
List = Rows | Listed
"""A list to declare: its rows, or what was made of them already."""


def _listed(rows: List) -> Listed:
    return rows if isinstance(rows, Listed) else derive_list(rows)


def found(desk: Desk, log: Verifier, policy: Policy, continues: Continued | None = None) -> int:
    """Entry 0: every unit whose key is at hand signs the founding."""
    keys = {unit: format_vkey(signer.verifier) for unit, signer in desk.signers.items()}
    body = LogFounded(origin=log.name, log=format_vkey(log), keys=keys, policy=policy, continues=continues)
    return desk.submit("log.founded/1", "log", body, SERVICE, *(unit for unit in keys if unit != SERVICE))


def close_log(desk: Desk, successor: Verifier, reason: str) -> int:
    """The last entry: the organiser and the supervisor name the log that goes on."""
    office = desk.office("bureau")
    body = LogClosed.model_validate({"successor": format_vkey(successor), "reason": reason})
    return desk.submit("log.closed/1", "log", body, office.organiser, office.supervisor)


def revoke_key(desk: Desk, unit: str, vkey: str, reason: str, *units: str) -> int:
    """A key goes out of force."""
    return desk.submit("key.revoked/1", f"key/{unit}", KeyRevoked(vkey=vkey, reason=reason), *units)


def _prepare_declaration(
    desk: Desk, type: str, subject: str, unit: str, rows: List, private: Rows, body: Callable[..., Body]
) -> list[bytes]:
    """Sign a list, what is sealed beside it, and the declaration that cites them; hand nothing in."""
    lists = {"list": _listed(rows)} | ({"private": _listed(private)} if private else {})
    entries = [entry for listed in lists.values() for entry in desk.prepare_list(unit, listed)]
    cited = {name: listed.ref for name, listed in lists.items()}
    return [*entries, desk.prepare(type, subject, body(**cited), unit)]


def prepare_targets(desk: Desk, year: int, sub_roster: str, rows: List, private: Rows = ()) -> list[bytes]:
    """Sign a sub-roster's list for a year, as its keeper; hand nothing in."""
    owners = desk.policy.sub_rosters
    if sub_roster not in owners:
        raise Refused(f"{sub_roster} is not a sub-roster of the policy, which has {', '.join(sorted(owners))}")
    return _prepare_declaration(
        desk,
        "targets.declared/1",
        f"targets/{year}/{sub_roster}",
        owners[sub_roster].owner,
        rows,
        private,
        lambda **lists: TargetsDeclared(year=year, sub_roster=sub_roster, **lists),
    )


def declare_targets(desk: Desk, year: int, sub_roster: str, rows: List, private: Rows = ()) -> list[int]:
    """The keeper of a sub-roster hands in its list for a year: all of it or nothing."""
    return desk.hand_in(prepare_targets(desk, year, sub_roster, rows, private))


def approve_targets(desk: Desk, year: int) -> int:
    """The year's target roster is put together of all that was declared."""
    declared = {name: ref for (of, name), ref in desk.record.targets.declared.items() if of == year}
    body = TargetsApproved(
        year=year,
        declarations=tuple(Declared(of=name, list=declared[name]) for name in sorted(declared)),
        total=sum(ref.count for ref in declared.values()),
    )
    office = desk.office("bureau")
    units = (office.organiser, office.supervisor, office.leader)
    return desk.submit("targets.approved/1", f"targets/{year}", body, *units)


def prepare_officers(desk: Desk, year: int, unit: str, rows: List, private: Rows = ()) -> list[bytes]:
    """Sign a section's or street's certified staff for a year; hand nothing in."""
    roster = desk.policy.units[unit].office
    return _prepare_declaration(
        desk,
        "officers.declared/1",
        f"officers/{year}/{roster}/of/{unit}",
        unit,
        rows,
        private,
        lambda **lists: OfficersDeclared(year=year, roster=roster, **lists),
    )


def declare_officers(desk: Desk, year: int, unit: str, rows: List, private: Rows = ()) -> list[int]:
    """A section or street hands in its certified staff for a year: all of it or nothing."""
    return desk.hand_in(prepare_officers(desk, year, unit, rows, private))


def approve_officers(desk: Desk, year: int, roster: str) -> int:
    """A roster of officers is approved, at least 80% of the certified staff enrolled."""
    record = desk.record
    declared = {unit: ref for (y, r, unit), ref in record.officers.declared.items() if (y, r) == (year, roster)}
    rows = {o.id: o for ref in declared.values() for o in parse_rows(record.lists.leaves(ref), OFFICER)}
    certified, enrolled = count_coverage(rows, derive_day(desk.clock()))
    body = OfficersApproved(
        year=year,
        roster=roster,
        declarations=tuple(Declared(of=unit, list=declared[unit]) for unit in sorted(declared)),
        certified_in_post=certified,
        enrolled=enrolled,
    )
    office = desk.office(roster)
    return desk.submit("officers.approved/1", f"officers/{year}/{roster}", body, office.supervisor, office.leader)


def publish_items(desk: Desk, edition: str, rows: List, changes: str | None = None) -> list[int]:
    """An edition of the check-item list; `changes` says what of the law had changed."""
    office = desk.office("bureau")
    listed = _listed(rows)
    entries = desk.prepare_list(office.organiser, listed)
    body = ItemsPublished(edition=edition, list=listed.ref, changes=changes)
    if desk.draft is not None:  # the rows may go ahead: they say nothing until the two signatures cite them
        desk.log.append(entries)
        return [desk.submit("items.published/1", "items", body, office.organiser, office.supervisor)]
    entries.append(desk.prepare("items.published/1", "items", body, office.organiser, office.supervisor))
    return desk.hand_in(entries)


def derive_plan(
    desk: Desk, office: str, year: int, lines: Rows, *, budget: Budget | None = None, own_tasks: Sequence[OwnTask] = ()
) -> PlanApproved:
    """Return a plan with every number in it derived from the year's roster."""
    targets = derive_plan_targets(desk.record, desk.clock(), office, year)
    derived = []
    for line in lines:
        strata = [{"base": 0, "year_quota": 0, "month_quotas": [0] * 12, **stratum} for stratum in line["strata"]]
        derived.append(derive_plan_line(PlanLine.model_validate({**line, "strata": strata}), targets))
    tasks = tuple(own_tasks) or None
    return PlanApproved(office=office, year=year, lines=tuple(derived), budget=budget, own_tasks=tasks)


def approve_plan(
    desk: Desk, office: str, year: int, lines: Rows, *, budget: Budget | None = None, own_tasks: Sequence[OwnTask] = ()
) -> int:
    """A year's plan, with its budget of working days and the sections' own tasks where they are told."""
    parties = desk.office(office)
    body = derive_plan(desk, office, year, lines, budget=budget, own_tasks=own_tasks)
    return desk.submit("plan.approved/1", f"plan/{office}/{year}", body, parties.organiser, parties.supervisor)


def witness_log(desk: Desk, unit: str, checkpoint: bytes) -> int:
    """Time enters the record: a cosigned checkpoint, verbatim."""
    body = CheckpointWitnessed(checkpoint=strip_checkpoint(checkpoint, desk.record.log_key, desk.policy).decode())
    return desk.submit("checkpoint.witnessed/1", "log/witnessed", body, unit)


def strip_checkpoint(checkpoint: bytes, log: Verifier | None, *policies: Policy) -> bytes:
    """Return a checkpoint in its one spelling: without lines by others than the log and the policies' witnesses."""
    assert log is not None
    note = parse_note(checkpoint)
    known = [log, *(verifier for policy in policies for verifier in policy.witness_keys.values())]
    names = {(verifier.name, verifier.key_id) for verifier in known}
    lines = [line for line in note.signatures if (line.name, line.key_id) in names]
    return format_note(note.text, sorted_signatures(lines, log))


def open_draw(
    desk: Desk,
    office: str,
    month: str,
    line: str,
    kind: str,
    basis: str,
    supplements: str | None,
    *,
    mode: str = "open",
    lead: str | None = None,
    participants: Sequence[str] = (),
) -> str:
    """Open an office's next slot of a month; return the slot. A joint draw says who leads it and who takes part."""
    number = sum(draw.month == month for draw in desk.record.draws.of_office(office)) + 1
    slot = f"{office}/{month}/{number:03d}"
    fields = {"line": line, "kind": kind, "mode": mode, "basis": basis, "supplements": supplements, "lead": lead}
    body = DrawOpened.model_validate({**fields, "participants": sorted(participants) or None})
    desk.submit("draw.opened/1", f"draw/{slot}", body, desk.office(office).organiser)
    return slot


def find_draw(record: Record, slot: str) -> Draw:
    """Return a slot's draw. Raises Refused with the slots that there are."""
    draws = record.draws.by_slot
    if slot not in draws:
        raise Refused(f"slot {slot} was not opened; opened were {', '.join(draws) or 'none'}")
    return draws[slot]


def freeze_draw(desk: Desk, slot: str, draw_at: int, issues: Mapping[str, str]) -> int:
    """Fix everything but shares and randomness."""
    draw = find_draw(desk.record, slot)
    body = derive_frozen(draw, draw_at, dict(issues))
    return desk.submit("draw.frozen/1", f"draw/{slot}", body, desk.office(draw.office).organiser)


def commit_seed(desk: Desk, slot: str, unit: str, share: str) -> int:
    """A unit commits to the share that it made on its own machine."""
    body = SeedCommitted(commitment=derive_commitment(share))
    return desk.submit("seed.committed/1", f"draw/{slot}", body, unit)


def roll_dice(desk: Desk, slot: str, digits: str, video: str, unit: str, second: str) -> int:
    """Dice, as one more share."""
    return desk.submit("dice.rolled/1", f"draw/{slot}", DiceRolled(digits=digits, video=video), unit, second)


def reveal_seed(desk: Desk, slot: str, unit: str, share: str) -> int:
    """A unit shows its share."""
    return desk.submit("seed.revealed/1", f"draw/{slot}", SeedRevealed(share=share), unit)


def close_seeds(desk: Desk, slot: str) -> int:
    """The service lists the shares that count."""
    return desk.submit("seeds.closed/1", f"draw/{slot}", derive_closing(find_draw(desk.record, slot)), SERVICE)


def witness_seeds(desk: Desk, slot: str, unit: str, checkpoint: bytes) -> int:
    """The cosigned checkpoint over the closed shares."""
    policy = desk.record.draws.by_slot[slot].policy if slot in desk.record.draws.by_slot else desk.policy
    body = SeedsWitnessed(checkpoint=strip_checkpoint(checkpoint, desk.record.log_key, policy).decode())
    return desk.submit("seeds.witnessed/1", f"draw/{slot}", body, unit)


def format_result(result: Round | LotteryResult) -> Result:
    """Return a result as an event carries it."""
    if isinstance(result, Round):
        fields: dict[str, Any] = {"kind": result.chain.kind, "name": result.chain.hash}
        return Result.model_validate({**fields, "round": result.number, "signature": result.signature})
    return Result(kind="lottery", name=result.lottery.name, issue=result.issue, digits=result.digits)


def record_randomness(desk: Desk, slot: str, results: Sequence[Round | LotteryResult], *units: str) -> int:
    """The randomness that has come to exist; a lottery's is entered by two."""
    body = RandomnessRecorded(results=tuple(map(format_result, results)))
    return desk.submit("randomness.recorded/1", f"draw/{slot}", body, *units)


def execute_draw(desk: Desk, slot: str, unit: str, outcome: Outcome | None = None) -> int:
    """Write down what the seed gives; `outcome` is what the holder of sealed shares has computed."""
    draw = find_draw(desk.record, slot)
    body = derive_executed(draw, outcome)
    return desk.submit("draw.executed/1", f"draw/{slot}", body, unit)


def attest_draw(desk: Desk, slot: str, outcome: Outcome | None = None) -> int:
    """The supervisor's own recomputation; `outcome` is what it has computed from sealed shares."""
    draw = find_draw(desk.record, slot)
    body = DrawAttested(outcome=(outcome or derive_draw_outcome(draw)).ref)
    return desk.submit("draw.attested/1", f"draw/{slot}", body, desk.office(draw.office).supervisor)


def void_draw(desk: Desk, slot: str, reason: str) -> int:
    """Void a slot, by organiser and supervisor."""
    draw = find_draw(desk.record, slot)
    office = desk.office(draw.office)
    body = DrawVoided.model_validate({"reason": reason})
    return desk.submit("draw.voided/1", f"draw/{slot}", body, office.organiser, office.supervisor)


def assign_cases(desk: Desk, slot: str) -> list[int]:
    """Hand every sheet that is not assigned yet to its officers."""
    draw = find_draw(desk.record, slot)
    entries = []
    for sheet in derive_draw_outcome(draw).sheets:
        subject = f"case/{slot}/{sheet.number}"
        if subject not in desk.record.cases.by_subject:
            body = CaseAssigned(code=sheet.code, officers=sheet.officers)
            entries.append(desk.prepare("case.assigned/1", subject, body, sheet.host))
    return desk.hand_in(entries)


def recuse_officer(desk: Desk, subject: str, officer: str, reason: str, draw_at: int, issue: str | None = None) -> int:
    """An officer leaves a case; the home unit and the supervisor sign."""
    sealed = desk.record.cases.sealed.get(subject)
    case = sealed or desk.record.cases.by_subject[subject]
    if isinstance(case, Case) and officer not in case.officers:
        raise Refused(f"{officer} is not on the case, which has {', '.join(case.officers)}")
    home = case.homes[officer] if isinstance(case, Case) else case.find_home(officer)
    body = OfficerRecused.model_validate(
        {"officer": officer, "reason": reason, "draw_at": format_time(draw_at), "issue": issue}
    )
    return desk.submit("officer.recused/1", subject, body, home, desk.second(case.draw.office, home))


def witness_recusal(desk: Desk, subject: str, unit: str, checkpoint: bytes) -> int:
    """The cosigned checkpoint over the recusal."""
    case = desk.record.cases.sealed.get(subject) or desk.record.cases.by_subject.get(subject)
    policy = case.draw.policy if case else desk.policy
    body = RecusalWitnessed(checkpoint=strip_checkpoint(checkpoint, desk.record.log_key, policy).decode())
    return desk.submit("recusal.witnessed/1", subject, body, unit)


def replace_officer(
    desk: Desk, subject: str, officer: str, result: Round | LotteryResult, *units: str, case: Case | None = None
) -> str:
    """Who follows a recused officer, by fresh randomness; return the officer.

    case  what a sealed case is, as a holder of the shares knows it
    """
    case = case or desk.record.cases.by_subject[subject]
    if officer not in case.recusals or officer not in case.officers:
        raise Refused(f"{officer} is not recused")
    follows = derive_replacement(case, case.recusals[officer], result)
    body = OfficerReplaced(recused=officer, officer=follows, result=format_result(result))
    desk.submit("officer.replaced/1", subject, body, *units)
    return follows


def enrol_key(log: Log, new: Signer, by: Sequence[Signer], seconds: int) -> int:
    """A unit's new key, signed by itself and by the unit's current key or two other units'."""
    origin = log.record.origin
    unit = new.name.removeprefix(f"{origin}/")
    body = KeyEnrolled(vkey=format_vkey(new.verifier))
    text = compose_event(log.record, "key.enrolled/1", f"key/{unit}", unit, body, seconds)
    return log.append([format_entry(text, [new, *by])])[0]


def record_read(desk: Desk, unit: str, of: str, count: int) -> int:
    """A unit says that it is about to read what a subject's seals stand for."""
    return desk.submit("openings.read/1", f"reads/{unit}", OpeningsRead(of=of, count=count), unit)


def erase_openings(desk: Desk, digests: Sequence[str], reason: str) -> int:
    """Sealed values go out of reach: recorded first, then whoever keeps them deletes them."""
    office = desk.office("bureau")
    body = OpeningsErased.model_validate({"digests": digests, "reason": reason})
    return desk.submit("openings.erased/1", "openings", body, office.organiser, office.supervisor)
