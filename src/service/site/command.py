"""`double-random export site`: the public side as files."""

from pathlib import Path
from typing import Annotated

import typer

from ledger.cli.keeping import export_app
from ledger.cli.options import DEFAULT_FOLDER, At, Folder, open_installation
from ledger.cli.speech import say, tr
from ledger.proof.errors import Refused


def add_to(app: typer.Typer) -> None:
    """Add the command to the group `export`."""
    export_app.command("site", help=tr("公开网站，写成文件", "the public site as files, for any web server"))(
        export_site_command
    )


def export_site_command(
    out: Annotated[
        Path,
        typer.Option(
            metavar="FOLDER", help=tr("写入此文件夹；以前的导出会被替换", "where to; an earlier export is replaced")
        ),
    ],
    complaints_at: Annotated[
        str,
        typer.Option(
            metavar="URL",
            envvar="DOUBLE_RANDOM_SERVE_COMPLAINTS_AT",
            help=tr("受理举报的网址，举报投诉页链接到它", "where complaints are taken: their page links to it"),
        ),
    ] = "",
    folder: Folder = DEFAULT_FOLDER,
    at: At = None,
) -> None:
    """Write every page, the log, the bundles and the data, with links that hold under any path. No key is needed."""
    from ..published import Published
    from ..settings import EXPECTED, check_address
    from .export import export_site

    try:
        check_address(complaints_at)
    except ValueError:
        zh, en = EXPECTED["complaints_at"]
        raise Refused(
            tr(
                f"--complaints-at：“{complaints_at}”不可用，应为{zh}",
                f"--complaints-at: found {complaints_at!r}, expected {en}",
            )
        ) from None
    count = export_site(Published(folder, open_installation(folder, at).clock, complaints_at), out)
    say(f"已写入 {count} 个文件：{out}", f"{count} files written to {out}")
