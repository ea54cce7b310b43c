"""The rows that were not taken, written so that they can be mended and imported again.

The file has the original header and cells, and one more column that says what is wrong; that column is ignored when
the file is read again.
"""

import csv
import re
from collections.abc import Sequence
from pathlib import Path

import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from ledger.intake.columns import FINDINGS_HEAD
from ledger.intake.findings import Finding
from ledger.intake.reading import Reading, RefusedRows
from ledger.proof.errors import Malformed

_TITLE_FORBIDS = re.compile(r"[\\*?:/\[\]]")  # what a workbook's sheet may not be called, though a web page's table may
_TITLE_LIMIT = 31


def write_refused(reading: Reading, path: Path | str) -> int:
    """Write the refused rows to an .xlsx or .csv file and return how many they are; nothing is written for none.

    path  ends in .xlsx (each sheet on its own) or .csv (UTF-8 with BOM; one sheet only)

    Raises Malformed for another ending, or for rows of several sheets in a .csv.
    The cells are written as text, so that a spreadsheet neither rounds codes nor runs formulas from them.
    """
    path = Path(path)
    if not reading.refused:
        return 0
    if path.suffix == ".xlsx":
        _write_workbook(reading, path)
    elif path.suffix != ".csv":
        raise Malformed(f"{path.name}: expected a name that ends in .xlsx or .csv / 文件名应以 .xlsx 或 .csv 结尾")
    elif len(reading.refused) > 1:
        raise Malformed(f"{path.name}: rows of {len(reading.refused)} sheets need .xlsx / 多个工作表的行请用 .xlsx")
    else:
        with path.open("w", encoding="utf-8-sig", newline="") as stream:
            csv.writer(stream, lineterminator="\r\n").writerows(_derive_lines(reading.refused[0]))
    return sum(len(part.rows) for part in reading.refused)


def _derive_lines(part: RefusedRows) -> list[list[str]]:
    width = max([len(part.header), *(len(cells) for _, cells, _ in part.rows)])
    kept = [column for column in range(width) if column >= len(part.header) or part.header[column] != FINDINGS_HEAD]
    lines = []
    for cells, words in [(part.header, FINDINGS_HEAD), *((c, format_causes(f)) for _, c, f in part.rows)]:
        lines.append([cells[column] if column < len(cells) else "" for column in kept] + [words])
    return lines


def format_causes(findings: Sequence[Finding]) -> str:
    """Return what is wrong with a row, errors only, in both languages."""
    causes = [finding for finding in findings if finding.severity == "error"]
    return "；".join(f"{cause.message_zh} / {cause.message_en}" for cause in causes)


def _write_workbook(reading: Reading, path: Path) -> None:
    book = openpyxl.Workbook(write_only=True)
    for number, part in enumerate(reading.refused, 1):
        title = _TITLE_FORBIDS.sub(" ", part.sheet)[:_TITLE_LIMIT].strip() or f"Sheet{number}"
        sheet: WriteOnlyWorksheet = book.create_sheet(title)
        for line in _derive_lines(part):
            sheet.append([_format_cell(sheet, text) for text in line])
    book.save(path)


def _format_cell(sheet: WriteOnlyWorksheet, text: str) -> Cell:
    cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", text))
    cell.data_type = "s"
    cell.number_format = "@"
    return cell
