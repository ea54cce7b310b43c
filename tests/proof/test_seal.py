"""Sealed values: an opening fits one digest, at one place, and nothing else."""

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.proof.errors import LedgerError, Malformed, Mismatch
from ledger.proof.seal import check_seal, derive_seal

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
