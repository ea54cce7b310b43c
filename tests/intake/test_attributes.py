"""Licences, hazards, accidents and lists of an enterprise, as sheets tell them (R29)."""

from typing import Any

import pytest

from intake.tables import CODES, VOCABULARY, found, make_xlsx
from ledger.intake import Reading, read_plan, read_targets
from ledger.office.rows import Target

HEAD = ["统一社会信用代码", "企业名称", "专项库", "登记状态"]
ROW = [CODES[0], "甲公司", "危险化学品", "存续"]


def read(heads: list[str], *cells: str) -> Reading:
    table = [[*HEAD, *heads], [*ROW, *cells]]
    return read_targets(make_xlsx(table), vocabulary=VOCABULARY)


def attributes(reading: Reading) -> dict[str, Any]:
    """Return what a sheet of one row told beside its first four columns, in a form that the record takes."""
    (row,) = reading.rows
    Target.model_validate(row)
    return {field: value for field, value in row.items() if field not in ("id", "name", "sub_roster", "status")}


def test_licences_hazards_accidents_and_lists() -> None:
    heads = ["许可证名称", "许可证编号", "有效期至", "重大隐患", "事故起数", "列入名单", "列入日期", "名单有效期至"]
    cells = ["危险化学品经营许可证", "X-1", "2026年5月1日", "2项", "无", "存在重大事故隐患", "20250301", "2026-02-28"]
    assert attributes(read(heads, *cells)) == {
        "licences": [{"kind": "危险化学品经营许可证", "until": "2026-05-01"}],
        "hazards": 2,
        "accidents": 0,
        "lists": [{"list": "major-hazard", "since": "2025-03-01", "until": "2026-02-28"}],
    }


def test_several_in_a_cell_and_in_columns_beside_each_other() -> None:
    heads = ["许可证名称", "有效期至", "许可证名称", "有效期至", "名单", "列入日期"]
    cells = [
        "乙证、甲证",
        "2026/5/1；长期",
        "丙证",
        "45717",
        "存在重大事故隐患、实施安全生产许可",
        "2025-03-01、2024-03-01",
    ]
    assert attributes(read(heads, *cells)) == {
        "licences": [
            {"kind": "丙证", "until": "2025-03-01"},
            {"kind": "乙证", "until": "2026-05-01"},
            {"kind": "甲证", "until": "9999-12-31"},
        ],
        "lists": [{"list": "licence", "since": "2024-03-01"}, {"list": "major-hazard", "since": "2025-03-01"}],
    }


def test_what_is_blank_or_none_says_nothing() -> None:
    heads = ["许可证名称", "有效期至", "重大隐患", "事故", "名单", "列入日期"]
    assert attributes(read(heads, "无", "", "", "", "", "2025-03-01")) == {}


def test_a_date_without_what_it_is_of_is_named_as_not_imported() -> None:
    reading = read(["有效期至", "列入日期"], "2026-05-01", "2026-05-01")
    assert attributes(reading) == {}
    assert [one.found for one in reading.findings if one.code == "column-unknown"] == ["许可证有效期", "列入日期"]


@pytest.mark.parametrize(
    ("heads", "cells", "error"),
    [
        (["重大隐患"], ["有"], ("value-unknown", 2, 5)),
        (["事故"], ["-1"], ("value-unknown", 2, 5)),
        (["许可证名称", "有效期至"], ["甲证", ""], ("value-missing", 2, 6)),
        (["许可证名称"], ["甲证"], ("value-missing", 2, None)),
        (["许可证名称", "有效期至"], ["甲证、乙证", "2026-05-01"], ("parts-unequal", 2, 6)),
        (["许可证名称", "有效期至"], ["甲证", "2026年5月"], ("date-unread", 2, 6)),
        (["许可证名称", "有效期至"], ["甲\ufffd证", "2026-05-01"], ("text-damaged", 2, 5)),
        (["名单", "列入日期", "名单", "列入日期"], ["存在重大事故隐患", "2026-05-01"] * 2, ("id-repeated", 2, 7)),
        (["名单", "列入日期"], ["存在重大事故隐患", ""], ("value-missing", 2, 6)),
        (["名单", "列入日期", "移出日期"], ["存在重大事故隐患", "2026-05-01", "2025-05-01"], ("date-reversed", 2, 7)),
        (
            ["名单", "列入日期", "移出日期"],
            ["存在重大事故隐患", "2026-05-01", "2027-05-01、2028-05-01"],
            ("parts-unequal", 2, 7),
        ),
    ],
)
def test_what_cannot_be_read_refuses_its_row(
    heads: list[str], cells: list[str], error: tuple[str, int, int | None]
) -> None:
    reading = read(heads, *cells)
    assert error in found(reading)
    assert reading.rows == []


def test_a_list_that_the_policy_does_not_know_is_left_out_with_a_warning() -> None:
    reading = read(["名单", "列入日期"], "红名单", "2025-03-01")
    assert attributes(reading) == {}
    assert found(reading, "warning") == [("value-dropped", 2, 5)]


def scope(heads: list[str], *cells: str) -> Reading:
    table = [["计划编号", "计划名称", "抽查比例", "时间安排", *heads], ["p-1", "抽查", "3%", "全年", *cells]]
    return read_plan(make_xlsx(table), vocabulary=VOCABULARY)


def test_a_plans_stratum_may_ask_for_hazards_accidents_and_lists() -> None:
    (line,) = scope(["重大隐患", "事故", "列入名单"], "有", "≥2", "存在重大事故隐患").rows
    assert line["strata"][0]["scope"] == {"hazards": 1, "accidents": 2, "lists": ["major-hazard"]}


@pytest.mark.parametrize("text", ["很多", "0", "-1"])
def test_a_number_that_a_stratum_cannot_ask_for_is_refused(text: str) -> None:
    assert [code for code, _, _ in found(scope(["重大隐患"], text))] == ["value-unknown"]
