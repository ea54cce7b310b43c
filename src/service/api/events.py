"""POST /api/v1/events: a signed event in, its receipt out."""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse

from ledger.proof.event import MAX_ENTRY_BYTES

from ..metrics import Metrics
from ..problems import Problem, describe_problems
from .bodies import PlainRoute, read_body
from .writer import Writer

NOTE = ("text/plain", "application/octet-stream")

_DESCRIPTION = """
Records a signed event, and answers with its receipt, a C2SP tlog-proof: the event's index, its inclusion path and the
checkpoint over it, cosigned by the quorum of the log's policy. Only the receipt acknowledges; check it with
`double-random log check`.

The same bytes again are not recorded again, and get the same receipt. So whoever has no answer asks again.
"""


def make_router(
    writer: Writer, metrics: Metrics, seconds: float, limit: Callable[[Request], Awaitable[None]]
) -> APIRouter:
    """Return the route. `seconds` is how long a body may take."""
    router = APIRouter(tags=["officials"], route_class=PlainRoute)

    @router.post(
        "/api/v1/events",
        operation_id="submitEvent",
        summary="Hand in a signed event, for its receipt",
        description=_DESCRIPTION,
        response_class=PlainTextResponse,
        response_description="the receipt, a tlog-proof",
        responses=describe_problems(
            "malformed", "bad-signature", "unknown-key", "key-not-in-force", "no-duty", "slow", "stale", "too-large",
            "wrong-type", "refused", "too-many", "busy", "unacknowledged", "stopped",
        ),
        openapi_extra={
            "requestBody": {
                "required": True,
                "description": f"The event's bytes as they were signed, at most {MAX_ENTRY_BYTES:,}: see "
                "docs/spec/events.md.",
                "content": {name: {"schema": {"type": "string"}} for name in NOTE},
            }
        },
    )  # fmt: skip
    async def submit(request: Request) -> PlainTextResponse:
        await limit(request)
        try:
            entry = await read_body(request, NOTE, MAX_ENTRY_BYTES, seconds)
            receipt = await writer.hand_in(entry)
        except Problem as problem:
            metrics.submissions.labels(problem.code).inc()
            raise
        metrics.submissions.labels("acknowledged").inc()
        return PlainTextResponse(receipt, headers={"Cache-Control": "no-store"})

    return router
