"""What goes around every request: the headers of every answer, the counting, and the one place where errors end."""

from time import perf_counter
from typing import Any

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .journal import describe_error
from .metrics import Metrics
from .problems import Problem

HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]
"""On every answer. Pages have a policy of their own for what they may load; nothing else is ever a page."""

JOURNALLED = "officials"
"""The tag of what is written down when it is asked; reading what is public is only counted."""

NOTHING = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")


class Frame:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp, metrics: Metrics, journal: structlog.typing.FilteringBoundLogger) -> None:
        """Take what lies within."""
        self._app, self._metrics, self._journal = app, metrics, journal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status, is_head = perf_counter(), 0, scope["method"] == "HEAD"
        if is_head:  # RFC 9110, section 9.3.2: as GET, without the content
            scope = {**scope, "method": "GET"}

        async def send_framed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.body" and is_head:
                message["body"] = b""
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = message["headers"] = [*message["headers"], *HEADERS]
                if not any(name == NOTHING[0] for name, _ in headers):
                    headers.append(NOTHING)
            await send(message)

        try:
            await self._app(scope, receive, send_framed)
        except ClientDisconnect:
            status = status or 499
        except Exception as error:  # noqa: BLE001 - the edge of the process; it was answered already, as ours
            self._journal.error("failed", route=find_route(scope), **describe_error(error))
        seconds, route = perf_counter() - started, find_route(scope)
        self._metrics.note(route, status, seconds)
        if JOURNALLED in getattr(scope.get("route"), "tags", ()) or status >= 500:
            told: dict[str, Any] = scope.get("told", {})
            self._journal.info("answered", route=route, status=status, ms=round(seconds * 1000, 1), **told)


def find_route(scope: Scope) -> str:
    """Return the template of the route that a request took, `-` if none."""
    found = scope.get("template")
    if found is None:
        found = getattr(scope.get("route"), "path", None)
    return found if isinstance(found, str) else "-"


def make_problem(error: HTTPException) -> Problem:
    """Return the problem that an error of the framework is."""
    match error.status_code:
        case 404:
            return Problem("not-found", "没有这个地址", "there is nothing at this address")
        case 405:
            return Problem(
                "wrong-method", "此地址不支持这种方法", "the address does not take this method", headers=error.headers
            )
        case _:
            return Problem("malformed", "请求无法读取", "the request could not be read")
