"""The store in one SQLite file, for one machine: append-only by the database's own triggers.

The table is the library's, with the Merkle index plus one as an explicit `rowid`. Three triggers refuse what an
append-only list does not know: changing an entry, deleting one, and inserting one anywhere but at the end (of the
list, and of its subject), which is also what stops INSERT OR REPLACE. Whoever owns the file can drop them; then the
checkpoint no longer fits.

Who leads holds the file `writer` beside the database; who only appends shares it for that long.

By hand: sqlite3 entries.sqlite "select state from stored_events where rowid = INDEX + 1"
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any, ClassVar

from eventsourcing.persistence import IntegrityError, OperationalError, StoredEvent
from eventsourcing.sqlite import (
    SQLiteApplicationRecorder,
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteCursor,
    SQLiteDatastore,
    SQLiteFactory,
    SQLiteTransaction,
)
from eventsourcing.utils import Environment, EnvType

from ledger.proof.errors import Mismatch

from .adapter import RecorderStore
from .entries import Entry
from .lock import FileLock

BUSY_SECONDS = 30
"""How long a writer waits for another one before it gives up."""

_SCHEMA = (
    """CREATE TABLE IF NOT EXISTS stored_events (
    rowid INTEGER PRIMARY KEY,
    originator_id TEXT NOT NULL,
    originator_version INTEGER NOT NULL,
    topic TEXT NOT NULL,
    state BLOB NOT NULL CHECK (typeof(state) = 'blob'),
    UNIQUE (originator_id, originator_version)
)""",
    """CREATE TRIGGER IF NOT EXISTS entries_stay BEFORE UPDATE ON stored_events
BEGIN SELECT RAISE(ABORT, 'entries are never changed'); END""",
    """CREATE TRIGGER IF NOT EXISTS entries_remain BEFORE DELETE ON stored_events
BEGIN SELECT RAISE(ABORT, 'entries are never deleted'); END""",
    """CREATE TRIGGER IF NOT EXISTS entries_follow BEFORE INSERT ON stored_events
BEGIN
    SELECT RAISE(ABORT, 'an entry stands at the end of the list, without a gap')
    WHERE NEW.rowid IS NOT (SELECT coalesce(max(rowid), 0) + 1 FROM stored_events);
    SELECT RAISE(ABORT, 'an entry stands at the end of its subject, without a gap')
    WHERE NEW.originator_version IS NOT (
        SELECT coalesce(max(originator_version), -1) + 1 FROM stored_events WHERE originator_id = NEW.originator_id);
END""",
)


class EntryTransaction(SQLiteTransaction):
    """A transaction that, when it is to write, takes the write lock at once.

    The stock one begins as a reader; two of them that then both want to write lock each other out.
    """

    def __enter__(self) -> SQLiteCursor:
        """Begin."""
        cursor = self.connection.cursor()
        try:
            cursor.execute("BEGIN IMMEDIATE" if self.commit else "BEGIN")
        except sqlite3.OperationalError as error:
            raise OperationalError(error) from error
        return cursor


class EntryConnectionPool(SQLiteConnectionPool):
    """Connections whose commits wait for the disk, whatever SQLite was compiled with."""

    def _create_connection(self) -> SQLiteConnection:
        connection = super()._create_connection()
        connection.cursor().execute("PRAGMA synchronous=FULL")
        return connection


class EntryDatastore(SQLiteDatastore):
    """The library's datastore with our pool and transactions."""

    def __init__(self, uri: str) -> None:
        """Take the file as a SQLite URI."""
        super().__init__(uri, lock_timeout=BUSY_SECONDS, originator_id_type="text")
        self.pool = EntryConnectionPool(db_name=uri, lock_timeout=BUSY_SECONDS, pool_timeout=BUSY_SECONDS)

    @contextmanager
    def transaction(self, *, commit: bool) -> Iterator[SQLiteCursor]:
        """Begin a transaction, kept at the end if `commit`, undone on any exception."""
        with (
            self.get_connection(commit=commit) as connection,
            EntryTransaction(connection, commit=commit) as cursor,
            cursor,
        ):
            yield cursor


class EntryRecorder(SQLiteApplicationRecorder):
    """The library's recorder with explicit, gap-free ids and triggers."""

    _insert = (
        "INSERT INTO stored_events (rowid, originator_id, originator_version, topic, state) VALUES (?, ?, ?, ?, ?)"
    )

    def construct_create_table_statements(self) -> list[str]:
        """Return the table and its triggers; the library runs them only where it is told to make the schema."""
        return list(_SCHEMA)

    def _insert_events(
        self, c: SQLiteCursor, stored_events: Sequence[StoredEvent], *, expected_size: int | None = None, **_: Any
    ) -> Sequence[int]:
        c.execute(self.select_max_notification_id_statement)
        size = c.fetchone()[0] or 0
        if expected_size is not None and size != expected_size:
            raise IntegrityError(f"{size} entries, expected {expected_size}")
        ids = range(size + 1, size + 1 + len(stored_events))
        c.executemany(
            self._insert,
            (
                (id, event.originator_id, event.originator_version, event.topic, event.state)
                for id, event in zip(ids, stored_events, strict=True)
            ),
        )
        return ids


class EntryFactory(SQLiteFactory):
    """What the setting PERSISTENCE_MODULE names."""

    application_recorder_class = EntryRecorder

    def __init__(self, env: Environment | EnvType | None) -> None:
        """Take the library's settings; SQLITE_DBNAME is a SQLite URI."""
        super().__init__(env)
        self.datastore = EntryDatastore(self.datastore.pool.db_name)


class SqliteEntryStore(RecorderStore):
    """The entries in one SQLite file (see `EntryStore` for the promises)."""

    _FACTORY: ClassVar = {
        "PERSISTENCE_MODULE": f"{EntryFactory.__module__}:{EntryFactory.__qualname__}",
        "ORIGINATOR_ID_TYPE": "text",
    }

    def __init__(self, file: Path, *, is_read_only: bool = False) -> None:
        """Open a file that `migrate` has made.

        Raises FileNotFoundError if there is none, Mismatch if its table or triggers are not the ones that we make.
        """
        if not file.is_file():
            raise FileNotFoundError(f"{file}: there is no store here")
        uri = f"{file.resolve().as_uri()}?mode={'ro' if is_read_only else 'rw'}"
        with closing(sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS)) as connection:
            check_schema(connection)
        super().__init__({**self._FACTORY, "SQLITE_DBNAME": uri, "CREATE_TABLE": "n"})
        self._lock_file = file.with_name("writer")
        self._lead: FileLock | None = None

    def append(self, entries: Sequence[Entry], expected_size: int) -> None:
        """Keep all the entries or none, durably. Raises Conflict for a stale size, a gap, or if another one leads."""
        with nullcontext() if self._lead else FileLock(self._lock_file, is_shared=True):
            super().append(entries, expected_size)

    def lead(self) -> None:
        """Become the one writer on this machine. Raises Conflict if another one leads, or is just appending."""
        self._lead = FileLock(self._lock_file)

    def close(self) -> None:
        """Let go of the file, and of the lead."""
        super().close()
        if self._lead:
            self._lead.release()

    @classmethod
    def migrate(cls, file: Path) -> None:
        """Make the file with its table and triggers, where they are not there yet. Run it once, not at every start."""
        uri = f"{file.resolve().as_uri()}?mode=rwc"
        RecorderStore({**cls._FACTORY, "SQLITE_DBNAME": uri, "CREATE_TABLE": "y"}).close()


def _read_schema(connection: sqlite3.Connection) -> set[tuple[str, str]]:
    return set(connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))


def check_schema(connection: sqlite3.Connection) -> None:
    """Check that a file has our table and triggers, and no others. Raises Mismatch, naming those that differ."""
    with closing(sqlite3.connect(":memory:")) as made:
        for statement in _SCHEMA:
            made.execute(statement)
        expected, found = _read_schema(made), _read_schema(connection)
    if found != expected:
        names = ", ".join(sorted(name for name, _ in found ^ expected))
        raise Mismatch(f"store: the table or triggers are not the ones that were made: {names}")
