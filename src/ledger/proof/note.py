"""Signed notes: a text, an empty line, and one line for each signature; readable, and checkable with any tool.

    example.org/log/bureau/enforcement is a key's name; a note that it signed reads

        the text, every line ended by a line feed
        <empty line>
        — example.org/log/bureau/enforcement base64(4 bytes of key id || signature)

A verifier key (vkey) is NAME+ID+BASE64, the id being the first 4 bytes of
SHA-256(NAME || 0x0A || algorithm || key) in hex, the base64 that of algorithm || key.

Signatures are Ed25519 as RFC 8032 has it, without cofactor, S below the group order, R not of small order. Keys of
small order, and keys in other than their one spelling, are refused, for under those one signature could fit many texts.

Specification: C2SP signed-note; docs/spec/log.md, section 2.
"""

import hashlib
import re
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from .errors import BadSignature, Malformed

ED25519 = 1
COSIGNATURE = 4

_NAME = re.compile(r"[^\s+\x00-\x1f\ud800-\udfff]+")
_CONTROLS = bytes({*range(32)} - {10})
_LINE_START = "\u2014 "
_FIELD = 2**255 - 19
_CURVE_D = -121665 * pow(121666, -1, _FIELD) % _FIELD
# The y of the points of order 8; with 0, 1 and -1 these are all y of small order (checked in tests by doubling).
_ORDER_8_Y = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
_SMALL_ORDER_Y = frozenset((0, 1, _FIELD - 1, _ORDER_8_Y, _FIELD - _ORDER_8_Y))
_SMALL_ORDER = frozenset((y | sign << 255).to_bytes(32, "little") for y in _SMALL_ORDER_Y for sign in (0, 1))


class Signature(NamedTuple):
    """One signature line: the key's name, its 4-byte id, and what follows the id."""

    name: str
    key_id: bytes
    signature: bytes


class Note(NamedTuple):
    """A note as it was read: its text (ended by a line feed) and its signature lines, none of them checked."""

    text: str
    signatures: tuple[Signature, ...]


def parse_base64(text: str) -> bytes:
    """Return the bytes of standard base64 in its one spelling. Raises Malformed."""
    try:
        data = a2b_base64(text, strict_mode=True)
    except ValueError:
        raise Malformed(f"{text[:80]!r} is not base64") from None
    if b2a_base64(data, newline=False).decode() != text:
        raise Malformed(f"{text[:80]!r} is base64 in another than its one spelling")
    return data


def format_base64(data: bytes) -> str:
    """Return bytes in standard base64, padded; parse_base64(format_base64(d)) == d."""
    return b2a_base64(data, newline=False).decode()


def parse_note(data: bytes) -> Note:
    """Read a note's form, strictly; no signature is checked. format_note(*parse_note(d)) == d.

    Raises Malformed for control characters, bytes that are not UTF-8, a missing empty line, a bad signature line.
    """
    if len(data.translate(None, _CONTROLS)) != len(data):  # many times faster than searching
        raise Malformed("note holds a control character")
    try:
        message = data.decode()
    except UnicodeDecodeError as error:
        raise Malformed(f"note is not UTF-8 at byte {error.start}") from None
    split = message.rfind("\n\n")
    if split < 0 or not message.endswith("\n"):
        raise Malformed("note has no empty line before its signatures, or does not end with a line feed")
    text, lines = message[: split + 1], message[split + 2 : -1].split("\n")
    return Note(text, tuple(map(_parse_signature_line, lines)))


def _parse_signature_line(line: str) -> Signature:
    if not line.startswith(_LINE_START):
        raise Malformed(f"signature line {line[:80]!r}: expected an em dash and a space first")
    name, space, blob = line[2:].partition(" ")
    if not space or not _NAME.fullmatch(name):
        raise Malformed(f"signature line {line[:80]!r}: expected a key name without spaces or plus, then base64")
    data = parse_base64(blob)
    if len(data) < 5:
        raise Malformed(f"signature line {line[:80]!r}: too short for a key id and a signature")
    return Signature(name, data[:4], data[4:])


def format_note(text: str, signatures: Iterable[Signature]) -> bytes:
    """Return the bytes of a note: the text, an empty line, the signature lines in the order given."""
    if not text.endswith("\n"):
        raise Malformed("a note's text ends with a line feed")
    return (text + "\n" + "".join(map(format_signature_line, signatures))).encode()


def format_signature_line(signature: Signature) -> str:
    """Return one signature line with its line feed."""
    return f"{_LINE_START}{signature.name} {format_base64(signature.key_id + signature.signature)}\n"


def derive_key_id(name: str, algorithm: int, key: bytes) -> bytes:
    """Return the 4 bytes that stand before a signature to tell keys of one name apart."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([algorithm]) + key).digest()[:4]


def check_public_key(key: bytes) -> None:
    """Refuse an Ed25519 key that is not 32 bytes, not in its one spelling, off the curve, or of small order.

    Raises Malformed.
    Source: RFC 8032, section 5.1.3; docs/spec/log.md, section 2.
    """
    if len(key) != 32:
        raise Malformed(f"Ed25519 key of {len(key)} bytes, expected 32")
    y = int.from_bytes(key, "little") & (2**255 - 1)
    if y >= _FIELD:
        raise Malformed("Ed25519 key is not in its one spelling")
    if y in _SMALL_ORDER_Y:
        raise Malformed("Ed25519 key is of small order")
    x_squared = (y * y - 1) * pow(_CURVE_D * y * y + 1, -1, _FIELD) % _FIELD
    if pow(x_squared, (_FIELD - 1) // 2, _FIELD) != 1:
        raise Malformed("Ed25519 key is not a point of the curve")


class Verifier:
    """A public key with its name, as a vkey spells it."""

    __slots__ = ("_public", "algorithm", "key", "key_id", "name")

    def __init__(self, name: str, key: bytes, algorithm: int = ED25519) -> None:
        """Take a key of 32 bytes. Raises Malformed where the name or key is not one that may sign."""
        if not _NAME.fullmatch(name):
            raise Malformed(f"key name {name!r}: expected no spaces and no plus")
        check_public_key(key)
        self.name, self.key, self.algorithm = name, key, algorithm
        self.key_id = derive_key_id(name, algorithm, key)
        self._public = Ed25519PublicKey.from_public_bytes(key)

    def __repr__(self) -> str:
        return f"Verifier({format_vkey(self)})"

    def __reduce__(self) -> tuple[type["Verifier"], tuple[str, bytes, int]]:
        """Copy a key, also into another process, as what it is made of."""
        return Verifier, (self.name, self.key, self.algorithm)

    def check(self, message: bytes, signature: bytes) -> None:
        """Check 64 bytes of Ed25519 signature over a message. Raises BadSignature."""
        if signature[:32] in _SMALL_ORDER:  # here libraries differ: some take it, some do not
            raise BadSignature(f"the signature by {self.name} has an R of small order")
        try:
            self._public.verify(signature, message)
        except InvalidSignature:
            raise BadSignature(f"the signature by {self.name} does not fit the text") from None


def parse_vkey(text: str) -> Verifier:
    """Return the key that NAME+ID+BASE64 spells; format_vkey(parse_vkey(t)) == t.

    Raises Malformed, which never repeats a secret key that was put in its place.
    """
    if text.startswith("PRIVATE+KEY+"):
        raise Malformed("vkey: a secret signing key stands in its place, expected NAME+ID+BASE64 of the public one")
    name, plus, rest = text.partition("+")
    key_id, plus_again, blob = rest.partition("+")
    if not (plus and plus_again):
        raise Malformed(f"vkey {text[:120]!r}: expected NAME+ID+BASE64")
    data = parse_base64(blob)
    if not data or data[0] not in (ED25519, COSIGNATURE):
        raise Malformed(f"vkey {text[:120]!r}: algorithm is not Ed25519 (1) or cosignature/v1 (4)")
    verifier = Verifier(name, data[1:], data[0])
    if verifier.key_id.hex() != key_id:
        raise Malformed(f"vkey {text[:120]!r}: id {key_id}, expected {verifier.key_id.hex()}")
    return verifier


def format_vkey(verifier: Verifier) -> str:
    """Return a key as NAME+ID+BASE64."""
    blob = format_base64(bytes([verifier.algorithm]) + verifier.key)
    return f"{verifier.name}+{verifier.key_id.hex()}+{blob}"


def format_key_name(verifier: Verifier) -> str:
    """Return NAME+ID, the beginning of the vkey: it tells keys of one name apart."""
    return f"{verifier.name}+{verifier.key_id.hex()}"


class Signer:
    """A private key with its name; `verifier` is its public half."""

    __slots__ = ("_private", "verifier")

    def __init__(self, name: str, seed: bytes, algorithm: int = ED25519) -> None:
        """Take 32 secret random bytes."""
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.verifier = Verifier(name, self._private.public_key().public_bytes_raw(), algorithm)

    @property
    def name(self) -> str:
        """The key's name."""
        return self.verifier.name

    def sign(self, message: bytes) -> bytes:
        """Return 64 bytes of Ed25519 signature over a message."""
        return self._private.sign(message)

    def sign_text(self, text: str) -> Signature:
        """Return the signature line's content for a note's text. Raises Malformed for a witness's key."""
        if self.verifier.algorithm != ED25519:
            raise Malformed(f"{self.name} is a witness's key, which signs checkpoints only")
        return Signature(self.name, self.verifier.key_id, self.sign(text.encode()))

    def format_skey(self) -> str:
        """Return the secret as PRIVATE+KEY+NAME+ID+BASE64, the form of the signed-note tools; keep it secret."""
        seed = self._private.private_bytes_raw()
        blob = format_base64(bytes([self.verifier.algorithm]) + seed)
        return f"PRIVATE+KEY+{self.name}+{self.verifier.key_id.hex()}+{blob}"


def parse_skey(text: str) -> Signer:
    """Return the signer that PRIVATE+KEY+NAME+ID+BASE64 spells. Raises Malformed, which never repeats the secret."""
    parts = text.split("+", 4)
    if len(parts) != 5 or parts[:2] != ["PRIVATE", "KEY"]:
        raise Malformed("not a signing key: expected PRIVATE+KEY+NAME+ID+BASE64")
    try:
        data = a2b_base64(parts[4], strict_mode=True)
    except ValueError:
        raise Malformed(f"signing key of {parts[2]}: its last part is not base64") from None
    if len(data) != 33 or data[0] not in (ED25519, COSIGNATURE):
        raise Malformed(f"signing key of {parts[2]}: expected an algorithm (1 or 4) and 32 bytes")
    signer = Signer(parts[2], data[1:], data[0])
    if signer.verifier.key_id.hex() != parts[3]:
        raise Malformed(f"signing key of {parts[2]}: its id does not fit its bytes")
    return signer


def check_note(note: Note, verifiers: Sequence[Verifier]) -> list[Verifier]:
    """Return the keys, of those given, that signed the note; signatures by other keys are ignored (C2SP signed-note).

    Raises BadSignature if a line claims a given key and does not verify, or if none of the keys signed.
    """
    signed: list[Verifier] = []
    for line in note.signatures:
        for verifier in verifiers:
            if (line.name, line.key_id) == (verifier.name, verifier.key_id):
                if verifier.key in (other.key for other in signed):
                    raise BadSignature(f"the key of {line.name} signed twice")
                if verifier.algorithm != ED25519:  # a cosignature, shown as a note, would otherwise pass for one
                    raise BadSignature(f"{line.name} is a witness's key, which signs checkpoints only")
                verifier.check(note.text.encode(), line.signature)
                signed.append(verifier)
                break
    if not signed:
        raise BadSignature(f"signed by none of {', '.join(verifier.name for verifier in verifiers) or 'no keys given'}")
    return signed
