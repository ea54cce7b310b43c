"""The ground of a draw: what draw.frozen must say, derived from the entries below its size, never chosen.

Every registered enterprise in scope is a leaf of the pool, also one that cannot be drawn, with the reason (T11).
Specification: docs/spec/draw.md, section 1; leaves: docs/spec/bundle.md.
"""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ledger.office.events.body import ListRef
from ledger.office.events.draws import FrozenStratum, OfficersRef, PoolRef, Recent
from ledger.office.lists import parse_rows
from ledger.office.officers import Move
from ledger.office.plans import find_stratum
from ledger.office.policy import Policy
from ledger.office.rows import ITEM, Item, Officer, PlanLine, Target
from ledger.office.targets import derive_effective
from ledger.proof.draw import BUREAU, Rosters, derive_members
from ledger.proof.encoding import derive_day, format_canonical
from ledger.proof.errors import Refused
from ledger.proof.event import Event
from ledger.proof.merkle import derive_root

if TYPE_CHECKING:
    from ledger.office.record import Record


@dataclass(frozen=True, slots=True)
class PoolLeaf:
    """An enterprise in scope: the row that rules read, its stratum, and why it cannot be drawn (None if it can)."""

    target: Target
    stratum: str
    excluded: str | None

    def format(self) -> bytes:
        """Return the leaf's bytes."""
        target = self.target
        fields: dict[str, Any] = {"id": target.id, "stratum": self.stratum, "sub_roster": target.sub_roster}
        if target.street is not None:
            fields["street"] = target.street
        if target.tags:
            fields["tags"] = target.tags
        if self.excluded is not None:
            fields["excluded"] = self.excluded
        return format_canonical(fields)


@dataclass(frozen=True, slots=True)
class OfficerLeaf:
    """An officer of a roster, and why he or she cannot be drawn (None if possible)."""

    officer: Officer
    roster: str
    excluded: str | None

    def format(self) -> bytes:
        """Return the leaf's bytes."""
        fields = {"id": self.officer.id, "roster": self.roster, "unit": self.officer.unit}
        if self.excluded is not None:
            fields["excluded"] = self.excluded
        return format_canonical(fields)


@dataclass(frozen=True)
class Ground:
    """Everything that a draw stands on, as of one size of the log; and the moves shortly before, said beside it."""

    size: int
    pool: tuple[PoolLeaf, ...]
    officers: tuple[OfficerLeaf, ...]
    items: tuple[Item, ...]
    items_ref: ListRef
    conflicts: tuple[tuple[str, str], ...]
    strata: tuple[FrozenStratum, ...]
    crew: tuple[str, ...]
    fallback: str
    items_per_case: int
    recent: Recent
    pool_ref: PoolRef
    officers_ref: OfficersRef
    conflicts_ref: ListRef
    moves: tuple[Move, ...] = ()

    def eligible(self, stratum: str) -> list[str]:
        """Return the codes of a stratum that can be drawn."""
        return [leaf.target.id for leaf in self.pool if leaf.stratum == stratum and leaf.excluded is None]

    @cached_property
    def homes(self) -> dict[str, str]:
        """The home unit of each officer."""
        return {leaf.officer.id: leaf.officer.unit for leaf in self.officers}

    def rosters(self) -> Rosters:
        """Return who can be drawn as an officer."""
        return _rosters(self.officers, frozenset(self.conflicts), self.fallback)


def format_conflict(officer: str, code: str) -> bytes:
    """Return the bytes of a conflict's leaf."""
    return format_canonical({"code": code, "id": f"{officer}|{code}", "officer": officer})


def _rosters(leaves: tuple[OfficerLeaf, ...], conflicts: frozenset[tuple[str, str]], fallback: str) -> Rosters:
    eligible: dict[str, list[str]] = {}
    for leaf in leaves:
        if leaf.excluded is None:
            eligible.setdefault(leaf.roster, []).append(leaf.officer.id)
    return Rosters(eligible, conflicts, fallback)


def derive_ground(
    record: "Record", event: Event, policy: Policy, office: str, month: str, line: PlanLine, selected: Counter[str]
) -> Ground:
    """Return the ground of the draw that an event opens, as of the log with that event.

    selected  code -> how often it was drawn this year, or visited without a draw, for the yearly cap (T25)

    Raises Refused where a roster or list is missing, or where an eligible enterprise cannot be given its officers.
    """
    year = int(month[:4])
    pool, recent = _derive_pool(record, event, policy, office, year, line, selected)
    officers = _derive_officers(record, year, derive_day(event.at))
    if record.plans.items is None:
        raise Refused("no check-item list is published: nothing could be checked")
    items = tuple(parse_rows(record.lists.leaves(record.plans.items), ITEM))
    conflicts = tuple(sorted(record.officers.conflicts, key=lambda pair: f"{pair[0]}|{pair[1]}"))
    crew = policy.crew_of(office)
    _check_crews(pool, _rosters(officers, frozenset(conflicts), policy.fallback_roster), crew)
    excluded = Counter(leaf.excluded for leaf in pool if leaf.excluded is not None)
    return Ground(
        size=record.size + 1,
        pool=pool,
        officers=officers,
        items=items,
        items_ref=record.plans.items,
        conflicts=conflicts,
        strata=_derive_strata(pool, policy, month, line),
        crew=crew,
        fallback=policy.fallback_roster,
        items_per_case=policy.items_per_case,
        recent=recent,
        pool_ref=PoolRef(
            root=derive_root(leaf.format() for leaf in pool).hex(),
            count=len(pool),
            eligible=len(pool) - excluded.total(),
            excluded=dict(excluded),
        ),
        officers_ref=OfficersRef(
            root=derive_root(leaf.format() for leaf in officers).hex(),
            count=len(officers),
            eligible=sum(leaf.excluded is None for leaf in officers),
        ),
        conflicts_ref=ListRef(
            root=derive_root(format_conflict(*pair) for pair in conflicts).hex(), count=len(conflicts)
        ),
        moves=_find_moves(record, event, policy, office, year),
    )


def _derive_pool(
    record: "Record", event: Event, policy: Policy, office: str, year: int, line: PlanLine, selected: Counter[str]
) -> tuple[tuple[PoolLeaf, ...], Recent]:
    since = record.draws.last_opened(office)
    pool: list[PoolLeaf] = []
    listed = cooling_off = 0
    roster = record.targets.roster(year)
    for code in sorted(roster):
        listing = roster[code]
        target = derive_effective(record, event.at, policy, listing)
        if office != BUREAU and target.street != office:
            continue
        stratum = find_stratum(line.strata, target)
        if stratum is None:
            continue
        if target.sub_roster not in policy.sub_rosters:
            raise Refused(
                f"enterprise {code}: the policy has no sub-roster {target.sub_roster}, so nobody hosts the case"
            )
        excluded: str | None = target.status if target.status != "open" else None
        if excluded is None and selected[code] >= policy.yearly_cap:
            excluded = "cap-reached"
        pool.append(PoolLeaf(target, stratum.id, excluded))
        listed += listing.listed > since
        cooling_off += target is not listing.newest
    return tuple(pool), Recent(listed=listed, cooling_off=cooling_off)


def _find_moves(record: "Record", event: Event, policy: Policy, office: str, year: int) -> tuple[Move, ...]:
    """Return what took effect at once since the office opened its slot before, or within the cooling-off (T16).

    So each move stands beside a draw of the office, and no slot opened in between takes it out of sight.
    """
    opened = {draw.month[:4]: draw.ground.size - 1 for draw in record.draws.of_office(office)}
    since = {None: record.draws.last_opened(office), year: opened.get(str(year), -1)}
    cooling_off, is_young, found = policy.periods.cooling_off_days * 86_400, True, []
    for move in reversed(record.officers.moves):
        is_young = is_young and record.age_seconds(move.index, event.at) < cooling_off
        if move.year in since and (is_young or move.index > since[move.year]):
            found.append(move)
    return tuple(reversed(found))


def _derive_officers(record: "Record", year: int, day: str) -> tuple[OfficerLeaf, ...]:
    rosters = record.officers.rosters(year)
    leaves = [
        OfficerLeaf(officer, roster, _officer_exclusion(officer, day))
        for roster, officers in rosters.items()
        for officer in officers.values()
    ]
    return tuple(sorted(leaves, key=lambda leaf: leaf.officer.id))


def _officer_exclusion(officer: Officer, day: str) -> str | None:
    if not officer.enrolled:
        return "not-enrolled"
    if not (officer.in_post and officer.on_establishment):
        return "not-in-post"
    return None if officer.certificate_until >= day else "certificate-expired"


def _derive_strata(pool: tuple[PoolLeaf, ...], policy: Policy, month: str, line: PlanLine) -> tuple[FrozenStratum, ...]:
    eligible = Counter(leaf.stratum for leaf in pool if leaf.excluded is None)
    strata = []
    for stratum in line.strata:
        number, quota = eligible[stratum.id], stratum.month_quotas[int(month[5:7]) - 1]
        directed = number < policy.minimum_stratum or 2 * min(quota, number) > number
        strata.append(FrozenStratum(id=stratum.id, eligible=number, quota=quota, directed=directed))
    return tuple(strata)


def _check_crews(pool: tuple[PoolLeaf, ...], rosters: Rosters, crew: tuple[str, ...]) -> None:
    """Refuse a freeze under which some eligible enterprise could be left without officers.

    Judged for the worst case: that every earlier role took its officer from the roster that a role needs.
    """
    kept_apart: dict[str, set[str]] = {}
    for officer, code in rosters.conflicts:
        kept_apart.setdefault(code, set()).add(officer)
    known: dict[str, bool] = {}
    for leaf in pool:
        if leaf.excluded is not None:
            continue
        code, street = leaf.target.id, leaf.target.street or ""
        if code in kept_apart:
            can = _can_crew(rosters, crew, street, kept_apart[code])
        else:
            can = known.setdefault(street, _can_crew(rosters, crew, street, set()))
        if not can:
            raise Refused(f"enterprise {code}, street {street or 'unknown'}: it could be left without officers")


def _can_crew(rosters: Rosters, crew: tuple[str, ...], street: str, apart: set[str]) -> bool:
    own = {"own-street": street, "other-streets": f"not:{street}"}
    for earlier, place in enumerate(crew):
        choices = (own.get(place, place), rosters.fallback)
        if not any(len(set(derive_members(rosters, roster)) - apart) > earlier for roster in choices):
            return False
    return True
