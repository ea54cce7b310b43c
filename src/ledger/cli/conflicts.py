"""`double-random change conflict`: an officer and an enterprise that may not meet."""

from pathlib import Path
from typing import Annotated

import typer

from ledger.cli import changes
from ledger.cli.changes import find_code
from ledger.cli.options import DEFAULT_FOLDER, AsJson, At, Folder, Keys, derive_year, open_installation
from ledger.cli.published import read_record, read_sealed_names
from ledger.cli.speech import plural, print_table, say, say_json, tr, warn
from ledger.cli.words import CONFLICT_REASONS, list_meanings, look_up
from ledger.office.record import Record
from ledger.proof.errors import Refused

app = typer.Typer(
    no_args_is_help=True, help=tr("回避关系：声明、解除、查看", "officers and enterprises that may not meet")
)

Code = Annotated[
    str, typer.Argument(metavar="CODE", help=tr("统一社会信用代码或 reg:注册号", "credit code, or reg: and a number"))
]
OfficerId = Annotated[
    str, typer.Argument(metavar="OFFICER", help=tr("人员编号（见 openings show）", "the officer's id (openings show)"))
]


def tell_waiting(officer: str, waiting: list[str]) -> None:
    """Name the cases that an officer is to be recused from, one by one."""
    if waiting:
        warn(
            f"{officer} 还在 {len(waiting)} 宗未检查的案件中，须逐宗办理 case recuse：{'、'.join(waiting)}",
            f"{officer} is still on {plural(len(waiting), 'case')} not visited yet, to be recused one by one "
            f"(case recuse): {', '.join(waiting)}",
        )


@app.command("declare", help=tr("声明某人员须回避某企业", "an officer may not inspect an enterprise"))
def declare_conflict(
    officer: OfficerId,
    code: Code,
    reason: Annotated[str, typer.Argument(help=tr("原因：", "why: ") + list_meanings(CONFLICT_REASONS))],
    folder: Folder = DEFAULT_FOLDER,
    keys: Keys = [],
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Declare a conflict."""
    installation = open_installation(folder, at)
    with installation.open_desk(keys) as (_, desk):
        year = derive_year(installation, None)
        found = find_code(desk.record, year, code)
        if found is None:
            raise Refused(f"{code} is not on the roster of {year}: a conflict with it would keep nobody away")
        reason = look_up({id: id for id in CONFLICT_REASONS}, reason, "reason")
        index = changes.declare_conflict(desk, officer, found, reason)
        waiting = [*changes.find_waiting_cases(desk.record, officer, found)]
    if as_json:
        say_json({"index": index, "officer": officer, "code": found, "reason": reason, "waiting_cases": waiting})
    else:
        say(
            f"{officer} 须回避 {found}，自下一批次起不会抽到（第 {index} 条）",
            f"{officer} will not be drawn for {found}, from the next slot opened on (entry {index})",
        )
    tell_waiting(officer, waiting)


@app.command("end", help=tr("回避关系解除（所在单位和监督科室签名）", "they may meet again; two units sign"))
def end_conflict(
    officer: OfficerId,
    code: Code,
    folder: Folder = DEFAULT_FOLDER,
    keys: Keys = [],
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """End a conflict."""
    with open_installation(folder, at).open_desk(keys) as (_, desk):
        index = changes.end_conflict(desk, officer, code)
    if as_json:
        say_json({"index": index, "officer": officer, "code": code})
    else:
        say(
            f"{officer} 与 {code} 的回避关系已解除（第 {index} 条）", f"{officer} may meet {code} again (entry {index})"
        )


@app.command("list", help=tr("现有的回避关系", "the conflicts that stand"))
def list_conflicts(folder: Folder = DEFAULT_FOLDER, as_json: AsJson = False) -> None:
    """List the conflicts: officer, enterprise, its name."""
    record = read_record(folder)
    pairs = sorted(record.officers.conflicts)
    if as_json:
        say_json([{"officer": officer, "code": code} for officer, code in pairs])
    elif not pairs:
        say("没有回避关系。", "No conflict stands.")
    else:
        names = _read_names(folder, record)
        rows = [
            [f"{officer} {names[officer]}" if officer in names else officer, code, names.get(code, "—")]
            for officer, code in pairs
        ]
        print_table(tr("执法人员 代码 名称", "officer code name").split(), rows)


def _read_names(folder: Path, record: Record) -> dict[str, str]:
    """Return the names of the newest rosters' enterprises and officers, as far as the reader has them."""
    year = max(record.targets.approved, default=0)
    listed = [listing.newest for listing in record.targets.approved.get(year, {}).values()]
    names = {target.id: target.name for target in listed if target.name is not None}
    return names | read_sealed_names(folder, record, year)
