"""How much is drawn, as plans write it: 3%;2次/年, ≥20%, 10% (20户), 5‰, 百分之三, 1户.

A ratio stays a fraction of whole numbers, as written: 3.5% is 35/1000. What is an estimate, a range or free text is
refused with what is expected; what is free but clear is read and said.
"""

import re
from typing import NamedTuple

from ledger.intake.findings import Remark, Unread
from ledger.intake.text import normalise_symbols


class Ratio(NamedTuple):
    """A share p/q of the enterprises in the base, as written: 20% is 20/100."""

    p: int
    q: int

    def __str__(self) -> str:
        return f"{self.p}/{self.q}"


class Count(NamedTuple):
    """A number of enterprises."""

    size: int

    def __str__(self) -> str:
        return f"{self.size}户"


class Quota(NamedTuple):
    """What a plan's cell says: how much, how many times a year if it says so, and what was remarked."""

    share: Ratio | Count
    frequency: int | None = None
    remarks: tuple[Remark, ...] = ()


_FLOOR = re.compile(r"(?:不低于|不少于|不小于|大于等于|至少|最低|≥|≧|>=|>|=)|(?:以上|及以上)(?:\(含\))?$")
_CEILING = re.compile(r"不超过|不高于|不大于|至多|最多|小于|≤|≦|<|[\d%‰户家个]以[内下]")
_ABOUT = re.compile(r"约(?=\d)|左右|大概|[\d%‰户家个]上下")
_SHARE = re.compile(r"(\d+(?:\.\d+)?)([%‰])")
_SPOKEN = re.compile(r"(百|千|万|[一二三四五六七八九十]+)分之([零〇一二三四五六七八九十百千点\d.]+)")
_FRACTION = re.compile(r"(\d+)/(\d+)")
_COUNT = re.compile(r"(\d+)(?:\.0+)?(?:户次|户|家次|家|个|宗|件|次检查)")
_BARE = re.compile(r"\d+(?:\.\d+)?")
_RANGE = re.compile(r"\d[%‰]?(?:-|—|~|～|至|到)\d|(?<!\d)[-—]\d")
_WHOLE_WORDS = frozenset({"全部", "全覆盖", "全部抽查", "全部检查", "逐户检查"})
_RANDOM_PART = re.compile(r"双随机[”\"]?(?:抽查|检查|抽取)[^,，;；。\d]*(\d+)(?:户|家|个)")
_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_TIMES = re.compile(
    r"(?:(\d+|[一二两三四五六七八九十]+)次/(?:1)?(年|季度?|月|半年))|"
    r"(?:(?:每|一)(个?半年|年度?|个?季度?|个?月)(?:至少|不少于|抽查|检查)?(\d+|[一二两三四五六七八九十]+)次)"
)
_PER_YEAR = {
    "年": 1,
    "年度": 1,
    "半年": 2,
    "个半年": 2,
    "季": 4,
    "季度": 4,
    "个季度": 4,
    "个季": 4,
    "月": 12,
    "个月": 12,
}


def parse_ratio(text: str, *, base: int | None = None) -> Quota:
    """Return what a cell of the ratio column says.

    text  a cell in any of the dialects above
    base  the number of enterprises, if the plan tells it, to check a number beside a ratio

    Raises Unread if it is free text, an estimate, a range, a ceiling, several ratios, or contradicts the base.
    By hand: ⌈base·p/q⌉ is (base*p + q - 1) // q.
    Law: a Ratio's text is read back as itself.
    """
    compact = normalise_symbols(text).replace("“", "").replace("”", "").replace('"', "")
    stated, frequency = _take_frequency(compact)
    stated = stated.strip(";；,，、。:")
    if _CEILING.search(stated) or _ABOUT.search(stated) or _RANGE.search(stated):
        raise Unread("quota-vague", text)
    if stated in _WHOLE_WORDS:
        return Quota(Ratio(100, 100), frequency)
    shares = _find_shares(stated)
    counts = [int(size) for size in _COUNT.findall(stated)]
    if len(shares) > 1:
        raise Unread("quota-several", text)
    if shares:
        share, remarks = _check_share(shares[0], text), _check_count(shares[0], counts, text, base)
        return Quota(share, frequency, remarks + _remark_wording(stated, text, share))
    random_part = _RANDOM_PART.findall(stated)
    if len(random_part) == 1:
        size = _check_size(int(random_part[0]), text)
        return Quota(size, frequency, (Remark("quota-sentence", text, str(size)),))
    if len(counts) == 1:
        size = _check_size(counts[0], text)
        return Quota(size, frequency, _remark_wording(stated, text, size))
    return _parse_bare(stated, text, frequency)


def _find_shares(stated: str) -> list[Ratio]:
    shares = [_scale(number, {"%": 100, "‰": 1000}[unit]) for number, unit in _SHARE.findall(stated)]
    for parts, number in _SPOKEN.findall(stated):
        whole = {"百": 100, "千": 1000, "万": 10000}.get(parts) or _parse_numeral(parts)
        shares.append(_scale(number if number[0].isdigit() else str(_parse_numeral(number)), whole))
    if not shares and (match := _FRACTION.fullmatch(_FLOOR.sub("", stated))):
        shares.append(Ratio(int(match[1]), int(match[2])))
    return shares


def _scale(number: str, whole: int) -> Ratio:
    """3.5 of 100 is 35/1000: the digits as written, no binary fraction on the way."""
    units, _, decimals = number.partition(".")
    decimals = decimals.rstrip("0")
    return Ratio(int(units + decimals), whole * 10 ** len(decimals))


def _parse_numeral(text: str) -> int:
    """Return a Chinese numeral below 10,000 as an integer; 0 if it is none."""
    total = digit = 0
    for char in text:
        if char in _UNITS:
            total += (digit or 1) * _UNITS[char]
            digit = 0
        elif char in _DIGITS:
            digit = _DIGITS[char]
        else:
            return 0
    return total + digit


def _check_share(share: Ratio, text: str) -> Ratio:
    if share.q == 0 or not 0 < share.p <= share.q:
        raise Unread("quota-range", text)
    return share


def _check_size(size: int, text: str) -> Count:
    if size == 0:
        raise Unread("quota-range", text)
    return Count(size)


def _check_count(share: Ratio, counts: list[int], text: str, base: int | None) -> tuple[Remark, ...]:
    """A number beside a ratio, 10% (20户), is checked against the base where the plan tells it."""
    if not counts:
        return ()
    if base is None or len(counts) > 1:
        return (Remark("quota-count-unchecked", text, str(share)),)
    due = max(1, (base * share.p + share.q - 1) // share.q)
    if counts[0] == due:
        return ()
    if abs(counts[0] * share.q - base * share.p) < share.q:
        return (Remark("quota-rounding", text, f"{due}户"),)
    raise Unread("quota-contradiction", text, f"{due}户")


def _remark_wording(stated: str, text: str, share: Ratio | Count) -> tuple[Remark, ...]:
    """A floor is drawn as it stands; words around the figure are shown for checking."""
    floor = bool(_FLOOR.search(stated))
    rest = _FLOOR.sub("", re.sub(r"\([^)]*\)", "", stated))
    for figure in (_SHARE, _SPOKEN, _COUNT, _FRACTION):
        rest = figure.sub("", rest)
    rest = re.sub(r"抽查|抽取|比例|按|总数|的|数量|户数|[:：.;；]", "", rest)
    remarks = (Remark("quota-floor", text, str(share)),) if floor else ()
    return remarks + ((Remark("quota-sentence", text, str(share)),) if rest else ())


def _parse_bare(stated: str, text: str, frequency: int | None) -> Quota:
    """A number without a unit: 0.03 is how a spreadsheet keeps 3%; 1 and =1 are numbers of enterprises."""
    figure = _FLOOR.sub("", stated)
    if not _BARE.fullmatch(figure):
        raise Unread("quota-unread", text)
    units, _, decimals = figure.partition(".")
    share = _check_share(_scale(figure, 1), text) if decimals.strip("0") else _check_size(int(units), text)
    return Quota(share, frequency, (Remark("quota-bare", text, str(share)),))


def _take_frequency(compact: str) -> tuple[str, int | None]:
    """Return the text without the frequency that it holds, and the frequency."""
    match = _TIMES.search(compact)
    if not match:
        return compact, None
    return compact[: match.start()] + compact[match.end() :].removeprefix("/单位"), _derive_times(match)


def _derive_times(match: re.Match[str]) -> int:
    number = match[1] or match[4]
    times = int(number) if number.isdigit() else _parse_numeral(number)
    return times * _PER_YEAR[match[2] or match[3]]


def parse_frequency(text: str) -> int | None:
    """Return how many times a year, or None if the text does not say a whole number of times.

    text  “2次/年”, “每年2次”, “1次/季度”, “检查频次:1次/年/单位 上限:2次/年/单位” (the ceiling is not the frequency)
    """
    stated = re.split(r"上限|不超过|最多", normalise_symbols(text))[0]
    _, frequency = _take_frequency(stated)
    if frequency is None and re.fullmatch(r"\d{1,3}(?:\.0+)?次?", stated):
        frequency = int(re.sub(r"\D.*", "", stated))
    return frequency or None
