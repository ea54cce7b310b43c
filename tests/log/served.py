"""A log that is served over HTTP on loopback, by a server that misbehaves on demand.

    with Served(make_files(say(0, 300))) as served:
        served.quirks["tile/0/000"] = status(404)      # from now on this path is answered so
        ...
        served.asked                                   # every path that was asked for, in order

A quirk is handed the request and the file's true bytes (b"" where there is none), and answers as it likes.
"""

import gzip
import sys
from collections.abc import Callable, Iterable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from threading import Event, Thread
from typing import Any, Self

from ledger.log.source import Patience
from ledger.log.tiles import derive_hashes
from ledger.proof.checkpoint import Checkpoint, cosign, format_checkpoint
from ledger.proof.merkle import Tree, derive_leaf_hash
from ledger.proof.note import Signer, format_note
from ledger.proof.tile import ENTRIES, WIDTH, derive_tiles, format_entries, format_tile_path
from log.fakes import LOG

Quirk = Callable[[BaseHTTPRequestHandler, bytes], None]

HASTE = Patience(attempts=2, backoff_seconds=0.01, silence_seconds=0.5, whole_seconds=1)
"""For tests that wait in vain."""


def sign(
    tree: Tree, size: int | None = None, signer: Signer = LOG, witnesses: Iterable[tuple[Signer, int]] = ()
) -> bytes:
    """Return a signed checkpoint of a tree at a size, cosigned by each of the witnesses at a time."""
    size = len(tree) if size is None else size
    text = format_checkpoint(Checkpoint(signer.name, size, tree.root(size)))
    return format_note(text, [signer.sign_text(text), *(cosign(witness, text, at) for witness, at in witnesses)])


def make_tree(entries: Sequence[bytes]) -> Tree:
    return Tree(map(derive_leaf_hash, entries))


def make_files(entries: Sequence[bytes], checkpoint: bytes | None = None) -> dict[str, bytes]:
    """Return a log's files, path -> bytes, as C2SP tlog-tiles has them."""
    tree = make_tree(entries)
    files = {"checkpoint": sign(tree) if checkpoint is None else checkpoint}
    for tile in derive_tiles(0, len(entries)):
        part = entries[tile.number * WIDTH : tile.number * WIDTH + tile.width]
        files[format_tile_path(tile)] = format_entries(part) if tile.level == ENTRIES else derive_hashes(tree, tile)
    return files


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of readers that went away."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class Served:
    """A web server on loopback, in a thread, that has a log's files below `/log/`."""

    def __init__(self, files: dict[str, bytes], tls: SSLContext | None = None) -> None:
        self.files, self.quirks, self.asked = files, dict[str, Quirk](), list[str]()
        self.ends = Event()
        self._scheme = "http" if tls is None else "https"
        self._server = _Server(("127.0.0.1", 0), self._make_handler())
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_port}/log/"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ends.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _make_handler(self) -> type[BaseHTTPRequestHandler]:
        served = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                path = self.path.removeprefix("/log/")
                served.asked.append(path)
                data = served.files.get(path, b"")
                if path in served.quirks:
                    served.quirks[path](self, data)
                elif path in served.files:
                    answer(self, data)
                else:
                    answer(self, b"no such file", 404)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        return Handler


def answer(request: BaseHTTPRequestHandler, data: bytes, status: int = 200, **headers: str) -> None:
    """Answer with these bytes."""
    request.send_response(status)
    for name, value in {"Content-Length": str(len(data)), **headers}.items():
        request.send_header(name.replace("_", "-"), value)
    request.end_headers()
    request.wfile.write(data)


def status(code: int) -> Quirk:
    """A quirk: another status, the file's bytes all the same."""
    return lambda request, data: answer(request, data, code)


def instead(other: bytes) -> Quirk:
    """A quirk: other bytes."""
    return lambda request, data: answer(request, other)


def changed(change: Callable[[bytes], bytes]) -> Quirk:
    """A quirk: the file's bytes, changed."""
    return lambda request, data: answer(request, change(data))


def zipped(request: BaseHTTPRequestHandler, data: bytes) -> None:
    """A quirk that is none: the file's bytes, compressed."""
    answer(request, gzip.compress(data), Content_Encoding="gzip")


def encoded(encoding: str, data: bytes) -> Quirk:
    """A quirk: bytes that claim to be in an encoding."""
    return lambda request, _: answer(request, data, Content_Encoding=encoding)


def redirected(location: str) -> Quirk:
    """A quirk: look there."""
    return lambda request, data: answer(request, b"", 302, Location=location)


def once(quirk: Quirk) -> Quirk:
    """A quirk that passes: the second time the file is there."""
    asked: list[int] = []

    def behave(request: BaseHTTPRequestHandler, data: bytes) -> None:
        asked.append(1)
        if len(asked) == 1:
            quirk(request, data)
        else:
            answer(request, data)

    return behave


def broken_off(request: BaseHTTPRequestHandler, data: bytes) -> None:
    """A quirk: half of what was announced, then the connection is closed."""
    request.send_response(200)
    request.send_header("Content-Length", str(len(data)))
    request.end_headers()
    request.wfile.write(data[: len(data) // 2])
    request.close_connection = True


class Slow:
    """Quirks that would take for ever, and end with the server."""

    def __init__(self, served: Served) -> None:
        self._served = served

    def silent(self, request: BaseHTTPRequestHandler, data: bytes) -> None:
        """Say nothing."""
        self._served.ends.wait(30)
        request.close_connection = True

    def dripping(self, request: BaseHTTPRequestHandler, data: bytes) -> None:
        """Send a byte of the body now and then."""
        self._pour(request, b"HTTP/1.1 200 OK\r\n\r\n", data[:1], 0.05)

    def dripping_headers(self, request: BaseHTTPRequestHandler, data: bytes) -> None:
        """Send a byte of a header now and then."""
        self._pour(request, b"HTTP/1.1 200 OK\r\nX-Long: ", b"x", 0.05)

    def continuing(self, request: BaseHTTPRequestHandler, data: bytes) -> None:
        """Say again and again that the answer is to come."""
        self._pour(request, b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.05)

    def endless(self, request: BaseHTTPRequestHandler, data: bytes) -> None:
        """Send as much of a body as is taken."""
        self._pour(request, b"HTTP/1.1 200 OK\r\n\r\n", data * 10, 0)

    def _pour(self, request: BaseHTTPRequestHandler, first: bytes, then: bytes, pause: float) -> None:
        request.close_connection = True
        request.wfile.write(first)
        for _ in range(10_000):
            if self._served.ends.wait(pause):
                return
            try:
                request.wfile.write(then)
            except OSError:  # the reader has gone
                return
