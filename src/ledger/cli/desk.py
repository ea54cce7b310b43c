"""A unit's desk: it composes the next event on the record that it has checked, signs it with its own key, hands it in.

Nothing here belongs to the service: the desk runs where the unit's key file lies.
"""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ledger.office.compose import Listed, compose_event, compose_parts
from ledger.office.events.body import Body
from ledger.office.policy import Office, Policy
from ledger.office.record import Record
from ledger.proof.errors import Refused, Unauthorised
from ledger.proof.event import Seen, format_entry
from ledger.proof.merkle import derive_leaf_hash
from ledger.proof.note import Signer

KEYS_TOLD = 5
"""Of how many keys it is said at most that they are at hand."""


class Log(Protocol):
    """What a desk needs of a log: its record, and a way to hand entries in, all of them or none."""

    @property
    def record(self) -> Record:
        """The record as it stands."""

    def append(self, entries: Sequence[bytes]) -> list[int]:
        """Record entries and return their indexes. Raises LedgerError; nothing is then recorded."""


class Drafted(Exception):
    """Not a refusal: the event was written to a file with the signatures at hand, for other units to sign."""


@dataclass
class Desk:
    """The keys at hand, a log and a clock.

    signers  unit -> its key; only those whose key files lie here
    clock    gives Unix seconds; handed in, so that a demonstration can say what time it plays
    draft    a file to write the next event to, with the signatures at hand, instead of handing it in
    """

    log: Log
    signers: Mapping[str, Signer]
    clock: Callable[[], int]
    draft: Path | None = None

    @property
    def record(self) -> Record:
        """The record as it stands."""
        return self.log.record

    @property
    def policy(self) -> Policy:
        """The policy in force where this desk's next event comes: it says who signs, not one still in its notice."""
        return self.record.policy_at(self.clock())

    def office(self, office: str) -> Office:
        """Return who organises, supervises and leads an office. Raises Refused if the policy has none of that name."""
        offices = self.policy.offices
        if office not in offices:
            raise Refused(f"{office} is not an office of the policy, which has {', '.join(sorted(offices))}")
        return offices[office]

    def second(self, office: str, unit: str) -> str:
        """Return who countersigns a unit: the office's supervisor; its leader, where the supervisor itself acts."""
        parties = self.office(office)
        return parties.leader if unit == parties.supervisor else parties.supervisor

    def signer(self, unit: str) -> Signer:
        """Return a unit's key. Raises Refused if there is no such unit, Unauthorised if its key is not at hand."""
        if unit not in self.signers:
            if self.record.policies and unit not in self.policy.units:
                raise Refused(f"unknown unit {unit}; see `registry units`")
            lacking = f"the key of {unit} is not at hand: only {unit} itself can sign for it"
            if not self.signers or len(self.signers) > KEYS_TOLD:
                raise Unauthorised(lacking)
            raise Unauthorised(f"{lacking}; at hand: {', '.join(sorted(self.signers))}")
        return self.signers[unit]

    def prepare(self, type: str, subject: str, body: Body, *units: str) -> bytes:
        """Return an entry signed by units, the acting one first, and hand nothing in."""
        text = compose_event(self.record, type, subject, units[0], body, self.clock())
        return format_entry(text, [self.signer(unit) for unit in units])

    def prepare_series(self, type: str, subject: str, series: Sequence[tuple[Body, tuple[str, ...]]]) -> list[bytes]:
        """Return entries that follow one another on a subject, to be handed in at once; nothing is handed in here.

        series  the body of each, and the units that sign it, the acting one first
        """
        tree, entries, after = deepcopy(self.record.tree), list[bytes](), None
        for body, units in series:
            seen = Seen(len(tree), tree.root())
            text = compose_event(self.record, type, subject, units[0], body, self.clock(), seen, after)
            entries.append(format_entry(text, [self.signer(unit) for unit in units]))
            after = len(tree)
            tree.append(derive_leaf_hash(entries[-1]))
        return entries

    def submit(self, type: str, subject: str, body: Body, *units: str) -> int:
        """Sign an event and hand it in; return its index. Raises Drafted where a draft was asked for."""
        if self.draft is not None:
            text = compose_event(self.record, type, subject, units[0], body, self.clock())
            at_hand = [self.signers[unit] for unit in units if unit in self.signers]
            self.draft.write_bytes(format_entry(text, at_hand))
            raise Drafted(str(self.draft))
        return self.log.append([self.prepare(type, subject, body, *units)])[0]

    def hand_in(self, entries: Sequence[bytes]) -> list[int]:
        """Hand in entries that are signed, all or none. Raises Refused where a draft was asked for: it takes one."""
        if self.draft is not None:
            raise Refused(f"--draft takes one event, this command hands in {len(entries)} at once")
        return self.log.append(entries)

    def prepare_list(self, unit: str, listed: Listed) -> list[bytes]:
        """Return the signed parts that carry a list into the log."""
        texts = compose_parts(self.record, unit, listed, self.clock())
        return [format_entry(text, [self.signer(unit)]) for text in texts]
