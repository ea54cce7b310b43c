"""What the public side shows: the log as it was published, replayed and checked, and read from nothing but its files.

It holds no key, takes no lock of the log's and writes nothing, so it may be a process of its own, on a machine of its
own, beside a copy of `log/`. Each refresh takes in the entries that came since, through the same rules as an auditor's
replay.
"""

import os
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from time import monotonic
from typing import Any, NamedTuple, TypeVar, cast

from ledger.audit.folder import StoredEntries
from ledger.audit.pairing import check_pairing
from ledger.cli.installation import read_clock
from ledger.cli.published import find_log
from ledger.office.policy import Policy
from ledger.office.record import Record
from ledger.proof.checkpoint import parse_checkpoint
from ledger.proof.encoding import derive_day
from ledger.proof.errors import LedgerError, Malformed, Mismatch
from ledger.proof.event import Event, parse_event
from ledger.proof.note import parse_note
from ledger.views.disclosure import Disclosures
from ledger.views.fold import Fold
from ledger.views.registries import find_policy

from .lock import SharedLock

T = TypeVar("T")

CHECKPOINT_BYTES = 1 << 16
"""No checkpoint is longer; one that is cut is another, and refused when it is parsed."""
RETRY_SECONDS = 1.0
"""After how long it is tried again to take in what could not be."""
DERIVED = 4
"""How many things of one kind are kept beside the record: of as many draws, or years."""


class State(NamedTuple):
    """All that an answer depends on beside what was asked: the checkpoint's note, and the day in Shanghai."""

    checkpoint: bytes
    today: str


class Published:
    """The record and its views as of the newest published checkpoint.

    folder       the log's own folder
    record       after all the entries that the checkpoint covers
    rows         the same, as the views' rows
    disclosures  the same, as the disclosure log
    state        the checkpoint that they stand at, and the day by which things are late
    subjects     subject -> indexes of its entries
    trouble      why what is published now could not be taken in; None where it is

    They stand still only for whoever holds them by `reading`.
    """

    def __init__(
        self,
        folder: Path,
        clock: Callable[[], int] = read_clock,
        complaints_at: str = "",
        warn: Callable[[LedgerError | OSError], None] = lambda error: None,
        takes_complaints: bool = False,
    ) -> None:
        """Read and check the log at a folder; by the clock it is told what is late.

        complaints_at     the address where complaints are taken; empty where this side names none
        warn              told once of each state that could not be taken in
        takes_complaints  whether this process takes them itself

        Raises LedgerError, with the entry's index; OSError.
        """
        self.folder, self._clock, self.complaints_at = find_log(folder), clock, complaints_at
        self.takes_complaints = takes_complaints
        self.trouble: LedgerError | OSError | None = None
        self._warn, self._refused, self._again = warn, State(b"", ""), 0.0
        self.record = Record(pairing=check_pairing, takes_unknown=True)
        self.rows = Fold()
        self.disclosures = Disclosures(self.rows)
        self.subjects: defaultdict[str, list[int]] = defaultdict(list)
        self.state = State(b"", "")
        self._lock = SharedLock()
        self._derived: defaultdict[str, dict[Hashable, Any]] = defaultdict(dict)
        self._deriving = RLock()
        self.refresh()

    @property
    def size(self) -> int:
        """How many entries are taken in."""
        return self.record.size

    @property
    def policy(self) -> Policy:
        """The newest policy; names of units are taken from it, and nothing else."""
        return self.record.policies[-1][1]

    @property
    def in_force(self) -> Policy:
        """The policy in force where the record ends; what is public, and by when, is taken from it (T37).

        It depends on the log alone, as for every auditor, and not on this machine's clock.
        """
        return self.once("in force", None, lambda: find_policy(self.record))

    @property
    def checkpoint(self) -> bytes:
        """The note of the checkpoint that is taken in."""
        return self.state.checkpoint

    @property
    def today(self) -> str:
        """The day in Shanghai by which things are late."""
        return self.state.today

    def look(self) -> State:
        """Return the state as it is now, which may not be taken in yet. Raises OSError.

        One that could not be taken in is tried again after a second; until then it is the state before.
        """
        descriptor = os.open(self.folder / "checkpoint", os.O_RDONLY)
        try:
            now = State(os.read(descriptor, CHECKPOINT_BYTES), derive_day(self._clock()))
        finally:
            os.close(descriptor)
        return self.state if now == self._refused and monotonic() < self._again else now

    def refresh(self) -> bool:
        """Take in what was published since; tell whether there was anything.

        Where it is not all there yet, as in a copy under way, what was taken in before stays as it is.

        Raises Mismatch if the log was cut or changed; LedgerError if an entry is refused; OSError.
        """
        if self.look() == self.state:
            return False
        with self._lock.alone():
            state = self.look()
            if state == self.state:  # another was here first
                return False
            is_new = state.checkpoint != self.checkpoint
            if is_new:
                size = self.size
                try:
                    self._take_in(state.checkpoint)
                except (LedgerError, OSError) as error:
                    self._refuse(state, error, is_as_before=0 < size == self.size)
                    return False
            self._derived.clear()
            self.state, self.trouble = state, None
            return is_new

    def _take_in(self, checkpoint: bytes) -> None:
        word = parse_checkpoint(parse_note(checkpoint).text)
        if word.size < self.size:
            raise Mismatch(f"log: {word.size} entries are published, {self.size} were before")
        new = StoredEntries(self.folder, word.size).after(self.size)
        self._take(list(new) if self.size else new)  # read to the end before anything of it is taken in
        if self.record.tree.root() != word.root:
            raise Mismatch(f"log: its entries do not give the checkpoint's root at size {word.size}")

    def _refuse(self, state: State, error: LedgerError | OSError, *, is_as_before: bool) -> None:
        """Go on with what there is, where nothing of the new was taken in and nothing says that the old was changed."""
        is_first = self.trouble is None or state != self._refused
        self.trouble = error
        if not is_as_before or not isinstance(error, Malformed | OSError):
            raise error
        if is_first:
            self._warn(error)
        self._refused, self._again = state, monotonic() + RETRY_SECONDS

    def _take(self, entries: Iterable[tuple[int, bytes]]) -> None:
        for index, entry in entries:
            try:
                event = self.record.append(entry)
            except LedgerError as error:
                raise type(error)(f"entry {index}: {error}") from error
            self.disclosures.take(entry)
            self.subjects[event.subject].append(index)

    @contextmanager
    def reading(self) -> Iterator[State]:
        """Take in what was published since, and keep it as it is until what is derived from it is answered."""
        self.refresh()
        with self._lock.shared():
            yield self.state

    def once(self, kind: str, key: Hashable, derive: Callable[[], T]) -> T:
        """Return what is derived once for each state, and shared by many answers; for whoever holds it by `reading`.

        Of each kind few are kept: what was derived first makes room.
        """
        found = self._derived[kind]
        made = found.get(key)
        if made is None:
            with self._deriving:  # whoever asks for the same meanwhile waits, and gets it
                made = found.get(key)
                if made is None:
                    made = found[key] = derive()
                    if len(found) > DERIVED:
                        del found[next(iter(found))]
        return cast(T, made)

    def entries(self) -> StoredEntries:
        """Return all entries that are taken in."""
        return StoredEntries(self.folder, self.size)

    def events(self, subject: str) -> list[tuple[int, Event]]:
        """Return a subject's events with their indexes, in order."""
        origin = self.record.origin or ""
        entries = self.entries().pick(self.subjects.get(subject, ()))
        return [(index, parse_event(entry, origin)) for index, entry in entries]
