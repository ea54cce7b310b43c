"""Codes: what is a credit code, what becomes reg:, and what is refused because digits are gone (T13, T28)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc

from intake.tables import CODES
from ledger.intake import Unread, parse_code
from ledger.proof.encoding import check_code

VALID = CODES[0]


@pytest.mark.parametrize(
    ("text", "code", "remarks"),
    [
        (VALID, VALID, []),
        (f" {VALID}\n", VALID, ["code-normalised"]),
        (VALID.lower(), VALID, ["code-normalised"]),
        ("９１４４０３０７０００００００01N", VALID, ["code-normalised"]),
        ("91440307-000000001-N", VALID, ["code-normalised"]),
        ("9144 0307 0000 0000 1N", VALID, ["code-normalised"]),
        ("\ufeff" + VALID + "\u200b", VALID, ["code-normalised"]),
        ("440307000012345", "reg:440307000012345", []),
        ("440307000012345.0", "reg:440307000012345", ["code-number"]),
        ("企独粤深总字第000001号", "reg:企独粤深总字第000001号", []),
        ("reg:440307000012345", "reg:440307000012345", []),
        (VALID[:-1] + "M", "reg:" + VALID[:-1] + "M", ["code-check-digit"]),
        (VALID[:-2] + "lN", "reg:" + VALID[:-2] + "LN", ["code-normalised", "code-check-digit"]),
        (VALID[:-1] + "O", "reg:" + VALID[:-1] + "O", ["code-form"]),
        (VALID[:-1], "reg:" + VALID[:-1], ["code-form"]),
    ],
)
def test_t13_a_code_is_taken_in_one_form(text: str, code: str, remarks: list[str]) -> None:
    parsed = parse_code(text)
    assert parsed.text == code
    assert [remark.code for remark in parsed.remarks] == remarks


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("9.13301E+17", "code-rounded"),
        ("9.144030700000000e+17", "code-rounded"),
        ("914403070000000000000.0", "code-rounded"),
        ("9144030700000000.0", "code-rounded"),
        ("914403070000001000", "code-rounded"),
        ("440307000012345.5", "code-rounded"),
        ("9144****0000001N", "code-masked"),
        ("********", "code-masked"),
        ("无", "code-wordy"),
        ("某区实业有限公司", "code-wordy"),
        ("粤|12345", "code-unreadable"),
        ("11010519491231002X", "value-identity"),
    ],
)
def test_what_was_destroyed_or_is_no_code_is_refused(text: str, kind: str) -> None:
    with pytest.raises(Unread) as refusal:
        parse_code(text)
    assert refusal.value.remark.code == kind


def test_an_identity_number_is_not_repeated_in_the_message() -> None:
    with pytest.raises(Unread) as refusal:
        parse_code("11010519491231002X")
    assert "110105" not in str(refusal.value)


@given(st.integers(0, 10**15 - 1))
def test_a_number_kept_by_a_spreadsheet_gives_its_own_digits(number: int) -> None:
    assert parse_code(str(float(number))).text == f"reg:{number}"


@given(st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=10, max_size=10))
def test_a_credit_code_is_one_exactly_when_stdnum_says_so(tail: str) -> None:
    body = "91440307" + tail
    if not body.endswith("000"):  # which is what a spreadsheet leaves of a rounded number
        assert parse_code(body).text == (body if uscc.is_valid(body) else f"reg:{body}")
    whole = body[:17] + uscc.calc_check_digit(body)
    assert parse_code(whole).text == whole


@given(st.text(max_size=25) | st.from_regex(r"[0-9A-Za-z０-９ ＊*.-]{1,20}", fullmatch=True))
def test_t28_a_code_is_read_back_as_itself_and_the_record_takes_it(text: str) -> None:
    try:
        code = parse_code(text).text
    except Unread:
        return
    assert check_code(code) == code
    assert parse_code(code).text == code
