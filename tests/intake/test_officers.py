"""Officer rosters: pseudonyms, two certificates each with its own 有效期, and what is never carried."""

import csv
from pathlib import Path

import pytest

from intake.tables import VOCABULARY, Table, found, make_csv, make_xlsx
from ledger.intake import Reading, read_officers
from ledger.intake.ids import derive_pseudonym
from ledger.intake.text import split_words

KEY = b"0123456789abcdef"
HEADER = ["姓名", "部门", "执法证号", "有效期", "是否在编", "是否在岗", "是否入库"]
TEMPLATE = split_words(
    "序号 单位工号 姓名 身份证号 手机号 学历 岗位大类 岗位管辖片区 从事本岗起始日期 岗位资质资格 是否专家 执法事项范围 "
    "地区 层级 部门/机构 担任职务 工作单位 工商部门执法证 有效期 省政府执法证 有效期"
)


def read(rows: Table) -> Reading:
    return read_officers(make_xlsx(rows), vocabulary=VOCABULARY, pseudonym_key=KEY, name="officers")


def make_template_row(certificates: list[str], **values: str) -> list[str]:
    given = {
        "姓名": "测试甲",
        "身份证号": "11010519491231002X",
        "手机号": "13800000000",
        "学历": "本科",
        "部门/机构": "执法监察科",
        "工作单位": "某区安监局",
        **values,
    }
    return [given.get(head, "") for head in TEMPLATE[:17]] + certificates


def test_a_plain_roster() -> None:
    reading = read([HEADER, ["测试甲", "执法监察科", "粤执-0001", "2027年12月31日", "是", "是", "否"]])
    officer = derive_pseudonym(KEY, "粤执-0001")
    assert reading.rows == [
        {
            "id": officer,
            "unit": "bureau/enforcement",
            "certificate_until": "2027-12-31",
            "on_establishment": True,
            "in_post": True,
            "enrolled": False,
        }
    ]
    assert reading.private == {officer: {"name": "测试甲", "certificate_no": "粤执-0001"}}
    assert reading.is_whole


def test_the_columns_of_the_template_in_use(shared: Path) -> None:
    with (shared / "data" / "officer_roster_import_template_zj_2017.csv").open(encoding="utf-8-sig") as stream:
        assert next(csv.reader(stream)) == list(TEMPLATE)


@pytest.mark.parametrize(
    ("certificates", "until", "number"),
    [
        (["A-1", "2026-05-01", "B-2", "2028-05-01"], "2028-05-01", "B-2"),
        (["A-1", "2029-05-01", "B-2", "2028-05-01"], "2029-05-01", "A-1"),
        (["A-1", "2028-05-01", "B-2", "2028-05-01"], "2028-05-01", "A-1"),
        (["A-1", "", "B-2", "2028-05-01"], "2028-05-01", "B-2"),
        (["", "", "B-2", "长期"], "9999-12-31", "B-2"),
        (["A-1", "46874", "无", ""], "2028-05-01", "A-1"),
    ],
)
def test_each_certificate_has_the_expiry_after_it_and_the_longest_counts(
    certificates: list[str], until: str, number: str
) -> None:
    reading = read([TEMPLATE, make_template_row(certificates)])
    (row,) = reading.rows
    assert row["certificate_until"] == until
    assert reading.private[row["id"]]["certificate_no"] == number
    assert row["id"] == derive_pseudonym(KEY, number)


def test_personal_columns_are_never_carried() -> None:
    reading = read([TEMPLATE, make_template_row(["A-1", "2028-05-01", "", ""])])
    assert [f.found for f in reading.findings if f.code == "column-personal"] == ["身份证号、手机号、学历"]
    everything = repr((reading.rows, reading.private, reading.findings))
    assert not any(secret in everything for secret in ("11010519491231002X", "13800000000", "本科"))


@pytest.mark.parametrize(
    "number", ["11010519491231002X", "110105194912310021"]
)  # the second one's check digit is wrong
def test_an_identity_number_in_the_certificates_column_is_refused_and_not_shown(number: str) -> None:
    reading = read([TEMPLATE, make_template_row([number, "2028-05-01", "", ""])])
    assert [code for code, _, _ in found(reading)] == ["value-identity"]
    assert "110105" not in repr(reading.findings)


def test_unit_by_any_of_its_columns_and_streets() -> None:
    rows = [TEMPLATE, make_template_row(["A-1", "长期", "", ""], **{"部门/机构": "某办", "工作单位": "平湖街道安监办"})]
    assert [row["unit"] for row in read(rows).rows] == ["street/pinghu"]


def test_an_own_id_is_kept() -> None:
    reading = read([["编号", *HEADER], ["ZF_001", "测试甲", "执法监察科", "A-1", "长期", "是", "是", "是"]])
    assert [row["id"] for row in reading.rows] == ["zf-001"]


def test_absent_columns_are_taken_as_yes_and_said() -> None:
    reading = read([HEADER[:4], ["测试甲", "执法监察科", "A-1", "长期"]])
    assert reading.rows[0].items() >= {"on_establishment": True, "in_post": True, "enrolled": True}.items()
    assert [f.field for f in reading.findings if f.code == "column-absent"] == [
        "on_establishment",
        "in_post",
        "enrolled",
    ]


def test_qualifications() -> None:
    header = [*HEADER, "岗位资质资格"]
    reading = read([header, ["测试甲", "执法监察科", "A-1", "长期", "是", "是", "是", "危险化学品、某证"]])
    assert reading.rows[0]["qualifications"] == ["hazchem"]
    assert found(reading, "warning") == [("value-dropped", 2, 8)]


def test_each_error_names_its_cell() -> None:
    reading = read(
        [
            HEADER,
            ["", "执法监察科", "A-1", "长期", "是", "是", "是"],
            ["测试乙", "某科", "A-2", "长期", "是", "是", "是"],
            ["测试丙", "执法监察科", "", "长期", "是", "是", "是"],
            ["测试丁", "执法监察科", "A-4", "", "是", "是", "是"],
            ["测试戊", "执法监察科", "A-5", "2027年", "是", "是", "是"],
            ["测试己", "执法监察科", "A-6", "长期", "也许", "是", "是"],
            ["测试庚", "执法监察科", "A-7", "长期", "", "是", "是"],
            ["测试辛", "执法监察科", "A-8", "长期", "是", "是", "是"],
            ["测试辛", "执法监察科", "A-8", "长期", "是", "是", "是"],
        ]
    )
    assert found(reading) == [
        ("value-missing", 2, 1),
        ("value-unknown", 3, 2),
        ("value-missing", 4, 3),
        ("value-missing", 5, 4),
        ("date-unread", 6, 4),
        ("value-unknown", 7, 5),
        ("value-missing", 8, 5),
        ("id-repeated", 10, None),
    ]
    assert len(reading.rows) == 1


def test_csv_gives_the_same_rows() -> None:
    rows = [HEADER, ["测试甲", "执法监察科", "A-1", "2027-12-31", "是", "是", "是"]]
    again = read_officers(make_csv(rows), vocabulary=VOCABULARY, pseudonym_key=KEY)
    assert again.rows == read(rows).rows
