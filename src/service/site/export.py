"""The public side as files: what `serve` answers, written once, for any web server and any sub-path.

index.html, …/index.html   the pages, in Chinese; under en/ in English
static/                    style sheet, verifier, vendored libraries
log/                       the log as it was published: checkpoint and tiles
data/                      bundles of all draws that have an outcome; the open data as CSV and JSON
.double-random-site        says that the folder is one of these, and may be replaced
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from ledger.cli.speech import tr
from ledger.proof.errors import Refused
from ledger.proof.tile import derive_tiles, format_tile_path

from ..published import Published
from .assets import list_static
from .data import list_files
from .language import CODES, Language
from .pages import list_paths, show_page

MARKER = ".double-random-site"
"""Stands in every folder that this wrote; no folder without it is ever replaced."""
_MARKED = b"Written by double-random export site; the next export replaces this folder whole.\n"
_NEVER_OF_A_SITE = ("keys", "lock", "private", "store")


def export_site(published: Published, out: Path, progress: Callable[[int], None] | None = None) -> int:
    """Write the site into a folder that is new or empty, or replace one that this wrote before; return how many files.

    It is written beside its place and put there whole, so that a reader never meets half of it.

    Raises Refused if the folder holds something else, or lies about or in the log's; OSError.
    """
    out = out.resolve()  # of a link, what it leads to is replaced
    _check_replaceable(out, published.folder.resolve())
    out.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as work:
        fresh, old = Path(work) / "new", Path(work) / "old"
        count = 0
        for path, data in _derive_files(published):
            file = fresh / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
            count += 1
            if progress is not None:
                progress(count)
        if out.exists():
            os.replace(out, old)
        try:
            os.replace(fresh, out)
        except OSError:
            if old.exists():
                os.replace(old, out)
            raise
    return count


def _check_replaceable(out: Path, log: Path) -> None:
    """Check that nothing is lost where a folder is replaced. Raises Refused."""
    if out.is_relative_to(log) or log.is_relative_to(out):
        raise Refused(tr(f"{out} 包含日志所在的文件夹，或在其中", f"{out}: it holds the log's folder, or lies in it"))
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    if not (out / MARKER).is_file():
        raise Refused(
            tr(
                f"{out} 不是空文件夹，也不是以前导出的网站（其中没有 {MARKER}）",
                f"{out}: not empty, and no site that was exported before (there is no {MARKER})",
            )
        )
    found = [name for name in _NEVER_OF_A_SITE if (out / name).exists()]
    if found:
        raise Refused(tr(f"{out} 中有 {found[0]}：它是一个装置", f"{out}: it is an installation, {found[0]} is there"))


def _derive_files(published: Published) -> Iterator[tuple[str, bytes]]:
    """Give every file of the site, path -> contents."""
    yield MARKER, _MARKED
    for path in list_paths(published):
        for code in CODES:
            html = show_page(published, path, Language(code), is_static=True)
            assert html is not None, path
            yield f"{'' if code == 'zh' else 'en/'}{path}index.html", html.encode()
    for name, data in list_static().items():
        yield f"static/{name}", data
    for name, make in list_files(published).items():
        yield f"data/{name}", make()
    yield "log/checkpoint", published.checkpoint
    for tile in derive_tiles(0, published.size):
        path = format_tile_path(tile)
        yield f"log/{path}", (published.folder / path).read_bytes()
