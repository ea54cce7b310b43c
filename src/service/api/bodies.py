"""A request's body: of the type that is taken, no longer than it may be, and in within its time."""

import asyncio

from starlette.requests import Request

from ..problems import Problem

CLOSE = {"Connection": "close"}
"""What was not read to its end cannot be told apart from the next request."""

OVERRUN = 1 << 20
"""How much more than it may have is read of a body, and thrown away: who is cut off while sending hears no answer."""


async def read_body(request: Request, types: tuple[str, ...], limit: int, seconds: float) -> bytes:
    """Return a body of at most `limit` bytes. Raises Problem; ClientDisconnect if the asker has gone."""
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
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
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
