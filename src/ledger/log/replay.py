"""Replaying the store: every entry goes through the rules again, and must be where and what the store says it is."""

from collections import Counter
from typing import Generic, Protocol, TypeVar

from ledger.proof.encoding import Hash
from ledger.proof.errors import LedgerError, Mismatch
from ledger.proof.event import Event
from ledger.proof.merkle import Tree, derive_leaf_hash
from ledger.store.entries import Entry, EntryStore

CHUNK = 64
"""How many entries are in memory at once: about 4 MB at most."""


class Record(Protocol):
    """What the book asks of the fold over all entries; `ledger.office.record.Record` is one."""

    tree: Tree

    def append(self, entry: bytes, latest: int | None = None) -> Event:
        """Check an entry against all rules and apply it. Raises LedgerError, and is then unchanged.

        latest  the newest time, in Unix seconds, that it may claim; None for one that was recorded before
        """
        ...


R = TypeVar("R", bound=Record)


class Replay(Generic[R]):
    """A record, and beside it where every entry's bytes stand and how many entries each subject has."""

    def __init__(self, record: R) -> None:
        """Take a record to which nothing was applied yet."""
        assert not len(record.tree), "expected a record without entries"
        self.record = record
        self._indexes: dict[Hash, int] = {}
        self._counts: Counter[str] = Counter()

    @property
    def size(self) -> int:
        """How many entries were applied."""
        return len(self.record.tree)

    def append(self, data: bytes, latest: int | None = None) -> Entry:
        """Apply an entry and return it as a store keeps it; `latest` is the record's. Raises LedgerError, unchanged."""
        event = self.record.append(data, latest)
        entry = Entry(event.subject, self._counts[event.subject], event.type, data)
        self._counts[event.subject] += 1
        self._indexes.setdefault(self.record.tree.leaf_hash(self.size - 1), self.size - 1)
        return entry

    def find(self, data: bytes) -> int | None:
        """Return the index of these very bytes, None if they were not applied."""
        return self._indexes.get(derive_leaf_hash(data))

    def read(self, store: EntryStore, size: int) -> None:
        """Apply the store's entries up to `size`, a chunk at a time.

        Raises Mismatch, naming the entry, if one is missing, is refused by the rules, or stands under another subject,
        position or type than its bytes say.
        """
        while self.size < size:
            chunk = store.read(self.size, min(CHUNK, size - self.size))
            if not chunk:
                raise Mismatch(f"store: it ends with {self.size} entries, expected {size}")
            for kept in chunk:
                self._apply(kept)

    def _apply(self, kept: Entry) -> None:
        index = self.size
        try:
            entry = self.append(kept.data)
        except LedgerError as error:
            refused = Mismatch(f"store: entry {index} is not one that the rules accept: {error}")
            refused.check = error.check
            raise refused from error
        if entry != kept:
            raise Mismatch(f"store: entry {index} stands as {kept[:3]}, its bytes say {entry[:3]}")
