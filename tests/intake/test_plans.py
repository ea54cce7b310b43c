"""Annual plans in their dialects."""

from pathlib import Path

from intake.tables import VOCABULARY, found, make_csv, make_xlsx
from intake.test_items import read_real
from ledger.intake import Reading, read_plan

HEADER = [
    "计划编号",
    "计划名称",
    "检查类型",
    "专项库",
    "街道",
    "风险等级",
    "抽查基数",
    "抽查比例",
    "抽查频次",
    "时间安排",
]
ROW = ["P-1", "工矿商贸抽查", "月度", "工矿商贸", "平湖、布吉", "红", "1000", "3%", "1次/年", "1月—12月"]


def read(content: bytes, year: int | None = 2025) -> Reading:
    return read_plan(content, vocabulary=VOCABULARY, year=year, name="plan")


def change(**values: str) -> list[str]:
    return [values.get(head, cell) for head, cell in zip(HEADER, ROW, strict=True)]


def test_a_plain_plan() -> None:
    reading = read(make_csv([HEADER, ROW]))
    assert reading.findings == []
    assert reading.rows == [
        {
            "id": "p-1",
            "title": "工矿商贸抽查",
            "kind": "monthly",
            "strata": [
                {
                    "id": "s1",
                    "scope": {
                        "risks": ["red"],
                        "streets": ["street/buji", "street/pinghu"],
                        "sub_rosters": ["industry-trade"],
                    },
                    "ratio": "3/100",
                }
            ],
            "weights": [1] * 12,
            "frequency": 1,
        }
    ]


def test_rows_of_one_line_are_its_strata() -> None:
    reading = read(
        make_csv([HEADER, ROW, change(风险等级="橙", 抽查比例="20户"), change(风险等级="黄", 抽查比例="5‰")])
    )
    (line,) = reading.rows
    assert [stratum["id"] for stratum in line["strata"]] == ["s1", "s2", "s3"]
    assert [stratum.get("ratio", stratum.get("count")) for stratum in line["strata"]] == ["3/100", 20, "5/1000"]


def test_rows_of_one_line_that_differ_are_refused() -> None:
    reading = read(make_csv([HEADER, ROW, change(计划名称="另一计划"), change(时间安排="3月")]))
    assert found(reading) == [("plan-differs", 3, 2), ("plan-differs", 4, None)]
    assert len(reading.rows[0]["strata"]) == 1


def test_a_blank_that_differs_is_told_as_none() -> None:
    reading = read(make_csv([HEADER, ROW, change(抽查频次="")]))
    (finding,) = [one for one in reading.findings if one.code == "plan-differs"]
    assert (finding.found, finding.expected) == ("无", "1")


def test_joint_by_the_head_that_offices_write() -> None:
    header = ["是否跨部门联合检查" if head == "检查类型" else head for head in HEADER]
    kinds = [read(make_csv([header, change(检查类型=word)])).rows[0]["kind"] for word in ("是", "否")]
    assert kinds == ["joint", "monthly"]


def test_what_cannot_be_drawn_is_refused_with_its_cell() -> None:
    rows = [
        HEADER,
        change(计划编号="1", 抽查比例="根据实际情况确定"),
        change(计划编号="2", 抽查比例="10% (20户)", 抽查基数="100"),
        change(计划编号="3", 时间安排="2024年"),
        change(计划编号="4", 专项库="餐饮"),
        change(计划编号="5", 抽查比例="三级≥50%,二级≥30%"),
        change(计划编号="6", 检查类型="其他"),
        change(计划编号="七"),
        change(计划编号="8", 抽查比例=""),
    ]
    rows = [[f'"{cell}"' for cell in row] for row in rows]
    reading = read(make_csv(rows))
    assert [(code, row) for code, row, _ in found(reading)] == [
        ("quota-unread", 2),
        ("quota-contradiction", 3),
        ("months-year", 4),
        ("value-unknown", 5),
        ("quota-several", 6),
        ("value-unknown", 7),
        ("id-malformed", 8),
        ("value-missing", 9),
    ]
    assert reading.rows == []


def test_kinds() -> None:
    words = {
        "月度": "monthly",
        "安全生产大检查": "general-campaign",
        "专项治理": "special-campaign",
        "暗访暗查": "covert",
    }
    words |= {"补充抽查": "supplementary", "部门联合抽查": "joint"}
    rows = [change(计划编号=str(number), 检查类型=word) for number, word in enumerate(words)]
    assert [row["kind"] for row in read(make_csv([HEADER, *rows])).rows] == list(words.values())


def test_twelve_columns_of_weights() -> None:
    header = ["计划名称", "抽查比例", *(f"{month}月" for month in range(1, 13))]
    reading = read(make_xlsx([header, ["甲", "3%", *range(12)], ["乙", "3%", *[0] * 12]]))
    assert [row["weights"] for row in reading.rows] == [list(range(12))]
    assert found(reading) == [("value-missing", 3, 3)]


def test_a_percentage_cell_and_a_month_that_became_a_date_are_warned_about() -> None:
    header = ["计划名称", "抽查比例", "时间安排"]
    reading = read(make_xlsx([header, ["甲", 0.03, "2025-03-12"]]))
    assert reading.rows[0]["strata"][0]["ratio"] == "3/100"
    assert [f.code for f in reading.findings if f.severity == "warning" and f.row] == ["quota-bare", "value-near"]


def test_the_real_plans(shared: Path) -> None:
    data = shared / "data"
    longyan = read(read_real(data / "longyan_2025_annual_inspection_plan.txt"))
    assert [(row["strata"][0]["count"], sum(row["weights"]), row["frequency"]) for row in longyan.rows] == [
        (3, 9, 1),
        (8, 12, 1),
    ]
    content = read_real(data / "forestry_2019_plan_with_base.txt")
    assert [code for code, _, _ in found(read(content, year=2019))] == ["value-unknown"]  # 有关单位和个人: whom?
    forestry = read(content.replace("有关单位和个人".encode(), "生产经营单位".encode()), year=2019)
    assert [row["strata"][0]["ratio"] for row in forestry.rows] == ["5/100"]
    assert forestry.rows[0]["weights"] == [0] * 8 + [1] * 3 + [0]


def test_a_real_plan_with_scopes_outside_the_vocabulary_is_refused(shared: Path) -> None:
    reading = read(read_real(shared / "data" / "changzhi_2024_joint_plan.txt"), year=2024)
    assert {code for code, _, _ in found(reading)} == {"value-unknown"}
    assert len(found(reading)) == 3
