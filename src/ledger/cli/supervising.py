"""`double-random notice|complaint|filing|training|suggestion`: the supervisor's work, and what units report."""

import hashlib
from pathlib import Path
from typing import Annotated, Any

import typer

from ledger.cli import oversight
from ledger.cli.drawing import say_done
from ledger.cli.options import (
    DEFAULT_FOLDER,
    AsJson,
    At,
    Folder,
    Index,
    Keys,
    Standing,
    Until,
    derive_year,
    open_installation,
    split_standing,
)
from ledger.cli.published import read_record
from ledger.cli.speech import print_table, say, say_json, tr
from ledger.cli.words import (
    AUTHORITIES,
    COMPLAINT_CHANNELS,
    COMPLAINT_KINDS,
    COMPLAINT_OUTCOMES,
    COMPLAINT_REFUSALS,
    COMPLAINT_STATES,
    NOTICE_GROUNDS,
    NOTICE_OUTCOMES,
    list_meanings,
    name,
)
from ledger.office.complaints import Complaint
from ledger.office.record import Record
from ledger.proof.encoding import derive_day, format_time

notice = typer.Typer(no_args_is_help=True, help=tr("监督通知：发出、答复、了结", "the supervisor's notices"))
complaint = typer.Typer(no_args_is_help=True, help=tr("举报投诉：收到、受理、答复", "complaints and their answers"))
filing = typer.Typer(no_args_is_help=True, help=tr("街道实施方案备案", "streets file their own plans with the bureau"))
training = typer.Typer(no_args_is_help=True, help=tr("业务培训记录", "who was trained in what"))
suggestion = typer.Typer(no_args_is_help=True, help=tr("改进意见和建议", "suggestions by sections and streets"))

PublicText = Annotated[
    str, typer.Argument(metavar="TEXT", help=tr("内容（公开，不得含个人信息）", "public: no personal data"))
]
NoticeName = Annotated[
    str, typer.Argument(metavar="NOTICE", help=tr("如 notice/2027/0001", "such as notice/2027/0001"))
]
Receipt = Annotated[str, typer.Argument(metavar="RECEIPT", help=tr("回执号，如 2027/0001", "such as 2027/0001"))]
Street = Annotated[str, typer.Argument(metavar="STREET", help=tr("街道，如 street/pinghu", "such as street/pinghu"))]
Year = Annotated[int | None, typer.Option(metavar="YEAR", help=tr("年度，默认今年", "the year; this one if not given"))]
UnitWord = Annotated[str, typer.Argument(metavar="UNIT", help=tr("单位", "the unit"))]


def _complaint(receipt: str) -> str:
    return receipt if receipt.startswith("complaint/") else f"complaint/{receipt}"


def _show(rows: list[dict[str, Any]], as_json: bool, header: str, columns: list[list[str]]) -> None:
    if as_json:
        say_json(rows)
    else:
        print_table(header.split(), columns)


@notice.command("issue", help=tr("发出监督通知", "call a unit to account"))
def issue_notice(
    unit: UnitWord,
    grounds: Annotated[str, typer.Argument(metavar="GROUNDS", help=list_meanings(NOTICE_GROUNDS))],
    text: PublicText,
    about: Annotated[
        list[str],
        typer.Option(metavar="SUBJECT", help=tr("所涉记录，如 case/…，可多次给出", "what it is about, once for each")),
    ],
    folder: Folder = DEFAULT_FOLDER,
    keys: Keys = [],
    at: At = None,
) -> None:
    """Issue a notice."""
    with open_installation(folder, at).open_desk(keys) as (_, desk):
        subject = oversight.issue_notice(desk, unit, grounds, text, about)
    say(f"已发出 {subject}", f"issued {subject}")


@notice.command("answer", help=tr("答复监督通知", "the unit answers"))
def answer_notice(
    notice: NoticeName, text: PublicText, folder: Folder = DEFAULT_FOLDER, keys: Keys = [], at: At = None
) -> None:
    """Answer a notice."""
    with open_installation(folder, at).open_desk(keys) as (_, desk):
        say_done(oversight.answer_notice(desk, notice, text), "已答复", "answered")


@notice.command("settle", help=tr("了结监督通知", "the matter ends, or goes further"))
def settle_notice(
    notice: NoticeName,
    outcome: Annotated[str, typer.Argument(metavar="OUTCOME", help=list_meanings(NOTICE_OUTCOMES))],
    folder: Folder = DEFAULT_FOLDER,
    keys: Keys = [],
    at: At = None,
) -> None:
    """Settle a notice."""
    with open_installation(folder, at).open_desk(keys) as (_, desk):
        say_done(oversight.settle_notice(desk, notice, outcome), "已了结", "settled")


@notice.command("list", help=tr("各监督通知", "the notices"))
def list_notices(
    folder: Folder = DEFAULT_FOLDER, as_json: AsJson = False, at: Index = None, until: Until = None
) -> None:
    """List notices: subject, unit, grounds, when, state."""
    rows: list[dict[str, Any]] = [
        {
            "notice": subject,
            "to": one.issued.to,
            "grounds": one.issued.grounds,
            "about": one.issued.about,
            "demand": one.issued.demand,
            "issued": format_time(one.at),
            "answered": one.answered and format_time(one.answered),
            "settled": one.settled and one.settled.outcome,
        }
        for subject, one in read_record(folder, at, until).supervision.notices.items()
    ]
    header = tr("通知 单位 事由 发出 答复 了结", "notice unit grounds issued answered settled")
    columns = [
        [
            *(row["notice"], row["to"], name(NOTICE_GROUNDS, row["grounds"]), row["issued"], row["answered"] or "—"),
            name(NOTICE_OUTCOMES, row["settled"]) if row["settled"] else "—",
        ]
        for row in rows
    ]
    _show(rows, as_json, header, columns)


@complaint.command("receive", help=tr("收到举报投诉；内容封存", "receive one; what it says is sealed"))
def receive_complaint(
    kind: Annotated[str, typer.Argument(metavar="KIND", help=list_meanings(COMPLAINT_KINDS))],
    file: Annotated[Path, typer.Argument(help=tr("内容的文本文件，- 为标准输入", "what it says: a text file, or -"))],
    channel: Annotated[str, typer.Option(metavar="CHANNEL", help=list_meanings(COMPLAINT_CHANNELS))] = "letter",
    complainant: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help=tr("举报人及联系方式的文本文件", "a text file: who complains")),
    ] = None,
    of: Annotated[
        str | None,
        typer.Option(metavar="UNIT", help=tr("被举报的单位", "the unit that it is about")),
    ] = None,
    folder: Folder = DEFAULT_FOLDER,
    keys: Keys = [],
    at: At = None,
) -> None:
    """Receive a complaint; its number is the receipt."""
    said = oversight.read_private(file)
    who = oversight.read_private(complainant) if complainant else None
    installation = open_installation(folder, at)
    with installation.open_desk(keys) as (_, desk):
        subject = oversight.receive_complaint(installation, desk, kind, channel, said, who, of)
    number = subject.removeprefix("complaint/")
    say(f"已收到，回执号 {number}", f"received, receipt number {number}")


@complaint.command("accept", help=tr("受理", "take it up"))
def accept_complaint(receipt: Receipt, folder: Folder = DEFAULT_FOLDER, keys: Keys = [], at: At = None) -> None:
    """Take a complaint up."""
    with open_installation(folder, at).open_desk(keys) as (_, desk):
        say_done(oversight.decide_complaint(desk, _complaint(receipt)), "已受理", "taken up")


@complaint.command("pass", help=tr("转有权机关处理", "pass it on to who is competent"))
def pass_complaint(
    receipt: Receipt,
    authority: Annotated[str, typer.Argument(metavar="AUTHORITY", help=list_meanings(AUTHORITIES))],
    folder: Folder = DEFAULT_FOLDER,
    keys: Keys = [],
    at: At = None,
) -> None:
    """Pass a complaint on."""
    with open_installation(folder, at).open_desk(keys) as (_, desk):
        say_done(oversight.decide_complaint(desk, _complaint(receipt), to=authority), "已转办", "passed on")


@complaint.command("decline", help=tr("不予受理", "do not take it up, for a listed reason"))
def decline_complaint(
    receipt: Receipt,
    reason: Annotated[str, typer.Argument(metavar="REASON", help=list_meanings(COMPLAINT_REFUSALS))],
    folder: Folder = DEFAULT_FOLDER,
    keys: Keys = [],
    at: At = None,
) -> None:
    """Decline a complaint."""
    with open_installation(folder, at).open_desk(keys) as (_, desk):
        say_done(oversight.decide_complaint(desk, _complaint(receipt), reason=reason), "不予受理", "not taken up")


@complaint.command("answer", help=tr("答复；答复全文封存", "answer it; the answer is sealed"))
def answer_complaint(
    receipt: Receipt,
    outcome: Annotated[str, typer.Argument(metavar="OUTCOME", help=list_meanings(COMPLAINT_OUTCOMES))],
    file: Annotated[Path, typer.Argument(help=tr("答复的文本文件，- 为标准输入", "the answer: a text file, or -"))],
    summary: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help=tr("公开摘要，不得含个人信息", "a public summary: no personal data")),
    ] = None,
    folder: Folder = DEFAULT_FOLDER,
    keys: Keys = [],
    at: At = None,
) -> None:
    """Answer a complaint."""
    said = oversight.read_private(file)
    installation = open_installation(folder, at)
    with installation.open_desk(keys) as (_, desk):
        index = oversight.answer_complaint(installation, desk, _complaint(receipt), outcome, said, summary)
    say_done(index, "已答复", "answered")


@complaint.command("list", help=tr("各举报投诉的进度（不含内容）", "how far each is, without what it says"))
def list_complaints(
    folder: Folder = DEFAULT_FOLDER, as_json: AsJson = False, at: Index = None, until: Until = None
) -> None:
    """List complaints: number, kind, state, by when it is to be taken up or answered."""
    record = read_record(folder, at, until)
    rows = [derive_complaint(record, subject, one) for subject, one in record.complaints.by_subject.items()]
    header = tr("回执号 类型 进度 期限", "receipt kind state due")
    columns = [
        [row["receipt"], name(COMPLAINT_KINDS, row["kind"]), name(COMPLAINT_STATES, row["state"]), row["due"] or "—"]
        for row in rows
    ]
    _show(rows, as_json, header, columns)


def derive_complaint(record: Record, subject: str, one: Complaint) -> dict[str, Any]:
    """Return what is public of a complaint, and the day by which the next step is due (None: none is)."""
    periods = record.policy_at(one.at).periods
    due = None
    if one.decided is None:
        due = record.calendar.add(derive_day(one.at), periods.complaint_receipt_working_days)
    elif one.decided == "accepted" and one.answered is None and one.decided_at is not None:
        due = record.calendar.add(derive_day(one.decided_at), periods.complaint_answer_working_days)
    return {
        "receipt": subject.removeprefix("complaint/"),
        "kind": one.received.kind,
        "channel": one.received.channel,
        "of": one.received.of,
        "received": format_time(one.at),
        "state": "answered" if one.answered else one.decided or "received",
        "outcome": one.answered and one.answered.outcome,
        "summary": one.answered and one.answered.summary,
        "due": due and due.value,
        "is_provisional": bool(due and due.is_provisional),
    }


@filing.command("make", help=tr("街道报送实施方案备案", "a street files its plan"))
def make_filing(
    street: Street,
    file: Annotated[Path, typer.Argument(exists=True, help=tr("方案文件", "the document"))],
    title: Annotated[str, typer.Option(metavar="TEXT", help=tr("标题（公开）", "its title (public)"))],
    year: Year = None,
    folder: Folder = DEFAULT_FOLDER,
    keys: Keys = [],
    at: At = None,
) -> None:
    """File a street's plan: its hash is recorded, the document itself is handed to the bureau."""
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    installation = open_installation(folder, at)
    with installation.open_desk(keys) as (_, desk):
        index = oversight.make_filing(desk, street, derive_year(installation, year), title, digest)
    say_done(index, "已报送备案", "filed")


@filing.command("acknowledge", help=tr("区局收到备案", "the bureau has it"))
def acknowledge_filing(
    street: Street, year: Year = None, folder: Folder = DEFAULT_FOLDER, keys: Keys = [], at: At = None
) -> None:
    """Acknowledge a filing."""
    installation = open_installation(folder, at)
    with installation.open_desk(keys) as (_, desk):
        index = oversight.acknowledge_filing(desk, street, derive_year(installation, year))
    say_done(index, "已收到备案", "acknowledged")


@filing.command("list", help=tr("各街道的备案；未报的也列出", "every street's filing, the missing ones too"))
def list_filings(
    year: Year = None,
    folder: Folder = DEFAULT_FOLDER,
    as_json: AsJson = False,
    at: Standing = None,
    until: Until = None,
) -> None:
    """List filings: street, when, late or not, acknowledged."""
    index, time = split_standing(at)
    record = read_record(folder, index, until)
    if year is None and (index is not None or until is not None):
        year = int(derive_day(record.times[-1])[:4])
    of = derive_year(open_installation(folder, time), year)
    policy = record.policies[-1][1]
    rows = []
    for street in policy.streets:
        one = record.supervision.filings.get(f"filing/{street}/{of}")
        day = derive_day(one.at) if one else None
        rows.append(
            {
                "street": street,
                "title": one.made.title if one else None,
                "document": one.made.document if one else None,
                "filed": day,
                "is_late": bool(day and day > f"{of}-{policy.filing_due}"),
                "acknowledged": bool(one and one.acknowledged),
            }
        )
    header = tr("街道 报送 是否逾期 收到", "street filed late acknowledged")
    told = {True: tr("是", "yes"), False: tr("否", "no")}
    columns = [
        [str(row["street"]), str(row["filed"] or "—"), told[bool(row["is_late"])], told[bool(row["acknowledged"])]]
        for row in rows
    ]
    _show(rows, as_json, header, columns)


@training.command("record", help=tr("记录一次培训", "record a training"))
def record_training(
    office: Annotated[str, typer.Argument(metavar="OFFICE", help=tr("bureau 或街道", "bureau, or a street"))],
    text: PublicText,
    officers: Annotated[
        list[str],
        typer.Option("--officer", metavar="OFFICER", help=tr("参加人员，可多次给出", "who came, one each")),
    ],
    hours: Annotated[int, typer.Option(metavar="HOURS", help=tr("学时", "hours"))] = 1,
    held: Annotated[str | None, typer.Option(metavar="DAY", help=tr("日期，默认今天", "the day; today"))] = None,
    folder: Folder = DEFAULT_FOLDER,
    keys: Keys = [],
    at: At = None,
) -> None:
    """Record who was trained in what."""
    installation = open_installation(folder, at)
    with installation.open_desk(keys) as (_, desk):
        day = held or derive_day(installation.clock())
        subject = oversight.hold_training(desk, office, day, text, hours, officers)
    say(f"已记录 {subject}", f"recorded {subject}")


@training.command("list", help=tr("各次培训", "the trainings"))
def list_trainings(
    folder: Folder = DEFAULT_FOLDER, as_json: AsJson = False, at: Index = None, until: Until = None
) -> None:
    """List trainings: subject, day, title, hours, how many came."""
    rows = [
        {"training": subject, **one.model_dump(mode="json")}
        for subject, one in read_record(folder, at, until).supervision.trainings.items()
    ]
    header = tr("培训 日期 内容 学时 人数", "training day title hours officers")
    columns = [
        [row["training"], row["held"], row["title"], str(row["hours"]), str(len(row["attended"]))] for row in rows
    ]
    _show(rows, as_json, header, columns)


@suggestion.command("make", help=tr("提出改进意见", "a unit makes a suggestion"))
def make_suggestion(
    unit: UnitWord, text: PublicText, folder: Folder = DEFAULT_FOLDER, keys: Keys = [], at: At = None
) -> None:
    """Make a suggestion."""
    with open_installation(folder, at).open_desk(keys) as (_, desk):
        subject = oversight.suggest(desk, unit, text)
    say(f"已记录 {subject}", f"recorded {subject}")


@suggestion.command("answer", help=tr("答复意见", "the organiser answers"))
def answer_suggestion(
    suggestion: Annotated[
        str, typer.Argument(metavar="SUGGESTION", help=tr("如 suggestion/2027/0001", "such as suggestion/2027/0001"))
    ],
    text: PublicText,
    folder: Folder = DEFAULT_FOLDER,
    keys: Keys = [],
    at: At = None,
) -> None:
    """Answer a suggestion."""
    with open_installation(folder, at).open_desk(keys) as (_, desk):
        say_done(oversight.answer_suggestion(desk, suggestion, text), "已答复", "answered")


@suggestion.command("list", help=tr("各条意见", "the suggestions"))
def list_suggestions(
    folder: Folder = DEFAULT_FOLDER, as_json: AsJson = False, at: Index = None, until: Until = None
) -> None:
    """List suggestions: subject, unit, text, answered or not."""
    rows: list[dict[str, Any]] = [
        {
            "suggestion": subject,
            "unit": one.unit,
            "text": one.made.text,
            "made": format_time(one.at),
            "answered": one.answered and format_time(one.answered),
        }
        for subject, one in read_record(folder, at, until).supervision.suggestions.items()
    ]
    header = tr("意见 单位 内容 答复", "suggestion unit text answered")
    columns = [[row["suggestion"], row["unit"], row["text"], row["answered"] or "—"] for row in rows]
    _show(rows, as_json, header, columns)


GROUPS = {
    "notice": notice,
    "complaint": complaint,
    "filing": filing,
    "training": training,
    "suggestion": suggestion,
}
