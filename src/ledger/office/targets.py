"""The target roster: declared by the keepers of the sub-rosters, approved as one, changed in the year in the open.

What a rule reads of an enterprise is read as it was before any change that is still cooling off (T14).
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ledger.office.events.body import ListRef
from ledger.office.events.rosters import TargetChanged, TargetsApproved, TargetsDeclared
from ledger.office.keylists import check_key_enterprises
from ledger.office.lists import check_declarations, parse_rows
from ledger.office.policy import Policy
from ledger.office.rows import PRIVATE, TARGET, Target, check_spelling
from ledger.office.rule import YEAR, Change, Parties, Subject, check_same, rule
from ledger.proof.encoding import derive_day
from ledger.proof.errors import Refused
from ledger.proof.event import Event

if TYPE_CHECKING:
    from ledger.office.record import Record


@dataclass(slots=True)
class Listing:
    """An enterprise on a year's roster: its rows, each with the index of the entry that made it so, oldest first."""

    versions: list[tuple[int, Target]]
    listed: int

    @property
    def newest(self) -> Target:
        """The row as it stands."""
        return self.versions[-1][1]


@dataclass(slots=True)
class Targets:
    """Declarations by (year, sub-roster), and the approved rosters: year -> code -> listing."""

    declared: dict[tuple[int, str], ListRef] = field(default_factory=dict)
    private: dict[tuple[int, str], ListRef | None] = field(default_factory=dict)
    approved: dict[int, dict[str, Listing]] = field(default_factory=dict)

    def roster(self, year: int) -> dict[str, Listing]:
        """Return a year's roster. Raises Refused if none is approved: last year's has expired (R32)."""
        if year not in self.approved:
            raise Refused(f"no target roster is approved for {year}")
        return self.approved[year]


def derive_effective(record: "Record", at: int, policy: Policy, listing: Listing) -> Target:
    """Return the row that rules read now: the newest that is the first, or has cooled off.

    A change younger than the policy's cooling-off, by the witnesses' clock, is passed over by the draw.
    """
    enough = policy.periods.cooling_off_days * 86_400
    for index, target in reversed(listing.versions[1:]):
        if record.age_seconds(index, at) >= enough:
            return target
    return listing.versions[0][1]


def _check_words(policy: Policy, target: Target) -> None:
    check_spelling(target.id)
    if target.sub_roster not in policy.sub_rosters:
        raise Refused(f"{target.id}: sub-roster {target.sub_roster} is not in the policy")
    if target.street is not None and target.street not in policy.offices:
        raise Refused(f"{target.id}: street {target.street} is not in the policy")
    for tag in target.tags or ():
        if tag not in policy.tags and tag not in policy.sub_rosters:
            raise Refused(f"{target.id}: tag {tag} is not in the policy")
    for name in target.list_names():
        if name not in policy.key_lists:
            raise Refused(f"{target.id}: key list {name} is not in the policy")


def _owner(record: "Record", event: Event, body: TargetsDeclared, subject: Subject) -> Parties:
    sub_roster = record.policy_at(event.at).sub_rosters.get(body.sub_roster)
    return {"owner": frozenset([sub_roster.owner]) if sub_roster else frozenset()}


@rule("targets.declared/1", TargetsDeclared, f"targets/{YEAR}/(?P<sub_roster>[a-z0-9-]+)", parties=_owner)
def declare_targets(record: "Record", event: Event, body: TargetsDeclared, subject: Subject) -> Change:
    """A keeper hands in its list for a year."""
    check_same("subject", event.subject, f"targets/{body.year}/{body.sub_roster}")
    if body.year in record.targets.approved:
        raise Refused(f"the roster of {body.year} is approved: changes are single, by target.changed")
    policy = record.policy_at(event.at)
    for target in parse_rows(record.lists.leaves(body.list), TARGET):
        if target.sub_roster != body.sub_roster:
            raise Refused(f"{target.id}: sub-roster {target.sub_roster} in the list of {body.sub_roster}")
        _check_words(policy, target)
    private = list(parse_rows(record.lists.leaves(body.private), PRIVATE)) if body.private is not None else []

    def change() -> None:
        record.targets.declared[body.year, body.sub_roster] = body.list
        record.targets.private[body.year, body.sub_roster] = body.private
        record.seals.add(private)

    return change


@rule("targets.approved/1", TargetsApproved, f"targets/{YEAR}", check="ground")
def approve_targets(record: "Record", event: Event, body: TargetsApproved, subject: Subject) -> Change:
    """The year's roster is put together; a code in two sub-rosters blocks it, and a key enterprise left out (R31)."""
    check_same("subject", event.subject, f"targets/{body.year}")
    if body.year in record.targets.approved:
        raise Refused(f"the roster of {body.year} is approved already")
    known = {name: ref for (year, name), ref in record.targets.declared.items() if year == body.year}
    check_declarations(f"declarations of {body.year}", body.declarations, known)
    roster = _merge(record, [*known.values()])
    check_same("total", body.total, len(roster))
    check_key_enterprises(record, body.year, derive_day(event.at), roster)
    last = record.targets.approved.get(body.year - 1, {})
    index = record.size

    def change() -> None:
        record.targets.approved[body.year] = {
            code: _renew(last.get(code), target, index) for code, target in roster.items()
        }

    return change


def _merge(record: "Record", lists: list[ListRef]) -> dict[str, Target]:
    roster: dict[str, Target] = {}
    for ref in lists:
        for target in parse_rows(record.lists.leaves(ref), TARGET):
            other = roster.setdefault(target.id, target)
            if other is not target:
                raise Refused(f"{target.id} stands in two sub-rosters, {other.sub_roster} and {target.sub_roster}")
    return roster


def _renew(last: Listing | None, target: Target, index: int) -> Listing:
    if last is None:
        return Listing([(index, target)], index)
    if last.newest.rule_attributes() == target.rule_attributes():
        return Listing([*last.versions[:-1], (last.versions[-1][0], target)], last.listed)
    return Listing([*last.versions, (index, target)], last.listed)


def _keeper(record: "Record", event: Event, body: TargetChanged, subject: Subject) -> Parties:
    sub_roster = record.policy_at(event.at).sub_rosters.get(body.target.sub_roster)
    return {"owner": frozenset([sub_roster.owner]) if sub_roster else frozenset()}


@rule("target.changed/1", TargetChanged, f"targets/{YEAR}/changes", check="ground", parties=_keeper)
def change_target(record: "Record", event: Event, body: TargetChanged, subject: Subject) -> Change:
    """One enterprise is listed, or its row changes."""
    check_same("subject", event.subject, f"targets/{body.year}/changes")
    roster, target, index = record.targets.roster(body.year), body.target, record.size
    _check_words(record.policy_at(event.at), target)
    listing = roster.get(target.id)
    if listing is not None and listing.newest == target:
        raise Refused(f"{target.id}: the row is the same as before")

    def change() -> None:
        if listing is None:
            roster[target.id] = Listing([(index, target)], index)
        else:
            listing.versions.append((index, target))

    return change
