"""The book: every entry is checked, kept, published as tiles and fixed by a signed checkpoint, in this order only.

1. the rules: the record applies the entry, or refuses it
2. the store keeps the batch durably, all of it or none
3. the tiles that hold it are durable
4. the signed checkpoint is swapped in lock/checkpoint, which is in no backup of the store
5. the witnesses are asked to cosign
6. log/checkpoint is published with their lines, and only now the caller learns the index

A crash before 2 leaves nothing; a crash after it leaves entries that the next opening carries through 3 to 6. After an
error in 2 to 6 the book takes nothing more until it is opened again. It opens, and signs, only on a store that extends
the last checkpoint signed and what every witness that answers has signed: an old backup, or an entry changed behind its
back, is refused with the reason.

Specification: docs/spec/log.md.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from copy import deepcopy
from pathlib import Path
from threading import RLock
from time import time
from typing import Generic, NamedTuple, Protocol, Self, TypeVar

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
from ledger.proof.receipt import Receipt, format_receipt
from ledger.proof.tile import ENTRIES, WIDTH, Tile, derive_tiles, format_entries, format_tile_path
from ledger.store.entries import Entry, EntryStore
from ledger.store.sqlite import SqliteEntryStore

from .files import make_folder, read_if_any, sync_folder, write_durably
from .lock import CheckpointLock
from .replay import R, Replay
from .tiles import derive_hashes, remove_partials, write_tile

AHEAD_SECONDS = 300
"""How far a signer's clock may run ahead of that of the machine which records its entry."""
T = TypeVar("T")


class Cosigners(Protocol):
    """Whoever is asked to witness each checkpoint; `ledger.log.feeder.Feeder` is one."""

    def check_rollback(self, tree_size: int, root_at: Callable[[int], Hash]) -> object:
        """Check that a log of so many entries extends what each witness that answers has signed. Raises Mismatch."""
        ...

    def cosign(self, checkpoint: bytes, prove_consistency: Callable[[int], Sequence[Hash]]) -> Sequence[Signature]:
        """Return the lines of the witnesses that answer in time, checked; who does not is no error.

        prove_consistency  gives the proof from an older size, also in other threads and after the call has returned

        Raises Mismatch if a witness knows more of this log than the checkpoint, or another history.
        """
        ...


class Outcome(NamedTuple):
    """What became of a series of entries: the indexes of those that stand, and what refused the next one, if any."""

    indexes: list[int]
    refusal: LedgerError | None


class Book(Generic[R]):
    """A log that one process at a time may write. Threads may share it: each append waits its turn."""

    def __init__(
        self,
        folder: Path,
        signer: Signer | None,
        record: R,
        store: EntryStore,
        lock: CheckpointLock,
        cosigners: Cosigners | None = None,
        clock: Callable[[], float] = time,
        heed: Callable[[R], object] = lambda record: None,
    ) -> None:
        """Take the parts; `open` is the way in."""
        self._log, self._lock = folder / "log", lock
        self._signer, self._store, self._cosigners, self._clock = signer, store, cosigners, clock
        self._heed = heed
        self._blank = deepcopy(record)
        self._replay = Replay(record)
        self._locked = lock.read()
        self._published = read_if_any(self._log / "checkpoint")
        self._turn = RLock()
        self._is_sound = True
        self._closing = ExitStack()

    @classmethod
    def open(
        cls,
        folder: Path,
        signer: Signer | None,
        record: R,
        cosigners: Cosigners | None = None,
        *,
        store: EntryStore | None = None,
        lock_folder: Path | None = None,
        clock: Callable[[], float] = time,
        heed: Callable[[R], object] = lambda record: None,
    ) -> Self:
        """Open an installation's folder, or begin one; what a crash left half done is carried to its end.

        folder       the installation, which has store/, log/ and lock/
        signer       the log's key, its name the log's origin; None opens for reading what is published, and trusts
                     whoever published it: check `checkpoint` against the log's key
        record       a record without entries; the store is replayed into it
        cosigners    the witnesses to ask; None where they are asked apart from the book (`publish`)
        store        where the entries are, open; the book leads it where it writes, and closes it. None: SQLite in
                     store/
        lock_folder  where the last checkpoint signed is kept; None: lock/
        clock        gives Unix seconds; no entry is taken that claims a time more than AHEAD_SECONDS later
        heed         does what the record asks of whoever keeps it: called where it writes, at opening and after each
                     append, while nothing is being written; what it raises, the entries stand

        Raises Conflict if another process writes here; Mismatch if the store does not extend the last checkpoint
        signed, or a witness's, or an entry in it is not what it was; FileNotFoundError if there is nothing to read.
        """
        with ExitStack() as closing:
            lock = CheckpointLock(lock_folder or folder / "lock")
            store = store or _open_store(folder, lock, is_read_only=signer is None)
            closing.callback(store.close)
            if signer is not None:
                store.lead()
            book = cls(folder, signer, record, store, lock, cosigners, clock, heed)
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

    @property
    def is_stopped(self) -> bool:
        """Tell whether it takes nothing more: it is closed, or stopped at an error. One that is at work is not."""
        if not self._turn.acquire(blocking=False):
            return False
        try:
            return not self._is_sound
        finally:
            self._turn.release()

    def consult(self, look: Callable[[R], T]) -> T:
        """Return what somebody finds in the record, while nothing is being written."""
        with self._turn:
            return look(self.record)

    def glance(self, look: Callable[[R], T]) -> T | None:
        """Return the same without waiting; None while something is being written."""
        if not self._turn.acquire(blocking=False):
            return None
        try:
            return look(self.record)
        finally:
            self._turn.release()

    def append(self, entries: Sequence[bytes]) -> list[int]:
        """Record entries, all or none, and return their indexes once the checkpoint over them is published.

        The same bytes again are not written again: their index is the one they have (T33).

        Raises what the rules raise for the first entry refused; Refused if the book is for reading, or stopped at an
        error; Conflict if another book signs this log now, Mismatch if a witness has seen another history, OSError
        from the disk: after these three the book must be opened again.
        """
        (outcome,) = self._append([entries], is_whole=True)
        if outcome.refusal is not None:
            raise outcome.refusal
        return outcome.indexes

    def append_each(self, submissions: Sequence[Sequence[bytes]]) -> list[Outcome]:
        """Record series of entries as one batch under one checkpoint, each up to the first of its entries refused.

        Returns what became of each. Raises as `append` does where the book has to stop.
        """
        return self._append(submissions, is_whole=False)

    def _append(self, submissions: Sequence[Sequence[bytes]], *, is_whole: bool) -> list[Outcome]:
        """Record a batch; `is_whole`: a refusal within it undoes all of it."""
        with self._turn:
            self._check_writable()
            self._is_sound = False
            old, kept = self._replay.size, list[Entry]()
            outcomes = [self._apply(entries, kept) for entries in submissions]
            if is_whole and kept and any(outcome.refusal for outcome in outcomes):
                self._undo(old)
                kept = []
            if kept:
                self._store.append(kept, old)
                for tile in derive_tiles(old, self._replay.size):
                    self._write_tile(tile, kept)
                self._sign()
                remove_partials(self._log, old, self._replay.size)
            self._is_sound = True
            self._heed(self.record)
            return outcomes

    def _apply(self, entries: Sequence[bytes], kept: list[Entry]) -> Outcome:
        """Apply entries up to the first that is refused, and add those that are new to `kept`."""
        indexes, latest = list[int](), int(self._clock()) + AHEAD_SECONDS
        for data in entries:
            index = self._replay.find(data)
            if index is None:
                try:
                    kept.append(self._replay.append(data, latest))
                except LedgerError as error:
                    return Outcome(indexes, error)
                index = self._replay.size - 1
            indexes.append(index)
        return Outcome(indexes, None)

    def receipt(self, index: int) -> bytes:
        """Return the tlog-proof of an entry under the published checkpoint (`ledger.proof.receipt`).

        Whether the cosignatures on it suffice is for the receiver's policy.

        Raises Refused if no published checkpoint covers the index: then nothing was acknowledged.
        """
        checkpoint = self.checkpoint
        size = parse_checkpoint(parse_note(checkpoint).text).size
        if not 0 <= index < size:
            raise Refused(f"the published checkpoint covers {size} entries: there is no receipt for entry {index}")
        path = self._replay.record.tree.prove_inclusion(index, size)
        return format_receipt(Receipt(index, tuple(path), checkpoint))

    def publish(self, cosignatures: Sequence[Signature], checkpoint: bytes | None = None) -> None:
        """Add witnesses' lines to the published checkpoint; a newer line of a key takes the place of its older one.

        cosignatures  checked by the caller, who knows the witnesses' keys
        checkpoint    what they cosigned, where the caller says so

        Raises Conflict if the book has gone on since `checkpoint`, Malformed for a line in the log's own name.
        """
        with self._turn:
            self._check_writable()
            if checkpoint is not None and parse_note(checkpoint).text != parse_note(self.checkpoint).text:
                raise Conflict(f"the cosignatures are of an older checkpoint than size {self.size}")
            self._publish(_with_lines(self.checkpoint, cosignatures, self._check_signer().verifier))

    def ask_witnesses(self) -> bytes:
        """Ask the witnesses for the published checkpoint once more, as when one was away; return it with their lines.

        Raises Mismatch if one has seen another history: then the book must be opened again.
        """
        with self._turn:
            self._check_writable()
            if self._cosigners is not None:
                self._is_sound = False
                self._publish(self._cosign(self.checkpoint))
                self._is_sound = True
            return self.checkpoint

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

    def _check_signer(self) -> Signer:
        if self._signer is None:
            raise Refused("the book is open for reading only")
        return self._signer

    def _check_writable(self) -> None:
        self._check_signer()
        if not self._is_sound:
            raise Refused("the book is closed, or stopped at an error: open it again")

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
        if self._locked is None and self._published is not None:
            raise Mismatch("log/checkpoint is published, but lock/checkpoint is missing")
        for where, data in (("lock/checkpoint", self._locked), ("log/checkpoint", self._published)):
            if data is not None:
                self.check_extends(_check_own(data, self._signer.verifier, where), where)
        self._check_rollback()
        if self._locked is not None:  # a witness without a view tells by its answer that it has cosigned more
            self._cosign(self._locked)
        for tile in derive_tiles(0, self._replay.size):
            # Bundles that are there are left to fsck: they are as large as the store.
            if tile.level != ENTRIES or not (self._log / format_tile_path(tile)).exists():
                self._write_tile(tile)
        self._sign()
        remove_partials(self._log, 0, self._replay.size)
        self._heed(self.record)

    def _undo(self, old: int) -> None:
        """Take back what was applied of a batch that is refused: the record is made again without it."""
        replay = Replay(deepcopy(self._blank))
        replay.read(self._store, old)
        self._replay = replay
        self.check_extends(self._newest(), "log/checkpoint")

    def _write_tile(self, tile: Tile, kept: Sequence[Entry] = ()) -> None:
        """Write a tile; the last entries, of a batch that the store has just taken, are handed in as `kept`."""
        if tile.level != ENTRIES:
            write_tile(self._log, tile, derive_hashes(self._replay.record.tree, tile))
            return
        first, batch = tile.number * WIDTH, self._replay.size - len(kept)
        end = first + tile.width
        data = self._read_checked(first, max(min(batch, end) - first, 0))
        data += [entry.data for entry in kept[max(first - batch, 0) : max(end - batch, 0)]]
        write_tile(self._log, tile, format_entries(data))

    def _read_checked(self, start: int, count: int) -> list[bytes]:
        entries = [entry.data for entry in self._store.read(start, count)] if count else []
        for index, data in enumerate(entries, start):
            if derive_leaf_hash(data) != self._replay.record.tree.leaf_hash(index):
                raise Mismatch(f"store: entry {index} was changed since the book was opened")
        return entries

    def _check_rollback(self) -> None:
        if self._cosigners is not None:
            self._cosigners.check_rollback(self._replay.size, self._replay.record.tree.root)

    def _sign(self) -> None:
        """Swap the checkpoint in the lock, have it witnessed, publish it; each only where it does not stand there."""
        assert self._signer is not None
        size, tree = self._replay.size, self._replay.record.tree
        text = format_checkpoint(Checkpoint(self._signer.name, size, tree.root()))
        signed = format_note(text, [self._signer.sign_text(text)])
        if signed != self._locked:
            self._check_rollback()
            self._lock.swap(self._locked, signed)
            self._locked = signed
        if self._published is None or parse_note(self._published).text != text:
            try:
                self._publish(self._cosign(signed))
            except OSError as error:
                raise OSError(f"{size} entries are signed, but not published yet: {error}") from error

    def _cosign(self, signed: bytes) -> bytes:
        if self._cosigners is None:
            return signed
        note, tree = parse_note(signed), self._replay.record.tree
        size = parse_checkpoint(note.text).size
        lines = self._cosigners.cosign(signed, lambda old: tree.prove_consistency(old, size) if old else [])
        return _with_lines(signed, lines, self._check_signer().verifier)

    def _publish(self, checkpoint: bytes) -> None:
        with self._lock.held(self._locked):  # never an older one over what another process has published since
            write_durably(self._log / "checkpoint", checkpoint)
        self._published = checkpoint


def _with_lines(checkpoint: bytes, cosignatures: Sequence[Signature], log: Verifier) -> bytes:
    """Return a checkpoint with witnesses' lines; a newer line of a key takes the place of its older one.

    Raises Malformed for a line in the log's own name.
    """
    note = parse_note(checkpoint)
    if any(line.name == log.name for line in cosignatures):
        raise Malformed(f"cosignature in the name of the log, {log.name}")
    lines = {(line.name, line.key_id): line for line in (*note.signatures, *cosignatures)}
    return format_note(note.text, sorted_signatures(list(lines.values()), log))


def _check_own(data: bytes, log: Verifier, where: str) -> Checkpoint:
    try:
        return check_checkpoint(data, log).checkpoint
    except LedgerError as error:
        raise type(error)(f"{where}: {error}") from error


def _open_store(folder: Path, lock: CheckpointLock, *, is_read_only: bool) -> SqliteEntryStore:
    """Open the store of an installation, and make it where nothing was signed yet."""
    store_file = folder / "store" / "entries.sqlite"
    if not is_read_only:
        # In this order, for another process may be writing both: the lock comes first.
        is_published = (folder / "log" / "checkpoint").exists()
        is_signed = lock.read() is not None
        if is_signed and not store_file.is_file():
            raise Mismatch("lock/checkpoint shows that entries were signed, but the store is missing")
        if is_published and not is_signed:
            raise Mismatch("log/checkpoint is published, but lock/checkpoint is missing")
        if not is_signed:
            make_folder(store_file.parent)
            SqliteEntryStore.migrate(store_file)
            sync_folder(store_file.parent)
    return SqliteEntryStore(store_file, is_read_only=is_read_only)
