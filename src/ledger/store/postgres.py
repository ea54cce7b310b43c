"""The store in a PostgreSQL database (15 or newer), for several machines of which one at a time writes.

The library's contracts with our own recorder: the index is allocated inside the inserting transaction, one append is
one transaction and one COPY, and psycopg's pipeline mode, in which the library's own bulk insert hangs for ever, is
never entered. An append is never tried again: an acknowledgement that was lost is an OSError.

Who leads holds an advisory lock on a session of its own, and appends on that very session: once it is gone, the
database has let the lock go, and there is nothing left to append on.

By hand: psql -Atc "SELECT convert_from(state, 'UTF8') FROM ledger.stored_events WHERE notification_id = INDEX + 1"
"""

import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from threading import Lock
from typing import Any, ClassVar

from eventsourcing.persistence import IntegrityError, PersistenceError, StoredEvent

from ledger.proof.errors import Conflict, Refused

from .adapter import RecorderStore, reported

try:
    import psycopg
    from eventsourcing.postgres import (
        BasePostgresFactory,
        ConnectionPool,
        PostgresApplicationRecorder,
        PostgresDatastore,
        PostgresFactory,
    )
    from psycopg.conninfo import conninfo_to_dict, make_conninfo
    from psycopg.rows import DictRow, dict_row
    from psycopg.sql import SQL, Identifier
except ImportError as error:
    remedy = "pip install 'double-random[postgres]'"
    raise Refused(f"a package that PostgreSQL needs is missing: {error}; {remedy}") from error

from .postgres_schema import APPENDING, LEADING, LOCKS, SCHEMA, check_schema, check_writer, migrate

BUSY_SECONDS = 30
"""How long a writer waits for another one, and anyone for a connection, before giving up."""

_Connection = psycopg.Connection[DictRow]

# A machine that is cut off is found out, from both ends, within half a minute: a dead leader must not lead for hours.
_CLIENT = {
    "client_encoding": "UTF8",
    "connect_timeout": "10",
    "keepalives_count": "4",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "tcp_user_timeout": "30000",
}
_SESSION = {
    "default_transaction_isolation": r"read\ committed",
    "idle_in_transaction_session_timeout": f"{BUSY_SECONDS}s",
    "idle_session_timeout": "0",
    "lock_timeout": f"{BUSY_SECONDS}s",
    "search_path": "pg_catalog",
    "synchronous_commit": "on",
    "tcp_keepalives_count": "4",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_user_timeout": "30s",
}

_TAKE_TURN = SQL("SELECT pg_advisory_xact_lock({}, {})").format(LOCKS, APPENDING)
_TRY_TO_LEAD = SQL("SELECT pg_try_advisory_lock({}, {}) AS leads").format(LOCKS, LEADING)
_STOP_LEADING = SQL("SELECT pg_advisory_unlock({}, {})").format(LOCKS, LEADING)
_WHO_LEADS = SQL(
    "SELECT pid, usename, application_name FROM pg_locks JOIN pg_stat_activity USING (pid)"
    " WHERE locktype = 'advisory' AND (classid, objid, objsubid) = ({}, {}, 2) AND mode = 'ExclusiveLock' AND granted"
    " AND datname = current_database()"
).format(LOCKS, LEADING)
_COPY = SQL(
    "COPY {}.stored_events (notification_id, originator_id, originator_version, topic, state)"
    " FROM STDIN (FORMAT BINARY)"
).format(Identifier(SCHEMA))


@contextmanager
def _translated() -> Iterator[None]:
    """Say psycopg's errors in the library's words, the first line of each."""
    try:
        yield
    except psycopg.Error as error:
        kind = IntegrityError if isinstance(error, psycopg.IntegrityError) else PersistenceError
        raise kind(error.diag.message_primary or str(error).strip()) from error


def _complete(dsn: str, *, is_read_only: bool) -> str:
    """Return a connection string with our settings, which its own `options` do not overrule."""
    try:
        parsed = conninfo_to_dict(dsn)
    except psycopg.ProgrammingError:
        parsed = None
    if parsed is None:  # said in our words, with nothing chained: libpq's repeat what was given, the password included
        raise PersistenceError("the database's address is neither a URL postgresql://… nor name=value pairs")
    if _is_misquoted(parsed):
        raise PersistenceError(
            "the database's address: a sign in it is not quoted: in a URL, @ is %40, / is %2F, : is %3A"
        )
    with _translated():
        given = {name: str(value) for name, value in parsed.items()}
        session = {**_SESSION, "default_transaction_read_only": "on" if is_read_only else "off"}
        options = [given.get("options", ""), *(f"-c {name}={value}" for name, value in session.items())]
        who = f"double-random, process {os.getpid()} on {socket.gethostname()}"[:63]
        return make_conninfo("", **{"application_name": who, **_CLIENT, **given, "options": " ".join(options)})


def _is_misquoted(parsed: Mapping[str, object]) -> bool:
    """Tell whether what libpq takes for host, port or name is part of a password: its errors would repeat it."""
    ports = str(parsed.get("port", "")).replace(",", "")
    places = [str(parsed.get(name, "")) for name in ("host", "hostaddr", "dbname")]
    return any("@" in place for place in places) or not (ports == "" or (ports.isascii() and ports.isdigit()))


def _connect(conninfo: str) -> _Connection:
    return psycopg.connect(conninfo, autocommit=True, row_factory=dict_row)


class EntryDatastore(PostgresDatastore):
    """The library's datastore with our connections, and one of its own for who leads."""

    def __init__(self, conninfo: str) -> None:
        """Take a complete connection string; nothing is connected yet."""
        super().__init__("", "", "", "", "", schema=SCHEMA, originator_id_type="text")
        self.conninfo = conninfo
        self.pool = ConnectionPool(
            conninfo,
            connection_class=_Connection,
            kwargs={"autocommit": True, "row_factory": dict_row},
            min_size=0,
            max_size=8,
            open=False,
            # What reads tries ten times: it outlives eight dead connections, and gives up after BUSY_SECONDS.
            timeout=BUSY_SECONDS / 10,
            reconnect_timeout=BUSY_SECONDS / 10,
            num_workers=1,
        )
        self._leading: _Connection | None = None
        self._turn = Lock()

    def register_type_adapters(self) -> None:
        """Do nothing: entries are inserted by COPY, which needs no type of the library's."""

    @contextmanager
    def get_appending(self) -> Iterator[_Connection]:
        """Lend the connection to append on: the one that leads, also when it is dead; else any."""
        if self._leading is None:
            with self.get_connection() as connection, _translated():
                yield connection
        else:
            with self._turn, _translated():
                if self._leading.closed:
                    raise OSError("store: the lead was lost with its session")
                yield self._leading

    def lead(self) -> None:
        """Take the lead, on a connection of its own. Raises Conflict if another one has it."""
        with _translated(), ExitStack() as closing:
            connection = closing.enter_context(_connect(self.conninfo))
            # A turn: whoever appends now without leading is done first.
            with connection.transaction():
                connection.execute(_TAKE_TURN)
                row = connection.execute(_TRY_TO_LEAD).fetchone()
            assert row is not None
            if not row["leads"]:
                one = connection.execute(_WHO_LEADS).fetchone()
                who = f"session {one['pid']} of {one['usename']}, {one['application_name']}" if one else "unknown"
                raise Conflict(f"store: another one leads: {who}")
            closing.pop_all()
            with self._turn:
                if self._leading is not None:
                    self._leading.close()  # It is dead: else it would lead still.
                self._leading = connection

    def close(self) -> None:
        """Let go of the lead, and of all connections."""
        leading = getattr(self, "_leading", None)
        if leading is not None:
            with self._turn, suppress(psycopg.Error), leading:
                leading.execute(_STOP_LEADING)  # At once; who only hangs up leads until the server has noticed.
        super().close()


class EntryRecorder(PostgresApplicationRecorder):
    """The library's recorder with gap-free ids, without its pipeline and its schema.

    What reads is tried again ten times, which is the library's way; what inserts is not.
    """

    datastore: EntryDatastore

    def __init__(self, datastore: PostgresDatastore, *, events_table_name: str = "stored_events") -> None:
        """Take what the factory gives. The schema is `postgres_schema.migrate`'s."""
        super().__init__(datastore, events_table_name=events_table_name)
        self.sql_create_statements.clear()

    def insert_events(
        self, stored_events: Sequence[StoredEvent], *, expected_size: int | None = None, **_: Any
    ) -> Sequence[int]:
        """Insert all or none, and return their ids. Raises IntegrityError if there are not `expected_size` entries."""
        with self.datastore.get_appending() as connection, connection.transaction(), connection.cursor() as cursor:
            cursor.execute(_TAKE_TURN)
            cursor.execute(self.max_notification_id_statement)
            row = cursor.fetchone()
            assert row is not None
            size = row["max"] or 0
            if expected_size is not None and size != expected_size:
                raise IntegrityError(f"{size} entries, expected {expected_size}")
            ids = range(size + 1, size + 1 + len(stored_events))
            with cursor.copy(_COPY) as copy:
                copy.set_types(["int8", "text", "int8", "text", "bytea"])
                for id, event in zip(ids, stored_events, strict=True):
                    copy.write_row((id, event.originator_id, event.originator_version, event.topic, event.state))
            self._notify_channel(cursor)
        return ids


class EntryFactory(PostgresFactory):
    """What the setting PERSISTENCE_MODULE names."""

    application_recorder_class = EntryRecorder

    def __init__(self, env: Any) -> None:
        """Take the library's settings; POSTGRES_DBNAME is a whole connection string, the others are in it."""
        super(BasePostgresFactory, self).__init__(env)
        self.datastore = EntryDatastore(self.env[self.POSTGRES_DBNAME])


class PostgresEntryStore(RecorderStore):
    """The entries in a PostgreSQL database, one log in each (see `EntryStore` for the promises)."""

    _FACTORY: ClassVar = {
        "PERSISTENCE_MODULE": f"{EntryFactory.__module__}:{EntryFactory.__qualname__}",
        "ORIGINATOR_ID_TYPE": "text",
        "CREATE_TABLE": "n",
    }

    def __init__(self, dsn: str, *, is_read_only: bool = False) -> None:
        """Open a database that `migrate` has made, as the writer's role, or as any that may read.

        dsn  a connection string or URI of libpq, straight to the server: a pooler that lends a session to several
             clients would lend the lead as well

        Raises FileNotFoundError if there is no table, Mismatch if table, triggers or functions are not the ones that
        we make, Refused if the writer's role may do more than append; OSError.
        """
        with reported():
            conninfo = _complete(dsn, is_read_only=is_read_only)
            with _translated(), _connect(conninfo) as connection:
                check_schema(connection)
                if not is_read_only:
                    check_writer(connection)
        super().__init__({**self._FACTORY, "POSTGRES_DBNAME": conninfo})

    def lead(self) -> None:
        """Become the one writer among all machines. Raises Conflict, with the session's name, if another one leads."""
        assert isinstance(self._recorder, EntryRecorder)
        with reported():
            self._recorder.datastore.lead()

    @classmethod
    def migrate(cls, dsn: str, *, writer_role: str | None = None, reader_role: str | None = None) -> None:
        """Make the table with its triggers, where they are not there yet, as their owner; nothing else ever does.

        dsn          connects as the owner, who owns the database or may create a schema in it
        writer_role  a role that is there, and is given INSERT and SELECT
        reader_role  a role that is there, and is given SELECT

        Raises Mismatch if another table has its name; OSError.
        """
        with reported():
            conninfo = _complete(dsn, is_read_only=False)
            with _translated(), _connect(conninfo) as connection:
                migrate(connection, writer_role, reader_role)
