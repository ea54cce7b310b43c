"""Web connections whose every answer has an end: not only silence is cut off, also whoever sends a byte now and then.

A socket's own timeout begins anew with every byte. Here the whole answer, its headers included, has until a set time.
"""

from http.client import HTTPResponse
from io import BufferedReader, RawIOBase
from socket import socket
from time import monotonic
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager, Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection


class _Timed(RawIOBase):
    """What comes over a connection, up to a time by the clock that never goes back."""

    def __init__(self, raw: RawIOBase, until: float) -> None:
        self._raw, self._until = raw, until

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read what is there. Raises TimeoutError once the time is over."""
        if monotonic() > self._until:
            raise TimeoutError("the whole answer took too long")
        return self._raw.readinto(buffer)

    def close(self) -> None:
        """Close what lies below."""
        self._raw.close()
        super().close()


def make_pool(connections: int, silence_seconds: float, whole_seconds: float) -> PoolManager:
    """Return connections that end an answer after so many seconds of silence, or in all; they try nothing again."""

    class Answer(HTTPResponse):
        def __init__(self, sock: socket, *args: Any, **kwargs: Any) -> None:
            super().__init__(sock, *args, **kwargs)
            self.fp = BufferedReader(_Timed(self.fp.detach(), monotonic() + whole_seconds))

    class PlainConnection(HTTPConnection):
        response_class = Answer

    class SecureConnection(HTTPSConnection):
        response_class = Answer

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = PlainConnection

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = SecureConnection

    pool = PoolManager(maxsize=connections, retries=False, timeout=Timeout(silence_seconds))
    pool.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}
    return pool
