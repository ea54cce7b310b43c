"""Real lists of a province, as published: every row is taken, and each form gives the same rows."""

from pathlib import Path

import pytest

from intake.tables import VOCABULARY, found, make_spreadsheetml
from ledger.intake import Reading, read_targets
from ledger.intake.files import parse_sheets


def read(source: Path | bytes) -> Reading:
    return read_targets(source, vocabulary=VOCABULARY, sub_roster="industry-trade")


@pytest.fixture(scope="module")
def workbook(shared: Path) -> Reading:
    return read(shared / "data" / "zj_draw_list_2017_check03.xlsx")


def test_all_42782_rows_are_taken(workbook: Reading) -> None:
    assert workbook.counts["taken"] == workbook.counts["read"] == 42782
    assert found(workbook) == []
    codes = [row["id"] for row in workbook.rows]
    assert codes == sorted(codes, key=str.encode)
    assert sum(not code.startswith("reg:") for code in codes) == 37417
    assert [f.code for f in workbook.findings if f.severity == "warning" and f.row] == ["code-check-digit"] * 2


def test_csv_and_workbook_give_the_same_rows(shared: Path, workbook: Reading) -> None:
    path = shared / "data" / "zj_draw_list_2017_check03.csv"
    text = read(path)
    assert text.rows == workbook.rows
    assert text.private == workbook.private
    chinese = read(path.read_text(encoding="utf-8").encode("gb18030"))
    assert chinese.rows == workbook.rows


@pytest.mark.parametrize(("number", "size"), [("01", 478), ("04", 5)])
def test_the_smaller_lists_in_each_form(shared: Path, number: str, size: int) -> None:
    path = shared / "data" / f"zj_draw_list_2017_check{number}.csv"
    reading = read(path)
    assert reading.counts["taken"] == size
    assert reading.is_whole
    cells = [
        [cell.replace("&", "&amp;").replace("<", "&lt;") for cell in row]
        for row in parse_sheets(path.read_bytes())[0].rows
    ]
    assert read(make_spreadsheetml(cells)).rows == reading.rows


def test_no_name_of_a_sole_trader_is_in_a_row(workbook: Reading) -> None:
    assert all("name" not in row for row in workbook.rows if row["id"].startswith("92"))
    assert {row["id"] for row in workbook.rows if "name" not in row} == set(workbook.private)
