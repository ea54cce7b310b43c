"""The book on a PostgreSQL store: the same record, one writer among all machines, no signature on an old database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.log.book import Book
from ledger.proof.errors import Conflict, Mismatch, Refused
from ledger.store.postgres import PostgresEntryStore
from log.fakes import LOG, SayRecord, check_log, say
from postgres import OWNER, READER, WRITER, Server


@pytest.fixture
def database(postgres: Server) -> Iterator[str]:
    name = postgres.make_database()
    PostgresEntryStore.migrate(postgres.dsn(name, OWNER), writer_role=WRITER, reader_role=READER)
    yield name
    postgres.reset(name)


def open_book(folder: Path, dsn: str) -> Book[SayRecord]:
    return Book.open(folder, LOG, SayRecord(), store=PostgresEntryStore(dsn))


def test_entries_are_recorded_published_and_read_again(tmp_path: Path, postgres: Server, database: str) -> None:
    dsn = postgres.dsn(database, WRITER)
    with open_book(tmp_path, dsn) as book:
        assert book.append(say(0, 300)) == list(range(300))
        assert check_log(tmp_path / "log")[1] == say(0, 300)
        reading = PostgresEntryStore(postgres.dsn(database, READER), is_read_only=True)
        with Book.open(tmp_path, None, SayRecord(), store=reading) as reader:
            assert (reader.size, reader.root) == (300, book.root)
    with open_book(tmp_path, dsn) as book:
        assert book.append(say(299, 2)) == [299, 300]
    assert not (tmp_path / "store").exists()


def test_one_book_writes_and_another_takes_over(tmp_path: Path, postgres: Server, database: str) -> None:
    dsn = postgres.dsn(database, WRITER)
    with open_book(tmp_path, dsn) as book:
        book.append(say(0, 5))
        with pytest.raises(Conflict, match="another one leads"):
            open_book(tmp_path, dsn)
        sessions = f"FROM pg_stat_activity WHERE usename = '{WRITER}'"
        postgres.execute("postgres", "postgres", f"SELECT pg_terminate_backend(pid, 10000) {sessions}")
        with open_book(tmp_path, dsn) as successor:
            successor.append(say(5, 5))
            with pytest.raises(OSError, match="terminating connection"):
                book.append(say(5, 1))
            with pytest.raises(Refused, match="open it again"):
                book.append(say(5, 1))
    assert check_log(tmp_path / "log")[1] == say(0, 10)


def test_t30_an_old_backup_of_the_database_is_refused(tmp_path: Path, postgres: Server, database: str) -> None:
    with open_book(tmp_path, postgres.dsn(database, WRITER)) as book:
        book.append(say(0, 5))
    backup = postgres.make_database(template=database)
    with open_book(tmp_path, postgres.dsn(database, WRITER)) as book:
        book.append(say(5, 5))
    with pytest.raises(Mismatch, match="5 entries, lock/checkpoint has a checkpoint of 10: the store is an old copy"):
        open_book(tmp_path, postgres.dsn(backup, WRITER))
    postgres.reset(backup)


def test_t30_a_database_whose_lock_is_gone_is_not_begun_anew(tmp_path: Path, postgres: Server, database: str) -> None:
    with open_book(tmp_path / "one", postgres.dsn(database, WRITER)) as book:
        book.append(say(0, 5))
    with pytest.raises(Mismatch, match="the store has 5 entries, but lock/checkpoint is missing"):
        open_book(tmp_path / "other", postgres.dsn(database, WRITER))
