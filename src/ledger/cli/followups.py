"""`double-random case`, the rest: receipt, reminders, scan, rectification, transfer, penalty, correction, end."""

from typing import Annotated

import typer

from ledger.cli import handling
from ledger.cli.casework import Carriers, CaseName, Problems, app, find_subject
from ledger.cli.drawing import say_done
from ledger.cli.options import DEFAULT_FOLDER, At, Folder, Keys, open_installation
from ledger.cli.speech import tr
from ledger.cli.words import (
    AUTHORITIES,
    CLOSINGS,
    LATE_SCANS,
    OUTCOMES,
    PENALTIES,
    PUBLISHED_KINDS,
    URGINGS,
    WITHDRAWALS,
    list_meanings,
    read_meaning,
)
from ledger.proof.encoding import derive_day, parse_time

Officer = Annotated[str, typer.Argument(metavar="OFFICER", help=tr("人员编号", "the officer's id"))]
Decided = Annotated[
    str | None,
    typer.Option(metavar="DAY", help=tr("决定日期，默认今天", "the day of the decision; today if none is given")),
]


@app.command("receive", help=tr("受领任务", "an officer's unit receives the task"))
def receive(case: CaseName, officer: Officer, folder: Folder = DEFAULT_FOLDER, keys: Keys = [], at: At = None) -> None:
    """Record that an officer's home unit has received the task."""
    with open_installation(folder, at).open_desk(keys) as (_, desk):
        say_done(handling.receive_case(desk, find_subject(desk, case), officer), "已受领", "received")


@app.command("urge", help=tr("督办", "a reminder, on the record"))
def urge(
    case: CaseName,
    officer: Officer,
    reason: Annotated[str, typer.Argument(metavar="REASON", help=list_meanings(URGINGS))],
    unit: Annotated[
        str | None,
        typer.Option(
            metavar="UNIT",
            help=tr(
                "督办单位：人员所在单位（默认）或监督科室", "who urges: the officer's unit (default) or the supervisor"
            ),
        ),
    ] = None,
    folder: Folder = DEFAULT_FOLDER,
    keys: Keys = [],
    at: At = None,
) -> None:
    """Remind an officer; the reminder stands in the record."""
    with open_installation(folder, at).open_desk(keys) as (_, desk):
        say_done(handling.urge(desk, find_subject(desk, case), officer, reason, unit), "已督办", "urged")


@app.command("scan", help=tr("扫码入企", "the scan of the supervision code"))
def scan(
    case: CaseName,
    reference: Annotated[
        str,
        typer.Argument(
            metavar="REFERENCE", help=tr("监督码平台的扫码编号", "the scan's number on the city's platform")
        ),
    ],
    scanned: Annotated[
        str | None, typer.Option(metavar="UTC", help=tr("扫码时间，默认现在", "when; now if none is given"))
    ] = None,
    late: Annotated[
        str | None,
        typer.Option(metavar="REASON", help=tr("补录原因：", "why it is entered later: ") + list_meanings(LATE_SCANS)),
    ] = None,
    folder: Folder = DEFAULT_FOLDER,
    keys: Keys = [],
    at: At = None,
) -> None:
    """Record the scan of the enterprise's supervision code."""
    installation = open_installation(folder, at)
    with installation.open_desk(keys) as (_, desk):
        seconds = parse_time(scanned) if scanned else installation.clock()
        index = handling.enter_scan(desk, find_subject(desk, case), seconds, reference, late)
    say_done(index, "扫码已记录", "scan recorded")


@app.command("order", help=tr("责令限期整改", "what was found is to be put right by a day"))
def order(
    case: CaseName,
    due: Annotated[str, typer.Argument(metavar="DUE", help=tr("整改期限（日期）", "the day by which"))],
    folder: Folder = DEFAULT_FOLDER,
    keys: Keys = [],
    at: At = None,
) -> None:
    """Order that what was found wanting be put right by a day."""
    with open_installation(folder, at).open_desk(keys) as (_, desk):
        index = handling.order_rectification(desk, find_subject(desk, case), due)
    say_done(index, "已责令限期整改", "ordered to be put right")


@app.command("reinspect", help=tr("复查", "it is looked at again"))
def reinspect(
    case: CaseName,
    visited: Annotated[
        str | None, typer.Option(metavar="DAY", help=tr("复查日期，默认今天", "the day; today if none is given"))
    ] = None,
    problems: Problems = [],
    folder: Folder = DEFAULT_FOLDER,
    keys: Keys = [],
    at: At = None,
) -> None:
    """Record that what was ordered was looked at again."""
    installation = open_installation(folder, at)
    with installation.open_desk(keys) as (_, desk):
        day = visited or derive_day(installation.clock())
        say_done(handling.reinspect(desk, find_subject(desk, case), day, problems), "复查已记录", "looked at again")


@app.command("transfer", help=tr("移送", "to another authority"))
def transfer(
    case: CaseName,
    authority: Annotated[str, typer.Argument(help=list_meanings(AUTHORITIES))],
    text: Annotated[str, typer.Argument(help=tr("理由（公开）", "why (public)"))],
    folder: Folder = DEFAULT_FOLDER,
    keys: Keys = [],
    at: At = None,
) -> None:
    """Hand the matter to another authority."""
    with open_installation(folder, at).open_desk(keys) as (_, desk):
        say_done(handling.transfer(desk, find_subject(desk, case), authority, text), "已移送", "handed over")


@app.command("penalty", help=tr("处罚决定", "a penalty"))
def penalty(
    case: CaseName,
    number: Annotated[str, typer.Argument(metavar="NUMBER", help=tr("决定书文号", "the decision's number"))],
    kind: Annotated[str, typer.Argument(metavar="KIND", help=list_meanings(PENALTIES))],
    decided: Decided = None,
    folder: Folder = DEFAULT_FOLDER,
    keys: Keys = [],
    at: At = None,
) -> None:
    """Record a penalty, by the host section and the leader."""
    installation = open_installation(folder, at)
    with installation.open_desk(keys) as (_, desk):
        day = decided or derive_day(installation.clock())
        index = handling.decide_penalty(desk, find_subject(desk, case), number, kind, day)
    say_done(index, "处罚已记录", "penalty recorded")


@app.command("publish-penalty", help=tr("公开处罚决定", "a penalty is made public"))
def publish_penalty(
    case: CaseName, carriers: Carriers = [], folder: Folder = DEFAULT_FOLDER, keys: Keys = [], at: At = None
) -> None:
    """Make a penalty public."""
    with open_installation(folder, at).open_desk(keys) as (_, desk):
        index = handling.publish_penalty(desk, find_subject(desk, case), carriers or handling.CARRIERS)
    say_done(index, "处罚已公开", "penalty published")


@app.command("correct", help=tr("更正结果", "another result in its place"))
def correct(
    case: CaseName,
    result: Annotated[str, typer.Argument(metavar="RESULT", help=list_meanings(OUTCOMES))],
    summary: Annotated[str, typer.Argument(metavar="SUMMARY", help=tr("一句话结果（公开）", "in a sentence (public)"))],
    reason: Annotated[str, typer.Argument(metavar="REASON", help=tr("更正理由（公开）", "why (public)"))],
    folder: Folder = DEFAULT_FOLDER,
    keys: Keys = [],
    at: At = None,
) -> None:
    """Put another result in the place of the one submitted; both stay in the record."""
    with open_installation(folder, at).open_desk(keys) as (_, desk):
        id = read_meaning(OUTCOMES, result, "result")
        index = handling.correct_result(desk, find_subject(desk, case), id, summary, reason)
    say_done(index, "结果已更正", "result corrected")


@app.command("withdraw", help=tr("撤回公开", "what was published is taken back"))
def withdraw(
    case: CaseName,
    what: Annotated[str, typer.Argument(help=list_meanings(PUBLISHED_KINDS))],
    reason: Annotated[str, typer.Argument(metavar="REASON", help=list_meanings(WITHDRAWALS))],
    decided: Decided = None,
    folder: Folder = DEFAULT_FOLDER,
    keys: Keys = [],
    at: At = None,
) -> None:
    """Take back what was published; the record keeps it."""
    installation = open_installation(folder, at)
    with installation.open_desk(keys) as (_, desk):
        day = decided or derive_day(installation.clock())
        index = handling.withdraw(desk, find_subject(desk, case), what, reason, day)
    say_done(index, "已撤回公开", "withdrawn")


@app.command("close", help=tr("结案", "the end, with an outcome"))
def close(
    case: CaseName,
    outcome: Annotated[str, typer.Argument(metavar="OUTCOME", help=list_meanings(CLOSINGS))],
    folder: Folder = DEFAULT_FOLDER,
    keys: Keys = [],
    at: At = None,
) -> None:
    """End a case, with the outcome that the record bears out."""
    with open_installation(folder, at).open_desk(keys) as (_, desk):
        say_done(handling.close_case(desk, find_subject(desk, case), outcome), "已结案", "closed")
