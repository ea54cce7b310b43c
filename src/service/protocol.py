"""HTTP/1.1 as uvicorn speaks it, with bounds more: how many connections there are, and of one address; how long a
request's headers may take to come in, and how large they are; how slowly an answer may be read.

What is no HTTP, or breaks a bound, is answered by a problem like any other, and the connection is closed.
"""

import asyncio
import ipaddress
import re
from collections import Counter
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from .api.limits import find_customer
from .frame import HEADERS, NOTHING
from .problems import MEDIA_TYPE, Problem

HEADER_BYTES = 16_384
"""The request line and the headers of one request, at most."""

SHARE = 4
"""One address may have a quarter of all connections."""
READ_BYTES = 1_024
"""How much of an answer is to be read in a second, at least."""
_HOST = re.compile(rb"(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")


def make_protocol(seconds: float, most: int, proxies: str = "") -> type[HttpToolsProtocol]:
    """Return the protocol in which a request's headers have so many seconds to come in, on `most` connections.

    proxies  networks with commas between them, whose connections are many readers' and not counted as one address's
    """
    trusted = [ipaddress.ip_network(one.strip()) for one in proxies.split(",") if one.strip()]
    share, held = max(2, most // SHARE), Counter[str]()

    def find_holder(client: tuple[str, int] | None) -> str:
        holder = find_customer(client[0]) if client else ""
        try:
            is_proxy = any(ipaddress.ip_network(holder).subnet_of(one) for one in trusted)  # type: ignore[arg-type]
        except (ValueError, TypeError):  # no address, or of the other kind
            is_proxy = False
        return "" if is_proxy else holder

    class Protocol(HttpToolsProtocol):
        """One connection."""

        _deadline: asyncio.TimerHandle | None = None
        _is_within_headers = False
        _read = 0  # bytes of the headers that are complete
        _came = 0  # bytes that came while they were not

        _hosts = 0  # how many lines name the host, and a bad one counts as two
        _draining: asyncio.TimerHandle | None = None
        _left = 0  # bytes of answers that were not read when it was last looked at
        _holder = ""  # who has the connection; empty where it is not counted

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            transport.set_write_buffer_limits(0)  # so that it is told whenever something waits to be read, and is read
            self._holder = find_holder(self.client)
            held[self._holder] += 1
            self._await_headers()
            if len(self.connections) > most:
                self._refuse(Problem("busy", f"已有 {most} 个连接", f"there are {most} connections"))
            elif self._holder and held[self._holder] > share:
                self._refuse(
                    Problem("busy", f"此地址已有 {share} 个连接", f"there are {share} connections of this address")
                )

        def connection_lost(self, exc: Exception | None) -> None:
            held[self._holder] -= 1
            if not held[self._holder]:
                del held[self._holder]
            self._stop_waiting()
            self._stop_draining()
            super().connection_lost(exc)

        def pause_writing(self) -> None:
            super().pause_writing()
            self._left = self.transport.get_write_buffer_size()
            self._draining = self.loop.call_later(seconds, self._check_drained)

        def resume_writing(self) -> None:
            self._stop_draining()
            super().resume_writing()

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
            self._is_within_headers, self._read, self._came, self._hosts = True, 0, 0, 0
            self._await_headers()
            super().on_message_begin()

        def on_url(self, url: bytes) -> None:
            self._read += len(url)
            super().on_url(url)

        def on_header(self, name: bytes, value: bytes) -> None:
            self._read += len(name) + len(value) + len(": \r\n")
            if name.lower() == b"host":
                self._hosts += 1 if _HOST.fullmatch(value) else 2
            super().on_header(name, value)

        def on_headers_complete(self) -> None:
            self._is_within_headers = False
            self._stop_waiting()
            if self._read > HEADER_BYTES:
                self._refuse_large()
                raise ValueError("the parser goes no further")
            if self._hosts > 1 or (not self._hosts and self.parser.get_http_version() == "1.1"):  # RFC 9112, 3.2
                self._refuse(
                    Problem("malformed", "应有且只有一个合规的 Host", "expected one Host, and a name or address")
                )
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

        def _check_drained(self) -> None:
            left = self.transport.get_write_buffer_size()
            if self._left - left < READ_BYTES * seconds:
                self.transport.abort()
                return
            self._left = left
            self._draining = self.loop.call_later(seconds, self._check_drained)

        def _stop_draining(self) -> None:
            if self._draining is not None:
                self._draining.cancel()
                self._draining = None

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
