"""The log in an object store: whole before it is announced, never taken back, and repaired by doing it again."""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Lock

import pytest
from obstore.store import LocalStore, MemoryStore, ObjectStore

from ledger.log.book import Book
from ledger.log.bucket import Bucket, Found, open_bucket
from ledger.log.objects import upload
from ledger.proof.checkpoint import cosign
from ledger.proof.errors import BadSignature, Conflict, LedgerError, Malformed, Mismatch
from ledger.proof.note import COSIGNATURE, Signer, format_note, parse_note
from log.fakes import LOG, WITNESS, SayRecord, check_log, say
from log.seaweed import Seaweed, find_ports, lose_answers, seaweed

__all__ = ["seaweed"]  # the fixture

OTHER_WITNESS = Signer("other-witness.example", bytes(32), COSIGNATURE)


@pytest.fixture(params=["memory", "folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    """An empty store of each kind; the S3 server is a real one."""
    if request.param == "memory":
        return MemoryStore()
    if request.param == "folder":
        return LocalStore(tmp_path / "store", mkdir=True)
    seaweed: Seaweed = request.getfixturevalue("seaweed")
    return seaweed.store(f"{tmp_path.name}/{time.monotonic_ns()}")


def grow(folder: Path, *counts: int, first: int = 0) -> Path:
    """Add so many entries at a time to the log of an installation; return its public folder."""
    with Book.open(folder, LOG, SayRecord()) as book:
        for count in counts:
            book.append(say(first + book.size, count))
    return folder / "log"


def send(log: Path, store: ObjectStore, *, is_whole: bool = False) -> tuple[int, int, int]:
    return upload(log, LOG.verifier, Bucket(store), is_whole=is_whole)


def read_all(store: ObjectStore) -> dict[str, bytes]:
    paths = [meta["path"] for chunk in store.list() for meta in chunk]
    return {path: bytes(store.get(path).bytes()) for path in paths}


def fetch(store: ObjectStore, folder: Path) -> Path:
    """Bring all objects into a folder, as a mirror would."""
    shutil.rmtree(folder, ignore_errors=True)
    for path, data in read_all(store).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


def read_files(log: Path) -> dict[str, bytes]:
    return {file.relative_to(log).as_posix(): file.read_bytes() for file in log.rglob("*") if file.is_file()}


def test_what_is_read_back_is_the_log(store: ObjectStore, tmp_path: Path) -> None:
    log, old = tmp_path / "bureau/log", 0
    for count in (5, 245, 6, 44, 300):
        grow(tmp_path / "bureau", count)
        done = send(log, store)
        assert (done[0], done[1]) == (old, old + count)
        old = done[1]
        assert check_log(fetch(store, tmp_path / "mirror")) == check_log(log)
        assert read_all(store).items() >= read_files(log).items()
    assert send(log, store) == (600, 600, 0)


def test_only_what_is_missing_is_put(tmp_path: Path) -> None:
    store, log = MemoryStore(), grow(tmp_path, 255)
    assert send(log, store)[2] == 3
    grow(tmp_path, 1)
    assert send(log, store)[2] == 4, "a bundle, its tile, the tile above, the checkpoint"
    grow(tmp_path, 1)
    assert send(log, store)[2] == 3


def test_partial_tiles_of_checkpoints_in_between_are_there_too(tmp_path: Path) -> None:
    """C2SP tlog-tiles: a log must serve them for every checkpoint that it produced."""
    store = MemoryStore()
    send(grow(tmp_path, 3), store)
    send(grow(tmp_path, 4, 2, 1), store)
    names = {path for path in read_all(store) if "/000.p/" in path}
    assert names == {f"tile/{level}/000.p/{width}" for level in ("entries", "0") for width in (3, 7, 9, 10)}


def test_an_empty_log_is_announced(store: ObjectStore, tmp_path: Path) -> None:
    assert send(grow(tmp_path), store) == (0, 0, 1)
    assert send(grow(tmp_path, 2), store) == (0, 2, 3)


def test_types_and_caching_are_those_of_the_specification(tmp_path: Path, seaweed: Seaweed) -> None:
    log = grow(tmp_path, 300)
    for store in (MemoryStore(), seaweed.store("types")):
        send(log, store)
        told = {path: dict(store.get(path).attributes) for path in read_all(store)}
        assert told.pop("checkpoint") == {
            "Content-Type": "text/plain; charset=utf-8",
            "Cache-Control": "public, max-age=5",
        }
        immutable = {"Content-Type": "application/octet-stream", "Cache-Control": "public, max-age=31536000, immutable"}
        assert len(told) == 5
        assert all(attributes == immutable for attributes in told.values())


def test_an_object_that_differs_stops_everything(store: ObjectStore, tmp_path: Path) -> None:
    send(grow(tmp_path / "bureau", 5), store)
    log = grow(tmp_path / "bureau", 5)
    planted = bytes(32 * 10)
    store.put("tile/0/000.p/10", planted)
    announced = read_all(store)["checkpoint"]
    with pytest.raises(Mismatch, match=r"object store: tile/0/000\.p/10 is there already and differs"):
        send(log, store)
    assert read_all(store)["checkpoint"] == announced
    assert read_all(store)["tile/0/000.p/10"] == planted


def test_a_newer_checkpoint_is_never_replaced_by_an_older_one(store: ObjectStore, tmp_path: Path) -> None:
    grow(tmp_path / "bureau", 5)
    shutil.copytree(tmp_path / "bureau/log", tmp_path / "old")
    send(grow(tmp_path / "bureau", 5), store)
    there = read_all(store)
    with pytest.raises(Conflict, match="it covers 10 entries, the log here has 5"):
        send(tmp_path / "old", store)
    assert read_all(store) == there


@pytest.mark.parametrize("count", [5, 9])
def test_t10_a_fork_is_not_put_over_the_log(store: ObjectStore, tmp_path: Path, count: int) -> None:
    send(grow(tmp_path / "bureau", 5), store)
    there = read_all(store)
    with pytest.raises(Mismatch, match="object store: checkpoint: the log here has another history"):
        send(grow(tmp_path / "fork", count, first=50), store)
    assert read_all(store) == there


def test_what_is_no_checkpoint_of_this_log_stays(tmp_path: Path) -> None:
    log = grow(tmp_path, 5)
    other = Signer(LOG.name, bytes(32))
    text = parse_note((log / "checkpoint").read_bytes()).text
    cases: list[tuple[bytes, type[LedgerError]]] = [
        (b"", Malformed),
        (b"<html>", Malformed),
        (format_note(text, [other.sign_text(text)]), BadSignature),
        (format_note(text.replace(LOG.name, "other.example"), [LOG.sign_text(text)]), BadSignature),
    ]
    for planted, kind in cases:
        store = MemoryStore()
        store.put("checkpoint", planted)
        with pytest.raises(kind, match="object store: checkpoint: "):
            send(log, store)
        assert read_all(store) == {"checkpoint": planted}


def test_cosignatures_that_come_later_are_put_and_an_old_copy_takes_none_away(
    store: ObjectStore, tmp_path: Path
) -> None:
    log = grow(tmp_path / "bureau", 5)
    send(log, store)
    copies = [tmp_path / "copy-0"]
    shutil.copytree(log, copies[0])
    for number, witness in enumerate([WITNESS, OTHER_WITNESS], start=1):
        with Book.open(tmp_path / "bureau", LOG, SayRecord()) as book:
            book.publish([cosign(witness, parse_note(book.checkpoint).text, 1_800_000_000)])
        assert send(log, store) == (5, 5, 1)
        copies.append(tmp_path / f"copy-{number}")
        shutil.copytree(log, copies[-1])
    for copy in copies:
        assert send(copy, store) == (5, 5, 0)
    assert read_all(store)["checkpoint"] == (log / "checkpoint").read_bytes()


def test_an_object_that_was_lost_is_put_back_where_it_is_asked_for(store: ObjectStore, tmp_path: Path) -> None:
    log = grow(tmp_path / "bureau", 300)
    send(log, store)
    store.delete("tile/entries/000")
    assert send(log, store) == (300, 300, 0)
    assert send(log, store, is_whole=True) == (300, 300, 1)
    check_log(fetch(store, tmp_path / "mirror"))


def test_a_time_stamp_that_was_changed_there_is_found_where_everything_is_looked_at(tmp_path: Path) -> None:
    log, store = grow(tmp_path, 5), MemoryStore()
    (log / "timestamps").mkdir()
    shutil.copy(log / "checkpoint", log / "timestamps/5.checkpoint")
    (log / "timestamps/5.tsr").write_bytes(b"token")
    assert send(log, store)[2] == 5
    assert send(log, store, is_whole=True)[2] == 0
    store.put("timestamps/5.tsr", b"other")
    with pytest.raises(Mismatch, match=r"timestamps/5\.tsr is there already and differs"):
        send(log, store, is_whole=True)


@pytest.mark.parametrize("path", ["checkpoint", "tile/0/000.p/5"])
def test_an_object_larger_than_any_of_a_log_is_not_read(
    tmp_path: Path, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, store = grow(tmp_path, 5), MemoryStore()
    monkeypatch.setattr("ledger.log.bucket.OBJECT_BYTES", 1000)
    store.put(path, bytes(1001))
    with pytest.raises(Mismatch, match=f"object store: {path} has 1001 bytes, expected at most 1000"):
        send(log, store)


def test_what_lies_beside_partial_tiles_and_is_none_is_not_put(tmp_path: Path) -> None:
    log, store = grow(tmp_path, 3, 2), MemoryStore()
    for name in ("0", "04", "\N{SUPERSCRIPT TWO}", "256"):
        (log / "tile/0/000.p" / name).write_bytes(b"")
    send(log, store)
    assert {path for path in read_all(store) if path.startswith("tile/0/")} == {"tile/0/000.p/3", "tile/0/000.p/5"}


# Faults of the store.


class FaultyBucket(Bucket):
    """A store that fails at one put, counted from 1: before it is done, or after."""

    def __init__(self, store: ObjectStore, at: int, *, is_done: bool) -> None:
        super().__init__(store)
        self._at, self._is_done, self._puts, self._turn = at, is_done, 0, Lock()

    def create(self, path: str, data: bytes, attributes: Mapping[str, str]) -> bool:
        create = super().create
        return self._try(lambda: create(path, data, attributes))

    def replace(self, path: str, data: bytes, old: Found | None, attributes: Mapping[str, str]) -> bool:
        replace = super().replace
        if old is None:
            return self.create(path, data, attributes)
        return self._try(lambda: replace(path, data, old, attributes))

    def _try(self, put: Callable[[], bool]) -> bool:
        with self._turn:
            self._puts += 1
            is_fault = self._puts == self._at
        if is_fault and not self._is_done:
            raise OSError("lost")
        done = put()
        if is_fault:
            raise OSError("lost on the way back")
        return done


def try_faults(log: Path, make: Callable[[], ObjectStore], mirror: Path, *, is_done: bool) -> int:
    """Let each put of an upload fail once; a rerun must repair it. Returns how many puts there were."""
    for at in range(1, 100):
        store = make()
        try:
            upload(log, LOG.verifier, FaultyBucket(store, at, is_done=is_done))
        except OSError:
            there = fetch(store, mirror)
            if (there / "checkpoint").exists():
                check_log(there)
            send(log, store)
        else:
            return at - 1
        assert check_log(fetch(store, mirror)) == check_log(log)
    raise AssertionError("more puts than expected")


@pytest.mark.parametrize("is_done", [False, True])
@pytest.mark.parametrize("kind", ["memory", "folder", "s3"])
def test_each_put_is_lost_once(tmp_path: Path, kind: str, is_done: bool, request: pytest.FixtureRequest) -> None:
    """From nothing to 300 entries, and from 300 to 520."""
    numbers = iter(range(1000))
    seaweed: Seaweed | None = request.getfixturevalue("seaweed") if kind == "s3" else None

    def make() -> ObjectStore:
        if kind == "memory":
            return MemoryStore()
        if kind == "folder":
            return LocalStore(tmp_path / f"store-{next(numbers)}", mkdir=True)
        assert seaweed is not None
        return seaweed.store(f"faults-{is_done}-{next(numbers)}")

    log = grow(tmp_path / "bureau", 300)
    shutil.copytree(log, tmp_path / "old")

    def make_older() -> ObjectStore:
        store = make()
        send(tmp_path / "old", store)
        return store

    assert try_faults(log, make, tmp_path / "mirror", is_done=is_done) == 6
    grow(tmp_path / "bureau", 220)
    assert try_faults(log, make_older, tmp_path / "mirror", is_done=is_done) == 6


@pytest.mark.parametrize("lost", ["/tile/", "/checkpoint"])
def test_an_answer_that_is_lost_on_the_wire_is_asked_for_again(
    tmp_path: Path, seaweed: Seaweed, lost: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store has done it and the library asks again: what it is then refused is its own."""
    place = f"s3://logs/wire{lost}"
    with lose_answers(seaweed.port, lost) as (port, losses):
        for name, value in seaweed.environment(port).items():
            monkeypatch.setenv(name, value)
        bucket, log = open_bucket(place), tmp_path / "bureau/log"
        for count in (300, 220):
            grow(tmp_path / "bureau", count)
            assert upload(log, LOG.verifier, bucket).size == check_log(log)[0].size
            assert losses
            losses.clear()
    assert check_log(fetch(seaweed.store(f"wire{lost}"), tmp_path / "mirror")) == check_log(log)


def test_a_checkpoint_that_somebody_else_put_meanwhile_stays(store: ObjectStore, tmp_path: Path) -> None:
    log = grow(tmp_path / "bureau", 5)
    shutil.copytree(log, tmp_path / "five")
    for start in (None, tmp_path / "five"):
        if start is not None:
            send(start, store)
        grow(tmp_path / "bureau", 5)
        shutil.copytree(log, tmp_path / "mine", dirs_exist_ok=True)
        grow(tmp_path / "bureau", 5)

        class Overtaken(Bucket):
            def flush(self) -> None:
                send(log, store)

        with pytest.raises(Conflict, match="somebody else has put another one meanwhile"):
            upload(tmp_path / "mine", LOG.verifier, Overtaken(store))
        assert read_all(store)["checkpoint"] == (log / "checkpoint").read_bytes()
        store.delete(list(read_all(store)))


def test_many_upload_at_once_and_the_checkpoint_only_grows(store: ObjectStore, tmp_path: Path) -> None:
    log, copies = tmp_path / "bureau/log", [tmp_path / f"copy-{number}" for number in range(6)]
    for copy in copies:
        shutil.copytree(grow(tmp_path / "bureau", 50), copy)
    seen, is_over = [0], Event()

    def watch() -> None:
        while not is_over.is_set():
            found = Bucket(store).read("checkpoint")
            seen.append(0 if found is None else int(found.data.split(b"\n")[1]))

    def send_until_refused(copy: Path) -> str:
        for _ in range(20):
            try:
                return str(send(copy, store)[1])
            except Conflict as conflict:
                if "meanwhile" not in str(conflict):
                    return str(conflict)
        raise AssertionError("never came to an end")

    with ThreadPoolExecutor(7) as threads:
        watching = threads.submit(watch)
        answers = list(threads.map(send_until_refused, copies * 2))
        is_over.set()
        watching.result()
    assert answers[5] == answers[11] == "300"
    assert seen == sorted(seen)
    assert check_log(fetch(store, tmp_path / "mirror")) == check_log(log)


def test_a_log_that_grows_meanwhile_is_put_as_it_was(tmp_path: Path) -> None:
    """The partial tiles of 250 entries are taken away while they are put: their full ones hold them."""
    store, log = MemoryStore(), grow(tmp_path / "bureau", 250)
    shutil.copytree(log, tmp_path / "as-it-was")

    class Growing(Bucket):
        def read(self, path: str) -> Found | None:
            if path == "checkpoint":
                grow(tmp_path / "bureau", 50)
            return super().read(path)

    assert upload(log, LOG.verifier, Growing(store)).size == 250
    assert check_log(fetch(store, tmp_path / "mirror")) == check_log(tmp_path / "as-it-was")
    assert send(log, store)[:2] == (250, 300)
    assert check_log(fetch(store, tmp_path / "mirror")) == check_log(log)


# What lies in the folder.


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("tile/entries/000", "tile/entries/000: entry 0 is not the one that the hashes are of"),
        ("tile/entries/001.p/44", r"tile/entries/001\.p/44: entry 256 is not the one that the hashes are of"),
        ("tile/0/000", "tile/0/000 does not fit the tile above it|entry 0 is not the one"),
        ("tile/0/001.p/44", "the tiles give"),
        ("tile/1/000.p/1", "the tiles give"),
    ],
)
def test_what_does_not_fit_in_the_folder_is_not_put(tmp_path: Path, path: str, message: str) -> None:
    store, log = MemoryStore(), grow(tmp_path, 300)
    data = (log / path).read_bytes()
    (log / path).write_bytes(data[:10] + bytes([data[10] ^ 1]) + data[11:])
    with pytest.raises(Mismatch, match=message):
        send(log, store)
    there = read_all(store)
    assert path not in there
    assert "checkpoint" not in there


def test_a_checkpoint_that_the_log_did_not_sign_is_not_put(tmp_path: Path) -> None:
    store, log = MemoryStore(), grow(tmp_path, 5)
    checkpoint = (log / "checkpoint").read_bytes()
    (log / "checkpoint").write_bytes(checkpoint.replace(b"\n5\n", b"\n4\n"))
    with pytest.raises(BadSignature):
        send(log, store)
    assert read_all(store) == {}


def test_time_stamps_are_put_once_they_are_there(store: ObjectStore, tmp_path: Path) -> None:
    log = grow(tmp_path, 5)
    send(log, store)
    (log / "timestamps").mkdir()
    files = {
        "timestamps/5.tsr": b"token",
        "timestamps/5.checkpoint": (log / "checkpoint").read_bytes(),
        "timestamps/6.tsr": b"of a checkpoint that is not there yet",
        "timestamps/4.checkpoint": b"without a token",
        "timestamps/.5.tsr.tmp": b"left by a power cut",
    }
    for path, data in files.items():
        (log / path).write_bytes(data)
    assert send(log, store) == (5, 5, 2)
    assert send(log, store) == (5, 5, 0)
    assert {path for path in read_all(store) if path.startswith("timestamps")} == set(list(files)[:2])
    if not isinstance(store, LocalStore):
        assert store.get("timestamps/5.tsr").attributes["Content-Type"] == "application/timestamp-reply"
    (log / "timestamps/5.tsr").write_bytes(b"another")
    with pytest.raises(Mismatch, match=r"timestamps/5\.tsr is there already"):
        send(log, store)


# Where the store is.


@pytest.mark.parametrize(
    "url", ["", "store", "/srv/log", "http://127.0.0.1/log", "ftp://127.0.0.1/", "memory:///", "s3://", "file://host/x"]
)
def test_an_address_that_is_no_store_is_refused(url: str) -> None:
    with pytest.raises(Malformed, match=r"expected file:///, s3://, gs:// or az://"):
        open_bucket(url)


def test_a_store_that_cannot_be_reached_is_reported_soon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (port,) = find_ports(1)
    for name, value in Seaweed(port).environment().items():
        monkeypatch.setenv(name, value)
    log, start = grow(tmp_path, 5), time.monotonic()
    with pytest.raises(OSError, match="object store: checkpoint: "):
        upload(log, LOG.verifier, open_bucket("s3://logs/nowhere"))
    assert time.monotonic() - start < 30


def test_a_store_that_denies_is_reported(tmp_path: Path, seaweed: Seaweed, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in seaweed.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    with pytest.raises(OSError, match="object store: checkpoint: ") as denied:
        upload(grow(tmp_path, 5), LOG.verifier, open_bucket("s3://logs/denied"))
    assert "\n" not in str(denied.value)


def test_a_folder_that_may_not_be_made_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="object store: file://"):
        open_bucket(f"file://{tmp_path}/file/log")


WITHOUT = """
import sys
sys.modules["obstore"] = None
import ledger.cli
from ledger.log.bucket import open_bucket
from ledger.proof.errors import Refused
try:
    open_bucket("file:///srv/log")
except Refused as refused:
    print(refused)
"""


def test_without_the_package_all_else_works_and_the_refusal_names_it() -> None:
    ran = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=True)
    assert ran.stdout == "an object store needs the package obstore: install double-random[objects]\n"
