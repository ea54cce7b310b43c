"""The book: all or nothing, the same bytes once, one writer, and no signature on a history that was changed."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ledger.log.book import Book
from ledger.log.witness import Witness
from ledger.proof.checkpoint import Checkpoint, check_checkpoint
from ledger.proof.errors import BadSignature, Conflict, Malformed, Mismatch, Refused
from ledger.proof.merkle import EMPTY_ROOT
from ledger.proof.note import Signature, Signer, parse_note
from log.fakes import LOG, WITNESS, SayRecord, check_log, say


def open_book(folder: Path) -> Book[SayRecord]:
    return Book.open(folder, LOG, SayRecord())


def test_a_new_book_publishes_the_empty_log(tmp_path: Path) -> None:
    with open_book(tmp_path) as book:
        assert (book.size, book.root) == (0, EMPTY_ROOT)
        assert book.append([]) == []
    assert check_log(tmp_path / "log")[0].size == 0


def test_entries_are_recorded_and_published(tmp_path: Path) -> None:
    entries = say(0, 300)
    with open_book(tmp_path) as book:
        assert book.append(entries[:10]) == list(range(10))
        assert book.append(entries[10:]) == list(range(10, 300))
        assert check_log(tmp_path / "log") == (Checkpoint(LOG.name, 300, book.root), entries)
        assert book.read(5, 10) == entries[5:15]
        assert book.read(295, 10) == entries[295:]
        assert book.read(300, 10) == []
    with open_book(tmp_path) as book:
        assert book.size == len(book.record.tree) == 300
        assert book.append(say(300, 1)) == [300]
    check_log(tmp_path / "log")


def test_t33_the_same_bytes_again_are_not_written_again(tmp_path: Path) -> None:
    entries = say(0, 6)
    with open_book(tmp_path) as book:
        assert book.append([*entries[:3], entries[0]]) == [0, 1, 2, 0]
        checkpoint = book.checkpoint
        assert book.append(entries[:3][::-1]) == [2, 1, 0]
        assert (book.size, book.checkpoint) == (3, checkpoint)
        assert book.append([entries[1], *entries[3:]]) == [1, 3, 4, 5]
    with open_book(tmp_path) as book:
        assert book.append(entries) == [0, 1, 2, 3, 4, 5]
        assert book.size == 6


@pytest.mark.parametrize("place", [0, 1, 4])
def test_a_batch_with_a_refused_entry_leaves_nothing(tmp_path: Path, place: int) -> None:
    entries = say(0, 80)
    with open_book(tmp_path) as book:
        book.append(entries[:70])
        published = book.checkpoint
        batch = [b"d closed", *entries[70:73]]
        batch.insert(place, b"a refuse this")
        with pytest.raises(Refused, match="a may not say refuse"):
            book.append(batch)
        assert book.checkpoint == published
        assert len(book.record.tree) == 70
        assert not book.record.closed
        assert book.append(entries[70:]) == list(range(70, 80))
    assert check_log(tmp_path / "log")[1] == entries


def test_one_process_writes_and_others_read(tmp_path: Path) -> None:
    with open_book(tmp_path) as book:
        book.append(say(0, 5))
        with pytest.raises(Conflict, match=str(os.getpid())):
            open_book(tmp_path)
        with Book.open(tmp_path, None, SayRecord()) as reader:
            assert (reader.size, reader.root, reader.checkpoint) == (5, book.root, book.checkpoint)
            with pytest.raises(Refused, match="reading only"):
                reader.append(say(5, 1))
            with pytest.raises(Refused, match="reading only"):
                reader.publish([])
        book.append(say(5, 1))
    open_book(tmp_path).close()


def test_a_reader_stops_at_what_is_published(tmp_path: Path) -> None:
    with open_book(tmp_path) as book:
        book.append(say(0, 5))
        checkpoint = book.checkpoint
        book.append(say(5, 5))
    (tmp_path / "log/checkpoint").write_bytes(checkpoint)
    with Book.open(tmp_path, None, SayRecord()) as reader:
        assert reader.size == len(reader.record.tree) == 5
        assert reader.read(0, 100) == say(0, 5)


def test_there_must_be_something_to_read(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Book.open(tmp_path, None, SayRecord())
    assert list(tmp_path.iterdir()) == []


def test_a_closed_book_takes_nothing(tmp_path: Path) -> None:
    book = open_book(tmp_path)
    book.close()
    book.close()
    with pytest.raises(Refused, match="open it again"):
        book.append(say(0, 1))


def rewrite(folder: Path, statement: str, *values: object) -> None:
    """Change the store as its owner could: without its triggers, which are put back afterwards."""
    with closing(sqlite3.connect(folder / "store/entries.sqlite")) as database, database:
        triggers = database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            database.execute(f"DROP TRIGGER {name}")
        assert database.execute(statement, values).rowcount
        for _, sql in triggers:
            database.execute(sql)


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE stored_events SET state = x'6120ff' WHERE rowid = 7", "tells another history"),
        ("UPDATE stored_events SET state = CAST('a another' AS BLOB) WHERE rowid = 7", "tells another history"),
        ("UPDATE stored_events SET state = CAST('a refuse' AS BLOB) WHERE rowid = 7", "entry 6 is not one"),
        ("UPDATE stored_events SET originator_id = 'z' WHERE rowid = 9", "entry 8 stands as"),
        ("UPDATE stored_events SET topic = 'thing.sung/1' WHERE rowid = 7", "entry 6 stands as"),
        ("UPDATE stored_events SET originator_version = 99 WHERE rowid = 10", "entry 9 stands as"),
        ("DELETE FROM stored_events WHERE rowid = 7", "entry 6 is missing"),
        ("DELETE FROM stored_events WHERE rowid > 7", "an old copy"),
        ("DELETE FROM stored_events", "an old copy"),
    ],
)
def test_t18_an_entry_changed_in_the_database_is_seen_at_the_next_opening(
    tmp_path: Path, statement: str, message: str
) -> None:
    with open_book(tmp_path) as book:
        book.append(say(0, 10))
    rewrite(tmp_path, statement)
    with pytest.raises(Mismatch, match=message):
        open_book(tmp_path)
    with pytest.raises(Mismatch, match=message):
        Book.open(tmp_path, None, SayRecord())
    assert check_log(tmp_path / "log")[1] == say(0, 10)


def test_t18_an_entry_changed_while_the_book_is_open_is_not_published(tmp_path: Path) -> None:
    with open_book(tmp_path) as book:
        book.append(say(0, 10))
        rewrite(tmp_path, "UPDATE stored_events SET state = CAST('a another' AS BLOB) WHERE rowid = 7")
        with pytest.raises(Mismatch, match="entry 6 was changed"):
            book.append(say(10, 1))
    assert check_log(tmp_path / "log")[1] == say(0, 10)


def copy_store(source: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)


def test_t30_an_old_backup_of_the_store_is_refused(tmp_path: Path) -> None:
    with open_book(tmp_path) as book:
        book.append(say(0, 5))
    copy_store(tmp_path / "store", tmp_path / "backup")
    with open_book(tmp_path) as book:
        book.append(say(5, 5))
    checkpoint = (tmp_path / "log/checkpoint").read_bytes()
    copy_store(tmp_path / "backup", tmp_path / "store")
    with pytest.raises(Mismatch, match="5 entries, lock/checkpoint has a checkpoint of 10: the store is an old copy"):
        open_book(tmp_path)
    assert (tmp_path / "log/checkpoint").read_bytes() == (tmp_path / "lock/checkpoint").read_bytes() == checkpoint


def test_t30_an_old_backup_of_store_and_lock_is_refused_by_what_was_published(tmp_path: Path) -> None:
    with open_book(tmp_path) as book:
        book.append(say(0, 5))
    for name in ("store", "lock"):
        copy_store(tmp_path / name, tmp_path / f"backup-{name}")
    with open_book(tmp_path) as book:
        book.append(say(5, 5))
    for name in ("store", "lock"):
        copy_store(tmp_path / f"backup-{name}", tmp_path / name)
    with pytest.raises(Mismatch, match="log/checkpoint has a checkpoint of 10"):
        open_book(tmp_path)


def test_t30_an_old_backup_of_everything_is_refused_by_a_witness(tmp_path: Path) -> None:
    folder = tmp_path / "installation"
    witness = Witness(tmp_path / "witness", WITNESS, [LOG.verifier])
    with open_book(folder) as book:
        book.append(say(0, 5))
    copy_store(folder, tmp_path / "backup")
    with open_book(folder) as book:
        book.append(say(5, 5))
        witness.cosign(book.checkpoint, [], 1_800_000_000)
    copy_store(tmp_path / "backup", folder)
    with open_book(folder) as book:
        with pytest.raises(Mismatch, match=r"witness.example has a checkpoint of 10"):
            book.check_extends(witness.newest(LOG.name), "witness.example")
        book.append(say(105, 6))
        with pytest.raises(Mismatch, match="tells another history"):
            book.check_extends(witness.newest(LOG.name), "witness.example")
    witness.close()


@pytest.mark.parametrize("missing", ["lock/checkpoint", "store/entries.sqlite", "store"])
def test_t30_a_part_that_is_gone_is_not_begun_anew(tmp_path: Path, missing: str) -> None:
    with open_book(tmp_path) as book:
        book.append(say(0, 5))
    gone = tmp_path / missing
    shutil.rmtree(gone) if gone.is_dir() else gone.unlink()
    with pytest.raises(Mismatch, match="missing"):
        open_book(tmp_path)


def test_t30_a_lock_gone_with_the_published_checkpoint_is_not_begun_anew(tmp_path: Path) -> None:
    with open_book(tmp_path) as book:
        book.append(say(0, 5))
    (tmp_path / "lock/checkpoint").unlink()
    (tmp_path / "log/checkpoint").unlink()
    with pytest.raises(Mismatch, match="5 entries, but lock/checkpoint is missing"):
        open_book(tmp_path)


def test_t30_tiles_of_a_history_that_was_given_up_stop_the_book(tmp_path: Path) -> None:
    with open_book(tmp_path) as book:
        book.append(say(0, 5))
    for name in ("store", "lock"):
        copy_store(tmp_path / name, tmp_path / f"backup-{name}")
    with open_book(tmp_path) as book:
        book.append(say(5, 5))
    for name in ("store", "lock"):
        copy_store(tmp_path / f"backup-{name}", tmp_path / name)
    (tmp_path / "log/checkpoint").unlink()
    with open_book(tmp_path) as book, pytest.raises(Mismatch, match=r"tile/entries/000\.p/10 is there already"):
        book.append(say(105, 5))


def test_another_logs_key_does_not_open_the_book(tmp_path: Path) -> None:
    open_book(tmp_path).close()
    with pytest.raises(BadSignature, match="lock/checkpoint"):
        Book.open(tmp_path, Signer(LOG.name, bytes(32)), SayRecord())


def test_a_lock_swapped_by_someone_else_stops_the_book(tmp_path: Path) -> None:
    with open_book(tmp_path) as book:
        book.append(say(0, 5))
        (tmp_path / "lock/checkpoint").write_bytes(b"other")
        with pytest.raises(Conflict, match="someone else"):
            book.append(say(5, 1))
        with pytest.raises(Refused, match="open it again"):
            book.append(say(6, 1))


def test_cosignatures_are_published_in_order_and_kept(tmp_path: Path) -> None:
    witness = Witness(tmp_path / "witness", WITNESS, [LOG.verifier])
    with open_book(tmp_path) as book:
        book.append(say(0, 5))
        bare = book.checkpoint
        book.publish([Signature("aaa.example", b"1234", bytes(72))], bare)
        book.publish([witness.cosign(bare, [], 1_800_000_000)])
        book.publish([witness.cosign(bare, [], 1_800_000_001)])
        signed = book.checkpoint
    assert [line.name for line in parse_note(signed).signatures] == [LOG.name, "aaa.example", WITNESS.name]
    assert (tmp_path / "log/checkpoint").read_bytes() == signed
    witnessed = check_checkpoint(signed, LOG.verifier, [WITNESS.verifier])
    assert witnessed.times == {WITNESS.name: 1_800_000_001}
    with open_book(tmp_path) as book:
        assert book.checkpoint == signed
        book.append(say(5, 1))
        assert [line.name for line in parse_note(book.checkpoint).signatures] == [LOG.name]
        with pytest.raises(Conflict, match="older checkpoint"):
            book.publish([witness.cosign(bare, [], 1_800_000_002)], bare)
        with pytest.raises(Malformed, match="in the name of the log"):
            book.publish([Signature(LOG.name, b"1234", bytes(64))])
    witness.close()
