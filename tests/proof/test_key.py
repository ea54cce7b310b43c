"""Keys and signatures: one spelling each; keys of small order and signatures that could be bent are refused."""

import hashlib
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.proof.errors import BadSignature, Malformed
from ledger.proof.note import (
    Signer,
    Verifier,
    check_public_key,
    derive_key_id,
    format_vkey,
    parse_skey,
    parse_vkey,
)

# C2SP signed-note specification, section "Verifier keys", example (repository C2SP/C2SP, signed-note.md).
C2SP_VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
# Package documentation of golang.org/x/mod/sumdb/note, section "Example".
GO_SKEY = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
ALICE = Signer("example.org/alice", b"a" * 32)

FIELD = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, FIELD) % FIELD
Point = tuple[int, int]


def add(p: Point, q: Point) -> Point:
    """The addition of the curve -x^2 + y^2 = 1 + d x^2 y^2, written out (RFC 8032, section 5.1.4)."""
    product = D * p[0] * q[0] * p[1] * q[1] % FIELD
    x = (p[0] * q[1] + p[1] * q[0]) * pow(1 + product, -1, FIELD) % FIELD
    y = (p[1] * q[1] + p[0] * q[0]) * pow(1 - product, -1, FIELD) % FIELD
    return x, y


def root_of(square: int) -> int | None:
    """A square root in the field, if there is one (p = 5 mod 8)."""
    root = pow(square, (FIELD + 3) // 8, FIELD)
    for candidate in (root, root * pow(2, (FIELD - 1) // 4, FIELD) % FIELD):
        if candidate * candidate % FIELD == square % FIELD:
            return candidate
    return None


def multiply(times: int, point: Point) -> Point:
    """A multiple of a point, by doubling and adding."""
    total = (0, 1)
    for bit in bin(times)[2:]:
        total = add(total, total)
        if bit == "1":
            total = add(total, point)
    return total


@cache
def torsion_points() -> set[Point]:
    """The eight points of small order: the order times any point of full order 8 * ORDER, and its multiples."""
    for y in range(2, 100):
        x = root_of((y * y - 1) * pow(D * y * y + 1, -1, FIELD) % FIELD)
        if x is None:
            continue
        generator = multiply(ORDER, (x, y))
        multiples = {multiply(times, generator) for times in range(8)}
        if len(multiples) == 8:
            return multiples
    raise AssertionError("no point of full order found")


def encode_point(point: Point) -> bytes:
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


@given(
    st.binary(min_size=32, max_size=32), st.sampled_from(["a", "example.org/log", "双随机"]), st.sampled_from([1, 4])
)
def test_keys_round_trip(seed: bytes, name: str, algorithm: int) -> None:
    signer = Signer(name, seed, algorithm)
    assert parse_skey(signer.format_skey()).format_skey() == signer.format_skey()
    vkey = format_vkey(signer.verifier)
    read = parse_vkey(vkey)
    assert format_vkey(read) == vkey
    assert (read.name, read.key, read.algorithm) == (name, signer.verifier.key, algorithm)


def test_key_id_by_hand() -> None:
    data = b"example.org/alice\n\x01" + ALICE.verifier.key
    assert derive_key_id("example.org/alice", 1, ALICE.verifier.key) == hashlib.sha256(data).digest()[:4]


def flip_last(text: str) -> str:
    return text[:-1] + ("B" if text[-1] == "A" else "A")


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "example.com/foo",
        "example.com/foo+530d903a",
        C2SP_VKEY.replace("530d903a", "530d903b"),
        C2SP_VKEY.replace("530d903a", "530D903A"),
        C2SP_VKEY.replace("530d903a", "0530d903a"),
        C2SP_VKEY.replace("530d903a", ""),
        C2SP_VKEY.replace("foo", "fop"),
        C2SP_VKEY.replace("foo", "f oo"),
        C2SP_VKEY.replace("foo", "f+oo"),
        C2SP_VKEY.replace("foo", "f\u3000oo"),
        C2SP_VKEY.replace("foo", "f\x00oo"),
        C2SP_VKEY.replace("foo", "f\udcffoo"),  # what Python makes of an argument that is not UTF-8
        C2SP_VKEY[15:],
        flip_last(C2SP_VKEY),
        C2SP_VKEY[:-1],
        C2SP_VKEY + "=",
        C2SP_VKEY + "AAAA",
        C2SP_VKEY + "\n",
        " " + C2SP_VKEY,
        "example.com/foo+530d903a+",
        "example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    ],
)
def test_other_vkey_is_refused(vkey: str) -> None:
    with pytest.raises(Malformed):
        parse_vkey(vkey)


@pytest.mark.parametrize(
    "skey",
    [
        "",
        GO_VKEY,
        GO_SKEY.replace("PRIVATE", "Private"),
        GO_SKEY.replace("c74f20a3", "c74f20a4"),
        GO_SKEY.replace("Peter", "Peter "),
        GO_SKEY[:-4],
        GO_SKEY[:-1],
        GO_SKEY + "AAAA",
        GO_SKEY + "\n",
        flip_last(GO_SKEY),
        GO_SKEY.replace("+AYEK", "+AoEK"),
    ],
)
def test_other_skey_is_refused_and_not_repeated(skey: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse_skey(skey)
    assert "KFALVFGyNhPJEMzD1QIDr" not in str(refused.value)


def test_small_order_keys_are_refused() -> None:
    points = torsion_points()
    assert len(points) == 8
    assert (0, 1) in points
    for point in points:
        assert multiply(8, point) == (0, 1)
        for sign in (0, 1):  # for x = 0 the turned sign bit is a second spelling
            key = bytearray(encode_point(point))
            key[31] ^= sign << 7
            with pytest.raises(Malformed):
                check_public_key(bytes(key))
            with pytest.raises(Malformed):
                Verifier("a", bytes(key))


def test_keys_in_another_than_their_one_spelling_are_refused() -> None:
    for y in range(FIELD, 2**255):
        for sign in (0, 1 << 255):
            with pytest.raises(Malformed, match="one spelling"):
                check_public_key((y | sign).to_bytes(32, "little"))


def test_half_of_all_y_are_no_point() -> None:
    refused = 0
    for y in range(2, 202):
        is_point = root_of((y * y - 1) * pow(D * y * y + 1, -1, FIELD) % FIELD) is not None
        try:
            check_public_key(y.to_bytes(32, "little"))
        except Malformed:
            refused += 1
            assert not is_point
        else:
            assert is_point
    assert 60 < refused < 140


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_key_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(Malformed):
        check_public_key(b"\x05" * length)


def test_signature_with_s_above_the_order_is_refused() -> None:
    """S + order fits the same equation: without this rule every signature would have a second spelling."""
    signature = ALICE.sign(b"text")
    ALICE.verifier.check(b"text", signature)
    s = int.from_bytes(signature[32:], "little")
    for times in range(1, 16):
        if s + times * ORDER < 2**256:
            with pytest.raises(BadSignature):
                ALICE.verifier.check(b"text", signature[:32] + (s + times * ORDER).to_bytes(32, "little"))


def test_every_flipped_bit_of_a_signature_is_refused() -> None:
    signature = int.from_bytes(ALICE.sign(b"text"), "big")
    for bit in range(512):
        with pytest.raises(BadSignature):
            ALICE.verifier.check(b"text", (signature ^ 1 << bit).to_bytes(64, "big"))


@pytest.mark.parametrize("length", [0, 32, 63, 65, 72])
def test_signature_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(BadSignature):
        ALICE.verifier.check(b"text", ALICE.sign(b"text").ljust(length, b"\0")[:length])


def test_signature_with_r_of_small_order_is_refused() -> None:
    """R of small order and S = 0 fit any text under a small-order key; under a proper key they fit none."""
    for point in torsion_points():
        with pytest.raises(BadSignature):
            ALICE.verifier.check(b"text", encode_point(point) + bytes(32))
