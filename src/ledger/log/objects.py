"""The public log in an object store (S3, Google Cloud, Azure, a folder), where any reader can follow it.

What never changes is put first, each object only where none is: tiles, bundles, time-stamps. The checkpoint is put
last, in the place of the one that was read, and only where the log here extends it. So readers of the store see a
checkpoint and all that it needs, or the one before; and the store's own checkpoint says what is there already: an
upload that was cut short is done again from there.

Specification: C2SP tlog-tiles; docs/spec/log.md, section 9.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from ledger.proof.checkpoint import check_checkpoint
from ledger.proof.encoding import Hash
from ledger.proof.errors import Conflict, LedgerError, Mismatch
from ledger.proof.merkle import Tree, derive_leaf_hash
from ledger.proof.note import Verifier, parse_note
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

from .bucket import Bucket
from .tiles import TileTree, check_extends, open_tree, read_tile
from .timestamp import format_stamped_path, format_token_path, list_tokens

PARALLEL = 16
"""How many objects are asked for or put at a time."""

_FOR_EVER = "public, max-age=31536000, immutable"
_TEXT, _BYTES = "text/plain; charset=utf-8", "application/octet-stream"
_CHECKPOINT = {"Content-Type": _TEXT, "Cache-Control": "public, max-age=5"}


class Uploaded(NamedTuple):
    """What an upload did: the size of the store's checkpoint before and after, and how many objects were put."""

    old: int
    size: int
    objects: int


def upload(
    log: Path,
    key: Verifier,
    bucket: Bucket,
    *,
    is_whole: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Uploaded:
    """Bring a store to the published checkpoint of a log's folder.

    log       the folder with `checkpoint` and `tile/`
    key       the log's
    is_whole  look at every object, not only at what is newer than the store's checkpoint
    progress  called with the number of tiles that are there now, and of all

    Raises Mismatch if the store has another history, an object that differs from the log's, or if the log's own files
    do not fit together; Conflict if the store's checkpoint is newer, or somebody else changed it meanwhile; OSError if
    the store fails. Then its checkpoint is the one that it was, and another upload goes on.
    """
    data = (log / "checkpoint").read_bytes()
    checkpoint = check_checkpoint(data, key).checkpoint
    tree = open_tree(log, checkpoint)
    found = bucket.read("checkpoint")
    old = 0 if found is None else _check_older(found.data, key, tree)
    put = 0
    start = 0 if is_whole else old
    tiles = list(derive_tiles(start, checkpoint.size))
    with ThreadPoolExecutor(PARALLEL) as pool:  # an error cancels what has not begun
        counts = pool.map(lambda tile: _put_tile(log, tree, bucket, tile, start), tiles)
        for done, count in enumerate(counts, start=1):
            put += count
            if progress is not None:
                progress(done, len(tiles))
    put += _put_timestamps(log, bucket, checkpoint.size, is_whole=is_whole)
    bucket.flush()
    if found is None or not _has_lines(found.data, data):
        if not bucket.replace("checkpoint", data, found, _CHECKPOINT):
            _check_own(bucket, data)
        put += 1
    return Uploaded(old, checkpoint.size, put)


def _check_older(data: bytes, key: Verifier, tree: TileTree) -> int:
    """Check that the log here extends the store's checkpoint, and return that one's size."""
    try:
        old = check_checkpoint(data, key).checkpoint
        if old.size > len(tree):
            raise Conflict(f"it covers {old.size} entries, the log here has {len(tree)}")
        check_extends(tree, old)
    except LedgerError as error:
        raise type(error)(f"object store: checkpoint: {error}") from error
    return old.size


def _has_lines(there: bytes, here: bytes) -> bool:
    """Tell whether the store has this checkpoint, and would lose a signer's line or gain none by the one here."""
    one, other = parse_note(there), parse_note(here)
    has, gives = ({(line.name, line.key_id) for line in note.signatures} for note in (one, other))
    return one.text == other.text and not gives > has


def _check_own(bucket: Bucket, data: bytes) -> None:
    """Check that a checkpoint which could not be put is the one that stands there: put before, and lost on the way."""
    found = bucket.read("checkpoint")
    if found is None or found.data != data:
        raise Conflict("object store: checkpoint: somebody else has put another one meanwhile; upload again")


def _put_tile(log: Path, tree: TileTree, bucket: Bucket, tile: Tile, old: int) -> int:
    """Put a tile, and the narrower ones of it since the log of `old` entries; return how many were put."""
    data = read_tile(log, tile)
    _check(tree, tile, data)
    before = (old >> HEIGHT * max(tile.level, 0)) - tile.number * WIDTH
    narrower = [width for width in _list_partials(log, tile) if before < width < tile.width]
    paths = ((format_tile_path(tile._replace(width=width)), width) for width in (*narrower, tile.width))
    return sum(_put(bucket, path, _cut(tile, data, width), _BYTES) for path, width in paths)


def _list_partials(log: Path, tile: Tile) -> list[int]:
    """Return the widths in which a partial tile was published; for a full one none, since it holds all of them."""
    if tile.width == WIDTH:
        return []
    try:
        names = os.listdir(log / f"{format_tile_path(tile._replace(width=WIDTH))}.p")
    except FileNotFoundError:  # it has become full meanwhile
        return []
    return [width for width in range(1, WIDTH) if str(width) in names]


def _cut(tile: Tile, data: bytes, width: int) -> bytes:
    """Return the bytes of the narrower tile that a tile begins with."""
    return format_entries(parse_entries(data, tile.width)[:width]) if tile.level == ENTRIES else data[: 32 * width]


def _check(tree: TileTree, tile: Tile, data: bytes) -> None:
    """Check entries by their leaves' hashes, a full tile by the one above it; the root holds the partial ones."""
    if tile.level == ENTRIES:
        for index, entry in enumerate(parse_entries(data, tile.width), start=tile.number * WIDTH):
            if derive_leaf_hash(entry) != tree.leaf_hash(index):
                raise Mismatch(f"log: {format_tile_path(tile)}: entry {index} is not the one that the hashes are of")
    elif tile.width == WIDTH:
        hashes = Tree([Hash(data[start : start + 32]) for start in range(0, len(data), 32)])
        if hashes.root() != tree.node(tile.level + 1, tile.number):
            raise Mismatch(f"log: {format_tile_path(tile)} does not fit the tile above it")


def _put_timestamps(log: Path, bucket: Bucket, size: int, *, is_whole: bool) -> int:
    """Put the time-stamps of checkpoints up to a size, and return how many objects were put.

    is_whole  compare the bytes of those that are there, and not only their lengths
    """
    stamped = [stamped for stamped in list_tokens(log) if stamped <= size]
    if not stamped:
        return 0
    there, put = {} if is_whole else bucket.list("timestamps"), 0
    for of in stamped:
        for path, kind in ((format_stamped_path(of), _TEXT), (format_token_path(of), "application/timestamp-reply")):
            data = (log / path).read_bytes()
            if path not in there:
                put += _put(bucket, path, data, kind)
            elif there[path] != len(data):
                raise _tell_difference(path)
    return put


def _put(bucket: Bucket, path: str, data: bytes, kind: str) -> bool:
    """Put an object that never changes, where it is not there yet; return whether it was put."""
    found = bucket.read(path)
    if found is None:
        if bucket.create(path, data, {"Content-Type": kind, "Cache-Control": _FOR_EVER}):
            return True
        found = bucket.read(path)
    if found is None or found.data != data:
        raise _tell_difference(path)
    return False


def _tell_difference(path: str) -> Mismatch:
    return Mismatch(f"object store: {path} is there already and differs from the log's")
