"""Witnesses for tests: they live in memory, answer over HTTP on loopback, and do what a test tells them.

    with SimulatedWitness("justice") as justice, SimulatedWitness("discipline") as discipline:
        feeder = Feeder(parse_trust(format_policy([justice, discipline], "all")), LOG.verifier)
        justice.does(hang)                       # at every request from now on
        discipline.does(replies(500), honest)    # at the first, then at the second and every later one
        discipline.requests                      # what it was asked: method, path, body, number of the connection

An honest one follows C2SP tlog-witness. It is written from that text for these tests, and shares with the program only
notes, trees and keys. `kept` is what it cosigned of each log, which a test may set; `clock` is the time that it signs.

A behaviour is a function of one `Exchange`: the request, and ways to answer or not to. Whatever it does ends when the
witness is closed.
"""

import gzip
import socket
import struct
import time
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from types import MappingProxyType
from typing import Any, NamedTuple, Self

from ledger.proof.checkpoint import Checkpoint, cosign, parse_checkpoint
from ledger.proof.encoding import Hash
from ledger.proof.errors import LedgerError
from ledger.proof.merkle import EMPTY_ROOT, check_consistency
from ledger.proof.note import (
    COSIGNATURE,
    Signer,
    Verifier,
    check_note,
    format_note,
    format_signature_line,
    format_vkey,
    parse_note,
)
from log.fakes import LOG

Behaviour = Callable[["Exchange"], None]


class Request(NamedTuple):
    """What a witness was asked, and over which of its connections."""

    method: str
    path: str
    body: bytes
    connection: int


class Answer(NamedTuple):
    """An answer as HTTP has it."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = MappingProxyType({})


@dataclass
class Exchange:
    """One request, and the means to answer it."""

    witness: "SimulatedWitness"
    request: Request
    handler: BaseHTTPRequestHandler

    def reply(self, answer: Answer) -> None:
        """Send an answer whole, with its length."""
        self.handler.send_response(answer.status)
        for name, value in {**answer.headers, "Content-Length": str(len(answer.body))}.items():
            self.handler.send_header(name, value)
        self.handler.end_headers()
        self.handler.wfile.write(answer.body)

    def send(self, data: bytes) -> None:
        """Send bytes as they are, and close afterwards."""
        self.handler.close_connection = True
        self.handler.wfile.write(data)

    def wait(self, seconds: float = 60.0) -> bool:
        """Wait; tell whether the witness was closed meanwhile."""
        return self.witness.closing.wait(seconds)

    def reset(self) -> None:
        """End the connection as a machine that crashed does."""
        self.handler.close_connection = True
        self.handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.handler.connection.close()


def honest(exchange: Exchange) -> None:
    """Do what the specification says."""
    exchange.reply(exchange.witness.answer(exchange.request))


def replies(status: int, body: bytes = b"", **headers: str) -> Behaviour:
    """Give always this answer; `_` in a header's name stands for `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda exchange: exchange.reply(Answer(status, body, named))


def changes(change: Callable[[bytes], bytes]) -> Behaviour:
    """Answer honestly, but with another body."""

    def behave(exchange: Exchange) -> None:
        answer = exchange.witness.answer(exchange.request)
        exchange.reply(answer._replace(body=change(answer.body)))

    return behave


def slowly(seconds: float) -> Behaviour:
    """Answer honestly, after a while."""

    def behave(exchange: Exchange) -> None:
        if not exchange.wait(seconds):
            honest(exchange)

    return behave


def hang(exchange: Exchange) -> None:
    """Take the request and say nothing."""
    exchange.handler.close_connection = True
    exchange.wait()


def reset(exchange: Exchange) -> None:
    """End the connection without an answer."""
    exchange.reset()


def sends(data: bytes) -> Behaviour:
    """Answer with these bytes, whatever they are."""
    return lambda exchange: exchange.send(data)


def breaks_off(exchange: Exchange) -> None:
    """Promise more than is sent."""
    exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + exchange.witness.answer(exchange.request).body)


def never_ends(exchange: Exchange) -> None:
    """Send a body without an end."""
    exchange.send(b"HTTP/1.1 200 OK\r\n\r\n")
    while not exchange.wait(0.0001):
        exchange.send(b"\xe2\x80\x94 witness.example AAAA\n" * 1000)


def drips(exchange: Exchange) -> None:
    """Send a body a byte at a time: each wait for it is short, and all of them are long."""
    exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while not exchange.wait(0.05):
        exchange.send(b"x")


def goes_on_with_headers(exchange: Exchange) -> None:
    """Send headers without an end."""
    exchange.send(b"HTTP/1.1 200 OK\r\n")
    while not exchange.wait(0.001):
        exchange.send(b"X-More: " + b"x" * 1000 + b"\r\n")


def goes_on_continuing(exchange: Exchange) -> None:
    """Say without an end that an answer will come."""
    while not exchange.wait(0.001):
        exchange.send(b"HTTP/1.1 100 Continue\r\n\r\n")


def chunked(exchange: Exchange) -> None:
    """Answer honestly, in chunks of seven bytes."""
    answer = exchange.witness.answer(exchange.request)
    chunks = [answer.body[at : at + 7] for at in range(0, len(answer.body), 7)]
    head = b"HTTP/1.1 %d OK\r\nTransfer-Encoding: chunked\r\n\r\n" % answer.status
    exchange.send(head + b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n")


def gzipped(exchange: Exchange) -> None:
    """Answer honestly, compressed, though nobody asked for that."""
    answer = exchange.witness.answer(exchange.request)
    exchange.reply(Answer(answer.status, gzip.compress(answer.body), {"Content-Encoding": "gzip"}))


def inflates(exchange: Exchange) -> None:
    """Send a few bytes that unpack to very many."""
    exchange.reply(Answer(200, make_bomb(), {"Content-Encoding": "gzip"}))


@cache
def make_bomb() -> bytes:
    """Return 64 MB of nothing, compressed."""
    return gzip.compress(bytes(1 << 26))


class SimulatedWitness:
    """One witness on a port of its own; a context, which closes it."""

    def __init__(self, name: str, logs: Sequence[Verifier] = (LOG.verifier,), now: float | None = None) -> None:
        """Take its name in the policy, the logs that it knows, and its clock's time if that stands still."""
        self.name, self.logs = name, list(logs)
        self.signer = Signer(f"witness.example/{name}", sha256(name.encode()).digest(), COSIGNATURE)
        self.clock = time.time if now is None else lambda: now
        self.kept: dict[str, bytes] = {}
        self.has_view = True
        self.requests: list[Request] = []
        self.connections = 0
        self.closing = Event()
        self._behaviours: list[Behaviour] = [honest]
        self._turn = Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._make_handler())
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign] # what a feeder breaks off is no error
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/{name}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def does(self, *behaviours: Behaviour) -> None:
        """Behave so from now on: once like each, and like the last for ever."""
        with self._turn:
            self._behaviours = list(behaviours)

    def answer(self, request: Request) -> Answer:
        """Return the honest answer, and keep what it says."""
        with self._turn:
            if (request.method, request.path) == ("POST", f"/{self.name}/add-checkpoint"):
                return self._add_checkpoint(request.body)
            for origin, kept in self.kept.items():
                is_asked = request.path == f"/{self.name}/{sha256(origin.encode()).hexdigest()}/checkpoint"
                if self.has_view and request.method == "GET" and is_asked:
                    return Answer(200, kept)
            return Answer(404)

    def newest(self) -> int:
        """Return the size that it cosigned last, of the tests' log."""
        return self._latest(LOG.name).size

    def close(self) -> None:
        """End every exchange, and the witness."""
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _latest(self, origin: str) -> Checkpoint:
        kept = self.kept.get(origin)
        return parse_checkpoint(parse_note(kept).text) if kept else Checkpoint(origin, 0, EMPTY_ROOT)

    def _add_checkpoint(self, body: bytes) -> Answer:
        head, _, signed = body.partition(b"\n\n")
        first, *proof = head.decode().split("\n")
        assert first.startswith("old ")
        old = int(first.removeprefix("old "))
        note = parse_note(signed)
        new = parse_checkpoint(note.text)
        keys = [log for log in self.logs if log.name == new.origin]
        if not keys:
            return Answer(404)
        try:
            check_note(note, keys)
        except LedgerError:
            return Answer(403)
        latest = self._latest(new.origin)
        if old > new.size:
            return Answer(400)
        if old != latest.size:
            return Answer(409, b"%d\n" % latest.size, {"Content-Type": "text/x.tlog.size"})
        try:
            if old:
                check_consistency(old, new.size, [Hash(b64decode(one)) for one in proof], latest.root, new.root)
            elif proof:
                return Answer(422)
        except LedgerError:
            return Answer(422)
        line = cosign(self.signer, note.text, int(self.clock()))
        self.kept[new.origin] = format_note(note.text, [*note.signatures, line])
        return Answer(200, format_signature_line(line).encode())

    def _behaviour(self) -> Behaviour:
        with self._turn:
            return self._behaviours.pop(0) if len(self._behaviours) > 1 else self._behaviours[0]

    def _make_handler(self) -> type[BaseHTTPRequestHandler]:
        witness = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                witness.connections += 1
                self.number = witness.connections

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                request = Request(self.command, self.path, body, self.number)
                witness.requests.append(request)
                witness._behaviour()(Exchange(witness, request, self))

            do_GET = do_POST

            def log_message(self, *_: Any) -> None:
                pass

        return Handler


def format_policy(witnesses: Sequence[SimulatedWitness], threshold: str, log: Verifier = LOG.verifier) -> bytes:
    """Return a tlog-policy that wants so many of these witnesses, each at its address."""
    lines = [f"log {format_vkey(log)}"]
    lines += [f"witness {one.name} {format_vkey(one.signer.verifier)} {one.url}" for one in witnesses]
    lines += [f"group them {threshold} {' '.join(one.name for one in witnesses)}", "quorum them", ""]
    return "\n".join(lines).encode()


def eventually(is_so: Callable[[], bool]) -> None:
    """Wait until something is so, for ten seconds at most."""
    end = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.05)
