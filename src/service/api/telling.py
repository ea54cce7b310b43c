"""Nothing private is told before the log says to whom: a read is recorded, and acknowledged, or it does not take place.

The service signs the entry with its own key, and shows the unit's signed request in it, which makes each request count
once, for as long as there is the log. What was recorded and then not told, because too few witnesses had signed yet,
stands there all the same.
"""

from collections.abc import Callable
from threading import Lock

from ledger.client.signatures import Signed
from ledger.office.compose import compose_event
from ledger.office.events.log import OpeningsRead, SignedRequest
from ledger.office.policy import SERVICE
from ledger.office.record import Record
from ledger.proof.errors import LedgerError
from ledger.proof.event import format_entry
from ledger.proof.note import Signer, format_base64

from ..problems import Problem
from .writer import Writer, explain


class Teller:
    """What is asked before a private value is told."""

    def __init__(self, writer: Writer, key: Signer | None, clock: Callable[[], int]) -> None:
        """Take the log's writer, and the service's own key; None where it does not lie here, and nothing is told."""
        self._writer, self._key, self._clock = writer, key, clock
        self._turns: dict[str, Lock] = {}

    def record(self, unit: str, of: str, count: int, signed: Signed) -> None:
        """Put a read into the log, under the quorum's cosignatures. Raises Problem: then nothing may be told."""
        if self._key is None:
            raise Problem(
                "unrecorded",
                "本服务没有自己的密钥，无法把查看记入日志，因此不予提供",
                "the service has not its own key here, so no read can be recorded, and nothing is told",
            )
        with self._turns.setdefault(unit, Lock()):  # each read of a unit follows its last one; others share a batch
            index = self._submit(self._key, unit, of, count, signed)
        try:
            self._writer.acknowledge(index)
        except Problem as problem:
            if problem.code != "unacknowledged":
                raise
            raise Problem(
                "unrecorded",
                f"查看已记入日志（第 {index} 条），但见证人尚未足数，因此不予提供；请稍后再试",
                f"the read is recorded (entry {index}), but too few witnesses have signed yet, so nothing is told; "
                "ask again later",
            ) from problem

    def _submit(self, key: Signer, unit: str, of: str, count: int, signed: Signed) -> int:
        request = SignedRequest(base=signed.base, signature=format_base64(signed.signature))
        body = OpeningsRead(of=of, count=count, request=request)

        def compose(record: Record) -> bytes:
            text = compose_event(record, "openings.read/1", f"reads/{unit}", SERVICE, body, self._clock())
            return format_entry(text, [key])

        entry = self._writer.book.consult(compose)
        try:
            return self._writer.submit(entry)
        except (LedgerError, OSError) as error:
            problem = explain(error, self._writer.book.record, entry)
            if problem.status not in (401, 403):
                raise problem from error
            # It is the service's own key, not the reader's, whose request was checked before.
            raise Problem(
                "unrecorded", f"服务无法签名：{problem.zh}", f"the service cannot sign for it: {problem.en}"
            ) from error
