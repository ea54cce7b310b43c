"""A connection to the server that breaks just when it matters: a relay on loopback that is cut at a COMMIT."""

import socket
from contextlib import suppress
from pathlib import Path
from select import select
from threading import Thread
from types import TracebackType
from typing import Self


class Proxy:
    """Relays a port of its own to the server's Unix socket; `cuts` counts the connections that it has cut."""

    def __init__(self, server: Path) -> None:
        self.cuts = 0
        self._server = server
        self._cut: bool | None = None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        Thread(target=self._accept, daemon=True).start()

    def cut_at_commit(self, *, is_done: bool) -> None:
        """Cut the next connection that commits: before its COMMIT is relayed, or after the server has answered it."""
        self._cut = is_done

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = self._listener.accept()
                Thread(target=self._relay, args=(client,), daemon=True).start()

    def _relay(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as server, suppress(ConnectionError):
            server.connect(str(self._server))
            while True:
                for source in select([client, server], [], [])[0]:
                    data = source.recv(65_536)
                    if not data:
                        return
                    if source is client and self._cut is not None and b"COMMIT" in data:
                        is_done, self._cut = self._cut, None
                        if is_done:
                            server.sendall(data)
                            assert b"COMMIT" in server.recv(65_536)
                        self.cuts += 1
                        return
                    (server if source is client else client).sendall(data)
