"""Which files lie in a published log's folder: tiles by level, number and width, and what a crash left.

Empty folders are passed over, for they publish nothing.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ledger.proof.errors import Malformed, Mismatch
from ledger.proof.tile import Tile, parse_tile_path

CHECKPOINT = "checkpoint"
_STAMP = re.compile(r"timestamps/(?:0|[1-9][0-9]{0,15})\.(?:checkpoint|tsr)")
"""Time-stamps, of which fsck says nothing: `log timestamp --check` does (docs/spec/log.md, section 8)."""


class Listing(NamedTuple):
    """The files of DIR/log by their names alone; no content was read.

    widths     (level, number) of a tile -> every width of it that is there
    leftovers  files that a writer had begun when it was stopped, `.NAME.tmp` beside NAME, by their paths in the folder;
               nobody is told of them, and a later write of NAME takes their place
    """

    widths: dict[tuple[int, int], set[int]]
    leftovers: list[str]

    def has(self, tile: Tile) -> bool:
        """Tell whether a tile is there at its own width or, which holds it, at its full one."""
        return not self.widths.get((tile.level, tile.number), set()).isdisjoint((tile.width, Tile(0, 0).width))


def list_log(folder: Path) -> Listing:
    """List a log's folder. Raises Mismatch for a file that does not belong to a log; OSError."""
    listing = Listing({}, [])
    for path, is_file in _walk(folder, ""):
        if not is_file:
            raise Mismatch(f"log: {path} is neither a file nor a folder")
        if path == CHECKPOINT:
            continue
        head, _, name = path.rpartition("/")
        finished = f"{head}/{name[1:-4]}".removeprefix("/")
        if (
            name.startswith(".")
            and name.endswith(".tmp")
            and (finished == CHECKPOINT or _STAMP.fullmatch(finished) or _parse(finished))
        ):
            listing.leftovers.append(path)
        elif tile := _parse(path):
            listing.widths.setdefault((tile.level, tile.number), set()).add(tile.width)
        elif not _STAMP.fullmatch(path):
            raise Mismatch(f"log: {path} does not belong to a log")
    return listing


def _walk(folder: Path, head: str) -> Iterator[tuple[str, bool]]:
    """Give the path under the folder of everything that is no folder, and whether it is a file."""
    try:
        with os.scandir(folder) as found:
            there = sorted(found, key=lambda one: one.name)
    except FileNotFoundError:  # a writer takes folders of partial tiles away
        return
    for one in there:
        if one.is_dir(follow_symlinks=False):
            yield from _walk(folder / one.name, f"{head}{one.name}/")
        else:
            yield head + one.name, one.is_file()


def _parse(path: str) -> Tile | None:
    try:
        return parse_tile_path(path)
    except Malformed:
        return None
