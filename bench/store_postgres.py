"""The PostgreSQL store, on a server of the tests' own; imported only where psycopg is installed."""

from collections.abc import Iterable, Iterator
from contextlib import closing

import psycopg

from bench.measure import Compared, compare
from bench.store import DATA, append_all, get_subject
from ledger.store.postgres import PostgresEntryStore
from postgres import OWNER, WRITER, Server, find_binaries, run_server

Size = tuple[int, int]
"""How many entries, and how many of them a call."""


def measure(sizes: Iterable[Size], rounds: int) -> Iterator[Compared]:
    """Yield what each size gives; nothing where there is no server to be had."""
    if binaries := find_binaries():
        with run_server(binaries) as server:
            yield from [_measure(server, size, rounds) for size in sizes]


def _measure(server: Server, size: Size, rounds: int) -> Compared:
    return compare(lambda: copy_bare(server, *size), lambda: append_ours(server, *size), rounds)


def copy_bare(server: Server, entries: int, batch: int) -> None:
    """The baseline: the same rows into the same table without triggers, one COPY and one COMMIT a batch."""
    database = server.make_database()
    with psycopg.connect(server.dsn(database, OWNER), autocommit=True) as connection:
        connection.execute("CREATE SCHEMA ledger")
        connection.execute(
            """CREATE TABLE ledger.bare (notification_id bigint PRIMARY KEY, originator_id text COLLATE "C" NOT NULL,
            originator_version bigint NOT NULL, topic text NOT NULL, state bytea NOT NULL,
            UNIQUE (originator_id, originator_version))"""
        )
        for start in range(0, entries, batch):
            with (
                connection.transaction(),
                connection.cursor() as cursor,
                cursor.copy("COPY ledger.bare FROM STDIN (FORMAT BINARY)") as copy,
            ):
                copy.set_types(["int8", "text", "int8", "text", "bytea"])
                for n in range(start, start + batch):
                    copy.write_row((n + 1, get_subject(n), n % 10, "case.assigned/1", DATA))
    server.reset(database)


def append_ours(server: Server, entries: int, batch: int) -> None:
    """Ours: the store in a new schema, opened with all its checks."""
    database = server.make_database()
    PostgresEntryStore.migrate(server.dsn(database, OWNER), writer_role=WRITER)
    with closing(PostgresEntryStore(server.dsn(database, WRITER))) as store:
        append_all(store, entries, batch)
    server.reset(database)
