"""The book on a PostgreSQL store: the same record, one writer among all machines, no signature on an old database."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ledger.log.book import Book
from ledger.proof.errors import Conflict, Mismatch, Refused
from ledger.store.postgres import PostgresEntryStore
from log import test_book, test_crash, test_pool
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


SHARED: list[Callable[..., None]] = [
    test_book.test_a_new_book_publishes_the_empty_log,
    test_book.test_entries_are_recorded_and_published,
    test_book.test_t33_the_same_bytes_again_are_not_written_again,
    test_book.test_a_closed_book_takes_nothing,
    test_book.test_t30_a_lock_gone_with_the_published_checkpoint_is_not_begun_anew,
    test_book.test_a_lock_swapped_by_someone_else_stops_the_book,
    test_book.test_cosignatures_are_published_in_order_and_kept,
    test_crash.test_partial_tiles_that_a_crash_left_are_taken_away,
    test_pool.test_a_refusal_within_a_batch_is_its_submitters_alone,
    test_pool.test_a_refusal_is_raised_where_it_was_submitted,
]
"""The book's tests that ask nothing of the database: they hold on any."""


@pytest.mark.parametrize("test", SHARED, ids=lambda test: test.__name__)
def test_what_holds_on_sqlite_holds_on_postgresql(
    test: Callable[..., None], tmp_path: Path, postgres: Server, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    dsn = postgres.dsn(database, WRITER)
    for module in (test_book, test_crash, test_pool):
        monkeypatch.setattr(module, "open_book", lambda folder: open_book(folder, dsn))
    test(tmp_path)
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize("place", [0, 1, 4])
def test_a_batch_with_a_refused_entry_leaves_nothing_there_either(
    place: int, tmp_path: Path, postgres: Server, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    dsn = postgres.dsn(database, WRITER)
    monkeypatch.setattr(test_book, "open_book", lambda folder: open_book(folder, dsn))
    test_book.test_a_batch_with_a_refused_entry_leaves_nothing(tmp_path, place)


@pytest.mark.parametrize("name", ["fsync", "replace"])
@pytest.mark.parametrize("is_done", [False, True], ids=["lost", "done-but-reported-lost"])
def test_a_power_cut_at_each_step_of_an_append_there(
    name: str, is_done: bool, tmp_path: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    databases: dict[Path, str] = {}

    def open_one(folder: Path) -> Book[SayRecord]:
        if folder not in databases:
            databases[folder] = postgres.make_database()
            PostgresEntryStore.migrate(postgres.dsn(databases[folder], OWNER), writer_role=WRITER, reader_role=READER)
        return open_book(folder, postgres.dsn(databases[folder], WRITER))

    monkeypatch.setattr(test_crash, "open_book", open_one)
    test_crash.check_power_cuts(tmp_path, name, is_done=is_done, least=4)
    for database in databases.values():
        postgres.reset(database)
