"""A copy of a log's static files, in which nothing stands that was not checked.

A checkpoint that the log's key signed fixes a root, and the root fixes every file. So tiles of hashes are taken from
the top down: those at the right edge must give the root, every other the hash that stands above it; a bundle's entries
must be those that its tile of leaves names. Only what fits is put in place, and only files that the checkpoint's size
explains are asked for.

Specification: C2SP tlog-tiles; Russ Cox, "Transparent Logs for Skeptical Clients"; docs/spec/log.md, section 5.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

from ledger.proof.checkpoint import Checkpoint
from ledger.proof.encoding import Hash
from ledger.proof.errors import Malformed, Mismatch
from ledger.proof.merkle import EMPTY_ROOT, HASH_BYTES, Tree, derive_leaf_hash
from ledger.proof.tile import (
    ENTRIES,
    HEIGHT,
    WIDTH,
    Tile,
    derive_edge,
    derive_level,
    find_tile,
    format_entries,
    format_tile_path,
    parse_entries,
)

from .files import make_folder, read_if_any
from .source import Source
from .tiles import read_tile, remove_partials

CONNECTIONS = 8
"""How many files are asked for at a time."""

BATCH = 256
"""How many files are under way before the next ones are thought of."""

BUNDLE_BYTES = WIDTH * (2 + 0xFFFF)

Progress = Callable[[int, int], None]
"""(entries that are there, entries of the log)"""


class Copy:
    """A log's copy in a folder, on its way to a checkpoint that was checked."""

    def __init__(self, source: Source, folder: Path, checkpoint: Checkpoint) -> None:
        """Fetch the tiles at the right edge, which must give the checkpoint's root.

        All that fetches raises Mismatch for a file that is missing or does not fit, its `check` set; OSError.
        """
        self._source, self._folder, self._new = source, folder, checkpoint
        self._held = {tile: self._fetch(tile) for tile in derive_edge(checkpoint.size)}
        root = _derive_edge_root(self._held.values())
        if root != checkpoint.root:
            raise _misfit(
                Mismatch(f"log: its right edge gives {root.hex()}, the checkpoint says {checkpoint.root.hex()}")
            )

    def derive_old_root(self, size: int) -> Hash:
        """Return the root that this log had at a smaller size, from tiles checked up to the checkpoint's root.

        Nothing is put in place yet.
        """
        # Each tile that the old right edge lies in, as the new log has it, cut to what the old one had of it.
        return _derive_edge_root(
            self._hold(find_tile(tile.level, tile.number * WIDTH, self._new.size))[: HASH_BYTES * tile.width]
            for tile in derive_edge(size)
        )

    def take(self, old: int, progress: Progress | None = None) -> None:
        """Put every file in place that the log has beyond `old` entries; what is there and fits is not asked for."""
        for tile, data in self._held.items():
            if read_if_any(self._folder / format_tile_path(tile)) != data:
                self._put(tile, data)
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            for level in range(64 // HEIGHT - 1, ENTRIES - 1, -1):  # from the top; entries are below their leaves
                tiles = (tile for tile in derive_level(level, old, self._new.size) if tile not in self._held)
                # Some at a time: however large the log claims to be, the first tile that does not fit ends it.
                while batch := list(islice(tiles, BATCH)):
                    for _ in pool.map(self._take, batch):
                        pass
                    if level == ENTRIES and progress is not None:
                        progress(batch[-1].number * WIDTH + batch[-1].width, self._new.size)

    def tidy(self, old: int) -> None:
        """Take away the partial tiles, of a copy of `old` entries and more, that the checkpoint has no use for."""
        remove_partials(self._folder, old, self._new.size)
        for tile in self._partials():
            for file in (self._folder / format_tile_path(tile)).parent.iterdir():
                if file.name != str(tile.width):
                    file.unlink()

    def _partials(self) -> Iterator[Tile]:
        for tile in derive_edge(self._new.size):
            yield tile
            if tile.level == 0:
                yield tile._replace(level=ENTRIES)

    def _hold(self, tile: Tile) -> bytes:
        """Return a tile of hashes, checked up to the root, without putting it in place."""
        if tile not in self._held:
            above = self._hold(find_tile(tile.level + 1, tile.number, self._new.size))
            self._held[tile] = self._fetch_checked(tile, _cut(above, tile.number % WIDTH))
        return self._held[tile]

    def _take(self, tile: Tile) -> None:
        """Put a tile in place, where the tile that fixes its contents stands already."""
        if tile.level == ENTRIES:
            expected = read_tile(self._folder, tile._replace(level=0))
        else:
            above = find_tile(tile.level + 1, tile.number, self._new.size)
            expected = _cut(read_tile(self._folder, above), tile.number % WIDTH)
        there = read_if_any(self._folder / format_tile_path(tile))
        if there is None or not _is_fit(tile, there, expected):
            self._put(tile, self._fetch_checked(tile, expected))

    def _fetch_checked(self, tile: Tile, expected: bytes) -> bytes:
        data = self._fetch(tile)
        if not _is_fit(tile, data, expected):
            raise _misfit(Mismatch(f"log: {format_tile_path(tile)} does not fit the checkpoint"))
        return data

    def _fetch(self, tile: Tile) -> bytes:
        """Return a tile as it is served; in the place of a partial one that is gone, the beginning of its full one."""
        for width in dict.fromkeys((tile.width, WIDTH)):
            path = format_tile_path(tile._replace(width=width))
            try:
                data = self._source.read(path, BUNDLE_BYTES if tile.level == ENTRIES else HASH_BYTES * width)
                return _cut_to_width(data, tile, width)
            except FileNotFoundError:
                continue
            except Malformed as error:
                raise _misfit(Mismatch(f"log: {path}: {error}")) from error
        raise _misfit(Mismatch(f"log: {format_tile_path(tile)} is missing"))

    def _put(self, tile: Tile, data: bytes) -> None:
        """Put a checked file in place, whole or not at all; one that a power cut takes is fetched again."""
        file = self._folder / format_tile_path(tile)
        make_folder(file.parent)
        temporary = file.with_name(f".{file.name}.tmp")  # the copy is locked, and no tile is taken twice
        temporary.write_bytes(data)
        os.replace(temporary, file)


def _derive_edge_root(tiles: Iterable[bytes]) -> Hash:
    """Return the root over the partial tiles of a right edge, from the leaves up.

    What the tiles below come to is the last hash of a level: that of the rest which is not complete there.
    """
    root: list[Hash] = []
    for data in tiles:
        hashes = (_cut(data, place) for place in range(len(data) // HASH_BYTES))
        root = [Tree([*hashes, *root]).root()]
    return root[0] if root else EMPTY_ROOT


def _cut(data: bytes, place: int) -> Hash:
    return Hash(data[HASH_BYTES * place : HASH_BYTES * (place + 1)])


def _cut_to_width(data: bytes, tile: Tile, width: int) -> bytes:
    """Return what is wanted of a tile that was served `width` wide. Raises Malformed."""
    if tile.level == ENTRIES:
        exact = format_entries(parse_entries(data, tile.width))
        if width == tile.width and data != exact:
            raise Malformed(f"bundle holds more than {width} entries")
        return exact
    if len(data) != HASH_BYTES * width:
        raise Malformed(f"{len(data)} bytes, expected {HASH_BYTES * width}")
    return data[: HASH_BYTES * tile.width]


def _is_fit(tile: Tile, data: bytes, expected: bytes) -> bool:
    """Tell whether a full tile of hashes has the root expected, or a bundle the entries of the leaves expected."""
    if tile.level != ENTRIES:
        return len(data) == HASH_BYTES * WIDTH and _derive_edge_root([data]) == expected
    try:
        entries = parse_entries(data, tile.width)
    except Malformed:
        return False
    is_exact = len(data) == sum(map(len, entries)) + 2 * len(entries)
    return is_exact and b"".join(map(derive_leaf_hash, entries)) == expected


def _misfit(error: Mismatch) -> Mismatch:
    error.check = "tree"
    return error
