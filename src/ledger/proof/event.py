"""An event is a signed note of two lines: what kind of record this is, and one line of canonical JSON.

    example.org/log/event/v1
    {"after":17,"at":"2027-01-04T01:00:00Z","body":{...},"seen":{"root":"...","size":4211},"subject":"...","type":"seed.committed/1","unit":"bureau/legal-publicity"}

then an empty line and the signature lines, in byte order of key name (and of key id, where a unit signs with its old
key and its new one). The note's bytes are the log's entry: they are
hashed, signed and stored as they are, and never written again to be checked.

Specification: docs/spec/events.md.
"""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from .encoding import Hash, check_hex, check_id, format_canonical, parse_canonical_text, parse_time
from .errors import Malformed
from .note import Signature, Signer, format_note, parse_note

MAX_ENTRY_BYTES = 65_535
"""An entry's length is written in two bytes in the log's tiles (C2SP tlog-tiles)."""

_TYPE = re.compile(r"[a-z]+\.[a-z]+/[1-9][0-9]*")
_REQUIRED = ("at", "body", "seen", "subject", "type", "unit")
_SPELLINGS = (("after", *_REQUIRED), _REQUIRED)
"""The names of an event's fields as they stand in canonical JSON, which has them in this order only."""


class Seen(NamedTuple):
    """The newest checkpoint that the signer had itself checked: its size, and its root's 32 bytes."""

    size: int
    root: Hash


class Event(NamedTuple):
    """What an entry says, read strictly; whether it may say so is for the signatures and the rules.

    after       index of the subject's newest entry that the signer knew; None for a subject's first
    at          Unix seconds that the signer claims
    text        what was signed
    signatures  in byte order of key name, none checked yet
    entry       the bytes as they stand in the log
    """

    type: str
    subject: str
    unit: str
    at: int
    after: int | None
    seen: Seen
    body: dict[str, Any]
    text: str
    signatures: tuple[Signature, ...]
    entry: bytes


def parse_event(entry: bytes, origin: str) -> Event:
    """Read an entry's form. Raises Malformed, saying which field was found how; no signature is checked."""
    if len(entry) > MAX_ENTRY_BYTES:
        raise Malformed(f"entry of {len(entry)} bytes, expected at most {MAX_ENTRY_BYTES}")
    text, signatures = parse_note(entry)
    first, newline, second = text.partition("\n")
    if first != f"{origin}/event/v1":
        raise Malformed(f"first line {first[:120]!r}, expected '{origin}/event/v1'")
    if second.find("\n") != len(second) - 1 or not newline:
        raise Malformed("an event's text has exactly two lines")
    for i in range(1, len(signatures)):
        before, line = signatures[i - 1], signatures[i]
        if (before.name.encode(), before.key_id) >= (line.name.encode(), line.key_id):
            raise Malformed("signature lines: expected each key once, in byte order of key name, then of key id")
    return _parse_fields(parse_canonical_text(second[:-1]), text, signatures, entry)


def _parse_fields(fields: Any, text: str, signatures: tuple[Signature, ...], entry: bytes) -> Event:
    if not isinstance(fields, dict) or tuple(fields) not in _SPELLINGS:
        found = sorted(fields) if isinstance(fields, dict) else type(fields).__name__
        raise Malformed(f"event fields {found}: expected {list(_REQUIRED)} and after")
    seen, after, body, kind = fields["seen"], fields.get("after"), fields["body"], fields["type"]
    if not isinstance(seen, dict) or tuple(seen) != ("root", "size"):
        raise Malformed("seen: expected an object with root and size")
    for name in ("at", "subject", "type", "unit"):
        if not isinstance(fields[name], str):
            raise Malformed(f"{name}: expected text")
    if not _TYPE.fullmatch(kind):
        raise Malformed(f"type {kind[:80]!r}: expected noun.verbed/version")
    if not isinstance(body, dict):
        raise Malformed("body: expected an object")
    if "after" in fields:
        _check_count("after", after)
    _check_count("seen.size", seen["size"])
    if not isinstance(seen["root"], str):
        raise Malformed("seen.root: expected text")
    subject, unit, at = check_id(fields["subject"]), check_id(fields["unit"]), parse_time(fields["at"])
    seen_root = Hash(bytes.fromhex(check_hex(seen["root"])))
    return Event(kind, subject, unit, at, after, Seen(seen["size"], seen_root), body, text, signatures, entry)


def _check_count(name: str, value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Malformed(f"{name} {value!r}: expected a whole number, not negative")


def format_event_text(
    origin: str,
    *,
    type: str,
    subject: str,
    unit: str,
    at: str,
    after: int | None,
    seen: Seen,
    body: dict[str, Any],
) -> str:
    """Return the two lines that are signed. Raises Malformed if a value is outside the canonical domain."""
    fields: dict[str, Any] = {
        "at": at,
        "body": body,
        "seen": {"root": seen.root.hex(), "size": seen.size},
        "subject": subject,
        "type": type,
        "unit": unit,
    }
    if after is not None:
        fields["after"] = after
    return f"{origin}/event/v1\n{format_canonical(fields).decode()}\n"


def format_entry(text: str, signers: Sequence[Signer]) -> bytes:
    """Return an event's bytes with a signature by each signer, in byte order of key name."""
    ordered = sorted(signers, key=lambda signer: (signer.name.encode(), signer.verifier.key_id))
    return format_note(text, [signer.sign_text(text) for signer in ordered])
