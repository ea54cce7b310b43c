"""Made-up tables, in each form that an office saves: what the tests of intake read."""

import io
import zipfile
from collections.abc import Sequence

import openpyxl

from ledger.intake import Reading, Vocabulary

VOCABULARY = Vocabulary(
    streets={"平湖": "street/pinghu", "坂田": "street/bantian", "布吉": "street/buji"},
    units={"执法监察科": "bureau/enforcement", "危化品监督管理科": "bureau/hazchem"},
    sub_rosters={"危险化学品": "hazchem", "工矿商贸": "industry-trade", "职业病危害重点": "occupational"},
    key_lists={"存在重大事故隐患": "major-hazard", "实施安全生产许可": "licence"},
    tags={"涉液氨": "ammonia", "有限空间作业": "confined-space", "粉尘涉爆": "dust"},
    qualifications={"危险化学品": "hazchem"},
)

# Made-up codes with a right check digit (area code 440307 and numbers that no register gave).
CODES = ("91440307000000001N", "91440307000000002R", "91440307000000003W", "914403070000000040")
SOLE_TRADER = "92440307000000001K"
HEADER = ["企业名称", "统一社会信用代码", "登记机关", "管辖单位"]

Table = Sequence[Sequence[object]]


def make_targets(rows: int = 3) -> list[list[str]]:
    """A small roster with its header."""
    return [HEADER, *(["甲乙丙丁"[n] + "实业有限公司", CODES[n], "某区市场监管局", "某所"] for n in range(rows))]


def make_csv(rows: Table, *, encoding: str = "utf-8", separator: str = ",") -> bytes:
    """The table as separated text."""
    return "".join(separator.join(str(cell) for cell in row) + "\r\n" for row in rows).encode(encoding)


def make_xlsx(rows: Table, *, merges: Sequence[str] = (), sheets: Sequence[tuple[str, Table]] = ()) -> bytes:
    """The table as an .xlsx workbook; numbers, dates and formulas (text with =) stay what they are."""
    book = openpyxl.Workbook()
    first = book.active
    assert first is not None
    for title, table in [("Sheet1", rows), *sheets]:
        sheet = first if title == "Sheet1" else book.create_sheet(title)
        sheet.title = title
        for row in table:
            sheet.append(list(row))
    for merge in merges:
        first.merge_cells(merge)
    return save(book)


def save(book: openpyxl.Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def make_spreadsheetml(rows: Table, *, prologue: str = "") -> bytes:
    """The table as SpreadsheetML 2003, as WPS saves it under an .xlsx name."""
    body = "".join(
        "<Row>" + "".join(f'<Cell><Data ss:Type="String">{cell}</Data></Cell>' for cell in row) + "</Row>"
        for row in rows
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<?mso-application progid="Excel.Sheet"?>\n' + prologue + "<Workbook "
        'xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
        f'<Worksheet ss:Name="Sheet1"><Table>{body}</Table></Worksheet></Workbook>'
    ).encode()


def make_ods(rows: str) -> bytes:
    """An .ods workbook of the rows given as XML, as LibreOffice saves it."""
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    names = "".join(
        f' xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"' for short in ("office", "table", "text")
    )
    names += ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("mimetype", kind)
        archive.writestr(
            "META-INF/manifest.xml",
            '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
            f'<m:file-entry m:full-path="/" m:media-type="{kind}"/></m:manifest>',
        )
        archive.writestr(
            "content.xml",
            f"<office:document-content{names}><office:body><office:spreadsheet>"
            f'<table:table table:name="Sheet1">{rows}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    return stream.getvalue()


def make_ods_row(*cells: str, repeated: int = 1) -> str:
    """One row: text as a text cell, XML as it stands."""
    texts = (
        cell
        if cell.startswith("<")
        else f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>'
        for cell in cells
    )
    return f'<table:table-row table:number-rows-repeated="{repeated}">{"".join(texts)}</table:table-row>'


def make_html(rows: Table) -> bytes:
    """The table as a web page, as some systems export it under an .xls name."""
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<html><head><meta charset='utf-8'></head><body><table border=1>{body}</table></body></html>".encode()


def found(reading: Reading, severity: str = "error") -> list[tuple[str, int | None, int | None]]:
    """Code, row and column of the findings of one severity."""
    return [(f.code, f.row, f.column) for f in reading.findings if f.severity == severity]
