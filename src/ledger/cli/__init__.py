"""The command line: `double-random`. Each module holds the commands of one kind of work.

`importing`, `declaring`, `calendars` (sheets into the log) · `rosters` (roster) · `adjusting`, `conflicts`,
`policies` (change) · `keeping` (init, approve, keys, log, export) · `announcing` (export) · `countersigning` (keys
sign) · `receipts`, `succession`, `timestamps`, `uploading`, `databases` (log) · `drawing`, `sources` (draw) ·
`planning` (plan, queue) · `editions` (items) · `casework`, `followups`, `documents` (case) · `inspecting`
(inspection) · `supervising` (notice, complaint, …) · `opinions` (opinion) · `boards` (due, board, bulletin) ·
`steering` (statistics) · `registries` (registry, disclosure) · `checking` (verify, explain, replay) · `watching`
(monitor) · `soundness` (fsck) · `sealed` (openings) · `demo`, `riggings` · `steps`, `changes`, `handling`,
`oversight` (what each signs) · `desk` (who signs) · `installation`, `settings`, `witnesses` (where things lie, who is
asked) · `published`, `standing` (what a log holds, how it is told) · `sheets` (a sheet on its way in) · `usage`,
`speech`, `words` (in which language) · `sample` (made-up data).
Packages above add commands of theirs by an entry point of the group `double_random.commands`: a function that is handed
`app`.
"""

import sys
from importlib.metadata import entry_points
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from ledger.audit.wording import translate
from ledger.cli import (
    adjusting,
    announcing,
    boards,
    calendars,
    casework,
    checking,
    databases,
    drawing,
    editions,
    importing,
    inspecting,
    keeping,
    opinions,
    planning,
    receipts,
    registries,
    rosters,
    sealed,
    soundness,
    steering,
    succession,
    supervising,
    timestamps,
    uploading,
    watching,
)
from ledger.cli import documents as _documents  # noqa: F401  its command belongs to `case`
from ledger.cli import followups as _followups  # noqa: F401  its commands belong to `case`
from ledger.cli import holding as _holding  # noqa: F401  its commands belong to `keys`, `draw` and `case`
from ledger.cli.demo import ENDS, check_port, run_demo
from ledger.cli.desk import Drafted
from ledger.cli.options import DEFAULT_FOLDER, DRAFT, SERVICE, Folder
from ledger.cli.speech import say, tr, warn
from ledger.cli.usage import Program
from ledger.cli.words import tell_types
from ledger.proof.errors import LedgerError, Refused

__all__ = ["app", "main"]

app = typer.Typer(
    name="double-random",
    cls=Program,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help=tr(
        "双随机、一公开：任何人都能核验的抽取。先试 `double-random demo`。",
        "Draws that anyone can check (双随机、一公开). Begin with `double-random demo`.",
    ),
)
app.add_typer(importing.app, name="import")
app.add_typer(keeping.approve, name="approve")
app.add_typer(rosters.app, name="roster")
app.add_typer(adjusting.app, name="change")
app.add_typer(drawing.app, name="draw")
app.add_typer(casework.app, name="case")
app.add_typer(inspecting.app, name="inspection")
app.add_typer(calendars.app, name="calendar")
app.add_typer(editions.app, name="items")
app.add_typer(planning.app, name="plan")
app.command("queue", help=tr("某单位的两本任务账：本科室任务、受领任务", "a unit's own tasks, and those it received"))(
    planning.queue_command
)
app.add_typer(boards.bulletin, name="bulletin")
app.command("due", help=tr("待办和逾期：按科室、人员所在单位", "what is due and overdue, by section and home unit"))(
    boards.due_command
)
app.command("board", help=tr("一个单位的看板：待办、逾期、负荷", "one unit's board: what waits, what is late, load"))(
    boards.board_command
)
app.command("statistics", help=tr("统计：从中可以看出操纵", "statistics in which steering would show"))(
    steering.statistics_command
)
app.command("registry", help=tr("名录库、事项清单、密钥、单位", "what is on a registry: rosters, items, keys, units"))(
    registries.registry_command
)
app.command(
    "disclosure", help=tr("公开台账：公开、更正、撤回、作废、补抽", "all that was ever made public or taken back")
)(registries.disclosure_command)
app.add_typer(opinions.app, name="opinion")
for _word, _group in supervising.GROUPS.items():
    app.add_typer(_group, name=_word)
app.add_typer(keeping.keys_app, name="keys")
keeping.log_app.command("timestamp", help=tr("为检查点申请或核验时间戳", "have the checkpoint time-stamped, or check"))(
    timestamps.timestamp_command
)
keeping.log_app.command("upload", help=tr("将公开日志上传至对象存储", "copy the public log to an object store"))(
    uploading.upload_command
)
app.add_typer(keeping.log_app, name="log")
app.add_typer(announcing.export_app, name="export")
app.add_typer(sealed.app, name="openings")
for _word, _help, _command in (
    (
        "submit",
        tr("提交已会签的草稿，取得回执", "hand in a draft that all have signed, for a receipt"),
        receipts.submit_command,
    ),
    ("receipt", tr("条目的回执（tlog-proof）", "an entry's receipt, a tlog-proof"), receipts.receipt_command),
    ("entry", tr("条目原文", "an entry's bytes, as they were signed"), receipts.entry_command),
    ("check", tr("离线核验回执", "check a receipt offline"), receipts.check_command),
    ("close", tr("关闭日志，由另一本接续", "close the log: another goes on"), succession.close_command),
):
    keeping.log_app.command(_word, help=_help)(_command)
keeping.log_app.command(
    "migrate", help=tr("把 PostgreSQL 数据库备好，用于存放条目", "make a PostgreSQL database ready to hold the entries")
)(databases.migrate_command)
app.command("init", help=tr("建立一个装置", "found an installation"))(keeping.init_command)
app.command("verify", help=tr("核验一次抽取或整本日志", "check a draw or a whole log"))(checking.verify_command)
app.command("explain", help=tr("某企业为什么抽中或没有抽中", "why one enterprise was drawn or not"))(
    checking.explain_command
)
app.command("monitor", help=tr("持续监看一本日志", "watch a log, and print alarms"))(watching.monitor_command)
app.command("replay", help=tr("离线重放全部历史", "replay the whole history offline"))(checking.replay_command)
app.command("fsck", help=tr("逐字节核对存储与日志文件", "check the store and the log's files, byte by byte"))(
    soundness.fsck_command
)
for entry_point in entry_points(group="double_random.commands"):
    entry_point.load()(app)


@app.callback()
def options(
    draft: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help=tr(
                "不提交：把事项连同手头的签名写入此文件，由其他单位用 keys sign 会签后再 log submit",
                "hand nothing in: write the event, with the signatures at hand, to this file for others to sign",
            ),
        ),
    ] = None,
    service: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            envvar="DOUBLE_RANDOM_SERVICE",
            help=tr(
                "日志由此服务保管：事项在本机签名后提交给它；--dir 为本单位自己的文件夹",
                "a service keeps the log: events are signed here and handed in there; --dir is the unit's own folder",
            ),
        ),
    ] = None,
) -> None:
    """Options for every command."""
    DRAFT.set(draft)
    SERVICE.set(service)


@app.command("demo", help=tr("演示：一个月，从名录到核验包", "a demonstration: one month, from rosters to a bundle"))
def demo_command(
    folder: Folder = DEFAULT_FOLDER,
    serve: Annotated[
        bool,
        typer.Option("--serve", help=tr("然后在本机打开网站", "then serve its site here, complaints too")),
    ] = False,
    port: Annotated[
        int,
        typer.Option(metavar="N", min=0, max=65535, help=tr("--serve 监听的端口", "the port that --serve listens on")),
    ] = 8480,
) -> None:
    """Run the demonstration in a new folder."""
    show_site = next((one.callback for one in app.registered_commands if one.name == "serve"), None)
    if serve and show_site is None:
        raise Refused(tr("--serve：没有安装服务", "--serve: the service is not installed"))
    if serve:
        check_port(port)
    status = run_demo(Path(folder))
    if serve and show_site is not None and not status:
        say(
            "\n网站也受理举报；时钟停在演示结束之时，按 Ctrl-C 停止。",
            "\nThe site takes complaints; its clock stands where the demonstration ended. Ctrl-C stops it.",
        )
        show_site(folder=Path(folder), port=port, role="all", at=ENDS)
    raise typer.Exit(status)


def main() -> None:
    """Run the command line; a refusal is a sentence and exit status 2, never a traceback."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # names in a tlog-policy are octets, and need not be UTF-8
    try:
        app()
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        warn(f"不能接受：{place}：{translate(first['msg'])}", f"refused: {place}: {first['msg']}")
        sys.exit(2)
    except Drafted as drafted:
        say(f"草稿已写入 {drafted}，尚未提交", f"drafted to {drafted}; nothing was handed in")
    except ConnectionError as error:  # nobody has said no
        warn(f"未完成：{tell_types(translate(str(error)))}", f"not completed: {error}")
        sys.exit(2)
    except (LedgerError, OSError) as error:
        said = str(error)
        if isinstance(error, OSError) and error.filename is not None:
            said = f"{error.filename}: {error.strerror}"
        warn(f"不能接受：{tell_types(translate(str(error)))}", f"refused: {said}")
        sys.exit(2)
