"""A service of ours on loopback, in this process, over an installation with trial keys; and whoever asks it."""

import asyncio
import io
import json
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import urllib3
from starlette.routing import Route

from ledger.cli.desk import Desk
from ledger.cli.installation import Installation, read_clock
from ledger.cli.published import read_record
from ledger.log.book import Book
from ledger.office.compose import compose_event, compose_parts, derive_list
from ledger.office.events.body import Body
from ledger.office.record import Record
from ledger.proof.event import format_entry
from ledger.proof.note import Signer
from service.api.receipts import Acknowledged
from service.api.writer import Writer
from service.app import make_app
from service.journal import make_journal
from service.server import make_server
from service.settings import Role, Settings
from service.sockets import format_address, listen

UNIT = "bureau/enforcement"
T = TypeVar("T")
_rows = count()


class Answer(NamedTuple):
    """What the service answered."""

    status: int
    headers: Any
    body: bytes

    def json(self) -> Any:
        """Return the body read as JSON."""
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The problem's code, and that the answer has a problem's form."""
        assert self.headers["Content-Type"] == "application/problem+json"
        problem = self.json()
        assert problem["status"] == self.status
        assert problem["type"] == f"urn:double-random:problem:{problem['code']}"
        assert problem["detail"]
        assert problem["detail_zh"]
        return str(problem["code"])


class Service:
    """A service that runs, and somebody with the units' keys who asks it."""

    def __init__(self, url: str, folder: Path, journal: io.StringIO, book: Book[Record] | None) -> None:
        """Take its address, its folder, what it writes of its work, and its book where it has one."""
        self.url, self.folder, self.journal, self.book = url, folder, journal, book
        self.pool = urllib3.PoolManager(maxsize=64)
        self.paths: list[str] = []
        """The paths of its routes."""
        self._record: Record | None = None

    @property
    def size(self) -> int:
        """How many entries the published checkpoint covers."""
        return int((self.folder / "log" / "checkpoint").read_text().split("\n")[1])

    def ask(self, method: str, path: str, body: bytes | str | None = None, **headers: str) -> Answer:
        """Ask, with headers whose names have _ for -."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        response = self.pool.request(
            method, self.url + path, body=body, headers=names, retries=False, redirect=False, timeout=30
        )
        return Answer(response.status, response.headers, response.data)

    def submit(self, entry: bytes) -> Answer:
        """Hand in an event."""
        return self.ask("POST", "/api/v1/events", entry, Content_Type="text/plain")

    def send(self, data: bytes, seconds: float = 20) -> bytes:
        """Send bytes as they are, and return all that comes until the connection ends or is silent."""
        host, port = self.url.removeprefix("http://").split(":")
        answer = b""
        with socket.create_connection((host, int(port)), timeout=seconds) as connection:
            connection.sendall(data)
            try:
                while chunk := connection.recv(1 << 16):
                    answer += chunk
            except (TimeoutError, ConnectionResetError):
                pass
        return answer

    @property
    def record(self) -> Record:
        """The record as anyone reads it; kept until the log has grown."""
        if self._record is None or self._record.size != self.size:
            self._record = read_record(self.folder)
        return self._record

    def signer(self, unit: str = UNIT) -> Signer:
        """Return a unit's key."""
        return self.keys[unit]

    @property
    def keys(self) -> dict[str, Signer]:
        """The units' keys, of the trial."""
        return Installation(self.folder).read_keys()

    def compose(self, type: str, subject: str, body: Body, *units: str, seconds: int | None = None) -> bytes:
        """Return an event as units sign it now."""
        at = int(time.time()) if seconds is None else seconds
        text = compose_event(self.record, type, subject, units[0], body, at)
        return format_entry(text, [self.signer(unit) for unit in units])

    def compose_row(self, unit: str = UNIT) -> bytes:
        """Return a new event that the rules take at any time: a list of one row, on a subject of its own."""
        return compose_row(self.record, self.signer(unit), unit)


def compose_row(record: Record, signer: Signer, unit: str = UNIT) -> bytes:
    """Return a new event that the rules take at any time: a list of one row, on a subject of its own."""
    listed = derive_list([{"id": f"row-{next(_rows)}-{time.time_ns()}"}])
    (text,) = compose_parts(record, unit, listed, int(time.time()))
    return format_entry(text, [signer])


def found(folder: Path) -> Path:
    """Found a trial installation, and return its folder."""
    Installation(folder).found_default()
    return folder


def open_desk(book: Book[Record], installation: Installation) -> Desk:
    """Return a desk at a book that is open."""
    return Desk(book, installation.read_keys(), installation.clock)


def run_apart(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in a thread of its own: in this one a browser's tests may have left their loop running."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(asyncio.run, work).result()


@contextmanager
def serve(
    folder: Path, role: Role = "all", port: int = 0, clock: Callable[[], int] = read_clock, **settings: Any
) -> Iterator[Service]:
    """Run a service over an installation's folder, at a free port or the one given."""
    chosen = Settings(folder=folder, role=role, **{"rate": "1000000 per minute", **settings})
    journal = io.StringIO()
    installation = Installation(folder)
    if role == "public":
        with _run(chosen, None, journal, port, clock) as service:
            yield service
        return
    with installation.open_book(has_trial_witnesses=True) as book:
        writer = Writer(book, Acknowledged(folder / "receipts"), installation.clock, chosen.submissions)
        try:
            with _run(chosen, writer, journal, port, clock) as service:
                yield service
        finally:
            writer.close()


@contextmanager
def _run(
    settings: Settings, writer: Writer | None, journal: io.StringIO, port: int, clock: Callable[[], int]
) -> Iterator[Service]:
    app = make_app(settings, writer, make_journal(journal), clock)
    listening = listen("127.0.0.1", port)
    server = make_server(app, settings)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    end = time.monotonic() + 20
    while not server.started:
        assert time.monotonic() < end
        time.sleep(0.01)
    service = Service(format_address(listening), settings.folder, journal, writer.book if writer else None)
    service.paths = [route.path for route in app.api.routes if isinstance(route, Route)]
    try:
        yield service
    finally:
        service.pool.clear()
        server.should_exit = True
        thread.join(30)
        listening.close()
