"""The book: every entry is checked, kept, published as tiles and fixed by a signed checkpoint, in this order only.

1. the rules: the record applies the entry, or refuses it
2. the store keeps the batch durably, all of it or none
3. the tiles that hold it are durable
4. the signed checkpoint is swapped in lock/checkpoint, which is in no backup of the store
5. log/checkpoint is published, and only now the caller learns the index

A crash before 2 leaves nothing; a crash after it leaves entries that the next opening carries through 3 to 5. After an
error in 2 to 5 the book takes nothing more until it is opened again. It opens only on a store that extends the last
checkpoint signed: an old backup, or an entry changed behind its back, is refused with the reason.

Specification: docs/spec/log.md.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from copy import deepcopy
from pathlib import Path
from threading import RLock
from typing import Generic, Self

from ledger.proof.checkpoint import (
    Checkpoint,
    check_checkpoint,
    format_checkpoint,
    parse_checkpoint,
    sorted_signatures,
)
from ledger.proof.encoding import Hash
from ledger.proof.errors import Conflict, LedgerError, Malformed, Mismatch, Refused
from ledger.proof.merkle import derive_leaf_hash
from ledger.proof.note import Signature, Signer, Verifier, format_note, parse_note
from ledger.proof.tile import ENTRIES, WIDTH, Tile, derive_tiles, format_entries, format_tile_path
from ledger.store.entries import EntryStore
from ledger.store.sqlite import SqliteEntryStore

from .files import make_folder, read_if_any, sync_folder, write_durably
from .replay import R, Replay
from .tiles import derive_hashes, remove_partials, write_tile


class Book(Generic[R]):
    """A log that one process at a time may write. Threads may share it: each append waits its turn."""

    def __init__(self, folder: Path, signer: Signer | None, record: R, store: EntryStore) -> None:
        """Take the parts; `open` is the way in."""
        self._log, self._lock_file = folder / "log", folder / "lock" / "checkpoint"
        self._signer, self._store = signer, store
        self._blank = deepcopy(record)
        self._replay = Replay(record)
        self._locked = read_if_any(self._lock_file)
        self._published = read_if_any(self._log / "checkpoint")
        self._turn = RLock()
        self._is_sound = True
        self._closing = ExitStack()

    @classmethod
    def open(cls, folder: Path, signer: Signer | None, record: R, store: EntryStore | None = None) -> Self:
        """Open an installation's folder, or begin one; what a crash left half done is carried to its end.

        folder  the installation, which has store/, log/ and lock/
        signer  the log's key, its name the log's origin; None opens for reading what is published, and trusts whoever
                published it: check `checkpoint` against the log's key
        record  a record without entries; the store is replayed into it
        store   where the entries are, open; the book leads it where it writes, and closes it. None: SQLite in store/

        Raises Conflict if another process writes here; Mismatch if the store does not extend the last checkpoint
        signed, or an entry in it is not what it was; FileNotFoundError if there is nothing to read.
        """
        with ExitStack() as closing:
            store = store or _open_store(folder, is_read_only=signer is None)
            closing.callback(store.close)
            if signer is not None:
                store.lead()
            book = cls(folder, signer, record, store)
            book._follow() if signer is None else book._recover()
            book._closing = closing.pop_all()
            return book

    @property
    def record(self) -> R:
        """The record as it stands. Ask for it again after an append that was refused: it may be another object."""
        return self._replay.record

    @property
    def checkpoint(self) -> bytes:
        """The published checkpoint, signed, with the cosignatures that `publish` was given."""
        assert self._published is not None
        return self._published

    @property
    def size(self) -> int:
        """How many entries the published checkpoint covers."""
        return self._newest().size

    @property
    def root(self) -> Hash:
        """The root that the published checkpoint signs."""
        return self._newest().root

    def append(self, entries: Sequence[bytes]) -> list[int]:
        """Record entries, all or none, and return their indexes once the checkpoint over them is published.

        The same bytes again are not written again: their index is the one they have (T33).

        Raises what the rules raise for the first entry refused; Refused if the book is for reading, or stopped at an
        error; OSError from the disk, after which the book must be opened again.
        """
        with self._turn:
            self._check_writable()
            old = self._replay.size
            self._is_sound = False
            try:
                kept = [self._replay.append(data) for data in dict.fromkeys(entries) if self._replay.find(data) is None]
            except LedgerError:
                self._undo(old)
                self._is_sound = True
                raise
            if kept:
                self._store.append(kept, old)
                for tile in derive_tiles(old, self._replay.size):
                    self._write_tile(tile)
                self._sign()
                remove_partials(self._log, old, self._replay.size)
            self._is_sound = True
            return [index for data in entries if (index := self._replay.find(data)) is not None]

    def publish(self, cosignatures: Sequence[Signature], checkpoint: bytes | None = None) -> None:
        """Add witnesses' lines to the published checkpoint; a newer line of a key takes the place of its older one.

        cosignatures  checked by the caller, who knows the witnesses' keys
        checkpoint    what they cosigned, where the caller says so

        Raises Conflict if the book has gone on since `checkpoint`, Malformed for a line in the log's own name.
        """
        with self._turn:
            signer = self._check_writable()
            note = parse_note(self.checkpoint)
            if checkpoint is not None and parse_note(checkpoint).text != note.text:
                raise Conflict(f"the cosignatures are of an older checkpoint than size {self.size}")
            if any(line.name == signer.name for line in cosignatures):
                raise Malformed(f"cosignature in the name of the log, {signer.name}")
            lines = {(line.name, line.key_id): line for line in (*note.signatures, *cosignatures)}
            self._publish(format_note(note.text, sorted_signatures(list(lines.values()), signer.verifier)))

    def read(self, start: int, limit: int) -> list[bytes]:
        """Return the published entries from index `start` on, at most `limit`, as they were signed."""
        limit = min(limit, self.size - start)
        return [entry.data for entry in self._store.read(start, limit)] if limit > 0 else []

    def check_extends(self, checkpoint: Checkpoint, where: str) -> None:
        """Check that this book extends a checkpoint, such as a witness's newest; to be asked before signing anything.

        Raises Mismatch: the store is older than the checkpoint, or tells another history.
        """
        size, tree = self._replay.size, self._replay.record.tree
        if checkpoint.size > size:
            raise Mismatch(
                f"the store has {size} entries, {where} has a checkpoint of {checkpoint.size}: the store is an old copy"
            )
        if tree.root(checkpoint.size) != checkpoint.root:
            raise Mismatch(
                f"the first {checkpoint.size} entries of the store give the root {tree.root(checkpoint.size).hex()}, "
                f"{where} has {checkpoint.root.hex()}: the store tells another history"
            )

    def close(self) -> None:
        """Let go of the store and of the right to write."""
        self._is_sound = False
        self._closing.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _newest(self) -> Checkpoint:
        return parse_checkpoint(parse_note(self.checkpoint).text)

    def _check_writable(self) -> Signer:
        if self._signer is None:
            raise Refused("the book is open for reading only")
        if not self._is_sound:
            raise Refused("the book is closed, or stopped at an error: open it again")
        return self._signer

    def _follow(self) -> None:
        """Replay what is published; the store may be further by what is not signed yet."""
        if self._published is None:
            raise FileNotFoundError(f"{self._log / 'checkpoint'}: nothing is published here")
        self._replay.read(self._store, min(self.size, self._store.size()))
        self.check_extends(self._newest(), "log/checkpoint")

    def _recover(self) -> None:
        """Replay the store, check that it extends what was signed, and carry on where a crash stopped."""
        assert self._signer is not None
        self._replay.read(self._store, self._store.size())
        if self._locked is None and self._replay.size:
            raise Mismatch(f"the store has {self._replay.size} entries, but lock/checkpoint is missing")
        for where, data in (("lock/checkpoint", self._locked), ("log/checkpoint", self._published)):
            if data is not None:
                self.check_extends(_check_own(data, self._signer.verifier, where), where)
        for tile in derive_tiles(0, self._replay.size):
            # Bundles that are there are left to fsck: they are as large as the store.
            if tile.level != ENTRIES or not (self._log / format_tile_path(tile)).exists():
                self._write_tile(tile)
        self._sign()
        remove_partials(self._log, 0, self._replay.size)

    def _undo(self, old: int) -> None:
        """Take back what was applied of a batch that is refused: the record is made again from the store."""
        if self._replay.size > old:
            replay = Replay(deepcopy(self._blank))
            replay.read(self._store, old)
            self._replay = replay
            self.check_extends(self._newest(), "log/checkpoint")

    def _write_tile(self, tile: Tile) -> None:
        if tile.level == ENTRIES:
            data = format_entries(list(self._read_checked(tile.number * WIDTH, tile.width)))
        else:
            data = derive_hashes(self._replay.record.tree, tile)
        write_tile(self._log, tile, data)

    def _read_checked(self, start: int, count: int) -> Iterator[bytes]:
        for index, entry in enumerate(self._store.read(start, count), start):
            if derive_leaf_hash(entry.data) != self._replay.record.tree.leaf_hash(index):
                raise Mismatch(f"store: entry {index} was changed since the book was opened")
            yield entry.data

    def _sign(self) -> None:
        """Swap the checkpoint in the lock, then publish it; each only where it does not stand there already."""
        assert self._signer is not None
        text = format_checkpoint(Checkpoint(self._signer.name, self._replay.size, self._replay.record.tree.root()))
        signed = format_note(text, [self._signer.sign_text(text)])
        if signed != self._locked:
            if read_if_any(self._lock_file) != self._locked:
                raise Conflict("lock/checkpoint was changed by someone else while this book was open")
            write_durably(self._lock_file, signed)
            self._locked = signed
        if self._published is None or parse_note(self._published).text != text:
            try:
                self._publish(signed)
            except OSError as error:
                raise OSError(f"{self._replay.size} entries are signed, but not published yet: {error}") from error

    def _publish(self, checkpoint: bytes) -> None:
        write_durably(self._log / "checkpoint", checkpoint)
        self._published = checkpoint


def _check_own(data: bytes, log: Verifier, where: str) -> Checkpoint:
    try:
        return check_checkpoint(data, log).checkpoint
    except LedgerError as error:
        raise type(error)(f"{where}: {error}") from error


def _open_store(folder: Path, *, is_read_only: bool) -> SqliteEntryStore:
    """Open the store of an installation, and make it where nothing was signed yet."""
    store_file = folder / "store" / "entries.sqlite"
    if not is_read_only:
        # In this order, for another process may be writing both: the lock comes first.
        is_published = (folder / "log" / "checkpoint").exists()
        is_signed = (folder / "lock" / "checkpoint").exists()
        if is_signed and not store_file.is_file():
            raise Mismatch("lock/checkpoint shows that entries were signed, but the store is missing")
        if is_published and not is_signed:
            raise Mismatch("log/checkpoint is published, but lock/checkpoint is missing")
        if not is_signed:
            make_folder(store_file.parent)
            SqliteEntryStore.migrate(store_file)
            sync_folder(store_file.parent)
    return SqliteEntryStore(store_file, is_read_only=is_read_only)
