"""Workbooks: .xlsx, .xls and .ods, read by calamine, with a look at the XML for what calamine leaves silent.

calamine gives an error cell and a formula without a saved result as a blank, and would set aside memory for every
cell up to the last one used; both are looked for before it opens the file.
"""

import datetime
import io
import lzma
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import python_calamine

from ledger.intake.findings import Unread
from ledger.intake.opendocument import parse_opendocument
from ledger.intake.openxml import parse_openxml
from ledger.intake.sheets import CELL_LIMIT, Sheet, Silent

_UNPACKED_LIMIT = 1 << 30  # bytes; the largest sheet that Excel itself opens is below it
_TEXT = frozenset({str})


def parse_zip(content: bytes) -> list[Sheet]:
    """Return the sheets of an .xlsx or .ods file. Raises Unread if it is damaged, too large or something else."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            if "xl/workbook.bin" in names or any(name.startswith(("word/", "ppt/")) for name in names):
                raise Unread("file-kind", "xlsb" if "xl/workbook.bin" in names else "docx/pptx")
            if sum(entry.file_size for entry in archive.infolist()) > _UNPACKED_LIMIT:
                raise Unread("file-too-large", f"> {_UNPACKED_LIMIT} bytes", str(CELL_LIMIT))
            if "content.xml" in names:
                silent = parse_opendocument(archive.read("content.xml"))
            else:
                silent = parse_openxml(archive)
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError, ValueError) as problem:
        raise Unread("file-damaged", str(problem)) from problem
    return _read_calamine(content, silent)


def parse_compound(content: bytes) -> list[Sheet]:
    """Return the sheets of an old binary .xls. Raises Unread if it is damaged, protected or something else."""
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise Unread("file-encrypted")
    if "WordDocument".encode("utf-16-le") in content:
        raise Unread("file-kind", "Word")
    return _read_calamine(content, {})


def _read_calamine(content: bytes, silent: Mapping[str, Silent]) -> list[Sheet]:
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        kept = [meta for meta in book.sheets_metadata if meta.typ == python_calamine.SheetTypeEnum.WorkSheet]
        sheets = [_read_sheet(book, meta) for meta in kept]
    except python_calamine.PasswordError as problem:
        raise Unread("file-encrypted") from problem
    except (python_calamine.CalamineError, OSError, ValueError) as problem:
        raise Unread("file-damaged", str(problem)) from problem
    return [
        replace(sheet, broken=silent[sheet.name].broken, formulas=silent[sheet.name].formulas)
        if sheet.name in silent
        else sheet
        for sheet in sheets
    ]


def _read_sheet(book: python_calamine.CalamineWorkbook, meta: python_calamine.SheetMetadata) -> Sheet:
    sheet = book.get_sheet_by_name(meta.name)
    rows: list[list[Any]] = sheet.to_python(skip_empty_area=False) if sheet.end else []
    merged = [(*first, *last) for first, last in sheet.merged_cell_ranges or []]
    texts = [row if _TEXT.issuperset(map(type, row)) else [_format_cell(cell) for cell in row] for row in rows]
    hidden = meta.visible != python_calamine.SheetVisibleEnum.Visible
    return Sheet(meta.name, texts, merged, {}, 0, hidden)


def _format_cell(cell: object) -> str:
    """Return a cell's text; a number keeps its `.0` or exponent, so that a code kept as a number can be told."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat() if cell.time() == datetime.time() else cell.isoformat(" ")
    if isinstance(cell, datetime.date):
        return cell.isoformat()
    return str(cell)
