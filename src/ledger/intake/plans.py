"""Annual inspection plans (年度抽查计划): for each line its strata with a ratio or a number, and its months.

Rows with one 计划编号 are the strata of one line. A ratio that is free text, or that the base contradicts, is refused.
"""

from typing import Any

from ledger.intake.columns import PLANS
from ledger.intake.dates import parse_months
from ledger.intake.files import Source
from ledger.intake.findings import Finding, Remark, Unread
from ledger.intake.ids import parse_id
from ledger.intake.quotas import Count, parse_frequency, parse_ratio
from ledger.intake.reading import Reading, Row, Subject, Taken, read_table
from ledger.intake.records import Record
from ledger.intake.scopes import parse_scope
from ledger.intake.targets import RISKS, SCALES
from ledger.intake.text import normalise_symbols, normalise_whole, normalise_word
from ledger.intake.vocabulary import Vocabulary, Words

_KINDS = (
    ("covert", ("暗访", "暗查", "covert")),
    ("special-campaign", ("专项", "special-campaign")),
    ("general-campaign", ("大检查", "general-campaign")),
    ("supplementary", ("补充", "补抽", "supplementary")),
    ("joint", ("联合", "joint")),
    ("monthly", ("月度", "日常", "年度", "定期", "一般", "双随机", "计划", "monthly")),
)
_NOT_JOINT = frozenset({"", "否", "无", "不涉及", "/", "-", "—", "no", "false"})


def read_plan(source: Source, *, vocabulary: Vocabulary, year: int | None = None, name: str = "") -> Reading:
    """Return the lines of an annual plan as an office saved it.

    source      a path, or the file's bytes
    vocabulary  the office's words for sub-rosters, streets and tags
    year        the plan's year; a period of another year is refused
    name        the file's name for messages, where source is bytes

    Rows have id, title, kind, strata, weights (twelve integers), and frequency where told.
    Source: docs/guide/intake.md.
    """
    reader = _PlanReader(Words(vocabulary), year)
    reading = read_table(source, Subject(PLANS), reader.take, name=name)
    return reading.with_findings(
        [
            Finding("column-absent", sheet, field=field, expected=value)
            for (sheet, field), value in reader.absent.items()
        ]
    )


class _PlanReader:
    def __init__(self, words: Words, year: int | None) -> None:
        self.words = words
        self.year = year
        self.lines: dict[str, Row] = {}
        self.absent: dict[tuple[str, str], str] = {}

    def take(self, record: Record) -> Taken | None:
        title = record.read_required("title")
        try:
            line = self._read_id(record)
            stratum: Row = {"id": parse_id(record.read_text("stratum") or "s1"), "scope": self._read_scope(record)}
        except Unread as problem:
            record.report(problem.remark, "range" if problem.remark.code == "value-unknown" else "id")
            return None
        frequency = self._read_quota(record, stratum)
        row: Row = {"id": line, "title": title, "kind": self._read_kind(record), "strata": [stratum]}
        row["weights"] = self._read_weights(record)
        if frequency:
            row["frequency"] = frequency
        if record.failed:
            return None
        if line in self.lines:
            _add_stratum(record, self.lines[line], row)
            return None
        self.lines[line] = row
        return Taken(line, row)

    def _read_id(self, record: Record) -> str:
        if own_id := record.read_text("id"):
            return parse_id(own_id)
        number = normalise_whole(record.read_text("number"))
        derived = parse_id(f"line-{number}") if number else f"line-{record.row}"
        record.report(Remark("id-derived", derived), "title")
        return derived

    def _read_kind(self, record: Record) -> str:
        text = record.read_text("kind")
        for kind, words in _KINDS:
            if any(word in text.lower() for word in words):
                return kind
        if text:
            expected = "月度、大检查、专项、暗访暗查、补充、联合"
            record.report(Remark("value-unknown", text, expected), "kind")
        joint = normalise_word(record.read_text("joint"))
        if joint not in _NOT_JOINT and not joint.startswith(("否", "无")):
            return "joint"
        if not record.has("kind"):
            self.absent.setdefault((record.sheet, "kind"), "月度/monthly")
        return "monthly"

    def _read_quota(self, record: Record, stratum: Row) -> int | None:
        """Put ratio or count into the stratum; return the frequency, from its own column or beside the ratio."""
        text = record.read_required("quota")
        frequency = None
        if text:
            try:
                quota = parse_ratio(text, base=self._read_base(record))
            except Unread as problem:
                record.report(problem.remark, "quota")
                return None
            for remark in quota.remarks:
                record.report(remark, "quota")
            if isinstance(quota.share, Count):
                stratum["count"] = quota.share.size
            else:
                stratum["ratio"] = str(quota.share)
            frequency = quota.frequency
        if stated := record.read_text("frequency"):
            frequency = parse_frequency(stated)
            if frequency is None:
                record.report(Remark("frequency-unread", stated), "frequency")
        return frequency

    def _read_base(self, record: Record) -> int | None:
        digits = normalise_whole(normalise_symbols(record.read_text("base"))).removesuffix("户").removesuffix("家")
        if digits and not (digits.isascii() and digits.isdigit() and len(digits) < 10):
            record.report(Remark("value-unknown", digits, "整数/integer"), "base")
            return None
        return int(digits) if digits else None

    def _read_scope(self, record: Record) -> dict[str, Any]:
        """Return the closed list of filters; a text outside the vocabulary raises, it is never passed over."""
        scope: dict[str, Any] = {}
        filters: dict[str, Any] = {
            "sub_rosters": self.words.sub_rosters,
            "streets": self.words.streets,
            "risks": RISKS,
            "tags": self.words.tags,
            "scales": SCALES,
            "lists": self.words.key_lists,
        }
        for field, words in filters.items():
            ids, remarks = parse_scope(record.read_text(field), words) if record.has(field) else ([], ())
            if ids:
                scope[field] = ids
            for remark in remarks:
                record.report(remark, field)
        for field in ("hazards", "accidents"):
            if record.has(field) and (least := _read_least(record, field)):
                scope[field] = least
        if not scope and record.has("range") and record.columns["range"] != record.columns["quota"]:
            ids, remarks = parse_scope(record.read_text("range"), self.words.tags)
            rosters = set(self.words.sub_rosters.values())
            for field, part in (("sub_rosters", rosters.intersection(ids)), ("tags", set(ids) - rosters)):
                if part:
                    scope[field] = sorted(part)
            for remark in remarks:
                record.report(remark, "range")
        return scope

    def _read_weights(self, record: Record) -> list[int]:
        """Twelve columns 1月 to 12月 are weights; else a period gives 1 to each of its months."""
        if all(record.has(f"month-{month}") for month in range(1, 13)):
            return self._read_month_columns(record)
        text = record.read_text("months")
        if not text:
            record.report(Remark("months-assumed"), "months")
            return [1] * 12
        try:
            weights = parse_months(text, year=self.year)
        except Unread as problem:
            record.report(problem.remark, "months")
            return [0] * 12
        if sum(weights) == 1 and "月" not in text:
            # A spreadsheet turns a typed 3-12 into the twelfth of March.
            record.report(Remark("value-near", text, f"{weights.index(1) + 1}月"), "months")
        return weights

    def _read_month_columns(self, record: Record) -> list[int]:
        weights = []
        for month in range(1, 13):
            text = normalise_whole(normalise_symbols(record.read_text(f"month-{month}"))) or "0"
            if not (text.isascii() and text.isdigit() and len(text) < 7):
                record.report(Remark("value-unknown", text, "整数/integer"), f"month-{month}")
                text = "0"
            weights.append(int(text))
        if not any(weights):
            record.report(Remark("value-missing"), "month-1")
        return weights


def _read_least(record: Record, field: str) -> int | None:
    """Return how many at least: 有 is one, a blank cell asks for nothing. Raises Unread for any other text."""
    text = record.read_text(field)
    digits = normalise_whole(normalise_symbols(text)).lstrip("≥>=") if normalise_word(text) not in ("有", "是") else "1"
    if digits and not (digits.isascii() and digits.isdigit() and 0 < int(digits) < 10**6):
        raise Unread("value-unknown", text, "有、≥1")
    return int(digits) if digits else None


def _tell(value: Any) -> str:
    """Return a field of a line for a finding: months by their weights, a blank one as 无."""
    if isinstance(value, list):
        return "、".join(map(str, value))
    return "无" if value is None else str(value)


def _add_stratum(record: Record, line: Row, row: Row) -> None:
    """Add a row's stratum to the line of the same 计划编号, if the rest agrees with the line's first row."""
    for field in ("title", "kind", "weights", "frequency"):
        if row.get(field) != line.get(field):
            record.report(Remark("plan-differs", _tell(row.get(field)), _tell(line.get(field))), field)
            return
    stratum = row["strata"][0]
    taken = {known["id"] for known in line["strata"]}
    if not record.read_raw("stratum"):
        stratum["id"] = f"s{len(taken) + 1}"
    if stratum["id"] in taken:
        record.report(Remark("id-repeated", stratum["id"], line["id"]), "stratum")
        return
    line["strata"].append(stratum)
