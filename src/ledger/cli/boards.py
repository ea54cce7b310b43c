"""`double-random due`, `board`, `bulletin`: what is due or late, by unit, and a period in figures; no key is needed."""

import hashlib
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from ledger.audit.folder import read_log
from ledger.cli import oversight
from ledger.cli.options import (
    DEFAULT_FOLDER,
    AsJson,
    At,
    Folder,
    Index,
    Keys,
    Standing,
    Until,
    open_installation,
    split_standing,
)
from ledger.cli.published import find_log, find_size, read_fold, read_log_key
from ledger.cli.speech import plural, print_table, say, say_json, show, tr
from ledger.cli.words import DUES, FIGURE_NAMES, find_unit, name, name_unit
from ledger.office.policy import Policy
from ledger.papers.bulletin import derive_page
from ledger.papers.html import format_html
from ledger.proof.encoding import check_day, derive_day
from ledger.proof.errors import Refused
from ledger.views.board import Board, derive_board
from ledger.views.bulletin import FIGURES, Bulletin, derive_bulletin
from ledger.views.deadlines import find_due
from ledger.views.fold import Fold, fold

bulletin = typer.Typer(no_args_is_help=True, help=tr("内部通报：由记录统计、发布", "the internal bulletin of a period"))

Day = Annotated[
    str | None,
    typer.Option(metavar="DAY", help=tr("截至某日（当日含）；默认今天", "as of a day, that day included; today")),
]
First = Annotated[str, typer.Option("--from", metavar="DAY", help=tr("期间首日", "the period's first day"))]
Last = Annotated[str, typer.Option("--to", metavar="DAY", help=tr("期间末日", "the period's last day"))]


def read_standing(folder: Path, day: str | None, at: str | None) -> tuple[Fold, str]:
    """Return the rows as of a day or an entry, and the day that is today there.

    at  `--at`: an entry's index, or a UTC time

    Today is the day asked for; else that of the entry; else the clock's.
    """
    index, time = split_standing(at)
    folded = read_fold(folder, day, find_size(folder, index))
    return folded, day or (folded.day if index is not None else derive_day(open_installation(folder, time).clock()))


def _check_period(first: str, last: str) -> None:
    check_day(first)
    if first > last:
        raise Refused(f"from {first} to {last}")


def due_command(
    folder: Folder = DEFAULT_FOLDER,
    unit: Annotated[
        str | None,
        typer.Option(metavar="UNIT", help=tr("只看某单位的（主办或人员所在）", "of one unit only, as host or as home")),
    ] = None,
    day: Day = None,
    overdue: Annotated[bool, typer.Option("--overdue", help=tr("只看逾期的", "only what is overdue"))] = False,
    as_json: AsJson = False,
    at: Standing = None,
) -> None:
    """List what is due, by the day by which: the host section or unit that owes it, the officers' home units."""
    folded, today = read_standing(folder, day, at)
    policy = Policy.model_validate(folded.policy(today))
    unit = unit and find_unit(policy, unit)
    rows = [
        {**due._asdict(), "homes": list(due.homes), "is_overdue": due.is_overdue(today)}
        for due in find_due(folded, today)
        if unit in (None, due.unit, *due.homes) and (due.is_overdue(today) or not overdue)
    ]
    if as_json:
        say_json(rows)
        return
    late, provisional = tr("逾期", "overdue"), tr("（暂定）", " (provisional)")
    columns = [
        [
            str(row["due"]) + (provisional if row["is_provisional"] else ""),
            late if row["is_overdue"] else "—",
            name(DUES, str(row["kind"])),
            str(row["subject"]),
            name_unit(policy, str(row["unit"])),
            *(name_unit(policy, home) for home in row["homes"] if home),
        ]
        for row in rows
    ]
    print_table(
        tr("期限 逾期 事项 记录 主办或责任单位 人员所在单位", "due late what subject unit homes").split(), columns
    )


def board_command(
    unit: Annotated[
        str, typer.Option(metavar="UNIT", help=tr("科室、街道或监督科室", "a section, street or supervisor"))
    ],
    day: Day = None,
    folder: Folder = DEFAULT_FOLDER,
    as_json: AsJson = False,
    at: Standing = None,
) -> None:
    """Show a unit's board: what waits and what is late, its two queues of cases, its officers' load."""
    folded, today = read_standing(folder, day, at)
    policy = Policy.model_validate(folded.policy(today))
    board = derive_board(folded, find_unit(policy, unit), today)
    if as_json:
        say_json(derive_board_facts(board))
        return
    for line in format_board(board, policy):
        show(line)


def derive_board_facts(board: Board) -> dict[str, Any]:
    """Return a board as JSON: cases and slots by subject."""
    return {
        "unit": board.unit,
        "day": board.day,
        "waits": [
            {**due._asdict(), "homes": list(due.homes), "is_overdue": due.is_overdue(board.day)} for due in board.waits
        ],
        "own": [case.subject for case in board.own],
        "received": [case.subject for case in board.received],
        "load": [load._asdict() for load in board.load],
        "draws": [draw.slot for draw in board.draws],
        "filed": board.filed,
        "trainings": {"held": board.trainings[0], "officers": board.trainings[1]},
        "late": board.late,
    }


def format_board(board: Board, policy: Policy) -> Iterator[str]:
    """Yield a board's lines, in the reader's language."""
    unit = name_unit(policy, board.unit)
    yield tr(f"{unit}，{board.day}", f"{unit}, {board.day}")
    late = [due for due in board.waits if due.is_overdue(board.day)]
    yield tr(
        f"待办 {len(board.waits)} 项，其中逾期 {len(late)} 项", f"{len(board.waits)} waiting, {len(late)} of them late"
    )
    for due in board.waits:
        mark = tr("逾期", "late") if due in late else tr("待办", "due")
        provisional = tr("（暂定）", " (provisional)") if due.is_provisional else ""
        yield f"  {due.due}{provisional} {mark} {name(DUES, due.kind)} {due.subject}"
    yield tr(f"本单位主办、未结案 {len(board.own)} 宗", f"{plural(len(board.own), 'case')} of its own not closed")
    yield tr(
        f"本单位人员受领的其他科室任务、未检查 {len(board.received)} 宗",
        f"{plural(len(board.received), 'case')} of others not visited, in which its officers go",
    )
    for case in board.received:
        yield f"  {case.due} {case.subject} {name_unit(policy, case.host)}"
    for load in board.load:
        yield tr(
            f"  {load.officer}：未检查 {load.waiting} 宗，全年 {load.year} 宗，证件至 {load.certificate_until}",
            f"  {load.officer}: {load.waiting} not visited, {load.year} in the year, "
            f"certified until {load.certificate_until}",
        )
    for draw in board.draws:
        done = draw.executed or tr("无", "none yet")
        void = tr("，已作废", ", void") if draw.voided else ""
        yield tr(
            f"批次 {draw.slot}：{draw.opened} 启用，结果 {done}{void}",
            f"slot {draw.slot}: opened {draw.opened}, outcome {done}{void}",
        )
    if board.is_street:
        filed = board.filed or tr("未报备案", "not filed")
        yield tr(f"本年实施方案备案：{filed}", f"its own plan of the year: {filed}")
    held, officers = board.trainings
    yield tr(
        f"本年培训 {held} 次，{officers} 人次", f"{plural(held, 'training')} in the year, {plural(officers, 'officer')}"
    )
    for who, number in board.late.items():
        yield tr(f"逾期：{name_unit(policy, who)} {number} 项", f"late: {name_unit(policy, who)} {number}")


@bulletin.command("draft", help=tr("由记录统计一个期间", "count a period from the record"))
def draft_bulletin(
    first: First,
    last: Last,
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help=tr("另写成网页，供印发", "write it as a page too, to be circulated")),
    ] = None,
    folder: Folder = DEFAULT_FOLDER,
    as_json: AsJson = False,
    at: Index = None,
) -> None:
    """Print a period's figures: the whole, and by section."""
    _check_period(first, last)
    folded = read_fold(folder, last, find_size(folder, at))
    drafted, policy = derive_bulletin(folded, first, last), Policy.model_validate(folded.policy(last))
    if html is not None:
        late = [due for due in find_due(folded, last) if due.is_overdue(last)]
        source = (read_log_key(find_log(folder)).name, folded.size)
        page = derive_page(drafted, late, policy, {"figure": FIGURE_NAMES, "due": DUES}, source)
        html.write_text(format_html(page), encoding="utf-8")
    if as_json:
        say_json(format_json(drafted))
        return
    typer.echo(format_bulletin(drafted, policy), nl=False)


def format_json(drafted: Bulletin) -> dict[str, Any]:
    """Return a bulletin's figures as JSON."""
    return {
        "from": drafted.first,
        "to": drafted.last,
        "totals": drafted.totals,
        "sections": drafted.sections,
        "share_from_draws": list(drafted.share_from_draws),
        "coverage": {roster: list(numbers) for roster, numbers in drafted.coverage.items()},
    }


def format_bulletin(drafted: Bulletin, policy: Policy) -> str:
    """Return a bulletin as text, in the reader's language."""
    lines = [
        tr(
            f"双随机执法检查内部通报，{drafted.first} 至 {drafted.last}",
            f"Bulletin, {drafted.first} to {drafted.last}",
        ),
        "",
    ]
    lines += [f"{name(FIGURE_NAMES, figure)}{tr('：', ': ')}{drafted.totals[figure]}" for figure in FIGURES]
    drawn, visits = drafted.share_from_draws
    if visits:
        percent = f"{drawn * 100 // visits}%"
        lines.append(tr(f"由抽取产生的检查占 {percent}", f"{percent} of the visits came from a draw"))
    lines += ["", tr("名录库覆盖", "Roster coverage")]
    for roster, (enrolled, certified) in sorted(drafted.coverage.items()):
        lines.append(f"  {name_unit(policy, roster)}{tr('：', ': ')}{enrolled}/{certified}")
    lines += ["", tr("各科室、街道", "By section and street")]
    for unit, figures in drafted.sections.items():
        told = [f"{name(FIGURE_NAMES, figure)} {figures[figure]}" for figure in FIGURES if figure in figures]
        lines.append(f"  {name_unit(policy, unit)}{tr('：', ': ')}{tr('，', ', ').join(told)}")
    return "\n".join(lines) + "\n"


@bulletin.command("issue", help=tr("发布通报：数字和文件哈希记入日志", "its figures and the file's hash, signed"))
def issue_bulletin(
    file: Annotated[Path, typer.Argument(exists=True, help=tr("印发的通报文件", "the bulletin as it is circulated"))],
    first: First,
    last: Last,
    folder: Folder = DEFAULT_FOLDER,
    keys: Keys = [],
    at: At = None,
) -> None:
    """Issue a bulletin: its figures are counted from the record, and the supervisor signs them."""
    _check_period(first, last)
    document = hashlib.sha256(file.read_bytes()).hexdigest()
    totals = derive_bulletin(read_fold(folder, last), first, last).totals
    with open_installation(folder, at).open_desk(keys) as (_, desk):
        if desk.record.size == 0:
            raise Refused(f"{folder}: the log is empty")
        subject = oversight.issue_bulletin(desk, first, last, totals, document)
    say(f"已发布 {subject}", f"issued {subject}")


def agrees(entries: Sequence[bytes], body: dict[str, Any]) -> bool:
    """Tell whether a bulletin's figures are what entries give now for its period."""
    try:
        counted = derive_bulletin(fold(entries, body["last"]), body["first"], body["last"])
    except Refused:  # a period before the log held anything
        return False
    return bool(counted.totals == body["figures"])


@bulletin.command("list", help=tr("各期通报", "the bulletins"))
def list_bulletins(
    folder: Folder = DEFAULT_FOLDER, as_json: AsJson = False, at: Index = None, until: Until = None
) -> None:
    """List bulletins: whether the figures are what the log gives now for that period."""
    _, entries = read_log(find_log(folder))
    held = [*islice(entries, find_size(folder, at, until))]
    rows = []
    folded = fold(held)
    for subject, body in folded.bulletins.items():
        rows.append({"bulletin": subject, **body, "agrees": agrees(held, body)})
    if as_json:
        say_json(rows)
        return
    yes, no = tr("是", "yes"), tr("否", "no")
    columns = [[row["bulletin"], row["first"], row["last"], yes if row["agrees"] else no] for row in rows]
    print_table(tr("通报 首日 末日 与记录一致", "bulletin from to agrees").split(), columns)
