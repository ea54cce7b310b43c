"""The composition root: what a process of each role answers, put together of its parts.

public      /log/… and the public pages: no key, `log/` only
officials   /api/v1/events and what else the units' programs ask
all         both
every one   /healthz /readyz /metrics /openapi.json
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.types import ASGIApp

import ledger
from ledger.audit.folder import StoredEntries
from ledger.audit.wording import translate
from ledger.cli.installation import Installation, read_clock, read_key
from ledger.cli.published import find_log
from ledger.log.files import read_if_any
from ledger.office.policy import SERVICE
from ledger.proof.checkpoint import parse_checkpoint
from ledger.proof.errors import LedgerError, Refused
from ledger.proof.note import Signer, parse_note

from . import health
from .api import events, imports, prepare, reading
from .api.limits import Limiter
from .api.writer import Writer, make_stopped
from .frame import Frame, make_problem
from .journal import describe_error
from .metrics import Metrics
from .problems import SCHEMA, Problem
from .public.answers import Answers, Front
from .public.api import make_router as make_public_router
from .public.tree import PATHS, Tree
from .published import Published
from .settings import Settings
from .site.complaints import make_routes as make_complaint_routes
from .site.problems import show_problem
from .site.routes import make_routes, make_static_route

_DESCRIPTION = """
Draws that anyone can check (双随机、一公开). Officials' programs hand in signed events and get receipts; anyone reads
the log, a C2SP tlog-tiles log, under `/log/`, and verifies it without trusting this service.

Whatever is not done is answered by an RFC 9457 problem with a `code` that stays, in English and Chinese. The rules of
what is signed are in `docs/spec/events.md`, those of this interface in `docs/spec/http.md`.
"""

_TAGS = [
    {"name": "log", "description": "The public log, for anyone to follow and verify."},
    {"name": "public", "description": "What the pages show, for programs."},
    {"name": "officials", "description": "Signed events in, receipts out. The signature is the login."},
    {"name": "operation", "description": "For whoever keeps the machine."},
]

ANSWER_BYTES = 64 << 20
"""How many bytes of pages and of the public API's answers are kept in memory."""
ANSWERS_AT_ONCE = 4
"""How many of them are derived at once."""


@dataclass(frozen=True)
class Application:
    """What uvicorn runs, and its counters."""

    serve: ASGIApp
    api: FastAPI
    metrics: Metrics


def make_app(
    settings: Settings,
    writer: Writer | None,
    journal: structlog.typing.FilteringBoundLogger,
    clock: Callable[[], int] = read_clock,
) -> Application:
    """Return the application of a role; `writer` is None in a public one, which holds no key.

    Raises Refused if there is no log at the folder.
    """
    log, metrics, limit = find_log(settings.folder), Metrics(), Limiter(settings.rate)
    api = FastAPI(
        title="double-random",
        version=ledger.__version__,
        description=_DESCRIPTION,
        openapi_tags=_TAGS,
        license_info={"name": "MIT", "identifier": "MIT"},
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
    )

    def note_complaint(index: int) -> None:
        journal.info("complaint recorded", entry=index)

    _answer_problems(api)
    if settings.role != "officials":
        api.router.routes.append(Mount("/log", app=Tree(log), name="log"))
    key = None
    if writer is not None:
        installation = Installation(settings.folder, clock)
        api.include_router(events.make_router(writer, metrics, settings.seconds, limit))
        api.include_router(imports.make_router(writer, metrics, settings.seconds, limit, settings.imports))
        api.include_router(prepare.make_router(writer, installation.clock, settings.seconds, limit))
        key = _read_service_key(installation)
        api.include_router(
            reading.make_router(writer, installation.clock, installation.open_openings, key, settings.seconds, limit)
        )
        if key is not None:
            rates = Limiter(settings.complaints), limit
            api.router.routes += make_complaint_routes(
                writer, installation, key, rates, settings.seconds, note_complaint
            )
    published = None
    if settings.role != "officials":
        warn = partial(_warn, journal)
        published = Published(log, clock, settings.complaints_at, warn, takes_complaints=key is not None)
    api.include_router(health.make_router(lambda: _look(log, writer, published), metrics))
    front: ASGIApp = api
    if published is not None:
        answers = Answers(published, ANSWER_BYTES, ANSWERS_AT_ONCE)
        api.include_router(make_public_router(published, answers, limit))
        api.router.routes += make_routes(published, answers, limit)
        front = Front(api, answers)
    else:
        api.router.routes.append(make_static_route())  # what the form of complaints looks like
    _describe(api, PATHS if settings.role != "officials" else {})
    return Application(Frame(front, metrics, journal), api, metrics)


def _read_service_key(installation: Installation) -> Signer | None:
    """Return the service's own key, by which it says what it took and told; None where it does not lie here."""
    file = installation.key_file(SERVICE)
    return read_key(file) if file.is_file() else None


def _warn(journal: structlog.typing.FilteringBoundLogger, error: LedgerError | OSError) -> None:
    journal.warning("behind", **describe_error(error))


def _look(log: Path, writer: Writer | None, published: Published | None) -> dict[str, Any]:
    """Return the size of the published log. Waits for no page while all is well.

    Raises Problem where it takes nothing more; OSError, LedgerError where it cannot be read, or is not whole yet.
    """
    if writer is not None and writer.book.is_stopped:
        raise make_stopped()
    checkpoint = read_if_any(log / "checkpoint")
    if checkpoint is None:
        raise Refused("the log has no checkpoint")
    size = parse_checkpoint(parse_note(checkpoint).text).size
    if published is not None and published.trouble is not None:
        published.refresh()
        if published.trouble is not None:
            raise published.trouble
    if size:
        StoredEntries(log, size)[size - 1]  # a copy under way may have the checkpoint before the entries
    return {"size": size, "takes_events": writer is not None}


def _answer_problems(api: FastAPI) -> None:
    """Have everything that is not done answered by a problem."""

    @api.exception_handler(Problem)
    async def answer(request: Request, problem: Problem) -> Response:
        request.scope["told"] = {"code": problem.code}
        return show_problem(request, problem) or problem.answer()

    @api.exception_handler(HTTPException)
    async def answer_http(request: Request, error: HTTPException) -> Response:
        return await answer(request, make_problem(error))

    @api.exception_handler(Exception)
    async def answer_error(request: Request, error: Exception) -> Response:
        return await answer(
            request,
            Problem("internal", "服务内部错误，已记入运行日志", "an error of the service; it is in its journal"),
        )

    @api.exception_handler(RequestValidationError)
    async def answer_invalid(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        return await answer(
            request, Problem("malformed", f"{place}：{translate(first['msg'])}", f"{place}: {first['msg']}")
        )


def _describe(api: FastAPI, paths: dict[str, Any]) -> None:
    """Have the OpenAPI name further paths and our problems; the framework's own form of a refusal is never sent."""
    build = api.openapi

    def openapi() -> dict[str, Any]:
        if api.openapi_schema is None:
            schema = build()
            schemas = schema.setdefault("components", {}).setdefault("schemas", {})
            for name in ("HTTPValidationError", "ValidationError"):
                schemas.pop(name, None)
            schemas["Problem"] = SCHEMA
            schema["paths"] |= paths
            for path in schema["paths"].values():
                for operation in (one for method, one in path.items() if method != "parameters"):
                    if "HTTPValidationError" in str(operation["responses"].get("422")):
                        del operation["responses"]["422"]
        assert api.openapi_schema is not None
        return api.openapi_schema

    api.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way
