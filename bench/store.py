"""The stores: our recorders, with gap-free index and triggers, against the bare operation; both durable."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from eventsourcing.persistence import StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore

from bench.measure import Compared, Line, compare, format_rate
from ledger.store.entries import Entry, EntryStore
from ledger.store.sqlite import SqliteEntryStore

DATA = bytes(600)
"""As large as a usual entry."""


def measure(rounds: int = 5) -> list[Line]:
    """Measure appending 20,000 entries in batches of 1,000, and 300 one by one, to SQLite and to PostgreSQL."""
    sizes = ((20_000, 1_000), (300, 1))
    return [*(_measure_sqlite(*size, rounds) for size in sizes), *_measure_postgres(sizes, rounds)]


def _measure_sqlite(entries: int, batch: int, rounds: int) -> Line:
    with TemporaryDirectory() as folder:
        files = (Path(folder) / f"{number}.sqlite" for number in count())

        def bare() -> None:
            events = [StoredEvent(get_subject(n), n % 10, "case.assigned/1", DATA) for n in range(entries)]
            append_bare(next(files), events, batch)

        done = compare(bare, lambda: append_ours(next(files), entries, batch), rounds)
    return _line("SQLite", entries, batch, "eventsourcing's bare SQLite recorder", done)


def _measure_postgres(sizes: Iterable[tuple[int, int]], rounds: int) -> Iterator[Line]:
    try:
        from bench.store_postgres import measure as measure_postgres
    except ImportError:
        yield Line("PostgreSQL store", "psycopg: not installed", float("nan"))
        return
    for size, done in zip(sizes, measure_postgres(sizes, rounds), strict=False):
        yield _line("PostgreSQL", *size, "bare psycopg COPY of the same rows", done)


def _line(store: str, entries: int, batch: int, baseline: str, done: Compared) -> Line:
    what = f"{store} store, appending {entries:,} entries of {len(DATA)} bytes, {batch:,} a call"
    against = f"{baseline} ({format_rate(entries, done.baseline_seconds)})"
    return Line(what, against, done.speed, note=format_rate(entries, done.our_seconds))


def get_subject(number: int) -> str:
    """Return the subject of the entry of this number; each has ten."""
    return f"case/{number // 10}"


def append_bare(file: Path, events: Sequence[StoredEvent], batch: int) -> None:
    """The baseline: the library's recorder as it comes, its commits waiting for the disk as ours do."""
    datastore = SQLiteDatastore(str(file), originator_id_type="text")
    recorder = SQLiteApplicationRecorder(datastore)
    recorder.create_table()
    with datastore.transaction(commit=False) as cursor:
        cursor.execute("PRAGMA synchronous")
        mode = cursor.fetchone()[0]
    assert mode == 2, f"SQLite synchronous={mode}, expected 2 (FULL)"
    for start in range(0, len(events), batch):
        recorder.insert_events(events[start : start + batch])
    datastore.close()


def append_ours(file: Path, entries: int, batch: int) -> None:
    """Ours: the store that the log stands on."""
    SqliteEntryStore.migrate(file)
    with closing(SqliteEntryStore(file)) as store:
        append_all(store, entries, batch)


def append_all(store: EntryStore, entries: int, batch: int) -> None:
    """Append as a book does: it leads, and appends a batch, then the next."""
    store.lead()
    for start in range(0, entries, batch):
        numbers = range(start, start + batch)
        store.append([Entry(get_subject(n), n % 10, "case.assigned/1", DATA) for n in numbers], start)
