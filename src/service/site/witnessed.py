"""Who has cosigned the checkpoint that a page was made from: the witnesses' own lines under it, as it was published.

The record knows of witnesses only what events say of older checkpoints (`attested_now`), which is another thing.
"""

from typing import NamedTuple

from ledger.office.policy import Policy
from ledger.office.record import Record
from ledger.proof.checkpoint import check_cosignature
from ledger.proof.errors import BadSignature
from ledger.proof.note import COSIGNATURE, parse_note
from ledger.views.registries import find_policy


class Witnessed(NamedTuple):
    """What witnesses say of a checkpoint.

    policy  the one in force, which names them
    times   (unit, Unix time) of each whose line verifies, the earliest first
    """

    policy: Policy
    times: list[tuple[str, int]]

    @property
    def is_met(self) -> bool:
        """Tell whether they are as many as the policy asks for, and at least one."""
        return len(self.times) >= max(1, self.policy.witnesses.quorum)


def find_witnessed(record: Record, checkpoint: bytes) -> Witnessed:
    """Return which of the policy's witnesses have cosigned a checkpoint over the record, and when.

    A line that does not verify counts for nothing, as one by a stranger. Raises Malformed.
    """
    policy, note = find_policy(record), parse_note(checkpoint)
    units = {(key.name, key.key_id): (unit, key) for unit, key in policy.witness_keys.items()}
    times = dict[str, int]()
    for line in note.signatures:
        unit, key = units.get((line.name, line.key_id), ("", None))
        if key is None or key.algorithm != COSIGNATURE:
            continue
        try:
            times[unit] = check_cosignature(note.text, line, key)
        except BadSignature:
            continue
    return Witnessed(policy, sorted(times.items(), key=lambda one: (one[1], one[0])))
