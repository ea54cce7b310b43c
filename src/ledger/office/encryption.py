"""To which key what is for one unit alone is encrypted: the newest that the unit enrolled (docs/adr/0016)."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ledger.office.events.log import EncryptionEnrolled
from ledger.office.keys import UNIT
from ledger.office.rule import Change, Subject, refuse_unless, rule
from ledger.proof.encoding import Hex
from ledger.proof.event import Event
from ledger.proof.seal import check_encryption_key

if TYPE_CHECKING:
    from ledger.office.record import Record


@dataclass(slots=True)
class Encryption:
    """Unit -> the public halves of its encryption keys, oldest first."""

    keys: dict[str, list[Hex]] = field(default_factory=dict)

    def newest(self, unit: str) -> Hex | None:
        """Return the key that what is for a unit is encrypted to; None where it has enrolled none."""
        return self.keys[unit][-1] if unit in self.keys else None

    def list_newest(self) -> list[tuple[str, Hex]]:
        """Return each unit with its newest key, in byte order of units."""
        return [(unit, self.keys[unit][-1]) for unit in sorted(self.keys)]


def _own_slots(record: "Record", event: Event, body: EncryptionEnrolled, subject: Subject) -> list[frozenset[str]]:
    return [frozenset([subject["unit"]])]


@rule("encryption.enrolled/1", EncryptionEnrolled, "encryption/" + UNIT, check="duties", slots=_own_slots)
def enrol_encryption(record: "Record", event: Event, body: EncryptionEnrolled, subject: Subject) -> Change:
    """A unit names the key that it reads with, and signs for it itself: nobody can have its secrets sent elsewhere."""
    refuse_unless(event.unit in record.policy_at(event.at).units, event, f"{event.unit} is not a unit of the policy")
    public = check_encryption_key(body.public)
    is_known = any(public in keys for keys in record.encryption.keys.values())
    refuse_unless(not is_known, event, "this encryption key stands in the log already")

    def change() -> None:
        record.encryption.keys.setdefault(event.unit, []).append(public)

    return change
