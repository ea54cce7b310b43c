"""What a unit handed in and has no receipt of yet, in files that outlive the command: the next one hands it in again.

An event is never signed anew because an answer was lost: the same bytes are recorded once, however often they come. So
they lie here before they are sent, and go once their receipts are kept. What a later command had refused is put aside
in `refused/`, with a note of why: whoever gave it believed that it was on its way.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from ledger.log.files import sync_folder, write_durably
from ledger.proof.errors import LedgerError, Malformed
from ledger.proof.note import format_base64, parse_base64

REFUSED = "refused"


class Pending:
    """A folder with a file for each hand-in, of one event or of several: each event a line, base64."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; it is made at need."""
        self._folder = folder

    def find_file(self, entries: Sequence[bytes]) -> Path:
        """Return where these are kept."""
        return self._folder / f"{hashlib.sha256(b''.join(entries)).hexdigest()[:16]}.events"

    def keep(self, entries: Sequence[bytes]) -> None:
        """Keep events, durably, before they are handed in."""
        write_durably(self.find_file(entries), "".join(f"{format_base64(entry)}\n" for entry in entries).encode())

    def drop(self, entries: Sequence[bytes]) -> None:
        """Forget events whose receipts are kept, or that were refused."""
        self.find_file(entries).unlink(missing_ok=True)
        sync_folder(self._folder)

    def set_aside(self, entries: Sequence[bytes], refused: Sequence[bytes], note: str) -> Path:
        """Keep those of a hand-in that were refused apart, with a note beside; return where. The whole is dropped."""
        aside = Pending(self._folder / REFUSED)
        file = aside.find_file(refused)
        write_durably(file.with_suffix(".txt"), note.encode())
        aside.keep(refused)
        self.drop(entries)
        return file

    def read(self) -> list[list[bytes]]:
        """Return what is kept, each hand-in for itself. Raises Malformed, naming the file, for what is no such file."""
        return [_read(file) for file in sorted(self._folder.glob("*.events"))]


def _read(file: Path) -> list[bytes]:
    try:
        return [parse_base64(line) for line in file.read_text(encoding="ascii").splitlines()]
    except (LedgerError, ValueError) as error:
        raise Malformed(f"{file}: {error}") from None
