"""The book over the bureau's own rules: kept, opened again, and accepted by Go's reader of such logs."""

from pathlib import Path

import pytest

from interop.conftest import Sumdb, sumdb
from ledger.audit.pairing import check_pairing
from ledger.log.book import AHEAD_SECONDS, Book
from ledger.office.events.supervision import SuggestionMade
from ledger.office.record import Record
from ledger.proof.errors import LedgerError, Refused
from ledger.proof.note import Signer, format_vkey
from world import DAY, ORIGIN, START, World

__all__ = ["sumdb"]  # the fixture
SUGGESTION = SuggestionMade(text="增加夜间检查")


def open_book(folder: Path, signer: Signer | None) -> Book[Record]:
    return Book.open(folder, signer, Record(ORIGIN, check_pairing), clock=lambda: START)


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


def test_t09_a_time_that_is_yet_to_come_is_not_recorded_and_a_copy_of_the_log_is_read_at_any_time(
    tmp_path: Path,
) -> None:
    world = World().prepare_year()
    with open_book(tmp_path, world.log_signer) as book:
        book.append(world.log.entries)
        ahead = []
        for seconds in (AHEAD_SECONDS + 1, 20 * 365 * DAY):
            world.now = START + seconds
            ahead.append(world.desk.prepare("suggestion.made/1", "suggestion/2027/0001", SUGGESTION, "bureau/hazchem"))
        for entry in ahead:
            with pytest.raises(Refused, match="yet to come: expected 2027-01-04T01:05:00Z at the latest") as caught:
                book.append([entry])
            assert caught.value.check == "history"
        world.now = START + AHEAD_SECONDS
        book.append([world.desk.prepare("suggestion.made/1", "suggestion/2027/0001", SUGGESTION, "bureau/hazchem")])
        size = book.size
    with Book.open(tmp_path, world.log_signer, Record(ORIGIN, check_pairing), clock=lambda: 0) as book:
        assert book.size == size
