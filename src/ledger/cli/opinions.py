"""`double-random opinion`: what overseers from outside say, and what the bureau answers."""

from typing import Annotated, Any

import typer

from ledger.cli.desk import Desk
from ledger.cli.drawing import say_done
from ledger.cli.options import DEFAULT_FOLDER, AsJson, At, Folder, Index, Keys, Until, open_installation
from ledger.cli.oversight import next_subject
from ledger.cli.published import read_record
from ledger.cli.speech import print_table, say, say_json, tr
from ledger.cli.words import OPINION_KINDS, list_meanings, name, name_unit
from ledger.office.events.opinions import OpinionAnswered, OpinionGiven
from ledger.proof.encoding import format_time
from ledger.proof.errors import Refused

app = typer.Typer(
    no_args_is_help=True,
    help=tr("监督意见：司法局、纪检给出，被监督单位答复", "opinions of overseers from outside, and answers"),
)

PublicText = Annotated[
    str, typer.Argument(metavar="TEXT", help=tr("内容（公开，不得含个人信息）", "public: no personal data"))
]


def give_opinion(desk: Desk, unit: str, to: str, kind: str, text: str, about: list[str]) -> str:
    """Give an overseer's opinion to a unit; return its subject."""
    body = OpinionGiven.model_validate({"to": to, "about": about, "kind": kind, "text": text})
    subject = next_subject(desk, "opinion")
    desk.submit("opinion.given/1", subject, body, unit)
    return subject


def answer_opinion(desk: Desk, subject: str, answer: str) -> int:
    """The unit that it is addressed to answers. Raises Refused if there is no such opinion."""
    opinion = desk.record.opinions.by_subject.get(subject)
    if opinion is None:
        raise Refused(f"{subject}: no such opinion was given")
    return desk.submit("opinion.answered/1", subject, OpinionAnswered(answer=answer), opinion.given.to)


@app.command("give", help=tr("给出监督意见或监督决定", "an overseer gives an opinion, or a decision"))
def give(
    unit: Annotated[str, typer.Argument(metavar="UNIT", help=tr("被监督单位", "the unit that is to answer"))],
    kind: Annotated[str, typer.Argument(metavar="KIND", help=list_meanings(OPINION_KINDS))],
    text: PublicText,
    by: Annotated[
        str,
        typer.Option(metavar="UNIT", help=tr("监督机关，如 witness/justice", "the overseer, such as witness/justice")),
    ],
    about: Annotated[
        list[str],
        typer.Option(
            "--about",
            metavar="SUBJECT",
            help=tr("所涉记录，可多次给出", "what it is about: a subject of the record, once for each"),
        ),
    ],
    folder: Folder = DEFAULT_FOLDER,
    keys: Keys = [],
    at: At = None,
) -> None:
    """Give an opinion; it stands in the record for everybody."""
    with open_installation(folder, at).open_desk(keys) as (_, desk):
        subject = give_opinion(desk, by, unit, kind, text, about)
    say(f"已给出 {subject}", f"given: {subject}")


@app.command("answer", help=tr("被监督单位答复", "the unit answers"))
def answer(
    opinion: Annotated[
        str, typer.Argument(metavar="OPINION", help=tr("如 opinion/2027/0001", "such as opinion/2027/0001"))
    ],
    text: PublicText,
    folder: Folder = DEFAULT_FOLDER,
    keys: Keys = [],
    at: At = None,
) -> None:
    """Answer an opinion."""
    with open_installation(folder, at).open_desk(keys) as (_, desk):
        say_done(answer_opinion(desk, opinion, text), "已答复", "answered")


@app.command("list", help=tr("各条监督意见及是否答复", "the opinions, and whether they were answered"))
def list_opinions(
    folder: Folder = DEFAULT_FOLDER, as_json: AsJson = False, at: Index = None, until: Until = None
) -> None:
    """List opinions: subject, overseer, unit, kind, text, when, answered or not."""
    record = read_record(folder, at, until)
    rows: list[dict[str, Any]] = [
        {
            "opinion": subject,
            "by": one.unit,
            "to": one.given.to,
            "kind": one.given.kind,
            "about": one.given.about,
            "text": one.given.text,
            "given": format_time(one.at),
            "answered": one.answered and format_time(one.answered),
        }
        for subject, one in record.opinions.by_subject.items()
    ]
    if as_json:
        say_json(rows)
        return
    header = tr("意见 监督机关 被监督单位 类型 内容 给出 答复", "opinion by to kind text given answered").split()
    shown = [
        [
            row["opinion"],
            *(name_unit(record.policies[-1][1], unit) for unit in (row["by"], row["to"])),
            name(OPINION_KINDS, row["kind"]),
            row["text"],
            row["given"],
            row["answered"] or "—",
        ]
        for row in rows
    ]
    print_table(header, shown)
