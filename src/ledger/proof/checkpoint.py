"""Checkpoints: the log's signed word on its size and root, and the witnesses' words on having seen it grow.

    example.org/log
    4211
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

    — example.org/log base64(key id || signature by the log)
    — witness.example base64(key id || 8 bytes of Unix time || signature by the witness)

A witness signs `cosignature/v1`, a line `time <seconds>`, and the checkpoint's text, after it has checked that the
checkpoint extends the last one that it signed: two histories cannot both be witnessed.

Specification: C2SP tlog-checkpoint, tlog-cosignature; docs/spec/log.md, sections 3 and 4.
"""

from collections.abc import Sequence
from typing import NamedTuple

from .encoding import TIMES, Hash
from .errors import BadSignature, Malformed
from .note import (
    COSIGNATURE,
    Note,
    Signature,
    Signer,
    Verifier,
    format_base64,
    format_key_name,
    parse_base64,
    parse_note,
)


class Checkpoint(NamedTuple):
    """A log's name (its origin), the number of its entries, their root, and any lines that follow."""

    origin: str
    size: int
    root: Hash
    extensions: tuple[str, ...] = ()


class Witnessed(NamedTuple):
    """A checkpoint that was checked: by the log's key, and by the witnesses named, at the Unix times they gave."""

    checkpoint: Checkpoint
    times: dict[str, int]


def format_checkpoint(checkpoint: Checkpoint) -> str:
    """Return a checkpoint's text; parse_checkpoint(format_checkpoint(c)) == c."""
    lines = (checkpoint.origin, str(checkpoint.size), format_base64(checkpoint.root), *checkpoint.extensions)
    return "".join(line + "\n" for line in lines)


def parse_checkpoint(text: str) -> Checkpoint:
    """Read a checkpoint's text, strictly. Raises Malformed."""
    origin, *rest = text.removesuffix("\n").split("\n")
    if not text.endswith("\n") or len(rest) < 2 or not origin or "" in rest:
        raise Malformed("checkpoint: expected lines with the origin, the size and the root, none of them empty")
    size, root, *extensions = rest
    if not (size.isascii() and size.isdigit()) or (size[0] == "0" and size != "0") or len(size) > 16:
        raise Malformed(f"checkpoint: size {size[:40]!r}, expected a whole number without leading zeros")
    root_hash = parse_base64(root)
    if len(root_hash) != 32:
        raise Malformed(f"checkpoint: root of {len(root_hash)} bytes, expected 32")
    return Checkpoint(origin, int(size), Hash(root_hash), tuple(extensions))


def cosign(signer: Signer, text: str, seconds: int) -> Signature:
    """Return a witness's cosignature of a checkpoint's text at a Unix time. The caller has checked that it extends."""
    if signer.verifier.algorithm != COSIGNATURE:
        raise Malformed(f"{signer.name} is not a witness's key")
    signature = signer.sign(_cosigned(text, seconds))
    return Signature(signer.name, signer.verifier.key_id, seconds.to_bytes(8, "big") + signature)


def _cosigned(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def check_checkpoint(
    data: bytes, log: Verifier, witnesses: Sequence[Verifier] = (), *, is_exact: bool = False
) -> Witnessed:
    """Check a checkpoint's bytes against the log's key, and its cosignatures against the witnesses' keys.

    data       the signed checkpoint; lines by other keys are ignored, as the specification wants
    is_exact   refuse lines by other keys too, for places where the bytes have one spelling (events, bundles)

    Raises Malformed; BadSignature if the log did not sign, or a line of a known key does not verify.
    """
    note = parse_note(data)
    checkpoint = parse_checkpoint(note.text)
    if checkpoint.origin != log.name:
        raise BadSignature(f"checkpoint of {checkpoint.origin}, expected {log.name}")
    # The log's key last: no witness's of the same name and id, which is four bytes, takes its place.
    known = {(verifier.name, verifier.key_id): verifier for verifier in (*witnesses, log)}
    seen: set[bytes] = set()
    times: dict[str, int] = {}
    for line in note.signatures:
        verifier = known.get((line.name, line.key_id))
        if verifier is None:
            if is_exact:
                raise BadSignature(f"checkpoint has a line by {line.name}, which is neither the log nor a witness")
            continue
        if verifier.key in seen:
            raise BadSignature(f"checkpoint has two lines by {line.name}")
        seen.add(verifier.key)
        if verifier.algorithm == COSIGNATURE:
            times[verifier.name] = check_cosignature(note.text, line, verifier)
        else:
            verifier.check(note.text.encode(), line.signature)
    if not any((line.name, line.key_id) == (log.name, log.key_id) for line in note.signatures):
        raise BadSignature(describe_unsigned(note, log))
    if is_exact and list(note.signatures) != sorted_signatures(note.signatures, log):
        raise Malformed("checkpoint's lines: expected the log's, then the witnesses' in byte order of their names")
    return Witnessed(checkpoint, times)


def describe_unsigned(note: Note, log: Verifier) -> str:
    """Return why a checkpoint without a line by a log's key is none of that log; another log may have its name."""
    other = next((line.key_id.hex() for line in note.signatures if line.name == log.name), None)
    if other is None:
        return f"checkpoint is not signed by {log.name}"
    return f"checkpoint is of another log of this name: found {log.name}+{other}, expected {format_key_name(log)}"


def check_cosignature(text: str, line: Signature, witness: Verifier) -> int:
    """Return the Unix time of a witness's line under a checkpoint's text. Raises BadSignature."""
    if len(line.signature) != 72:
        raise BadSignature(f"cosignature by {line.name} of {len(line.signature)} bytes, expected 72")
    seconds = int.from_bytes(line.signature[:8], "big")
    if seconds not in TIMES:
        raise BadSignature(f"cosignature by {line.name}: its time is out of range, the years 2000 to 2999")
    witness.check(_cosigned(text, seconds), line.signature[8:])
    return seconds


def sorted_signatures(signatures: Sequence[Signature], log: Verifier) -> list[Signature]:
    """Return a checkpoint's lines in their one order: the log's, then the witnesses' in byte order of their names."""
    return sorted(signatures, key=lambda line: (line.name != log.name, line.name.encode(), line.key_id))


def derive_attested_time(times: dict[str, int], names: Sequence[str], quorum: int) -> int | None:
    """Return the Unix time by which a quorum of the named witnesses had cosigned; None if fewer have.

    It is the quorum-th smallest of their times: that many say that the checkpoint existed then.
    """
    counted = sorted(times[name] for name in set(names) if name in times)
    return counted[quorum - 1] if 0 < quorum <= len(counted) else None
