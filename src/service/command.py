"""`double-random serve`: the log to anyone, and to the units' programs a way to hand in what they sign."""

import gc
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli.installation import Installation
from ledger.cli.options import DEFAULT_FOLDER, At, Folder, open_installation
from ledger.cli.published import find_log
from ledger.cli.speech import say, tr
from ledger.log.files import read_if_any
from ledger.proof.checkpoint import parse_checkpoint
from ledger.proof.errors import Refused
from ledger.proof.note import parse_note

from . import sockets

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

    from .api.writer import Writer
    from .settings import Settings


def add_to(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(
        "serve",
        help=tr("通过 HTTP 提供服务：公开网站和日志、受理签名事项", "serve over HTTP: the site, the log, events in"),
    )(serve_command)


def serve_command(
    folder: Folder = DEFAULT_FOLDER,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help=tr("监听的地址", "the address to listen on"))
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(metavar="N", min=0, max=65535, help=tr("监听的端口", "the port to listen on"))
    ] = 8480,
    role: Annotated[
        str,
        typer.Option(
            metavar="ROLE",
            help=tr(
                "public（只公开，不持密钥）、officials（只受理）或 all（两者）",
                "public (what anyone may read, without a key), officials (what units hand in), or all",
            ),
        ),
    ] = "all",
    at: At = None,
) -> None:
    """Serve until told to stop; what is under way then is finished."""
    try:
        from .settings import Settings  # the framework is an optional package

        settings = Settings.read(os.environ, folder, role)  # type: ignore[arg-type]  # read strictly there
        if settings.role != "public":
            _check_installation(folder)
        with sockets.listen(host, port) as listening:
            _serve(settings, listening, open_installation(folder, at))
    except ModuleNotFoundError as error:
        missing = error.name
        raise Refused(
            tr(
                f"缺少 {missing}：请安装 double-random[service]",
                f"{missing} is missing: install double-random[service]",
            )
        ) from None


def _check_installation(folder: Path) -> None:
    """Refuse what is only a copy of a log, with the role in which it can be served."""
    is_copy = any((log / "checkpoint").is_file() for log in (folder, folder / "log"))
    if is_copy and not any((folder / name).exists() for name in ("private", "lock", "store")):
        raise Refused(
            tr(
                f"{folder} 只是日志的副本：请用 --role public 公开它",
                f"{folder}: only a copy of a log; serve it with --role public",
            )
        )


def _serve(settings: "Settings", listening: socket.socket, installation: Installation) -> None:
    from .app import make_app
    from .journal import capture_logging, make_journal
    from .server import make_server

    journal = make_journal()
    with ExitStack() as closing:
        closing.enter_context(capture_logging(journal))
        writer = None
        if settings.role != "public":
            writer = closing.enter_context(_open_writer(settings, installation, journal))
        app = make_app(settings, writer, journal, installation.clock)
        server = make_server(app, settings)
        for number in (signal.SIGINT, signal.SIGTERM):  # uvicorn stops at them, and then raises them once more
            signal.signal(number, lambda *_: setattr(server, "should_exit", True))
        say(
            f"服务地址 {sockets.format_address(listening)}（{settings.role}）",
            f"serving at {sockets.format_address(listening)} ({settings.role})",
        )
        sys.stdout.flush()
        size = parse_checkpoint(parse_note((find_log(settings.folder) / "checkpoint").read_bytes()).text).size
        journal.info("started", role=settings.role, size=size, at=sockets.format_address(listening))
        gc.collect()
        gc.freeze()  # the record stays: walking through millions of its objects would hold up every answer
        server.run(sockets=[listening])
        journal.info("stopped", role=settings.role)


@contextmanager
def _open_writer(
    settings: "Settings", installation: Installation, journal: "FilteringBoundLogger"
) -> "Iterator[Writer]":
    """Open the log for writing; at the end wait for what is under way, then let go of it."""
    from .api.receipts import Acknowledged
    from .api.writer import Writer

    published = read_if_any(settings.folder / "log" / "checkpoint")
    with installation.open_book(has_trial_witnesses=True) as book:
        if published is not None and parse_note(published).text != parse_note(book.checkpoint).text:
            before = parse_checkpoint(parse_note(published).text).size
            journal.warning("carried on", published=before, size=book.size)  # it was killed, or its disk was full
        acknowledged = Acknowledged(settings.folder / "receipts")
        writer = Writer(book, acknowledged, installation.clock, settings.submissions)
        try:
            yield writer
        finally:
            writer.close()
