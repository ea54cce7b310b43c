"""Files that survive a power cut, and a lock that says who writes.

POSIX: a rename is atomic, and it is durable once its folder is synced.
"""

import fcntl
import os
from pathlib import Path

from ledger.proof.errors import Conflict


def write_durably(file: Path, data: bytes) -> None:
    """Put a file in place: after a crash it is there whole, or it is as it was before.

    Raises OSError.
    """
    make_folder(file.parent)
    temporary = file.with_name(f".{file.name}.tmp")
    with temporary.open("wb") as written:
        written.write(data)
        written.flush()
        os.fsync(written.fileno())
    os.replace(temporary, file)
    sync_folder(file.parent)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, durably; nothing happens where it is there."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Wait until the disk holds what names stand in a folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_if_any(file: Path) -> bytes | None:
    """Return a file's bytes, None if there is no such file."""
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None


class FileLock:
    """One holder at a time, among all processes of this machine; a process that ends lets go."""

    def __init__(self, file: Path) -> None:
        """Take the lock. Raises Conflict at once if another process (or another object here) holds it."""
        make_folder(file.parent)
        self._file = file.open("a+")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.seek(0)
            holder = self._file.read().strip() or "unknown"
            self._file.close()
            raise Conflict(f"{file.name}: another process writes here, its id is {holder}") from None
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()

    def release(self) -> None:
        """Let go. Twice is allowed."""
        self._file.close()
