"""What a target roster tells of an enterprise beside its trade and grade: licences, hazards, accidents, lists (R29).

A licence or a list has its dates in the columns after it, or, where a cell names several, as many dates in one cell.
"""

import re

from ledger.intake.dates import parse_date
from ledger.intake.findings import Remark, Unread
from ledger.intake.keylists import read_term
from ledger.intake.reading import Row
from ledger.intake.records import Record, format_place, pair_columns
from ledger.intake.text import (
    is_damaged,
    normalise_symbols,
    normalise_text,
    normalise_whole,
    normalise_word,
    parse_list,
)
from ledger.intake.vocabulary import Words, derive_known

_NONE = frozenset({"无", "否", "没有", "-", "—", "无事故", "未发生", "无重大隐患", "无重大事故隐患"})
_DATES = re.compile(r"[、，,;；\n]+")  # no stroke: it stands within a date
_COUNT = re.compile(r"[0-9]{1,6}")


def read_attributes(record: Record, words: Words, row: Row) -> None:
    """Put into a row what its sheet tells; what is wrong stands on the record. A blank cell tells nothing."""
    for field in ("hazards", "accidents"):
        if record.has(field) and (count := _read_count(record, field)) is not None:
            row[field] = count
    if record.has("licence") and (licences := _read_licences(record)):
        row["licences"] = licences
    if record.has("list") and (lists := _read_lists(record, words)):
        row["lists"] = lists


def _read_count(record: Record, field: str) -> int | None:
    text = normalise_whole(normalise_symbols(record.read_text(field)))
    digits = "0" if text in _NONE else re.sub("[个项次起宗]$", "", text)
    if digits and not _COUNT.fullmatch(digits):
        record.report(Remark("value-unknown", text, "整数/integer"), field)
        return None
    return int(digits) if digits else None


def _read_licences(record: Record) -> list[Row]:
    found = set()
    for column, until in pair_columns(record, "licence", "licence_until"):
        kinds = _read_names(record, "licence", column)
        for kind, text in zip(kinds, _read_dates(record, kinds, "licence_until", until), strict=False):
            try:
                day, remarks = parse_date(text)
            except Unread as problem:
                record.report(problem.remark, "licence_until", until)
                continue
            for remark in remarks:
                record.report(remark, "licence_until", until)
            found.add((kind, day))
    return [{"kind": kind, "until": day} for kind, day in sorted(found)]


def _read_lists(record: Record, words: Words) -> list[Row]:
    found: dict[str, Row] = {}
    ends = dict(pair_columns(record, "list", "list_until"))
    for column, since in pair_columns(record, "list", "list_since"):
        names, until = _read_names(record, "list", column), ends[column]
        starts = _read_dates(record, names, "list_since", since)
        has_ends = record.read_cell(until).strip()
        stops = _read_dates(record, names, "list_until", until) if has_ends else [""] * len(names)
        for name, start, stop in zip(names, starts, stops, strict=False):
            known = words.key_lists.get(normalise_word(name))
            if known is None:
                record.report(Remark("value-dropped", name, derive_known(words.key_lists)), "list", column)
            elif known in found:
                record.report(Remark("id-repeated", known, format_place(record.sheet, record.row)), "list", column)
            else:
                found[known] = {"list": known, **read_term(record, start, stop, ("list_since", "list_until"))}
    return [found[name] for name in sorted(found)]


def _read_names(record: Record, field: str, column: int) -> list[str]:
    """Return what a cell names, without words for nothing."""
    names = [name for name in parse_list(record.read_cell(column)) if normalise_word(name) not in _NONE]
    for name in names:
        if is_damaged(name):
            record.report(Remark("text-damaged", name), field, column)
    return names


def _read_dates(record: Record, names: list[str], field: str, column: int | None) -> list[str]:
    """Return as many dates as there are names; an error where there are fewer or more."""
    texts = [text for text in map(normalise_text, _DATES.split(record.read_cell(column))) if text]
    if names and not texts:
        record.report(Remark("value-missing"), field, column)
    elif names and len(texts) != len(names):
        record.report(Remark("parts-unequal", "、".join(texts), str(len(names))), field, column)
    return texts if len(texts) == len(names) else []
