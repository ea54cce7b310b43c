"""Two processes, one database: one leads and signs, the other takes over when it is gone, and never do two sign."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.log.book import Book
from ledger.proof.checkpoint import check_checkpoint
from ledger.store.postgres import PostgresEntryStore
from log.fakes import LOG, SayRecord, check_log
from postgres import OWNER, READER, WRITER, Server

WRITING = """
import sys, time
from pathlib import Path
from log.fakes import LOG, SayRecord
from ledger.log.book import Book
from ledger.proof.errors import Conflict
from ledger.store.postgres import PostgresEntryStore

folder, dsn, name = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
while True:
    try:
        book = Book.open(folder, LOG, SayRecord(), store=PostgresEntryStore(dsn))
    except Conflict:
        time.sleep(0.02)
        continue
    print("leads", flush=True)
    number = 0
    while True:
        number += 1
        book.append([f"{name}-{book.size} entry {number}".encode()])
        print("signed", book.checkpoint.hex(), flush=True)
"""


class Writer:
    """A process that waits for the lead, and then writes until it is stopped."""

    def __init__(self, folder: Path, dsn: str, name: str) -> None:
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        self.process = subprocess.Popen(
            [sys.executable, "-c", WRITING, folder, dsn, name],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, text=True,
        )  # fmt: skip
        self.signed: list[bytes] = []

    def read(self) -> str | None:
        """Take in the next line; return its first word, None at the end."""
        assert self.process.stdout is not None
        word, _, rest = self.process.stdout.readline().rstrip("\n").partition(" ")
        if word == "signed":
            self.signed.append(bytes.fromhex(rest))
        return word or None

    def await_signed(self, count: int) -> None:
        """Wait until it has signed so many checkpoints more."""
        until = len(self.signed) + count
        while len(self.signed) < until:
            assert self.read() is not None, self.process.stderr and self.process.stderr.read()

    def end(self, how: signal.Signals) -> None:
        """Stop it, and take in what it had said."""
        self.process.send_signal(how)
        while self.read() is not None:
            pass
        self.process.communicate()


@pytest.fixture
def database(postgres: Server) -> Iterator[str]:
    name = postgres.make_database()
    PostgresEntryStore.migrate(postgres.dsn(name, OWNER), writer_role=WRITER, reader_role=READER)
    yield name
    postgres.reset(name)


def check_one_history(folder: Path, dsn: str, writers: list[Writer]) -> None:
    """Check that every checkpoint that anybody saw published lies on the one history that there is."""
    with Book.open(folder, LOG, SayRecord(), store=PostgresEntryStore(dsn)) as book:
        seen = [check_checkpoint(data, LOG.verifier).checkpoint for writer in writers for data in writer.signed]
        assert len(seen) > 5
        for checkpoint in seen:
            book.check_extends(checkpoint, "what a writer saw published")
        assert check_log(folder / "log")[0].size == book.size


def test_another_takes_over_from_a_leader_that_is_killed(tmp_path: Path, postgres: Server, database: str) -> None:
    dsn, folder = postgres.dsn(database, WRITER), tmp_path / "installation"
    writers = [Writer(folder, dsn, "first")]
    writers[0].await_signed(3)
    for number in range(5):
        writers.append(Writer(folder, dsn, f"standby{number}"))
        leader, standby = writers[-2:]
        leader.await_signed(random.randrange(1, 4))
        leader.end(signal.SIGKILL)
        standby.await_signed(3)
    writers[-1].end(signal.SIGKILL)
    check_one_history(folder, dsn, writers)


def test_a_leader_that_slept_through_its_end_signs_nothing_more(
    tmp_path: Path, postgres: Server, database: str
) -> None:
    dsn, folder = postgres.dsn(database, WRITER), tmp_path / "installation"
    for number in range(3):
        old = Writer(folder, dsn, f"old{number}")
        old.await_signed(4)
        old.process.send_signal(signal.SIGSTOP)
        sessions = f"FROM pg_stat_activity WHERE usename = '{WRITER}'"
        postgres.execute("postgres", "postgres", f"SELECT pg_terminate_backend(pid, 10000) {sessions}")
        new = Writer(folder, dsn, f"new{number}")
        new.await_signed(4)
        published = (folder / "log" / "checkpoint").read_bytes()
        old.process.send_signal(signal.SIGCONT)
        while old.read() is not None:
            pass
        assert old.process.wait(timeout=30) != 0
        new.await_signed(2)
        new.end(signal.SIGKILL)
        check_one_history(folder, dsn, [old, new])
        newest = check_checkpoint((folder / "log" / "checkpoint").read_bytes(), LOG.verifier).checkpoint.size
        assert newest > check_checkpoint(published, LOG.verifier).checkpoint.size
