"""What a change within the year signs, and what it changes: an enterprise's row, an officer's, a conflict, the policy.

Like the steps of the year, each function says who signs; the rules decide whether it may be.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from ledger.cli.desk import Desk
from ledger.cli.speech import read_locale, tr
from ledger.cli.words import SUB_ROSTERS, TARGET_RISKS, TARGET_SCALES, TARGET_STATUSES
from ledger.intake import parse_code
from ledger.intake.kinds import FIELD_WORDS
from ledger.office.compose import format_body
from ledger.office.events.body import Body
from ledger.office.events.log import PolicyAdopted
from ledger.office.events.rosters import ConflictDeclared, ConflictEnded, OfficerChanged, TargetChanged
from ledger.office.lists import parse_rows
from ledger.office.policy import Policy
from ledger.office.record import Record
from ledger.office.rows import PRIVATE, Officer, Target
from ledger.proof.draw import BUREAU
from ledger.proof.errors import Refused


def change_target(desk: Desk, year: int, target: Target, reason: str) -> int:
    """An enterprise's row as it is from now on, or a new one; its keeper and the supervisor sign."""
    body = TargetChanged(year=year, target=target, reason=reason)
    return desk.submit("target.changed/1", f"targets/{year}/changes", body, *_find_signers(desk, target))


def change_targets(desk: Desk, year: int, targets: Sequence[Target], reason: str) -> int:
    """Several rows, one event each, all of them or none; return the last index."""
    if len(targets) == 1:
        return change_target(desk, year, targets[0], reason)
    series = [(TargetChanged(year=year, target=one, reason=reason), _find_signers(desk, one)) for one in targets]
    return desk.hand_in(desk.prepare_series("target.changed/1", f"targets/{year}/changes", series))[-1]


def _find_signers(desk: Desk, target: Target) -> tuple[str, ...]:
    sub_rosters = desk.policy.sub_rosters
    if target.sub_roster not in sub_rosters:
        known = ", ".join(sorted(sub_rosters))
        raise Refused(f"{target.sub_roster} is not a sub-roster of the policy, which has {known}")
    owner = sub_rosters[target.sub_roster].owner
    return owner, desk.second(BUREAU, owner)


def find_sealed(record: Record, year: int) -> set[str]:
    """Return the codes of a year's enterprises whose names are persons' names, and sealed."""
    lists = [ref for (of, _), ref in record.targets.private.items() if of == year and ref is not None]
    return {row.id for ref in lists for row in parse_rows(record.lists.leaves(ref), PRIVATE)}


def change_officer(desk: Desk, year: int, officer: Officer, reason: str) -> int:
    """An officer's row as it is from now on, or a new one; the home unit and the supervisor sign."""
    units = desk.policy.units
    if officer.unit not in units:
        raise Refused(f"{officer.unit} is not a unit of the policy")
    roster = units[officer.unit].office
    body = OfficerChanged(year=year, roster=roster, officer=officer, reason=reason)
    subject = f"officers/{year}/{roster}/changes"
    return desk.submit("officer.changed/1", subject, body, officer.unit, desk.second(roster, officer.unit))


def find_code(record: Record, year: int, asked: str) -> str | None:
    """Return the code under which an enterprise stands on a year's roster, or None. Raises Unread, Refused."""
    roster = record.targets.roster(year)
    if asked in roster:
        return asked
    code = parse_code(asked).text
    return code if code in roster else None


def find_home(record: Record, officer: str) -> str:
    """Return the home unit of an officer, by the newest roster that has one of that id. Raises Refused if none has."""
    for _, rows in sorted(record.officers.approved.items(), reverse=True):
        if officer in rows:
            return rows[officer].unit
    raise Refused(f"officer {officer} stands on no approved roster")


def declare_conflict(desk: Desk, officer: str, code: str, reason: str) -> int:
    """An officer and an enterprise may not meet; the home unit says so."""
    body = ConflictDeclared.model_validate({"officer": officer, "code": code, "reason": reason})
    return desk.submit("conflict.declared/1", "conflicts", body, find_home(desk.record, officer))


def end_conflict(desk: Desk, officer: str, code: str) -> int:
    """They may meet again; the home unit says so, and the supervisor."""
    home = find_home(desk.record, officer)
    body = ConflictEnded(officer=officer, code=code)
    return desk.submit("conflict.ended/1", "conflicts", body, home, desk.second(BUREAU, home))


def adopt_policy(desk: Desk, policy: Policy) -> int:
    """A whole new policy; the bureau's organiser and supervisor sign."""
    office = desk.office(BUREAU)
    return desk.submit("policy.adopted/1", "policy", PolicyAdopted(policy=policy), office.organiser, office.supervisor)


def find_waiting_cases(record: Record, officer: str, code: str | None = None) -> Iterator[str]:
    """Yield the cases that an officer is on and that are not visited yet; of one enterprise, if a code is given."""
    for subject, case in record.cases.by_subject.items():
        if officer in case.officers and case.visit is None and code in (None, case.code):
            yield subject.removeprefix("case/")


_ROW_WORDS = {
    **FIELD_WORDS,
    "licences": "许可证",
    "certificate_until": "执法证有效期至",
}
_VALUE_WORDS = {
    "status": TARGET_STATUSES,
    "risk": TARGET_RISKS,
    "scale": TARGET_SCALES,
    "sub_roster": SUB_ROSTERS,
}


def tell_field(field: str) -> str:
    """Return the name of a row's field in the reader's language."""
    return tr(_ROW_WORDS.get(field, field), field)


def _tell_value(field: str, value: Any) -> str:
    """Return a row's value in Chinese where it has a word; as it is where not."""
    if isinstance(value, bool):
        return "是" if value else "否"
    meanings = _VALUE_WORDS.get(field, {})
    return meanings[value][0] if isinstance(value, str) and value in meanings else format_value(value)


class Difference(NamedTuple):
    """A field that stands otherwise than before; None where it is left out."""

    field: str
    before: Any
    after: Any

    def format(self) -> str:
        """Return it as a line."""
        return f"{self.field}: {format_value(self.before)} -> {format_value(self.after)}"

    def tell(self) -> str:
        """Return a row's difference as a line in the reader's language."""
        if read_locale() == "en":
            return self.format()
        before, after = (_tell_value(self.field, value) for value in (self.before, self.after))
        return f"{tell_field(self.field)}：{before} → {after}"


def derive_differences(before: Body | None, after: Body) -> list[Difference]:
    """Return every field in which two policies, or two rows, differ, in order of the fields' names."""
    return _compare("", {} if before is None else format_body(before), format_body(after))


def _compare(field: str, before: Any, after: Any) -> list[Difference]:
    if isinstance(before, dict) and isinstance(after, dict):
        found: list[Difference] = []
        for name in sorted({*before, *after}):
            found += _compare(f"{field}.{name}" if field else name, before.get(name), after.get(name))
        return found
    return [] if before == after else [Difference(field, before, after)]


def format_row(row: dict[str, Any]) -> str:
    """Return a row on one line, for a message."""
    return ", ".join(f"{field} {format_value(value)}" for field, value in row.items())


def format_value(value: Any) -> str:
    """Return a field's value for a line: text as it is, `-` for what is left out, all else as JSON."""
    if value is None:
        return "-"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
