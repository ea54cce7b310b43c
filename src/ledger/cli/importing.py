"""`double-random import`: a sheet as an office saved it becomes a signed declaration in the log, or nothing does."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ledger.audit.collector import collector_held
from ledger.cli import steps
from ledger.cli.declaring import declare_key_list, declare_rosters, declare_units, parse_mode
from ledger.cli.deltas import import_delta
from ledger.cli.editions import compare_items, name_edition
from ledger.cli.editions import read_items as read_edition
from ledger.cli.options import DEFAULT_FOLDER, AsJson, At, Folder, Keys, OfficeName, Year
from ledger.cli.planning import Officers, OtherDays, OwnTasks, PlanDays, WorkingDays, parse_budget
from ledger.cli.sheets import ITEMS, KEY_LIST, OFFICERS, PLAN, TARGETS, Import, make_vocabulary
from ledger.cli.speech import progress, tr, warn
from ledger.cli.words import KEY_LISTS, SUB_ROSTERS, list_meanings, look_up
from ledger.intake import read_items, read_key_list, read_officers, read_plan, read_targets
from ledger.intake.tasks import read_own_tasks
from ledger.intake.vocabulary import Words
from ledger.office.compose import derive_list
from ledger.office.events.plans import OwnTask
from ledger.office.rows import ITEM as ITEM_ROW
from ledger.proof.draw import BUREAU
from ledger.proof.encoding import derive_day
from ledger.proof.errors import Refused

app = typer.Typer(
    no_args_is_help=True,
    short_help=tr("导入表格：名录、清单、计划", "bring sheets into the log: rosters, items, the plan"),
    help=tr(
        "把办公室保存的表格导入日志：先报告问题，全部可用才导入（或用 --accept-valid 导入可用的行）。",
        "Bring an office's sheet into the log. Findings come first; all rows go in or none (or the valid, if you ask).",
    ),
)

Sheet = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help=tr("表格文件", "the sheet's file"))]
DryRun = Annotated[bool, typer.Option("--dry-run", help=tr("只检查，不写入", "only check, write nothing"))]
AcceptValid = Annotated[
    bool,
    typer.Option(
        "--accept-valid",
        help=tr("导入可用的行，其余写入改正用的文件", "take the valid rows; the rest goes to a file to be mended"),
    ),
]
Add = Annotated[
    bool, typer.Option("--add", help=tr("并入已申报的名录", "add to the list declared before, whose other rows stay"))
]
Replace = Annotated[
    bool, typer.Option("--replace", help=tr("取代已申报的名录", "take the place of the list declared before"))
]
Delta = Annotated[
    bool,
    typer.Option(
        "--delta",
        help=tr("表中只有变化：与名录核对，记入有变化的", "the sheet has what has changed: reconcile it, record that"),
    ),
]
Reason = Annotated[
    str,
    typer.Option(
        metavar="TEXT",
        show_default=False,
        help=tr("用于 --delta：变更理由，将公开", "with --delta: why; public, nothing personal"),
    ),
]
RefusedFile = Annotated[
    Path | None,
    typer.Option(
        "--refused",
        metavar="FILE",
        help=tr("写未导入的行的文件（.xlsx 或 .csv）", "file for the rows not taken (.xlsx or .csv)"),
    ),
]

TRADE = "industry-trade"
DELTA_REASON = "名录增量更新 (delta import)"
_SUB_ROSTER_HELP = tr(
    "表中没有写明时所属的二级库，自带政策有：", "sub-roster of rows that name none; the shipped policy has: "
) + list_meanings(SUB_ROSTERS)


@app.command(
    "targets", help=tr("检查对象名录库（按二级库）", "a target roster (one sub-roster's, or several in one sheet)")
)
def import_targets(
    file: Sheet,
    folder: Folder = DEFAULT_FOLDER,
    sub_roster: Annotated[str, typer.Option(metavar="ID", help=_SUB_ROSTER_HELP)] = TRADE,
    year: Year = None,
    dry_run: DryRun = False,
    accept_valid: AcceptValid = False,
    add: Add = False,
    replace: Replace = False,
    delta: Delta = False,
    reason: Reason = DELTA_REASON,
    refused: RefusedFile = None,
    keys: Keys = [],
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Declare a target roster, or record what has changed."""
    if delta and (add or replace):
        raise Refused("--delta goes neither with --add nor with --replace")
    job, mode = Import(TARGETS, file, folder, at, dry_run, as_json), parse_mode(add=add, replace=replace)
    with collector_held():
        with progress("读取表格", "reading"):
            vocabulary = make_vocabulary(job.policy())
            reading = read_targets(file, vocabulary=vocabulary, sub_roster=sub_roster, is_delta=delta)
            listed = derive_list(reading.rows)
        goes_in = job.settle(reading, accept_valid, refused)
        if delta:
            import_delta(job, reading, job.year(year), sub_roster, reason, keys)
            return
        if not goes_in:
            job.tell(listed.ref, None)
            return
        with job.open_desk(keys) as desk:
            with progress("写入日志", "recording"):
                index = declare_rosters(job.installation, desk, job.year(year), reading, listed, mode)
            job.tell(listed.ref, index)


@app.command("keylist", help=tr("重点单位名单（许可、失信、重大隐患）", "a list of key enterprises"))
def import_key_list(
    file: Sheet,
    key_list: Annotated[
        str,
        typer.Option(
            "--list",
            metavar="ID",
            help=tr("名单，由其主管单位签名；自带政策有：", "which list, whose keeper signs; the shipped policy has: ")
            + list_meanings(KEY_LISTS),
        ),
    ],
    folder: Folder = DEFAULT_FOLDER,
    year: Year = None,
    dry_run: DryRun = False,
    accept_valid: AcceptValid = False,
    refused: RefusedFile = None,
    keys: Keys = [],
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Declare a list of key enterprises, whole; who has come off it is not in the sheet."""
    job = Import(KEY_LIST, file, folder, at, dry_run, as_json)
    name = look_up(Words(make_vocabulary(job.policy())).key_lists, key_list, "key list")
    reading = read_key_list(file)
    listed = derive_list(reading.rows)
    if not job.settle(reading, accept_valid, refused):
        job.tell(listed.ref, None)
        return
    with job.open_desk(keys) as desk:
        job.tell(listed.ref, declare_key_list(desk, job.year(year), name, listed))


@app.command("officers", help=tr("执法检查人员名录库", "an officer roster"))
def import_officers(
    file: Sheet,
    folder: Folder = DEFAULT_FOLDER,
    year: Year = None,
    dry_run: DryRun = False,
    accept_valid: AcceptValid = False,
    add: Add = False,
    replace: Replace = False,
    refused: RefusedFile = None,
    keys: Keys = [],
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Declare officers, one list for each home unit."""
    job, mode = Import(OFFICERS, file, folder, at, dry_run, as_json), parse_mode(add=add, replace=replace)
    vocabulary = make_vocabulary(job.policy())
    pseudonym_key = job.installation.read_pseudonym_key() if job.installation.is_founded else bytes(32)
    with progress("读取表格", "reading"):
        reading = read_officers(file, vocabulary=vocabulary, pseudonym_key=pseudonym_key)
    listed = derive_list(reading.rows)
    if pseudonym_key is None and any(finding.field == "id" for finding in reading.findings):
        file = job.installation.pseudonym_file
        warn(
            f"没有编号的人员，其编号由一个密值得出，这里没有：请把装置的 private/pseudonym.key 复制到 {file}，"
            "或在表中填写编号。",
            "Officers without 编号 have their ids from a secret that is not here: put a copy of the installation's "
            f"private/pseudonym.key at {file}, or give each a 编号.",
        )
    if not job.settle(reading, accept_valid, refused):
        job.tell(listed.ref, None)
        return
    with job.open_desk(keys) as desk:
        if job.has_founded:  # only now is there a key for pseudonyms
            pseudonym_key = job.installation.read_pseudonym_key()
            reading = read_officers(file, vocabulary=vocabulary, pseudonym_key=pseudonym_key)
            listed = derive_list(reading.rows)
        with progress("写入日志", "recording"):
            index = declare_units(job.installation, desk, job.year(year), reading, mode)
        job.tell(listed.ref, index)


@app.command("items", help=tr("随机抽查事项清单", "a check-item list"))
def import_items(
    file: Sheet,
    folder: Folder = DEFAULT_FOLDER,
    edition: Annotated[
        str | None,
        typer.Option(metavar="ID", help=tr("清单版本，默认今天的日期", "the edition's name; today's date if none")),
    ] = None,
    changes: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT", help=tr("所依法律法规立、改、废的说明（公开）", "what of the law changed (public)")
        ),
    ] = None,
    dry_run: DryRun = False,
    accept_valid: AcceptValid = False,
    refused: RefusedFile = None,
    keys: Keys = [],
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Publish an edition of the check-item list."""
    job = Import(ITEMS, file, folder, at, dry_run, as_json)
    reading = read_items(file, vocabulary=make_vocabulary(job.policy()))
    listed = derive_list(reading.rows)
    rows = {row["id"]: ITEM_ROW.validate_python(row) for row in reading.rows}
    if not job.settle(reading, accept_valid, refused):
        if job.installation.is_founded:
            with job.installation.open_book() as book:
                job.tell_changes(compare_items(read_edition(book.record, book.record.plans.items), rows))
        job.tell(listed.ref, None)
        return
    with job.open_desk(keys) as desk:
        newest = desk.record.plans.items
        if newest is not None:
            job.tell_changes(compare_items(read_edition(desk.record, newest), rows))
        is_new = edition is not None or newest != listed.ref
        edition = edition or name_edition(desk.record, derive_day(job.installation.clock()))
        job.tell(listed.ref, steps.publish_items(desk, edition, listed, changes)[-1] if is_new else None)


@app.command("plan", help=tr("年度监督检查计划", "an annual inspection plan"))
def import_plan(
    file: Sheet,
    folder: Folder = DEFAULT_FOLDER,
    office: OfficeName = BUREAU,
    year: Year = None,
    officers: Officers = None,
    working_days: WorkingDays = None,
    other_days: OtherDays = [],
    plan_days: PlanDays = None,
    own_tasks: OwnTasks = None,
    dry_run: DryRun = False,
    accept_valid: AcceptValid = False,
    refused: RefusedFile = None,
    keys: Keys = [],
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Approve a year's plan; its numbers are derived from the year's roster."""
    job = Import(PLAN, file, folder, at, dry_run, as_json)
    year = job.year(year)
    budget = parse_budget(officers, working_days, other_days, plan_days)
    tasks = []
    if own_tasks:
        sheet = read_own_tasks(own_tasks, vocabulary=make_vocabulary(job.policy()), year=year)
        job.settle_beside(sheet)
        tasks = [OwnTask.model_validate(task) for task in sheet.rows]
    reading = read_plan(file, vocabulary=make_vocabulary(job.policy()), year=year)
    listed = derive_list(reading.rows)
    if not job.settle(reading, accept_valid, refused):
        job.tell(listed.ref, None)
        return
    if not job.installation.is_founded:  # and nothing to be founded: without a roster a plan has no numbers
        raise Refused(f"no target roster is approved for {year}: import one and approve it first")
    with job.open_desk(keys) as desk:
        rows, approved = list(reading.rows), desk.record.plans.approved.get((office, year))
        more: dict[str, Any] = {"budget": budget, "own_tasks": tasks}
        is_new = not approved or approved[-1][1] != steps.derive_plan(desk, office, year, rows, **more)
        job.tell(listed.ref, steps.approve_plan(desk, office, year, rows, **more) if is_new else None)
