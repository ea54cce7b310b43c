"""Rosters at the command line: key lists, what is wrong before an approval, and what changes by a delta."""

import json
from pathlib import Path
from typing import Any

import pytest

from cli.bureau import REHEARSAL, Bureau, days_later
from cli.run import run
from ledger.cli.rosters import _format_share, _tell_floor
from ledger.views.rosters import Coverage

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
    assert refused.endswith(f"declare them first: major-hazard (1): {ABSENT}")
    assert "declare it: import targets FILE --add" in bureau.run("roster", "check", "2023").out
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


def check(bureau: Bureau, status: int) -> list[dict[str, Any]]:
    """Return what `roster check` finds, by its JSON."""
    ran = bureau.run("roster", "check", "2023", "--json")
    assert ran.status == status
    found: list[dict[str, Any]] = ran.json()
    return found


HEAD = "专项库名称,统一社会信用代码,企业名称,登记状态"


def test_an_overlap_is_shown_with_what_precedence_would_do(bureau: Bureau, tmp_path: Path) -> None:
    assert check(bureau, 0) == []
    assert "Nothing is amiss." in bureau.do("roster", "check", "2023")
    rows = (f"{name},{FIRM},示例晨光化工贸易有限公司,存续" for name in ("存在重大事故隐患", "需取得安全生产许可"))
    for number, row in enumerate(rows):
        bureau.do("import", "targets", write(tmp_path, HEAD, row, name=f"{number}.csv"), "--year", "2023")
    (found,) = check(bureau, 1)
    assert found == {
        "kind": "overlap",
        "id": FIRM,
        "of": ["hazchem", "licensed", "major-hazard"],
        "day": None,
        "primary": "hazchem",
        "is_blocking": True,
    }
    told = bureau.run("roster", "check", "2023")
    assert "(primary: Hazardous chemicals; tags: licensed, major-hazard)" in told.out
    assert (
        "（应以危险化学品为主，标签 licensed、major-hazard）"
        in bureau.run("roster", "check", "2023", locale="zh_CN.UTF-8").out
    )
    assert f"{FIRM} stands in two sub-rosters" in bureau.refused("approve", "targets", "--year", "2023")


def test_what_lacks_or_expires_is_listed(bureau: Bureau, tmp_path: Path) -> None:
    head = "统一社会信用代码,列入日期"
    key_list(bureau, write(tmp_path, head, f"{ABSENT},2022-05-01", f"{FIRM},2022-05-01", name="list.csv"))
    heads = f"{HEAD},许可证名称,有效期至,列入名单,列入日期,名单有效期至"
    rows = (
        f"危险化学品,{FIRM},示例晨光化工贸易有限公司,存续,甲证,2022-12-31,实施安全生产许可,2020-01-01,2022-12-31",
        f"危险化学品,{OTHER},示例远山涂料有限公司,存续,甲证,2023-01-01,实施安全生产许可,2020-01-01,2023-01-01",
    )
    bureau.do("import", "targets", write(tmp_path, heads, *rows), "--year", "2023", "--add")
    bureau.do("import", "officers", REHEARSAL / "officers.csv", "--year", "2023")
    officers = write(
        tmp_path,
        "编号,姓名,部门,执法证号,有效期至,在编,在岗,纳入名录库",
        "officer-01,示例甲,执法监察科,演示0001,2023-12-31,是,是,是",
    )
    bureau.do("import", "officers", officers, "--year", "2023", "--add")
    assert [(one["kind"], one["id"], one["of"], one["day"]) for one in check(bureau, 1)] == [
        ("key-missing", ABSENT, ["major-hazard"], None),
        ("licence-expired", FIRM, ["甲证"], "2022-12-31"),
        ("list-ended", FIRM, ["licence"], "2022-12-31"),
        ("certificate-expires", "officer-01", ["bureau/enforcement"], "2023-12-31"),
    ]
    told = bureau.run("roster", "check", "2023").out
    assert "officer-01\t示例甲\tEnforcement section\t2023-12-31" in told
    bare = run("roster", "check", "2023", "--dir", bureau.folder / "log", "--at", bureau.now).out
    assert "officer-01\t—\tEnforcement section\t2023-12-31" in bare, "a name that is sealed is not in the log"


def test_who_lacks_a_qualification_that_a_sub_roster_asks_for_is_listed(bureau: Bureau, tmp_path: Path) -> None:
    policy = bureau.run("change", "policy", "show").json()
    policy["sub_rosters"]["hazchem"]["qualification"] = "ammonia"
    file = write(tmp_path, json.dumps(policy), name="policy.json")
    head = "编号,姓名,部门,执法证号,有效期至,在编,在岗,纳入名录库,资质"
    rows = [
        f"o-{n},示例{n},{unit},演示{n},2030-12-31,是,{in_post},是,{qualification}"
        for n, (unit, in_post, qualification) in enumerate(
            [
                ("危化品监督管理科", "是", "涉液氨"),
                ("执法监察科", "是", ""),
                ("执法监察科", "否", ""),
                ("平湖街道", "是", ""),
            ]
        )
    ]
    bureau.do("import", "officers", write(tmp_path, head, *rows), "--year", "2023")
    assert check(bureau, 0) == [], "the shipped policy asks for none"
    bureau.do("change", "policy", "adopt", file)
    bureau.witness(bureau.now)
    bureau.witness(days_later(bureau.now, 30))
    (found,) = check(bureau, 0)
    assert (found["kind"], found["id"], found["of"]) == ("qualification-lacking", "o-1", ["ammonia"])
    assert "o-1\t示例1\tLiquid ammonia" in bureau.do("roster", "check", "2023")


def test_coverage_of_the_bureau_and_of_each_street_beside_it(bureau: Bureau, tmp_path: Path) -> None:
    head = "编号,姓名,部门,执法证号,有效期至,在编,在岗,纳入名录库"
    rows = [
        f"o-{unit}-{n},示例{n},{name},演示{unit}{n},2030-12-31,是,是,{'是' if n < enrolled else '否'}"
        for unit, name, certified, enrolled in (("a", "执法监察科", 7, 5), ("b", "平湖街道", 3, 1))
        for n in range(certified)
    ]
    bureau.do("import", "officers", write(tmp_path, head, *rows), "--year", "2023")
    bureau.do("approve", "officers", "--year", "2023", "--roster", "street/pinghu")
    counted = bureau.run("roster", "coverage", "2023", "--json").json()
    assert counted[0] == {"roster": "bureau", "state": "declared", "enrolled": 5, "certified": 7, "is_enough": False}
    pinghu = {"roster": "street/pinghu", "state": "approved", "enrolled": 1, "certified": 3, "is_enough": False}
    assert pinghu in counted
    assert len(counted) == 12
    told = bureau.do("roster", "coverage", "2023")
    assert "the bureau\tdeclared\t5/7\t71.42%\tmissed" in told
    assert "approved\t1/3\t33.33%\tnot asked" in told
    assert "not declared\t0/0\t—\tnot asked" in told


@pytest.mark.parametrize(
    ("enrolled", "certified", "share", "floor"),
    [(8000, 10_000, "80.00%", "reached"), (7999, 10_000, "79.99%", "missed"), (79_999, 100_000, "79.99%", "missed")],
)
def test_a_share_is_never_rounded_up_to_the_floor(enrolled: int, certified: int, share: str, floor: str) -> None:
    counted = Coverage("bureau", "approved", enrolled, certified, 5 * enrolled >= 4 * certified)
    assert (_format_share(counted), _tell_floor(counted)) == (share, floor)
