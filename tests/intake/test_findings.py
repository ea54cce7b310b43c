"""Findings as text: complete in both languages, short where there are many."""

import re
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.tables import CODES, HEADER, VOCABULARY, make_csv, make_xlsx
from ledger.intake import Finding, Unread, derive_fields, format_finding, format_findings, read_targets
from ledger.intake.columns import ITEMS, KEY_LISTS, OFFICERS, PLANS, TARGETS, TASKS, Fields
from ledger.intake.findings import derive_column_letters
from ledger.intake.kinds import FIELD_WORDS, KINDS
from ledger.intake.openxml import derive_column_number
from ledger.proof.errors import Malformed


def test_a_finding_names_its_cell_in_both_languages() -> None:
    finding = Finding("code-masked", "Sheet1", 12, 2, "code", "9144****")
    assert (
        format_finding(finding, "zh")
        == "错误 Sheet1 B12 (统一社会信用代码/注册号)：代码被遮盖：“9144****”，应为完整代码"
    )
    assert (
        format_finding(finding, "en") == "error Sheet1 B12 (code): the code is masked: “9144****”; expected all of it"
    )
    assert derive_fields(finding)["row"] == 12
    assert "expected" not in derive_fields(finding)


@pytest.mark.parametrize("code", sorted(KINDS))
def test_every_kind_says_the_same_in_both_languages(code: str) -> None:
    kind = KINDS[code]
    fields = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in (kind.zh, kind.en)]
    assert fields[0] == fields[1] <= {"found", "expected"}
    assert re.search("[\u4e00-\u9fff]", kind.zh)
    finding = Finding(code, found="甲" * 500, expected="乙")
    assert len(finding.message_zh) < 300
    assert finding.severity in ("error", "warning", "note")


@pytest.mark.parametrize("page", ["intake.md", "intake.zh-CN.md"])
def test_the_guide_lists_every_kind(root: Path, page: str) -> None:
    text = (root / "docs" / "guide" / page).read_text(encoding="utf-8")
    assert [code for code in KINDS if f"`{code}`" not in text] == []
    assert set(re.findall(r"^\| `([a-z-]+)` \|", text, re.MULTILINE)) >= set(KINDS)


@pytest.mark.parametrize("fields", [TARGETS, KEY_LISTS, OFFICERS, ITEMS, PLANS, TASKS])
def test_every_field_has_a_chinese_word(fields: Fields) -> None:
    assert set(fields.heads) <= set(FIELD_WORDS)


@pytest.mark.parametrize("page", ["intake.md", "intake.zh-CN.md"])
def test_the_guide_lists_every_head(root: Path, page: str) -> None:
    text = (root / "docs" / "guide" / page).read_text(encoding="utf-8")
    kinds = (TARGETS, KEY_LISTS, OFFICERS, ITEMS, PLANS, TASKS)
    heads = [head for kind in kinds for field, some in kind.heads.items() if field[:6] != "month-" for head in some]
    assert [head for head in heads if not head.isascii() and head not in text] == []


def test_the_guides_example(root: Path) -> None:
    rows = [["甲实业有限公司", CODES[0].lower(), "某区市场监管局", "平湖街道"]]
    rows += [["乙实业有限公司", "9.14403E+17", "某区市场监管局", "某所"]]
    reading = read_targets(make_xlsx([HEADER, *rows]), vocabulary=VOCABULARY, sub_roster="hazchem")
    (error,) = [finding for finding in reading.findings if finding.severity == "error"]
    assert f"`{format_finding(error, 'en')}`" in (root / "docs/guide/intake.md").read_text(encoding="utf-8")
    assert f"`{format_finding(error, 'zh')}`" in (root / "docs/guide/intake.zh-CN.md").read_text(encoding="utf-8")
    assert all("".join(f"| {cell} " for cell in row) in (root / "docs/guide/intake.md").read_text() for row in rows)


def test_warnings_of_one_kind_are_gathered_where_there_are_many_and_errors_never() -> None:
    def tell(code: str, number: int) -> list[str]:
        return format_findings([Finding(code, "s", row, 2, "code", "x") for row in range(2, 2 + number)], "en")

    assert [len(tell("code-form", number)) for number in (3, 4, 45)] == [3, 1, 1]
    assert "(45 of this kind: also s B3 (code), s B4 (code), s B5 (code), …)" in tell("code-form", 45)[0]
    assert len(tell("code-masked", 45)) == 45


def test_many_notes_of_one_kind_are_one_line() -> None:
    rows = [
        HEADER,
        *([f" 公司{n}", f"4403070000{n:05d}", "", ""] for n in range(3000)),
        ["甲", "*", "", ""],
        [" 乙", CODES[0]],
    ]
    reading = read_targets(make_csv(rows), vocabulary=VOCABULARY, sub_roster="hazchem")
    assert reading.counts["notes"] == 3001
    lines = format_findings(reading.findings, "zh")
    assert len(lines) == 5
    assert lines[0].startswith("错误")
    assert "3001" in lines[-1]
    assert "3001 of this kind" in format_findings(reading.findings, "en")[-1]


def test_what_could_not_be_read_is_a_malformed_file() -> None:
    refusal = Unread("file-empty")
    assert isinstance(refusal, Malformed)
    assert str(refusal) == f"{KINDS['file-empty'].zh} / {KINDS['file-empty'].en}"


@given(st.integers(1, 20000))
def test_columns_letters_and_numbers(column: int) -> None:
    assert derive_column_number(derive_column_letters(column)) == column
