"""Whom to trust is an argument: the log's key, the witnesses, the quorum, as a tlog-policy file or a single vkey.

    log example.org/log+1a2b3c4d+...
    witness justice example.org/log/witness/justice+...
    witness discipline example.org/log/witness/discipline+...
    group all-of-them all justice discipline
    quorum all-of-them

Specification: C2SP tlog-policy.
"""

from dataclasses import dataclass, field

from ledger.proof.errors import Malformed
from ledger.proof.note import COSIGNATURE, ED25519, Verifier, parse_vkey


@dataclass(frozen=True, slots=True)
class Group:
    """Witnesses or groups of which so many must have cosigned."""

    threshold: int
    members: tuple[str, ...]


@dataclass(slots=True)
class Trust:
    """The logs and witnesses that a verifier trusts, and the quorum it wants (None: no cosignature is asked for)."""

    logs: list[Verifier] = field(default_factory=list)
    witnesses: dict[str, Verifier] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    quorum: str | None = None

    def is_met(self, cosigners: set[str]) -> bool:
        """Tell whether witnesses, by their names in this policy, make up the quorum."""
        met = {name: name in cosigners for name in self.witnesses}
        for name, group in self.groups.items():  # as they were defined: a group's members stand before it
            met[name] = sum(met[member] for member in group.members) >= group.threshold
        return self.quorum is None or met[self.quorum]


def parse_trust(text: str) -> Trust:
    """Read a tlog-policy file. Raises Malformed, naming the line."""
    trust = Trust()
    has_quorum = False
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        try:
            if words[0] == "quorum":
                if has_quorum:
                    raise Malformed("a second quorum")
                has_quorum = True
            _take_line(trust, words)
        except Malformed as error:
            raise Malformed(f"policy, line {number}: {error}") from None
    if not trust.logs:
        raise Malformed("policy: it names no log")
    if not has_quorum:
        raise Malformed("policy: it has no quorum line (quorum none asks for no witness)")
    return trust


def _take_line(trust: Trust, words: list[str]) -> None:
    match words:
        case ["log", vkey] | ["log", vkey, _]:
            verifier = parse_vkey(vkey)
            if verifier.algorithm != ED25519:
                raise Malformed(f"the key of log {verifier.name} is not an Ed25519 key")
            trust.logs.append(verifier)
        case ["witness", name, vkey] | ["witness", name, vkey, _]:
            _refuse_used(trust, name)
            verifier = parse_vkey(vkey)
            if verifier.algorithm != COSIGNATURE:
                raise Malformed(f"the key of witness {name} is not one for cosignatures")
            if any(verifier.key == other.key for other in trust.witnesses.values()):
                raise Malformed(f"the key of witness {name} is another witness's too")
            trust.witnesses[name] = verifier
        case ["group", name, threshold, *members] if members:
            _refuse_used(trust, name)
            trust.groups[name] = Group(_parse_threshold(threshold, members), _known(trust, members))
        case ["quorum", "none"]:
            trust.quorum = None
        case ["quorum", name]:
            (trust.quorum,) = _known(trust, [name])
        case _:
            raise Malformed(f"{' '.join(words)[:80]!r}: expected log, witness, group or quorum")


def _refuse_used(trust: Trust, name: str) -> None:
    if name == "none" or name in trust.witnesses or name in trust.groups:
        raise Malformed(f"the name {name} is used already")


def _known(trust: Trust, members: list[str]) -> tuple[str, ...]:
    for member in members:
        if member not in trust.witnesses and member not in trust.groups:
            raise Malformed(f"{member} is neither a witness nor a group named before")
    if len(set(members)) != len(members):
        raise Malformed("a member stands twice in a group")
    return tuple(members)


def _parse_threshold(word: str, members: list[str]) -> int:
    if word in ("any", "all"):
        return 1 if word == "any" else len(members)
    if not (word.isascii() and word.isdigit() and len(word) < 10) or not 1 <= int(word) <= len(members):
        raise Malformed(f"threshold {word[:80]}: expected any, all, or a number from 1 to {len(members)}")
    return int(word)
