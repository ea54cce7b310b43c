"""The lock: the last checkpoint that the log signed, kept apart from the store, so that no backup takes both back.

Before a signature counts it must take the place of the one before it, and only the one that was read may be replaced.
So two processes, or one that woke up late, never sign two histories: the second finds another checkpoint and stops.

The folder stands in no backup of the store. Two machines that take turns share it (docs/guide/operator.md).
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger.proof.errors import Conflict

from .files import make_folder, read_if_any, write_durably


class CheckpointLock:
    """A folder with one file, `checkpoint`, that changes by compare-and-swap only."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; it is made at the first swap."""
        self._folder = folder
        self._file = folder / "checkpoint"

    def read(self) -> bytes | None:
        """Return the checkpoint signed last, None if none was."""
        return read_if_any(self._file)

    def swap(self, old: bytes | None, new: bytes) -> None:
        """Put `new` in the place of `old`, durably. Raises Conflict if something else stands there."""
        with self.held(old):
            write_durably(self._file, new)

    @contextmanager
    def held(self, expected: bytes | None) -> Iterator[None]:
        """Keep all others from swapping while something is done that is right only as long as `expected` stands here.

        Raises Conflict if something else stands here.
        """
        make_folder(self._folder)
        with (self._folder / "swap").open("a") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            if self.read() != expected:
                raise Conflict("lock/checkpoint was changed by someone else while this book was open")
            yield
