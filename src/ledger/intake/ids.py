"""Ids of officers, items and plan lines: from the sheet's own 编号, else derived from the content."""

import hashlib
import hmac
import re
import unicodedata

from ledger.intake.findings import Unread
from ledger.intake.text import normalise_symbols, normalise_whole
from ledger.proof.errors import Malformed

_ID = re.compile(r"[a-z0-9][a-z0-9/-]*")
_KEY_LENGTH = 16
_JOINTS = re.compile(r"[-_.:－—–]+")


def parse_id(text: str) -> str:
    """Return a 编号 as an id: half width, lower case, _ and . as -.

    Raises Unread if anything but a-z, 0-9, - and / is left.
    Law: parse_id(parse_id(x)) == parse_id(x).
    """
    slug = _JOINTS.sub("-", normalise_symbols(normalise_whole(text)).lower()).strip("-")
    if not _ID.fullmatch(slug):
        raise Unread("id-malformed", text)
    return slug


def derive_content_id(prefix: str, content: str) -> str:
    """Return an id that follows from a text, so that the same text has the same id in every edition of a list.

    By hand: printf '%s' CONTENT | sha256sum, its first twelve characters after the prefix.
    """
    digest = hashlib.sha256(unicodedata.normalize("NFC", content).encode())
    return f"{prefix}-{digest.hexdigest()[:12]}"


def derive_pseudonym(pseudonym_key: bytes, certificate_no: str) -> str:
    """Return an officer's id, from which nobody without the key can find the certificate number.

    pseudonym_key   the installation's secret, at least 16 bytes
    certificate_no  the number as on the certificate

    Raises Malformed for a shorter key: certificate numbers are few enough to try them all.
    Source: RFC 2104, HMAC with SHA-256; its first twelve hex characters after `o-`.
    By hand: printf '%s' NUMBER | openssl dgst -sha256 -mac HMAC -macopt hexkey:KEY
    """
    if len(pseudonym_key) < _KEY_LENGTH:
        raise Malformed(f"pseudonym key: found {len(pseudonym_key)} bytes, expected at least {_KEY_LENGTH}")
    number = unicodedata.normalize("NFC", certificate_no).encode()
    return "o-" + hmac.new(pseudonym_key, number, hashlib.sha256).hexdigest()[:12]
