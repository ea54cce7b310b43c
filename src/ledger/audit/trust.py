"""Whom to trust is an argument: the log's key, the witnesses, the quorum, as a tlog-policy file or a single vkey.

    log example.org/log+1a2b3c4d+... https://log.example.org/
    witness justice example.org/log/witness/justice+... https://justice.example.org/witness
    witness discipline example.org/log/witness/discipline+...
    group all-of-them all justice discipline
    quorum all-of-them

An address is where a log is read, and where a witness is asked; whoever only checks needs none. Names are octets: what
is not UTF-8 in them stands here as Python's surrogate escapes do.

Specification: C2SP tlog-policy.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ledger.proof.checkpoint import check_cosignature, parse_checkpoint
from ledger.proof.errors import Malformed
from ledger.proof.note import COSIGNATURE, ED25519, Verifier, parse_note, parse_vkey

_ALLOWED = bytes({0x09, *range(0x20, 0x7F), *range(0x80, 0x100)})


@dataclass(frozen=True, slots=True)
class Group:
    """Witnesses or groups of which so many must have cosigned."""

    threshold: int
    members: tuple[str, ...]


@dataclass(slots=True)
class Trust:
    """The logs and witnesses that a verifier trusts, and the quorum it wants (None: no cosignature is asked for).

    log_urls      a log's name -> where it is read, for logs that the policy gives an address
    witness_urls  a witness's name in this policy -> its submission prefix (C2SP tlog-witness), where one is given
    """

    logs: list[Verifier] = field(default_factory=list)
    witnesses: dict[str, Verifier] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    quorum: str | None = None
    log_urls: dict[str, str] = field(default_factory=dict)
    witness_urls: dict[str, str] = field(default_factory=dict)

    def is_met(self, cosigners: set[str]) -> bool:
        """Tell whether witnesses, by their names in this policy, make up the quorum."""
        met = {name: name in cosigners for name in self.witnesses}
        for name, group in self.groups.items():  # as they were defined: a group's members stand before it
            met[name] = sum(met[member] for member in group.members) >= group.threshold
        return self.quorum is None or met[self.quorum]

    def find_log(self, checkpoint: bytes) -> tuple[Verifier | None, str]:
        """Return which of the trusted logs a checkpoint claims to be of, and the name that it claims.

        Where several keys of one name are trusted, the one whose line stands on it: a log of one name may have been
        followed by another. None where no log of that name is trusted. Nothing is verified. Raises Malformed.
        """
        note = parse_note(checkpoint)
        origin = parse_checkpoint(note.text).origin
        ids = {line.key_id for line in note.signatures}
        logs = sorted((log for log in self.logs if log.name == origin), key=lambda log: log.key_id not in ids)
        return (logs[0] if logs else None), origin

    def cosigners(self, checkpoint: bytes) -> dict[str, int]:
        """Return the witnesses, by their names in this policy, whose own keys cosigned a checkpoint: name -> Unix time.

        Another key of the same name is not that witness. Raises Malformed, BadSignature.
        """
        note = parse_note(checkpoint)
        return {
            name: check_cosignature(note.text, line, verifier)
            for name, verifier in self.witnesses.items()
            for line in note.signatures
            if (line.name, line.key_id) == (verifier.name, verifier.key_id)
        }


def parse_trust(data: bytes) -> Trust:
    """Read a tlog-policy file. Raises Malformed, naming the line.

    A policy may name no log, where the log is known from elsewhere.
    """
    trust = Trust()
    listed: set[str] = set()
    has_quorum = False
    for number, words in split_policy(data):
        try:
            if words[0] == "quorum":
                if has_quorum:
                    raise Malformed("a second quorum")
                has_quorum = True
            _take_line(trust, listed, words)
        except Malformed as error:
            raise Malformed(f"policy, line {number}: {error}") from None
    if not has_quorum:
        raise Malformed("policy: it has no quorum line (quorum none asks for no witness)")
    return trust


def split_policy(data: bytes) -> Iterator[tuple[int, list[str]]]:
    """Give the lines of a policy's bytes, with their numbers, as words; comments and empty lines are left out.

    Raises Malformed for an octet that may not stand in a policy, or a last line that is cut short.
    """
    for number, line in enumerate(data.split(b"\n"), start=1):
        if line.endswith(b"\r"):
            why = "its line ends are those of Windows (octet 0d): save it with those of Unix, LF alone"
            raise Malformed(f"policy, line {number}: {why}")
        if refused := line.translate(None, _ALLOWED):
            raise Malformed(f"policy, line {number}: octet {refused[:1].hex()}; a line ends with a line feed alone")
        words = line.split()  # at spaces and tabs: there is no other white space left
        if words and not words[0].startswith(b"#"):
            yield number, [word.decode(errors="surrogateescape") for word in words]
    if data and not data.endswith(b"\n"):
        raise Malformed("policy: its last line does not end with a line feed, so it may be cut short")


def parse_log_key(vkey: str) -> Verifier:
    """Return a log's key. Raises Malformed, also for a key of another kind."""
    verifier = parse_vkey(vkey)
    if verifier.algorithm != ED25519:
        raise Malformed(f"the key of log {verifier.name} is not an Ed25519 key")
    return verifier


def _take_line(trust: Trust, listed: set[str], words: list[str]) -> None:
    match words:
        case ["log", vkey, *url] if len(url) <= 1:
            _take_log(trust, parse_log_key(vkey), *url)
        case ["witness", name, vkey, *url] if len(url) <= 1:
            _refuse_used(trust, name)
            _take_witness(trust, name, parse_vkey(vkey), *url)
        case ["group", name, threshold, *members] if members:
            _refuse_used(trust, name)
            for member in members:
                _check_known(trust, member)
                if member in listed:
                    raise Malformed(f"{member} is a member of a group already")
                listed.add(member)
            trust.groups[name] = Group(_parse_threshold(threshold, members), tuple(members))
        case ["quorum", "none"]:
            trust.quorum = None
        case ["quorum", name]:
            _check_known(trust, name)
            trust.quorum = name
        case _:
            raise Malformed(f"{' '.join(words)[:80]!r}: expected log, witness, group or quorum")


def _take_log(trust: Trust, verifier: Verifier, url: str = "") -> None:
    if any(verifier.key == other.key for other in trust.logs):
        raise Malformed(f"the key of log {verifier.name} is another log's too")
    trust.logs.append(verifier)
    if url:
        trust.log_urls[verifier.name] = url


def _take_witness(trust: Trust, name: str, verifier: Verifier, url: str = "") -> None:
    if verifier.algorithm != COSIGNATURE:
        raise Malformed(f"the key of witness {name} is not one for cosignatures")
    if any(verifier.key == other.key for other in trust.witnesses.values()):
        raise Malformed(f"the key of witness {name} is another witness's too")
    trust.witnesses[name] = verifier
    if url:
        trust.witness_urls[name] = url


def _refuse_used(trust: Trust, name: str) -> None:
    if name == "none" or name in trust.witnesses or name in trust.groups:
        raise Malformed(f"the name {name} is used already")


def _check_known(trust: Trust, name: str) -> None:
    if name not in trust.witnesses and name not in trust.groups:
        raise Malformed(f"{name} is neither a witness nor a group named before")


def _parse_threshold(word: str, members: list[str]) -> int:
    if word in ("any", "all"):
        return 1 if word == "any" else len(members)
    if not (word.isascii() and word.isdigit() and len(word) < 10) or not 1 <= int(word) <= len(members):
        raise Malformed(f"threshold {word[:80]}: expected any, all, or a number from 1 to {len(members)}")
    return int(word)
