"""Requests as nobody honest sends them: each gets its documented answer, and changes nothing."""

import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from ledger.cli.published import read_record
from service.api.limits import find_customer
from serving.served import Service, compose_row, serve

HOST = b"Host: service.example\r\n"
TEXT = b"Content-Type: text/plain\r\n"
POST = b"POST /api/v1/events HTTP/1.1\r\n" + HOST + TEXT
JSON = b"Content-Type: application/json\r\n"
IMPORT = POST.replace(b"/events", b"/imports").replace(b"text/plain", b"application/octet-stream")
PREPARE = b"POST /api/v1/prepare HTTP/1.1\r\n" + HOST + JSON
CLOSED, GET = b"Connection: close\r\n\r\n", b"GET /log/checkpoint HTTP/1.1\r\n"


def get(target: bytes, headers: bytes = b"") -> bytes:
    return b"GET " + target + b" HTTP/1.1\r\n" + HOST + headers + CLOSED


def post(body: bytes, headers: bytes = b"", start: bytes = POST) -> bytes:
    return start + headers + b"Content-Length: %d\r\n" % len(body) + CLOSED + body


CHUNKS = b"Transfer-Encoding: chunked\r\n" + CLOSED
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n" + CLOSED
NESTED = b'{"a":' * 9_000 + b"1" + b"}" * 9_000
DEEP = b'{"step":"event","type":"a.b/1","subject":"x","unit":"x","body":' + NESTED + b"}"
PARENTHESES = b"Signature-Input: sig=" + b"(" * 9_000 + b"\r\nSignature: sig=::\r\n"

HOSTILE: dict[str, tuple[bytes, int]] = {
    # What is no HTTP, or not of one meaning.
    "no HTTP": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64), 400),
    "a line of noise": (b"hello\r\n\r\n", 400),
    "no version, as once": (b"GET /healthz\r\n\r\n", 200),
    "another version": (b"GET /healthz HTTP/9.9\r\n" + HOST + CLOSED, 400),
    "HTTP/2 by prior knowledge": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "a space in a header's name": (b"GET /healthz HTTP/1.1\r\n" + HOST + b"X Y: z\r\n" + CLOSED, 400),
    "a space before the colon": (POST + b"Content-Length : 5\r\n" + CLOSED + b"hello", 400),
    "a header that is folded": (GET + HOST + b"X-A: b\r\n c\r\n" + CLOSED, 400),
    "a NUL in a header": (GET + HOST + b"X-A: b\x00c\r\n" + CLOSED, 400),
    "a bare CR in a header": (GET + HOST + b"X-A: b\rc\r\n" + CLOSED, 400),
    "a NUL in the target": (b"GET /log/check\x00point HTTP/1.1\r\n" + HOST + CLOSED, 400),
    "two lengths": (POST + b"Content-Length: 5\r\nContent-Length: 6\r\n" + CLOSED + b"hello!", 400),
    "a length and chunks": (POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n" + CLOSED + b"0\r\n\r\n", 400),
    "chunks that are not the last coding": (CHUNKED.replace(b"chunked", b"chunked, gzip") + b"0\r\n\r\n", 400),
    "a coding that nobody knows": (POST + b"Transfer-Encoding: xchunked\r\n" + CLOSED + b"0\r\n\r\n", 400),
    "a negative length": (POST + b"Content-Length: -5\r\n" + CLOSED, 400),
    "a length with a sign": (POST + b"Content-Length: +5\r\n" + CLOSED + b"hello", 400),
    "a length in hexadecimal": (POST + b"Content-Length: 0x5\r\n" + CLOSED + b"hello", 400),
    "a length beyond all numbers": (POST + b"Content-Length: 99999999999999999999999\r\n" + CLOSED, 400),
    "a chunk's size that is none": (CHUNKED + b"zz\r\nhello\r\n0\r\n\r\n", 400),
    "a chunk's size beyond all numbers": (CHUNKED + b"f" * 30 + b"\r\n", 400),
    "a tunnel": (b"CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n", 400),
    "two hosts": (b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: a\r\n" + CLOSED, 400),
    "no host": (b"GET /healthz HTTP/1.1\r\n" + CLOSED, 400),
    "a host that is none": (b"GET /healthz HTTP/1.1\r\nHost: a/b?c#d\r\n" + CLOSED, 400),
    "a host by its number": (b"GET /healthz HTTP/1.1\r\nHost: [::1]:8480\r\n" + CLOSED, 200),
    # What is too large.
    "a long target": (get(b"/" + b"a" * 20_000), 431),
    "a long query": (get(b"/log/checkpoint?" + b"a" * 20_000), 431),
    "a long header": (get(b"/healthz", b"X-A: " + b"a" * 20_000 + b"\r\n"), 431),
    "a header that does not end": (GET + HOST + b"X-A: " + b"a" * 400_000, 431),
    "many headers": (get(b"/healthz", b"".join(b"X-%d: a\r\n" % n for n in range(3_000))), 431),
    "a megabyte": (post(b"x" * (1 << 20)), 413),
    "a gigabyte, as it says": (POST + b"Content-Length: 1073741824\r\n" + CLOSED, 413),
    "many small chunks": (CHUNKED + b"1\r\nx\r\n" * 70_000 + b"0\r\n\r\n", 413),
    "a bundle larger than any": (IMPORT + b"Content-Length: 20000000\r\n" + CLOSED, 413),
    "a bundle larger than any, in chunks": (IMPORT + CHUNKS + (b"100000\r\n" + bytes(1 << 20) + b"\r\n") * 18, 413),
    "two megabytes of JSON": (post(b" " * (2 << 20), start=PREPARE), 413),
    # What does not come in.
    "headers that break off": (GET + HOST, 408),
    "a body that breaks off": (POST + b"Content-Length: 100\r\n\r\nhello", 408),
    "chunks that break off": (POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", 408),
    "JSON that breaks off": (PREPARE + b'Content-Length: 100\r\n\r\n{"step":', 408),
    "a bundle that breaks off": (IMPORT + b"Content-Length: 100\r\n\r\n\0\5hello", 408),
    # Ways out of the folder.
    "up": (get(b"/log/../private/log.key"), 404),
    "up, encoded": (get(b"/log/%2e%2e/private/log.key"), 404),
    "up, encoded twice": (get(b"/log/%252e%252e/private/log.key"), 404),
    "up, with an encoded slash": (get(b"/log/..%2fprivate%2flog.key"), 404),
    "up, with a backslash": (get(b"/log/..\\private\\log.key"), 404),
    "up, in overlong UTF-8": (get(b"/log/%c0%ae%c0%ae/private/log.key"), 404),
    "up from a tile": (get(b"/log/tile/0/../../../private/log.key"), 404),
    "a root of one's own": (get(b"//private/log.key"), 404),
    "a path that is absolute": (get(b"/log//etc/passwd"), 404),
    "an absolute target": (get(b"http://elsewhere.example/private/log.key"), 404),
    "the store": (get(b"/store/entries.sqlite"), 404),
    "a key": (get(b"/keys/bureau/enforcement.key"), 404),
    "a receipt's file": (get(b"/receipts/1.checkpoint"), 404),
    "an unfinished file": (get(b"/log/.checkpoint.tmp"), 404),
    "an end by NUL": (get(b"/log/checkpoint%00.txt"), 404),
    "a tile in digits of another script": (get("/log/tile/0/٠٠٠".encode()), 400),
    "the same, encoded": (get(b"/log/tile/0/%D9%A0%D9%A0%D9%A0"), 404),
    "a tile number of 4,500 digits": (get(b"/log/tile/0/" + b"x999/" * 1_500 + b"999"), 404),
    "an empty segment": (get(b"/api//v1/events"), 404),
    "another case": (get(b"/HEALTHZ"), 404),
    "a slash more": (get(b"/healthz/"), 404),
    # Methods.
    "a method of nobody's": (b"BREW /healthz HTTP/1.1\r\n" + HOST + CLOSED, 400),
    "writing to the log": (b"PUT /log/checkpoint HTTP/1.1\r\n" + HOST + b"Content-Length: 0\r\n" + CLOSED, 405),
    "deleting from the log": (b"DELETE /log/tile/0/000 HTTP/1.1\r\n" + HOST + CLOSED, 405),
    "reading where one submits": (get(b"/api/v1/events"), 405),
    "tracing": (b"TRACE /healthz HTTP/1.1\r\n" + HOST + CLOSED, 405),
    "a method said in a header": (get(b"/api/v1/events", b"X-HTTP-Method-Override: POST\r\n"), 405),
    # Bodies.
    "nothing": (post(b""), 400),
    "no note": (post(b"hello"), 400),
    "no UTF-8": (post(b"\xff\xfe" * 100), 400),
    "a note of many signatures": (post(b"x\n\n" + "— a AAAAAAAA\n".encode() * 4_000), 400),
    "gzip": (post(b"\x1f\x8b" + bytes(100), b"Content-Encoding: gzip\r\n"), 415),
    "a form": (post(b"a=b", start=POST.replace(b"text/plain", b"application/x-www-form-urlencoded")), 415),
    "parts": (post(b"--x--", start=POST.replace(b"text/plain", b"multipart/form-data; boundary=x")), 415),
    "no JSON": (post(b"hello", start=PREPARE), 400),
    "JSON in UTF-16": (post("{}".encode("utf-16"), start=PREPARE), 400),
    "JSON nine thousand deep": (post(DEEP, start=PREPARE), 400),
    "a name twice in JSON": (post(b'{"step":"event","step":"freeze-draw"}', start=PREPARE), 400),
    "half a surrogate": (post(b'{"step":"approve-officers","year":2027,"roster":"\\ud800"}', start=PREPARE), 400),
    "a number of ten thousand digits": (post(b'{"year":' + b"9" * 10_000 + b"}", start=PREPARE), 400),
    "markup": (post(b'{"step":"<script>alert(1)</script>"}', start=PREPARE), 400),
    "a bundle of nothing": (post(b"", start=IMPORT), 400),
    "half an entry": (post(b"\0\5hello\0\5hel", start=IMPORT), 400),
    "a bundle of 257": (post(b"\0\1x" * 257, start=IMPORT), 400),
    "a bundle as text": (post(b"\0\1x", start=IMPORT.replace(b"application/octet-stream", b"text/plain")), 415),
    "a bundle that is packed": (post(b"\0\1x", b"Content-Encoding: zstd\r\n", IMPORT), 415),
    "entries that are none": (post(b"\0\1x" * 256, start=IMPORT), 200),
    "entries of no length": (post(b"\0\0" * 256, start=IMPORT), 200),
    "a stream that is asked for": (get(b"/api/v1/imports", b"Accept: text/event-stream\r\n"), 405),
    "an expectation": (post(b"hello", b"Expect: 100-continue\r\n"), 400),
    "an upgrade": (get(b"/nowhere", b"Connection: Upgrade\r\nUpgrade: websocket\r\n"), 404),
    # Queries, and what is signed.
    "a query that repeats": (get(b"/api/v1/openings?" + b"subject=a&" * 1_000), 401),
    "a query of markup": (get(b"/api/v1/openings?subject=<script>"), 400),
    "a signature that is none": (get(b"/api/v1/openings?subject=log", b"Signature: x\r\nSignature-Input: y\r\n"), 401),
    "a signature of parentheses": (get(b"/api/v1/openings?subject=log", PARENTHESES), 401),
    "an If-None-Match of ten thousand": (get(b"/log/checkpoint", b"If-None-Match: " + b'"a",' * 2_500 + b"\r\n"), 200),
    "a range beyond": (get(b"/log/checkpoint", b"Range: bytes=999999999-\r\n"), 200),
    "a host that is another": (b"GET /healthz HTTP/1.1\r\nHost: evil.example\r\n" + CLOSED, 200),
}  # fmt: skip


@pytest.fixture(scope="module")
def hostile(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that waits for a second only."""
    folder = Path(shutil.copytree(founded, tmp_path_factory.mktemp("hostile") / "data"))
    with serve(folder, seconds=1) as service:
        yield service


def snapshot(folder: Path) -> dict[Path, bytes]:
    """Return what lies in a folder, but for the database's own journal of readers."""
    files = (file for file in folder.rglob("*") if file.is_file() and not file.name.endswith(("-shm", "-wal")))
    return {file: file.read_bytes() for file in files}


def test_there_are_more_than_sixty() -> None:
    assert len(HOSTILE) > 80


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_request_gets_its_answer_and_changes_nothing(hostile: Service, name: str) -> None:
    sent, status = HOSTILE[name]
    before = snapshot(hostile.folder)
    answer = hostile.send(sent).removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status), answer[:300]
    if status != 200:
        assert b"content-type: application/problem+json" in head.lower(), head
        assert b"no-store" in head
        assert b"<script>" not in head
    assert b"Traceback" not in answer
    assert b"PRIVATE+KEY" not in answer
    assert body
    assert snapshot(hostile.folder) == before
    assert hostile.ask("GET", "/readyz").status == 200


def test_what_hides_behind_a_refused_request_is_not_answered(hostile: Service) -> None:
    """One connection, one meaning: what cannot be told apart from a body is never taken for the next request."""
    hidden = b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n"
    for start in (
        POST + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        POST + b"Content-Length: 5\r\nContent-Length: 0\r\n\r\n",
        POST + b"Transfer-Encoding: xchunked\r\n\r\n",
    ):
        assert hostile.send(start + hidden).count(b"HTTP/1.1 ") == 1
    assert hostile.send(POST + b"Content-Length: %d\r\n\r\n" % len(hidden) + hidden).count(b"HTTP/1.1 ") == 1


def test_requests_in_a_row_are_answered_in_a_row(hostile: Service) -> None:
    one = b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n"
    assert hostile.send(one * 9 + get(b"/healthz"), seconds=5).count(b"HTTP/1.1 200 OK") == 10


def test_connections_that_say_nothing_do_not_keep_others_waiting(folder: Path) -> None:
    with serve(folder, seconds=1, connections=20) as service:
        host, port = service.url.removeprefix("http://").split(":")
        silent = [socket.create_connection((host, int(port))) for _ in range(30)]
        time.sleep(2.5)
        assert service.ask("GET", "/healthz").status == 200
        for one in silent:
            one.close()


@pytest.mark.parametrize(
    ("host", "customer"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("", ""),
    ],
)
def test_an_asker_is_counted_by_its_address_or_its_network(host: str, customer: str) -> None:
    assert find_customer(host) == customer


def test_connections_that_never_read_are_closed(folder: Path) -> None:
    with serve(folder, seconds=1, connections=8) as service:
        host, port = service.url.removeprefix("http://").split(":")
        deaf = []
        for _ in range(2):  # all that one address has
            one = socket.socket()
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            one.connect((host, int(port)))
            deaf.append(one)
            with suppress(ConnectionError):
                one.sendall((b"GET /openapi.json HTTP/1.1\r\n" + HOST + b"\r\n") * 200)
        time.sleep(0.5)
        assert service.send(get(b"/healthz")).startswith(b"HTTP/1.1 503 ")
        deadline = time.monotonic() + 10
        while not service.send(get(b"/healthz")).startswith(b"HTTP/1.1 200 "):
            assert time.monotonic() < deadline, "they keep everybody out"
            time.sleep(0.2)
        for one in deaf:
            one.close()


def test_an_answer_may_be_read_slowly(folder: Path) -> None:
    with serve(folder, seconds=1) as service:
        host, port = service.url.removeprefix("http://").split(":")
        with socket.socket() as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            one.connect((host, int(port)))
            one.sendall((b"GET /openapi.json HTTP/1.1\r\n" + HOST + b"\r\n") * 60 + get(b"/healthz"))
            came, started = b"", time.monotonic()
            while chunk := one.recv(1 << 16):
                came += chunk
                time.sleep(0.003)
        assert came.count(b"HTTP/1.1 200 OK") == 61
        assert time.monotonic() - started > 1, "longer than what nobody reads is kept"


def test_one_address_has_a_quarter_of_the_connections(folder: Path) -> None:
    for proxies, status in (("", b"503"), ("127.0.0.0/8", b"200")):
        with serve(folder, seconds=30, connections=12, proxies=proxies) as service:
            host, port = service.url.removeprefix("http://").split(":")
            held = [socket.create_connection((host, int(port))) for _ in range(3)]
            time.sleep(0.3)
            assert service.send(get(b"/healthz")).startswith(b"HTTP/1.1 " + status)
            for one in held:
                one.close()


def test_one_connection_too_many_is_told(folder: Path) -> None:
    with serve(folder, seconds=30, connections=2) as service:
        host, port = service.url.removeprefix("http://").split(":")
        held = [socket.create_connection((host, int(port))) for _ in range(2)]
        time.sleep(0.3)
        answer = service.send(get(b"/healthz"))
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b'"code":"busy"' in answer
        for one in held:
            one.close()


def test_an_honest_event_among_them_is_taken(hostile: Service) -> None:
    entry = compose_row(read_record(hostile.folder), hostile.signer())
    assert hostile.submit(entry).status == 200
