"""Receipts: that an entry stands in the log at an index, under a checkpoint; the only acknowledgement there is.

    c2sp.org/tlog-proof@v1
    index 73894
    gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=        the inclusion path, from the leaf's sibling upwards
    <empty line>
    the checkpoint, verbatim, with its cosignatures

Whoever holds the entry's bytes, the receipt and the log's key needs nobody else to check it, and nothing online.

Specification: C2SP tlog-proof; docs/spec/log.md, section 7.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from .checkpoint import Witnessed, check_checkpoint
from .encoding import Hash
from .errors import Malformed
from .merkle import check_inclusion, derive_leaf_hash
from .note import Verifier, format_base64, parse_base64, parse_note

RECEIPT_VERSION = "c2sp.org/tlog-proof@v1"
MAX_HASHES = 63


@dataclass(frozen=True, slots=True)
class Receipt:
    """An entry's index, its inclusion path, and the signed checkpoint that the path leads to; `extra` is unsigned."""

    index: int
    path: tuple[Hash, ...]
    checkpoint: bytes
    extra: bytes | None = None


def format_receipt(receipt: Receipt) -> bytes:
    """Return a receipt's bytes; parse_receipt(format_receipt(r)) == r."""
    lines = [RECEIPT_VERSION]
    if receipt.extra is not None:
        lines.append(f"extra {format_base64(receipt.extra)}")
    lines += [f"index {receipt.index}", *map(format_base64, receipt.path)]
    return "".join(f"{line}\n" for line in (*lines, "")).encode() + receipt.checkpoint


def parse_receipt(data: bytes) -> Receipt:
    """Read a receipt's form, strictly; nothing is checked against anything. Raises Malformed."""
    head, empty, checkpoint = data.partition(b"\n\n")
    try:
        first, *lines = head.decode().split("\n")
    except UnicodeDecodeError as error:
        raise Malformed(f"receipt is not UTF-8 at byte {error.start}") from None
    if first != RECEIPT_VERSION or not empty:
        raise Malformed(f"receipt: first line {first[:80]!r}, expected {RECEIPT_VERSION!r}, later an empty line")
    extra = parse_base64(lines.pop(0)[6:]) if lines and lines[0].startswith("extra ") else None
    word, _, number = lines.pop(0).partition(" ") if lines else ("", "", "")
    is_number = number.isascii() and number.isdigit() and len(number) <= 16 and (number == "0" or number[0] != "0")
    if word != "index" or not is_number:
        raise Malformed(f"receipt: {word[:40]!r} {number[:40]!r}, expected an entry's index without leading zeros")
    if len(lines) > MAX_HASHES:
        raise Malformed(f"receipt: {len(lines)} hashes, expected at most {MAX_HASHES}")
    path = tuple(map(_parse_hash, lines))
    parse_note(checkpoint)
    return Receipt(int(number), path, checkpoint, extra)


def _parse_hash(line: str) -> Hash:
    data = parse_base64(line)
    if len(data) != 32:
        raise Malformed(f"hash of {len(data)} bytes, expected 32")
    return Hash(data)


def check_receipt(data: bytes, entry: bytes, log: Verifier, witnesses: Sequence[Verifier] = ()) -> Witnessed:
    """Check that a receipt acknowledges these bytes, and return the checkpoint with the times of its witnesses.

    entry      the bytes of the event as they were submitted, signatures included
    log        the log's key
    witnesses  the witnesses trusted; whether those that signed suffice is for the caller's policy

    Raises Malformed, BadSignature for the checkpoint, Mismatch if the entry is not where the receipt says.
    """
    receipt = parse_receipt(data)
    witnessed = check_checkpoint(receipt.checkpoint, log, witnesses)
    size, root = witnessed.checkpoint.size, witnessed.checkpoint.root
    check_inclusion(derive_leaf_hash(entry), receipt.index, size, receipt.path, root)
    return witnessed
