"""`double-random import`: a sheet as an office saved it becomes a signed declaration in the log, or nothing does."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ledger.audit.collector import collector_held
from ledger.cli import steps
from ledger.cli.declaring import declare_rosters, declare_units, parse_mode
from ledger.cli.options import DEFAULT_FOLDER, AsJson, At, Folder, Keys, open_installation
from ledger.cli.speech import progress, read_locale, say, say_json, tr, warn
from ledger.intake import (
    Reading,
    Vocabulary,
    derive_fields,
    format_findings,
    read_items,
    read_officers,
    read_plan,
    read_targets,
    write_refused,
)
from ledger.office.compose import derive_list
from ledger.office.policy import Policy, read_default_policy
from ledger.proof.draw import BUREAU
from ledger.proof.encoding import derive_day
from ledger.proof.errors import Refused

app = typer.Typer(
    no_args_is_help=True,
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
RefusedFile = Annotated[
    Path | None,
    typer.Option(
        "--refused", help=tr("写未导入的行的文件（.xlsx 或 .csv）", "file for the rows not taken (.xlsx or .csv)")
    ),
]
Year = Annotated[
    int | None, typer.Option(help=tr("名录或计划的年度，默认今年", "year of the roster or plan (this year)"))
]

TRADE = "industry-trade"


def make_vocabulary(policy: Policy) -> Vocabulary:
    """Return the words of an office's sheets, as its policy has them."""
    streets = {policy.units[unit].names.zh.removesuffix("街道安监办"): unit for unit in policy.streets}
    return Vocabulary(
        streets=streets,
        units={unit.names.zh: id for id, unit in policy.units.items()},
        sub_rosters={sub.names.zh: id for id, sub in policy.sub_rosters.items()},
        tags={names.zh: id for id, names in policy.tags.items()},
        qualifications={names.zh: id for id, names in policy.tags.items()}
        | {sub.names.zh: id for id, sub in policy.sub_rosters.items()},
    )


def find_free(sheet: Path) -> Path:
    """Return a name for the rows that were not taken, beside the sheet, under which there is no file yet."""
    names = (f"{sheet.stem}-refused{suffix}.xlsx" for suffix in ("", *(f"-{number}" for number in range(2, 1000))))
    return next(file for file in (sheet.parent / name for name in names) if not file.exists())


class Import:
    """One import: the installation, what was read of the file, and what to do with rows that cannot be taken."""

    def __init__(self, sheet: Path, folder: Path, at: str | None, is_dry: bool, as_json: bool) -> None:
        self.sheet = sheet
        self.installation = open_installation(folder, at)
        self.is_dry, self.as_json = is_dry, as_json
        self.report: dict[str, Any] = {}

    def policy(self) -> Policy:
        """Return the policy in force in the installation; the shipped one where nothing is founded yet."""
        if not self.installation.is_founded:
            return Policy.model_validate(read_default_policy())
        with self.installation.open_book() as book:
            return book.record.policy_at(self.installation.clock())

    def year(self, year: int | None) -> int:
        """Return the year asked for, else this one in Shanghai."""
        return year or int(derive_day(self.installation.clock())[:4])

    def settle(self, reading: Reading, accept_valid: bool, refused: Path | None) -> bool:
        """Tell what was found; return whether the rows go in.

        Exits with status 1 where something was refused and the valid rows were not asked for.
        """
        self.report = {
            "file": reading.name,
            **reading.counts,
            "dry_run": self.is_dry,
            "findings": [derive_fields(finding) for finding in reading.findings],
        }
        if not self.as_json:
            for line in format_findings(reading.findings, read_locale()):
                print(line)
            counts = reading.counts
            say(
                f"共 {counts['read']} 行，可用 {counts['taken']} 行，不可用 {counts['refused']} 行",
                f"{counts['read']} rows: {counts['taken']} can be taken, {counts['refused']} cannot",
            )
        if reading.refused and (refused or accept_valid) and not self.is_dry:
            file = refused or find_free(self.sheet)
            if file.exists():
                raise Refused(f"{file}: there is a file already; it may hold rows that you have mended")
            self.report["refused_file"] = str(file)
            number = write_refused(reading, file)
            warn(
                f"{number} 行未导入，已写入 {file}，改正后用 --add 再导入",
                f"{number} rows not taken, written to {file}: mend it and import it with --add",
            )
        if not reading.rows or not (reading.is_whole or accept_valid):
            self.report["imported"] = False
            self._end()
            warn("没有导入任何内容。", "Nothing was imported.")
            raise typer.Exit(1)
        return not self.is_dry

    def tell(self, root: str, count: int, index: int | None, what: str) -> None:
        """Say what went in."""
        self.report |= {"root": root, "count": count, "imported": index is not None}
        if index is not None:
            self.report["index"] = index
        self._end()
        if not self.as_json:
            say(f"{what}：{count} 行，根 {root}", f"{what}: {count} rows, root {root}")
            if index is not None:
                say(f"已记入日志，第 {index} 条", f"recorded in the log as entry {index}")

    def _end(self) -> None:
        if self.as_json:
            say_json(self.report)

    def found_if_needed(self, keys: list[Path]) -> None:
        """Found a trial installation where there is none, and say so. Raises Refused if keys of another were given."""
        if not self.installation.is_founded:
            if keys:
                self.installation.read_keys(keys)
            self.installation.found_default()
            warn(
                f"{self.installation.folder} 原来没有装置：已按自带的龙岗政策建立一个试用装置，各单位密钥在 keys/ 中",
                f"{self.installation.folder} had no installation: a trial one was founded under the shipped Longgang "
                "policy, with the units' keys in keys/",
            )


@app.command(
    "targets", help=tr("检查对象名录库（按二级库）", "a target roster (one sub-roster's, or several in one sheet)")
)
def import_targets(
    file: Sheet,
    folder: Folder = DEFAULT_FOLDER,
    sub_roster: Annotated[
        str, typer.Option(help=tr("表中没有写明时所属的二级库", "sub-roster of rows that do not name one"))
    ] = TRADE,
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
    """Declare a target roster."""
    job = Import(file, folder, at, dry_run, as_json)
    with collector_held():
        with progress("读取表格", "reading"):
            reading = read_targets(file, vocabulary=make_vocabulary(job.policy()), sub_roster=sub_roster)
            listed = derive_list(reading.rows)
        what = tr("检查对象名录", "target roster")
        if not job.settle(reading, accept_valid, refused):
            job.tell(listed.ref.root, listed.ref.count, None, what)
            return
        job.found_if_needed(keys)
        with progress("写入日志", "recording"), job.installation.open_desk(keys) as (_, desk):
            index = declare_rosters(
                job.installation, desk, job.year(year), reading, listed, parse_mode(add=add, replace=replace)
            )
    job.tell(listed.ref.root, listed.ref.count, index, what)


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
    job = Import(file, folder, at, dry_run, as_json)
    policy = job.policy()
    pseudonym_key = job.installation.read_pseudonym_key() if job.installation.is_founded else bytes(32)
    with progress("读取表格", "reading"):
        reading = read_officers(file, vocabulary=make_vocabulary(policy), pseudonym_key=pseudonym_key)
    listed = derive_list(reading.rows)
    what = tr("执法人员名录", "officer roster")
    if not job.settle(reading, accept_valid, refused):
        job.tell(listed.ref.root, listed.ref.count, None, what)
        return
    if not job.installation.is_founded:
        raise Refused(f"{folder}: no installation here; `double-random init --dir {folder}` founds one")
    with progress("写入日志", "recording"), job.installation.open_desk(keys) as (_, desk):
        index = declare_units(job.installation, desk, job.year(year), reading, parse_mode(add=add, replace=replace))
    job.tell(listed.ref.root, listed.ref.count, index, what)


@app.command("items", help=tr("随机抽查事项清单", "a check-item list"))
def import_items(
    file: Sheet,
    folder: Folder = DEFAULT_FOLDER,
    edition: Annotated[str | None, typer.Option(help=tr("清单版本", "the list's edition"))] = None,
    dry_run: DryRun = False,
    accept_valid: AcceptValid = False,
    refused: RefusedFile = None,
    keys: Keys = [],
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Publish an edition of the check-item list."""
    job = Import(file, folder, at, dry_run, as_json)
    reading = read_items(file, vocabulary=make_vocabulary(job.policy()))
    listed = derive_list(reading.rows)
    what = tr("抽查事项清单", "check-item list")
    if not job.settle(reading, accept_valid, refused):
        job.tell(listed.ref.root, listed.ref.count, None, what)
        return
    job.found_if_needed(keys)
    with job.installation.open_desk(keys) as (_, desk):
        index = steps.publish_items(desk, edition or derive_day(job.installation.clock()), listed)[-1]
    job.tell(listed.ref.root, listed.ref.count, index, what)


@app.command("plan", help=tr("年度监督检查计划", "an annual inspection plan"))
def import_plan(
    file: Sheet,
    folder: Folder = DEFAULT_FOLDER,
    office: Annotated[str, typer.Option(help=tr("计划所属：bureau 或 street/…", "bureau or street/…"))] = BUREAU,
    year: Year = None,
    dry_run: DryRun = False,
    accept_valid: AcceptValid = False,
    refused: RefusedFile = None,
    keys: Keys = [],
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Approve a year's plan; its numbers are derived from the year's roster."""
    job = Import(file, folder, at, dry_run, as_json)
    year = job.year(year)
    reading = read_plan(file, vocabulary=make_vocabulary(job.policy()), year=year)
    listed = derive_list(reading.rows)
    what = tr("年度计划", "annual plan")
    if not job.settle(reading, accept_valid, refused):
        job.tell(listed.ref.root, listed.ref.count, None, what)
        return
    with job.installation.open_desk(keys) as (_, desk):
        index = steps.approve_plan(desk, office, year, list(reading.rows))
    job.tell(listed.ref.root, listed.ref.count, index, what)
