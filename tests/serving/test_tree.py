"""The log under /log/: the field's own paths, strong ETags, what is cached how long; and the role that has no key."""

import hashlib
import json
import shutil
import time
from pathlib import Path

import pytest

from ledger.log.source import HttpSource
from ledger.log.tiles import read_entries
from serving.served import Service, serve

FOR_EVER, SHORT = "public, max-age=31536000, immutable", "public, max-age=5"


def list_files(folder: Path) -> dict[str, bytes]:
    """Return the files of an installation's log, by path."""
    log = folder / "log"
    return {file.relative_to(log).as_posix(): file.read_bytes() for file in log.rglob("*") if file.is_file()}


def test_every_file_is_served_as_it_lies_with_a_strong_etag(service: Service) -> None:
    for _ in range(3):
        assert service.submit(service.compose_row()).status == 200
    files = list_files(service.folder)
    assert {"checkpoint", "tile/0/000.p/4", "tile/entries/000.p/4"} <= set(files)
    for path, data in files.items():
        for _ in range(2):  # from the disk, and from memory
            answer = service.ask("GET", f"/log/{path}")
            assert (answer.status, answer.body) == (200, data)
            assert answer.headers["ETag"] == f'"{hashlib.sha256(data).hexdigest()}"'
            assert answer.headers["Cache-Control"] == (SHORT if path == "checkpoint" else FOR_EVER)
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
            kind = "text/plain; charset=utf-8" if path == "checkpoint" else "application/octet-stream"
            assert answer.headers["Content-Type"] == kind


def test_who_has_the_bytes_is_told_so(service: Service) -> None:
    first = service.ask("GET", "/log/checkpoint")
    etag = first.headers["ETag"]
    for known in (etag, f'"x", {etag}', f"W/{etag}", "*"):
        again = service.ask("GET", "/log/checkpoint", If_None_Match=known)
        assert (again.status, again.body) == (304, b"")
        assert again.headers["ETag"] == etag
    assert service.ask("GET", "/log/checkpoint", If_None_Match='"x"').status == 200
    service.submit(service.compose_row())
    grown = service.ask("GET", "/log/checkpoint", If_None_Match=etag)
    assert (grown.status, grown.body) == (200, (service.folder / "log/checkpoint").read_bytes())


def test_a_head_is_a_get_without_its_body(service: Service) -> None:
    got, head = (service.ask(method, "/log/checkpoint") for method in ("GET", "HEAD"))
    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Length"] == got.headers["Content-Length"] == str(len(got.body))


def test_a_time_stamp_is_served(service: Service) -> None:
    stamps = service.folder / "log/timestamps"
    stamps.mkdir()
    (stamps / "1.tsr").write_bytes(b"token")
    (stamps / "1.checkpoint").write_bytes(b"checkpoint")
    assert service.ask("GET", "/log/timestamps/1.tsr").headers["Content-Type"] == "application/timestamp-reply"
    assert service.ask("GET", "/log/timestamps/1.checkpoint").headers["Cache-Control"] == FOR_EVER


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/..",
        "/../private/log.key",
        "/%2e%2e/private/log.key",
        "/..%2fprivate%2flog.key",
        "/tile/../../private/log.key",
        "//etc/passwd",
        "/tile/0/000%00",
        "/tile/0/0",
        "/tile/0/x000/000",
        "/tile/00/000",
        "/tile/64/000",
        "/tile/0/000.p/0",
        "/tile/0/000.p/256",
        "/tile/entries/000.p/01",
        "/tile/entries",
        "/tile/0/001",
        "/.checkpoint.tmp",
        "/checkpoint/",
        "/Checkpoint",
        "/timestamps/01.tsr",
        "/timestamps/1.tsr",
        "/timestamps/../checkpoint",
        "/tile/0/" + "x999/" * 900 + "999",
    ],
)
def test_nothing_else_is_there(shared: Service, path: str) -> None:
    answer = shared.send(f"GET /log{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 404 "), path
    assert b'"code":"not-found"' in answer
    assert b"immutable" not in answer


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_it_is_only_read(shared: Service, method: str) -> None:
    answer = shared.ask(method, "/log/checkpoint")
    assert (answer.status, answer.code) == (405, "wrong-method")
    assert answer.headers["Allow"] == "GET, HEAD"


def test_no_answer_waits_for_the_other_sides_acknowledgement(service: Service) -> None:
    """Without TCP_NODELAY each would take 40 ms: its head goes out, and its body waits until that was received."""
    took = []
    for _ in range(20):
        started = time.perf_counter()
        assert service.ask("GET", "/log/checkpoint").status == 200
        took.append(time.perf_counter() - started)
    assert min(took) < 0.03


def test_our_own_reader_follows_it(service: Service) -> None:
    service.submit(service.compose_row())
    source = HttpSource(f"{service.url}/log/", 2)
    assert source.read("checkpoint", 1 << 16) == (service.folder / "log/checkpoint").read_bytes()
    source.close()


@pytest.mark.parametrize("is_bare", [False, True])
def test_the_public_role_reads_the_log_and_no_key(folder: Path, is_bare: bool) -> None:
    """Nothing but log/ is there, or nothing else can be read as what it is."""
    for other in folder.iterdir():
        if other.name != "log":
            shutil.rmtree(other)
            if not is_bare:
                other.write_text("not a folder")
    place = folder / "log" if is_bare else folder
    before = {file: file.stat().st_mtime_ns for file in folder.rglob("*")}
    with serve(place, "public") as service:
        assert service.ask("GET", "/log/checkpoint").status == 200
        assert service.ask("GET", "/readyz").json() == {"status": "ready", "size": 1, "takes_events": False}
        assert service.ask("POST", "/api/v1/events", b"x").code == "not-found"
        assert "/api/v1/events" not in service.ask("GET", "/openapi.json").json()["paths"]
    assert {file: file.stat().st_mtime_ns for file in folder.rglob("*")} == before


def test_a_public_process_shows_what_another_one_writes(folder: Path) -> None:
    with serve(folder, "officials") as officials, serve(folder, "public") as public:
        assert officials.ask("GET", "/log/checkpoint").code == "not-found"
        entry = officials.compose_row()
        assert officials.submit(entry).status == 200
        assert public.ask("GET", "/log/checkpoint").body.split(b"\n")[1] == b"2"
        assert entry in public.ask("GET", "/log/tile/entries/000.p/2").body
    assert list(read_entries(folder / "log", 2, 1)) == [entry]


def test_reading_is_counted_and_not_written_down(service: Service) -> None:
    service.ask("GET", "/log/checkpoint")
    service.ask("GET", "/log/tile/0/999")
    service.ask("GET", "/nowhere/to/be/found?name=secret")
    service.submit(b"secret")
    counted = service.ask("GET", "/metrics").body.decode()
    assert 'double_random_requests_total{route="/log/{path}",status="200"} 1.0' in counted
    assert 'double_random_submissions_total{outcome="malformed"} 1.0' in counted
    assert "secret" not in counted
    assert "nowhere" not in counted
    lines = [json.loads(line) for line in service.journal.getvalue().splitlines()]
    assert [(line["route"], line["status"], line["code"]) for line in lines] == [("/api/v1/events", 400, "malformed")]
    assert "secret" not in service.journal.getvalue()
    assert "127.0.0.1" not in service.journal.getvalue()
