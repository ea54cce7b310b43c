"""The log's write path: batches against their bare parts, and many submitters at once against one alone."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from eventsourcing.persistence import StoredEvent

from bench.measure import Line, Target, Work, compare, format_rate
from bench.replay import parse_signed, verify
from bench.store import append_bare
from bench.world import END, ORIGIN, MemoryLog, found, make_log, make_signer, trust
from ledger.audit.pairing import check_pairing
from ledger.log.book import Book
from ledger.log.pool import Pool
from ledger.office.compose import compose_parts, derive_list
from ledger.office.record import Record
from ledger.proof.event import format_entry

BATCH, BATCHES = 1_000, 10
SUBMITTERS = 64
ALONE, TOGETHER = 100, 3_200
"""Entries that one submitter hands in one after the other, and that 64 do."""


class Desk:
    """A new book for each round, with the first entries in it already."""

    def __init__(self, folder: Path, first: Sequence[bytes]) -> None:
        """Take a folder for the books."""
        self._folders = (folder / str(number) for number in count())
        self._first = first
        self.book: Book[Record] | None = None

    def renew(self) -> None:
        """Begin another book."""
        if self.book is not None:
            self.book.close()
        self.book = Book.open(
            next(self._folders), make_signer(ORIGIN), Record(ORIGIN, check_pairing), clock=lambda: END
        )
        self.book.append(self._first)

    def work(self, entries: Sequence[bytes], batch: int, threads: int = 1) -> Work:
        """Return the work of handing entries in: by batches, or one at a time by so many threads at once."""

        def submit(pool: Pool[Record], mine: Sequence[bytes]) -> None:
            for entry in mine:
                pool.submit(entry)

        def work() -> None:
            assert self.book is not None
            before, pool = self.book.size, Pool(self.book)
            if batch > 1:
                for start in range(0, len(entries), batch):
                    self.book.append(entries[start : start + batch])
            elif threads == 1:
                submit(pool, entries)
            else:
                with ThreadPoolExecutor(threads) as executor:
                    list(executor.map(lambda number: submit(pool, entries[number::threads]), range(threads)))
            assert self.book.size == before + len(entries)

        return work


def measure(rounds: int = 5) -> list[Line]:
    """Measure batches of signed entries, and single submitters, on SQLite."""
    return [_measure_batches(rounds), _measure_submitters(rounds)]


def _measure_batches(rounds: int) -> Line:
    log = make_log(BATCH * BATCHES + 200)
    entries = log[-BATCH * BATCHES :]
    signed = parse_signed(entries)
    events = [StoredEvent("conflicts", number, "conflict.declared/1", entry) for number, entry in enumerate(entries)]
    with TemporaryDirectory() as folder:
        files = (Path(folder) / f"{number}.sqlite" for number in count())
        desk = Desk(Path(folder), log[: -BATCH * BATCHES])

        def bare() -> None:
            verify(signed)
            append_bare(next(files), events, BATCH)

        done = compare(bare, desk.work(entries, BATCH), rounds, desk.renew)
    what = f"log, batches of {BATCH:,} signed entries: rules, store, tiles, checkpoint, {len(entries):,} in all"
    against = (
        f"the bare recorder's insert and the bare verify loop ({format_rate(len(entries), done.baseline_seconds)})"
    )
    return Line(what, against, done.speed, Target(0.5), note=format_rate(len(entries), done.our_seconds))


def _measure_submitters(rounds: int) -> Line:
    first, entries = make_independent(ALONE + TOGETHER)
    with TemporaryDirectory() as folder:
        desk = Desk(Path(folder), first)
        done = compare(desk.work(entries[:ALONE], 1), desk.work(entries[ALONE:], 1, SUBMITTERS), rounds, desk.renew)
    alone, together = ALONE / done.baseline_seconds, TOGETHER / done.our_seconds
    return Line(
        f"log, {SUBMITTERS} submitters at once, an entry each time",
        f"one submitter ({alone:,.0f}/s)",
        done.speed * TOGETHER / ALONE,
        Target(10),
        note=f"{together:,.0f}/s",
    )


def make_independent(size: int) -> tuple[list[bytes], list[bytes]]:
    """Return a founded log, and entries that fit it in any order: lists of one row, each on a subject of its own."""
    log = MemoryLog(Record(ORIGIN, check_pairing, check_signature=trust))
    desk = found(log)
    unit = "bureau/enforcement"
    entries = []
    for number in range(size):
        (text,) = compose_parts(log.record, unit, derive_list([{"id": f"row-{number}"}]), desk.clock())
        entries.append(format_entry(text, [desk.signer(unit)]))
    return log.entries, entries
