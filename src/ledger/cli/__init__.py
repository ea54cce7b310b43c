"""The command line: `double-random`. Each module holds the commands of one kind of work.

`importing`, `declaring` (sheets into the log) · `keeping` (init, approve, keys, log, export) · `drawing` (draw) ·
`casework` (case) · `checking` (verify, explain, replay) · `soundness` (fsck) · `sealed` (openings) · `demo`,
`riggings` · `steps` (what each step signs) · `desk` (who signs) · `installation` (where things lie) · `speech` (which
language) · `sample` (made-up data).
"""

import sys
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from ledger.audit.wording import translate
from ledger.cli import casework, checking, drawing, importing, keeping, sealed, soundness
from ledger.cli.demo import run_demo
from ledger.cli.desk import Drafted
from ledger.cli.options import DEFAULT_FOLDER, DRAFT, Folder
from ledger.cli.speech import say, tr, warn
from ledger.proof.errors import LedgerError

__all__ = ["app", "main"]

app = typer.Typer(
    name="double-random",
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
app.add_typer(drawing.app, name="draw")
app.add_typer(casework.app, name="case")
app.add_typer(keeping.keys_app, name="keys")
app.add_typer(keeping.log_app, name="log")
app.add_typer(keeping.export_app, name="export")
app.add_typer(sealed.app, name="openings")
app.command("init", help=tr("建立一个装置", "found an installation"))(keeping.init_command)
app.command("verify", help=tr("核验一次抽取或整本日志", "check a draw or a whole log"))(checking.verify_command)
app.command("explain", help=tr("某企业为什么抽中或没有抽中", "why one enterprise was drawn or not"))(
    checking.explain_command
)
app.command("replay", help=tr("离线重放全部历史", "replay the whole history offline"))(checking.replay_command)
app.command("fsck", help=tr("逐字节核对存储与日志文件", "check the store and the log's files, byte by byte"))(
    soundness.fsck_command
)


@app.callback()
def options(
    draft: Annotated[
        Path | None,
        typer.Option(
            help=tr(
                "不提交：把事项连同手头的签名写入此文件，由其他单位用 keys sign 会签后再 log submit",
                "hand nothing in: write the event, with the signatures at hand, to this file for others to sign",
            )
        ),
    ] = None,
) -> None:
    """Options for every command."""
    DRAFT.set(draft)


@app.command("demo", help=tr("演示：一个月，从名录到核验包", "a demonstration: one month, from rosters to a bundle"))
def demo_command(folder: Folder = DEFAULT_FOLDER) -> None:
    """Run the demonstration in a new folder."""
    raise typer.Exit(run_demo(Path(folder)))


def main() -> None:
    """Run the command line; a refusal is a sentence and exit status 2, never a traceback."""
    try:
        app()
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        warn(f"不能接受：{place}：{translate(first['msg'])}", f"refused: {place}: {first['msg']}")
        sys.exit(2)
    except Drafted as drafted:
        say(f"草稿已写入 {drafted}，尚未提交", f"drafted to {drafted}; nothing was handed in")
    except (LedgerError, OSError) as error:
        warn(f"不能接受：{translate(str(error))}", f"refused: {error}")
        sys.exit(2)
