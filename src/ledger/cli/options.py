"""The options that many commands share, with the help that they show."""

from contextvars import ContextVar
from pathlib import Path
from typing import Annotated

import typer

from ledger.cli.installation import Installation, read_clock
from ledger.cli.speech import tr, warn
from ledger.proof.encoding import derive_day, parse_time

FOLDER = "DOUBLE_RANDOM_DIR"
"""The variable that names the installation's folder where --dir does not."""

Folder = Annotated[
    Path,
    typer.Option(
        "--dir",
        metavar="DIR",
        envvar=FOLDER,
        help=tr("装置所在的文件夹", "the installation's folder"),
        show_default=True,
    ),
]
DEFAULT_FOLDER = Path("double-random-data")

DRAFT: ContextVar[Path | None] = ContextVar("draft", default=None)
"""Where the command at hand writes its event, instead of handing it in."""

SERVICE: ContextVar[str | None] = ContextVar("service", default=None)
"""The URL of the service that keeps the log, where the command at hand works with one."""

Keys = Annotated[
    list[Path],
    typer.Option(
        "--key",
        metavar="FILE",
        help=tr(
            "签名单位的密钥文件，可多次给出；不给则用 DIR/keys（仅供试用）",
            "key file of a unit that signs, several times if several do; without it those in DIR/keys (for a trial)",
        ),
    ),
]
At = Annotated[
    str | None,
    typer.Option(
        "--at",
        metavar="UTC",
        help=tr(
            "模拟：假定现在是此刻，如 2027-01-04T01:00:00Z",
            "simulation: act as if it were this time, such as 2027-01-04T01:00:00Z",
        ),
    ),
]
Index = Annotated[
    int | None,
    typer.Option(
        "--at",
        metavar="INDEX",
        min=0,
        help=tr("日志在第几条时的情形", "as it stood when the entry of this index was the newest"),
    ),
]
"""`--at` of a command that only reads and needs no clock."""
Until = Annotated[
    str | None,
    typer.Option(
        "--until",
        metavar="DAY",
        help=tr("日志在某日终了时的情形", "as it stood at a day's end, by the last entry of that day or before"),
    ),
]
Standing = Annotated[
    str | None,
    typer.Option(
        "--at",
        metavar="INDEX",
        help=tr(
            "日志在第几条时的情形；或 UTC 时刻，模拟：假定现在是此刻",
            "as it stood when the entry of this index was the newest; or a UTC time: a simulation, as elsewhere",
        ),
    ),
]
"""`--at` of a command that only reads, and goes by a clock."""
OfficeName = Annotated[
    str, typer.Option(metavar="OFFICE", help=tr("bureau（区局）或 street/…（街道）", "bureau, or street/…"))
]
Year = Annotated[int | None, typer.Option(help=tr("年度，默认今年", "the year; this one if none is given"))]
AsJson = Annotated[bool, typer.Option("--json", help=tr("输出 JSON，供程序使用", "print JSON, for programs"))]


def open_installation(folder: Path, at: str | None = None) -> Installation:
    """Return the installation of a folder, by the machine's clock or, in a simulation, by the time given."""
    draft, service = DRAFT.get(), SERVICE.get()
    if at is None:
        return Installation(folder, read_clock, draft, service)
    seconds = parse_time(at)
    warn(f"模拟时间：{at}", f"simulated time: {at}")
    return Installation(folder, lambda: seconds, draft, service)


def split_standing(at: str | None) -> tuple[int | None, str | None]:
    """Return the index that `--at` names, or the UTC time; one of the two, or neither."""
    return (int(at), None) if at is not None and at.isdecimal() and at.isascii() else (None, at)


def derive_year(installation: Installation, year: int | None) -> int:
    """Return the year asked for, else this one in Shanghai."""
    return year or int(derive_day(installation.clock())[:4])
