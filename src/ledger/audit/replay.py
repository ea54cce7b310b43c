"""Replaying a log: every entry through every rule, signatures checked on both of a machine's cores.

The fold itself is one thread's work; the signatures that it asks for are collected, and checked in runs by a second
process and, while that one is busy, by this one. What is reported is always the first wrong thing in the log's order.
"""

import gc
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import NamedTuple

from ledger.audit.collector import collector_held
from ledger.audit.signatures import Task, check_run
from ledger.office.record import Record
from ledger.proof.errors import BadSignature, LedgerError
from ledger.proof.note import Signature, Verifier
from ledger.proof.randomness import CheckPairing

RUN = 512
"""How many signatures are handed over at once."""


@dataclass(frozen=True, slots=True)
class Failure:
    """The first wrong thing: the entry's index, and what is wrong with it."""

    index: int
    error: LedgerError


class Replayed(NamedTuple):
    """A record as far as it could be folded, and what stopped it (None at the end of the entries)."""

    record: Record
    failure: Failure | None


class _Signatures:
    """Signatures that the fold has asked for and that are not checked yet."""

    def __init__(self, workers: int) -> None:
        self._pool = ProcessPoolExecutor(workers, get_context("spawn")) if workers else None
        self._running: deque[tuple[list[int], Future[tuple[int, str] | None]]] = deque()
        self._indexes: list[int] = []
        self._tasks: list[Task] = []
        self.index = 0
        self.failure: Failure | None = None

    def collect(self, verifier: Verifier, text: str, line: Signature) -> None:
        """Take a signature of the entry at `index`; hand over a run when it is full."""
        self._indexes.append(self.index)
        self._tasks.append((verifier, text.encode(), line.signature))
        if len(self._tasks) >= RUN:
            self._hand_over()

    def _hand_over(self) -> None:
        indexes, tasks, self._indexes, self._tasks = self._indexes, self._tasks, [], []
        while self._running and self._running[0][1].done():
            self._note(*self._running.popleft())
        if self._pool is not None and len(self._running) < 2:
            self._running.append((indexes, self._pool.submit(check_run, tasks)))
        else:
            self._fail(indexes, check_run(tasks))

    def _note(self, indexes: list[int], future: "Future[tuple[int, str] | None]") -> None:
        self._fail(indexes, future.result())

    def _fail(self, indexes: list[int], bad: tuple[int, str] | None) -> None:
        if bad is not None and (self.failure is None or indexes[bad[0]] < self.failure.index):
            error = BadSignature(bad[1])
            error.check = "signatures"
            self.failure = Failure(indexes[bad[0]], error)

    def finish(self) -> None:
        """Check what is left."""
        if self._tasks:
            self._fail(self._indexes, check_run(self._tasks))
        while self._running:
            self._note(*self._running.popleft())

    def close(self) -> None:
        """End the further processes, also where something stopped the fold that is no refusal."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)


def replay(
    entries: Iterable[bytes],
    *,
    pairing: CheckPairing | None,
    origin: str | None = None,
    workers: int = 0,
    progress: Callable[[int], None] | None = None,
) -> Replayed:
    """Fold entries into a record, each checked whole. They are gone through once, and not kept.

    pairing   checks drand rounds; None leaves them unchecked
    workers   further processes that check signatures; worth it from some thousands of entries on
    progress  called now and then with the number of entries folded

    An event type that this version does not know is taken in and listed in the record's `unknown`.
    """
    with collector_held():
        signatures = _Signatures(workers)
        try:
            record = Record(origin, pairing, check_signature=signatures.collect, takes_unknown=True)
            failure = _fold(entries, record, signatures, progress)
            signatures.finish()
        finally:
            signatures.close()
    if signatures.failure is not None and (failure is None or signatures.failure.index <= failure.index):
        failure = signatures.failure
    return Replayed(record, failure)


def _fold(
    entries: Iterable[bytes], record: Record, signatures: _Signatures, progress: Callable[[int], None] | None
) -> Failure | None:
    """Take entries in until one is refused, or a signature asked for before is known to be bad."""
    for index, entry in enumerate(entries):
        signatures.index = index
        try:
            record.append(entry)
        except LedgerError as error:
            return Failure(index, error)
        if signatures.failure is not None:
            break
        if index % RUN == 0:
            gc.collect(0)  # young objects only: cycles, if a rule makes any, do not pile up
            if progress is not None:
                progress(index)
    return None
