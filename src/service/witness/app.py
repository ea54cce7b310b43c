"""What a witness answers: add-checkpoint, the newest checkpoint of each log, and whether it is well.

    POST /add-checkpoint           200 its signature line · 400 404 403 409 422 as the specification has them
    GET  /<SHA-256 of origin>/checkpoint    200 the newest that it signed · 404
    GET  /healthz                  200 its key and its logs · 503 if logs.txt cannot be read

Specification: C2SP tlog-witness; docs/spec/log.md, section 4.
"""

import asyncio
import logging
from collections.abc import Callable

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from ledger.audit.wording import translate
from ledger.cli.speech import tr
from ledger.log.submission import BODY_LIMIT, Submission, parse_submission
from ledger.log.witness import Witness
from ledger.proof.checkpoint import parse_checkpoint
from ledger.proof.errors import BadSignature, Conflict, LedgerError, Malformed, Mismatch, Refused
from ledger.proof.note import format_signature_line, format_vkey, parse_note

from .folder import FollowedLogs

BODY_SECONDS = 10.0
"""How long a request's body may take to come in."""

_STATUSES: dict[type[LedgerError], int] = {Malformed: 400, BadSignature: 403, Refused: 404, Mismatch: 422}
_log = logging.getLogger(__name__)


def make_app(witness: Witness, logs: FollowedLogs, clock: Callable[[], int]) -> Starlette:
    """Return the application of one witness; the clock gives its time in Unix seconds."""

    async def add_checkpoint(request: Request) -> Response:
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _read_body(request)
        except (ClientDisconnect, TimeoutError):
            return PlainTextResponse("the body did not come in\n", 400)
        if body is None:
            return PlainTextResponse(f"the body is longer than {BODY_LIMIT} bytes\n", 400)
        return await run_in_threadpool(_answer, witness, logs, body, clock)

    async def show(request: Request) -> Response:
        checkpoint = witness.show(request.path_params["origin_hash"])
        if checkpoint is None:
            return PlainTextResponse("no checkpoint was cosigned for this log\n", 404)
        return PlainTextResponse(checkpoint)

    async def tell_health(request: Request) -> Response:
        await run_in_threadpool(_refresh, logs)
        sizes = {origin: witness.newest(origin).size for origin in witness.origins}
        health = {"witness": format_vkey(witness.verifier), "logs": sizes}
        if logs.problem is not None:
            return JSONResponse({**health, "problem": "logs.txt cannot be read"}, 503)  # why, is not for strangers
        return JSONResponse(health)

    return Starlette(
        routes=[
            Route("/add-checkpoint", add_checkpoint, methods=["POST"]),
            Route("/{origin_hash}/checkpoint", show),
            Route("/healthz", tell_health),
        ]
    )


async def _read_body(request: Request) -> bytes | None:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT:
            return None
    return body


def _answer(witness: Witness, logs: FollowedLogs, body: bytes, clock: Callable[[], int]) -> Response:
    _refresh(logs)
    try:
        return _cosign(witness, parse_submission(body), clock())
    except LedgerError as error:
        _log.warning(tr(f"未联署：{_printable(translate(str(error)))}", f"not cosigned: {_printable(str(error))}"))
        return PlainTextResponse(f"{error}\n", _STATUSES[type(error)])
    except OSError as error:
        _log.error(tr(f"未联署，无法存盘：{error}", f"not cosigned, for it could not be kept: {error}"))
        return PlainTextResponse("it could not be kept\n", 500)


def _printable(line: str) -> str:
    """Return a line as a terminal may show it: others wrote parts of it, so no control characters, and no end of it."""
    shown = "".join(one if one.isprintable() else repr(one)[1:-1] for one in line)
    return shown if len(shown) <= 300 else f"{shown[:300]}…"


def _refresh(logs: FollowedLogs) -> None:
    """Read logs.txt again if it was changed; whoever notices that it cannot be read says so, once."""
    if logs.refresh() and logs.problem is not None:
        problem = str(logs.problem)
        _log.error(tr(f"日志名单未更新：{translate(problem)}", f"the list of logs stays as it was: {problem}"))


def _cosign(witness: Witness, submission: Submission, seconds: int) -> Response:
    new = parse_checkpoint(parse_note(submission.checkpoint).text)
    try:
        line = witness.cosign(submission.checkpoint, submission.proof, seconds, submission.old)
    except Conflict:
        return Response(f"{witness.newest(new.origin).size}\n", 409, {"Content-Type": "text/x.tlog.size"})
    except Mismatch:  # signed by the log: it may be what proves that the log has two histories
        _log.warning("\n".join(map(_printable, submission.checkpoint.decode().split("\n"))))
        raise
    told = f"{new.origin} {new.size} {new.root.hex()}"
    _log.info(tr(f"已联署 {told}", f"cosigned {told}"))
    return PlainTextResponse(format_signature_line(line))
