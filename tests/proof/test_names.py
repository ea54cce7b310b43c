"""T28: ids, codes, hashes, times and days have one accepted form."""

import hashlib
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc

from ledger.proof.encoding import (
    TIMES,
    check_code,
    check_day,
    check_hex,
    check_id,
    derive_day,
    derive_hash,
    format_time,
    is_credit_code,
    parse_time,
)
from ledger.proof.errors import Malformed


def test_hash_is_what_sha256sum_prints() -> None:
    # printf '%s' 双随机 | sha256sum
    assert derive_hash("双随机") == hashlib.sha256(b"\xe5\x8f\x8c\xe9\x9a\x8f\xe6\x9c\xba").hexdigest()
    assert derive_hash("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2, B.1


@pytest.mark.parametrize(
    "text", ["", "a" * 63, "a" * 65, "A" * 64, "g" * 64, "a" * 64 + "\n", " " + "a" * 63, "１" * 64]
)
def test_t28_other_hexadecimal_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        check_hex(text)
    assert check_hex("0a" * 32) == "0a" * 32


@pytest.mark.parametrize("text", ["bureau", "street/pinghu", "draw/bureau/2027-01/001", "0"])
def test_id_is_accepted(text: str) -> None:
    assert check_id(text) == text


@pytest.mark.parametrize(
    "text", ["", "/a", "-a", "A", "a b", "a\n", "a_b", "a.b", "平湖", "a|b", "ａ", "a\u0301", "a\x00"]
)
def test_t28_other_id_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        check_id(text)


CODES = [
    "91440300MA5EXAMPLE",
    "0" * 18,
    "reg:440307600000000",
    "reg:深龙安监〔2018〕7号",
    "reg:reg:1",
]


@pytest.mark.parametrize("text", CODES)
def test_code_is_accepted(text: str) -> None:
    assert check_code(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "91440300MA5EXAMPL", "91440300MA5EXAMPLE1", "91440300ma5example", "91440300MA5EXAMPLE\n", " 1440300MA5EXAMPLE",
        "９1440300MA5EXAMPLE", "reg:", "REG:1", "reg :1", "reg: 1", "reg:1 ", "reg:1 2", "reg:1\u30002", "reg:1\u00a02",
        "reg:1\t", "reg:1\n", "reg:1\x7f", "reg:1\u200b", "reg:1\u202e2", "reg:1\ufeff", "reg:1|2", "reg:e\u0301",
        "reg:\ud800", "reg:\ue000", "reg:深\ufe00", "reg:深\U000e0100", "reg:\u3164", "reg:\x00", "reg:\u2028",
        "reg:\xad",
        # Assigned in Unicode 15.0 and 15.1: not every version of Python knows them.
        "reg:\U00031350", "reg:\U0002ebf0",
    ],
)  # fmt: skip
def test_t28_other_code_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        check_code(text)


@given(st.text(string.ascii_letters + string.digits + "深安号-/〔〕", min_size=1, max_size=20))
def test_any_plain_registered_number_is_a_code(number: str) -> None:
    assert check_code("reg:" + number) == "reg:" + number


@given(st.sampled_from(TIMES))
def test_time_round_trip(seconds: int) -> None:
    assert parse_time(format_time(seconds)) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "", "2027-01-04T01:00:00", "2027-01-04T01:00:00z", "2027-01-04t01:00:00Z", "2027-01-04 01:00:00Z",
        "2027-01-04T01:00:00+00:00", "2027-01-04T09:00:00+08:00", "2027-01-04T01:00Z", "2027-01-04T01:00:00.0Z",
        "20270104T010000Z", "2027-W01-1T01:00:00Z", "2027-1-4T01:00:00Z", "2027-02-29T01:00:00Z",
        "2027-13-01T01:00:00Z",
        "2027-01-04T24:00:00Z", "2027-01-04T01:60:00Z", "2027-01-04T01:00:60Z", "2027-01-04T01:00:00Z\n",
        "1999-12-31T23:59:59Z", "3000-01-01T00:00:00Z", "9999-12-31T20:00:00Z", "2027-01-04T01:99:00Z",
        " 2027-01-04T01:00:00Z", "0000-01-01T00:00:00Z", "２027-01-04T01:00:00Z", "+2027-01-04T01:00:00Z",
    ],
)  # fmt: skip
def test_t28_other_time_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        parse_time(text)


def test_day_is_shanghais() -> None:
    assert derive_day(parse_time("2027-01-03T15:59:59Z")) == "2027-01-03"
    assert derive_day(parse_time("2027-01-03T16:00:00Z")) == "2027-01-04"
    assert derive_day(615_310_200) == "1989-07-01"  # 15:30 UTC; summer time of that year is left out


def test_the_first_and_last_time_are_those_of_the_years_2000_to_2999() -> None:
    assert (format_time(TIMES[0]), format_time(TIMES[-1])) == ("2000-01-01T00:00:00Z", "2999-12-31T23:59:59Z")
    assert parse_time("2000-01-01T00:00:00Z") == TIMES.start
    assert derive_day(TIMES[-1] + 3660 * 86_400) == "3010-01-09"  # the longest period of a policy after the last time


CREDIT_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
DIGITS = st.text("0123456789", min_size=8, max_size=8)  # stdnum knows no letters among the first eight


@given(DIGITS, st.text(CREDIT_CHARACTERS, min_size=9, max_size=9), st.sampled_from(CREDIT_CHARACTERS))
def test_a_credit_code_is_one_exactly_when_stdnum_says_so(front: str, tail: str, last: str) -> None:
    body = front + tail
    assert is_credit_code(body + last) == uscc.is_valid(body + last)
    assert is_credit_code(body + uscc.calc_check_digit(body))


@pytest.mark.parametrize(
    "text", ["", "91440300MA0000000", "91440300ma0000000h", "91440300-MA0000000H", "91440300MA0000000H\n", "Ⅷ" * 18]
)
def test_what_only_looks_like_a_credit_code_is_none(text: str) -> None:
    assert is_credit_code("91440300MA0000000H")
    assert not is_credit_code(text)


def test_a_credit_code_may_begin_with_a_letter() -> None:
    # By hand: N2 is 22 and 2; 22*1 + 2*3 = 28, twelve noughts and more, so the last is 31 - 28 = 3.
    assert is_credit_code("N2" + "0" * 15 + "3")


@pytest.mark.parametrize("text", ["2027-01-04", "2028-02-29", "9999-12-31"])
def test_day_is_accepted(text: str) -> None:
    assert check_day(text) == text


@pytest.mark.parametrize(
    "text",
    ["", "2027-1-4", "20270104", "2027-02-29", "2027-00-01", "2027-01-32", "0000-01-01", "2027-01-04\n", "2027-W01-1",
     "2027/01/04", "2027年1月4日", "２027-01-04", "2027-01-04T00:00:00Z"],
)  # fmt: skip
def test_t28_other_day_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        check_day(text)
