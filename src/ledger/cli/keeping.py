"""The commands that keep an installation: `init`, `approve`, `keys`, `log`, `export`."""

from pathlib import Path
from typing import Annotated

import typer

from ledger.audit.bundle import derive_bundle
from ledger.audit.container import format_container
from ledger.cli import steps
from ledger.cli.countersigning import sign_command
from ledger.cli.installation import (
    DEFAULT_ORIGIN,
    format_policy_file,
    make_key,
    read_clock,
    read_key,
    read_text,
)
from ledger.cli.options import DEFAULT_FOLDER, At, Folder, Keys, OfficeName, Year, derive_year, open_installation
from ledger.cli.policies import read_policy
from ledger.cli.published import find_log, read_record, replay_log
from ledger.cli.speech import print_table, say, tr
from ledger.cli.succession import read_continued
from ledger.log.book import Book
from ledger.office.compose import format_body
from ledger.office.keys import Key
from ledger.office.policy import read_default_policy
from ledger.office.record import Record
from ledger.proof.draw import BUREAU
from ledger.proof.note import format_vkey

approve = typer.Typer(no_args_is_help=True, help=tr("核定年度名录", "approve the year's rosters"))
keys_app = typer.Typer(no_args_is_help=True, help=tr("各单位的密钥", "the units' keys"))
log_app = typer.Typer(
    no_args_is_help=True, help=tr("公开日志：公钥、检查点、见证", "the public log: its key, checkpoints, witnesses")
)
export_app = typer.Typer(
    no_args_is_help=True, help=tr("导出：核验包、结果、公告", "write bundles to be checked, results, announcements")
)


Origin = Annotated[str, typer.Option(metavar="NAME", help=tr("日志名称，永不更改", "the log's name, for ever"))]


def init_command(
    folder: Folder = DEFAULT_FOLDER,
    origin: Origin = DEFAULT_ORIGIN,
    policy: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            metavar="FILE",
            help=tr("政策文件（JSON），默认用自带的龙岗政策", "a policy (JSON); Longgang's if none is given"),
        ),
    ] = None,
    log_key: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            metavar="FILE",
            help=tr(
                "日志的密钥文件，已另行生成的；默认新建", "the log's key file, if it was made before; else it is made"
            ),
        ),
    ] = None,
    continues: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            metavar="FILE",
            help=tr("接续的旧日志的最后检查点", "the last checkpoint of the log that this one goes on from"),
        ),
    ] = None,
    continues_key: Annotated[
        str | None, typer.Option(metavar="VKEY", help=tr("旧日志的公钥", "that log's verifier key"))
    ] = None,
    at: At = None,
) -> None:
    """建立一个装置：生成密钥，写下第 0 条。Found an installation: make its keys and write entry 0."""
    words = format_body(read_policy(policy)) if policy else read_default_policy()
    installation = open_installation(folder, at)
    made = read_key(log_key) if log_key else None
    installation.found(origin, words, read_continued(continues, continues_key), made)
    say(
        f"已在 {folder} 建立日志 {origin}。试用时各单位密钥都在 {folder / 'keys'}；正式使用时由各单位自己生成和保管。",
        f"founded the log {origin} in {folder}. For a trial all units' keys lie in {folder / 'keys'}; in earnest each "
        "unit makes and keeps its own.",
    )


@approve.command("targets", help=tr("核定年度检查对象名录", "approve a year's target roster"))
def approve_targets(folder: Folder = DEFAULT_FOLDER, year: Year = None, keys: Keys = [], at: At = None) -> None:
    """Approve the target roster."""
    installation = open_installation(folder, at)
    with installation.open_desk(keys) as (_, desk):
        index = steps.approve_targets(desk, derive_year(installation, year))
    say(f"名录已核定（第 {index} 条）", f"roster approved (entry {index})")


@approve.command("officers", help=tr("核定执法人员名录", "approve an officer roster"))
def approve_officers(
    folder: Folder = DEFAULT_FOLDER,
    roster: OfficeName = BUREAU,
    year: Year = None,
    keys: Keys = [],
    at: At = None,
) -> None:
    """Approve an officer roster."""
    installation = open_installation(folder, at)
    with installation.open_desk(keys) as (_, desk):
        index = steps.approve_officers(desk, derive_year(installation, year), roster)
    say(f"{roster} 名录已核定（第 {index} 条）", f"roster {roster} approved (entry {index})")


@keys_app.command(
    "new", help=tr("为某单位生成密钥文件（在该单位自己的机器上）", "make a unit's key, on its own machine")
)
def new_key(
    unit: Annotated[str, typer.Argument(help=tr("单位", "the unit"))],
    out: Annotated[Path, typer.Argument(help=tr("密钥文件", "the key's file"))],
    origin: Origin = DEFAULT_ORIGIN,
) -> None:
    """Make a key."""
    print(format_vkey(make_key(out, f"{origin}/{unit}").verifier))


@keys_app.command("show", help=tr("显示密钥文件的公钥", "show the public half of a key file"))
def show_key(file: Annotated[Path, typer.Argument(exists=True, help=tr("密钥文件", "the key's file"))]) -> None:
    """Show a key."""
    print(format_vkey(read_key(file).verifier))


keys_app.command("sign", help=tr("读草稿，并会签", "read a draft in words, and add a unit's signature"))(sign_command)


@keys_app.command("list", help=tr("日志中登记的密钥", "the keys that the log has enrolled"))
def list_keys(folder: Folder = DEFAULT_FOLDER, at: At = None) -> None:
    """List the keys that the log has enrolled, and whether each is in force now."""
    record, now = read_record(folder), open_installation(folder, at).clock()
    header = tr("状态 条目 公钥", "state entry key").split()
    rows = [[_tell_state(record, key, now), str(key.index), format_vkey(key.verifier)] for key in record.keys.all()]
    reading = tr("加密公钥", "to encrypt to")
    rows += [[reading, "—", f"{record.origin}/{unit} {public}"] for unit, public in record.encryption.list_newest()]
    print_table(header, rows)


def _tell_state(record: Record, key: Key, now: int) -> str:
    if key.revoked is not None:
        return tr("已撤销", "revoked")
    waited, wait = record.keys.waited_days(record, now, key)
    if waited < wait:
        waited = max(0, waited)
        return tr(f"等待中（已见证 {waited} 天，须满 {wait} 天）", f"waiting ({waited} of {wait} witnessed days)")
    return tr("有效", "in force")


@keys_app.command("enrol", help=tr("登记一把新密钥", "enrol a new key of a unit"))
def enrol_key(
    file: Annotated[Path, typer.Argument(exists=True, help=tr("新密钥文件", "the new key's file"))],
    by: Annotated[
        list[Path],
        typer.Option(
            "--by", metavar="FILE", help=tr("现用密钥，或另外两个单位的密钥", "the current key, or two other units'")
        ),
    ],
    folder: Folder = DEFAULT_FOLDER,
    at: At = None,
) -> None:
    """Enrol a key."""
    installation = open_installation(folder, at)
    with installation.open_book() as book:
        index = steps.enrol_key(book, read_key(file), [read_key(other) for other in by], installation.clock())
        _, wait = book.record.keys.waited_days(book.record, installation.clock(), book.record.keys.all()[-1])
    say(f"密钥已登记（第 {index} 条）", f"key enrolled (entry {index})")
    if wait:
        say(f"经过见证的 {wait} 天之后才能使用", f"it may sign once {wait} witnessed days have passed")


@keys_app.command("revoke", help=tr("撤销一把密钥", "revoke a key"))
def revoke_key(
    vkey: Annotated[str, typer.Argument(help=tr("要撤销的公钥", "the key, as a vkey"))],
    reason: Annotated[str, typer.Argument(help=tr("原因", "why"))],
    units: Annotated[
        list[str], typer.Option("--unit", metavar="UNIT", help=tr("本单位，或另外两个单位", "its unit, or two others"))
    ],
    folder: Folder = DEFAULT_FOLDER,
    keys: Keys = [],
    at: At = None,
) -> None:
    """Revoke a key."""
    with open_installation(folder, at).open_desk(keys) as (_, desk):
        unit = vkey.partition("+")[0].removeprefix(f"{desk.record.origin}/")
        index = steps.revoke_key(desk, unit, vkey, reason, *units)
    say(f"密钥已撤销（第 {index} 条）", f"key revoked (entry {index})")


@log_app.command("vkey", help=tr("日志公钥", "the log's verifier key"))
def log_vkey(folder: Folder = DEFAULT_FOLDER) -> None:
    """Print the log's key, in the form of the signed-note tools."""
    log_key = replay_log(folder, to=1).record.log_key
    assert log_key is not None  # entry 0 names it
    print(format_vkey(log_key))


@log_app.command("policy", help=tr("核验者可用的 tlog-policy 文件", "a tlog-policy file for verifiers"))
def log_policy(folder: Folder = DEFAULT_FOLDER) -> None:
    """Print a tlog-policy file of this log and its witnesses."""
    record = read_record(folder)
    assert record.log_key is not None  # entry 0 names it
    print(format_policy_file(record.log_key, record.policy_at(read_clock())), end="")


@log_app.command("checkpoint", help=tr("最新检查点，请留存", "the newest checkpoint: keep a copy"))
def log_checkpoint(folder: Folder = DEFAULT_FOLDER) -> None:
    """Print the newest checkpoint."""
    print(read_text(find_log(folder) / "checkpoint"), end="")


@log_app.command("witness", help=tr("由试用见证人联署并记入日志", "have the trial witnesses cosign, and record it"))
def log_witness(folder: Folder = DEFAULT_FOLDER, at: At = None) -> None:
    """Record time as the witnesses attest it."""
    installation = open_installation(folder, at)
    with installation.open_desk() as (book, desk):
        index = steps.witness_log(desk, "service", installation.cosign(book))
    say(f"已记录（第 {index} 条）", f"recorded (entry {index})")


@export_app.command("bundle", help=tr("一次抽取的核验包", "the bundle of a draw"))
def export_bundle(
    slot: Annotated[str, typer.Argument(help=tr("批次", "the slot"))],
    folder: Folder = DEFAULT_FOLDER,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH",
            help=tr(".zip 文件或文件夹，默认 DIR/bundles", "a .zip file or a folder; DIR/bundles if none"),
        ),
    ] = None,
    at: At = None,
) -> None:
    """Write a draw's bundle; the witnesses at hand cosign the checkpoint first."""
    installation = open_installation(folder, at)
    with installation.open_book() as book:
        installation.cosign(book)
        file = write_bundle(book, slot, out or installation.folder / "bundles")
    say(f"已写出 {file}", f"wrote {file}")


def write_bundle(book: Book[Record], slot: str, out: Path) -> Path:
    """Write a draw's bundle to a file, or under its usual name into a folder; return the file."""
    entries = book.read(0, book.size)
    policies = (policy for _, policy in book.record.policies)
    checkpoint = steps.strip_checkpoint(book.checkpoint, book.record.log_key, *policies)
    data = format_container(derive_bundle(book.record, entries, checkpoint, slot))
    file = out if out.suffix == ".zip" else out / f"{slot.replace('/', '-')}.zip"
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".partial")
    partial.write_bytes(data)
    partial.replace(file)
    return file
