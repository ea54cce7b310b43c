"""The book over the bureau's own rules: kept, opened again, and accepted by Go's reader of such logs."""

from pathlib import Path

import pytest

from interop.conftest import Sumdb, sumdb
from ledger.audit.pairing import check_pairing
from ledger.log.book import Book
from ledger.office.record import Record
from ledger.proof.errors import LedgerError
from ledger.proof.note import Signer, format_vkey
from world import ORIGIN, World

__all__ = ["sumdb"]  # the fixture


def open_book(folder: Path, signer: Signer | None) -> Book[Record]:
    return Book.open(folder, signer, Record(ORIGIN, check_pairing))


def test_a_bureau_is_kept_and_opened_again(tmp_path: Path, sumdb: Sumdb) -> None:
    world = World().prepare_year()
    entries = world.log.entries
    with open_book(tmp_path, world.log_signer) as book:
        assert book.append(entries[:2]) == [0, 1]
        with pytest.raises(LedgerError):
            book.append([*entries[2:4], entries[4][:-1]])
        assert len(book.record.tree) == 2
        assert book.append(entries[2:]) == list(range(2, len(entries)))
        assert book.record.tree.root() == world.log.record.tree.root()
    with open_book(tmp_path, world.log_signer) as book:
        assert book.append(entries) == list(range(len(entries)))
        assert book.record.heads == world.log.record.heads
    with open_book(tmp_path, None) as book:
        assert book.root == world.log.record.tree.root()
    checked = sumdb("log", tmp_path / "log", format_vkey(world.log_signer.verifier))
    assert checked.stdout.split()[:1] == [str(len(entries)).encode()], checked.stderr
