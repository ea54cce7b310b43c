"""Files by content: each form an office saves gives the same cells; broken files are refused with a reason."""

import io
import tracemalloc
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.tables import (
    CODES,
    HEADER,
    make_csv,
    make_html,
    make_ods,
    make_ods_row,
    make_spreadsheetml,
    make_targets,
    make_xlsx,
    save,
)
from ledger.intake import Unread, markup, parse_sheets

TABLE = make_targets()
XLSX = make_xlsx(TABLE)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def refusal(content: bytes) -> str:
    with pytest.raises(Unread) as refused:
        parse_sheets(content)
    assert "/" in str(refused.value)
    return refused.value.remark.code


@pytest.mark.parametrize(
    "content",
    [
        make_csv(TABLE),
        make_csv(TABLE, encoding="utf-8-sig"),
        make_csv(TABLE, encoding="utf-16"),
        b"\xfe\xff" + make_csv(TABLE, encoding="utf-16-be"),
        make_csv(TABLE, encoding="gb18030"),
        make_csv(TABLE, separator="\t"),
        make_csv(TABLE, separator=";"),
        make_csv(TABLE, separator="|"),
        XLSX,
        make_spreadsheetml(TABLE),
        make_html(TABLE),
        make_ods("".join(make_ods_row(*row) for row in TABLE)),
    ],
    ids=["utf8", "bom", "utf16le", "utf16be", "gb18030", "tab", "semicolon", "bar", "xlsx", "xml2003", "html", "ods"],
)
def test_every_form_gives_the_same_cells(content: bytes) -> None:
    (sheet,) = parse_sheets(content)
    assert [list(row) for row in sheet.rows] == TABLE


def test_the_name_of_a_file_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "check03 .xlsx"
    path.write_bytes(make_spreadsheetml(TABLE))
    assert parse_sheets(path.read_bytes())[0].rows[1][1] == CODES[0]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "file-empty"),
        (b"\xef\xbb\xbf \r\n", "file-empty"),
        (b"\0" * 500, "file-empty"),
        (b"%PDF-1.7 ...", "file-kind"),
        (b"\x89PNG\r\n\x1a\n" + b"\1" * 50, "file-kind"),
        (bytes(range(1, 128)) * 10, "file-kind"),
        (b"\x81\x20\xff\xff" * 20, "file-encoding"),
        (XLSX[: len(XLSX) // 2], "file-damaged"),
        (XLSX[:-30], "file-damaged"),
        (b"PK\x03\x04" + b"\1" * 100, "file-damaged"),
        (OLE + b"\0" * 4000, "file-damaged"),
        (OLE + "EncryptedPackage".encode("utf-16-le") + b"\0" * 4000, "file-encrypted"),
        (make_csv(TABLE)[:-1] + "末".encode()[:2], "file-damaged"),
        (make_csv([HEADER, ['"甲公司', CODES[0], "某局", "某所"]]), "csv-quotes"),
        (make_spreadsheetml(TABLE)[:-40], "file-damaged"),
        (b"<?xml version='1.0'?><a/>", "file-kind"),
        (b"<html><body>no table</body></html>", "file-kind"),
    ],
)
def test_a_file_that_is_no_table_is_refused(content: bytes, kind: str) -> None:
    assert refusal(content) == kind


def test_a_word_document_is_named() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    assert refusal(stream.getvalue()) == "file-kind"


def test_entities_are_refused() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
    assert refusal(make_spreadsheetml([["&b;"]], prologue=bomb)) == "file-entities"
    outside = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
    assert refusal(make_spreadsheetml([["&a;"]], prologue=outside)) == "file-entities"


def test_a_stray_cell_in_the_last_corner_is_refused_before_memory_is_taken() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"], sheet["ZZ1048576"] = "企业名称", "x"
    assert refusal(save(book)) == "file-too-large"
    rows = '<Row ss:Index="1000000"><Cell ss:Index="16000"><Data ss:Type="String">x</Data></Cell></Row>'
    xml = make_spreadsheetml([["x"]]).replace(b"</Table>", rows.encode() * 30 + b"</Table>")
    assert refusal(xml) in ("file-too-large", "file-damaged")


@pytest.mark.parametrize("spelling", ['r="%s"', "r='%s'", 'r = "%s"', 'r=\t"%s"', 'r\n="%s"'])
def test_a_stray_cell_is_found_however_its_place_is_spelled(spelling: str) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"], sheet["ZZ1048576"] = "企业名称", "x"
    spelled = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(save(book))) as old, zipfile.ZipFile(spelled, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                assert b'r="ZZ1048576"' in part
                part = part.replace(b'r="ZZ1048576"', (spelling % "ZZ1048576").encode())
                part = part.replace(b'r="1048576"', b"")
            new.writestr(name, part)
    assert refusal(spelled.getvalue()) == "file-too-large"


def test_spreadsheetml_keeps_places_spans_and_dates() -> None:
    xml = make_spreadsheetml([["a"]]).replace(
        b"</Table>",
        b'<Row ss:Index="4"><Cell ss:Index="3" ss:MergeDown="1"><Data ss:Type="DateTime">2025-03-01T00:00:00.000</Data>'
        b'</Cell><Cell><Data ss:Type="Error">#REF!</Data></Cell><Cell ss:Formula="=A1"/></Row></Table>',
    )
    (sheet,) = parse_sheets(xml)
    assert sheet.rows[3] == ["", "", "2025-03-01", "#REF!", ""]
    assert sheet.merged == [(3, 2, 4, 2)]
    assert {place: remark.code for place, remark in sheet.broken.items()} == {
        (3, 3): "cell-error",
        (3, 4): "cell-formula",
    }


def test_a_web_page_keeps_places_of_spanning_cells() -> None:
    page = b"<table><tr><td rowspan=2>a<td>b<tr><td>c<script>x</script></table><table><tr><td colspan=2>d<td>e</table>"
    first, second = parse_sheets(page)
    assert [list(row) for row in first.rows] == [["a", "b"], ["", "c"]]
    assert first.merged == [(0, 0, 1, 0)]
    assert [list(row) for row in second.rows] == [["d", "", "e"]]


def test_errors_and_formulas_without_result_are_marked_in_a_workbook() -> None:
    (sheet,) = parse_sheets(make_xlsx([["a", "b"], ["=1+1", "#N/A"], ["x", "=A1"]]))
    assert {place: remark.code for place, remark in sheet.broken.items()} == {
        (1, 0): "cell-formula",
        (1, 1): "cell-error",
        (2, 1): "cell-formula",
    }
    assert sheet.formulas == 2


def test_the_silent_cells_of_an_opendocument_are_marked_and_its_extent_is_measured() -> None:
    error = (
        '<table:table-cell table:formula="of:=1/0" calcext:value-type="error" office:value-type="string">'
        "<text:p>#DIV/0!</text:p></table:table-cell>"
    )
    rows = make_ods_row("a", error) + make_ods_row("b", '<table:table-cell table:formula="of:=1"/>', repeated=2)
    blank = '<table:table-cell table:number-columns-repeated="16384"/>'
    (sheet,) = parse_sheets(make_ods(rows + make_ods_row(blank, repeated=1048573)))
    assert [row[0] for row in sheet.rows] == ["a", "b", "b"]
    assert {place: remark.code for place, remark in sheet.broken.items()} == {
        (0, 1): "cell-error",
        (1, 1): "cell-formula",
        (2, 1): "cell-formula",
    }
    wide = '<table:table-cell table:number-columns-repeated="16384" office:value-type="string"><text:p>x</text:p>'
    assert refusal(make_ods(make_ods_row(wide + "</table:table-cell>", repeated=1048576))) == "file-too-large"


def test_numbers_keep_the_trace_of_being_numbers() -> None:
    (sheet,) = parse_sheets(make_xlsx([["a", "b", "c"], [440307000012345, 914403070000000010, 0.03]]))
    assert sheet.rows[1] == ["440307000012345.0", "9.1440307e+17", "0.03"]


cells = st.text(
    st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\ufeff\u0085\u2028\u2029"),
    min_size=1,
    max_size=8,
)


@given(st.lists(st.lists(cells, min_size=2, max_size=4), min_size=1, max_size=6), st.sampled_from([",", "\t"]))
def test_separated_text_is_read_back(rows: list[list[str]], separator: str) -> None:
    quoted = [['"' + cell.replace('"', '""') + '"' for cell in row] for row in rows]
    text = ["名称" + separator * 40] + [separator.join(row) for row in quoted]
    (sheet,) = parse_sheets("\r\n".join(text).encode())
    assert [list(row) for row in sheet.rows[1:]] == rows


@settings(max_examples=40)
@given(st.integers(0, len(XLSX) - 1), st.integers(1, 255))
def test_a_damaged_workbook_is_read_or_refused(place: int, change: int) -> None:
    broken = bytearray(XLSX)
    broken[place] ^= change
    for content in (bytes(broken), XLSX[:place]):
        outcome = "read"
        try:
            parse_sheets(content)
        except Unread as refused:
            outcome = refused.remark.code
        assert outcome == "read" or outcome.startswith("file-")


@pytest.mark.parametrize(
    "page",
    [
        "<table><tr>" + "<td rowspan=1000 colspan=1000>x</td>" * 6,
        "<table><tr><td rowspan=1000 colspan=1000>x</td></tr></table>" * 6,
        "<table><tr>" + "<td colspan=1000>x</td>" * 3000,
    ],
    ids=["one row", "many tables", "wide cells"],
)
def test_cells_that_span_more_than_a_sheet_may_have_are_refused(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markup, "CELL_LIMIT", 2_000_000)
    tracemalloc.start()
    try:
        assert refusal(f"<html><body>{page}".encode()) == "file-too-large"
        assert tracemalloc.get_traced_memory()[1] < 60_000_000  # 30 bytes for each cell that is allowed
    finally:
        tracemalloc.stop()


def test_many_wide_sheets_of_one_file_are_refused() -> None:
    sheet = '<Worksheet><Table><Row><Cell ss:Index="9999999"><Data>x</Data></Cell></Row></Table></Worksheet>'
    space = "urn:schemas-microsoft-com:office:spreadsheet"
    workbook = f'<?xml version="1.0"?><Workbook xmlns="{space}" xmlns:ss="{space}">{sheet * 3}</Workbook>'
    assert refusal(workbook.encode()) == "file-too-large"


def test_spans_that_overlap_keep_the_places_of_a_browser() -> None:
    page = b"<table><tr><td rowspan=3>a<td rowspan=2>b<td>c<tr><td rowspan=2>d<tr><td>e<tr><td>f</table>"
    (sheet,) = parse_sheets(page)
    assert [list(row) for row in sheet.rows] == [["a", "b", "c"], ["", "", "d"], ["", "e"], ["f"]]
