"""The fold: entry after entry, checked whole and then taken in; what it holds is the record's present state.

For every entry, in this order: its form; what it was signed on (`after`, `seen`); its body; whose signatures it needs
and has; its own rule. Only when all have passed does anything change, so a refusal leaves the record as it was.
"""

from array import array
from collections.abc import Callable

from ledger.office import (
    calendar,
    cases,
    complaints,
    draws,
    encryption,
    followup,
    inspections,
    keylists,
    keys,
    lists,
    officers,
    openings,
    opinions,
    plans,
    publication,
    reads,
    replacement,
    results,
    reveal,
    shares,
    supervision,
    targets,
    visits,
)
from ledger.office.duties import Slot, check_signatures, derive_slots
from ledger.office.events.body import Body
from ledger.office.events.log import CheckpointWitnessed, Continued, LogClosed, LogFounded, PolicyAdopted
from ledger.office.keys import Key
from ledger.office.policy import Policy
from ledger.office.rule import RULES, Change, Rule, Subject, rule
from ledger.office.sealed import Breach
from ledger.proof.checkpoint import Witnessed, check_checkpoint
from ledger.proof.encoding import format_time
from ledger.proof.errors import BadSignature, Conflict, LedgerError, Malformed, Mismatch, Refused, Unauthorised
from ledger.proof.event import Event, parse_event
from ledger.proof.merkle import Tree, derive_leaf_hash
from ledger.proof.note import ED25519, Signature, Verifier, parse_note, parse_vkey
from ledger.proof.randomness import CheckPairing

CheckSignature = Callable[[Verifier, str, Signature], None]
"""(key, text, line) -> None; raises BadSignature. A replay hands in one that checks many at once, later."""

CLOCK_TOLERANCE_SECONDS = 300
"""How far a signer's clock may lag behind what witnesses have attested."""

FOUNDING = "log.founded/1"
WITNESSED = "log/witnessed"
"""The subject on which witnesses' words on the log as a whole stand."""

RULED = (
    *(calendar, cases, complaints, draws, encryption, followup, inspections, keylists, keys, lists, officers),
    *(openings, opinions, plans, publication, reads, replacement, results, reveal, shares, supervision),
    *(targets, visits),
)
"""The modules of the rules; importing them has entered their rules in RULES."""


def check_now(verifier: Verifier, text: str, line: Signature) -> None:
    """Check one signature at once."""
    verifier.check(text.encode(), line.signature)


class Record:
    """The state of the record after the entries taken in so far.

    origin           the log's name; None to take it from the founding entry
    pairing          checks drand rounds; None leaves them unchecked (and the report says so)
    check_signature  how signatures are checked
    takes_unknown    take in event types that this version does not know (an auditor's report names them);
                     a writer refuses them

    Its `breaches` are entries that were taken while what they say was sealed, and were found wrong once it was not.
    """

    def __init__(
        self,
        origin: str | None = None,
        pairing: CheckPairing | None = None,
        *,
        check_signature: CheckSignature = check_now,
        takes_unknown: bool = False,
    ) -> None:
        self.origin = origin
        self.pairing = pairing
        self.check_signature = check_signature
        self.takes_unknown = takes_unknown
        self.tree = Tree()
        self.heads: dict[str, int] = {}
        self.log_key: Verifier | None = None
        self.predecessor: Witnessed | None = None
        self.successor: Verifier | None = None
        self.unknown: list[tuple[int, str]] = []
        self.breaches: list[Breach] = []
        self.policies: list[tuple[int, Policy]] = []
        self.witnessed: list[tuple[int, int]] = []
        self.times = array("q")
        self.keys = keys.Keys(origin or "")
        self.encryption = encryption.Encryption()
        self.lists = lists.Lists()
        self.seals = openings.Seals()
        self.reads = reads.Reads()
        self.keylists = keylists.KeyLists()
        self.targets = targets.Targets()
        self.officers = officers.Officers()
        self.plans = plans.Plans()
        self.calendar = calendar.Calendar()
        self.draws = draws.Draws()
        self.cases = cases.Cases()
        self.supervision = supervision.Supervision()
        self.complaints = complaints.Complaints()
        self.opinions = opinions.Opinions()

    @property
    def size(self) -> int:
        """How many entries have been taken in; also the index of the next."""
        return len(self.tree)

    def append(self, entry: bytes, latest: int | None = None) -> Event:
        """Check an entry against the whole record, and take it in.

        latest  the newest time, in Unix seconds, that the entry may claim: the clock's of whoever records it, and a
                little more; None in a replay, where no clock can be asked

        Raises LedgerError, with `check` naming the numbered check that failed; the record is then unchanged.
        """
        event, change = self._decide(entry, latest)
        change()
        self.heads[event.subject] = self.size
        self.times.append(event.at)
        self.tree.append(derive_leaf_hash(entry))
        return event

    def _decide(self, entry: bytes, latest: int | None) -> tuple[Event, Change]:
        check = "entries"
        try:
            event = parse_event(entry, self.origin or read_origin(entry))
            check = "history"
            self._check_history(event)
            self._check_time(event, latest)
            check = "entries"
            found = RULES.get(event.type)
            if found is None:
                return event, self._take_unknown(event)
            body, subject = found.parse(event)
            check = "signatures"
            if event.type not in (FOUNDING, "key.enrolled/1", "key.revoked/1"):
                check_signatures(self, event, self._slots(found, event, body, subject))
            check = found.check
            return event, found.decide(self, event, body, subject)
        except LedgerError as error:
            error.check = error.check or ("duties" if isinstance(error, Unauthorised) else check)
            raise

    def _slots(self, found: Rule, event: Event, body: Body, subject: Subject) -> list[Slot]:
        parties = found.parties(self, event, body, subject) if found.parties else {}
        if found.slots is not None:
            return found.slots(self, event, body, subject)
        return derive_slots(self.policy_at(event.at), event, subject.groupdict().get("office"), parties)

    def _check_history(self, event: Event) -> None:
        """Check what the signer knew: the subject's head, and a checkpoint of this very log over it (T9, T33)."""
        head, size = self.heads.get(event.subject), self.size
        if event.after != head:
            known = "nothing" if event.after is None else f"index {event.after}"
            kind = Conflict if event.after is None or (head is not None and event.after < head) else Mismatch
            raise kind(f"{event.type} on {event.subject}: signed after {known}, the subject's newest entry is {head}")
        if (event.type == FOUNDING) != (size == 0):
            raise Refused(f"{event.type} at index {size}: a log begins with {FOUNDING}, and only there")
        if size and not (head or 0) < event.seen.size <= size:
            raise Mismatch(
                f"{event.type} on {event.subject}: seen a log of size {event.seen.size}, "
                f"expected one that covers index {head or 0} and is not above {size}"
            )
        if self.successor is not None:
            raise Refused(f"{event.type} on {event.subject}: this log is closed, {self.successor.name} goes on")
        if self.tree.root(event.seen.size) != event.seen.root:
            raise Mismatch(
                f"{event.type} on {event.subject}: signed on another history than this log's at size {event.seen.size}"
            )

    def _check_time(self, event: Event, latest: int | None) -> None:
        """Check the time that the signer claims: not before what came before, nor ahead of the clock at hand (T9)."""
        if latest is not None and event.at > latest:
            raise Refused(
                f"{event.type} on {event.subject}: at {format_time(event.at)}, which is yet to come: "
                f"expected {format_time(latest)} at the latest, by the clock of the machine that records it"
            )
        if not self.times:
            return
        head = self.heads.get(event.subject)
        if head is None or event.subject == WITNESSED:
            # Witnesses' words are in the order of what they attest: one clock that ran ahead must not end them.
            since = self.attested_now() - CLOCK_TOLERANCE_SECONDS
        else:
            since = self.times[head] if event.at >= self.times[head] else self.stood_by(head)
        if event.at < since:
            raise Refused(f"{event.type} on {event.subject}: at {format_time(event.at)}, before {format_time(since)}")

    def _take_unknown(self, event: Event) -> Change:
        if not self.takes_unknown:
            raise Refused(f"event type {event.type} is not known to this version")
        try:
            for line in event.signatures:
                self.check_signature(self.keys.in_force(self, event, line).verifier, event.text, line)
        except BadSignature as error:
            error.check = "signatures"
            raise
        index = self.size
        return lambda: self.unknown.append((index, event.type))

    def policy_at(self, at: int) -> Policy:
        """Return the policy in force where an event that claims the time `at` comes next.

        A draw keeps the one that it was opened under. A new policy binds once the one before it has had its notice, by
        the witnesses' clock (T37).
        """
        if len(self.policies) == 1:
            return self.policies[0][1]
        in_force = self.policies[0][1]
        for index, policy in self.policies[1:]:
            if self.age_seconds(index, at) >= in_force.periods.notice_days * 86_400:
                in_force = policy
        return in_force

    def attest(self, size: int, seconds: int) -> None:
        """Note that witnesses had seen the log at a size, at a Unix time."""
        self.witnessed.append((size, seconds))

    def attested_now(self) -> int:
        """Return the newest time that witnesses have attested; 0 before the first."""
        return max((seconds for _, seconds in self.witnessed), default=0)

    def age_seconds(self, index: int, at: int) -> int:
        """Return how old an entry is where an event that claims the time `at` comes next.

        Counted between what witnesses attest: from the first checkpoint that covers the entry to the newest. Where
        the first policy asks for no witnesses there is only what signers claim, and reports say so.
        """
        if self.policies[0][1].witnesses.quorum == 0:
            return at - self.times[index]
        covering = [seconds for size, seconds in self.witnessed if size > index]
        return self.attested_now() - min(covering) if covering else 0

    def stood_by(self, index: int) -> int:
        """Return by when an entry stood there: the time that it claims, or one attested over it that is earlier.

        So a signer whose clock runs ahead holds others up until the witnesses' next word, and no longer (T9).
        """
        return min([self.times[index], *(seconds for size, seconds in self.witnessed if size > index)])

    def checked_checkpoint(self, checkpoint: str, policy: Policy) -> tuple[int, int | None]:
        """Check a cosigned checkpoint of this log, in its one spelling; return its size and the quorum's time, if any.

        Raises BadSignature, Malformed; Mismatch if its root is not this log's.
        """
        assert self.log_key is not None
        witnesses = list(policy.witness_keys.values())
        word = check_checkpoint(checkpoint.encode(), self.log_key, witnesses, is_exact=True)
        size = word.checkpoint.size
        if size > self.size or self.tree.root(size) != word.checkpoint.root:
            raise Mismatch(f"the checkpoint of size {size} is not of this log's history")
        return size, policy.attested_time(word.times)


def read_origin(entry: bytes) -> str:
    """Return the name of the log that an event is for, by its first line. Raises Malformed."""
    first = parse_note(entry).text.partition("\n")[0]
    if not first.endswith("/event/v1"):
        raise Malformed(f"first line {first[:120]!r}, expected <origin>/event/v1")
    return first.removesuffix("/event/v1")


@rule(FOUNDING, LogFounded, "log", check="signatures")
def found_log(record: Record, event: Event, body: LogFounded, subject: Subject) -> Change:
    """Entry 0: the log's name and key, the units' first keys, the first policy, signed by every key listed."""
    origin = event.text.partition("\n")[0].removesuffix("/event/v1")
    if body.origin != origin:
        raise Mismatch(f"log.founded: origin {body.origin}, the entry's first line says {origin}")
    log_key = parse_vkey(body.log)
    if log_key.name != body.origin or log_key.algorithm != ED25519:
        raise Malformed(f"log.founded: the log's key is {log_key.name}, expected an Ed25519 key named {body.origin}")
    first = keys.Keys(body.origin)
    for unit, vkey in sorted(body.keys.items()):
        if unit not in body.policy.units:
            raise Refused(f"log.founded: {unit} has a key and is not a unit of the policy")
        first.add(Key(unit, first.parse(vkey, unit), 0, False))
    if len({key.verifier.key for key in first.all()} | {log_key.key}) != len(body.keys) + 1:
        raise Refused("log.founded: two parties have the same key")
    for office in body.policy.offices.values():
        for unit in (office.organiser, office.supervisor):
            if not (unit in body.keys or office is not body.policy.offices.get("bureau")):
                raise Refused(f"log.founded: {unit} organises or supervises the bureau's draws and has no key")
    if event.unit not in body.keys:
        raise Unauthorised(f"log.founded: acted {event.unit}, which has no key in it")
    signed = {(line.name, line.key_id) for line in event.signatures}
    listed = {(key.verifier.name, key.verifier.key_id) for key in first.all()}
    if signed != listed:
        raise BadSignature("log.founded: expected the signature of every key that it lists, and no other")
    for line in event.signatures:
        key = first.find(line)
        assert key is not None
        record.check_signature(key.verifier, event.text, line)

    predecessor = None if body.continues is None else _check_predecessor(body.continues, log_key, body.policy)

    def change() -> None:
        record.origin, record.log_key, record.keys = origin, log_key, first
        record.policies.append((0, body.policy))
        record.predecessor = predecessor

    return change


def _check_predecessor(continued: Continued, log_key: Verifier, policy: Policy) -> Witnessed:
    """Check that a log goes on from another: one of another name and key, at a checkpoint that it signed."""
    old = parse_vkey(continued.vkey)
    if old.algorithm != ED25519 or old.name == log_key.name or old.key == log_key.key:
        raise Refused(f"log.founded: it continues {old.name}; expected a log of another name and another key")
    witnesses = list(policy.witness_keys.values())
    return check_checkpoint(continued.checkpoint.encode(), old, witnesses, is_exact=True)


@rule("log.closed/1", LogClosed, "log", check="rules")
def close_log(record: Record, event: Event, body: LogClosed, subject: Subject) -> Change:
    """The last entry of a log: another goes on."""
    successor = parse_vkey(body.successor)
    assert record.log_key is not None
    known = (record.log_key.name, record.log_key.key)
    if successor.algorithm != ED25519 or successor.name == known[0] or successor.key == known[1]:
        raise Refused(f"log.closed: {successor.name} is to go on; expected a log of another name and another key")
    owing = [draw.slot for draw in record.draws.by_slot.values() if draw.owes_outcome]
    if owing and body.reason == "key-rotated":  # else whoever knows the outcome could close the log on it (T5)
        raise Refused(f"log.closed: the outcome of {owing[0]} is owed first")
    hidden = [draw.slot for draw in record.draws.by_slot.values() if draw.owes_reveal]
    if hidden and body.reason == "key-rotated":
        raise Refused(f"log.closed: the shares of {hidden[0]} are to be revealed first")

    def change() -> None:
        record.successor = successor

    return change


@rule("policy.adopted/1", PolicyAdopted, "policy", check="rules")
def adopt_policy(record: Record, event: Event, body: PolicyAdopted, subject: Subject) -> Change:
    """A new policy; it binds after its notice."""
    index = record.size
    return lambda: record.policies.append((index, body.policy))


@rule("checkpoint.witnessed/1", CheckpointWitnessed, WITNESSED, check="witness")
def witness_checkpoint(record: Record, event: Event, body: CheckpointWitnessed, subject: Subject) -> Change:
    """Time enters the record."""
    size, seconds = record.checked_checkpoint(body.checkpoint, record.policy_at(event.at))
    if seconds is None:
        raise Refused("checkpoint.witnessed: cosigned by fewer witnesses than the policy's quorum")
    return lambda: record.attest(size, seconds)
