"""The one door to the log: many submissions at once, each answered by its receipt or by what refused it.

What is under way when the process is told to stop is finished: `close` waits for it.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from time import monotonic
from typing import Any, TypeVar

from ledger.audit.checks import BY_ID
from ledger.log.book import Book
from ledger.log.pool import Pool
from ledger.office.record import Record
from ledger.proof.checkpoint import check_checkpoint, parse_checkpoint
from ledger.proof.errors import BadSignature, Conflict, LedgerError, Malformed, Mismatch, Unauthorised
from ledger.proof.event import Event, parse_event
from ledger.proof.note import parse_note
from ledger.proof.receipt import Receipt, format_receipt

from ..problems import Problem
from .receipts import Acknowledged
from .rules import RULES_OF_TYPE

ASK_AGAIN_SECONDS = 5.0
"""How soon witnesses that were away are asked again for the same checkpoint."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """An entry's index and its receipt."""

    index: int
    receipt: bytes


class Places:
    """So many threads for work that waits."""

    def __init__(self, most: int, name: str) -> None:
        """Begin with none at work."""
        self._most, self._under_way = most, 0
        self._threads = ThreadPoolExecutor(most, thread_name_prefix=name)

    async def run(self, work: Callable[..., T], *arguments: object) -> T:
        """Do work in a thread. Raises Problem where too much is under way."""
        if self._under_way >= self._most:
            raise Problem("busy", f"正在办理 {self._most} 件", f"{self._most} submissions are under way")
        self._under_way += 1
        future = asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)
        future.add_done_callback(self._leave)  # also where the asker has gone, and nobody awaits it any more
        return await asyncio.shield(future)

    def close(self) -> None:
        """Wait until what is under way is done, and take nothing more."""
        self._threads.shutdown(wait=True)

    def _leave(self, future: "asyncio.Future[T]") -> None:
        self._under_way -= 1
        if not future.cancelled():
            future.exception()  # was told to whoever awaited it; who went away wants no warning in the journal


class Writer:
    """The book, and the threads that wait at it."""

    def __init__(self, book: Book[Record], acknowledged: Acknowledged, clock: Callable[[], int], most: int) -> None:
        """Take the book, open for writing; `most` submissions may be under way at once.

        counter  places apart from theirs, an eighth as many, for the public: whoever comes there keeps no unit waiting
        """
        self.book, self._clock = book, clock
        self._pool, self._acknowledged = Pool(book), acknowledged
        self._places = Places(most, "submission")
        self.counter = Places(max(1, most // 8), "counter")
        self._turn = Lock()
        self._asked = -ASK_AGAIN_SECONDS

    async def hand_in(self, entry: bytes) -> bytes:
        """Record an entry and return its receipt. Raises Problem."""
        return await self.run(self._hand_in, entry)

    async def hand_in_series(self, entries: Sequence[bytes]) -> tuple[list[Acknowledgement], Problem | None]:
        """Record entries one after the other; return those acknowledged, and why the next one is not, if one is not.

        Raises Problem where nothing was begun.
        """
        return await self.run(self._hand_in_series, entries)

    async def run(self, work: Callable[..., T], *arguments: object) -> T:
        """Do work that waits for the disk or the witnesses, in a thread. Raises Problem where too much is under way."""
        return await self._places.run(work, *arguments)

    def close(self) -> None:
        """Wait until what is under way is done, and take nothing more."""
        self._places.close()
        self.counter.close()

    def submit(self, entry: bytes) -> int:
        """Record an entry and return its index, which nothing acknowledges yet. Raises LedgerError, OSError."""
        return self._pool.submit(entry)

    def _hand_in(self, entry: bytes) -> bytes:
        try:
            index = self.submit(entry)
        except (LedgerError, OSError) as error:
            raise explain(error, self.book.record, entry) from error
        return self.acknowledge(index)

    def _hand_in_series(self, entries: Sequence[bytes]) -> tuple[list[Acknowledgement], Problem | None]:
        done = list[Acknowledgement]()
        try:
            indexes, refusal = self._pool.submit_series(entries)
        except (LedgerError, OSError) as error:
            return done, explain(error, self.book.record, entries[0])
        try:
            for index in indexes:
                done.append(Acknowledgement(index, self.acknowledge(index)))
        except Problem as problem:
            return done, problem
        return done, None if refusal is None else explain(refusal, self.book.record, entries[len(done)])

    def acknowledge(self, index: int) -> bytes:
        """Return an entry's receipt, under the first checkpoint over it that the policy's quorum has cosigned.

        Raises Problem if there is none yet; OSError.
        """
        with self._turn:
            checkpoint = self._acknowledged.find(index)
            if checkpoint is None:
                checkpoint = self._find_cosigned()
                self._acknowledged.keep(checkpoint)
        path = self.book.record.tree.prove_inclusion(index, _read_size(checkpoint))
        return format_receipt(Receipt(index, tuple(path), checkpoint))

    def _find_cosigned(self) -> bytes:
        """Return the published checkpoint, once the quorum has cosigned it; who was away is asked again."""
        checkpoint = self.book.checkpoint
        if not self._has_quorum(checkpoint) and monotonic() - self._asked >= ASK_AGAIN_SECONDS:
            self._asked = monotonic()
            try:
                checkpoint = self.book.ask_witnesses()
            except (LedgerError, OSError) as error:
                raise make_stopped() from error
        if not self._has_quorum(checkpoint):
            size = parse_checkpoint(parse_note(checkpoint).text).size
            raise Problem(
                "unacknowledged",
                f"覆盖 {size} 条的检查点尚未达到政策的见证人法定数：条目已记录，尚未回执；请再次提交同样的字节",
                f"the checkpoint over {size} entries has not the quorum of the policy's witnesses yet: the entry is "
                "recorded and not acknowledged; hand in the same bytes again",
            )
        return checkpoint

    def _has_quorum(self, checkpoint: bytes) -> bool:
        record = self.book.record
        policy, log_key = record.policy_at(self._clock()), record.log_key
        assert log_key is not None  # entry 0 names it, and without entries nothing is acknowledged
        if not policy.witnesses.quorum:
            return True
        times = check_checkpoint(checkpoint, log_key, list(policy.witness_keys.values())).times
        return policy.attested_time(times) is not None


@lru_cache(16)
def _read_size(checkpoint: bytes) -> int:
    """Return a checkpoint's size; many receipts are under the same one."""
    return parse_checkpoint(parse_note(checkpoint).text).size


def make_stopped() -> Problem:
    """Return what is told once the log takes nothing more."""
    return Problem(
        "stopped",
        "日志已停止写入，须重新打开后才能继续",
        "the log has stopped, and takes nothing more until it is opened again",
    )


def explain(error: LedgerError | OSError, record: Record, entry: bytes) -> Problem:
    """Return the problem that a refusal is."""
    if isinstance(error, OSError) or (error.check is None and not isinstance(error, Malformed)):
        return make_stopped()
    members: dict[str, Any] = {}
    if error.check is not None:
        members = {"check": BY_ID[error.check].number, "check_id": error.check}
    try:
        event = parse_event(entry, record.origin or "")
    except LedgerError as malformed:
        return Problem.from_error("malformed", malformed, **members)
    members["rules"] = list(RULES_OF_TYPE.get(event.type, ()))
    return Problem.from_error(_find_code(error, record, event), error, headers=_ask_signature(error), **members)


def _find_code(error: LedgerError, record: Record, event: Event) -> str:
    match error:
        case Malformed():
            return "malformed"
        case BadSignature():
            is_known = all(record.keys.find(line) is not None for line in event.signatures)
            return "bad-signature" if is_known else "unknown-key"
        case Unauthorised():
            keys = [key for line in event.signatures if (key := record.keys.find(line)) is not None]
            is_in_force = all(record.keys.is_in_force(record, event, key) for key in keys)
            return "no-duty" if is_in_force else "key-not-in-force"
        case Conflict():
            return "stale"
        case Mismatch() | _:
            return "refused"


def _ask_signature(error: LedgerError) -> dict[str, str]:
    """Return the header that RFC 9110 wants beside 401."""
    return {"WWW-Authenticate": 'Signed-Note realm="events"'} if isinstance(error, BadSignature | Unauthorised) else {}
