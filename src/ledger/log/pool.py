"""Group commit: submissions that arrive while a batch is being written are the next batch.

Nobody waits for a timer. A lone submitter's entry is written at once; sixty-four at a time share one wait for the disk
and one checkpoint. Each is answered for itself: what the rules refuse of one submission leaves the others alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Condition
from typing import Generic

from ledger.proof.errors import LedgerError

from .book import Book, Outcome
from .replay import R

BATCH = 1_000
"""How many submissions at most share a checkpoint, so that none waits for a very long batch."""


@dataclass(slots=True)
class _Submission:
    entries: Sequence[bytes]
    outcome: Outcome | None = None
    error: BaseException | None = None

    @property
    def is_answered(self) -> bool:
        return self.outcome is not None or self.error is not None


class Pool(Generic[R]):
    """A door to a book for many threads at once."""

    def __init__(self, book: Book[R]) -> None:
        """Take a book that is open for writing."""
        self._book = book
        self._waiting: list[_Submission] = []
        self._changed = Condition()
        self._is_writing = False

    def submit(self, entry: bytes) -> int:
        """Record an entry and return its index once the checkpoint over it is published.

        Raises what the rules raise if it is refused; what stopped the book, if it had to stop.
        """
        outcome = self.submit_series([entry])
        if outcome.refusal is not None:
            raise outcome.refusal
        return outcome.indexes[0]

    def submit_series(self, entries: Sequence[bytes]) -> Outcome:
        """Record entries one after the other, up to the first that the rules refuse; return what became of them.

        Not all or none: refusing the second of several would undo the first, which costs a replay of the whole log, and
        everybody in the batch would wait for it.

        Raises what stopped the book, if it had to stop.
        """
        submission = _Submission(entries)
        with self._changed:
            self._waiting.append(submission)
            self._changed.wait_for(lambda: submission.is_answered or not self._is_writing)
            if not submission.is_answered:
                self._is_writing = True  # whoever comes to it first writes for all who wait
        if not submission.is_answered:
            try:
                while not submission.is_answered:
                    self._write()
            finally:
                with self._changed:
                    self._is_writing = False
                    self._changed.notify_all()
        if submission.error is not None:
            raise submission.error
        assert submission.outcome is not None
        return submission.outcome

    def _write(self) -> None:
        with self._changed:
            batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
        try:
            outcomes = self._book.append_each([submission.entries for submission in batch])
        except BaseException as error:  # the book has stopped: nobody of this batch is acknowledged, or waits for ever
            for submission in batch:
                submission.error = error
            if not isinstance(error, LedgerError | OSError):
                raise
            return
        for submission, outcome in zip(batch, outcomes, strict=True):
            submission.outcome = outcome
        with self._changed:
            self._changed.notify_all()
