"""The names and contents of a log's static files: tiles of hashes, bundles of entries (C2SP tlog-tiles).

    tile/<L>/<N>[.p/<W>]            256 hashes, of subtrees of 256^L entries each
    tile/entries/<N>[.p/<W>]        256 entries, each after its length in two bytes, big-endian

N is written in groups of three digits, all but the last with an x before: x001/x234/067. A tile at the right edge is
partial, W wide.

Specification: C2SP tlog-tiles; docs/spec/log.md, section 5.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .errors import Malformed

HEIGHT = 8
WIDTH = 1 << HEIGHT
ENTRIES = -1
"""The `level` of a bundle of entries."""

_PATH = re.compile(
    r"tile/(?P<level>entries|[0-9]|[1-5][0-9]|6[0-3])/"
    r"(?P<number>(?:x[0-9]{3}/)*[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5]))?"
)


class Tile(NamedTuple):
    """One file of the log: its level (ENTRIES for a bundle of entries), its number in the level, and its width."""

    level: int
    number: int
    width: int = WIDTH


def format_tile_path(tile: Tile) -> str:
    """Return a tile's path under the log's folder, such as tile/0/x001/x234/067.p/9."""
    number = f"{tile.number % 1000:03}"
    rest = tile.number // 1000
    while rest:
        number = f"x{rest % 1000:03}/{number}"
        rest //= 1000
    partial = "" if tile.width == WIDTH else f".p/{tile.width}"
    return f"tile/{'entries' if tile.level == ENTRIES else tile.level}/{number}{partial}"


def parse_tile_path(path: str) -> Tile:
    """Return the tile that a path names; format_tile_path(parse_tile_path(p)) == p. Raises Malformed."""
    match = _PATH.fullmatch(path)
    if match:
        level = ENTRIES if match["level"] == "entries" else int(match["level"])
        number = int(match["number"].replace("x", "").replace("/", ""))
        tile = Tile(level, number, int(match["width"] or WIDTH))
        if format_tile_path(tile) == path:
            return tile
    raise Malformed(f"path {path[:80]!r}: expected tile/<L>/<N>[.p/<W>] or tile/entries/<N>[.p/<W>]")


def derive_tiles(old: int, new: int) -> Iterator[Tile]:
    """Give the tiles that the log of `new` entries has and the one of `old` had not: entries first, then upwards."""
    for level in range(ENTRIES, 64 // HEIGHT):
        yield from derive_level(level, old, new)


def derive_level(level: int, old: int, new: int) -> Iterator[Tile]:
    """Give those of one level, from the left."""
    shift = HEIGHT * max(level, 0)
    before, now = old >> shift, new >> shift
    if now == before:
        return
    for number in range(before // WIDTH, (now + WIDTH - 1) // WIDTH):
        yield Tile(level, number, min(WIDTH, now - number * WIDTH))


def find_tile(level: int, index: int, size: int) -> Tile:
    """Return the tile of hashes that holds hash `index` of a level, as wide as the log of a size has it."""
    number = index // WIDTH
    return Tile(level, number, min(WIDTH, (size >> HEIGHT * level) - number * WIDTH))


def derive_edge(size: int) -> Iterator[Tile]:
    """Give the partial tiles of hashes at a log's right edge, from the leaves up; its root is theirs."""
    for level in range(64 // HEIGHT):
        count = size >> HEIGHT * level
        if count % WIDTH:
            yield Tile(level, count // WIDTH, count % WIDTH)


def derive_entry_tiles(size: int) -> Iterator[Tile]:
    """Give the tiles that hold the entries of a log of a size."""
    for number in range((size + WIDTH - 1) // WIDTH):
        yield Tile(ENTRIES, number, min(WIDTH, size - number * WIDTH))


def format_entries(entries: Sequence[bytes]) -> bytes:
    """Return the bytes of a bundle of entries; parse_entries(format_entries(e), len(e)) == e."""
    pieces = [b""] * (2 * len(entries))
    pieces[::2] = [len(entry).to_bytes(2, "big") for entry in entries]
    pieces[1::2] = entries
    return b"".join(pieces)


def parse_entries(data: bytes, width: int | None = None) -> list[bytes]:
    """Return the first `width` entries of a bundle, all if none is given; it must hold only whole ones.

    Raises Malformed, for a bundle of none too, or of more than it can hold.
    """
    entries: list[bytes] = []
    at = 0
    while at < len(data):
        start = at + 2
        at = start + int.from_bytes(data[at:start], "big")
        if at > len(data):
            raise Malformed(f"bundle ends within its entry {len(entries)}")
        entries.append(data[start:at])
    if width is None and not 1 <= len(entries) <= WIDTH:
        raise Malformed(f"bundle holds {len(entries)} entries, expected 1 to {WIDTH}")
    if width is not None and not width <= len(entries) <= WIDTH:
        raise Malformed(f"bundle holds {len(entries)} entries, expected {width}")
    return entries[:width]
