"""What the public side shows: the log as it was published, replayed and checked, and read from nothing but its files.

It holds no key, takes no lock and writes nothing, so it may be a process of its own, on a machine of its own, beside a
copy of `log/`. Each refresh takes in the entries that came since, through the same rules as an auditor's replay.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from ledger.audit.folder import StoredEntries, read_log
from ledger.audit.pairing import check_pairing
from ledger.cli.installation import read_clock
from ledger.cli.published import find_log
from ledger.office.policy import Policy
from ledger.office.record import Record
from ledger.proof.checkpoint import parse_checkpoint
from ledger.proof.encoding import derive_day
from ledger.proof.errors import LedgerError, Mismatch
from ledger.proof.event import Event, parse_event
from ledger.proof.note import parse_note
from ledger.views.fold import Fold


class Published:
    """The record and its views as of the newest published checkpoint.

    folder      the log's own folder
    record      after all the entries that the checkpoint covers
    rows        the same, as the views' rows
    checkpoint  its note, as bytes
    subjects    subject -> indexes of its entries
    lock        held by whoever reads the record while others may refresh
    """

    def __init__(self, folder: Path, clock: Callable[[], int] = read_clock, complaints_at: str = "") -> None:
        """Read and check the log at a folder; by the clock it is told what is late.

        complaints_at  the address where complaints are taken; empty where this side names none

        Raises LedgerError, with the entry's index; OSError.
        """
        self.folder, self._clock, self.complaints_at = find_log(folder), clock, complaints_at
        self.record = Record(pairing=check_pairing, takes_unknown=True)
        self.rows = Fold()
        self.subjects: defaultdict[str, list[int]] = defaultdict(list)
        self.checkpoint = b""
        self.lock = Lock()
        self.refresh()

    @property
    def size(self) -> int:
        """How many entries are taken in."""
        return self.record.size

    @property
    def policy(self) -> Policy:
        """The newest policy; names of units are taken from it."""
        return self.record.policies[-1][1]

    @property
    def today(self) -> str:
        """The day in Shanghai."""
        return derive_day(self._clock())

    def refresh(self) -> bool:
        """Take in what was published since; tell whether there was anything.

        Raises Mismatch if the log was cut or changed; LedgerError if an entry is refused; OSError.
        """
        with self.lock:
            checkpoint, entries = read_log(self.folder)
            if checkpoint == self.checkpoint:
                return False
            word = parse_checkpoint(parse_note(checkpoint).text)
            if len(entries) < self.size:
                raise Mismatch(f"log: {len(entries)} entries are published, {self.size} were before")
            self._take(entries)
            if self.record.tree.root() != word.root:
                raise Mismatch(f"log: its entries do not give the checkpoint's root at size {word.size}")
            self.checkpoint = checkpoint
            return True

    def _take(self, entries: StoredEntries) -> None:
        for index, entry in entries.after(self.size):
            try:
                event = self.record.append(entry)
            except LedgerError as error:
                raise type(error)(f"entry {index}: {error}") from error
            self.rows.take(entry)
            self.subjects[event.subject].append(index)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Take in what was published since, and keep it as it is until what is derived from it is answered."""
        self.refresh()
        with self.lock:
            yield

    def entries(self) -> StoredEntries:
        """Return all entries that are taken in."""
        return StoredEntries(self.folder, self.size)

    def entry(self, index: int) -> bytes:
        """Return an entry's bytes. Raises Malformed, OSError."""
        return self.entries()[index]

    def events(self, subject: str) -> list[tuple[int, Event]]:
        """Return a subject's events with their indexes, in order."""
        origin = self.record.origin or ""
        return [(index, parse_event(self.entry(index), origin)) for index in self.subjects.get(subject, [])]
