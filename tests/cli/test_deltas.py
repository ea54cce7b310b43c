"""A sheet of what has changed, reconciled with a year's roster (R28): before its approval and after."""

from pathlib import Path
from typing import Any

import pytest

from cli.bureau import REHEARSAL, Bureau
from cli.run import run
from ledger.cli.changes import change_targets, find_sealed
from ledger.cli.installation import Installation
from ledger.office.rows import Target
from ledger.proof.errors import Refused
from ledger.views.rosters import find_targets

FIRM, OTHER, THIRD = "91440307EXAMPLE01P", "91440307EXAMPLE02T", "91440307EXAMPLE041"
NEW, UNKNOWN, TRADER = "91440307000000001N", "91440307000000002R", "92440307000000001K"
HEAD = "统一社会信用代码,企业名称,专项库名称,所属街道,风险等级,登记状态,主体类别"
SHEET = (
    HEAD,
    f"{FIRM},示例晨光化工贸易有限公司,危险化学品,布吉,,存续,",  # a street
    f"{OTHER},示例远山涂料有限公司,工矿商贸,,红,,",  # a sub-roster, a risk
    f"{THIRD},示例明泰气体有限公司,,,,注销,",  # closed
    f"{NEW},甲实业有限公司,危险化学品,平湖,黄,存续,有限责任公司",
    f"{TRADER},张某某五金店,工矿商贸,平湖,,存续,个体工商户",
    f"{UNKNOWN},乙实业有限公司,工矿商贸,,,吊销,",  # closed, and not here
)


def write(folder: Path, *lines: str, name: str = "delta.csv") -> Path:
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


def approve(bureau: Bureau) -> Bureau:
    bureau.do("approve", "targets", "--year", "2023")
    return bureau


def take(bureau: Bureau, file: Path, *words: str) -> dict[str, Any]:
    """Import a delta; return its report."""
    ran = bureau.run("import", "targets", file, "--delta", "--year", "2023", *words, "--json")
    assert ran.status == 0, ran.err
    report: dict[str, Any] = ran.json()
    return report


def roster(bureau: Bureau) -> dict[str, Target]:
    return find_targets(bureau.record, 2023)


@pytest.mark.parametrize("is_approved", [False, True])
def test_a_delta_is_reconciled_and_the_same_sheet_again_changes_nothing(
    bureau: Bureau, tmp_path: Path, is_approved: bool
) -> None:
    if is_approved:
        approve(bureau)
    before, sheet = roster(bureau), write(tmp_path, *SHEET)
    dry = take(bureau, sheet, "--dry-run")
    assert roster(bureau) == before
    report = take(bureau, sheet)
    assert {**dry, "imported": True, "index": report["index"], "dry_run": False} == report
    assert report["rows"] == 6
    assert report["added"] == [NEW, TRADER]
    assert report["changed"] == {
        FIRM: [{"field": "street", "before": "street/pinghu", "after": "street/buji"}],
        OTHER: [
            {"field": "risk", "before": None, "after": "red"},
            {"field": "sub_roster", "before": "hazchem", "after": "industry-trade"},
        ],
        THIRD: [{"field": "status", "before": "open", "after": "closed"}],
    }
    assert report["changed_by_field"] == {"risk": 1, "status": 1, "street": 1, "sub_roster": 1}
    assert (report["unchanged"], report["missing_here"]) == (0, [UNKNOWN])
    assert report["not_in_file"] == sorted(before.keys() - {FIRM, OTHER, THIRD})
    after = roster(bureau)
    assert after.keys() == before.keys() | {NEW, TRADER}
    assert [after[code] for code in report["not_in_file"]] == [before[code] for code in report["not_in_file"]]
    assert after[OTHER].street == "street/buji", "a blank cell changes nothing"
    size = bureau.size
    again = take(bureau, sheet)
    assert (again["imported"], again["added"], again["changed"], again["unchanged"]) == (False, [], {}, 5)
    assert bureau.size == size
    assert "nothing was recorded" in bureau.do("import", "targets", sheet, "--delta", "--year", "2023")


def test_a_delta_before_the_approval_declares_anew_what_it_touches(bureau: Bureau, tmp_path: Path) -> None:
    declared = dict(bureau.record.targets.declared)
    take(bureau, write(tmp_path, *SHEET))
    record = bureau.record
    assert record.targets.approved == {}
    assert {name for (_, name), ref in record.targets.declared.items() if declared.get((2023, name)) != ref} == {
        "hazchem",
        "industry-trade",
    }
    assert find_sealed(record, 2023) == {TRADER}
    approve(bureau)
    assert bureau.record.targets.roster(2023)[TRADER].newest.name is None
    assert b"\xe5\xbc\xa0\xe6\x9f\x90\xe6\x9f\x90" not in b"".join(
        file.read_bytes() for file in (bureau.folder / "log").rglob("*") if file.is_file()
    )


def test_a_delta_after_the_approval_is_one_batch_of_changes(bureau: Bureau, tmp_path: Path) -> None:
    size = approve(bureau).size
    told = bureau.do("import", "targets", write(tmp_path, *SHEET), "--delta", "--year", "2023", "--reason", "月度更新")
    assert "6 rows: 2 added, 3 changed, 0 unchanged, 1 closed ones that are not here" in told
    assert f"changed\t{FIRM}\tstreet: street/pinghu -> street/buji" in told
    assert "14 witnessed days" in told
    record = bureau.record
    assert bureau.size == size + 5
    assert [index for index, _ in record.targets.roster(2023)[FIRM].versions][1:] == [size + 1]
    assert record.heads["targets/2023/changes"] == size + 4
    assert run("verify", bureau.folder / "log").status == 0


def test_what_is_refused_in_one_row_leaves_all_of_them_out(bureau: Bureau, tmp_path: Path) -> None:
    sheet = write(tmp_path, HEAD, f"{FIRM},示例晨光化工贸易有限公司,,布吉,,,", f"{NEW},甲公司,工矿商贸,,,,")
    approve(bureau)
    keys = [word for unit in ("hazchem", "legal-publicity") for word in ("--key", bureau.key(f"bureau/{unit}"))]
    words = ("import", "targets", sheet, "--delta", "--year", "2023", *keys)
    assert "the key of bureau/enforcement is not at hand" in bureau.refused(*words)
    row = roster(bureau)[FIRM]
    rows = [row.model_copy(update={"street": street}) for street in ("street/buji", "street/unknown")]
    size = bureau.size
    with (
        Installation(bureau.folder).open_desk() as (_, desk),
        pytest.raises(Refused, match="street street/unknown is not in the policy"),
    ):
        change_targets(desk, 2023, rows, "核实")
    assert bureau.size == size
    assert roster(bureau)[FIRM] == row


def test_a_name_that_is_sealed_stays_out_by_a_sheet_without_the_kind_too(bureau: Bureau, tmp_path: Path) -> None:
    take(bureau, write(tmp_path, *SHEET))
    approve(bureau)
    report = take(bureau, write(tmp_path, "信用代码,名称,所属街道", f"{TRADER},张某某五金店,布吉", name="more.csv"))
    assert list(report["changed"]) == [TRADER]
    assert roster(bureau)[TRADER].name is None
    assert roster(bureau)[TRADER].street == "street/buji"


def test_the_kind_of_change_may_stand_in_a_column_of_its_own(bureau: Bureau, tmp_path: Path) -> None:
    rows = ("信用代码,名称,变更类型", f"{FIRM},示例晨光化工贸易有限公司,删除", f"{OTHER},示例改名有限公司,变更")
    report = take(bureau, write(tmp_path, *rows))
    assert report["changed_by_field"] == {"name": 1, "status": 1}
    assert roster(bureau)[FIRM].status == "closed"
    bad = write(tmp_path, "信用代码,名称,变更类型", f"{FIRM},示例晨光化工贸易有限公司,其他", name="bad.csv")
    ran = bureau.run("import", "targets", bad, "--delta", "--year", "2023")
    assert ran.status == 1
    assert "“其他” is not known" in ran.out


def test_a_blank_name_stays_and_a_new_enterprise_needs_one(bureau: Bureau, tmp_path: Path) -> None:
    approve(bureau)
    head = "统一社会信用代码,企业名称,登记状态"
    report = take(bureau, write(tmp_path, head, f"{THIRD},,注销"))
    assert [*report["changed"]] == [THIRD]
    assert roster(bureau)[THIRD].name == "示例明泰气体有限公司"
    nameless = write(tmp_path, head, f"{NEW},,存续")
    told = bureau.refused("import", "targets", nameless, "--delta", "--year", "2023")
    assert f"{NEW} is not on the roster yet, and the sheet gives no name for it" in told


def test_one_change_can_be_drafted_and_several_can_not(bureau: Bureau, tmp_path: Path) -> None:
    approve(bureau)
    draft, key = tmp_path / "draft", bureau.key("bureau/hazchem")
    one = write(tmp_path, "信用代码,名称,街道", f"{FIRM},示例晨光化工贸易有限公司,布吉", name="one.csv")
    words = ("import", "targets", one, "--delta", "--year", "2023", "--key", key)
    assert bureau.run(*words, before=("--draft", draft)).status == 0
    assert draft.exists()
    several = ("import", "targets", write(tmp_path, *SHEET), "--delta", "--year", "2023")
    refused = bureau.run(*several, before=("--draft", tmp_path / "other"))
    assert refused.status == 2
    assert "--draft takes one event" in refused.err


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--year", "2024"), "no target roster is declared for 2024: import it whole first"),
        (("--year", "2023", "--add"), "goes neither with --add nor with --replace"),
    ],
)
def test_a_delta_needs_a_roster_and_no_other_mode(
    bureau: Bureau, tmp_path: Path, words: tuple[str, ...], reason: str
) -> None:
    assert reason in bureau.refused("import", "targets", write(tmp_path, *SHEET), "--delta", *words)


def test_an_overlap_is_resolved_first(bureau: Bureau, tmp_path: Path) -> None:
    row = f"{FIRM},示例晨光化工贸易有限公司,需取得安全生产许可,,,存续,"
    bureau.do("import", "targets", write(tmp_path, HEAD, row, name="more.csv"), "--year", "2023")
    refused = bureau.refused("import", "targets", write(tmp_path, *SHEET), "--delta", "--year", "2023")
    assert f"{FIRM} stands in two sub-rosters, hazchem and licensed" in refused


def test_no_trial_is_founded_for_a_delta(tmp_path: Path) -> None:
    sheet = write(tmp_path, *SHEET)
    ran = run("import", "targets", sheet, "--delta", "--dir", tmp_path / "nothing", "--year", "2023")
    assert "no target roster is declared for 2023" in ran.err
    assert not (tmp_path / "nothing").exists()
