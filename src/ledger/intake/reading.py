"""Reading one file: its sheets, its header, its rows one by one, and what came of them.

The kinds of sheet (targets, officers, items, plans) differ in their fields and in what they make of a row; the rest is
here: which rows are data, which are refused, that an id stands once, and in which order the result is.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from ledger.intake.columns import Fields, Header, HeadIndex
from ledger.intake.files import Source, parse_sheets, read_bytes
from ledger.intake.findings import Finding, Remark, Unread
from ledger.intake.records import Record, format_place, iterate_records
from ledger.intake.sheets import Sheet

Row = dict[str, Any]
"""A row as it enters the record; see docs/guide/intake.md for its fields."""

_HEADER_DEPTH = 20  # rows among which the header is looked for; titles stand above it


class Taken(NamedTuple):
    """What a row gives: its id, the row for the record, and values that are never public."""

    id: str
    row: Row
    private: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class RefusedRows:
    """Rows of one sheet that were not taken, with their header, as they stood in the file."""

    sheet: str
    header: Sequence[str]
    rows: Sequence[tuple[int, Sequence[str], Sequence[Finding]]]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file gave.

    rows      the rows taken, by id in byte order
    private   id to values that are never public (names of persons, certificate numbers)
    findings  everything found, in the order of the file
    refused   the rows that were not taken
    total     the number of data rows in the file
    """

    name: str
    rows: Sequence[Row]
    private: Mapping[str, Mapping[str, str]]
    findings: Sequence[Finding]
    refused: Sequence[RefusedRows]
    total: int

    @property
    def counts(self) -> dict[str, int]:
        """Data rows read, rows in the result, rows refused; errors, warnings and notes."""
        severities = Counter(finding.severity for finding in self.findings)
        return {
            "read": self.total,
            "taken": len(self.rows),
            "refused": sum(len(part.rows) for part in self.refused),
            "errors": severities["error"],
            "warnings": severities["warning"],
            "notes": severities["note"],
        }

    @property
    def is_whole(self) -> bool:
        """Whether nothing was refused: no error in the file, and at least one row."""
        return bool(self.rows) and not any(finding.severity == "error" for finding in self.findings)

    def with_findings(self, findings: Sequence[Finding]) -> "Reading":
        """Return the same reading with findings about the whole file put first."""
        return replace(self, findings=[*findings, *self.findings]) if findings else self


Take = Callable[[Record], Taken | None]
"""Makes of a record what it gives, or None; its errors are reported on the record."""

Merge = Callable[[Record, Row, Row], Row | None]
"""Makes one row of a first and a second of the same id, and says so on the record; None if they are no such two."""


class Subject(NamedTuple):
    """One kind of sheet.

    fields    its columns
    groups    whether a line with one cell is a heading for the rows below
    repeated  the kind of finding for an id that stands twice
    merge     what may be made of two rows of one id instead
    """

    fields: Fields
    groups: bool = False
    repeated: str = "id-repeated"
    merge: Merge | None = None


@dataclass
class _Collection:
    """What the rows read so far gave; `places` tells where each id stood first."""

    rows: dict[str, Row] = field(default_factory=dict)
    places: dict[str, tuple[str, int]] = field(default_factory=dict)
    private: dict[str, Mapping[str, str]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    refused: list[RefusedRows] = field(default_factory=list)
    total: int = 0


def read_table(source: Source, subject: Subject, take: Take, *, name: str = "") -> Reading:
    """Return what a file gives, read row by row.

    source   a path, or the file's bytes
    subject  the kind of sheet
    take     makes a row of a record
    name     the file's name for messages, where source is bytes

    Raises nothing for what the file holds: that is a finding.
    """
    if not name and not isinstance(source, bytes):
        name = Path(source).name
    collection = _Collection()
    try:
        _read_sheets(parse_sheets(read_bytes(source)), subject, take, collection)
    except Unread as problem:
        remark = problem.remark
        collection.findings.append(Finding(remark.code, name, problem.row, None, "", remark.found, remark.expected))
    rows = [collection.rows[key] for key in sorted(collection.rows)]  # of code points, hence of bytes
    return Reading(name, rows, collection.private, collection.findings, collection.refused, collection.total)


def _read_sheets(sheets: list[Sheet], subject: Subject, take: Take, collection: _Collection) -> None:
    index = HeadIndex(subject.fields)
    recognised = 0
    skipped: list[tuple[Sheet, str]] = []
    for sheet in sheets:
        if not any(cell and not cell.isspace() for row in sheet.rows for cell in row):
            continue
        if sheet.hidden:
            collection.findings.append(Finding("sheet-hidden", sheet.name))
            continue
        place, best = _find_header(sheet, index)
        if place is None:
            skipped.append((sheet, best))
            continue
        recognised += 1
        header = index.read_header(sheet.rows[place])
        collection.findings += _derive_header_findings(sheet, place, header, subject.fields)
        _read_rows(sheet, place, header, subject, take, collection)
    if not recognised:
        best = "；".join(f"{sheet.name} {found}".strip() for sheet, found in skipped)
        raise Unread("header-missing" if skipped else "file-empty", best, index.format_needed())
    collection.findings += [Finding("sheet-skipped", sheet.name, found=found) for sheet, found in skipped]


def _find_header(sheet: Sheet, index: HeadIndex) -> tuple[int | None, str]:
    """Return the header's row, or None and the text of the row that came nearest."""
    best, best_count = "", -1
    for row, cells in enumerate(sheet.rows[:_HEADER_DEPTH]):
        columns = index.read_header(cells).columns
        if all(field in columns for field in index.fields.required):
            return row, ""
        filled = [cell.strip() for cell in cells if cell.strip()]
        if filled and len(columns) > best_count:
            best, best_count = "、".join(filled[:20]), len(columns)
    return None, best


def _read_rows(sheet: Sheet, place: int, header: Header, subject: Subject, take: Take, collection: _Collection) -> None:
    refused: list[tuple[int, Sequence[str], Sequence[Finding]]] = []
    for record in iterate_records(sheet, place, header, subject.fields, subject.groups, collection.findings):
        collection.total += 1
        taken = take(record)
        if taken is not None and not record.failed:
            _add(record, taken, subject, collection)
        if record.findings:
            collection.findings += record.findings
            if record.failed:
                refused.append((record.row, record.cells, record.findings))
    if refused:
        collection.refused.append(RefusedRows(sheet.name, sheet.rows[place], refused))


def _add(record: Record, taken: Taken, subject: Subject, collection: _Collection) -> None:
    if taken.id in collection.rows:
        merged = subject.merge(record, collection.rows[taken.id], taken.row) if subject.merge else None
        if merged is not None:
            collection.rows[taken.id] = merged
            return
        field = "code" if record.has("code") else "id"
        record.report(Remark(subject.repeated, taken.id, format_place(*collection.places[taken.id])), field)
        return
    collection.rows[taken.id] = taken.row
    collection.places[taken.id] = record.sheet, record.row
    if taken.private:
        collection.private[taken.id] = dict(taken.private)


def _derive_header_findings(sheet: Sheet, place: int, header: Header, fields: Fields) -> list[Finding]:
    row = place + 1
    found = []
    for name, columns in header.columns.items():
        if len(columns) > 1 and name not in fields.many:
            heads = "、".join(sheet.rows[place][column].strip() for column in columns)
            found.append(Finding("column-repeated", sheet.name, row, columns[0] + 1, name, heads))
    if header.personal:
        found.append(Finding("column-personal", sheet.name, row, found="、".join(header.personal)))
    if header.unknown:
        found.append(Finding("column-unknown", sheet.name, row, found="、".join(header.unknown)))
    if sheet.formulas > len(sheet.broken):
        found.append(Finding("formula-values", sheet.name, found=str(sheet.formulas)))
    return found
