"""Under which checkpoint each entry was acknowledged, so that the same bytes get the same receipt for ever.

A receipt follows from an index and a checkpoint (`ledger.proof.receipt`). So each checkpoint that receipts were given
under is kept, one file for each, named by its size: receipts/<size>.checkpoint. Losing them loses nothing: the next
receipt of an entry is then under a newer checkpoint, and holds as well. So nobody waits for the disk here, and what a
power cut left of a file is passed over.
"""

import logging
import os
from bisect import bisect_right, insort
from pathlib import Path

from ledger.log.files import make_folder, read_if_any
from ledger.proof.checkpoint import parse_checkpoint
from ledger.proof.errors import LedgerError
from ledger.proof.note import parse_note

_log = logging.getLogger(__name__)


class Acknowledged:
    """The checkpoints that receipts were given under. One thread at a time."""

    def __init__(self, folder: Path) -> None:
        """Open the folder, or begin one."""
        make_folder(folder)
        self._folder = folder
        self._sizes = sorted(int(file.stem) for file in folder.glob("*.checkpoint") if file.stem.isdecimal())
        self._newest: tuple[int, bytes] | None = None

    def find(self, index: int) -> bytes | None:
        """Return the first of them that covers an index, None if none does."""
        while (at := bisect_right(self._sizes, index)) < len(self._sizes):
            size = self._sizes[at]
            if self._newest is not None and self._newest[0] == size:
                return self._newest[1]
            data = self._read(size)
            if data is not None and _read_size(data) == size:
                self._newest = size, data
                return data
            del self._sizes[at]
        return None

    def keep(self, checkpoint: bytes) -> None:
        """Add one, before a receipt under it is given out; where the disk takes nothing, for as long as this lives."""
        size = _read_size(checkpoint)
        assert size is not None  # the log has signed it
        file = self._folder / f"{size}.checkpoint"
        temporary = file.with_suffix(".tmp")
        try:
            temporary.write_bytes(checkpoint)
            os.replace(temporary, file)
        except OSError:
            _log.warning("the checkpoint of a receipt could not be kept in receipts/")
        if size not in self._sizes[-1:]:
            insort(self._sizes, size)
        self._newest = size, checkpoint

    def _read(self, size: int) -> bytes | None:
        try:
            return read_if_any(self._folder / f"{size}.checkpoint")
        except OSError:
            return None


def _read_size(checkpoint: bytes) -> int | None:
    try:
        return parse_checkpoint(parse_note(checkpoint).text).size
    except LedgerError:
        return None
