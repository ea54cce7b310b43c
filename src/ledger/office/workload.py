"""What a plan asks for beside its draws: a budget of working days, and the sections' own tasks (R13, R14).

A budget is shown against what is planned, and nothing is refused by it: whether a plan can be carried out is for
whoever approves it to judge (安监总政法〔2017〕150号). An own task is done by planned inspections that name it.
"""

from ledger.office.events.plans import Budget, OwnTask, PlanApproved
from ledger.office.policy import Policy
from ledger.office.rule import refuse_unless
from ledger.proof.event import Event
from ledger.proof.quota import derive_month_quotas

OWN_TASK_OFFICERS = 2
"""How many officers an inspection of an own task takes at least (行政处罚法 第四十二条)."""


def check_workload(event: Event, policy: Policy, body: PlanApproved) -> None:
    """Check a plan's own tasks and budget. Raises Refused, Malformed."""
    if body.budget is not None:
        whole = body.budget.officers * body.budget.working_days
        fits = body.budget.other_days <= whole
        refuse_unless(fits, event, f"other work takes {body.budget.other_days} of {whole} working days")
    names = [line.id for line in body.lines] + [task.id for task in body.own_tasks or ()]
    for task in body.own_tasks or ():
        refuse_unless(names.count(task.id) == 1, event, f"own task {task.id}: a line or another task has the same id")
        is_own = task.unit in policy.units and policy.units[task.unit].office == body.office
        refuse_unless(is_own, event, f"own task {task.id}: {task.unit} is no unit of {body.office}")
        derive_months(task)


def derive_months(task: OwnTask) -> list[int]:
    """Return how many inspections an own task asks for in each month, January first; like a line's, without a ratio."""
    return derive_month_quotas(task.count, task.weights)


def derive_plan_days(budget: Budget) -> int:
    """Return the working days that are left for what is planned: officers × days, less other work."""
    return budget.officers * budget.working_days - budget.other_days


def derive_needed_days(plan: PlanApproved, policy: Policy) -> int:
    """Return the working days that the planned cases need, counted as one for each officer on a case."""
    seats = len(policy.crew_of(plan.office))
    drawn = sum(stratum.year_quota for line in plan.lines for stratum in line.strata)
    return drawn * seats + sum(task.count for task in plan.own_tasks or ()) * OWN_TASK_OFFICERS
