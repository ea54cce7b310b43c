"""The command of those who keep the machine: `fsck`. It needs no key and changes nothing."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ledger.audit.glance import Glance
from ledger.audit.report import UNREADABLE
from ledger.audit.wording import translate
from ledger.cli.checking import read_terms
from ledger.cli.databases import open_database
from ledger.cli.options import DEFAULT_FOLDER, AsJson, Folder
from ledger.cli.settings import read_lock_folder
from ledger.cli.speech import progress, say, say_json, tr, warn
from ledger.log.fsck import FsckReport, fsck
from ledger.proof.encoding import format_time
from ledger.proof.errors import LedgerError

SOUND, DIFFERENT, UNFINISHED = 0, 1, 3
"""Exit statuses, beside UNREADABLE."""


def fsck_command(
    folder: Folder = DEFAULT_FOLDER,
    vkey: Annotated[
        str | None, typer.Option(metavar="KEY", help=tr("所信任的日志公钥", "the log's verifier key that you trust"))
    ] = None,
    policy: Annotated[
        Path | None,
        typer.Option(exists=True, metavar="FILE", help=tr("tlog-policy 文件：日志、见证人", "a tlog-policy file")),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """逐字节核对存储与日志文件。Check the store and the log's files, byte by byte.

    Exit status: 0 sound, 1 a difference, 2 could not be read, 3 sound, but a write was interrupted.
    """
    trust = read_terms(vkey, policy)
    try:
        with progress("核对", "checking") as advance:
            store, lock_folder = open_database(is_read_only=True), read_lock_folder()
            report = fsck(folder, Glance(trust), advance, store=store, lock_folder=lock_folder)
    except (LedgerError, OSError) as error:
        status = DIFFERENT if isinstance(error, LedgerError) else UNREADABLE
        _tell_error(folder, error, status, as_json)
        raise typer.Exit(status) from None
    status = SOUND if report.is_finished else UNFINISHED
    if as_json:
        say_json({"subject": str(folder), **_facts(report), "exit_status": status})
    else:
        _tell(report, is_trusted=trust is not None)
    raise typer.Exit(status)


def _facts(report: FsckReport) -> dict[str, Any]:
    cosigned = {name: format_time(seconds) for name, seconds in report.cosigned.items()}
    return {**report._asdict(), "root": report.root.hex(), "cosigned": cosigned}


def _tell_error(folder: Path, error: LedgerError | OSError, status: int, as_json: bool) -> None:
    zh, en = translate(str(error)), str(error)
    if as_json:
        say_json({"subject": str(folder), "error": {"zh": zh, "en": en}, "exit_status": status})
    elif status == DIFFERENT:
        say(f"有差异，到此为止：{zh}", f"DIFFERENT, and stopped here: {en}")
    else:
        warn(f"无法读取：{zh}", f"could not be read: {en}")


def _tell(report: FsckReport, *, is_trusted: bool) -> None:
    size, root = report.size, report.root.hex()
    if report.subjects is None:
        say("存储：不在这里，未核对", "store: not here, not checked")
    else:
        say(
            f"存储：{size} 条，{report.subjects} 个对象，与各条自身的字节一致；数据库完好",
            f"store: {size} entries on {report.subjects} subjects, as their own bytes say; the database is whole",
        )
    say(
        f"日志：{report.files} 个文件，{report.bytes} 字节，与条目推得的相同；{size} 条的根为 {root}",
        f"log: {report.files} files of {report.bytes} bytes, as the entries give; root of all {size}: {root}",
    )
    _tell_checkpoints(report)
    if not is_trusted:
        say(
            "日志身份：没有给出 --vkey 或 --policy，未核对",
            "log identity: not checked (no --vkey or --policy)",
        )
    for path in report.leftovers:
        say(f"无害：log/{path}，没有写完的临时文件", f"harmless: log/{path}, a write that was not completed")
    if report.is_finished:
        say("完好，没有差异。", "Sound: nothing differs.")
    else:
        say(
            "没有差异，但有一次写入没有完成；下一条写日志的命令会接着完成。",
            "Nothing differs, but a write was interrupted: the next command that writes to the log carries on.",
        )


def _tell_checkpoints(report: FsckReport) -> None:
    if report.published is None:
        say("检查点：还没有公布", "checkpoint: none published yet")
    else:
        say(
            f"检查点：{report.published} 条，由 {report.origin} 签名",
            f"checkpoint: {report.published} entries, signed by {report.origin}",
        )
    for name, seconds in report.cosigned.items():
        time = format_time(seconds)
        say(f"联署：{name}，{time}", f"cosigned: {name}, {time}")
    if report.signed is None:
        say("锁：不在这里，未核对", "lock: not here, not checked")
    else:
        say(f"锁：{report.signed} 条，由日志签名", f"lock: {report.signed} entries, signed by the log")
