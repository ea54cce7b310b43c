"""`double-random plan` and `queue`: a year's plan against what was drawn and visited, a unit's two queues (R14, R23).

With them what `import plan` takes beside its sheet: the budget of working days, and the sections' own tasks.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from ledger.cli.options import DEFAULT_FOLDER, AsJson, At, Folder, OfficeName, open_installation
from ledger.cli.progress import derive_own_queue, derive_progress, derive_received
from ledger.cli.published import read_record
from ledger.cli.speech import print_table, say, say_json, tr
from ledger.cli.words import CASE_STATES, KINDS, find_unit, name, name_unit
from ledger.office.events.plans import Budget
from ledger.office.workload import derive_plan_days
from ledger.proof.draw import BUREAU
from ledger.proof.errors import Mismatch, Refused

app = typer.Typer(no_args_is_help=True, help=tr("年度计划：进度、工作日", "the annual plan: its progress and its days"))

Officers = Annotated[
    int | None, typer.Option(metavar="N", help=tr("可用人数", "how many officers there are for the year's work"))
]
WorkingDays = Annotated[int | None, typer.Option(metavar="N", help=tr("每人的工作日", "working days of each officer"))]
OtherDays = Annotated[
    list[int],
    typer.Option(metavar="N", help=tr("其他工作占用的总工作日，可多次给出", "days of all that other work takes")),
]
PlanDays = Annotated[
    int | None,
    typer.Option(metavar="N", help=tr("方案自己算出的可用工作日，供核对", "what is left by the plan, to be checked")),
]
OwnTasks = Annotated[
    Path | None,
    typer.Option(
        exists=True, dir_okay=False, metavar="FILE", help=tr("本科室任务表", "a sheet of the sections' own tasks")
    ),
]


def parse_budget(
    officers: int | None, working_days: int | None, other_days: Sequence[int], plan_days: int | None
) -> Budget | None:
    """Return a plan's budget; None where none is given.

    plan_days  what is left by the plan's own reckoning

    Raises Refused where a part is missing, Mismatch where the reckoning contradicts itself.
    """
    if officers is None and working_days is None and not other_days and plan_days is None:
        return None
    if officers is None or working_days is None:
        raise Refused("a budget names how many officers there are, and how many working days each has")
    budget = Budget(officers=officers, working_days=working_days, other_days=sum(other_days))
    left, other = derive_plan_days(budget), " - ".join(map(str, other_days)) or "0"
    if plan_days is not None and plan_days != left:
        raise Mismatch(f"{plan_days} plan days: {officers} × {working_days} less {other} is {left}")
    return budget


@app.command("show", help=tr("一年的计划：应抽、已抽、已查", "a year's plan: planned, drawn, visited"))
def show_plan(
    year: Annotated[int, typer.Argument(metavar="YEAR", help=tr("年度", "the year"))],
    folder: Folder = DEFAULT_FOLDER,
    office: OfficeName = BUREAU,
    as_json: AsJson = False,
    at: At = None,
) -> None:
    """Show the plan in force, against what was drawn and visited."""
    record, now = read_record(folder), open_installation(folder, at).clock()
    facts = derive_progress(record, now, office, year)
    if as_json:
        say_json(facts)
        return
    _say_days(facts)
    policy = record.policy_at(now)
    months = [tr(f"{month}月", f"month-{month}") for month in range(1, 13)]
    say("各月：应抽/已抽/已查", "each month: planned/drawn/visited")
    header = tr("任务 名称 类型 分层 全年", "line title kind stratum year").split() + months
    rows = [
        [line["id"], line["title"], name(KINDS, line["kind"]), stratum["id"], str(stratum["year_quota"]), *cells]
        for line in facts["lines"]
        for stratum in line["strata"]
        for cells in [_cells(stratum["months"], "quota", "drawn", "visited")]
    ]
    print_table(header, rows)
    for one in facts["sealed"]:
        say(
            f"批次 {one['slot']}（{one['line']}）封存至 {one['until']}，已查只计任务单已公开的",
            f"slot {one['slot']} ({one['line']}): sealed until {one['until']}, visits count once disclosed",
        )
    if facts["own_tasks"]:
        say("本科室任务，各月：计划/批准/已查", "own tasks, each month: planned/approved/visited")
        header = tr("任务 名称 科室 全年", "task title unit year").split() + months
        print_table(
            header,
            [
                [task["id"], task["title"], name_unit(policy, task["unit"]), str(task["count"]), *cells]
                for task in facts["own_tasks"]
                for cells in [_cells(task["months"], "quota", "approved", "visited")]
            ],
        )


def _cells(months: Sequence[dict[str, int]], *names: str) -> list[str]:
    return ["/".join(str(month[name]) for name in names) for month in months]


def _say_days(facts: dict[str, Any]) -> None:
    days = " ".join(map(str, facts["working_days"]))
    provisional = tr("（暂定）", " (provisional)") if facts["is_provisional"] else ""
    say(
        f"{facts['year']} 年各月工作日：{days}{provisional}",
        f"working days of {facts['year']}, month by month: {days}{provisional}",
    )
    budget = facts["budget"]
    if budget is not None:
        say(
            f"工作日测算：{budget['officers']} 人 × {budget['working_days']} 天 - 其他 {budget['other_days']} = "
            f"{budget['plan_days']}，计划需 {budget['needed_days']}",
            f"budget: {budget['officers']} officers × {budget['working_days']} days - {budget['other_days']} for other "
            f"work = {budget['plan_days']}; the plan needs {budget['needed_days']}",
        )


def queue_command(
    unit: Annotated[str, typer.Option(metavar="UNIT", help=tr("哪个单位", "whose"))],
    folder: Folder = DEFAULT_FOLDER,
    as_json: AsJson = False,
    at: At = None,
) -> None:
    """Show a unit's own tasks and the open cases that it received by draws."""
    record, installation = read_record(folder), open_installation(folder, at)
    now = installation.clock()
    policy = record.policy_at(now)
    unit = find_unit(policy, unit)
    own = derive_own_queue(record, now, unit)
    received = [*derive_received(record, unit)]
    if as_json:
        say_json({"own": own, "received": received})
        return
    say("本科室任务", "own tasks")
    header = tr("任务 名称 全年 至本月应完成 已批准 已检查", "task title year by-this-month approved visited").split()
    print_table(header, [[str(value) for value in row.values()] for row in own])
    say("受领的双随机任务", "received by draws")
    role = {True: tr("主办", "host"), False: tr("人员所在", "home")}
    header = tr("案件 代码 职责 进度 检查期限 待受领", "case code role state due waiting").split()
    rows = [
        [row["case"], row["code"], role[row["is_host"]], name(CASE_STATES, row["state"]), row["due"], *row["waiting"]]
        for row in received
    ]
    print_table(header, rows)
