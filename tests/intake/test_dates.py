"""Dates and periods as offices write them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.intake import Unread, parse_date, parse_months

ALL = list(range(1, 13))


@pytest.mark.parametrize(
    "text",
    [
        "2025-03-01",
        "2025/3/1",
        "2025.3.1",
        "2025年3月1日",
        "20250301",
        "45717",
        "45717.0",
        "２０２５年３月１日",
        "2025-03-01 00:00:00",
    ],
)
def test_each_spelling_of_a_day(text: str) -> None:
    day, remarks = parse_date(text)
    assert day == "2025-03-01"
    assert [remark.code for remark in remarks] == ([] if text == day else ["date-normalised"])


@pytest.mark.parametrize("text", ["长期", "长期有效", "9999-09-09", "9999-12-31", "9999年9月9日"])
def test_lasting(text: str) -> None:
    assert parse_date(text)[0] == "9999-12-31"


@pytest.mark.parametrize("text", ["", "2025年3月", "03/04/2025", "25-3-1", "2025-02-30", "123", "99999", "明年"])
def test_half_a_date_is_refused(text: str) -> None:
    with pytest.raises(Unread):
        parse_date(text)


@given(st.dates(date(1955, 1, 1), date(2099, 12, 31)))
def test_every_day_is_read_from_every_spelling(day: date) -> None:
    serial = (day - date(1899, 12, 30)).days
    spellings = [day.isoformat(), f"{day:%Y%m%d}", f"{day.year}年{day.month}月{day.day}日", str(serial), f"{serial}.0"]
    assert {parse_date(text)[0] for text in spellings} == {day.isoformat()}
    assert date(1899, 12, 30) + timedelta(serial) == day


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("1月—12月", ALL),
        ("3月—12月", ALL[2:]),
        ("3-12月", ALL[2:]),
        ("2025年2月至10月", ALL[1:10]),
        ("2025年2月至2025年10月", ALL[1:10]),
        ("2025年3月1日至2025年5月31日", [3, 4, 5]),
        ("2025-03-01至2025-05-31", [3, 4, 5]),
        ("2025.3-2025.10", ALL[2:10]),
        ("3月、6月、9月", [3, 6, 9]),
        ("9月", [9]),
        ("第一季度", [1, 2, 3]),
        ("上半年", ALL[:6]),
        ("全年", ALL),
        ("2025年", ALL),
        ("2025年度", ALL),
        ("长期", ALL),
        ("9999-09-09", ALL),
        ("45717", [3]),
        ("2025-03-12", [3]),
    ],
)
def test_each_period(text: str, months: list[int]) -> None:
    weights = parse_months(text, year=2025)
    assert [month for month, weight in enumerate(weights, 1) if weight] == months
    assert set(weights) <= {0, 1}
    assert len(weights) == 12


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("根据实际情况确定", "months-unread"),
        ("12月—2月", "months-unread"),
        ("13月", "months-unread"),
        ("0月—3月", "months-unread"),
        ("2025年11月至2026年2月", "months-year"),
        ("2024年2月至10月", "months-year"),
        ("2024年", "months-year"),
    ],
)
def test_a_period_that_cannot_be_is_refused(text: str, kind: str) -> None:
    with pytest.raises(Unread) as refusal:
        parse_months(text, year=2025)
    assert refusal.value.remark.code == kind


@given(st.text(max_size=15) | st.from_regex(r"[0-9年月日至—/. -]{0,14}", fullmatch=True))
def test_any_text_gives_a_month_or_is_refused(text: str) -> None:
    try:
        weights = parse_months(text)
    except Unread:
        return
    assert any(weights)
