"""Sealed values: an opening fits one digest, at one place, and nothing else."""

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpke import encrypt_again, seal
from ledger.proof.encoding import Hex
from ledger.proof.errors import LedgerError, Malformed, Mismatch
from ledger.proof.seal import (
    ENCRYPTED_BYTES,
    check_encryption_key,
    check_seal,
    decrypt,
    derive_encryption_key,
    derive_seal,
    encrypt,
)

SALT = "0123456789abcdef" * 2
PLACE = ("officer/bureau/001", "officer.listed/1", "name")


def test_seal_by_hand() -> None:
    # printf '%s' '["double-random/sealed/1","officer/bureau/001","officer.listed/1","name","0123…","张三"]' | sha256sum
    opened = f'["double-random/sealed/1","officer/bureau/001","officer.listed/1","name","{SALT}","张三"]'
    assert derive_seal(*PLACE, SALT, "张三") == hashlib.sha256(opened.encode()).hexdigest()


values = st.text("abc张三", max_size=6) | st.integers(-9, 9) | st.booleans() | st.lists(st.integers(0, 3), max_size=3)


@given(values, st.binary(min_size=16, max_size=16).map(bytes.hex))
def test_whatever_is_sealed_opens(value: Any, salt: str) -> None:
    check_seal(derive_seal(*PLACE, salt, value), *PLACE, salt, value)


ARGUMENTS: tuple[Any, ...] = (*PLACE, SALT, "张三")


@pytest.mark.parametrize(
    ("position", "other"),
    [
        (0, "officer/bureau/002"),
        (1, "officer.listed/2"),
        (2, "certificate_no"),
        (3, SALT[::-1]),
        (4, "李四"),
        (4, ["张三"]),
    ],
)
def test_opening_with_one_thing_changed_is_refused(position: int, other: Any) -> None:
    changed = (*ARGUMENTS[:position], other, *ARGUMENTS[position + 1 :])
    with pytest.raises(Mismatch):
        check_seal(derive_seal(*ARGUMENTS), *changed)


@given(st.tuples(*[st.text('a",[]', max_size=3)] * 3), st.tuples(*[st.text('a",[]', max_size=3)] * 3))
def test_fields_cannot_run_into_each_other(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    assert (derive_seal(*one, SALT, "x") == derive_seal(*other, SALT, "x")) is (one == other)


@pytest.mark.parametrize(("one", "other"), [(1, "1"), (1, True), (0, False), ([], {}), ("", [])])
def test_values_of_other_kinds_have_other_seals(one: Any, other: Any) -> None:
    with pytest.raises(Mismatch):
        check_seal(derive_seal(*PLACE, SALT, one), *PLACE, SALT, other)


@pytest.mark.parametrize("salt", ["", SALT[:-1], SALT + "0", SALT.upper(), SALT[:-1] + "g", SALT + "\n", "１" * 32])
def test_t28_other_salt_is_refused(salt: str) -> None:
    with pytest.raises(Malformed):
        derive_seal(*PLACE, salt, "张三")


@pytest.mark.parametrize("value", [None, 1.5, "e\u0301", b"x", 2**53])
def test_value_outside_the_domain_is_not_sealed(value: Any) -> None:
    with pytest.raises(Malformed):
        derive_seal(*PLACE, SALT, value)


def test_t28_digest_in_another_spelling_is_refused() -> None:
    sealed = derive_seal(*ARGUMENTS)
    for other in (sealed.upper(), sealed + "\n", "", sealed[:-1]):
        with pytest.raises(LedgerError):
            check_seal(other, *ARGUMENTS)


# RFC 9180, appendix A.2.1: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20Poly1305, base mode, sequence number 0.
EPHEMERAL = "f4ec9b33b792c372c1d2c2063507b684ef925b8c75a42dbcbf57d63ccd381600"
PRIVATE = Hex("8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb")
PUBLIC = Hex("4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a")
ODE = "Ode on a Grecian Urn"
SEALED = (
    "1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a"
    "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28"
)


def test_the_tests_own_hpke_gives_the_rfcs_vector() -> None:
    sealed = seal(b"Beauty is truth, truth beauty", bytes.fromhex(PUBLIC), ODE.encode(), bytes.fromhex(EPHEMERAL),
                  b"Count-0")  # fmt: skip
    assert sealed.hex() == SEALED
    assert derive_encryption_key(PRIVATE) == PUBLIC


@given(st.binary(max_size=200), st.text("abc|/", max_size=20))
def test_what_either_hand_encrypts_opens(plaintext: bytes, info: str) -> None:
    for ciphertext in (encrypt(plaintext, PUBLIC, info), encrypt_again(plaintext, PUBLIC, info)):
        assert decrypt(ciphertext, PRIVATE, info) == plaintext
        assert len(ciphertext) == len(plaintext) + ENCRYPTED_BYTES


def test_encrypted_twice_it_is_not_the_same() -> None:
    assert encrypt(b"share", PUBLIC, ODE) != encrypt(b"share", PUBLIC, ODE)


@pytest.mark.parametrize("place", [0, 31, 32, 40, -1])
def test_a_ciphertext_that_was_altered_does_not_open(place: int) -> None:
    ciphertext = bytearray(encrypt(b"share", PUBLIC, ODE))
    ciphertext[place] ^= 1
    with pytest.raises(Mismatch, match="does not open with this key"):
        decrypt(bytes(ciphertext), PRIVATE, ODE)


def test_it_opens_for_nobody_else_and_for_nothing_else() -> None:
    ciphertext = encrypt(b"share", PUBLIC, ODE)
    with pytest.raises(Mismatch):
        decrypt(ciphertext, Hex(EPHEMERAL), ODE)
    with pytest.raises(Mismatch):
        decrypt(ciphertext, PRIVATE, ODE + " ")
    for cut in (b"", ciphertext[:31], ciphertext[:47]):
        with pytest.raises(Mismatch):
            decrypt(cut, PRIVATE, ODE)


@pytest.mark.parametrize(
    ("public", "word"),
    [
        ("00" * 32, "low order"),
        ("01" + "00" * 31, "low order"),
        ("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "low order"),
        ("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "one spelling"),
        (PUBLIC[:-2] + "aa", "one spelling"),
        (PUBLIC.upper(), "lowercase hexadecimal"),
        (PUBLIC[:-2], "lowercase hexadecimal"),
    ],
)
def test_a_key_with_which_nothing_is_secret_is_refused(public: str, word: str) -> None:
    with pytest.raises(Malformed, match=word):
        check_encryption_key(public)
    with pytest.raises(Malformed, match=word):
        encrypt(b"share", Hex(public), ODE)
