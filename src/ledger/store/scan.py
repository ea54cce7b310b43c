"""A store read from end to end as it lies, by column and in a hurry, changing nothing: for whoever checks it.

The adapter reads through the library, an object or three for each entry; a check of everything wants the bare rows.
Nothing is believed here but SQLite's own reading of its file, and that is checked too (`SqliteScan.check`).
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import NamedTuple, Self

from ledger.proof.errors import Mismatch

from .entries import EntryStore
from .sqlite import BUSY_SECONDS, check_schema

_ROWS = "SELECT originator_id, originator_version, topic, state, rowid FROM stored_events ORDER BY rowid"
_KINDS = [{str}, {int}, {str}, {bytes}]
_OUTSIDE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
}
"""What SQLite says of the machine around a file; whatever else it says is about the file."""


class Block(NamedTuple):
    """Entries that follow one another without a gap, by column; each column is as long as the others."""

    subjects: tuple[str, ...]
    positions: tuple[int, ...]
    types: tuple[str, ...]
    entries: tuple[bytes, ...]


class StoreScan:
    """Any store, as one moment shows it: its entries up to the size that it has now."""

    def __init__(self, store: EntryStore) -> None:
        """Take an open store; `close` closes it."""
        self._store, self._size = store, store.size()

    def blocks(self, width: int) -> Iterator[Block]:
        """Give all entries from index 0 on, `width` at a time. Raises Mismatch if one is missing; OSError."""
        for start in range(0, self._size, width):
            entries = self._store.read(start, min(width, self._size - start))
            yield Block(*zip(*((e.subject, e.position, e.type, e.data) for e in entries), strict=True))

    def check(self) -> None:
        """Do nothing: the pages of a database server are its own to check."""

    def close(self) -> None:
        """Let go of the store."""
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class SqliteScan:
    """A SQLite store as one moment shows it; a writer may go on beside it.

    Where no writer has the file open, it is read as a medium that does not change: otherwise SQLite would leave two
    files beside it, and could not read it at all where it may not make them. If a writer begins meanwhile, that is
    an OSError, for then nothing read can be relied on.
    """

    def __init__(self, file: Path) -> None:
        """Open a file for reading.

        Raises FileNotFoundError if there is no file, or no table in it; OSError; Mismatch if its schema is not ours.
        """
        with file.open("rb"):
            pass
        self._file = file
        log = file.with_name(f"{file.name}-wal")
        self._is_still = not log.exists() or (not log.stat().st_size and not os.access(file.parent, os.W_OK))
        self._stamp = self._read_stamp()
        with _told(), ExitStack() as closing:
            self._connection = self._connect()
            closing.callback(self._connection.close)
            self._connection.execute("BEGIN")
            if not self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                raise FileNotFoundError(f"{file}: there is no store here")
            check_schema(self._connection)
            closing.pop_all()

    def blocks(self, width: int) -> Iterator[Block]:
        """Give all entries from index 0 on, `width` at a time, the last block perhaps shorter.

        Raises Mismatch, naming the entry, where one is missing or is nothing that a store keeps; OSError.
        """
        with _told():
            cursor = self._connection.execute(_ROWS)
        size = 0
        while rows := _fetch(cursor, width, size):
            *columns, ids = zip(*rows, strict=True)
            if ids != tuple(range(size + 1, size + 1 + len(rows))):
                wrong, there = next((index, id - 1) for index, id in enumerate(ids, size) if id != index + 1)
                raise Mismatch(f"store: entry {wrong} is missing, the next one there is {there}")
            block = Block(*columns)
            if any(set(map(type, column)) != kind for column, kind in zip(block, _KINDS, strict=True)):
                wrong = next(
                    index for index, row in enumerate(rows, size) if [{type(cell)} for cell in row[:4]] != _KINDS
                )
                raise Mismatch(f"store: entry {wrong} is kept in other than text, integer, text, bytes")
            yield block
            size += len(rows)

    def check(self) -> None:
        """Check every page of the file, and the index against the table. Raises Mismatch; OSError."""
        with _told(), closing(self._connect()) as connection:
            (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            (pages,), (size,) = (connection.execute(f"PRAGMA page_{what}").fetchone() for what in ("count", "size"))
        if found != "ok":
            raise Mismatch(f"store: the database is damaged: {' '.join(str(found).split())}")
        if self._is_still and self._stamp[0] != pages * size:  # with a log beside it, it may be of any length
            raise Mismatch(f"store: the file has {self._stamp[0]} bytes, expected {pages * size}")

    def close(self) -> None:
        """Let go of the file. Raises OSError if a writer changed it while it was read as one that does not change."""
        self._connection.close()
        if self._is_still and self._read_stamp() != self._stamp:
            raise OSError("store: a writer began while it was read; check again")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _connect(self) -> sqlite3.Connection:
        mode = "immutable=1" if self._is_still else "mode=ro"
        uri = f"{self._file.resolve().as_uri()}?{mode}"
        return sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None)

    def _read_stamp(self) -> tuple[int, int, bool]:
        state = self._file.stat()
        return state.st_size, state.st_mtime_ns, self._file.with_name(f"{self._file.name}-wal").exists()


@contextmanager
def _told() -> Iterator[None]:
    """Raise SQLite's errors as ours: of the file a Mismatch, of the machine an OSError."""
    try:
        yield
    except (
        sqlite3.Error,
        UnicodeDecodeError,
    ) as error:  # a damaged schema is quoted in the message, and may be no text
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _OUTSIDE:
            raise OSError(f"store: {error}") from error
        raise Mismatch(f"store: the database is damaged: {error}") from error


def _fetch(cursor: sqlite3.Cursor, width: int, size: int) -> list[tuple[str, int, str, bytes, int]]:
    rows: list[tuple[str, int, str, bytes, int]] = []
    try:
        with _told():
            rows.extend(islice(cursor, width))
    except Mismatch as error:
        raise Mismatch(f"store: entry {size + len(rows)} cannot be read: {error.__cause__}") from error
    return rows
