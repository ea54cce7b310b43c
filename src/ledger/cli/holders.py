"""A unit that reads what is sealed, with its encryption key, which lies beside the key that it signs with."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ledger.audit.wording import translate
from ledger.cli import sealing
from ledger.cli.desk import Desk
from ledger.cli.installation import Installation, read_key, read_text, write_secret
from ledger.cli.speech import warn
from ledger.office.draws import Draw
from ledger.office.outcome import Outcome
from ledger.office.record import Record
from ledger.proof.encoding import Hex, check_hex
from ledger.proof.errors import Malformed, Refused
from ledger.proof.seal import derive_encryption_key


def warn_of_breaches(record: Record, before: int) -> None:
    """Say on standard error what proved wrong now that it is shown; `before` is how many breaches there were."""
    for one in record.breaches[before:]:
        zh = f"公开后不符：第 {one.index} 条，{translate(str(one.error))}"
        warn(zh, f"wrong, as is shown now: entry {one.index}, {one.error}")


@dataclass(frozen=True)
class Holder:
    """A unit, and the key files at hand: those given, else all of the installation's."""

    installation: Installation
    unit: str
    key_files: Sequence[Path] = ()

    @property
    def file(self) -> Path:
        """Where the private half of the unit's encryption key lies: beside its signing key."""
        name = f"{self.installation.read_log_key().name}/{self.unit}"
        own = [file for file in self.key_files if read_key(file).name == name]
        return (own[0] if own else self.installation.key_file(self.unit)).with_suffix(".x25519")

    def make_key(self) -> Hex:
        """Make the key, durably, or go on with one that is there; return its public half."""
        if not self.file.exists():
            write_secret(self.file, secrets.token_hex(32) + "\n")
        return derive_encryption_key(self.read_key())

    def read_key(self) -> Hex:
        """Return the private half. Raises Refused where there is none, Malformed where the file is no key."""
        if not self.file.exists():
            raise Refused(f"{self.file}: the encryption key of {self.unit} is not kept here")
        try:
            return check_hex(read_text(self.file).strip())
        except Malformed:
            raise Malformed(f"{self.file}: expected 64 lowercase hexadecimal characters") from None

    def read_share(self, slot: str) -> str | None:
        """Return the unit's own share of a draw, if it is kept here."""
        file = self.installation.share_file(slot, self.unit)
        return read_text(file).strip() if file.exists() else None

    def open_shares(self, desk: Desk, draw: Draw) -> dict[str, Hex]:
        """Return every share that counts, party -> share. Nothing is recorded: they are about to be shown."""
        return sealing.open_shares(desk.record, draw, self.unit, self.read_key(), self.read_share(draw.slot))

    def compute(self, desk: Desk, draw: Draw) -> Outcome:
        """Record that the unit reads the shares, and return the outcome that follows from them."""
        private, own = self.read_key(), self.read_share(draw.slot)
        sealing.record_read(desk, draw.slot, self.unit)
        return sealing.compute_outcome(desk.record, draw, self.unit, private, own)
