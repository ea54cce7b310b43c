"""Two libraries, one verdict, on signatures made to tell Ed25519 libraries apart."""

import hashlib
from importlib.util import find_spec

import pytest

from ledger.audit import signatures
from ledger.audit.signatures import check_run, is_accepted_by_sodium
from ledger.proof.errors import BadSignature
from ledger.proof.note import Signer, Verifier
from proof.test_key import ORDER, Point, add, encode_point, multiply, root_of, torsion_points

needs_sodium = pytest.mark.skipif(find_spec("nacl") is None, reason="PyNaCl is not installed (the extra `fast`)")

FIELD = 2**255 - 19
MESSAGE = b"text"
SECRET = 0x1234567890ABCDEF


def base_point() -> Point:
    y = 4 * pow(5, -1, FIELD) % FIELD
    x = root_of((y * y - 1) * pow(-121665 * pow(121666, -1, FIELD) * y * y + 1, -1, FIELD))
    assert x is not None
    return (x if x % 2 == 0 else FIELD - x, y)


def make_signature(key: bytes, r_point: Point, r: int) -> bytes:
    """A signature with an R of the signer's choice, as whoever holds the secret could make it."""
    encoded = encode_point(r_point)
    h = int.from_bytes(hashlib.sha512(encoded + key + MESSAGE).digest(), "little")
    return encoded + ((r + h * SECRET) % ORDER).to_bytes(32, "little")


def is_accepted(verifier: Verifier, signature: bytes) -> bool:
    try:
        verifier.check(MESSAGE, signature)
    except BadSignature:
        return False
    return True


def make_crafted() -> dict[str, tuple[bytes, bytes]]:
    """Key and signature of each kind on which Ed25519 libraries are known to differ."""
    base = base_point()
    own, nonce = multiply(SECRET, base), multiply(77, base)
    plain = encode_point(own)
    made = {"plain": (plain, make_signature(plain, nonce, 77))}
    for number, torsion in enumerate(sorted(torsion_points())):
        mixed = encode_point(add(own, torsion))
        made[f"R of small order {number}"] = (plain, make_signature(plain, torsion, 0))
        made[f"R with a part of small order {number}"] = (plain, make_signature(plain, add(nonce, torsion), 77))
        made[f"key with a part of small order {number}"] = (mixed, make_signature(mixed, nonce, 77))
    good = made["plain"][1]
    s = int.from_bytes(good[32:], "little")
    for times in range(1, 16):
        if s + times * ORDER < 2**256:
            made[f"S above the order, {times}"] = (plain, good[:32] + (s + times * ORDER).to_bytes(32, "little"))
    for bit in range(512):
        flipped = int.from_bytes(good, "big") ^ 1 << bit
        made[f"flipped bit {bit}"] = (plain, flipped.to_bytes(64, "big"))
    for length in (0, 32, 63, 65, 72):
        made[f"length {length}"] = (plain, good.ljust(length, b"\0")[:length])
    return made


@needs_sodium
def test_both_libraries_give_one_verdict() -> None:
    accepted = set()
    for name, (key, signature) in make_crafted().items():
        ours = is_accepted(Verifier("a", key), signature)
        assert is_accepted_by_sodium(key, MESSAGE, signature) == ours, name
        accepted |= {name} if ours else set()
    assert "plain" in accepted
    # The trivial torsion point leaves R and key as they were; all other kinds but mixed keys are refused by both.
    assert not {name for name in accepted if name.startswith(("R of", "S above", "flipped", "length"))}


@pytest.mark.parametrize("has_sodium", [pytest.param(True, marks=needs_sodium), False])
def test_the_first_bad_signature_of_a_run_is_named(monkeypatch: pytest.MonkeyPatch, has_sodium: bool) -> None:
    monkeypatch.setattr(signatures, "HAS_SODIUM", has_sodium)
    signer = Signer("example.org/a", bytes(32))
    good = (signer.verifier, MESSAGE, signer.sign(MESSAGE))
    bad = (signer.verifier, b"another", signer.sign(MESSAGE))
    assert check_run([good] * 3) is None
    assert check_run([good, good, bad, bad]) == (2, "the signature by example.org/a does not fit the text")


@needs_sodium
def test_what_sodium_does_not_accept_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    signer = Signer("example.org/a", bytes(32))
    monkeypatch.setattr(signatures, "is_accepted_by_sodium", lambda *_: False)
    assert check_run([(signer.verifier, MESSAGE, signer.sign(MESSAGE))]) is None
