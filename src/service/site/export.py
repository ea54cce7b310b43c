"""The public side as files: what `serve` answers, written once, for any web server and any sub-path.

index.html, …/index.html   the pages, in Chinese; under en/ in English
static/                    style sheet, verifier, vendored libraries
log/                       the log as it was published: checkpoint and tiles
data/                      bundles of all draws that have an outcome; the open data as CSV and JSON
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from ledger.cli.speech import tr
from ledger.proof.errors import Refused
from ledger.proof.tile import derive_tiles, format_tile_path

from ..published import Published
from .assets import list_static
from .data import list_files
from .language import CODES, Language
from .pages import list_paths, show_page


def export_site(published: Published, out: Path, progress: Callable[[int], None] | None = None) -> int:
    """Write the site into a folder that is new or empty, or replace one that this wrote before; return how many files.

    It is written beside its place and put there whole, so that a reader never meets half of it.

    Raises Refused if the folder holds something else; OSError.
    """
    if out.exists() and any(out.iterdir()) and not (out / "log" / "checkpoint").is_file():
        raise Refused(
            tr(f"{out} 不是空文件夹，也不是以前导出的网站", f"{out}: not empty, and no site that was exported before")
        )
    fresh = out.with_name(f".{out.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    count = 0
    for path, data in _derive_files(published):
        file = fresh / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        count += 1
        if progress is not None:
            progress(count)
    old = out.with_name(f".{out.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if out.exists():
        os.replace(out, old)
    os.replace(fresh, out)
    shutil.rmtree(old, ignore_errors=True)
    return count


def _derive_files(published: Published) -> Iterator[tuple[str, bytes]]:
    """Give every file of the site, path -> contents."""
    for path in list_paths(published):
        for code in CODES:
            html = show_page(published, path, Language(code))
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
