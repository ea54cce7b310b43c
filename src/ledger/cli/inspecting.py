"""`double-random inspection`: inspections that no draw selected. From the approval on, `case` serves them too (R40)."""

from typing import Annotated, Any

import typer

from ledger.cli import handling
from ledger.cli.casework import CaseName, find_subject
from ledger.cli.drawing import say_done
from ledger.cli.options import DEFAULT_FOLDER, AsJson, At, Folder, Index, Keys, Until, open_installation
from ledger.cli.published import read_record
from ledger.cli.speech import print_table, say, say_json, tr
from ledger.cli.words import CANCELLATIONS, INSPECTION_KINDS, INSPECTION_STATES, list_meanings, name, read_meaning
from ledger.office.record import Record
from ledger.proof.draw import BUREAU
from ledger.proof.errors import Refused

app = typer.Typer(
    no_args_is_help=True, help=tr("抽取以外的检查：先批准，后检查", "inspections outside draws: approved first")
)


@app.command("approve", help=tr("批准一次抽取以外的检查", "approve an inspection that no draw selected"))
def approve(
    code: Annotated[str, typer.Argument(metavar="CODE", help=tr("企业代码", "the enterprise's code"))],
    kind: Annotated[str, typer.Argument(metavar="KIND", help=list_meanings(INSPECTION_KINDS))],
    reason: Annotated[str, typer.Argument(metavar="REASON", help=tr("理由（公开）", "why (public)"))],
    officers: Annotated[
        list[str], typer.Option("--officer", metavar="OFFICER", help=tr("人员编号，至少两名", "officers, two or more"))
    ],
    items: Annotated[
        list[str], typer.Option("--item", metavar="ITEM", help=tr("清单内事项编号", "items of the published list"))
    ],
    basis: Annotated[
        str, typer.Option(metavar="BASIS", help=tr("检查依据（政策中的编号）", "the legal basis, an id of the policy"))
    ] = "work-safety-law-62",
    line: Annotated[
        str | None, typer.Option(metavar="LINE", help=tr("计划内检查的计划行", "the plan's line, of a planned one"))
    ] = None,
    complaint: Annotated[
        str | None,
        typer.Option(metavar="RECEIPT", help=tr("所依据的举报回执号", "receipt of a complaint it follows")),
    ] = None,
    office: Annotated[str, typer.Option(metavar="OFFICE", help=tr("bureau 或街道", "bureau, or a street"))] = BUREAU,
    folder: Folder = DEFAULT_FOLDER,
    keys: Keys = [],
    at: At = None,
) -> None:
    """Approve an inspection: signed by the enterprise's host section and the leader."""
    if len(officers) < 2:
        raise Refused(f"an inspection needs two officers or more, found {len(officers)}")
    kind = read_meaning(INSPECTION_KINDS, kind, "kind")
    fields = {
        "kind": kind,
        "code": code,
        "officers": sorted(officers),
        "items": sorted(items),
        "basis": basis,
        "reason": reason,
        "line": line,
        "complaint": complaint,
    }
    with open_installation(folder, at).open_desk(keys) as (_, desk):
        subject = handling.approve_inspection(desk, office, fields)
    say(f"已批准：{subject}", f"approved: {subject}")


@app.command("cancel", help=tr("检查前取消", "before the visit: it does not take place"))
def cancel(
    case: CaseName,
    reason: Annotated[str, typer.Argument(metavar="REASON", help=list_meanings(CANCELLATIONS))],
    folder: Folder = DEFAULT_FOLDER,
    keys: Keys = [],
    at: At = None,
) -> None:
    """Cancel an approved inspection; its number stays used."""
    with open_installation(folder, at).open_desk(keys) as (_, desk):
        say_done(handling.cancel_inspection(desk, find_subject(desk, case), reason), "已取消", "cancelled")


@app.command("list", help=tr("抽取以外的各次检查", "the inspections outside draws"))
def list_inspections(
    folder: Folder = DEFAULT_FOLDER, as_json: AsJson = False, at: Index = None, until: Until = None
) -> None:
    """List approved inspections: subject, kind, enterprise, state, officers."""
    rows = derive_rows(read_record(folder, at, until))
    if as_json:
        say_json(rows)
        return
    header = tr("检查 类型 代码 计入频次 进度 执法人员", "inspection kind code counts state officers").split()
    told = {True: tr("是", "yes"), False: tr("否", "no")}
    shown = [
        [
            row["subject"],
            name(INSPECTION_KINDS, row["kind"]),
            row["code"],
            told[row["counts"]],
            name(INSPECTION_STATES, row["state"]),
        ]
        + row["officers"]
        for row in rows
    ]
    print_table(header, shown)


def derive_rows(record: Record) -> list[dict[str, Any]]:
    """Return the approved inspections with the state of each, those cancelled too."""
    rows = []
    for subject, case in (record.cases.by_subject | record.cases.cancelled).items():
        if case.approved is not None:
            stations = {
                "approved": True,
                "visited": case.visit is not None,
                "submitted": case.result is not None,
                "published": case.published is not None,
                "closed": case.closed is not None,
                "cancelled": subject in record.cases.cancelled,
            }
            state = [station for station, is_past in stations.items() if is_past][-1]
            rows.append(
                {
                    "subject": subject,
                    "kind": case.approved.kind,
                    "code": case.code,
                    "counts": case.counts and state != "cancelled",
                    "state": state,
                    "officers": case.officers,
                    "reason": case.approved.reason,
                }
            )
    return rows
