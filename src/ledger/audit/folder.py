"""A log as it lies in a folder: its checkpoint, its entries, and whether its tiles of hashes are those of the entries.

However long the log is, one bundle of entries is in memory at a time.

Specification: C2SP tlog-tiles; docs/spec/log.md, section 5.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from ledger.proof.checkpoint import parse_checkpoint
from ledger.proof.errors import Malformed, Mismatch
from ledger.proof.merkle import Tree
from ledger.proof.note import parse_note
from ledger.proof.tile import (
    ENTRIES,
    HEIGHT,
    WIDTH,
    Tile,
    derive_entry_tiles,
    derive_tiles,
    format_entries,
    format_tile_path,
    parse_entries,
)


class StoredEntries(Iterable[bytes]):
    """A log's entries in a folder; each time that one goes through them, they are read again.

    Going through them raises Malformed for a bundle that is missing or cut short, Mismatch for one that holds more
    than its name says, OSError.
    """

    def __init__(self, folder: Path, size: int) -> None:
        """Take the log's folder and a size that its bundles cover; nothing is read yet."""
        self._folder, self._size = folder, size

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        for tile in derive_entry_tiles(self._size):
            yield from self._read(tile)

    def __getitem__(self, index: int) -> bytes:
        """Return one entry; its bundle alone is read. Raises IndexError beyond the size, and what reading raises."""
        if not 0 <= index < self._size:
            raise IndexError(f"entry {index} of {self._size}")
        number = index // WIDTH
        width = min(WIDTH, self._size - number * WIDTH)
        return self._read(Tile(ENTRIES, number, width))[index % WIDTH]

    def pick(self, indexes: Iterable[int]) -> Iterator[tuple[int, bytes]]:
        """Go through some entries, each with its index; neighbours' bundle is read once. Raises what reading raises."""
        number, bundle = -1, list[bytes]()
        for index in indexes:
            if index // WIDTH != number:
                number = index // WIDTH
                bundle = self._read(Tile(ENTRIES, number, min(WIDTH, self._size - number * WIDTH)))
            yield index, bundle[index % WIDTH]

    def after(self, size: int) -> Iterator[tuple[int, bytes]]:
        """Go through the entries from an index on, each with its index; bundles before it are not read."""
        for tile in derive_entry_tiles(self._size):
            first = tile.number * WIDTH
            if first + tile.width > size:
                for index, entry in enumerate(self._read(tile), start=first):
                    if index >= size:
                        yield index, entry

    def _read(self, tile: Tile) -> list[bytes]:
        names = (format_tile_path(tile), format_tile_path(tile._replace(width=WIDTH)))
        file = next((self._folder / name for name in names if (self._folder / name).is_file()), None)
        if file is None:
            raise Malformed(f"log: {names[0]} is missing")
        data = file.read_bytes()
        entries = parse_entries(data, tile.width)
        if file == self._folder / names[0] and data != format_entries(entries):
            raise Mismatch(f"log: {names[0]} holds more than its {tile.width} entries")
        return entries


def read_log(folder: Path) -> tuple[bytes, StoredEntries]:
    """Return a log's checkpoint, its signatures unchecked, and its entries. Raises Malformed, FileNotFoundError."""
    checkpoint = (folder / "checkpoint").read_bytes()
    return checkpoint, StoredEntries(folder, parse_checkpoint(parse_note(checkpoint).text).size)


def check_hash_tiles(folder: Path, tree: Tree) -> None:
    """Check that the tiles of hashes in a log's folder are those that its entries give. Raises Mismatch."""
    for tile in derive_tiles(0, len(tree)):
        if tile.level == ENTRIES:
            continue
        first = tile.number * WIDTH
        expected = b"".join(tree.level(HEIGHT * tile.level)[first : first + tile.width])
        exact, full = (folder / format_tile_path(tile._replace(width=width)) for width in (tile.width, WIDTH))
        found = exact.read_bytes() if exact.is_file() else full.read_bytes()[: len(expected)] if full.is_file() else b""
        if found != expected:
            raise Mismatch(f"log: {format_tile_path(tile)} is missing, or not what the entries give")
