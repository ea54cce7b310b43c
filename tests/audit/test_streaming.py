"""A log is read a bundle at a time, twice, and nothing piles up meanwhile: its length does not decide its memory."""

import gc
from collections.abc import Iterator, Sequence
from itertools import islice
from multiprocessing import active_children
from pathlib import Path

import pytest

from audit.evidence import TERMS, failed, month, sign_checkpoint, write_log
from ledger.audit.folder import StoredEntries, read_log
from ledger.audit.replay import replay
from ledger.audit.report import Report
from ledger.audit.verify import verify_log
from ledger.office.record import Record
from ledger.proof.errors import Malformed, Mismatch
from ledger.proof.tile import WIDTH, format_entries
from log.fakes import say

SIZE = 700


class Read:
    """Entries that are others each time that one goes through them."""

    def __init__(self, *times: Sequence[bytes]) -> None:
        self._times = iter(times)

    def __iter__(self) -> Iterator[bytes]:
        return iter(next(self._times))


def verify_read(entries: Read) -> Report:
    report = Report("read")
    verify_log(report, sign_checkpoint(month().entries), entries, TERMS)
    return report


def test_entries_need_not_be_in_memory() -> None:
    assert failed(verify_read(Read(month().entries, month().entries))) == []


def test_entries_that_change_while_they_are_read_are_seen() -> None:
    shorter = month().entries[:-1]
    report = verify_read(Read(month().entries, shorter))
    (finding,) = report.with_status("failed")
    assert (finding.check.id, finding.reason.en) == ("tree", "the entries changed while they were read")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_log(tmp_path, say(0, SIZE), sign_checkpoint(say(0, SIZE)))


def test_a_bundle_is_read_when_its_entries_are_wanted_and_each_time_anew(folder: Path) -> None:
    _, entries = read_log(folder)
    assert len(entries) == SIZE
    assert list(entries) == list(entries) == say(0, SIZE)
    (folder / "tile/entries/001").unlink()
    assert list(islice(entries, WIDTH)) == say(0, WIDTH)
    with pytest.raises(Malformed, match="tile/entries/001 is missing"):
        list(islice(entries, WIDTH + 1))


def test_a_partial_bundle_holds_its_entries_and_no_more(folder: Path) -> None:
    entries = StoredEntries(folder, SIZE)
    (folder / f"tile/entries/002.p/{SIZE - 512}").write_bytes(format_entries(say(512, SIZE - 511)))
    with pytest.raises(Mismatch, match="holds more than its 188 entries"):
        list(entries)


def test_no_rule_leaves_cycles_behind_while_the_collector_is_held() -> None:
    record = Record(None, TERMS.pairing)
    gc.collect()
    gc.disable()
    try:
        for entry in month().entries:
            record.append(entry)
        assert gc.collect() < len(month().entries)
    finally:
        gc.enable()


def test_a_reading_that_fails_ends_the_processes_that_were_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.audit.replay.RUN", 8)
    before = active_children()

    def read() -> Iterator[bytes]:
        yield from month().entries[:40]
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="disk is gone"):
        replay(read(), pairing=TERMS.pairing, workers=1)
    assert active_children() == before
