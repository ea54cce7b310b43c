"""`double-random export results` and `announcements`: what a bureau publishes, as files for its carriers (R40 to R43).

The columns are those of the national announcements of 2017, by their Chinese names; what each field may show is the
policy's (`publication`). Nothing here is read from sealed values: what the record seals stays out.
"""

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from ledger.cli.keeping import export_app
from ledger.cli.options import DEFAULT_FOLDER, Folder, Index, Until
from ledger.cli.published import read_record
from ledger.cli.speech import say, tr
from ledger.cli.words import CARRIERS, INSPECTION_KINDS, KINDS, list_meanings
from ledger.office.cases import Case
from ledger.office.draws import Draw
from ledger.office.lists import parse_rows
from ledger.office.masking import SEALED_NAME, mask_name
from ledger.office.policy import Policy
from ledger.office.record import Record
from ledger.office.results import derive_draw_outcome
from ledger.office.rows import ITEM
from ledger.proof.encoding import derive_day
from ledger.proof.errors import Refused

__all__ = ["export_app"]

Row = dict[str, str | int]

RESULT_CODES = {
    "no-problem": "1",
    "corrected-on-site": "E",
    "rectification-ordered": "A",
    "penalty-filed": "A",
    "transferred": "A",
    "not-found": "6",
    "closed-down": "7",
}
"""Our outcomes in the codes of the national result announcement."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""With these a spreadsheet takes a cell for a formula."""

MONTH = re.compile(r"[0-9]{4}-[0-9]{2}")

BYTE_ORDER_MARK = "\ufeff"


def format_csv(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """Return rows as CSV (RFC 4180) with a byte order mark; what would be a formula is preceded by an apostrophe."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_guard(row[column]) for column in columns])
    return BYTE_ORDER_MARK + text.getvalue()


def _guard(value: object) -> str:
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def format_json(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows as JSON, a list of objects by the columns' names."""
    return json.dumps(rows, ensure_ascii=False, indent=1) + "\n"


def _shown(word: str, value: str) -> str:
    """Return a value as the policy lets it be shown."""
    if word == "masked":
        return mask_name(value)
    return value if word == "public" else ""


def _plan_columns(record: Record, draw: Draw) -> Row:
    plans = reversed(record.plans.approved[draw.office, int(draw.month[:4])])
    titles = (line.title for _, plan in plans for line in plan.lines if line.id == draw.opened.line)
    title = next(titles)
    return {
        "抽查计划编号": draw.opened.line,
        "抽查计划名称": title,
        "抽查任务编号": draw.slot,
        "抽查任务名称": f"{draw.month} {title}",
        "抽查类型": KINDS[draw.opened.kind][0],
    }


def _names(draw: Draw) -> dict[str, str]:
    """Return code -> name of a draw's enterprises as they are made public; one that is sealed is not shown."""
    word = draw.policy.publication.name
    return {
        leaf.target.id: SEALED_NAME if leaf.target.name is None else _shown(word, leaf.target.name)
        for leaf in draw.ground.pool
    }


UNFOUNDED = "（所依据的抽取结果不实，不再有效）"
"""What is set before the summary of a result that was published under an invented root."""

RESULT_COLUMNS = [
    "序号",
    "抽查计划编号",
    "抽查计划名称",
    "抽查任务编号",
    "抽查任务名称",
    "抽查类型",
    "检查机关",
    "抽查市场主体名称",
    "统一社会信用代码/注册号",
    "检查完成日期",
    "检查结果",
    "备注",
]


def derive_results(record: Record, period: str = "", carrier: str | None = None) -> list[Row]:
    """Return the results that are public now, one row a case, in the order of the cases' subjects.

    period   a year or a month; every one, if it is empty
    carrier  only what is public on it

    Inspections that no draw selected stand among them: whoever inspects publishes (R40). What was published of a case
    whose root proved invented is still public, and is marked.
    """
    rows: list[Row] = []
    draws: dict[str, tuple[Row, dict[str, str]]] = {}
    found = [(subject, case, "") for subject, case in record.cases.by_subject.items()]
    found += [(subject, case, UNFOUNDED) for subject, case in record.cases.unfounded.items()]
    for subject, case, mark in sorted(found, key=lambda one: (one[0], one[2])):
        month = MONTH.findall(subject)[0]
        carriers = next((one.carriers for one in reversed(case.publications) if one.kind == "result"), ())
        if case.published is None or not month.startswith(period) or carrier not in (None, *carriers):
            continue
        if case.drawn is None:
            policy, plan, names = record.policy_at(case.published), _outside_columns(subject, case), {}
            listing = record.targets.approved[int(month[:4])][case.code].newest
            names[case.code] = SEALED_NAME if listing.name is None else _shown(policy.publication.name, listing.name)
        else:
            draw = case.draw
            policy = draw.policy
            if draw.slot not in draws:
                draws[draw.slot] = (_plan_columns(record, draw), _names(draw))
            plan, names = draws[draw.slot]
        shown = _result_columns(policy, case, names)
        rows.append({"序号": len(rows) + 1, **plan, **shown, "备注": f"{mark}{shown['备注']}"})
    return rows


def _outside_columns(subject: str, case: Case) -> Row:
    assert case.approved is not None
    kind = INSPECTION_KINDS[case.approved.kind][0]
    return {
        "抽查计划编号": case.approved.line or "",
        "抽查计划名称": "",
        "抽查任务编号": subject,
        "抽查任务名称": kind,
        "抽查类型": kind,
    }


def _result_columns(policy: Policy, case: Case, names: Mapping[str, str]) -> Row:
    fields = policy.publication
    assert case.visit is not None  # nothing is published before
    assert case.shown is not None
    return {
        "检查机关": policy.units[case.host].names.zh,
        "抽查市场主体名称": names[case.code],
        "统一社会信用代码/注册号": _shown(fields.code, case.code),
        "检查完成日期": _shown(fields.date, case.visit.visited),
        "检查结果": _shown(fields.result, RESULT_CODES[case.shown.result]),
        "备注": _shown(fields.summary, case.shown.summary),
    }


def derive_tasks(record: Record, period: str = "") -> list[Row]:
    """Return the tasks drawn, one row a slot that the supervisor has attested; officers by id."""
    return [
        {**_plan_columns(record, draw), **_task_columns(draw)}
        for _, draw in sorted(record.draws.by_slot.items())
        if draw.attested is True and draw.has_outcome and draw.month.startswith(period)
    ]


def _name_party(policy: Policy, party: str) -> str:
    """Return the Chinese name of a unit, or of an agency that leads or takes part in a joint draw."""
    names = policy.units[party].names if party in policy.units else policy.agencies[party]
    return names.zh


def _task_columns(draw: Draw) -> Row:
    sheets, names, fields = derive_draw_outcome(draw).sheets, _names(draw), draw.policy.publication
    items = {item.id: item.content for item in draw.ground.items}
    lead, others = draw.opened.lead, draw.opened.participants or ()
    parties = [*([lead] if lead else []), *(sheet.host for sheet in sheets), *others]
    authorities = dict.fromkeys(_name_party(draw.policy, party) for party in parties)
    is_named = fields.officers != "internal"
    return {
        "抽查事项": "、".join(dict.fromkeys(items[item] for sheet in sheets for item in sheet.items)),
        "抽查对象范围": "、".join(stratum.id for stratum in draw.ground.strata),
        "检查日期自": derive_day(draw.draw_at),
        "检查日期至": max((sheet.deadline for sheet in sheets), default=""),
        "检查机关": "、".join(authorities),
        "抽查市场主体数量": len(sheets),
        "抽查名单": "、".join(names[sheet.code] or _shown(fields.code, sheet.code) for sheet in sheets),
        "执法人员": "；".join("、".join(sheet.officers) for sheet in sheets) if is_named else "",
    }


TASK_COLUMNS = [
    "抽查计划编号",
    "抽查计划名称",
    "抽查任务编号",
    "抽查任务名称",
    "抽查类型",
    "抽查事项",
    "抽查对象范围",
    "检查日期自",
    "检查日期至",
    "检查机关",
    "抽查市场主体数量",
    "抽查名单",
    "执法人员",
]


def derive_items(record: Record) -> list[Row]:
    """Return the check items published newest."""
    if record.plans.items is None:
        return []
    return [
        {
            "事项编号": item.id,
            "抽查内容": item.content,
            "抽查依据": item.basis,
            "抽查方式": item.method,
            "抽查主体": item.authority,
        }
        for item in parse_rows(record.lists.leaves(record.plans.items), ITEM)
    ]


ITEM_COLUMNS = ["事项编号", "抽查内容", "抽查依据", "抽查方式", "抽查主体"]


def derive_plans(record: Record, period: str = "") -> list[Row]:
    """Return the newest plan of each office and year, one row a stratum."""
    return [
        {
            "年度": year,
            "单位": office,
            "抽查计划编号": line.id,
            "抽查计划名称": line.title,
            "抽查类型": KINDS[line.kind][0],
            "分层": stratum.id,
            "抽查基数": stratum.base,
            "抽查比例": stratum.ratio or "",
            "应抽取数": stratum.year_quota,
            "月度进度": " ".join(map(str, stratum.month_quotas)),
        }
        for (office, year), plans in sorted(record.plans.approved.items())
        if str(year) == period[:4] or not period
        for line in plans[-1][1].lines
        for stratum in line.strata
    ]


PLAN_COLUMNS = [
    "年度",
    "单位",
    "抽查计划编号",
    "抽查计划名称",
    "抽查类型",
    "分层",
    "抽查基数",
    "抽查比例",
    "应抽取数",
    "月度进度",
]

Format = Annotated[
    str | None,
    typer.Option("--format", metavar="FORMAT", help=tr("csv 或 json；默认两者", "csv or json; both if none is given")),
]
Period = Annotated[
    str | None,
    typer.Option(metavar="PERIOD", help=tr("年度或月份，如 2027 或 2027-01", "a year or a month: 2027, 2027-01")),
]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help=tr("写入的文件夹，默认 DIR/announcements", "where to"))]


def write_rows(out: Path, name: str, rows: Sequence[Row], columns: Sequence[str], format: str | None) -> list[Path]:
    """Write rows as files of one name. Raises Refused for a format other than csv and json."""
    writers = {"csv": lambda: format_csv(rows, columns), "json": lambda: format_json(rows)}
    if format is not None and format not in writers:
        raise Refused(f"format {format}: expected {', '.join(writers)}")
    out.mkdir(parents=True, exist_ok=True)
    files = []
    for suffix in [format] if format is not None else writers:
        file = out / f"{name}.{suffix}"
        file.write_text(writers[suffix](), encoding="utf-8", newline="")
        files.append(file)
    return files


@export_app.command("results", help=tr("抽查结果公告，按载体导出", "the results that are public, for a carrier"))
def export_results(
    carrier: Annotated[
        str | None,
        typer.Option(
            metavar="CARRIER", help=tr("公开载体，默认全部：", "of one carrier only: ") + list_meanings(CARRIERS)
        ),
    ] = None,
    period: Period = None,
    format: Format = None,
    out: Out = None,
    folder: Folder = DEFAULT_FOLDER,
    at: Index = None,
    until: Until = None,
) -> None:
    """Write the result announcement."""
    if carrier is not None and carrier not in CARRIERS:
        raise Refused(f"carrier {carrier}: expected {', '.join(CARRIERS)}")
    rows = derive_results(read_record(folder, at, until), period or "", carrier)
    name = "抽查结果公告" if carrier is None else f"抽查结果公告-{carrier}"
    _say_written(write_rows(out or folder / "announcements", name, rows, RESULT_COLUMNS, format))


@export_app.command("announcements", help=tr("事项清单、计划、任务、结果四种公告", "the four announcements"))
def export_announcements(
    period: Period = None,
    format: Format = None,
    out: Out = None,
    folder: Folder = DEFAULT_FOLDER,
    at: Index = None,
    until: Until = None,
) -> None:
    """Write the announcements of items, plans, tasks and results."""
    record, to, of = read_record(folder, at, until), out or folder / "announcements", period or ""
    for name, rows, columns in (
        ("抽查事项清单", derive_items(record), ITEM_COLUMNS),
        ("抽查计划公告", derive_plans(record, of), PLAN_COLUMNS),
        ("抽查任务公告", derive_tasks(record, of), TASK_COLUMNS),
        ("抽查结果公告", derive_results(record, of), RESULT_COLUMNS),
    ):
        _say_written(write_rows(to, name, rows, columns, format))


def _say_written(files: Sequence[Path]) -> None:
    for file in files:
        say(f"已写出 {file}", f"wrote {file}")
