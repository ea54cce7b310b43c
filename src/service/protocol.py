"""HTTP/1.1 as uvicorn speaks it, with three bounds more: how many connections there are, how long
a request's headers may take to come in, and how large they are.

What is no HTTP, or breaks a bound, is answered by a problem like any other, and the connection is closed.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from .frame import HEADERS, NOTHING
from .problems import MEDIA_TYPE, Problem

HEADER_BYTES = 16_384
"""The request line and the headers of one request, at most."""


def make_protocol(seconds: float, most: int) -> type[HttpToolsProtocol]:
    """Return the protocol in which a request's headers have so many seconds to come in, on `most` connections."""

    class Protocol(HttpToolsProtocol):
        """One connection."""

        _deadline: asyncio.TimerHandle | None = None
        _is_within_headers = False
        _read = 0  # bytes of the headers that are complete
        _came = 0  # bytes that came while they were not

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self._await_headers()
            if len(self.connections) > most:
                self._refuse(Problem("busy", f"已有 {most} 个连接", f"there are {most} connections"))

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop_waiting()
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            if self.transport.is_closing():
                return
            if self._is_within_headers:
                self._came += len(data)
            elif not self._is_asked:
                self._await_headers()
            super().data_received(data)
            if self._is_within_headers and self._came > HEADER_BYTES:
                self._refuse_large()

        def on_message_begin(self) -> None:
            self._is_within_headers, self._read, self._came = True, 0, 0
            self._await_headers()
            super().on_message_begin()

        def on_url(self, url: bytes) -> None:
            self._read += len(url)
            super().on_url(url)

        def on_header(self, name: bytes, value: bytes) -> None:
            self._read += len(name) + len(value) + len(": \r\n")
            super().on_header(name, value)

        def on_headers_complete(self) -> None:
            self._is_within_headers = False
            self._stop_waiting()
            if self._read > HEADER_BYTES:
                self._refuse_large()
                raise ValueError("the parser goes no further")
            super().on_headers_complete()

        def send_400_response(self, msg: str) -> None:
            self._refuse(Problem("malformed", "所收到的不是 HTTP 请求", "what came is no HTTP request"))

        @property
        def _is_asked(self) -> bool:
            """Tell whether a request is under way."""
            cycle: RequestResponseCycle | None = self.cycle
            return cycle is not None and not cycle.response_complete

        def _await_headers(self) -> None:
            if self._deadline is None:
                self._deadline = self.loop.call_later(seconds, self._give_up)

        def _stop_waiting(self) -> None:
            if self._deadline is not None:
                self._deadline.cancel()
                self._deadline = None

        def _give_up(self) -> None:
            self._deadline = None
            if self._is_within_headers:
                self._refuse(
                    Problem(
                        "slow",
                        f"请求头未在 {seconds:g} 秒内送达",
                        f"the headers did not come in within {seconds:g} seconds",
                    )
                )
            self.transport.close()

        def _refuse_large(self) -> None:
            self._refuse(
                Problem(
                    "large-headers",
                    f"请求头超过 {HEADER_BYTES} 字节",
                    f"the headers are of more than {HEADER_BYTES} bytes",
                )
            )

        def _refuse(self, problem: Problem) -> None:
            if self.transport.is_closing():
                return
            body = bytes(problem.answer().body)
            self.transport.write(
                STATUS_LINE[problem.status]
                + f"content-type: {MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\n".encode()
                + b"cache-control: no-store\r\nconnection: close\r\n"
                + b"".join(b"%s: %s\r\n" % header for header in (*HEADERS, NOTHING))
                + b"\r\n"
                + body
            )
            self.transport.close()

    return Protocol
