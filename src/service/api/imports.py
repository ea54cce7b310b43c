"""POST /api/v1/imports: many signed events in, and how far they are, as they get their receipts.

They come as one bundle of entries, the form in which the log publishes them too (C2SP tlog-tiles), and are recorded one
after the other, a few under each checkpoint. The first that is not acknowledged ends it; what stands before it stands.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from fastapi import APIRouter, Depends, Request

from ledger.client.stream import COMMENT, MEDIA_TYPE, Sent, format_sent
from ledger.proof.errors import LedgerError
from ledger.proof.event import MAX_ENTRY_BYTES
from ledger.proof.tile import WIDTH, parse_entries

from ..metrics import Metrics
from ..problems import Problem, describe_problems
from .bodies import read_body
from .limits import Limiter, find_asker
from .stream import EventStream
from .writer import Acknowledgement, Writer

BUNDLE = ("application/octet-stream",)
MOST_BYTES = WIDTH * (2 + MAX_ENTRY_BYTES)
AT_ONCE = 16
"""How many events share a checkpoint, so that others' turns come between, and progress is seen."""

SENDING = 8
"""How many times as many imports may come in at once as are recorded; of one address as many as are recorded."""

COMMENT_SECONDS = 10.0
"""How long a stream is silent at most."""

_DESCRIPTION = f"""
Records signed events one after the other, and answers with server-sent events (HTML Living Standard, section 9.2) while
it does. The body is a bundle of entries, as the log's own are (C2SP tlog-tiles): 1 to {WIDTH} events, each after its
length in two bytes, big-endian. It is read to its end before anything is recorded.

- `receipt`: `data` is an event's receipt, a tlog-proof, byte for byte; `id` is the event's place in the body, from 1.
- `progress`, after each few: JSON with `done`, how many have their receipt; `of` how many; `index`, the last one's.
- `problem`, instead of anything further: an RFC 9457 problem with `done` beside. The event at place `done` + 1 is not
  acknowledged, nothing after it is recorded, and all before it stands. `retry` says when it may pass, if it may.

The last is a `progress` whose `done` is `of`, or a `problem`; a stream that ends otherwise broke off. The same bytes
again are not recorded again, and get the same receipts: whoever has not all of them hands in the rest again.
"""

_SCHEMA = {"type": "string", "format": "binary", "minLength": 2, "maxLength": MOST_BYTES}
_DONE = {"type": "integer", "minimum": 0, "description": "how many have their receipt"}


def _describe(name: str, data: dict[str, Any], **fields: dict[str, Any]) -> dict[str, Any]:
    properties = {"event": {"type": "string", "const": name}, "data": {"type": "string"} | data, **fields}
    return {"type": "object", "required": ["event", "data"], "properties": properties}


_SENT = {
    "oneOf": [
        _describe("receipt", {"contentMediaType": "text/plain"}, id={"type": "string", "pattern": "^[1-9][0-9]*$"}),
        _describe(
            "progress",
            {
                "contentMediaType": "application/json",
                "contentSchema": {
                    "type": "object",
                    "required": ["done", "of", "index"],
                    "properties": {"done": _DONE, "of": {"type": "integer"}, "index": {"type": "integer"}},
                },
            },
        ),
        _describe(
            "problem",
            {
                "contentMediaType": "application/problem+json",
                "contentSchema": {"$ref": "#/components/schemas/Problem", "properties": {"done": _DONE}},
            },
            retry={"type": "integer", "description": "milliseconds"},
        ),
    ]
}
"""What one event of the stream is, as OpenAPI 3.2 says it (`itemSchema`)."""

_EXAMPLE = """event: receipt
id: 1
data: c2sp.org/tlog-proof@v1
data: index 228
data: …

event: progress
data: {"done":1,"of":2,"index":228}

event: problem
data: {"type":"urn:double-random:problem:stale","status":409,"code":"stale",…,"done":1}

"""


class Places:
    """How much of a kind may be under way at once, and how much of it for one address."""

    def __init__(self, most: int, share: int) -> None:
        """Take how much in all, and of one address."""
        self._most, self._share, self._held = most, share, Counter[str]()

    @contextmanager
    def take(self, asker: str) -> Iterator[None]:
        """Hold a place. Raises Problem where there is none."""
        if self._held.total() >= self._most:
            raise Problem("busy", f"正在办理 {self._most} 次批量提交", f"{self._most} imports are under way")
        if self._held[asker] >= self._share:
            raise Problem(
                "busy",
                f"正在接收此地址的 {self._share} 次批量提交",
                f"{self._share} imports of this address are coming in",
            )
        self._held[asker] += 1
        try:
            yield
        finally:
            self._held[asker] -= 1
            if not self._held[asker]:
                del self._held[asker]


class Import:
    """One import: events on their way in, and what is told of them."""

    def __init__(self, entries: Sequence[bytes], writer: Writer, metrics: Metrics) -> None:
        """Take the events."""
        self._entries, self._writer, self._metrics = entries, writer, metrics
        self.done = 0

    async def run(self, request: Request, limit: Limiter) -> AsyncGenerator[bytes]:
        """Record the events, and give what is told meanwhile."""
        size = max(1, min(AT_ONCE, limit.amount // 2))
        problem: Problem | None = None
        while self.done < len(self._entries) and problem is None:
            batch = self._entries[self.done : self.done + size]
            try:
                await limit.count(request, len(batch) - (self.done == 0))  # the request itself is counted already
                work = asyncio.ensure_future(self._writer.hand_in_series(batch))
                try:
                    while not work.done():
                        await asyncio.wait({work}, timeout=COMMENT_SECONDS)
                        if not work.done():
                            yield COMMENT
                finally:
                    work.cancel()
                acknowledged, problem = work.result()
            except Problem as refusal:
                acknowledged, problem = [], refusal
            for told in self._tell(acknowledged):
                yield format_sent(told)
        if problem is not None:
            self._metrics.submissions.labels(problem.code).inc()
            yield format_sent(self._tell_problem(problem))
        request.scope["told"] = {"done": self.done, "code": problem.code} if problem else {"done": self.done}

    def _tell(self, acknowledged: Sequence[Acknowledgement]) -> Iterator[Sent]:
        for place, one in enumerate(acknowledged, self.done + 1):
            yield Sent("receipt", one.receipt.decode(), str(place))
        if acknowledged:
            self.done += len(acknowledged)
            self._metrics.submissions.labels("acknowledged").inc(len(acknowledged))
            progress = {"done": self.done, "of": len(self._entries), "index": acknowledged[-1].index}
            yield Sent("progress", _format(progress))

    def _tell_problem(self, problem: Problem) -> Sent:
        described = _format(problem.describe() | {"done": self.done})
        seconds = problem.headers.get("Retry-After")
        return Sent("problem", described, retry=None if seconds is None else int(seconds) * 1000)


def _format(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def make_router(writer: Writer, metrics: Metrics, seconds: float, limit: Limiter, most: int) -> APIRouter:
    """Return the route.

    seconds  how long a body may take, and an event wait to be taken
    most     how many imports are recorded at once
    """
    router = APIRouter(tags=["officials"], dependencies=[Depends(limit)])
    # Whoever sends a body slowly holds no place of those whose events are being recorded.
    sending, recording = Places(SENDING * most, most), Places(most, most)

    @router.post(
        "/api/v1/imports",
        operation_id="importEvents",
        summary="Hand in many signed events, for their receipts as they come",
        description=_DESCRIPTION,
        status_code=200,
        response_class=EventStream,
        responses={
            200: {
                "description": "receipts, progress, and a problem where there is one, as they come",
                "content": {MEDIA_TYPE: {"itemSchema": _SENT, "example": _EXAMPLE}},
            },
            **describe_problems("malformed", "slow", "too-large", "wrong-type", "too-many", "busy"),
        },
        openapi_extra={
            "requestBody": {
                "required": True,
                "description": f"A bundle of entries, at most {MOST_BYTES:,} bytes: see docs/spec/http.md.",
                "content": {name: {"schema": _SCHEMA} for name in BUNDLE},
            }
        },
    )
    async def import_events(request: Request) -> EventStream:
        with ExitStack() as closing:
            asker = find_asker(request)
            with sending.take(asker):
                body = await read_body(request, BUNDLE, MOST_BYTES, seconds)
            closing.enter_context(recording.take(asker))
            try:
                entries = parse_entries(body)
            except LedgerError as error:
                raise Problem.from_error("malformed", error) from error
            return EventStream(Import(entries, writer, metrics).run(request, limit), seconds, closing.pop_all())

    return router
