"""What a witness is sent: the size that the proof starts from, the proof, an empty line, the checkpoint.

    old 20852014
    PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
    jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=

    example.org/log
    20852163
    ...

Specification: C2SP tlog-witness, add-checkpoint.
"""

import re
from typing import NamedTuple

from ledger.proof.encoding import Hash
from ledger.proof.errors import Malformed
from ledger.proof.note import format_base64, parse_base64

BODY_LIMIT = 1 << 17
"""Bytes of a request or an answer, at most: sixteen signatures of the longest kind and a proof fit in."""

PROOF_LIMIT = 63

_OLD = re.compile(r"old (0|[1-9][0-9]{0,15})")


class Submission(NamedTuple):
    """A checkpoint, as the log signed it, and the proof that it extends the one of the size `old`."""

    old: int
    proof: tuple[Hash, ...]
    checkpoint: bytes


def format_submission(submission: Submission) -> bytes:
    """Return the body of a request; parse_submission(format_submission(s)) == s."""
    lines = [f"old {submission.old}", *map(format_base64, submission.proof), "", ""]
    return "\n".join(lines).encode() + submission.checkpoint


def parse_submission(body: bytes) -> Submission:
    """Read the body of a request, strictly, as far as the checkpoint, which is not looked into. Raises Malformed."""
    head, empty, checkpoint = body.partition(b"\n\n")
    if not empty or not head.isascii():
        raise Malformed("expected lines of ASCII and an empty line before the checkpoint")
    first, *proof = head.decode().split("\n")
    old = _OLD.fullmatch(first)
    if old is None:
        raise Malformed(f"line {first[:40]!r}: expected old and a size")
    if len(proof) > PROOF_LIMIT:
        raise Malformed(f"a proof of {len(proof)} lines, expected {PROOF_LIMIT} at most")
    return Submission(int(old[1]), tuple(map(_parse_hash, proof)), checkpoint)


def _parse_hash(line: str) -> Hash:
    data = parse_base64(line)
    if len(data) != 32:
        raise Malformed(f"hash of {len(data)} bytes, expected 32")
    return Hash(data)
