"""Target rosters: rows, private names, dialects of heads, refusals (T13, T28)."""

import io
import random
from dataclasses import replace

import openpyxl
import pytest

from intake.tables import CODES, HEADER, SOLE_TRADER, VOCABULARY, found, make_csv, make_targets, make_xlsx, save
from ledger.intake import Reading, Vocabulary, read_targets


def read(content: bytes, sub_roster: str | None = "industry-trade") -> Reading:
    return read_targets(content, vocabulary=VOCABULARY, sub_roster=sub_roster, name="roster")


def test_a_plain_roster() -> None:
    reading = read(make_csv(make_targets(1)))
    assert reading.rows == [
        {
            "id": CODES[0],
            "name": "甲实业有限公司",
            "sub_roster": "industry-trade",
            "status": "open",
            "registrar": "某区市场监管局",
            "area": "某所",
        }
    ]
    assert reading.is_whole
    assert reading.counts == {"read": 1, "taken": 1, "refused": 0, "errors": 0, "warnings": 2, "notes": 0}
    assert [f.field for f in reading.findings] == ["sub_roster", "status"]


def test_every_field() -> None:
    header = [
        "＊单位名称（全称）",
        "统一社会信用代码/注册号",
        "主体类别",
        "RegOrgName",
        "管辖单位",
        "所属街道",
        "专项库名称",
    ]
    header += ["监管标签", "风险等级", "规模", "登记状态", "许可证编号"]
    values = ["甲公司", CODES[0], "有限责任公司", "某局", "某所", "平湖街道安监办", "危险化学品专项库"]
    values += ["粉尘涉爆、涉液氨", "红色", "大型", "存续（在营、开业、在册）", "X-1"]
    reading = read(make_xlsx([header, values]), sub_roster=None)
    assert found(reading) == found(reading, "warning") == []
    assert reading.rows == [
        {
            "id": CODES[0],
            "name": "甲公司",
            "sub_roster": "hazchem",
            "status": "open",
            "registrar": "某局",
            "area": "某所",
            "street": "street/pinghu",
            "tags": ["ammonia", "dust"],
            "risk": "red",
            "scale": "large",
        }
    ]
    assert [(f.code, f.found) for f in reading.findings] == [("column-unknown", "许可证编号")]


def test_rows_stand_by_code_whatever_the_order_of_the_sheet() -> None:
    rows = make_targets(4)
    shuffled = [rows[0], *random.Random(1).sample(rows[1:], 4)]
    assert read(make_csv(rows)).rows == read(make_csv(shuffled)).rows == read(make_xlsx(shuffled)).rows
    assert [row["id"] for row in read(make_csv(shuffled)).rows] == sorted(CODES)


def test_a_name_of_a_person_never_enters_the_row() -> None:
    header = [*HEADER, "主体类别"]
    reading = read(
        make_csv(
            [
                header,
                ["张某某小吃店", SOLE_TRADER, "某局", "某所", ""],
                ["李某某五金厂", CODES[0], "某局", "某所", "个人独资企业"],
                ["王某某修理部", "440307600012345", "某局", "某所", "个体工商户"],
                ["甲公司", CODES[1], "某局", "某所", "有限责任公司"],
            ]
        )
    )
    assert {row["id"]: row.get("name") for row in reading.rows} == {
        SOLE_TRADER: None,
        CODES[0]: None,
        "reg:440307600012345": None,
        CODES[1]: "甲公司",
    }
    assert reading.private == {
        SOLE_TRADER: {"name": "张某某小吃店"},
        CODES[0]: {"name": "李某某五金厂"},
        "reg:440307600012345": {"name": "王某某修理部"},
    }


def test_t13_a_code_that_repeats_is_refused_and_the_first_is_named() -> None:
    rows = [*make_targets(2), ["另一家公司", CODES[0].lower(), "某局", "某所"]]
    reading = read(make_xlsx(rows))
    assert found(reading) == [("code-repeated", 4, 2)]
    (finding,) = [f for f in reading.findings if f.severity == "error"]
    assert finding.expected == "Sheet1 2"
    assert len(reading.rows) == 2
    assert reading.rows[0]["name"] == "甲实业有限公司"


def test_t13_a_code_that_repeats_on_another_sheet_is_refused() -> None:
    reading = read(make_xlsx(make_targets(2), sheets=[("街道二", [HEADER, ["乙公司", CODES[1], "", ""]])]))
    assert [(f.sheet, f.row) for f in reading.findings if f.code == "code-repeated"] == [("街道二", 2)]


def test_t13_one_name_under_two_codes_is_warned_about_whatever_its_brackets() -> None:
    rows = [HEADER, ["甲（某地）公司", CODES[0], "", ""], ["甲(某地)公司", "440307000012345", "", ""]]
    reading = read(make_csv(rows))
    assert [f.found for f in reading.findings if f.code == "name-repeated"] == ["甲(某地)公司"]
    assert len(reading.rows) == 2


def test_each_error_names_its_cell_and_refuses_only_its_row() -> None:
    header = [*HEADER, "风险等级", "登记状态", "专项库名称", "街道", "监管标签"]
    good = ["", "", "红", "存续", "工矿商贸", "平湖", ""]
    rows = [
        header,
        ["", CODES[0], *good],
        ["乙公司", "", *good],
        ["丙公司", "9.14403E+17", *good],
        ["丁\ufffd公司", CODES[1], *good],
        ["戊公司", CODES[2], "", "", "紫", "存续", "工矿商贸", "平湖", ""],
        ["己公司", "440307000000001", "", "", "红", "某状态", "工矿商贸", "平湖", ""],
        ["庚公司", "440307000000002", "", "", "红", "存续", "餐饮", "平湖", ""],
        ["辛公司", "440307000000003", "", "", "红", "", "工矿商贸", "某镇", "某标签"],
    ]
    reading = read(make_csv(rows))
    assert found(reading) == [
        ("value-missing", 2, 1),
        ("value-missing", 3, 2),
        ("code-rounded", 4, 2),
        ("text-damaged", 5, 1),
        ("value-unknown", 6, 5),
        ("value-unknown", 7, 6),
        ("value-unknown", 8, 7),
    ]
    assert found(reading, "warning") == [("value-assumed", 9, 6), ("value-dropped", 9, 8), ("value-dropped", 9, 9)]
    assert [row["id"] for row in reading.rows] == ["reg:440307000000003"]
    assert "street" not in reading.rows[0]
    assert not reading.is_whole


def test_a_spreadsheets_numbers_are_mended_or_refused_never_guessed() -> None:
    reading = read(make_xlsx([HEADER, ["甲", 440307000012345, "", ""], ["乙", 914403070000000040, "", ""]]))
    assert [row["id"] for row in reading.rows] == ["reg:440307000012345"]
    assert found(reading, "note") == [("code-number", 2, 2)]
    assert found(reading) == [("code-rounded", 3, 2)]


def test_error_cells_and_formulas_refuse_their_rows() -> None:
    rows = [
        HEADER,
        ["甲", "#REF!", "", ""],
        ["=B1", CODES[1], "", ""],
        ["丙", CODES[2], "", "=A1"],
        ["丁", CODES[3], "", ""],
    ]
    reading = read(make_xlsx(rows))
    assert found(reading) == [("cell-error", 2, 2), ("cell-formula", 3, 1), ("cell-formula", 4, 4)]
    assert [row["id"] for row in reading.rows] == [CODES[3]]


def test_merged_cells_are_filled_downwards_and_a_merged_code_repeats() -> None:
    rows = [HEADER, ["甲", CODES[0], "某局", ""], ["乙", CODES[1], "", ""], ["丙", "", "", ""]]
    reading = read(make_xlsx(rows, merges=["C2:C4", "B3:B4"]))
    assert {row["registrar"] for row in reading.rows} == {"某局"}
    assert found(reading) == [("code-repeated", 4, 2)]
    assert [f.code for f in reading.findings].count("cell-merged") == 2


def test_titles_above_and_totals_below_are_no_rows() -> None:
    rows = [["某区检查对象名录库", "", "", ""], ["", "", "", ""], *make_targets(2)]
    rows += [["", "", "", ""], ["合计", "", "", "2"], ["备注：以上为全部", "", "", ""]]
    for content in (make_xlsx(rows, merges=["A1:D1"]), make_csv(rows)):
        reading = read(content)
        assert len(reading.rows) == 2
        assert reading.is_whole
        assert found(reading, "note") == [("row-skipped", 7, None), ("row-skipped", 8, None)]


def test_wrong_heads_say_what_was_found_and_what_is_needed() -> None:
    reading = read(make_csv([["名字", "号"], ["甲", CODES[0]]]))
    (finding,) = reading.findings
    assert (finding.code, finding.found, finding.expected) == (
        "header-missing",
        "名字、号",
        "统一社会信用代码、企业名称",
    )
    assert reading.rows == []
    assert not reading.is_whole


def test_code_and_older_number_in_two_columns() -> None:
    header = ["企业名称", "注册号", "统一社会信用代码"]
    reading = read(make_csv([header, ["甲", "440307000012345", CODES[0]], ["乙", "440307000012346", ""]]))
    assert [row["id"] for row in reading.rows] == [CODES[0], "reg:440307000012346"]
    assert ("column-repeated", 1, 3) in found(reading, "warning")


def test_shifted_and_cut_rows_are_refused() -> None:
    rows = make_targets(3)
    rows[1] = ["甲", "乙公司", CODES[0], "某局", "某所"]
    rows[2] = rows[2][:3]
    reading = read(make_csv(rows))
    assert found(reading) == [("row-long", 2, 5), ("code-wordy", 2, 2), ("row-short", 3, None)]
    assert [row["id"] for row in reading.rows] == [CODES[2]]


def test_a_hidden_sheet_is_named_not_read() -> None:
    book = openpyxl.load_workbook(io.BytesIO(make_xlsx(make_targets(1), sheets=[("旧", make_targets(3))])))
    book["旧"].sheet_state = "hidden"
    reading = read(save(book))
    assert [f.sheet for f in reading.findings if f.code == "sheet-hidden"] == ["旧"]
    assert len(reading.rows) == 1


def test_a_sheet_without_the_heads_is_named_not_read() -> None:
    reading = read(make_xlsx(make_targets(1), sheets=[("填表说明", [["请如实填写"]])]))
    assert [(f.code, f.sheet) for f in reading.findings if f.code == "sheet-skipped"] == [("sheet-skipped", "填表说明")]
    assert len(reading.rows) == 1


def test_personal_columns_are_dropped_and_named() -> None:
    reading = read(make_csv([[*HEADER, "法定代表人", "联系电话"], ["甲", CODES[0], "", "", "张某", "0755-0000"]]))
    assert [f.found for f in reading.findings if f.code == "column-personal"] == ["法定代表人、联系电话"]
    assert "张某" not in str(reading.rows) + str(reading.private)


def test_trimming_is_noted() -> None:
    reading = read(make_csv([HEADER, ["甲公司\u3000", CODES[0], "某局", " 某所"]]))
    assert (reading.rows[0]["name"], reading.rows[0]["area"]) == ("甲公司", "某所")
    assert found(reading, "note") == [("text-trimmed", 2, 1), ("text-trimmed", 2, 4)]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04junk", b"\0\1\2\3", b"%PDF-1.4"])
def test_a_file_that_is_no_table_gives_one_error_and_no_rows(content: bytes) -> None:
    reading = read(content)
    assert reading.rows == []
    assert [f.severity for f in reading.findings] == ["error"]
    assert not reading.is_whole


def test_a_file_that_is_not_there_gives_one_error() -> None:
    assert found(read_targets("nowhere.xlsx", vocabulary=VOCABULARY)) == [("file-absent", None, None)]


RANKED = replace(VOCABULARY, precedence=("hazchem", "industry-trade"))
SEVERAL = ["专项库", "监管标签"]


def read_ranked(*rows: list[str], vocabulary: Vocabulary = RANKED) -> Reading:
    return read_targets(make_csv([[*HEADER, *SEVERAL], *rows]), vocabulary=vocabulary)


def test_of_several_sub_rosters_precedence_tells_the_primary_one() -> None:
    firm = ["甲公司", CODES[0], "某局", "某所"]
    reading = read_ranked([*firm, "职业病危害重点、工矿商贸、危险化学品企业", "粉尘涉爆"])
    (row,) = reading.rows
    assert (row["sub_roster"], row["tags"]) == ("hazchem", ["dust", "industry-trade", "occupational"])
    (finding,) = [one for one in reading.findings if one.code == "sub-rosters-several"]
    assert (finding.found, finding.expected) == ("危险化学品、工矿商贸、职业病危害重点", "危险化学品")


def test_rows_of_one_enterprise_under_several_sub_rosters_are_one() -> None:
    firm = ["甲公司", CODES[0], "某局", "某所"]
    rows = [[*firm, name, tag] for name, tag in (("工矿商贸", "粉尘涉爆"), ("职业病危害重点", ""), ("危险化学品", ""))]
    reading = read_ranked(*rows)
    (row,) = reading.rows
    assert (row["sub_roster"], row["tags"]) == ("hazchem", ["dust", "industry-trade", "occupational"])
    assert reading.is_whole
    assert found(reading, "warning") == [
        ("column-absent", None, None),
        ("sub-rosters-several", 3, 5),
        ("sub-rosters-several", 4, 5),
    ]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (["甲公司", "某局", "某所", "工矿商贸"], ["甲公司", "某局", "某所", "工矿商贸"]),
        (["甲公司", "某局", "某所", "工矿商贸"], ["甲公司", "另局", "某所", "危险化学品"]),
        (["甲公司", "某局", "某所", "工矿商贸"], ["乙公司", "某局", "某所", "危险化学品"]),
    ],
)
def test_t13_rows_that_differ_in_more_are_refused_as_repeated(first: list[str], second: list[str]) -> None:
    reading = read_ranked(*([name, CODES[0], *rest, ""] for name, *rest in (first, second)))
    assert found(reading) == [("code-repeated", 3, 2)]
    assert reading.rows[0]["sub_roster"] == "industry-trade"


def test_without_precedence_several_sub_rosters_are_refused() -> None:
    firm = ["甲公司", CODES[0], "某局", "某所"]
    reading = read_ranked([*firm, "工矿商贸、危险化学品", ""], vocabulary=VOCABULARY)
    assert found(reading) == [("sub-rosters-undecided", 2, 5)]
    again = read_ranked([*firm, "工矿商贸", ""], [*firm, "危险化学品", ""], vocabulary=VOCABULARY)
    assert found(again) == [("code-repeated", 3, 2)]
    assert found(read_ranked([*firm, "工矿商贸、餐饮", ""])) == [("value-unknown", 2, 5)]


def test_a_persons_name_in_one_of_two_rows_stays_out_of_both() -> None:
    header = [*HEADER, "专项库", "主体类别"]
    firm = ["张某某五金厂", CODES[0], "某局", "某所"]
    rows = [header, [*firm, "工矿商贸", "有限责任公司"], [*firm, "危险化学品", "个人独资企业"]]
    reading = read_targets(make_csv(rows), vocabulary=RANKED)
    assert found(reading) == [("code-repeated", 3, 2)]
