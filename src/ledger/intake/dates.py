"""Dates and periods as offices write them: 2025年3月1日, 长期, a spreadsheet's serial number, 2025年2月至10月.

A date without its day, with a year of two digits, or that could be read two ways is refused, never guessed.
"""

import re
from datetime import date, timedelta

from ledger.intake.findings import Remark, Unread
from ledger.intake.text import normalise_symbols, normalise_whole

LASTING = "9999-12-31"
"""The day that stands for 长期: no end."""

_LASTING_WORDS = frozenset({"长期", "长期有效", "永久", "永久有效", "无期限", "无固定期限"})
_LAST_YEAR = re.compile(r"9999(?:年|(?:-|/|\.|年)\d{1,2}(?:-|/|\.|月)(?:\d{1,2}日?)?|\d{4})?")
_DATE = re.compile(r"(\d{4})(?:-|/|\.|年)(\d{1,2})(?:-|/|\.|月)(\d{1,2})日?(?:T?00:00(?::00)?(?:\.0+)?)?")
_COMPACT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SERIAL_EPOCH = date(1899, 12, 30)  # day 0 of a spreadsheet's count, its leap-year error of 1900 included
_SERIALS = range(20000, 73051)  # 1954-10-03 to 2099-12-31

_POINT = r"(?:(?P<y{0}>\d{{4}})(?:年|-|/|\.))?(?P<m{0}>\d{{1,2}})月?(?:(?:-|/|\.)?(?P<d{0}>\d{{1,2}})日?)?"
_RANGE = re.compile(_POINT.format(1) + r"(?:—+|–|-+|~|～|至|到)" + _POINT.format(2))
_SPANS = {
    "全年": (1, 12), "上半年": (1, 6), "下半年": (7, 12),
    "第一季度": (1, 3), "一季度": (1, 3), "第二季度": (4, 6), "二季度": (4, 6),
    "第三季度": (7, 9), "三季度": (7, 9), "第四季度": (10, 12), "四季度": (10, 12),
}  # fmt: skip


def parse_date(text: str) -> tuple[str, tuple[Remark, ...]]:
    """Return a date as YYYY-MM-DD, and what was remarked; 长期 and any day of the year 9999 give 9999-12-31.

    Raises Unread for anything else than one whole date.
    By hand: day 45717 of a spreadsheet is 1899-12-30 and 45,717 days: 2025-03-01.
    """
    compact = normalise_whole(normalise_symbols(text))
    if _is_lasting(compact):
        return _remark(text, LASTING)
    match = _DATE.fullmatch(compact) or _COMPACT_DATE.fullmatch(compact)
    if match:
        try:
            return _remark(text, date(int(match[1]), int(match[2]), int(match[3])).isoformat())
        except ValueError as problem:
            raise Unread("date-unread", text) from problem
    if compact.isascii() and compact.isdigit() and len(compact) == 5 and int(compact) in _SERIALS:
        return _remark(text, (_SERIAL_EPOCH + timedelta(days=int(compact))).isoformat())
    raise Unread("date-unread", text)


def _is_lasting(compact: str) -> bool:
    return compact in _LASTING_WORDS or _LAST_YEAR.fullmatch(compact) is not None


def _remark(text: str, day: str) -> tuple[str, tuple[Remark, ...]]:
    return day, () if text == day else (Remark("date-normalised", text, day),)


def parse_months(text: str, *, year: int | None = None) -> list[int]:
    """Return twelve weights, January to December: 1 for each month that the period touches, else 0.

    text  “1月—12月”, “2025年2月至10月”, “3月、6月”, “第一季度”, “2025年”, “长期”, or one date
    year  the plan's year, if a year in the text is to agree with it

    Raises Unread if the period cannot be read, runs backwards or into another year.
    """
    compact = normalise_symbols(text).replace("每年", "")
    months: set[int] = set()
    for part in re.split(r"[、,;和及]", compact):
        months.update(_parse_span(part, text, year))
    return [int(month in months) for month in range(1, 13)]


def _parse_span(part: str, text: str, year: int | None) -> range:
    if _is_lasting(part):
        return range(1, 13)
    if _DATE.fullmatch(part) or normalise_whole(part).isdigit():
        return _parse_day(part, text, year)
    named = re.fullmatch(r"(?:(\d{4})(?:年度|年)?)?(.*)", part)
    if named and (named[2] in _SPANS or (named[1] and not named[2])):
        _check_year(named[1], text, year)
        first, last = _SPANS.get(named[2], (1, 12))
        return range(first, last + 1)
    match = _RANGE.fullmatch(part)
    if match and "月" in part + "月" * bool(match["y1"]):
        return _derive_range(match, text, year)
    single = re.fullmatch(r"(?:(\d{4})年)?(\d{1,2})月(?:份|底|初|上旬|中旬|下旬|\d{1,2}日)?", part)
    if single and 1 <= int(single[2]) <= 12:
        _check_year(single[1], text, year)
        return range(int(single[2]), int(single[2]) + 1)
    raise Unread("months-unread", text)


def _parse_day(part: str, text: str, year: int | None) -> range:
    """One whole date is its month; it is looked for first, since 2025-03-12 is no March to December."""
    try:
        day, _ = parse_date(part)
    except Unread as problem:
        raise Unread("months-unread", text) from problem
    _check_year(day[:4], text, year)
    return range(int(day[5:7]), int(day[5:7]) + 1)


def _derive_range(match: re.Match[str], text: str, year: int | None) -> range:
    first, last = int(match["m1"]), int(match["m2"])
    first_year, last_year = match["y1"], match["y2"] or match["y1"]
    if last_year and last_year.startswith("9999"):
        last, last_year = 12, first_year
    if first_year != last_year and first_year and last_year:
        raise Unread("months-year", text, str(year or first_year))
    _check_year(first_year or last_year, text, year)
    if not 1 <= first <= last <= 12:
        raise Unread("months-unread", text)
    return range(first, last + 1)


def _check_year(found: str | None, text: str, year: int | None) -> None:
    if found and year is not None and int(found) != year:
        raise Unread("months-year", text, str(year))
