"""The SQLite store keeps the contract, and what is SQLite's own."""

import os
import signal
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from eventsourcing.persistence import StoredEvent

from ledger.proof.errors import Mismatch
from ledger.store.entries import Entry, EntryStore
from ledger.store.sqlite import EntryFactory, EntryRecorder, SqliteEntryStore
from store.contract import SPAWN, EntryStoreContract, Opener, run


class TestSqliteEntryStore(EntryStoreContract):
    def make(self, folder: Path) -> Opener:
        SqliteEntryStore.migrate(folder / "entries.sqlite")
        return partial(SqliteEntryStore, folder / "entries.sqlite")

    def execute(self, folder: Path, statement: str) -> None:
        with closing(sqlite3.connect(folder / "entries.sqlite")) as database, database:
            database.execute(statement)

    @pytest.mark.parametrize(
        "values",
        [
            "1, 'a', 0",  # the same place
            "1, 'z', 0",  # another entry in its place
            "3, 'a', 1",  # the same position
            "4, 'a', 2",  # a gap in the list
            "3, 'a', 3",  # a gap in the subject
            "0, 'z', 0",
            "-1, 'z', 0",
            "NULL, 'z', 0",  # SQLite would choose
        ],
    )
    @pytest.mark.parametrize("verb", ["INSERT", "INSERT OR REPLACE", "INSERT OR IGNORE", "REPLACE"])
    def test_t18_nothing_is_put_but_at_the_end(self, store: EntryStore, tmp_path: Path, verb: str, values: str) -> None:
        store.append(run("a", 0, 2), 0)
        with pytest.raises(sqlite3.IntegrityError, match="without a gap"):
            self.execute(tmp_path, f"{verb} INTO stored_events VALUES ({values}, 'thing.said/1', x'00')")
        assert store.read(0, 9) == run("a", 0, 2)

    @pytest.mark.parametrize(
        "statement",
        [
            "DROP TRIGGER entries_follow",
            "DROP TABLE stored_events",
            "CREATE TRIGGER more AFTER INSERT ON stored_events BEGIN SELECT 1; END",
        ],
    )
    def test_t18_a_store_without_its_triggers_is_not_opened(
        self, open_store: Opener, tmp_path: Path, statement: str
    ) -> None:
        self.execute(tmp_path, statement)
        with pytest.raises(Mismatch, match="triggers"):
            open_store()

    def test_a_missing_entry_is_named(self, open_store: Opener, store: EntryStore, tmp_path: Path) -> None:
        store.append(run("a", 0, 4), 0)
        self.execute(tmp_path, "DROP TRIGGER entries_remain")
        self.execute(tmp_path, "DELETE FROM stored_events WHERE rowid = 2")
        with pytest.raises(Mismatch, match="entry 1 is missing"):
            store.read(0, 9)
        with pytest.raises(Mismatch, match="entry 1 is missing"):
            store.read(1, 9)

    def test_opening_makes_nothing(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            SqliteEntryStore(tmp_path / "entries.sqlite")
        (tmp_path / "empty.sqlite").touch()
        with pytest.raises(Mismatch):
            SqliteEntryStore(tmp_path / "empty.sqlite")
        assert [file.name for file in tmp_path.iterdir()] == ["empty.sqlite"]

    def test_migrating_twice_keeps_what_is_there(self, open_store: Opener, store: EntryStore, tmp_path: Path) -> None:
        store.append(run("a", 0, 2), 0)
        SqliteEntryStore.migrate(tmp_path / "entries.sqlite")
        with closing(open_store()) as again:
            assert again.size() == 2

    def test_a_reader_cannot_write(self, store: EntryStore, tmp_path: Path) -> None:
        store.append(run("a", 0, 2), 0)
        with closing(SqliteEntryStore(tmp_path / "entries.sqlite", is_read_only=True)) as reader:
            assert reader.read(0, 9) == run("a", 0, 2)
            with pytest.raises(OSError, match="readonly"):
                reader.append(run("a", 2, 1), 2)

    def test_a_path_may_hold_any_character(self, tmp_path: Path) -> None:
        folder = tmp_path / "局 50%?#&"
        folder.mkdir()
        with closing(self.make(folder)()) as store:
            store.append(run("a", 0, 1), 0)
        assert (folder / "entries.sqlite").is_file()

    def test_a_commit_waits_for_the_disk(self, tmp_path: Path) -> None:
        recorder = make_recorder(self.make(tmp_path), tmp_path)
        with recorder.datastore.transaction(commit=True) as cursor:
            cursor.execute("PRAGMA synchronous")
            assert cursor.fetchone()[0] == 2  # FULL
            cursor.execute("PRAGMA journal_mode")
            assert cursor.fetchone()[0] == "wal"

    def test_a_writer_killed_within_its_transaction_leaves_nothing(
        self, open_store: Opener, store: EntryStore, tmp_path: Path
    ) -> None:
        store.append(run("a", 0, 2), 0)
        process = SPAWN.Process(target=die_within_a_transaction, args=(open_store, tmp_path))
        process.start()
        process.join(30)
        assert process.exitcode == -signal.SIGKILL
        assert store.size() == 2
        store.append(run("a", 2, 1), 2)  # and its lock is gone


def make_recorder(open_store: Opener, folder: Path) -> EntryRecorder:
    open_store().close()
    file = folder / "entries.sqlite"
    recorder = EntryFactory({"SQLITE_DBNAME": file.as_uri(), "CREATE_TABLE": "n"}).application_recorder()
    assert isinstance(recorder, EntryRecorder)
    return recorder


def die_within_a_transaction(open_store: Opener, folder: Path) -> None:
    recorder = make_recorder(open_store, folder)
    with recorder.datastore.transaction(commit=True) as cursor:
        # 3 MB: more than SQLite keeps in memory, so that it has begun to write.
        recorder._insert_events(cursor, [as_stored(one) for one in run("a", 2, 50, 60_000)], expected_size=2)
        os.kill(os.getpid(), signal.SIGKILL)


def as_stored(one: Entry) -> StoredEvent:
    return StoredEvent(one.subject, one.position, one.type, one.data)
