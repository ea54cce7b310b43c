"""The witnesses in the order of a write: asked before each signature, and again before it is published."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from ledger.log.book import Book
from ledger.log.witness import Witness
from ledger.proof.checkpoint import check_checkpoint
from ledger.proof.encoding import Hash
from ledger.proof.errors import Malformed, Mismatch, Refused
from ledger.proof.note import Signature
from ledger.proof.receipt import check_receipt
from log.fakes import LOG, WITNESS, SayRecord, say

NOW = 1_800_000_000


class Bench:
    """One witness that sits beside the book; it can be away."""

    def __init__(self, folder: Path, log: Path) -> None:
        self.witness = Witness(folder, WITNESS, [LOG.verifier])
        self.log = log
        self.is_away = False
        self.published_when_asked: list[bytes | None] = []

    def check_rollback(self, tree_size: int, root_at: Callable[[int], Hash]) -> None:
        newest = self.witness.newest(LOG.name)
        if not self.is_away and (newest.size > tree_size or root_at(newest.size) != newest.root):
            raise Mismatch(f"{WITNESS.name} has signed size {newest.size}, this log has {tree_size}")

    def cosign(self, checkpoint: bytes, prove_consistency: Callable[[int], Sequence[Hash]]) -> Sequence[Signature]:
        file = self.log / "checkpoint"
        self.published_when_asked.append(file.read_bytes() if file.exists() else None)
        if self.is_away:
            return []
        return [self.witness.cosign(checkpoint, prove_consistency(self.witness.newest(LOG.name).size), NOW)]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "witness", tmp_path / "installation" / "log")


def open_book(tmp_path: Path, bench: Bench) -> Book[SayRecord]:
    return Book.open(tmp_path / "installation", LOG, SayRecord(), bench)


def find_cosigners(checkpoint: bytes) -> set[str]:
    return set(check_checkpoint(checkpoint, LOG.verifier, [WITNESS.verifier]).times)


def test_a_checkpoint_is_published_with_its_cosignatures_only(tmp_path: Path, bench: Bench) -> None:
    with open_book(tmp_path, bench) as book:
        for number in range(3):
            before = book.checkpoint
            book.append(say(number, 1))
            assert bench.published_when_asked[-1] == before
            assert find_cosigners((bench.log / "checkpoint").read_bytes()) == {WITNESS.name}
            assert find_cosigners(check_and_read(book, number)) == {WITNESS.name}


def check_and_read(book: Book[SayRecord], index: int) -> bytes:
    receipt = book.receipt(index)
    check_receipt(receipt, book.read(index, 1)[0], LOG.verifier)
    return receipt.partition(b"\n\n")[2]


def test_t29_there_is_no_receipt_before_a_checkpoint_covers_the_entry(tmp_path: Path, bench: Bench) -> None:
    with open_book(tmp_path, bench) as book:
        book.append(say(0, 3))
        for index in (3, -1):
            with pytest.raises(Refused, match="covers 3 entries"):
                book.receipt(index)


def test_a_witness_that_is_away_does_not_stop_the_log(tmp_path: Path, bench: Bench) -> None:
    with open_book(tmp_path, bench) as book:
        bench.is_away = True
        assert book.append(say(0, 3)) == [0, 1, 2]
        assert find_cosigners(book.checkpoint) == set()
        bench.is_away = False
        assert find_cosigners(book.ask_witnesses()) == {WITNESS.name}
        book.append(say(3, 1))
        assert find_cosigners((bench.log / "checkpoint").read_bytes()) == {WITNESS.name}


def copy(source: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)


def test_t30_a_backup_of_everything_with_its_lock_is_refused_by_the_witness(tmp_path: Path, bench: Bench) -> None:
    with open_book(tmp_path, bench) as book:
        book.append(say(0, 5))
    copy(tmp_path / "installation", tmp_path / "backup")
    with open_book(tmp_path, bench) as book:
        book.append(say(5, 5))
    copy(tmp_path / "backup", tmp_path / "installation")
    kept = (bench.log / "checkpoint").read_bytes()
    with pytest.raises(Mismatch, match="signed size 10, this log has 5"):
        open_book(tmp_path, bench)
    assert (bench.log / "checkpoint").read_bytes() == kept


def test_t30_a_witness_that_comes_back_stops_a_log_that_was_taken_back_before_it_signs(
    tmp_path: Path, bench: Bench
) -> None:
    with open_book(tmp_path, bench) as book:
        book.append(say(0, 5))
    copy(tmp_path / "installation", tmp_path / "backup")
    with open_book(tmp_path, bench) as book:
        book.append(say(5, 5))
    copy(tmp_path / "backup", tmp_path / "installation")
    bench.is_away = True
    with open_book(tmp_path, bench) as book:
        bench.is_away = False
        locked = (tmp_path / "installation/lock/checkpoint").read_bytes()
        with pytest.raises(Mismatch, match="signed size 10"):
            book.append(say(100, 1))
        assert (tmp_path / "installation/lock/checkpoint").read_bytes() == locked
        with pytest.raises(Refused, match="open it again"):
            book.append(say(101, 1))


def test_a_cosigner_that_speaks_in_the_logs_name_is_refused(
    tmp_path: Path, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_book(tmp_path, bench) as book:
        monkeypatch.setattr(bench, "cosign", lambda *_: [Signature(LOG.name, b"1234", bytes(64))])
        with pytest.raises(Malformed, match="in the name of the log"):
            book.append(say(0, 1))
