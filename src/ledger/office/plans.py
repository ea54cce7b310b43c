"""The check-item list and the annual plan: without a plan line, no draw (R10).

A plan names strata by a closed vocabulary, a ratio for each, and a weight for each month; the numbers that follow are
written into the plan and recomputed by whoever checks.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ledger.office.events.body import ListRef
from ledger.office.events.plans import ItemsPublished, OwnTask, PlanApproved
from ledger.office.lists import parse_rows
from ledger.office.rows import ITEM, PlanLine, PlannedStratum, Target
from ledger.office.rule import OFFICE, YEAR, Change, Subject, check_same, refuse_unless, rule
from ledger.office.targets import derive_effective
from ledger.office.workload import check_workload
from ledger.proof.draw import BUREAU
from ledger.proof.errors import Refused
from ledger.proof.event import Event
from ledger.proof.quota import derive_month_quotas, derive_year_quota

if TYPE_CHECKING:
    from ledger.office.record import Record


@dataclass(frozen=True, slots=True)
class Edition:
    """An edition of the check-item list: the index of its entry, the time claimed, what it says."""

    index: int
    at: int
    published: ItemsPublished


@dataclass(slots=True)
class Plans:
    """The editions of the item list, the newest of which counts, and the plans of each (office, year).

    Both oldest first; a plan with the index of its entry.
    """

    editions: list[Edition] = field(default_factory=list)
    approved: dict[tuple[str, int], list[tuple[int, PlanApproved]]] = field(default_factory=dict)

    @property
    def items(self) -> ListRef | None:
        """The newest item list; None before the first."""
        return self.editions[-1].published.list if self.editions else None

    def edition_of(self, root: str) -> str | None:
        """Return the name of the newest edition whose list has a root; None where no edition has it."""
        names = (one.published.edition for one in reversed(self.editions) if one.published.list.root == root)
        return next(names, None)

    def in_force(self, record: "Record", at: int, office: str, year: int) -> PlanApproved:
        """Return the plan in force where an event that claims the time `at` comes next. Raises Refused (R10)."""
        plans = self.approved.get((office, year), [])
        notice = record.policy_at(at).periods.notice_days * 86_400
        for index, plan in reversed(plans):
            if plan is plans[0][1] or record.age_seconds(index, at) >= notice:
                return plan
        raise Refused(f"no plan of {office} is approved for {year}: no draw without a plan line")

    def line(self, record: "Record", event: Event, office: str, year: int, line: str) -> PlanLine:
        """Return a line of the plan in force. Raises Refused if there is none (R10)."""
        plan = self.in_force(record, event.at, office, year)
        found = next((one for one in plan.lines if one.id == line), None)
        if found is None:
            raise Refused(f"the plan of {office} for {year} in force has no line {line}")
        return found

    def task(self, record: "Record", event: Event, office: str, year: int, task: str) -> OwnTask | None:
        """Return an own task of the plan in force; None where it has none of that id. Raises Refused without a plan."""
        plan = self.in_force(record, event.at, office, year)
        return next((one for one in plan.own_tasks or () if one.id == task), None)


def find_stratum(strata: tuple[PlannedStratum, ...], target: Target) -> PlannedStratum | None:
    """Return the first stratum whose scope an enterprise matches, so that each belongs to one at most."""
    return next((stratum for stratum in strata if stratum.scope.is_match(target)), None)


def derive_plan_targets(record: "Record", at: int, office: str, year: int) -> list[Target]:
    """Return the enterprises that an office's plan is about: the bureau's all, a street's its own.

    at  Unix seconds that the plan's signer claims; a change that is still cooling off does not count (T14)
    """
    policy = record.policy_at(at)
    roster = record.targets.roster(year).values()
    targets = (derive_effective(record, at, policy, listing) for listing in roster)
    return [target for target in targets if office in (BUREAU, target.street)]


def derive_plan_line(line: PlanLine, targets: list[Target]) -> PlanLine:
    """Return the line with its base, year's and months' numbers as they follow from the roster."""
    bases = dict.fromkeys((stratum.id for stratum in line.strata), 0)
    for target in targets:
        stratum = find_stratum(line.strata, target)
        if stratum is not None and target.status == "open":
            bases[stratum.id] += 1
    strata = []
    for stratum in line.strata:
        base = bases[stratum.id]
        year_quota = _year_quota(stratum, base)
        months = tuple(derive_month_quotas(year_quota, line.weights))
        strata.append(stratum.model_copy(update={"base": base, "year_quota": year_quota, "month_quotas": months}))
    return line.model_copy(update={"strata": tuple(strata)})


def _year_quota(stratum: PlannedStratum, base: int) -> int:
    if (stratum.ratio is None) == (stratum.count is None):
        raise Refused(f"stratum {stratum.id}: expected a ratio or a count, one of the two")
    if stratum.ratio is None:
        return min(base, stratum.count or 0)
    numerator, denominator = map(int, stratum.ratio.split("/"))
    return derive_year_quota(base, numerator, denominator)


@rule("items.published/1", ItemsPublished, "items")
def publish_items(record: "Record", event: Event, body: ItemsPublished, subject: Subject) -> Change:
    """An edition of the check-item list (R35 to R39): it takes the place of the one before, which stays readable."""
    taken = any(edition.published.edition == body.edition for edition in record.plans.editions)
    refuse_unless(not taken, event, f"edition {body.edition} was published before")
    words = {*record.policy_at(event.at).sub_rosters, *record.policy_at(event.at).tags}
    for item in parse_rows(record.lists.leaves(body.list), ITEM):
        unknown = set(item.applies_to or ()) - words
        if unknown:
            raise Refused(f"item {item.id}: {min(unknown)} is neither a sub-roster nor a tag of the policy")

    edition = Edition(record.size, event.at, body)

    def change() -> None:
        record.plans.editions.append(edition)

    return change


@rule("plan.approved/1", PlanApproved, f"plan/{OFFICE}/{YEAR}", check="ground")
def approve_plan(record: "Record", event: Event, body: PlanApproved, subject: Subject) -> Change:
    """A year's plan, or a change of it: every number in it is derived."""
    check_same("subject", event.subject, f"plan/{body.office}/{body.year}")
    if len({line.id for line in body.lines}) != len(body.lines):
        raise Refused("plan: two lines have the same id")
    check_workload(event, record.policy_at(event.at), body)
    targets = derive_plan_targets(record, event.at, body.office, body.year)
    for line in body.lines:
        if line.kind == "supplementary":
            raise Refused(
                f"plan line {line.id}: a supplementary draw follows a voided slot, and has no line of its own"
            )
        if len({stratum.id for stratum in line.strata}) != len(line.strata):
            raise Refused(f"plan line {line.id}: two strata have the same id")
        for stratum in line.strata:
            if "/" in stratum.id:  # it names files of the bundle
                raise Refused(f"plan line {line.id}: stratum {stratum.id}, expected an id without a slash")
        check_same(f"plan line {line.id}", line, derive_plan_line(line, targets))
    index = record.size

    def change() -> None:
        record.plans.approved.setdefault((body.office, body.year), []).append((index, body))

    return change
