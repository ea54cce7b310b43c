"""`double-random openings`: what sealed values stand for, kept apart from the record; who read them; their erasure."""

from typing import Annotated

import typer

from ledger.cli import steps
from ledger.cli.desk import Desk
from ledger.cli.installation import Installation
from ledger.cli.options import DEFAULT_FOLDER, AsJson, At, Folder, Index, Keys, Until, open_installation
from ledger.cli.published import read_record
from ledger.cli.speech import print_table, say, say_json, tr, warn
from ledger.cli.words import ERASURES, list_meanings
from ledger.client.remote import RemoteLog
from ledger.office.policy import SERVICE
from ledger.proof.encoding import format_time
from ledger.proof.errors import Refused
from ledger.store.openings import Opening

app = typer.Typer(
    no_args_is_help=True,
    help=tr("封存的值（不公开）：查看、删除", "sealed values: show them, list who read them, erase them"),
)


@app.command(
    "show",
    help=tr(
        "查看某主题下的封存值（仅限有权查看者）；查看先记入日志，密钥为查看单位的",
        "show a subject's sealed values (to those entitled); the log says so first, signed by the unit that reads",
    ),
)
def show_command(
    subject: Annotated[str, typer.Argument(help=tr("主题，如 targets/2027/industry-trade", "the subject"))],
    unit: Annotated[
        str | None,
        typer.Option(
            metavar="UNIT",
            help=tr(
                "查看单位；不给则在本装置上为 service，在服务上为手头唯一密钥的单位",
                "the unit that reads; if not given, `service` here, and over a service the one whose key is at hand",
            ),
        ),
    ] = None,
    folder: Folder = DEFAULT_FOLDER,
    keys: Keys = [],
    as_json: AsJson = False,
    at: At = None,
) -> None:
    """Record that a unit reads openings, and show them."""
    installation = open_installation(folder, at)
    with installation.open_desk(keys) as (log, desk):
        if subject not in desk.record.heads:
            raise Refused(f"{subject} does not stand in the record")
        if isinstance(log, RemoteLog):
            reader = unit or _find_only(desk)
            openings = log.read_openings(subject, reader, desk.signer(reader))
        else:
            openings = read_here(installation, desk, subject, unit or SERVICE)
    rows = [{"id": o.id, "field": o.field, "value": o.value, "seal": o.seal} for o in openings]
    if as_json:
        say_json(rows)
        return
    if not rows:
        warn(
            f"{subject}：没有封存的值，或其原文已删除，或尚未交来",
            f"{subject}: no sealed value can be shown: there is none, or it was erased, or is not handed in yet",
        )
    for row in rows:
        print(f"{row['id']}  {row['field']}  {row['value']}  {row['seal']}")


def _find_only(desk: Desk) -> str:
    if len(desk.signers) != 1:
        at_hand = ", ".join(sorted(desk.signers)) or tr("无", "none")
        raise Refused(
            tr(f"请用 --unit 指明查看单位，手头的密钥：{at_hand}", f"--unit: which unit reads? keys at hand: {at_hand}")
        )
    return next(iter(desk.signers))


def read_here(installation: Installation, desk: Desk, subject: str, unit: str) -> list[Opening]:
    """Return a subject's openings of an installation, recorded first; not recorded only where its log is closed."""
    erased = desk.record.seals.erased
    with installation.open_openings() as table:
        openings = [opening for opening in table.read(subject) if opening.seal not in erased]
    if desk.record.successor is None:
        steps.record_read(desk, unit, subject, len(openings))
    else:
        warn("日志已关闭，本次查看无法记录", "the log is closed: this read cannot be recorded")
    return openings


@app.command("reads", help=tr("谁查看过哪些封存值", "who has read which sealed values, as the log says"))
def list_reads(folder: Folder = DEFAULT_FOLDER, as_json: AsJson = False, at: Index = None, until: Until = None) -> None:
    """List private reads: entry, when, unit, subject, how many values."""
    rows = [
        {"entry": one.index, "at": format_time(one.at), "unit": one.unit, "subject": one.of, "values": one.count}
        for one in read_record(folder, at, until).reads.all
    ]
    if as_json:
        say_json(rows)
    else:
        header = tr("条目 时间 单位 主题 个数", "entry at unit subject values").split()
        print_table(header, [[str(value) for value in row.values()] for row in rows])


@app.command(
    "erase", help=tr("删除封存值的原文；记录与证明不变", "erase what seals stand for; every proof still holds")
)
def erase(
    reason: Annotated[str, typer.Argument(help=tr("原因：", "why: ") + list_meanings(ERASURES))],
    seals: Annotated[list[str], typer.Argument(help=tr("摘要", "the digests"))],
    folder: Folder = DEFAULT_FOLDER,
    keys: Keys = [],
    at: At = None,
) -> None:
    """Erase openings: the event first, so that nothing vanishes without a record; who keeps them deletes after it."""
    installation = open_installation(folder, at)
    with installation.open_desk(keys) as (_, desk):
        seals = [seal for seal in seals if seal not in desk.record.seals.erased]
        index = steps.erase_openings(desk, seals, reason) if seals else None
    if index is None:  # what was left of them went when the log was opened
        say("记录中早已删除；若还有留存，也已删除", "the record had them erased before; what was left is deleted now")
    else:
        say(f"已删除 {len(seals)} 个原文（第 {index} 条）", f"erased {len(seals)} (entry {index})")
