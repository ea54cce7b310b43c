"""A lock file that says who writes.

Among the processes of one machine: a lock does not reach over a network's file system.
"""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from ledger.proof.errors import Conflict


class Locked(Conflict):
    """Another process holds the lock."""


class FileLock:
    """One holder at a time, or several that share; a process that ends lets go."""

    def __init__(self, file: Path, *, is_shared: bool = False) -> None:
        """Take the lock, in a folder that is there.

        Raises Locked at once if another process (or another object here) holds it.
        """
        self._file = file.open("a+")
        try:
            fcntl.flock(self._file, (fcntl.LOCK_SH if is_shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.seek(0)
            holder = self._file.read().strip() or "unknown"
            self._file.close()
            raise Locked(f"another process writes here, its id is {holder}") from None
        if not is_shared:
            self._file.truncate(0)
            self._file.write(str(os.getpid()))
            self._file.flush()

    def release(self) -> None:
        """Let go. Twice is allowed."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.release()
