"""`double-random due` and `bulletin`: what is due or overdue, and a period in figures. They need no key to be read."""

import hashlib
from pathlib import Path
from typing import Annotated, Any

import typer

from ledger.audit.folder import read_log
from ledger.cli import oversight
from ledger.cli.options import DEFAULT_FOLDER, AsJson, At, Folder, Keys, open_installation
from ledger.cli.published import find_log
from ledger.cli.speech import print_table, say, say_json, tr
from ledger.cli.words import DUES, FIGURE_NAMES, name, name_unit
from ledger.office.policy import Policy
from ledger.proof.encoding import check_day, derive_day
from ledger.proof.errors import Refused
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


def read_fold(folder: Path, until: str | None = None) -> Fold:
    """Return the rows of the log at a folder, up to a day. Raises Refused, Malformed."""
    if until is not None:
        check_day(until)
    _, entries = read_log(find_log(folder))
    return fold(entries, until)


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
    at: At = None,
) -> None:
    """List what is due, by the day by which: the host section or unit that owes it, the officers' home units."""
    today = day or derive_day(open_installation(folder, at).clock())
    folded = read_fold(folder, day)
    rows = [
        {**due._asdict(), "homes": list(due.homes), "is_overdue": due.is_overdue(today)}
        for due in find_due(folded, today)
        if unit in (None, due.unit, *due.homes) and (due.is_overdue(today) or not overdue)
    ]
    if as_json:
        say_json(rows)
        return
    policy = Policy.model_validate(folded.policy(today))
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


@bulletin.command("draft", help=tr("由记录统计一个期间", "count a period from the record"))
def draft_bulletin(first: First, last: Last, folder: Folder = DEFAULT_FOLDER, as_json: AsJson = False) -> None:
    """Print a period's figures: the whole, and by section."""
    _check_period(first, last)
    folded = read_fold(folder, last)
    drafted = derive_bulletin(folded, first, last)
    if as_json:
        say_json(format_json(drafted))
        return
    typer.echo(format_bulletin(drafted, Policy.model_validate(folded.policy(last))), nl=False)


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


@bulletin.command("list", help=tr("各期通报", "the bulletins"))
def list_bulletins(folder: Folder = DEFAULT_FOLDER, as_json: AsJson = False) -> None:
    """List bulletins: whether the figures are what the log gives now for that period."""
    _, entries = read_log(find_log(folder))
    held = [*entries]
    rows = []
    folded = fold(held)
    for subject, body in folded.bulletins.items():
        counted = derive_bulletin(fold(held, body["last"]), body["first"], body["last"]).totals
        rows.append({"bulletin": subject, **body, "agrees": counted == body["figures"]})
    if as_json:
        say_json(rows)
        return
    yes, no = tr("是", "yes"), tr("否", "no")
    columns = [[row["bulletin"], row["first"], row["last"], yes if row["agrees"] else no] for row in rows]
    print_table(tr("通报 首日 末日 与记录一致", "bulletin from to agrees").split(), columns)
