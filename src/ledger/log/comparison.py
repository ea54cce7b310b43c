"""The tiles of a log against its entries: the tree is grown anew, and whatever file tells of it is compared.

As much of the tree is kept as is compared at once, one tile of each level, so a log of any length needs little memory.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from itertools import accumulate, count
from pathlib import Path

from ledger.proof.checkpoint import Checkpoint
from ledger.proof.encoding import Hash
from ledger.proof.errors import LedgerError, Mismatch
from ledger.proof.event import MAX_ENTRY_BYTES
from ledger.proof.merkle import EMPTY_ROOT, Tree, derive_leaf_hash
from ledger.proof.tile import (
    ENTRIES,
    HEIGHT,
    WIDTH,
    Tile,
    derive_tiles,
    format_entries,
    format_tile_path,
    parse_entries,
)

from .listing import Listing
from .tiles import read_tile


class Comparison:
    """Takes all entries in order and compares every tile that is there, at each of its widths.

    size   how many entries it has taken
    files  how many tiles it has compared
    bytes  how many bytes those had
    """

    def __init__(self, folder: Path, listing: Listing, sizes: frozenset[int]) -> None:
        """Take the log's folder, the files there, and the sizes whose roots will be asked for."""
        self.folder, self.listing = folder, listing
        self.size = self.files = self.bytes = 0
        self._sizes = sizes
        self._roots = {0: EMPTY_ROOT}
        self._last: list[bytes] = []
        self._rows: list[list[bytes]] = []

    def add(self, entries: Sequence[bytes]) -> None:
        """Take the next bundle of entries, a whole one or the log's last, and compare the tiles that it fills.

        Raises Mismatch, naming the file or the entry; OSError.
        """
        start, number = self.size, self.size // WIDTH
        self.size += len(entries)
        self._last = [sha256(b"\x00" + entry).digest() for entry in entries]
        for size in self._sizes:
            if start < size <= self.size:
                self._roots[size] = self._derive_root(self._last[: size - start])
        self._compare(0, number, self._last)
        try:
            self._compare(ENTRIES, number, entries)
        except OverflowError:
            place, length = next((i, len(entry)) for i, entry in enumerate(entries) if len(entry) > MAX_ENTRY_BYTES)
            raise Mismatch(
                f"store: entry {start + place} has {length} bytes, expected at most {MAX_ENTRY_BYTES}"
            ) from None
        if len(entries) == WIDTH:
            self._push(self._last)
            self._last = []

    def root(self) -> Hash:
        """Return the root over all entries taken."""
        return self._derive_root(self._last)

    def check_whole(self, checkpoints: Mapping[str, Checkpoint]) -> None:
        """Check what shows at the end: upper tiles, checkpoints' roots, that no tile is missing and none too many.

        checkpoints  by where they stand; their signatures were checked

        Raises Mismatch; OSError.
        """
        for level, row in enumerate(self._rows, start=1):
            if row:
                self._compare(level, (self.size >> HEIGHT * level) // WIDTH, row)
        for where, checkpoint in checkpoints.items():
            self._check_checkpoint(where, checkpoint)
        for (level, number), widths in self.listing.widths.items():
            if number * WIDTH + max(widths) > self.size >> HEIGHT * max(level, 0):
                path = format_tile_path(Tile(level, number, max(widths)))
                raise Mismatch(f"log: {path} is there, but a log of {self.size} entries does not have it")

    def _check_checkpoint(self, where: str, checkpoint: Checkpoint) -> None:
        size, root = checkpoint.size, checkpoint.root
        for tile in derive_tiles(0, size):
            if not self.listing.has(tile):
                raise Mismatch(f"log: {format_tile_path(tile)} is missing")
        if size > self.size:
            raise Mismatch(f"{where} has a checkpoint of {size} entries, but there are only {self.size}")
        if self._roots[size] != root:
            derived = self._roots[size].hex()
            raise Mismatch(f"{where} has the root {root.hex()}, but the first {size} entries give {derived}")

    def _derive_root(self, hashes: Sequence[bytes]) -> Hash:
        """Return the root over the full tiles taken so far, and some hashes of leaves after them."""
        units = hashes
        for row in self._rows:
            # What is not complete is one more unit at the right of its level: RFC 6962 splits both trees alike.
            units = [*row, Tree(map(Hash, units)).root()] if units else row
        return Tree(map(Hash, units)).root()

    def _push(self, full: Sequence[bytes]) -> None:
        """Put a full tile's root into the row above it, and so on upward."""
        for level in count(1):
            if level > len(self._rows):
                self._rows.append([])
            row = self._rows[level - 1]
            row.append(_derive_tile_root(full))
            if len(row) < WIDTH:
                return
            self._compare(level, (self.size >> HEIGHT * level) // WIDTH - 1, row)
            self._rows[level - 1], full = [], row

    def _compare(self, level: int, number: int, pieces: Sequence[bytes]) -> None:
        """Compare a tile, at each width that is there, with the hashes or entries that it must hold."""
        for width in self.listing.widths.get((level, number), ()):
            tile = Tile(level, number, width)
            if width > len(pieces):
                continue  # one tile too many; the checkpoints may have more to say on it
            found = self._read(tile)
            if found is None:
                continue
            self.files, self.bytes = self.files + 1, self.bytes + len(found)
            if found != _format_tile(level, pieces[:width]):
                self._name_difference(tile, found, pieces[:width])

    def _read(self, tile: Tile) -> bytes | None:
        """Return a tile's bytes; None if a writer has just taken a partial one away, for the full one is there."""
        try:
            with open(f"{self.folder}/{format_tile_path(tile)}", "rb", buffering=0) as file:
                return file.read()
        except FileNotFoundError:
            if tile.width < WIDTH and (self.folder / format_tile_path(tile._replace(width=WIDTH))).exists():
                return None
            raise

    def _name_difference(self, tile: Tile, found: bytes, pieces: Sequence[bytes]) -> None:
        path, first = format_tile_path(tile), tile.number * WIDTH
        expected = _format_tile(tile.level, pieces)
        if len(found) != len(expected):
            raise Mismatch(f"log: {path} has {len(found)} bytes, expected {len(expected)}")
        at = next(place for place, (a, b) in enumerate(zip(found, expected, strict=True)) if a != b)
        if tile.level == ENTRIES:
            ends = accumulate(2 + len(piece) for piece in pieces)
            index = first + sum(end <= at for end in ends)
            raise Mismatch(f"log: {path}: byte {at}, of entry {index}, is {found[at]:02x}, expected {expected[at]:02x}")
        place = at // 32
        hash = found[32 * place : 32 * place + 32]
        if tile.level == 0 and self._is_published(tile, place, hash):
            raise Mismatch(
                f"store: entry {first + place} has the leaf hash {pieces[place].hex()}; "
                f"the entry published has {hash.hex()}, and so says {path}"
            )
        raise Mismatch(f"log: {path}: hash {first + place} is {hash.hex()}, expected {pieces[place].hex()}")

    def _is_published(self, tile: Tile, place: int, hash: bytes) -> bool:
        """Tell whether the bundle agrees with a hash in a tile: two against the store."""
        try:
            entries = parse_entries(read_tile(self.folder, tile._replace(level=ENTRIES)), tile.width)
        except LedgerError:
            return False
        return derive_leaf_hash(entries[place]) == hash


def _format_tile(level: int, pieces: Sequence[bytes]) -> bytes:
    return format_entries(pieces) if level == ENTRIES else b"".join(pieces)


def _derive_tile_root(hashes: Sequence[bytes]) -> bytes:
    """Return the root over the 256 hashes of a full tile: `Tree` would keep each node, and takes twice as long."""
    row = hashes
    while len(row) > 1:
        row = [sha256(b"\x01" + left + right).digest() for left, right in zip(row[::2], row[1::2], strict=True)]
    return row[0]
