"""An answer that comes bit by bit, as server-sent events, to whoever goes on reading it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import ExitStack, aclosing

from starlette.requests import ClientDisconnect
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from ledger.client.stream import MEDIA_TYPE

HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
"""The second has nginx hand on what comes as it comes."""


class EventStream(StreamingResponse):
    """A stream of events. Its work ends where the asker goes away, or takes nothing of it for too long."""

    def __init__(self, events: AsyncGenerator[bytes], seconds: float, closing: ExitStack) -> None:
        """Take the events; how long each may wait to be taken; what is to be let go of at the end, whatever it is."""
        super().__init__(events, headers=HEADERS, media_type=MEDIA_TYPE)
        self._events, self._seconds, self._closing = events, seconds, closing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        with self._closing:
            await super().__call__(scope, receive, send)

    async def stream_response(self, send: Send) -> None:
        """Send what comes."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async with aclosing(self._events) as events:
            async for data in events:
                try:
                    async with asyncio.timeout(self._seconds):
                        await send({"type": "http.response.body", "body": data, "more_body": True})
                except TimeoutError:
                    raise ClientDisconnect from None
        await send({"type": "http.response.body", "body": b"", "more_body": False})
