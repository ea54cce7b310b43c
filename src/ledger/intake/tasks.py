"""Sections' own tasks of a year (本科室年度监督检查任务): a small sheet beside the plan's, one row a task."""

from ledger.intake.columns import TASKS
from ledger.intake.dates import parse_months
from ledger.intake.files import Source
from ledger.intake.findings import Remark, Unread
from ledger.intake.ids import parse_id
from ledger.intake.reading import Reading, Subject, Taken, read_table
from ledger.intake.records import Record
from ledger.intake.text import normalise_symbols, normalise_whole, normalise_word
from ledger.intake.vocabulary import Vocabulary, Words, derive_known


def read_own_tasks(source: Source, *, vocabulary: Vocabulary, year: int, name: str = "") -> Reading:
    """Return the own tasks of a sheet: id, unit, title, count, and twelve weights. An id left out is task-<n>.

    source      a path, or the file's bytes
    vocabulary  the office's words for units
    year        the plan's year; a period of another year is refused
    name        the file's name for messages, where source is bytes

    Source: docs/guide/intake.md.
    """
    reader = _TaskReader(Words(vocabulary).units, year)
    return read_table(source, Subject(TASKS), reader.take, name=name)


class _TaskReader:
    def __init__(self, units: dict[str, str], year: int) -> None:
        self.units, self.year, self.number = units, year, 0

    def take(self, record: Record) -> Taken | None:
        self.number += 1
        unit, title = self._read_unit(record), record.read_required("task")
        count, weights = _read_count(record), self._read_weights(record)
        try:
            id = parse_id(record.read_text("id") or f"task-{self.number}")
        except Unread as problem:
            record.report(problem.remark, "id")
            return None
        return Taken(id, {"id": id, "unit": unit, "title": title, "count": count, "weights": weights})

    def _read_unit(self, record: Record) -> str:
        text = record.read_required("unit")
        unit = self.units.get(normalise_word(text))
        if text and unit is None:
            record.report(Remark("value-unknown", text, derive_known(self.units)), "unit")
        return unit or ""

    def _read_weights(self, record: Record) -> list[int]:
        text = record.read_required("months")
        try:
            return parse_months(text, year=self.year) if text else []
        except Unread as problem:
            record.report(problem.remark, "months")
            return []


def _read_count(record: Record) -> int:
    text = record.read_required("count")
    digits = normalise_whole(normalise_symbols(text))
    if digits.isascii() and digits.isdigit() and len(digits) < 7 and int(digits):
        return int(digits)
    if text:
        record.report(Remark("value-unknown", text, "≥1"), "count")
    return 0
