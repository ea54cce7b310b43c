"""Writes the sample as files such as offices send: workbooks, and CSV in GB18030 or in UTF-8 with a byte order mark."""

import csv
from io import StringIO
from pathlib import Path

from openpyxl import Workbook

from ledger.cli.sample.items import sample_items
from ledger.cli.sample.officers import SECTIONS, sample_officers
from ledger.cli.sample.plan import sample_plan
from ledger.cli.sample.sheet import Sheet
from ledger.cli.sample.targets import sample_targets
from ledger.cli.sample.words import SUB_ROSTERS

# Sub-rosters that their owners send as CSV, with the encoding; the others are workbooks.
_CSV_ENCODINGS = {"precursor": "gb18030", "training": "utf-8-sig"}


def write_samples(folder: Path) -> dict[str, Path]:
    """Write every sample file and return where each one is.

    folder  made if it is not there; files of the same names in it are replaced

    Returns the paths by `targets-<sub-roster>` (eight), `officers-bureau`, `officers-streets`, `items` and `plan`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written: dict[str, Path] = {}
    targets = sample_targets()
    for roster in SUB_ROSTERS:
        name = f"targets-{roster.id}"
        sheet = _rows_of(targets, "专项库名称", {roster.name})
        encoding = _CSV_ENCODINGS.get(roster.id)
        written[name] = _write_csv(folder, name, sheet, encoding) if encoding else _write_xlsx(folder, name, sheet)
    officers = sample_officers()
    sections = set(SECTIONS)
    streets = set(officers.column("单位/部门")) - sections
    written["officers-bureau"] = _write_xlsx(folder, "officers-bureau", _rows_of(officers, "单位/部门", sections))
    written["officers-streets"] = _write_xlsx(folder, "officers-streets", _rows_of(officers, "单位/部门", streets))
    written["items"] = _write_xlsx(folder, "items", sample_items())
    written["plan"] = _write_csv(folder, "plan", sample_plan(), "utf-8-sig")
    return written


def _rows_of(sheet: Sheet, column: str, values: set[str]) -> Sheet:
    cells = sheet.column(column)
    return Sheet(sheet.header, [row for row, cell in zip(sheet.rows, cells, strict=True) if cell in values])


def _write_csv(folder: Path, name: str, sheet: Sheet, encoding: str) -> Path:
    text = StringIO(newline="")
    csv.writer(text).writerows([sheet.header, *sheet.rows])
    path = folder / f"{name}.csv"
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def _write_xlsx(folder: Path, name: str, sheet: Sheet) -> Path:
    workbook = Workbook(write_only=True)
    worksheet = workbook.create_sheet("Sheet1")
    for row in (sheet.header, *sheet.rows):
        worksheet.append(row)
    path = folder / f"{name}.xlsx"
    workbook.save(path)
    return path
