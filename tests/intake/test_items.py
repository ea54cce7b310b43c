"""Check-item lists in their dialects."""

import csv
import io
from pathlib import Path

from intake.tables import VOCABULARY, found, make_csv, make_xlsx
from ledger.intake import Reading, read_items
from ledger.intake.ids import derive_content_id

HEADER = ["编号", "抽查内容", "抽查依据", "抽查方式", "抽查主体", "抽查对象"]


def read(content: bytes, authority: str | None = None) -> Reading:
    return read_items(content, vocabulary=VOCABULARY, authority=authority, name="items")


def read_real(path: Path) -> bytes:
    """The rows of an excerpt, whose bars separate the cells, as an office would have them in a sheet."""
    lines = path.read_text(encoding="utf-8").splitlines()
    table = [line.removeprefix("列: ").split("|") for line in lines if "|" in line]
    stream = io.StringIO()
    csv.writer(stream).writerows(row + [""] * (len(table[0]) - len(row)) for row in table)
    return stream.getvalue().encode()


def test_a_plain_list() -> None:
    rows = [HEADER, ["AQ-01", "应急预案编制情况", "某法第一条", "现场检查", "区安监局", "危险化学品企业、涉液氨"]]
    reading = read(make_csv(rows))
    assert reading.is_whole
    assert reading.rows == [
        {
            "id": "aq-01",
            "content": "应急预案编制情况",
            "basis": "某法第一条",
            "method": "现场检查",
            "authority": "区安监局",
            "applies_to": ["ammonia", "hazchem"],
        }
    ]


def test_every_enterprise_leaves_applies_to_out() -> None:
    reading = read(make_csv([HEADER, ["1", "甲", "乙", "丙", "丁", "生产经营单位"], ["2", "甲", "乙", "丙", "丁", ""]]))
    assert all("applies_to" not in row for row in reading.rows)
    assert len(reading.rows) == 2


def test_a_scope_is_never_widened_because_a_word_is_unknown() -> None:
    rows = [HEADER, ["1", "甲", "乙", "丙", "丁", "某类场所"], ["2", "甲", "乙", "丙", "丁", "辖区粉尘涉爆类企业"]]
    reading = read(make_csv(rows))
    assert found(reading) == [("value-unknown", 2, 6)]
    assert found(reading, "warning") == [("value-near", 3, 6)]
    assert [row["applies_to"] for row in reading.rows] == [["dust"]]


def test_merged_categories_and_group_headings() -> None:
    header = ["抽查事项", "抽查子项", "抽查依据", "抽查方式", "抽查主体"]
    rows = [header, ["安全管理", "责任制", "甲法", "现场", "局"], ["", "培训", "乙法", "", ""]]
    reading = read(make_xlsx(rows, merges=["A2:A3", "D2:D3", "E2:E3"]))
    assert {(row["category"], row["content"], row["method"]) for row in reading.rows} == {
        ("安全管理", "责任制", "现场"),
        ("安全管理", "培训", "现场"),
    }
    grouped = [HEADER[1:], ["一、综合事项", "", "", "", ""], ["责任制", "甲法", "现场", "局", ""]]
    (row,) = read(make_csv(grouped)).rows
    assert row["category"] == "一、综合事项"
    assert row["id"] == derive_content_id("item", "责任制")


def test_an_item_without_its_four_columns_is_refused() -> None:
    reading = read(make_csv([HEADER, ["1", "甲", "", "", "丁", ""], ["2", "", "乙", "丙", "丁", ""]]))
    assert found(reading) == [("value-missing", 2, 3), ("value-missing", 2, 4), ("value-missing", 3, 2)]
    assert reading.rows == []
    assert found(read(make_csv([HEADER[:3], ["1", "甲", "乙"]]))) == [("header-missing", None, None)]


def test_repeated_ids_are_refused() -> None:
    rows = [HEADER, ["1", "甲", "乙", "丙", "丁", ""], ["1.0", "戊", "乙", "丙", "丁", ""]]
    assert found(read(make_csv(rows))) == [("id-repeated", 3, 1)]


def test_the_real_national_list(shared: Path) -> None:
    reading = read(read_real(shared / "data" / "national_safety_item_list_2016_rows.txt"), authority="区安监局")
    assert len(reading.rows) == 3
    assert found(reading) == [("value-missing", 5, 5)]  # the excerpt ends within this row
    assert {row["authority"] for row in reading.rows} == {"区安监局"}


def test_the_real_county_list(shared: Path) -> None:
    reading = read(read_real(shared / "data" / "shiquan_check_items_safety.txt"))
    assert len(reading.rows) == 8
    assert reading.is_whole
    assert {row["category"] for row in reading.rows} == {"安全生产随机抽查综合事项"}
