"""Which key speaks for a unit, and since when. A key's name is <origin>/<unit>; its place in the log decides.

The first keys are listed by the founding entry and sign it. A later one is signed for by the unit's key in force, and
then serves at once; or by two other units, and then only after the policy's witnessed days, so that a take-over is
seen before it works (T31).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ledger.office.events.log import KeyEnrolled, KeyRevoked
from ledger.office.rule import Change, Subject, rule
from ledger.proof.errors import BadSignature, LedgerError, Malformed, Refused, Unauthorised
from ledger.proof.event import Event
from ledger.proof.note import ED25519, Signature, Verifier, parse_vkey

if TYPE_CHECKING:
    from ledger.office.record import Record

UNIT = r"(?P<unit>.+)"


@dataclass(slots=True)
class Key:
    """One key of a unit: since which entry, whether it has to wait, and from which entry on it is revoked."""

    unit: str
    verifier: Verifier
    index: int
    waits: bool
    revoked: int | None = None


class Keys:
    """All keys that the log has seen, by key name and id."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self._keys: dict[tuple[str, bytes], Key] = {}

    def all(self) -> list[Key]:
        """Return every key, in order of enrolment."""
        return list(self._keys.values())

    def find(self, line: Signature) -> Key | None:
        """Return the key that a signature line names, if the log has seen it."""
        return self._keys.get((line.name, line.key_id))

    def parse(self, vkey: str, unit: str) -> Verifier:
        """Return a unit's key from its vkey. Raises Malformed if it is not one, or not under the unit's name."""
        verifier = parse_vkey(vkey)
        if verifier.algorithm != ED25519 or verifier.name != f"{self.origin}/{unit}":
            raise Malformed(f"key {verifier.name}: expected an Ed25519 key named {self.origin}/{unit}")
        return verifier

    def add(self, key: Key) -> None:
        """Enter a key."""
        self._keys[key.verifier.name, key.verifier.key_id] = key

    def is_in_force(self, record: "Record", event: Event, key: Key) -> bool:
        """Tell whether a key may sign the event that comes next."""
        if key.revoked is not None:
            return False
        waited, wait = self.waited_days(record, event.at, key)
        return waited >= wait

    def waited_days(self, record: "Record", at: int, key: Key) -> tuple[int, int]:
        """Return how many whole witnessed days a key has waited, where an event that claims the time `at` comes next,
        and how many it has to; both 0 where it need not wait.
        """
        if not key.waits:
            return 0, 0
        return record.age_seconds(key.index, at) // 86_400, record.policy_at(at).periods.key_wait_days

    def in_force(self, record: "Record", event: Event, line: Signature) -> Key:
        """Return the key that a line names. Raises BadSignature if unknown, Unauthorised if not in force."""
        key = self.find(line)
        if key is None:
            raise BadSignature(f"{event.type} on {event.subject}: signed by {line.name}, a key that is not enrolled")
        if not self.is_in_force(record, event, key):
            state = "is revoked" if key.revoked is not None else "has not waited its witnessed days"
            raise Unauthorised(f"{event.type} on {event.subject}: the key {line.name} {state}")
        return key


def _refuse_if_known(record: "Record", verifier: Verifier) -> None:
    if any(key.verifier.key == verifier.key for key in record.keys.all()):
        raise Refused(f"key {verifier.name}: these bytes were enrolled before")
    if any((key.verifier.name, key.verifier.key_id) == (verifier.name, verifier.key_id) for key in record.keys.all()):
        raise Refused(f"key {verifier.name}: another key has the id {verifier.key_id.hex()}; make a new one")


def check_enrolment(record: "Record", event: Event, body: KeyEnrolled) -> bool:
    """Check the signatures of a key.enrolled, and return whether the key has to wait."""
    verifier = record.keys.parse(body.vkey, event.unit)
    others: list[Key] = []
    has_proof = False
    for line in event.signatures:
        if (line.name, line.key_id) == (verifier.name, verifier.key_id):
            record.check_signature(verifier, event.text, line)
            has_proof = True
        else:
            key = record.keys.in_force(record, event, line)
            record.check_signature(key.verifier, event.text, line)
            others.append(key)
    if not has_proof:
        raise BadSignature(f"key {verifier.name} did not sign its own enrolment: nobody has shown to hold it")
    units = {key.unit for key in others}
    if len(others) == 1 and units == {event.unit}:
        return False
    if len(others) == 2 and len(units) == 2 and event.unit not in units:
        return True
    raise Unauthorised(
        f"key {verifier.name}: expected the signature of the unit's key in force, or of two other units; "
        f"found {', '.join(sorted(units)) or 'none'}"
    )


@rule("key.enrolled/1", KeyEnrolled, "key/" + UNIT, check="duties")
def enrol_key(record: "Record", event: Event, body: KeyEnrolled, subject: Subject) -> Change:
    """A unit gains a key."""
    if event.unit != subject["unit"] or event.unit not in record.policy_at(event.at).units:
        raise Refused(f"key.enrolled: {event.unit} acts on {event.subject}; expected a listed unit, on its own keys")
    verifier = record.keys.parse(body.vkey, event.unit)
    _refuse_if_known(record, verifier)
    key = Key(event.unit, verifier, record.size, check_enrolment(record, event, body))
    return lambda: record.keys.add(key)


@rule("key.revoked/1", KeyRevoked, "key/" + UNIT, check="duties")
def revoke_key(record: "Record", event: Event, body: KeyRevoked, subject: Subject) -> Change:
    """A key goes out of force."""
    try:
        verifier = record.keys.parse(body.vkey, subject["unit"])
    except LedgerError as error:
        raise Refused(f"key.revoked: {error}") from None
    key = next((k for k in record.keys.all() if k.verifier.key == verifier.key and k.revoked is None), None)
    if key is None:
        raise Refused(f"key.revoked: {verifier.name} is not a key in force")
    signed = {record.keys.in_force(record, event, line).unit for line in event.signatures}
    for line in event.signatures:
        record.check_signature(record.keys.in_force(record, event, line).verifier, event.text, line)
    is_own = signed == {key.unit} and len(event.signatures) == 1
    is_by_others = len(signed) == 2 and len(event.signatures) == 2 and key.unit not in signed
    if event.unit not in signed or not (is_own or is_by_others):
        raise Unauthorised(f"key.revoked: expected the unit's own signature or two others', found {sorted(signed)}")
    index = record.size

    def change() -> None:
        key.revoked = index

    return change
