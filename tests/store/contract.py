"""What any store of entries must do. A back end's own test derives a class from this one and says how to make it."""

import multiprocessing
import os
import signal
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from ledger.proof.errors import Conflict
from ledger.store.entries import Entry, EntryStore

Opener = Callable[[], EntryStore]
SPAWN = multiprocessing.get_context("spawn")


def entry(subject: str, position: int, data: bytes = b"signed") -> Entry:
    return Entry(subject, position, "thing.said/1", data)


def run(subject: str, first: int, count: int, bytes_each: int = 100) -> list[Entry]:
    return [entry(subject, i, f"{subject} {i} ".encode().ljust(bytes_each, b".")) for i in range(first, first + count)]


def append_in_turn(open_store: Opener, subject: str, batches: int, batch: int) -> None:
    """Append as one of several writers: read the size, try, and try again where another was faster."""
    with closing(open_store()) as store:
        for number in range(batches):
            entries = run(subject, number * batch, batch)
            while True:
                try:
                    store.append(entries, store.size())
                    break
                except Conflict:
                    continue


def append_for_ever(open_store: Opener, batch: int, acknowledged: Path) -> None:
    """Append batches until killed, and write down what was acknowledged."""
    with closing(open_store()) as store, acknowledged.open("a") as written:
        first = store.size()
        while True:
            store.append(run("stream", first, batch, 20_000), first)
            first += batch
            print(first, file=written, flush=True)


def wait_until(is_so: Callable[[], bool]) -> None:
    """Wait for something, half a minute at most."""
    deadline = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def leads(store: EntryStore) -> bool:
    """Take the lead, if nobody has it; tell whether it was taken."""
    try:
        store.lead()
    except Conflict:
        return False
    return True


def lead_for_ever(open_store: Opener, leading: Path) -> None:
    """Lead until killed, and tell once it is so."""
    with closing(open_store()) as store:
        store.lead()
        leading.touch()
        time.sleep(60)


def append_at_once(open_store: Opener, subject: str, rounds: int, barrier: Barrier, kept: Path) -> None:
    """Append one entry a round, each at the size that the other one takes too; write down the rounds that were kept."""
    with closing(open_store()) as store, kept.open("w") as written:
        position = 0
        for size in range(rounds):
            barrier.wait(60)
            try:
                store.append(run(subject, position, 1), size)
            except Conflict:
                continue
            position += 1
            print(size, file=written)


def check_whole(store: EntryStore) -> Counter[str]:
    """Check that nothing is missing or out of place, and count the entries of each subject."""
    counts: Counter[str] = Counter()
    size = store.size()
    entries = store.read(0, size)
    assert len(entries) == size
    for one in entries:
        assert one.position == counts[one.subject]
        assert one.data.startswith(f"{one.subject} {one.position} ".encode())
        counts[one.subject] += 1
    return counts


class EntryStoreContract(ABC):
    """The promises of `EntryStore`, one test each."""

    @abstractmethod
    def make(self, folder: Path) -> Opener:
        """Make an empty store in a folder; return what opens it, also in another process."""

    @abstractmethod
    def execute(self, folder: Path, statement: str) -> None:
        """Run one SQL statement on the store in a folder, past the store's own code."""

    @pytest.fixture
    def open_store(self, tmp_path: Path) -> Opener:
        return self.make(tmp_path)

    @pytest.fixture
    def store(self, open_store: Opener) -> Iterator[EntryStore]:
        with closing(open_store()) as store:
            yield store

    def test_an_empty_store(self, store: EntryStore) -> None:
        assert store.size() == 0
        assert store.read(0, 10) == []

    def test_the_bytes_come_back_as_they_were(self, store: EntryStore) -> None:
        entries = [
            entry("all", 0, bytes(range(256))),
            entry("none", 0, b""),
            entry("long", 0, os.urandom(65_535)),
            entry("text", 0, "双随机、一公开\n\n— a AAAA\n".encode()),
        ]
        store.append(entries, 0)
        assert store.read(0, 10) == entries

    def test_entries_are_read_by_index_whatever_their_subject(self, store: EntryStore) -> None:
        entries = [entry("b", 0), entry("a", 0), entry("b", 1), entry("a", 1), entry("b", 2)]
        store.append(entries[:2], 0)
        store.append(entries[2:], 2)
        assert store.size() == 5
        assert [store.read(start, 2) for start in range(7)] == [entries[start : start + 2] for start in range(7)]

    def test_what_was_acknowledged_is_there_when_opened_again(self, open_store: Opener) -> None:
        with closing(open_store()) as store:
            store.append(run("a", 0, 3), 0)
        with closing(open_store()) as store:
            assert store.read(0, 9) == run("a", 0, 3)

    def test_closing_twice_is_allowed(self, open_store: Opener) -> None:
        store = open_store()
        store.close()
        store.close()

    @pytest.mark.parametrize("size", [0, 1, 3, 4, 100])
    def test_a_stale_size_is_refused(self, store: EntryStore, size: int) -> None:
        store.append(run("a", 0, 2), 0)
        with pytest.raises(Conflict, match=f"2 entries, expected {size}"):
            store.append([entry("b", 0)], size)
        assert store.read(0, 9) == run("a", 0, 2)

    @pytest.mark.parametrize("position", [-1, 0, 1, 3, 4])
    def test_a_gap_or_repeat_in_a_subject_is_refused(self, store: EntryStore, position: int) -> None:
        store.append(run("a", 0, 2), 0)
        with pytest.raises(Conflict):
            store.append([entry("a", position)], 2)
        assert store.size() == 2

    def test_a_subject_begins_at_its_beginning(self, store: EntryStore) -> None:
        with pytest.raises(Conflict):
            store.append([entry("a", 1)], 0)

    def test_a_batch_is_kept_whole_or_not_at_all(self, store: EntryStore) -> None:
        with pytest.raises(Conflict):
            store.append([*run("a", 0, 5), entry("b", 1)], 0)
        assert store.size() == 0
        store.append([entry("b", 0, b"b 0 "), *run("a", 0, 5)], 0)  # what was undone leaves no number behind
        assert check_whole(store) == {"a": 5, "b": 1}

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE stored_events SET state = state WHERE originator_id = 'a'",
            "UPDATE stored_events SET topic = 'other'",
            "DELETE FROM stored_events WHERE originator_version = 1",
            "DELETE FROM stored_events",
        ],
    )
    def test_t18_the_database_refuses_changes(self, store: EntryStore, tmp_path: Path, statement: str) -> None:
        store.append(run("a", 0, 2), 0)
        with pytest.raises(Exception, match="never"):
            self.execute(tmp_path, statement)
        assert store.read(0, 9) == run("a", 0, 2)

    def test_threads_that_write_at_once_leave_no_gap(self, open_store: Opener, store: EntryStore) -> None:
        with ThreadPoolExecutor(3) as threads:
            list(threads.map(lambda subject: append_in_turn(open_store, subject, 20, 3), "abc"))
        assert check_whole(store) == {"a": 60, "b": 60, "c": 60}

    @pytest.mark.parametrize("is_leading", [False, True])
    def test_threads_may_share_one_store(self, store: EntryStore, is_leading: bool) -> None:
        if is_leading:
            store.lead()
        with ThreadPoolExecutor(3) as threads:
            list(threads.map(lambda subject: append_in_turn(lambda: Shared(store), subject, 20, 3), "abc"))
        assert check_whole(store) == {"a": 60, "b": 60, "c": 60}

    def test_processes_that_write_at_once_wait_for_each_other(self, open_store: Opener, store: EntryStore) -> None:
        processes = [SPAWN.Process(target=append_in_turn, args=(open_store, subject, 100, 2)) for subject in "ab"]
        for process in processes:
            process.start()
        for process in processes:
            process.join(60)
        assert [process.exitcode for process in processes] == [0, 0]  # none was locked out
        assert check_whole(store) == {"a": 200, "b": 200}

    def test_of_two_processes_that_append_at_once_one_succeeds(
        self, open_store: Opener, store: EntryStore, tmp_path: Path
    ) -> None:
        barrier, files = SPAWN.Barrier(2), [tmp_path / "a", tmp_path / "b"]
        processes = [
            SPAWN.Process(target=append_at_once, args=(open_store, file.name, 60, barrier, file)) for file in files
        ]
        for process in processes:
            process.start()
        for process in processes:
            process.join(60)
        kept = [file.read_text().split() for file in files]
        assert sorted(map(int, kept[0] + kept[1])) == list(range(60))
        assert check_whole(store) == Counter(a=len(kept[0]), b=len(kept[1]))

    def test_one_store_leads_and_nobody_else_appends(self, open_store: Opener, store: EntryStore) -> None:
        store.lead()
        store.append(run("a", 0, 2), 0)
        with closing(open_store()) as other:
            assert other.read(0, 9) == run("a", 0, 2)
            with pytest.raises(Conflict, match="another"):
                other.append(run("b", 0, 1), 2)
            for one in (other, store):
                with pytest.raises(Conflict, match=f"another.*{os.getpid()}"):
                    one.lead()
            store.append(run("a", 2, 1), 2)
            store.close()
            other.lead()
            other.append(run("b", 0, 1), 3)
        with closing(open_store()) as third:
            third.append(run("b", 1, 1), 4)
            assert check_whole(third) == {"a": 3, "b": 2}

    def test_a_process_that_is_killed_leads_no_more(
        self, open_store: Opener, store: EntryStore, tmp_path: Path
    ) -> None:
        process = SPAWN.Process(target=lead_for_ever, args=(open_store, tmp_path / "leading"))
        process.start()
        wait_until((tmp_path / "leading").exists)
        with pytest.raises(Conflict, match=str(process.pid)):
            store.lead()
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join(30)
        wait_until(lambda: leads(store))
        store.append(run("a", 0, 1), 0)

    def test_a_reader_sees_whole_batches_only(self, open_store: Opener, store: EntryStore) -> None:
        with ThreadPoolExecutor(1) as threads, closing(open_store()) as reader:
            writing = threads.submit(append_in_turn, open_store, "a", 40, 5)
            sizes = {0}
            while not writing.done():
                sizes.add(sum(check_whole(reader).values()))
            writing.result()
        assert len(sizes) > 2
        assert all(size % 5 == 0 for size in sizes)
        assert check_whole(store) == {"a": 200}

    def test_a_writer_killed_in_the_middle_leaves_whole_batches(
        self, open_store: Opener, store: EntryStore, tmp_path: Path
    ) -> None:
        batch = 40
        for attempt in range(3):
            acknowledged = tmp_path / f"acknowledged-{attempt}"
            acknowledged.touch()
            process = SPAWN.Process(target=append_for_ever, args=(open_store, batch, acknowledged))
            process.start()
            deadline = time.monotonic() + 30
            while len(acknowledged.read_text().splitlines()) < 3 and time.monotonic() < deadline:
                time.sleep(0.003)
            assert process.pid is not None
            os.kill(process.pid, signal.SIGKILL)
            process.join(30)
            told = int(acknowledged.read_text().splitlines()[-1])
            size = check_whole(store)["stream"]
            assert size in (told, told + batch)


class Shared:
    """A store that is not closed by the first of those who share it."""

    def __init__(self, store: EntryStore) -> None:
        self.size, self.read, self.append, self.lead = store.size, store.read, store.append, store.lead

    def close(self) -> None:
        """Leave it open."""
