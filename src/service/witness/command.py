"""`double-random witness`: run a witness, or have it follow another log."""

import logging
import signal
import socket
import sys
from pathlib import Path
from typing import Annotated

import typer

from ledger.audit.trust import parse_log_key
from ledger.cli.installation import read_clock
from ledger.cli.speech import say, tr
from ledger.log.witness import Witness
from ledger.proof.errors import Refused
from ledger.proof.note import Verifier, format_vkey

from .. import sockets
from .folder import FollowedLogs, add_logs, open_key

GRACE_SECONDS = 10


def add_to(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(
        "witness", help=tr("运行见证人：证明各日志只增不改", "run a witness, which attests that logs only grow")
    )(witness_command)


def witness_command(
    folder: Annotated[
        Path, typer.Option("--dir", metavar="DIR", help=tr("见证人的文件夹", "the witness's folder"), show_default=True)
    ] = Path("double-random-witness"),
    name: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help=tr("见证人的名称，首次运行时必填，如 sfj.example/witness", "its name, at the first run"),
        ),
    ] = None,
    add_log: Annotated[
        list[str],
        typer.Option(
            "--add-log", metavar="VKEY", help=tr("增加一个日志的公钥，然后退出", "follow another log, and end")
        ),
    ] = [],
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help=tr("监听的地址", "the address to listen on"))
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(metavar="N", help=tr("监听的端口", "the port to listen on"))] = 8470,
) -> None:
    """Run a witness until it is told to stop, or add logs to those that it follows."""
    logs = [parse_log_key(vkey) for vkey in add_log]
    signer = open_key(folder, name)
    if logs:
        add_logs(folder / "logs.txt", logs)
        _say_key(signer.verifier, "")
        return
    witness = Witness(folder, signer, [])
    try:
        followed = FollowedLogs(folder / "logs.txt", witness)
        with sockets.listen(host, port) as listening:
            _serve(witness, followed, listening)
    finally:
        witness.close()


def _serve(witness: Witness, followed: FollowedLogs, listening: socket.socket) -> None:
    try:
        import uvicorn

        from .app import make_app
        from .protocol import Deadlined
    except ModuleNotFoundError as error:
        missing = error.name
        raise Refused(
            tr(
                f"缺少 {missing}：请安装 double-random[service]",
                f"{missing} is missing: install double-random[service]",
            )
        ) from None
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(message)s", level=logging.INFO)
    _say_key(witness.verifier, f" {sockets.format_address(listening)}")
    if not witness.origins:
        say("尚未关注任何日志：用 --add-log 增加", "it follows no log yet: --add-log adds one")
    sys.stdout.flush()
    config = uvicorn.Config(
        make_app(witness, followed, read_clock),
        http=Deadlined,
        access_log=False,
        log_config=None,
        log_level="warning",
        server_header=False,
        timeout_keep_alive=sockets.KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    for number in (signal.SIGINT, signal.SIGTERM):  # uvicorn stops at them, and then raises them once more
        signal.signal(number, lambda *_: None)
    uvicorn.Server(config).run(sockets=[listening])


def _say_key(verifier: Verifier, address: str) -> None:
    vkey = format_vkey(verifier)
    say("见证人公钥：", "the witness's key:")
    print(vkey)
    say("写入 tlog-policy 文件的一行：", "its line in a tlog-policy:")
    print(f"witness {verifier.name} {vkey}{address}")
