"""The projections built from nothing, against the bare read of the same rows from the store."""

import json
from collections import Counter
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.measure import Line, Target, compare, format_rate
from ledger.audit.folder import read_log
from ledger.store.entries import Entry
from ledger.store.sqlite import SqliteEntryStore
from ledger.views.fold import Fold

EVENTS = 100_000
PAGE = 1_000


def measure(rounds: int = 5) -> list[Line]:
    """Measure the rebuild of 100,000 events: simulated years of a district, one after the other in one store."""
    from year.district import SIZES
    from year.life import Year

    with TemporaryDirectory() as name:
        year = Year(Path(name) / "year", SIZES["longyan"], tell=lambda _: None)
        year.live()
        entries = [*read_log(year.installation.folder / "log")[1]]
        file = Path(name) / "many.sqlite"
        many = [entry for _ in range(EVENTS // len(entries) + 1) for entry in entries][:EVENTS]
        SqliteEntryStore.migrate(file)
        with closing(SqliteEntryStore(file)) as store:
            _fill(store, many)
            done = compare(lambda: _read(store), lambda: _rebuild(store), rounds)
    length = sum(map(len, many)) // EVENTS
    return [
        Line(
            f"views of {EVENTS:,} events of {length} bytes, rebuilt from nothing",
            f"the bare read of the same rows ({format_rate(EVENTS, done.baseline_seconds)})",
            1 / done.speed,
            Target(8, is_least=False),
            unit="× its time",
            note=format_rate(EVENTS, done.our_seconds),
        )
    ]


def _fill(store: SqliteEntryStore, entries: list[bytes]) -> None:
    positions: Counter[str] = Counter()
    rows = []
    for number, data in enumerate(entries):
        event = json.loads(data.split(b"\n", 2)[1])
        subject = f"{event['subject']}/{number // PAGE:04d}" if event["type"] == "log.founded/1" else event["subject"]
        rows.append(Entry(subject, positions[subject], event["type"], data))
        positions[subject] += 1
    for start in range(0, len(rows), PAGE):
        store.append(rows[start : start + PAGE], start)


def _read(store: SqliteEntryStore) -> int:
    return sum(len(store.read(start, PAGE)) for start in range(0, EVENTS, PAGE))


def _rebuild(store: SqliteEntryStore) -> list[Fold]:
    """Fold every row that is read; a founding begins the next year's rows."""
    folds: list[Fold] = []
    for start in range(0, EVENTS, PAGE):
        for entry in store.read(start, PAGE):
            if entry.type == "log.founded/1":
                folds.append(Fold())
            folds[-1].take(entry.data)
    return folds
