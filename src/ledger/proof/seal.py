"""Sealed values: the record holds a digest, the value can be shown later, or its opening erased for ever.

A field that may not be public, or not yet, is {"sealed": "<hex>"}: SHA-256 of the canonical JSON of
["double-random/sealed/1", subject, type, field, salt, value], the salt being 32 random hexadecimal characters
(without it, anyone could find a name or a number by trying).

Specification: docs/spec/encoding.md, section 4.
"""

import hashlib
import re
from typing import Any

from .encoding import Hex, format_canonical
from .errors import Malformed, Mismatch

_SALT = re.compile(r"[0-9a-f]{32}")


def derive_seal(subject: str, type: str, field: str, salt: str, value: Any) -> Hex:
    """Return the digest that stands for a value. Raises Malformed if the salt is not 32 hexadecimal characters.

    By hand: printf '%s' '["double-random/sealed/1","SUBJECT","TYPE","FIELD","SALT","VALUE"]' | sha256sum
    """
    if not _SALT.fullmatch(salt):
        raise Malformed("salt: expected 32 lowercase hexadecimal characters")
    opened = format_canonical(["double-random/sealed/1", subject, type, field, salt, value])
    return Hex(hashlib.sha256(opened).hexdigest())


def check_seal(sealed: str, subject: str, type: str, field: str, salt: str, value: Any) -> None:
    """Check that a value and its salt are what a digest stands for. Raises Malformed, Mismatch."""
    found = derive_seal(subject, type, field, salt, value)
    if found != sealed:
        raise Mismatch(f"{field} of {subject}: opening gives {found}, the record has {sealed}")
