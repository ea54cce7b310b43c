"""What a store keeps, and what it promises, whatever database stands behind it."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class Entry(NamedTuple):
    """One entry of the log as a store keeps it.

    subject   the stream that it belongs to, such as draw/bureau/2027-01/001
    position  how many entries of that subject stand before it: 0, 1, 2, ...
    type      the event's type, such as seed.committed/1: a fixed word, never a class of this program
    data      the note's bytes exactly as they were signed
    """

    subject: str
    position: int
    type: str
    data: bytes

    @property
    def originator_id(self) -> str:
        """The subject, by the library's name."""
        return self.subject

    @property
    def originator_version(self) -> int:
        """The position, by the library's name."""
        return self.position


class EntryStore(Protocol):
    """An append-only list of entries. An entry's index is its place in the Merkle tree, from 0, without gaps.

    Any number of threads and processes may read while one appends. What goes wrong with the disk or the database
    is an OSError; then the caller does not know whether its entries were kept, and must ask `size` again.
    """

    def size(self) -> int:
        """Return how many entries there are."""
        ...

    def read(self, start: int, limit: int) -> list[Entry]:
        """Return the entries from index `start` on, at most `limit`; none where there are none yet.

        Raises Mismatch if one of them is missing.
        """
        ...

    def append(self, entries: Sequence[Entry], expected_size: int) -> None:
        """Keep all the entries or none, so that a power cut after the return loses nothing.

        expected_size  how many entries the caller takes the store to have

        Raises Conflict if the store has another size, if a position does not follow its subject's last, or if another
        one leads. Whoever led and has lost the lead gets an OSError from now on.
        """
        ...

    def lead(self) -> None:
        """Become the one writer among all who have this store open, until it is closed or this process ends.

        From now on nobody else's append is taken.

        Raises Conflict at once, naming it where it is known, if another one leads; or this one already does.
        """
        ...

    def close(self) -> None:
        """Let go of the database. Closing twice is allowed."""
        ...
