"""The log as static files that any web server can publish: writing them, and reading roots, proofs and entries.

Their names and contents are `ledger.proof.tile`'s; beside them stands `checkpoint`, the signed size and root. A tile
once there never changes; a partial one is taken away when its full one is there, which holds all that it held.

Specification: C2SP tlog-tiles; docs/spec/log.md.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ledger.proof.checkpoint import Checkpoint, Witnessed, check_checkpoint
from ledger.proof.encoding import Hash
from ledger.proof.errors import LedgerError, Malformed, Mismatch
from ledger.proof.merkle import EMPTY_ROOT, Tree, check_consistency, derive_node_hash
from ledger.proof.note import Verifier
from ledger.proof.tile import ENTRIES, HEIGHT, WIDTH, Tile, derive_tiles, format_tile_path, parse_entries
from ledger.proof.tile import format_entries as format_bundle

from .files import read_if_any, sync_folder, write_durably

__all__ = [
    "ENTRIES",
    "Tile",
    "TileTree",
    "check_extends",
    "derive_hashes",
    "format_bundle",
    "format_tile_path",
    "open_log",
    "open_tree",
    "read_entries",
    "read_tile",
    "remove_partials",
    "write_tile",
]


def derive_hashes(tree: Tree, tile: Tile) -> bytes:
    """Return the bytes of a tile of hashes."""
    first = tile.number * WIDTH
    return b"".join(tree.level(HEIGHT * tile.level)[first : first + tile.width])


def write_tile(folder: Path, tile: Tile, data: bytes) -> None:
    """Put a tile in place, durably. Raises Mismatch if it is there already and says something else."""
    file = folder / format_tile_path(tile)
    if not file.exists():
        write_durably(file, data)
    elif file.read_bytes() != data:
        raise Mismatch(f"log: {format_tile_path(tile)} is there already and differs from what the entries give")


def remove_partials(folder: Path, old: int, new: int) -> None:
    """Take away the partial tiles, of logs of `old` entries and more, whose full ones the log of `new` entries has."""
    for tile in derive_tiles(old, new):
        partials = folder / f"{format_tile_path(tile)}.p"
        if tile.width == WIDTH and partials.is_dir():
            for file in partials.iterdir():
                file.unlink()
            partials.rmdir()
            sync_folder(partials.parent)


def read_tile(folder: Path, tile: Tile) -> bytes:
    """Return a tile's bytes; for a partial tile that is gone, those of its full one, which begins with them.

    Raises Mismatch if the file is missing, Malformed if a tile of hashes has another length than its width wants.
    """
    for width in dict.fromkeys((tile.width, WIDTH)):
        data = read_if_any(folder / format_tile_path(tile._replace(width=width)))
        if data is None:
            continue
        if tile.level == ENTRIES:
            return data
        if len(data) != 32 * width:
            raise Malformed(f"log: {format_tile_path(tile)} has {len(data)} bytes, expected {32 * width}")
        return data[: 32 * tile.width]
    raise Mismatch(f"log: {format_tile_path(tile)} is missing")


def read_entries(folder: Path, size: int, start: int = 0) -> Iterator[bytes]:
    """Give the log's entries from index `start` to `size`, one bundle in memory at a time; no hash is checked.

    Raises Mismatch for a missing bundle, Malformed for one that is cut short or holds what an entry cannot be.
    """
    for number in range(start // WIDTH, (size + WIDTH - 1) // WIDTH):
        first = number * WIDTH
        tile = Tile(ENTRIES, number, min(WIDTH, size - first))
        yield from parse_entries(read_tile(folder, tile), tile.width)[max(start - first, 0) :]


class TileTree(Tree):
    """The tree of the first `size` entries, read from the tiles as far as a root or proof needs them.

    It believes the tiles. `open_tree` gives one whose root was compared; whoever checks a proof checks the rest.
    """

    def __init__(self, folder: Path, size: int) -> None:
        """Take the log's folder and a size that its tiles cover."""
        super().__init__()
        self._folder, self._size = folder, size
        self._read: dict[Tile, bytes] = {}

    def __len__(self) -> int:
        return self._size

    def append(self, leaf_hash: Hash) -> None:
        """Refuse: tiles are written by the book."""
        raise AssertionError("a tree read from tiles does not grow")

    def extend(self, leaf_hashes: Iterable[Hash]) -> None:
        """Refuse, as `append` does, unless there is nothing to add."""
        for leaf_hash in leaf_hashes:
            self.append(leaf_hash)

    def leaf_hash(self, index: int) -> Hash:
        """Return the hash of the leaf at an index."""
        return self._subtree(index, index + 1)

    def level(self, level: int) -> Sequence[Hash]:
        """Return the hashes of all complete subtrees of 2^level leaves, from the left."""
        count = self._size >> level
        return [self._subtree(i << level, (i + 1) << level) for i in range(count)]

    def _subtree(self, start: int, end: int) -> Hash:
        count = end - start
        is_complete = count & (count - 1) == 0
        if is_complete and (count.bit_length() - 1) % HEIGHT == 0:
            return self.node((count.bit_length() - 1) // HEIGHT, start // count)
        middle = start + (1 << ((count - 1).bit_length() - 1))
        return derive_node_hash(self._subtree(start, middle), self._subtree(middle, end))

    def node(self, level: int, index: int) -> Hash:
        """Return the hash of a complete subtree of 256^level leaves, the index-th from the left, out of its tile."""
        number, place = divmod(index, WIDTH)
        tile = Tile(level, number, min(WIDTH, (self._size >> HEIGHT * level) - number * WIDTH))
        if tile not in self._read:
            self._read[tile] = read_tile(self._folder, tile)
        return Hash(self._read[tile][32 * place : 32 * place + 32])


def open_tree(folder: Path, checkpoint: Checkpoint) -> TileTree:
    """Return the tree of a log's folder at a checkpoint, whose root is the checkpoint's. Raises Malformed, Mismatch."""
    tree = TileTree(folder, checkpoint.size)
    if tree.root() != checkpoint.root:
        raise Mismatch(f"log: the tiles give {tree.root().hex()}, the checkpoint says {checkpoint.root.hex()}")
    return tree


def open_log(folder: Path, log: Verifier, witnesses: Sequence[Verifier] = ()) -> tuple[Witnessed, TileTree]:
    """Return a published log's checkpoint, checked, and its tree, whose root is the checkpoint's.

    Raises Malformed and BadSignature for the checkpoint, Mismatch if the tiles give another root.
    """
    witnessed = check_checkpoint((folder / "checkpoint").read_bytes(), log, witnesses)
    return witnessed, open_tree(folder, witnessed.checkpoint)


def check_extends(tree: Tree, old: Checkpoint) -> None:
    """Check that a tree, whose root was compared, extends an older checkpoint.

    A wrong tile cannot make it pass: what counts is a proof under the tree's own root.

    Raises Mismatch if the tree is smaller, or tells another history.
    """
    size = len(tree)
    if old.size > size:
        raise Mismatch(f"the log here has {size} entries, fewer than the checkpoint's {old.size}")
    try:
        if old.size:
            check_consistency(old.size, size, tree.prove_consistency(old.size, size), old.root, tree.root())
        elif old.root != EMPTY_ROOT:
            raise Mismatch("expected the empty tree's root at size 0")
    except LedgerError as error:
        raise Mismatch(f"the log here has another history than the checkpoint's {old.size} entries: {error}") from error
