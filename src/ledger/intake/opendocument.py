"""The XML of an .ods workbook, looked through for what calamine leaves silent: its extent, errors, empty formulas."""

import io
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from ledger.intake.findings import Remark, Unread
from ledger.intake.sheets import CELL_LIMIT, Silent

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_EXTENSION = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_CELLS = (_TABLE + "table-cell", _TABLE + "covered-table-cell")


def parse_opendocument(part: bytes) -> dict[str, Silent]:
    """Return what is silent in each table, by the table's name.

    part  content.xml of the .ods file

    Raises Unread if repeated rows and columns would fill the memory, or the XML is damaged or has entities.
    """
    scan = _Scan()
    try:
        for event, element in iterparse(io.BytesIO(part), events=("start", "end"), forbid_dtd=True):
            if event == "start" and element.tag == _TABLE + "table":
                scan.start_table(element)
            elif event == "start" and element.tag == _TABLE + "table-row":
                scan.start_row(element)
            elif event == "end" and element.tag in _CELLS:
                scan.end_cell(element)
            elif event == "end" and element.tag == _TABLE + "table-row":
                scan.row += scan.repeat
                element.clear()
    except DefusedXmlException as problem:
        raise Unread("file-entities", type(problem).__name__) from problem
    except (ParseError, ValueError) as problem:
        raise Unread("file-damaged", str(problem)) from problem
    return scan.tables


class _Scan:
    """Where the scan stands: rows and columns from 0, and how often the present row is repeated."""

    def __init__(self) -> None:
        self.tables: dict[str, Silent] = {}
        self.name = ""
        self.row = self.column = self.last_column = 0
        self.repeat = 1

    def start_table(self, element: Element) -> None:
        self.name = element.get(_TABLE + "name", "")
        self.tables[self.name] = Silent({}, 0)
        self.row = self.last_column = 0

    def start_row(self, element: Element) -> None:
        self.column, self.repeat = 0, int(element.get(_TABLE + "number-rows-repeated", "1"))

    def end_cell(self, element: Element) -> None:
        first = self.column
        self.column += int(element.get(_TABLE + "number-columns-repeated", "1"))
        formula = element.get(_TABLE + "formula")
        if len(element) == 0 and formula is None and element.get(_OFFICE + "value-type") is None:
            return
        self.last_column = max(self.last_column, self.column)
        rows = self.row + self.repeat
        if rows * self.last_column > CELL_LIMIT:
            raise Unread("file-too-large", f"{self.last_column} x {rows}", str(CELL_LIMIT))
        remark = None
        if element.get(_EXTENSION + "value-type") == "error":
            remark = Remark("cell-error", "".join(element.itertext()).strip() or "#REF!")
        elif formula is not None and element.get(_OFFICE + "value-type") is None:
            remark = Remark("cell-formula", formula)
        table = self.tables[self.name]
        if formula is not None:
            self.tables[self.name] = table._replace(formulas=table.formulas + 1)
        if remark:
            places = ((row, column) for row in range(self.row, rows) for column in range(first, self.column))
            table.broken.update((place, remark) for place in places)
