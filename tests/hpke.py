"""HPKE base mode (RFC 9180), single shot, with an ephemeral key handed in: a second hand, and the same bytes each time.

DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305: suite identifiers 0x0020, 0x0001, 0x0003.
"""

import hashlib
import hmac

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

KEM = b"KEM" + bytes.fromhex("0020")
HPKE = b"HPKE" + bytes.fromhex("002000010003")


def extract(suite: bytes, salt: bytes, label: bytes, key: bytes) -> bytes:
    """LabeledExtract of section 4."""
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + key, "sha256")


def expand(suite: bytes, key: bytes, label: bytes, info: bytes, length: int) -> bytes:
    """LabeledExpand of section 4, for at most 32 bytes."""
    text = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info + b"\1"
    return hmac.digest(key, text, "sha256")[:length]


def seal(plaintext: bytes, public: bytes, info: bytes, ephemeral: bytes, aad: bytes = b"") -> bytes:
    """Return enc + ciphertext of SealBase, section 6.1, the sender's ephemeral key being given."""
    own = X25519PrivateKey.from_private_bytes(ephemeral)
    enc = own.public_key().public_bytes_raw()
    shared = own.exchange(X25519PublicKey.from_public_bytes(public))
    secret = expand(KEM, extract(KEM, b"", b"eae_prk", shared), b"shared_secret", enc + public, 32)
    context = b"\0" + extract(HPKE, b"", b"psk_id_hash", b"") + extract(HPKE, b"", b"info_hash", info)
    scheduled = extract(HPKE, secret, b"secret", b"")
    key, nonce = expand(HPKE, scheduled, b"key", context, 32), expand(HPKE, scheduled, b"base_nonce", context, 12)
    return enc + ChaCha20Poly1305(key).encrypt(nonce, plaintext, aad)


def encrypt_again(plaintext: bytes, public: str, info: str) -> bytes:
    """Encrypt as `ledger.proof.seal.encrypt` does, but to the same bytes each time: for tests only."""
    ephemeral = hashlib.sha256(f"ephemeral {info}".encode() + plaintext).digest()
    return seal(plaintext, bytes.fromhex(public), info.encode(), ephemeral)
