"""The service: submissions against the bare log without HTTP; pages and tiles against the framework's hello world."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter

from bench.log import SUBMITTERS, make_independent
from bench.measure import Line, Target
from bench.world import END, ORIGIN, make_signer
from ledger.audit.pairing import check_pairing
from ledger.log.book import Book
from ledger.log.pool import Pool
from ledger.office.record import Record
from ledger.proof.encoding import format_time

ENTRIES = 3_200
READS, READERS = 4_000, 16
READ_BESIDE = 20
"""How often a page is read at a time while events come in."""
READ = (
    ("a cached page (the home page)", "/", 0.5),
    ("cached JSON of the public API", "/api/v1/registries/units", None),
    ("a tile", "/log/tile/0/000", 0.8),
    ("the checkpoint", "/log/checkpoint", None),
)
"""What is read, where, and how fast it has to be beside the hello world."""
SERVE = "import sys; from ledger.cli import main; sys.argv[0] = 'double-random'; main()"
HELLO = """
import uvicorn
from fastapi import FastAPI
app = FastAPI()
@app.get("/")
async def hello():
    return {"hello": "world"}
from service.sockets import format_address, listen
listening = listen("127.0.0.1", 0)
print(f"serving at {format_address(listening)} (hello)", flush=True)
uvicorn.Server(uvicorn.Config(app, http="httptools", log_config=None, access_log=False)).run(sockets=[listening])
"""


@contextmanager
def run_server(program: str, *words: str) -> Iterator[int]:
    """Run a server in a process of its own; give its port."""
    environment = os.environ | {"LC_ALL": "C.UTF-8", "DOUBLE_RANDOM_SERVE_RATE": "100000000 per minute"}
    command = [sys.executable, "-c", program, *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment) as it:
        assert it.stdout is not None
        line = it.stdout.readline()
        try:
            yield int(line.rpartition(":")[2].split(" ")[0])
        finally:
            it.terminate()


def run_service(folder: Path, role: str) -> AbstractContextManager[int]:
    """Run our service, at a time that no entry here claims; give its port."""
    return run_server(SERVE, "serve", "--dir", str(folder), "--port", "0", "--role", role, "--at", format_time(END))


async def _ask(port: int, requests: Sequence[bytes], seconds: list[float]) -> None:
    """Send requests one after the other over one connection, each once the last is answered with 200."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in requests:
        start = perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 "), head
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        await reader.readexactly(int(length))
        seconds.append(perf_counter() - start)
    writer.close()


def press(port: int, requests: Sequence[bytes], connections: int) -> tuple[float, list[float]]:
    """Send requests over so many connections at once; return how long all took, and each."""
    seconds: list[float] = []

    async def press_all() -> None:
        await asyncio.gather(*(_ask(port, requests[n::connections], seconds) for n in range(connections)))

    start = perf_counter()
    asyncio.run(press_all())
    return perf_counter() - start, seconds


def begin(folder: Path, first: Sequence[bytes]) -> Path:
    """Make an installation's folder with the first entries in its log."""
    (folder / "private").mkdir(parents=True)
    (folder / "private" / "log.key").write_text(make_signer(ORIGIN).format_skey() + "\n")
    with Book.open(folder, make_signer(ORIGIN), Record(ORIGIN, check_pairing), clock=lambda: END) as book:
        book.append(first)
    return folder


def measure(rounds: int = 5) -> list[Line]:
    """Measure submissions at 64 clients; pages, JSON and a tile, alone and while events come in."""
    return [*_measure_submissions(rounds), *_measure_reads(rounds), _measure_both(rounds)]


def _measure_submissions(rounds: int) -> list[Line]:
    first, entries = make_independent(ENTRIES)
    requests = [_post(entry) for entry in entries]
    ratios, rates, slowest = [], [], []
    with TemporaryDirectory() as place:
        folders = (Path(place) / str(number) for number in count())
        for number in range(rounds):
            if number % 2:
                ours, each = _submit_over_http(next(folders), first, requests)
                bare = _submit_bare(next(folders), first, entries)
            else:
                bare = _submit_bare(next(folders), first, entries)
                ours, each = _submit_over_http(next(folders), first, requests)
            ratios.append(bare / ours)
            rates.append((ENTRIES / bare, ENTRIES / ours))
            slowest.append(quantiles(each, n=100)[98])
    bare_rate, our_rate = (median(column) for column in zip(*rates, strict=True))
    return [
        Line(
            f"service, {SUBMITTERS} clients over HTTP, an event each time",
            f"the bare log, {SUBMITTERS} submitters ({bare_rate:,.0f}/s)",
            median(ratios),
            Target(0.5),
            note=f"{our_rate:,.0f}/s",
        ),
        Line("the same, the slowest of a hundred", "", median(slowest) * 1000, unit="ms"),
    ]


def _post(entry: bytes) -> bytes:
    head = b"POST /api/v1/events HTTP/1.1\r\nHost: bench\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n"
    return head % len(entry) + entry


def _submit_bare(folder: Path, first: Sequence[bytes], entries: Sequence[bytes]) -> float:
    with Book.open(begin(folder, first), make_signer(ORIGIN), Record(ORIGIN, check_pairing), clock=lambda: END) as book:
        pool = Pool(book)

        def submit(mine: Sequence[bytes]) -> None:
            for entry in mine:
                book.receipt(pool.submit(entry))

        start = perf_counter()
        with ThreadPoolExecutor(SUBMITTERS) as executor:
            list(executor.map(lambda number: submit(entries[number::SUBMITTERS]), range(SUBMITTERS)))
        return perf_counter() - start


def _submit_over_http(folder: Path, first: Sequence[bytes], requests: Sequence[bytes]) -> tuple[float, list[float]]:
    with run_service(begin(folder, first), "officials") as port:
        return press(port, requests, SUBMITTERS)


def _measure_reads(rounds: int) -> list[Line]:
    first, entries = make_independent(300)
    lines = []
    with TemporaryDirectory() as place:
        folder = begin(Path(place) / "read", [*first, *entries])
        with run_server(HELLO) as hello, run_service(folder, "public") as port:
            for name, path, least in READ:
                pairs = []
                for _ in range(rounds):
                    theirs, _ = press(hello, [_get("/")] * READS, READERS)
                    ours, each = press(port, [_get(path)] * READS, READERS)
                    pairs.append((theirs, ours, quantiles(each, n=100)[98]))
                their_rate, our_rate = (READS / median(column) for column in list(zip(*pairs, strict=True))[:2])
                lines.append(
                    Line(
                        f"service, {name}, {READERS} readers",
                        f"the framework's hello world ({their_rate:,.0f}/s)",
                        median(theirs / ours for theirs, ours, _ in pairs),
                        None if least is None else Target(least),
                        note=f"{our_rate:,.0f}/s, of a hundred the slowest {median(p[2] for p in pairs) * 1000:.0f} ms",
                    )
                )
    return lines


def _get(path: str) -> bytes:
    return b"GET %s HTTP/1.1\r\nHost: bench\r\n\r\n" % path.encode()


def _measure_both(rounds: int) -> Line:
    """Measure the home page while events come in: nearly every reading of it has to take new entries in first."""
    first, entries = make_independent(ENTRIES)
    events, slowest, rates = [_post(entry) for entry in entries], [], []
    with TemporaryDirectory() as place:
        for number in range(rounds):
            folder = begin(Path(place) / str(number), first)
            with run_service(folder, "all") as port, ThreadPoolExecutor(1) as submitters:
                submitted = submitters.submit(press, port, events, SUBMITTERS)
                read: list[float] = []
                while not submitted.done():
                    read += press(port, [_get("/")] * READ_BESIDE, 1)[1]
                rates.append(ENTRIES / submitted.result()[0])
                slowest.append(quantiles(read, n=100)[98])
    return Line(
        f"service, the home page while {SUBMITTERS} clients submit, the slowest of a hundred",
        "",
        median(slowest) * 1000,
        unit="ms",
        note=f"{median(rates):,.0f} events/s beside it",
    )
