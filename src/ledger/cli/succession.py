"""`log close`: the last entry of a log, which names the one that goes on (docs/guide/operator.md)."""

from pathlib import Path
from typing import Annotated

import typer

from ledger.cli import steps
from ledger.cli.options import DEFAULT_FOLDER, At, Folder, Keys, open_installation
from ledger.cli.speech import say, tr
from ledger.cli.words import CLOSING_REASONS, list_meanings
from ledger.office.events.log import Continued
from ledger.proof.errors import Malformed
from ledger.proof.note import parse_vkey


def close_command(
    vkey: Annotated[
        str,
        typer.Argument(metavar="VKEY", help=tr("接续日志的公钥", "the verifier key of the log that goes on")),
    ],
    reason: Annotated[str, typer.Option(metavar="REASON", help=list_meanings(CLOSING_REASONS))],
    folder: Folder = DEFAULT_FOLDER,
    keys: Keys = [],
    at: At = None,
) -> None:
    """Close the log: nothing is recorded after this entry."""
    installation = open_installation(folder, at)
    with installation.open_desk(keys) as (book, desk):
        index = steps.close_log(desk, parse_vkey(vkey), reason)
        installation.cosign(book)
    say(
        f"日志已关闭（第 {index} 条）。请公布最后的检查点：{folder / 'log' / 'checkpoint'}",
        f"the log is closed (entry {index}). Publish its last checkpoint: {folder / 'log' / 'checkpoint'}",
    )


def read_continued(checkpoint: Path | None, vkey: str | None) -> Continued | None:
    """Return what a new log says of the one before it; None if it is the first. Raises Malformed for half of it."""
    if checkpoint is None and vkey is None:
        return None
    if checkpoint is None or vkey is None:
        raise Malformed("--continues and --continues-key go together: a checkpoint and the key that signed it")
    try:
        return Continued(vkey=vkey, checkpoint=checkpoint.read_bytes().decode())
    except UnicodeDecodeError as error:
        raise Malformed(f"{checkpoint}: {error}") from None
