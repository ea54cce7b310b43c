"""Ratios in the dialects of real plans."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.intake import Count, Ratio, Unread, parse_frequency, parse_ratio


@pytest.mark.parametrize(
    ("text", "share", "frequency", "remarks"),
    [
        ("3%", Ratio(3, 100), None, []),
        ("3%;2次/年", Ratio(3, 100), 2, []),
        ("３％；２次／年", Ratio(3, 100), 2, []),
        ("5%，每季度1次", Ratio(5, 100), 4, []),
        ("3.5%", Ratio(35, 1000), None, []),
        ("5‰", Ratio(5, 1000), None, []),
        ("百分之三", Ratio(3, 100), None, []),
        ("百分之十五", Ratio(15, 100), None, []),
        ("千分之五", Ratio(5, 1000), None, []),
        ("1/10", Ratio(1, 10), None, []),
        ("全部", Ratio(100, 100), None, []),
        ("≥20%", Ratio(20, 100), None, ["quota-floor"]),
        ("不低于20%", Ratio(20, 100), None, ["quota-floor"]),
        ("20%以上", Ratio(20, 100), None, ["quota-floor"]),
        ("10% (20户)", Ratio(10, 100), None, ["quota-count-unchecked"]),
        ("1户", Count(1), None, []),
        ("20家", Count(20), None, []),
        ("=1", Count(1), None, ["quota-bare"]),
        (">=1", Count(1), None, ["quota-bare"]),
        ("20.0", Count(20), None, ["quota-bare"]),
        ("0.03", Ratio(3, 100), None, ["quota-bare"]),
        ("某部门每年对市级及以下机构抽查比例之和≥20%;1次/年", Ratio(20, 100), 1, ["quota-floor", "quota-sentence"]),
        ("辖区内企业共58家,确定重点检查11家,“双随机”检查企业3家", Count(3), None, ["quota-sentence"]),
    ],
)
def test_each_dialect(text: str, share: Ratio | Count, frequency: int | None, remarks: list[str]) -> None:
    quota = parse_ratio(text)
    assert (quota.share, quota.frequency) == (share, frequency)
    assert type(quota.share) is type(share)
    assert [remark.code for remark in quota.remarks] == remarks


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("根据实际情况确定", "quota-unread"),
        ("", "quota-unread"),
        ("2469天", "quota-unread"),
        ("三级机构≥50%，二级机构≥30%", "quota-several"),
        ("3%-5%", "quota-vague"),
        ("-3%", "quota-vague"),
        ("约10%", "quota-vague"),
        ("10%左右", "quota-vague"),
        ("不超过5%", "quota-vague"),
        ("5%以内", "quota-vague"),
        ("0%", "quota-range"),
        ("0", "quota-range"),
        ("120%", "quota-range"),
        ("3/0", "quota-range"),
    ],
)
def test_what_is_no_ratio_is_refused(text: str, kind: str) -> None:
    with pytest.raises(Unread) as refusal:
        parse_ratio(text)
    assert refusal.value.remark.code == kind


@pytest.mark.parametrize(
    ("base", "remarks"), [(200, []), (191, []), (195, []), (205, ["quota-rounding"]), (209, ["quota-rounding"])]
)
def test_a_number_beside_a_ratio_agrees_with_the_base(base: int, remarks: list[str]) -> None:
    assert [remark.code for remark in parse_ratio("10% (20户)", base=base).remarks] == remarks


@pytest.mark.parametrize("base", [100, 190, 210, 2649])
def test_a_ratio_that_contradicts_its_number_is_refused(base: int) -> None:
    with pytest.raises(Unread) as refusal:
        parse_ratio("10% (20户)", base=base)
    assert refusal.value.remark.code == "quota-contradiction"


@given(st.integers(1, 999), st.integers(0, 3))
def test_a_percentage_is_its_digits(digits: int, decimals: int) -> None:
    text = f"{digits:04d}"
    written = (text[: 4 - decimals] + "." + text[4 - decimals :] if decimals else text) + "%"
    share = parse_ratio(written).share if digits <= 100 * 10**decimals else Ratio(digits, 100 * 10**decimals)
    assert isinstance(share, Ratio)
    assert share.p * 100 * 10**decimals == digits * share.q


@given(st.integers(1, 500), st.integers(1, 500))
def test_a_ratio_is_read_back_as_itself(p: int, q: int) -> None:
    if p <= q:
        assert parse_ratio(str(Ratio(p, q))).share == Ratio(p, q)


@given(st.text(max_size=20) | st.from_regex(r"[0-9%‰≥=户家次年/（）();.,百分之三 -]{0,15}", fullmatch=True))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        share = parse_ratio(text).share
    except Unread:
        return
    assert share.size > 0 if isinstance(share, Count) else 0 < share.p <= share.q


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("2次/年", 2),
        ("每年2次", 2),
        ("一年两次", 2),
        ("1次/季度", 4),
        ("每月1次", 12),
        ("每半年一次", 2),
        ("2", 2),
        ("检查频次:1次/年/单位 上限:2次/年/单位", 1),
        ("每三年一次", None),
        ("随时", None),
        ("0次/年", None),
    ],
)
def test_frequency(text: str, times: int | None) -> None:
    assert parse_frequency(text) == times
