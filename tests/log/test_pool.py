"""Group commit: many threads share a batch, each is answered for itself, and a lone one waits for nobody."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event

import pytest

from ledger.log.book import Book, Outcome
from ledger.log.pool import Pool
from ledger.proof.errors import Refused
from log.fakes import LOG, SayRecord, check_log, say


def open_book(folder: Path) -> Book[SayRecord]:
    return Book.open(folder, LOG, SayRecord())


def test_many_submitters_share_few_checkpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = say(0, 320)
    barrier = Barrier(64)
    with open_book(tmp_path) as book:
        pool, batches = Pool(book), list[int]()
        real = book.append_each

        def counted(submissions: list[list[bytes]]) -> list[Outcome]:
            batches.append(len(submissions))
            return real(submissions)

        monkeypatch.setattr(book, "append_each", counted)

        def submit(thread: int) -> dict[int, bytes]:
            barrier.wait()
            return {pool.submit(data): data for data in entries[thread::64]}

        with ThreadPoolExecutor(64) as threads:
            answers = list(threads.map(submit, range(64)))
        recorded = {index: data for answer in answers for index, data in answer.items()}
        assert sorted(recorded) == list(range(320))
        assert book.read(0, 320) == [recorded[index] for index in range(320)]
        assert sum(batches) == 320
        assert len(batches) < 160, batches
    assert check_log(tmp_path / "log")[1] == [recorded[index] for index in range(320)]


def test_a_refusal_within_a_batch_is_its_submitters_alone(tmp_path: Path) -> None:
    with open_book(tmp_path) as book:
        outcomes = book.append_each(
            [[b"a first"], [b"a refuse this"], [b"b second", b"c closed", b"c third"], [b"a first"], [], [b"d fourth"]]
        )
        assert [outcome.indexes for outcome in outcomes] == [[0], [], [1, 2], [0], [], [3]]
        assert [place for place, outcome in enumerate(outcomes) if isinstance(outcome.refusal, Refused)] == [1, 2]
        assert book.read(0, 10) == [b"a first", b"b second", b"c closed", b"d fourth"]
        assert book.record.closed == {"c"}
    assert check_log(tmp_path / "log")[1] == [b"a first", b"b second", b"c closed", b"d fourth"]


def test_a_series_goes_in_up_to_the_first_refused_and_again_at_the_same_indexes(tmp_path: Path) -> None:
    series = [b"a first", b"b second", b"a refuse this", b"c third"]
    with open_book(tmp_path) as book:
        pool = Pool(book)
        for _ in range(2):
            outcome = pool.submit_series(series)
            assert outcome.indexes == [0, 1]
            assert isinstance(outcome.refusal, Refused)
        assert pool.submit_series([series[1], series[0], series[3], series[3]]) == ([1, 0, 2, 2], None)
        assert book.read(0, 10) == [b"a first", b"b second", b"c third"]


def test_a_refusal_is_raised_where_it_was_submitted(tmp_path: Path) -> None:
    with open_book(tmp_path) as book:
        pool = Pool(book)
        with pytest.raises(Refused, match="a may not say refuse"):
            pool.submit(b"a refuse")
        assert pool.submit(b"a fine") == 0


def test_when_the_book_has_to_stop_nobody_of_the_batch_is_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_book(tmp_path) as book:
        pool = Pool(book)
        with monkeypatch.context() as patched:

            def fail(*_: object) -> None:
                raise OSError("disk full")

            patched.setattr(os, "replace", fail)
            with ThreadPoolExecutor(4) as threads:
                futures = [threads.submit(pool.submit, data) for data in say(0, 4)]
                errors = [future.exception() for future in futures]
        assert all(isinstance(error, OSError | Refused) for error in errors), errors
        with pytest.raises(Refused, match="open it again"):
            pool.submit(say(9, 1)[0])
    with open_book(tmp_path) as book:
        assert set(book.read(0, 10)) <= set(say(0, 4))


@pytest.mark.parametrize("kind", [RuntimeError, KeyboardInterrupt])
def test_an_error_of_any_kind_answers_everybody(tmp_path: Path, kind: type[BaseException]) -> None:
    """Such as a thread that cannot be started, or a rule's own mistake: nobody is left waiting."""
    entered, release = Event(), Event()

    class Breaking(Book[SayRecord]):
        def append_each(self, submissions: Sequence[Sequence[bytes]]) -> list[Outcome]:
            if not entered.is_set():
                entered.set()
                assert release.wait(30)
                return super().append_each(submissions)
            raise kind("can't start new thread")

    with Breaking.open(tmp_path, LOG, SayRecord()) as book:
        pool = Pool(book)
        with ThreadPoolExecutor(6) as threads:
            first = threads.submit(pool.submit, say(0, 1)[0])
            assert entered.wait(30)
            others = [threads.submit(pool.submit, data) for data in say(1, 5)]
            release.set()
            assert first.result(30) == 0
            assert {type(other.exception(30)) for other in others} == {kind}
