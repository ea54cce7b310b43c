"""Whatever fails, and wherever: what was acknowledged is there, what was not is there whole or not at all."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from ledger.log.book import Book
from ledger.proof.errors import Mismatch, Refused
from ledger.store.entries import Entry
from ledger.store.sqlite import SqliteEntryStore
from log.fakes import LOG, SayRecord, check_log, say

OLD, NEW = 250, 20  # the batch fills a tile and begins the next


class PowerCut(OSError):
    pass


def fail_at(monkeypatch: pytest.MonkeyPatch, name: str, nth: int, *, is_done: bool) -> Callable[[], bool]:
    """Let the nth call of an os function fail, done or not done; return what tells whether it came to that."""
    real, calls = getattr(os, name), [0]

    def faulty(*arguments: object) -> None:
        calls[0] += 1
        if calls[0] < nth:
            real(*arguments)
            return
        if is_done and calls[0] == nth:
            real(*arguments)
        raise PowerCut(f"{name} number {calls[0]}")  # and every later one: the power is off

    monkeypatch.setattr(os, name, faulty)
    return lambda: calls[0] >= nth


def open_book(folder: Path) -> Book[SayRecord]:
    return Book.open(folder, LOG, SayRecord())


def check_repaired(folder: Path, is_acknowledged: bool) -> None:
    """Open the installation again and check that it is sound, whole, and goes on."""
    with open_book(folder) as book:
        assert book.size in ((OLD + NEW,) if is_acknowledged else (OLD, OLD + NEW))
        assert check_log(folder / "log")[1] == say(0, book.size)
        assert (folder / "lock/checkpoint").read_bytes() == book.checkpoint
        book.append(say(0, OLD + NEW + 5))
        assert check_log(folder / "log")[1] == say(0, OLD + NEW + 5)


@pytest.mark.parametrize("is_done", [False, True], ids=["lost", "done-but-reported-lost"])
@pytest.mark.parametrize("name", ["fsync", "replace"])
def test_a_power_cut_at_each_step_of_an_append(tmp_path: Path, name: str, is_done: bool) -> None:
    check_power_cuts(tmp_path, name, is_done=is_done, least={"fsync": 14, "replace": 7}[name])


def check_power_cuts(tmp_path: Path, name: str, *, is_done: bool, least: int) -> None:
    """Cut the power at each call of an os function, and check the repair; there must be more than `least` of them."""
    steps, is_reached = 0, True
    while is_reached:
        steps += 1
        folder = tmp_path / str(steps)
        book = open_book(folder)
        book.append(say(0, OLD))
        with pytest.MonkeyPatch.context() as patched:
            reached = fail_at(patched, name, steps, is_done=is_done)
            try:
                book.append(say(OLD, NEW))
                is_acknowledged = True
            except OSError:
                is_acknowledged = False
            is_reached = reached()
        if not is_acknowledged:
            with pytest.raises(Refused, match="open it again"):
                book.append(say(OLD, NEW))
        book.close()
        check_repaired(folder, is_acknowledged)
    assert steps > least


@pytest.mark.parametrize("name", ["fsync", "replace"])
def test_a_power_cut_at_each_step_of_a_beginning(tmp_path: Path, name: str) -> None:
    steps, is_reached = 0, True
    while is_reached:
        steps += 1
        folder = tmp_path / str(steps)
        with pytest.MonkeyPatch.context() as patched:
            reached = fail_at(patched, name, steps, is_done=False)
            with suppress(OSError):
                open_book(folder).close()
            is_reached = reached()
        with open_book(folder) as book:
            book.append(say(0, 3))
        assert check_log(folder / "log")[1] == say(0, 3)
    assert steps > 2


@pytest.mark.parametrize("name", ["fsync", "replace"])
def test_a_power_cut_at_each_step_of_a_repair(tmp_path: Path, name: str) -> None:
    steps, is_reached = 0, True
    while is_reached:
        steps += 1
        folder = tmp_path / str(steps)
        leave_unsigned(folder)
        with pytest.MonkeyPatch.context() as patched:
            reached = fail_at(patched, name, steps, is_done=False)
            with suppress(OSError):
                open_book(folder).close()
            is_reached = reached()
        check_repaired(folder, is_acknowledged=True)  # the store holds the batch
    assert steps > 5


def leave_unsigned(folder: Path) -> None:
    """Leave an installation whose power went just after the store had kept a batch."""
    book = open_book(folder)
    book.append(say(0, OLD))
    with pytest.MonkeyPatch.context() as patched:
        fail_at(patched, "fsync", 1, is_done=False)
        with pytest.raises(PowerCut):
            book.append(say(OLD, NEW))
    book.close()


@pytest.mark.parametrize("is_done", [False, True], ids=["lost", "done-but-reported-lost"])
def test_a_store_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_done: bool) -> None:
    real = SqliteEntryStore.append

    def fail(store: SqliteEntryStore, entries: list[Entry], expected_size: int) -> None:
        if is_done:
            real(store, entries, expected_size)
        raise PowerCut("store")

    book = open_book(tmp_path)
    book.append(say(0, OLD))
    with monkeypatch.context() as patched:
        patched.setattr(SqliteEntryStore, "append", fail)
        with pytest.raises(PowerCut):
            book.append(say(OLD, NEW))
    with pytest.raises(Refused, match="open it again"):
        book.append(say(OLD, NEW))
    book.close()
    with open_book(tmp_path) as book:
        assert book.size == OLD + NEW * is_done
        assert check_log(tmp_path / "log")[1] == say(0, book.size)


@pytest.mark.parametrize(
    "lost", ["log", "log/checkpoint", "log/tile/entries/000", "log/tile/0/000", "log/tile/1", "log/tile/0/001.p/14"]
)
def test_lost_files_of_the_log_are_made_again(tmp_path: Path, lost: str) -> None:
    with open_book(tmp_path) as book:
        book.append(say(0, OLD + NEW))
    os.rename(tmp_path / lost, tmp_path / "gone")
    with open_book(tmp_path) as book:
        assert check_log(tmp_path / "log") == (check_log(tmp_path / "log")[0], say(0, OLD + NEW))


@pytest.mark.parametrize("tile", ["0/000", "0/001.p/14", "1/000.p/1"])
def test_a_tile_of_hashes_that_was_changed_is_seen(tmp_path: Path, tile: str) -> None:
    with open_book(tmp_path) as book:
        book.append(say(0, OLD + NEW))
    file = tmp_path / "log/tile" / tile
    file.write_bytes(bytes(32) + file.read_bytes()[32:])
    with pytest.raises(Mismatch, match=f"tile/{tile} is there already and differs"):
        open_book(tmp_path)


def test_partial_tiles_that_a_crash_left_are_taken_away(tmp_path: Path) -> None:
    with open_book(tmp_path) as book:
        book.append(say(0, OLD + NEW))
    left = tmp_path / "log/tile/0/000.p"
    left.mkdir()
    (left / "250").write_bytes(b"left")
    with open_book(tmp_path):
        assert not left.exists()
        assert check_log(tmp_path / "log")[1] == say(0, OLD + NEW)


def test_what_is_signed_but_not_published_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_book(tmp_path) as book, monkeypatch.context() as patched:
        real, checkpoints = os.replace, []

        def fail_at_the_second_checkpoint(source: Path, target: Path) -> None:
            if target.name == "checkpoint":
                checkpoints.append(target)
            if len(checkpoints) == 2:
                raise PowerCut("disk full")
            real(source, target)

        patched.setattr(os, "replace", fail_at_the_second_checkpoint)
        with pytest.raises(OSError, match="3 entries are signed, but not published yet: disk full"):
            book.append(say(0, 3))
        assert book.size == 0
    with open_book(tmp_path) as book:
        assert book.size == 3


WRITER = """
import sys
from pathlib import Path
from log.fakes import LOG, SayRecord, say
from ledger.log.book import Book
with Book.open(Path(sys.argv[1]), LOG, SayRecord()) as book:
    while True:
        book.append(say(book.size, 7, 5000))
        print(book.size, flush=True)
"""


def test_a_writer_that_is_killed(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    for seconds in (0.01, 0.05, 0.1):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, tmp_path], stdout=subprocess.PIPE, env=environment, text=True
        )
        assert writer.stdout is not None
        told = int(writer.stdout.readline())
        time.sleep(seconds)
        writer.send_signal(signal.SIGKILL)
        told = max([told, *map(int, writer.communicate()[0].splitlines())])
        with open_book(tmp_path) as book:
            assert book.size in (told, told + 7)
            assert check_log(tmp_path / "log")[1] == say(0, book.size, 5000)


def test_the_store_is_a_database_that_anyone_can_read(tmp_path: Path) -> None:
    with open_book(tmp_path) as book:
        book.append(say(0, 3))
    database = sqlite3.connect(tmp_path / "store/entries.sqlite")
    assert database.execute("SELECT state FROM stored_events WHERE rowid = 2").fetchone()[0] == say(1, 1)[0]
    database.close()
