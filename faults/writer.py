"""A process whose children write: one child for each case, so that none pays for Python's start again.

A line on standard input is WORK and FOLDER. The child makes itself ready, says `ready PID`, waits for SIGUSR1 (by no
call that a fault could meet), does the work, and says `done SIZE` or `failed REASON`; when it is gone the parent says
`exited STATUS`.
"""

import os
import signal
import sys
from pathlib import Path

from ledger.log.book import Book
from ledger.proof.errors import LedgerError
from log.fakes import LOG, SayRecord, say

OLD, NEW = 250, 20
"""Entries before the work, and in the batch that it appends: the batch fills a tile and begins the next."""


def tell(text: str) -> None:
    """Write a line at once, by one call of the system."""
    os.write(1, f"{text}\n".encode())


def read_line() -> str:
    """Read the next line, or end where there is none."""
    line = sys.stdin.readline()
    if not line:
        sys.exit(0)
    return line.rstrip("\n")


def work(what: str, folder: Path) -> None:
    """Do one piece of work, in a child."""
    book = Book.open(folder, LOG, SayRecord()) if what == "append" else None
    tell(f"ready {os.getpid()}")
    signal.sigwait([signal.SIGUSR1])
    try:
        if book is None:  # `begin` in an empty folder, `repair` in one that a crash has left
            book = Book.open(folder, LOG, SayRecord())
        else:
            book.append(say(OLD, NEW))
        tell(f"done {book.size}")
    except (LedgerError, OSError) as error:
        tell(f"failed {type(error).__name__}: {error}")


def main() -> None:
    """Serve until standard input ends."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    while True:
        what, _, folder = read_line().partition(" ")
        child = os.fork()
        if not child:
            try:
                work(what, Path(folder))
            finally:
                os._exit(0)
        _, status = os.waitpid(child, 0)
        tell(f"exited {status}")


if __name__ == "__main__":
    main()
