"""`log upload`: the public log, copied to an object store, for readers to follow it there."""

from typing import Annotated

import typer

from ledger.cli.options import DEFAULT_FOLDER, Folder
from ledger.cli.published import find_log, read_log_key
from ledger.cli.speech import progress, say, tr
from ledger.log.bucket import open_bucket
from ledger.log.objects import upload


def upload_command(
    to: Annotated[
        str,
        typer.Option(
            metavar="URL",
            help=tr("存储地址：file:///…、s3://…、gs://… 或 az://…", "the store: file:///…, s3://…, gs://… or az://…"),
        ),
    ],
    whole: Annotated[
        bool,
        typer.Option(
            "--whole",
            help=tr("全部重新查看，不只是新增部分", "look at everything there again, not only at what is new"),
        ),
    ] = False,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Bring an object store to the log's newest checkpoint."""
    log = find_log(folder)
    bucket = open_bucket(to)
    with progress("上传", "uploading") as advance:
        done = upload(log, read_log_key(log), bucket, is_whole=whole, progress=advance)
    say(
        f"{to} 的检查点现为 {done.size} 条（原为 {done.old} 条），新写入 {done.objects} 个对象",
        f"{to} has the checkpoint of size {done.size} (before: {done.old}); objects put: {done.objects}",
    )
