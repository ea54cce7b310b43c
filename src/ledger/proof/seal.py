"""Sealed values: the record holds a digest, the value can be shown later, or its opening erased for ever.

A field that may not be public, or not yet, is {"sealed": "<hex>"}: SHA-256 of the canonical JSON of
["double-random/sealed/1", subject, type, field, salt, value], the salt being 32 random hexadecimal characters
(without it, anyone could find a name or a number by trying).

Beside them, values that only one unit may read: encrypted to its key, HPKE base mode (RFC 9180).

Specification: docs/spec/encoding.md, sections 4 and 5.
"""

import hashlib
import re
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from .encoding import Hex, check_hex, format_canonical
from .errors import Malformed, Mismatch

ENCRYPTED_BYTES = 48
"""How much longer a ciphertext is than what it holds: an X25519 key before it, a tag of 16 bytes after it."""

_FIELD = 2**255 - 19
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
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


def derive_encryption_key(private: Hex) -> Hex:
    """Return the public half of an encryption key. Raises Malformed.

    private  32 bytes of X25519 (RFC 7748), as 64 hexadecimal characters
    """
    return Hex(_parse_private(private).public_key().public_bytes_raw().hex())


def check_encryption_key(public: str) -> Hex:
    """Return the public half of an encryption key, checked.

    Raises Malformed if it is not 64 lowercase hexadecimal characters, not the one spelling of its number, or a point of
    low order, with which a secret would be no secret (RFC 7748, section 6.1).
    """
    if int.from_bytes(bytes.fromhex(check_hex(public)), "little") >= _FIELD:
        raise Malformed(f"encryption key {public}: not the one spelling of its number")
    try:
        X25519PrivateKey.from_private_bytes(b"\1" * 32).exchange(_parse_public(public))
    except ValueError:
        raise Malformed(f"encryption key {public}: a point of low order") from None
    return Hex(public)


def encrypt(plaintext: bytes, public: Hex, info: str) -> bytes:
    """Return a text that only the holder of a key can read: its encapsulated key, ciphertext and tag.

    info  what it is for and for whom; whoever decrypts has to name the same

    HPKE base mode of RFC 9180: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305, no additional data.
    """
    return _SUITE.encrypt(plaintext, _parse_public(check_encryption_key(public)), info.encode())


def decrypt(ciphertext: bytes, private: Hex, info: str) -> bytes:
    """Return what was encrypted to a key. Raises Mismatch if it was encrypted to another, for another use, or altered;
    Malformed if the private half is none."""
    try:
        return _SUITE.decrypt(ciphertext, _parse_private(private), info.encode())
    except (InvalidTag, ValueError):
        raise Mismatch(f"{info}: the ciphertext does not open with this key") from None


def _parse_public(public: str) -> X25519PublicKey:
    return X25519PublicKey.from_public_bytes(bytes.fromhex(check_hex(public)))


def _parse_private(private: str) -> X25519PrivateKey:
    return X25519PrivateKey.from_private_bytes(bytes.fromhex(check_hex(private)))
