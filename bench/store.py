"""The store: our recorder, with its gap-free index and its triggers, against the library's bare one; both durable."""

from collections.abc import Sequence
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from eventsourcing.persistence import StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore

from bench.measure import Line, compare, format_rate
from ledger.store.entries import Entry
from ledger.store.sqlite import SqliteEntryStore

DATA = bytes(600)
"""As large as a usual entry."""


def measure(rounds: int = 5) -> list[Line]:
    """Measure appending 20,000 entries in batches of 1,000, and 300 one by one."""
    return [_measure(20_000, 1_000, rounds), _measure(300, 1, rounds)]


def _measure(entries: int, batch: int, rounds: int) -> Line:
    with TemporaryDirectory() as folder:
        files = (Path(folder) / f"{number}.sqlite" for number in count())

        def bare() -> None:
            events = [StoredEvent(_subject(n), n % 10, "case.assigned/1", DATA) for n in range(entries)]
            append_bare(next(files), events, batch)

        done = compare(bare, lambda: append_ours(next(files), entries, batch), rounds)
    what = f"store, appending {entries:,} entries of {len(DATA)} bytes, {batch:,} a call"
    against = f"eventsourcing's bare SQLite recorder ({format_rate(entries, done.baseline_seconds)})"
    return Line(what, against, done.speed, note=format_rate(entries, done.our_seconds))


def _subject(number: int) -> str:
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
    store = SqliteEntryStore(file)
    for start in range(0, entries, batch):
        numbers = range(start, start + batch)
        store.append([Entry(_subject(n), n % 10, "case.assigned/1", DATA) for n in numbers], start)
    store.close()
