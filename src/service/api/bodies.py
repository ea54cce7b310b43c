"""A request's body: of the type that is taken, no longer than it may be, and in within its time."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, cast

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.types import Message

from ..problems import Problem

CLOSE = {"Connection": "close"}
"""What was not read to its end cannot be told apart from the next request."""

MEBIBYTE = 1 << 20
JSON_BYTES = MEBIBYTE
OVERRUN = MEBIBYTE
"""How much more than it may have is read of a body, and thrown away: who is cut off while sending hears no answer."""


class PlainRoute(APIRoute):
    """A route whose function takes the request and makes the answer itself, with nothing of the framework between."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the function as it is."""
        return cast("Callable[[Request], Coroutine[Any, Any, Response]]", self.endpoint)


def bounded_route(seconds: float) -> type[APIRoute]:
    """Return the kind of route whose JSON is read within bounds before the framework looks at it."""

    class BoundedRoute(APIRoute):
        """Reads the body first."""

        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            """Return what answers a request."""
            handle = super().get_route_handler()

            async def handle_bounded(request: Request) -> Response:
                if request.method == "GET":
                    return await handle(request)
                body = await read_body(request, ("application/json",), JSON_BYTES, seconds)

                async def receive() -> Message:
                    return {"type": "http.request", "body": body, "more_body": False}

                return await handle(Request(request.scope, receive))

            return handle_bounded

    return BoundedRoute


async def read_body(request: Request, types: tuple[str, ...], limit: int, seconds: float) -> bytes:
    """Return a body of at most `limit` bytes, each mebibyte of which has so many seconds to come in.

    Raises Problem; ClientDisconnect if the asker has gone.
    """
    found = request.headers.get("content-type", types[0]).partition(";")[0].strip().lower()
    if found not in types:
        raise Problem(
            "wrong-type",
            f"内容类型为 {found[:80]!r}，应为 {' 或 '.join(types)}",
            f"content type {found[:80]!r}, expected {' or '.join(types)}",
            headers=CLOSE,
        )
    if "content-encoding" in request.headers:
        raise Problem(
            "wrong-type", "正文经过压缩编码，应原样提交", "the body is encoded, expected as it is", headers=CLOSE
        )
    length = request.headers.get("content-length", "0")
    if not length.isascii() or not length.isdigit() or len(length) > 12:
        raise Problem("malformed", "Content-Length 不是数字", "Content-Length is no number", headers=CLOSE)
    if int(length) > limit + OVERRUN:
        raise _refuse_large(limit)
    body, total = bytearray(), 0
    try:
        async with asyncio.timeout(seconds) as waiting:
            async for chunk in request.stream():
                if (total + len(chunk)) // MEBIBYTE > total // MEBIBYTE:
                    waiting.reschedule(asyncio.get_running_loop().time() + seconds)
                total += len(chunk)
                if total > limit + OVERRUN:
                    break
                if total <= limit:
                    body += chunk
    except TimeoutError:
        zh, en = f"正文未在 {seconds:g} 秒内送达", f"the body did not come in within {seconds:g} seconds"
        raise Problem("slow", zh, en, headers=CLOSE) from None
    if total > limit:
        raise _refuse_large(limit)
    return bytes(body)


def _refuse_large(limit: int) -> Problem:
    return Problem("too-large", f"正文超过 {limit} 字节", f"the body is of more than {limit} bytes", headers=CLOSE)
