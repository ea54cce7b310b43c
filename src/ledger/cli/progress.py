"""How far a year's plan is, and what waits for a unit: derived from a record, as facts for programs (R14, R23)."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from ledger.office.cases import Case, find_sheets
from ledger.office.events.plans import OwnTask, PlanApproved
from ledger.office.policy import Policy
from ledger.office.record import Record
from ledger.office.rows import PlanLine
from ledger.office.workload import derive_months, derive_needed_days, derive_plan_days
from ledger.proof.encoding import derive_day


def derive_progress(record: Record, now: int, office: str, year: int) -> dict[str, Any]:
    """Return a plan's progress: by line, stratum and month what was planned, drawn, visited; its budget; own tasks.

    What was drawn and visited is counted in the month of its draw, whatever day the visit was; of a sealed draw only
    the visits whose sheets are public. Raises Refused without a plan.
    """
    plan, policy = record.plans.in_force(record, now, office, year), record.policy_at(now)
    drawn, visited = _count_draws(record, office, year)
    sealed = [draw for draw in record.draws.of_office(office) if draw.month[:4] == str(year) and draw.owes_reveal]
    months = [f"{year}-{number:02d}" for number in range(1, 13)]
    counted = [record.calendar.count(f"{month}-01", _last_day(month)) for month in months]
    return {
        "office": office,
        "year": year,
        "working_days": [days for days, _ in counted],
        "is_provisional": any(is_provisional for _, is_provisional in counted),
        "budget": _derive_budget(plan, policy),
        "lines": [_derive_line(line, months, drawn, visited) for line in plan.lines],
        "own_tasks": [_derive_own(record, task, office, months) for task in plan.own_tasks or ()],
        "sealed": [{"slot": draw.slot, "line": draw.opened.line, "until": draw.reveal_due} for draw in sealed],
    }


def _last_day(month: str) -> str:
    first = date.fromisoformat(f"{month}-01")
    return ((first + timedelta(days=31)).replace(day=1) - timedelta(days=1)).isoformat()


def _count_draws(record: Record, office: str, year: int) -> tuple[Counter[tuple[str, ...]], Counter[tuple[str, ...]]]:
    """Return (line, stratum, month) -> how many were drawn, and of how many of them the visit is recorded."""
    drawn: Counter[tuple[str, ...]] = Counter()
    visited: Counter[tuple[str, ...]] = Counter()
    for draw in record.draws.of_office(office):
        if draw.month[:4] == str(year) and draw.executed:
            for stratum in draw.ground.strata:  # how many it gives is public, also while whom is sealed
                drawn[draw.opened.line, stratum.id, draw.month] += min(stratum.quota, stratum.eligible)
            for sheet in find_sheets(record, draw):
                case = record.cases.by_subject.get(f"case/{draw.slot}/{sheet.number}")
                visited[draw.opened.line, sheet.stratum, draw.month] += case is not None and case.visit is not None
    return drawn, visited


def _derive_budget(plan: PlanApproved, policy: Policy) -> dict[str, int] | None:
    if plan.budget is None:
        return None
    days = {"plan_days": derive_plan_days(plan.budget), "needed_days": derive_needed_days(plan, policy)}
    return {**plan.budget.model_dump(), **days}


def _derive_line(
    line: PlanLine, months: Sequence[str], drawn: Counter[tuple[str, ...]], visited: Counter[tuple[str, ...]]
) -> dict[str, Any]:
    strata = [
        {
            "id": stratum.id,
            "year_quota": stratum.year_quota,
            "months": [
                {
                    "quota": quota,
                    "drawn": drawn[line.id, stratum.id, month],
                    "visited": visited[line.id, stratum.id, month],
                }
                for month, quota in zip(months, stratum.month_quotas, strict=True)
            ],
        }
        for stratum in line.strata
    ]
    return {"id": line.id, "title": line.title, "kind": line.kind, "strata": strata}


def _derive_own(record: Record, task: OwnTask, office: str, months: Sequence[str]) -> dict[str, Any]:
    """Return an own task, and the planned inspections that name it, by the month of their approval."""
    found = {month: _find_approved(record, task.id, office, month) for month in months}
    progress = [
        {
            "quota": quota,
            "approved": len(found[month]),
            "visited": sum(case.visit is not None for case in found[month]),
        }
        for month, quota in zip(months, derive_months(task), strict=True)
    ]
    return {"id": task.id, "title": task.title, "unit": task.unit, "count": task.count, "months": progress}


def _find_approved(record: Record, task: str, office: str, month: str) -> list[Case]:
    start = f"inspection/{office}/{month}/"
    cases = [case for subject, case in record.cases.by_subject.items() if subject.startswith(start)]
    return [case for case in cases if case.approved is not None and case.approved.line == task]


def derive_own_queue(record: Record, now: int, unit: str) -> list[dict[str, Any]]:
    """Return a unit's own tasks: how many in the year and by the end of this month, and how many are done."""
    today = derive_day(now)
    office, year, month = record.policy_at(now).units[unit].office, int(today[:4]), int(today[5:7])
    if (office, year) not in record.plans.approved:
        return []
    tasks = derive_progress(record, now, office, year)["own_tasks"]
    return [
        {
            "task": task["id"],
            "title": task["title"],
            "count": task["count"],
            "by_now": sum(one["quota"] for one in task["months"][:month]),
            "approved": sum(one["approved"] for one in task["months"]),
            "visited": sum(one["visited"] for one in task["months"]),
        }
        for task in tasks
        if task["unit"] == unit
    ]


def derive_received(record: Record, unit: str) -> Iterator[dict[str, Any]]:
    """Yield the drawn cases that a unit hosts, or that its officers are on, until they are closed.

    waiting  the unit's own officers for whom the case is not received yet (受领)
    """
    for subject, case in record.cases.by_subject.items():
        is_host, is_home = case.host == unit, unit in {case.homes[officer] for officer in case.officers}
        if case.drawn is not None and case.closed is None and (is_host or is_home):
            done = {"visited": case.visit, "submitted": case.result, "published": case.published}
            own = [officer for officer in case.officers if case.homes[officer] == unit]
            yield {
                "case": subject.removeprefix("case/"),
                "code": case.code,
                "is_host": is_host,
                "waiting": [officer for officer in own if officer not in case.received],
                "state": ["assigned", *(state for state, step in done.items() if step is not None)][-1],
                "due": case.sheet.deadline,
            }
