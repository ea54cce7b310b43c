"""Whether the process lives, whether it can do its work, and what it has counted."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from ledger.proof.errors import LedgerError

from .metrics import CONTENT_TYPE, Metrics
from .problems import Problem, describe_problems

FRESH = {"Cache-Control": "no-store"}


def make_router(look: Callable[[], dict[str, Any]], metrics: Metrics) -> APIRouter:
    """Return the routes; `look` tells how large the log is, and raises whatever is in the way of the process's work."""
    router = APIRouter(tags=["operation"])

    @router.get("/healthz", operation_id="tellAlive", summary="Whether the process lives")
    async def healthz() -> JSONResponse:
        """Answer 200 as long as anything is answered."""
        return JSONResponse({"status": "ok"}, headers=FRESH)

    @router.get(
        "/readyz",
        operation_id="tellReady",
        summary="Whether it can do its work",
        responses=describe_problems("stopped", "unreadable"),
    )
    async def readyz() -> JSONResponse:
        """Answer 200 with the log's size; 503 where the log cannot be read, or takes nothing more."""
        try:
            found = await run_in_threadpool(look)
        except (LedgerError, OSError) as error:
            kind = type(error).__name__
            raise Problem(
                "unreadable",
                f"日志缺失、无法读取或尚不完整（{kind}）；恢复后无须重新启动",
                f"the log is missing, cannot be read or is not whole yet ({kind}); nothing has to be started again",
            ) from error
        return JSONResponse({"status": "ready", **found}, headers=FRESH)

    @router.get(
        "/metrics",
        operation_id="tellMetrics",
        summary="What was counted, for Prometheus",
        response_class=Response,
        responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
    )
    async def tell_metrics() -> Response:
        """Answer with counters by route, status and code."""
        with suppress(Problem, LedgerError, OSError):  # /readyz tells what is in the way
            metrics.size.set((await run_in_threadpool(look))["size"])
        return Response(metrics.format(), headers=FRESH, media_type=CONTENT_TYPE)

    return router
