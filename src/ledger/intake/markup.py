"""Tables written as markup: SpreadsheetML 2003 (what WPS and Excel 2003 save, under any name) and web pages' tables.

Entities and document type declarations are refused: they can read other files or flood the memory.
"""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from ledger.intake.delimited import derive_broken
from ledger.intake.findings import Remark, Unread
from ledger.intake.sheets import CELL_LIMIT, Sheet

_SS = "{urn:schemas-microsoft-com:office:spreadsheet}"
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_SPAN_LIMIT = 1000  # rows or columns that one cell of a web page may span, as browsers have it


def parse_spreadsheetml(text: str) -> list[Sheet]:
    """Return the sheets of a SpreadsheetML 2003 workbook.

    Raises Unread if it is not well formed, has no worksheet, or declares entities.
    """
    try:
        root = fromstring(_DECLARATION.sub("", text), forbid_dtd=True)
    except DefusedXmlException as problem:
        raise Unread("file-entities", type(problem).__name__) from problem
    except ParseError as problem:
        raise Unread("file-damaged", f"XML: {problem}") from problem
    sheets: list[Sheet] = []
    grid = _Grid()
    for element in root.iter(f"{_SS}Worksheet"):
        grid = _Grid(cells=grid.cells)  # the limit is the file's: many sheets take no more memory than a large one
        sheets.append(_read_worksheet(element, grid))
    if not sheets:
        raise Unread("file-kind", f"XML <{root.tag.rpartition('}')[2]}>")
    return sheets


@dataclass
class _Grid:
    """Rows that are filled cell by cell; `row` and `column` count from 0."""

    rows: list[list[str]] = field(default_factory=list)
    cells: int = 0

    def count(self, cells: int, width: int, height: int) -> None:
        """Count cells that a table takes. Raises Unread if they are more than a sheet may have."""
        self.cells += cells
        if self.cells > CELL_LIMIT:
            raise Unread("file-too-large", f"{width} x {height}", str(CELL_LIMIT))

    def put(self, row: int, column: int, text: str) -> None:
        width = len(self.rows[row]) if row < len(self.rows) else 0
        self.count(max(0, row + 1 - len(self.rows)) + max(0, column + 1 - width), column + 1, row + 1)
        while len(self.rows) <= row:
            self.rows.append([])
        line = self.rows[row]
        line.extend([""] * (column + 1 - len(line)))
        line[column] = text


def _read_worksheet(element: Element, grid: _Grid) -> Sheet:
    merged: list[tuple[int, int, int, int]] = []
    broken: dict[tuple[int, int], Remark] = {}
    formulas = 0
    row = -1
    for line in element.iter(f"{_SS}Row"):
        row = _read_index(line, row)
        column = -1
        for cell in line.findall(f"{_SS}Cell"):
            column = _read_index(cell, column)
            data = cell.find(f"{_SS}Data")
            text = "".join(data.itertext()) if data is not None else ""
            kind = data.get(f"{_SS}Type", "") if data is not None else ""
            formula = cell.get(f"{_SS}Formula")
            formulas += formula is not None
            if kind == "Error":
                broken[row, column] = Remark("cell-error", text or "#REF!")
            elif formula is not None and data is None:
                broken[row, column] = Remark("cell-formula", formula)
            grid.put(row, column, _derive_value(text, kind))
            across, down = _read_count(cell, "MergeAcross"), _read_count(cell, "MergeDown")
            if across or down:
                merged.append((row, column, row + down, column + across))
            column += across
    hidden = any(visible.text != "SheetVisible" for visible in element.iter() if visible.tag.endswith("}Visible"))
    return Sheet(element.get(f"{_SS}Name", ""), grid.rows, merged, broken, formulas, hidden)


def _derive_value(text: str, kind: str) -> str:
    """A date-time at midnight is a date: 2025-03-01T00:00:00.000 is kept as 2025-03-01."""
    if kind == "DateTime":
        return text.removesuffix(".000").removesuffix("T00:00:00").replace("T", " ")
    return text


def _read_index(element: Element, previous: int) -> int:
    index = _read_count(element, "Index")
    if element.get(f"{_SS}Index") is not None and index - 1 <= previous:
        raise Unread("file-damaged", f"ss:Index {index} after {previous + 1}")
    return index - 1 if index else previous + 1


def _read_count(element: Element, name: str) -> int:
    text = element.get(f"{_SS}{name}", "0")
    if not (text.isascii() and text.isdigit() and len(text) < 8):
        raise Unread("file-damaged", f"ss:{name}={text[:20]}")
    return int(text)


def parse_html(text: str) -> list[Sheet]:
    """Return the tables of a web page, one sheet for each; scripts and styles are left out.

    Raises Unread if it has no table.
    """
    reader = _TableReader()
    reader.feed(text)
    reader.close()
    if not reader.grids:
        raise Unread("file-kind", "HTML")
    tables = zip(reader.grids, reader.merged, strict=True)
    return [
        Sheet(f"table {number}", grid.rows, merged, derive_broken(grid.rows))
        for number, (grid, merged) in enumerate(tables, 1)
    ]


class _TableReader(HTMLParser):
    """Collects the cells of the outermost tables of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.grids: list[_Grid] = []
        self.merged: list[list[tuple[int, int, int, int]]] = []
        self._depth = self._quiet = 0
        self._row = self._column = -1
        self._text: list[str] | None = None
        self._span = (1, 1)
        self._taken: list[int] = []  # by column: the last row that a cell spans there

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a table, a row or a cell."""
        if tag == "table":
            self._depth += 1
            if self._depth == 1:
                # The limit is the page's: a page of many tables takes no more memory than one large table.
                self.grids.append(_Grid(cells=self.grids[-1].cells if self.grids else 0))
                self.merged.append([])
                self._row, self._taken = -1, []
        elif tag in ("script", "style"):
            self._quiet += 1
        elif self._depth != 1:
            return
        elif tag == "tr":
            self._end_cell()
            self._row, self._column = self._row + 1, -1
        elif tag in ("td", "th") and self._row >= 0:
            self._end_cell()
            self._column += 1
            while self._column < len(self._taken) and self._taken[self._column] >= self._row:
                self._column += 1
            named = dict(attrs)
            self._span = (_parse_span(named.get("rowspan")), _parse_span(named.get("colspan")))
            self._text = []
        elif tag == "br" and self._text is not None:
            self._text.append(" ")

    def handle_endtag(self, tag: str) -> None:
        """Close a cell, a row or a table."""
        if tag in ("script", "style"):
            self._quiet = max(0, self._quiet - 1)
        elif tag in ("td", "th", "tr", "table") and self._depth == 1:
            self._end_cell()
        if tag == "table":
            self._depth = max(0, self._depth - 1)

    def handle_data(self, data: str) -> None:
        """Take text within a cell."""
        if self._text is not None and not self._quiet:
            self._text.append(data)

    def _end_cell(self) -> None:
        if self._text is None:
            return
        down, across = self._span
        self.grids[-1].put(self._row, self._column, " ".join("".join(self._text).split()))
        self._text = None
        if down > 1 or across > 1:
            last, end = self._row + down - 1, self._column + across
            self.grids[-1].count(down * across - 1, end, last + 1)
            self.merged[-1].append((self._row, self._column, last, end - 1))
            self._taken += [-1] * (end - len(self._taken))
            self._taken[self._column : end] = [max(last, row) for row in self._taken[self._column : end]]
        self._column += across - 1


def _parse_span(text: str | None) -> int:
    return (
        min(int(text), _SPAN_LIMIT) if text and text.isascii() and text.isdigit() and len(text) < 8 and int(text) else 1
    )
