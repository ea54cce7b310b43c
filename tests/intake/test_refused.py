"""Refused rows: written, mended, read again."""

from pathlib import Path

import openpyxl
import pytest

from intake.tables import CODES, HEADER, VOCABULARY, make_csv, make_xlsx
from ledger.intake import Reading, read_targets, write_refused
from ledger.proof.errors import Malformed

ROWS = [
    [*HEADER, "备用"],
    ["甲公司", CODES[0], "", "", "=1+1"],
    ["乙公司", "9.14403E+17", "", "", "=1+1"],
    ["丙公司", "", "某局", "", "@x"],
]


def read(source: Path | bytes) -> Reading:
    return read_targets(source, vocabulary=VOCABULARY, sub_roster="hazchem")


@pytest.mark.parametrize("ending", [".xlsx", ".csv"])
def test_refused_rows_are_read_again_the_same(tmp_path: Path, ending: str) -> None:
    first = read(make_csv(ROWS))
    path = tmp_path / f"refused{ending}"
    assert write_refused(first, path) == 2
    again = read(path)
    assert again.counts["read"] == again.counts["refused"] == 2
    before = [list(cells) for _, cells, _ in first.refused[0].rows]
    assert [list(cells)[:5] for _, cells, _ in again.refused[0].rows] == before == ROWS[2:]
    second = tmp_path / f"again{ending}"
    write_refused(again, second)
    assert [list(cells)[:5] for _, cells, _ in read(second).refused[0].rows] == before


def test_a_mended_file_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "refused.xlsx"
    write_refused(read(make_csv(ROWS)), path)
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    assert sheet["F1"].value == "导入问题/Findings"
    assert "9.14403E+17" in sheet["F2"].value
    assert sheet["E2"].data_type == "s"  # a cell that looks like a formula stays text
    sheet["B2"], sheet["B3"] = CODES[1], CODES[2]
    book.save(path)
    mended = read(path)
    assert mended.is_whole
    assert [row["id"] for row in mended.rows] == [CODES[1], CODES[2]]


def test_nothing_is_written_for_nothing(tmp_path: Path) -> None:
    assert write_refused(read(make_csv(ROWS[:2])), tmp_path / "refused.csv") == 0
    assert list(tmp_path.iterdir()) == []


def test_rows_of_several_sheets_need_a_workbook(tmp_path: Path) -> None:
    reading = read(make_xlsx(ROWS, sheets=[("二", ROWS)]))
    with pytest.raises(Malformed):
        write_refused(reading, tmp_path / "refused.csv")
    with pytest.raises(Malformed):
        write_refused(reading, tmp_path / "refused.doc")
    assert write_refused(reading, tmp_path / "refused.xlsx") == 5
    assert read(tmp_path / "refused.xlsx").counts["refused"] == 4
