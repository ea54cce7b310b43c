"""The one sum of a drand round that needs more than the standard library: the pairing on the curve BLS12-381.

A round's signature S over a message M fits the chain's public key P when e(S, G2) = e(H(M), P), H being the hash to
the curve's group G1 of RFC 9380. `check_pairing` is handed to `proof.randomness.check_round`; without it a round reads
"not checked". The other two functions make rounds of a `local` chain, for tests and simulations.

Source: drand, scheme bls-unchained-g1-rfc9380; docs/spec/draw.md, section 2.
"""

import hashlib
from typing import TypeVar

from py_arkworks_bls12381 import GT, G1Point, G2Point, Scalar

from ledger.proof.errors import BadSignature, Malformed

DOMAIN = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"
"""The tag under which drand hashes to G1 (RFC 9380, section 8.8.1, with NUL for a basic signature)."""

_ORDER = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001

_Point = TypeVar("_Point", G1Point, G2Point)


def check_pairing(public_key: bytes, message: bytes, signature: bytes) -> None:
    """Check a BLS signature in G1 against a public key in G2.

    public_key  96 bytes, compressed
    message     for drand the SHA-256 of the round's number as 8 bytes, big endian
    signature   48 bytes, compressed

    Raises Malformed for bytes that are no point of the curve, or no point's one spelling; BadSignature for the point at
    infinity, for a point outside the prime-order subgroup, and for a signature that does not fit.
    Source: draft-irtf-cfrg-bls-signature, section 2.7 (CoreVerify).
    """
    key = _parse_point(G2Point, public_key, 96, "public key")
    point = _parse_point(G1Point, signature, 48, "signature")
    hashed = G1Point.hash_to_curve(message, DOMAIN)
    if not GT.pairing_check([point, -hashed], [G2Point(), key]):
        raise BadSignature("the round's signature does not fit the chain's public key")


def _parse_point(group: type[_Point], data: bytes, length: int, what: str) -> _Point:
    if len(data) != length:
        raise Malformed(f"{what} of {len(data)} bytes, expected {length}")
    try:
        point = group.from_compressed_bytes_unchecked(data)
    except ValueError:
        raise Malformed(f"{what} {data.hex()} is no point of BLS12-381") from None
    if point.to_compressed_bytes() != data:
        raise Malformed(f"{what} {data.hex()} is not in its one spelling")
    if point == group.identity():
        raise BadSignature(f"{what} is the point at infinity, under which any message would pass")
    if not point.is_in_subgroup():
        raise BadSignature(f"{what} lies outside the subgroup of prime order")
    return point


def derive_public_key(secret: bytes) -> str:
    """Return the public key of a local chain, as `Chain.key` has it: 192 lowercase hexadecimal characters.

    secret  32 bytes, a number from 1 to the group's order less 1, big endian

    Raises Malformed, which never repeats the secret.
    """
    return (G2Point() * _parse_secret(secret)).to_compressed_bytes().hex()


def sign_round(secret: bytes, number: int) -> str:
    """Return a local chain's signature of a round, as `Round.signature` has it: 96 lowercase hexadecimal characters.

    secret  as for derive_public_key; whoever holds it knows every round beforehand
    number  the round's number, 1 or above

    Raises Malformed.
    """
    if not 0 < number < 2**64:
        raise Malformed(f"round {number}: expected one from 1 to 2^64-1")
    message = hashlib.sha256(number.to_bytes(8, "big")).digest()
    return (G1Point.hash_to_curve(message, DOMAIN) * _parse_secret(secret)).to_compressed_bytes().hex()


def _parse_secret(secret: bytes) -> Scalar:
    if len(secret) != 32 or not 0 < int.from_bytes(secret, "big") < _ORDER:
        raise Malformed("local chain's secret: expected 32 bytes, a number from 1 to the group's order less 1")
    return Scalar.from_be_bytes(secret)
