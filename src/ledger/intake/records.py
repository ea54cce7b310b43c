"""The rows of one sheet: which of them are data, and what stands in them by field.

Blank rows, totals, remarks and group headings are no data; merged cells are filled downwards; a cell that holds an
error, or a formula without a result, refuses its row.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from ledger.intake.columns import Fields, Header
from ledger.intake.findings import Finding, Remark
from ledger.intake.kinds import KINDS
from ledger.intake.sheets import Sheet
from ledger.intake.text import is_damaged, normalise_text

HIDDEN = "…"
"""What a finding says in the place of a text that may be a person's."""

_TOTAL = re.compile(r"(合计|总计|小计|共计)[:：]?")
_REMARK = re.compile(r"(备注|注|说明|填表人|填报人|制表人|审核人|填报单位|填报日期|制表日期)[0-9]?[:：].*", re.DOTALL)


class Record:
    """One row of a sheet while it is read: its cells by field, and what was found in it."""

    __slots__ = ("cells", "columns", "failed", "findings", "group", "row", "sheet")

    def __init__(
        self, sheet: str, row: int, cells: list[str], columns: Mapping[str, tuple[int, ...]], group: str = ""
    ) -> None:
        self.sheet, self.row, self.cells, self.columns, self.group = sheet, row, cells, columns, group
        self.findings: list[Finding] = []
        self.failed = False

    def has(self, field: str) -> bool:
        """Whether the sheet has a column for the field."""
        return field in self.columns

    def read_raw(self, field: str) -> str:
        """Return the first cell of the field that is not blank, as it stands; blank if there is none."""
        for column in self.columns.get(field, ()):
            cell = self.cells[column]
            if cell and not cell.isspace():
                return cell
        return ""

    def read_text(self, field: str) -> str:
        """Return the field's text, trimmed and in NFC, and say so if that changed it."""
        for column in self.columns.get(field, ()):
            raw = self.cells[column]
            if raw and not raw.isspace():
                text = normalise_text(raw)
                if text != raw:
                    self.report(Remark("text-trimmed", raw), field, column)
                if is_damaged(text):
                    self.report(Remark("text-damaged", text), field, column)
                return text
        return ""

    def read_required(self, field: str) -> str:
        """Return the field's text; an error if it is blank."""
        text = self.read_text(field)
        if not text and not any(finding.field == field for finding in self.findings):
            self.report(Remark("value-missing"), field)
        return text

    def read_cell(self, column: int | None) -> str:
        """Return one cell as it stands; blank where there is none."""
        return self.cells[column] if column is not None and column < len(self.cells) else ""

    def report(self, remark: Remark, field: str = "", column: int | None = None) -> None:
        """Note a finding in this row; an error refuses the row."""
        if column is None:
            column = self._place(field)
        place = None if column is None else column + 1
        self.findings.append(Finding(remark.code, self.sheet, self.row, place, field, remark.found, remark.expected))
        if KINDS[remark.code].severity == "error":
            self.failed = True

    def hide(self, *fields: str) -> None:
        """Have the findings in this row repeat nothing of these fields: it is a person's. The place stays."""
        self.findings = [
            replace(finding, found=HIDDEN) if finding.field in fields and finding.found else finding
            for finding in self.findings
        ]

    def _place(self, field: str) -> int | None:
        columns = self.columns.get(field, ())
        filled = [column for column in columns if self.cells[column].strip()]
        return next(iter(filled or columns), None)


def pair_columns(record: Record, first: str, second: str) -> list[tuple[int, int | None]]:
    """Return each column of a field with that of a second one which belongs to it: the first after it, before the next.

    A sheet with one column of each pairs them wherever they stand.
    """
    columns, others = sorted(record.columns[first]), sorted(record.columns.get(second, ()))
    if len(columns) == len(others) == 1:
        return [(columns[0], others[0])]
    ends = [*columns[1:], len(record.cells)]
    return [
        (column, next((other for other in others if column < other < end), None))
        for column, end in zip(columns, ends, strict=True)
    ]


def format_place(sheet: str, row: int) -> str:
    """Return a row's place, for a finding in another row."""
    return f"{sheet} {row}" if sheet else f"{row}"


def iterate_records(
    sheet: Sheet, place: int, header: Header, fields: Fields, groups: bool, findings: list[Finding]
) -> Iterator[Record]:
    """Yield the data rows below the header, with merged cells filled and broken cells reported."""
    named = {column: name for name, columns in header.columns.items() for column in columns}
    open_columns = frozenset(column for column, name in named.items() if name not in fields.private)
    shown = open_columns if fields.private else None
    rows = _fill_merged(sheet, place, findings, shown) if sheet.merged else sheet.rows
    width = max((column + 1 for column, cell in enumerate(rows[place]) if cell.strip()), default=0)
    broken: dict[int, list[tuple[int, Remark]]] = {}
    for (row, column), remark in sheet.broken.items():
        broken.setdefault(row, []).append((column, remark))
    identity = header.columns[fields.required[0]]
    group = ""
    for number in range(place + 1, len(rows)):
        cells = rows[number]
        if "" in cells or len(cells) != width:  # a row that is no data always leaves cells blank
            kind, text = _classify_line(cells, identity, groups)
            if kind == "blank" and number not in broken:
                continue
            if kind in KINDS:
                group = text if kind == "row-heading" else group
                findings.append(Finding(kind, sheet.name, number + 1, found=HIDDEN if fields.private else text))
                continue
        record = Record(sheet.name, number + 1, cells, header.columns, group)
        if len(cells) != width:
            _check_width(record, width, is_shown=not fields.private)
            record.cells = cells + [""] * (width - len(cells))
        if number in broken:
            for column, remark in broken[number]:
                if column in named:
                    record.report(remark, named[column], column)
        yield record


def _classify_line(cells: Sequence[str], identity: Sequence[int], groups: bool) -> tuple[str, str]:
    """Return blank, row-skipped (a total or a remark), row-heading (a group's heading) or data; and the first text."""
    filled = [column for column, cell in enumerate(cells) if cell and not cell.isspace()]
    if not filled:
        return "blank", ""
    first = cells[filled[0]].strip()
    has_identity = any(column in identity for column in filled[1:])
    if not has_identity and (_TOTAL.fullmatch(first) or _REMARK.fullmatch(first)):
        return "row-skipped", first
    if groups and len(filled) == 1 and len(cells) > 1:
        return "row-heading", first
    return "data", first


def _check_width(record: Record, width: int, *, is_shown: bool) -> None:
    beyond = [(column, cell) for column, cell in enumerate(record.cells[width:], width) if cell.strip()]
    if beyond:
        record.report(Remark("row-long", beyond[0][1] if is_shown else HIDDEN), column=beyond[0][0])
    elif len(record.cells) < width:
        record.report(Remark("row-short", str(len(record.cells)), str(width)))


def _fill_merged(sheet: Sheet, place: int, findings: list[Finding], shown: frozenset[int] | None) -> list[list[str]]:
    """Return the rows with each cell merged downwards, below the header, filled with its value.

    shown  the columns whose cells findings may repeat; None for all
    """
    rows = list(sheet.rows)
    for top, left, bottom, _ in sheet.merged:
        if top <= place or bottom == top or top >= len(rows) or left >= len(rows[top]) or not rows[top][left].strip():
            continue
        for number in range(top + 1, min(bottom + 1, len(rows))):
            cells = list(rows[number]) + [""] * (left + 1 - len(rows[number]))
            cells[left] = rows[top][left]
            rows[number] = cells
        text = rows[top][left].strip() if shown is None or left in shown else HIDDEN
        findings.append(Finding("cell-merged", sheet.name, top + 1, left + 1, found=text))
    return rows
