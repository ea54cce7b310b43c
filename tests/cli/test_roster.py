"""Rosters at the command line: key lists, what is wrong before an approval, and what changes by a delta."""

from pathlib import Path

import pytest

from cli.bureau import REHEARSAL, Bureau
from cli.run import run

FIRM, OTHER, ABSENT = "91440307EXAMPLE01P", "91440307EXAMPLE02T", "91440307000000001N"


def write(folder: Path, *lines: str, name: str = "sheet.csv") -> Path:
    """Write a sheet."""
    file = folder / name
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


@pytest.fixture
def bureau(tmp_path: Path) -> Bureau:
    """A bureau in December 2022 whose enterprises for 2023 are declared, and not approved."""
    bureau = Bureau(tmp_path / "data", "2022-12-10T01:00:00Z")
    bureau.do("init")
    bureau.do("import", "targets", REHEARSAL / "targets.csv", "--year", "2023")
    return bureau


def key_list(bureau: Bureau, file: Path, name: str = "存在重大事故隐患") -> str:
    return bureau.do("import", "keylist", file, "--list", name, "--year", "2023")


def test_a_key_list_blocks_the_approval_until_the_enterprise_is_declared(bureau: Bureau, tmp_path: Path) -> None:
    head = "统一社会信用代码,企业名称,列入日期,有效期至"
    told = key_list(bureau, write(tmp_path, head, f"{ABSENT},甲实业有限公司,2022年5月1日,长期", f"{FIRM},,20220501,"))
    assert "2 enterprises" in told
    assert bureau.signers() == ["bureau/enforcement", "bureau/legal-publicity"]
    refused = bureau.refused("approve", "targets", "--year", "2023")
    assert refused.endswith(f"major-hazard (1): {ABSENT}")
    chinese = bureau.run("approve", "targets", "--year", "2023", locale="zh_CN.UTF-8")
    assert chinese.status == 2
    row = f"工矿商贸,{ABSENT},甲实业有限公司,存续"
    sheet = write(tmp_path, "专项库名称,统一社会信用代码,企业名称,登记状态", row, name="more.csv")
    bureau.do("import", "targets", sheet, "--year", "2023", "--add")
    bureau.do("approve", "targets", "--year", "2023")


def test_a_key_list_that_stands_so_already_is_not_recorded_again(bureau: Bureau, tmp_path: Path) -> None:
    sheet = write(tmp_path, "信用代码,列入日期", f"{FIRM},2022-05-01")
    key_list(bureau, sheet, "licence")
    before = bureau.size
    assert "nothing was recorded" in key_list(bureau, sheet, "licence")
    assert bureau.size == before


def test_a_term_that_ends_before_it_begins_is_refused_with_its_cell(bureau: Bureau, tmp_path: Path) -> None:
    sheet = write(tmp_path, "信用代码,列入日期,截止日期", f"{FIRM},2022-05-01,2021-05-01", f"{OTHER},2022-13-01,")
    ran = bureau.run("import", "keylist", sheet, "--list", "licence")
    assert ran.status == 1
    assert "C2 (until): the term ends on “2021-05-01”, before it begins on 2022-05-01" in ran.out
    assert "B3 (since)" in ran.out


def test_a_list_that_the_policy_does_not_have_is_refused(bureau: Bureau, tmp_path: Path) -> None:
    sheet = write(tmp_path, "信用代码,列入日期", f"{FIRM},2022-05-01")
    assert "key list: found 'x', expected licence" in bureau.refused("import", "keylist", sheet, "--list", "x")


def test_a_key_list_is_drafted_for_the_second_signature(bureau: Bureau, tmp_path: Path) -> None:
    sheet, draft = write(tmp_path, "信用代码,列入日期", f"{FIRM},2022-05-01"), tmp_path / "draft"
    words = ("import", "keylist", sheet, "--list", "licence", "--key", bureau.key("bureau/hazchem"))
    assert bureau.run(*words, before=("--draft", draft)).status == 0
    signed = run("keys", "sign", draft, "--key", bureau.key("bureau/legal-publicity"), "--dir", bureau.folder)
    assert "a list of key enterprises is declared" in signed.out
    assert run("log", "submit", draft, "--dir", bureau.folder).status == 0
    assert bureau.signers() == ["bureau/hazchem", "bureau/legal-publicity"]
