"""A stranger's first import: a trial installation is founded in a new or empty folder, said so, and nowhere else."""

from pathlib import Path

import pytest

from cli.bureau import REHEARSAL, found_bureau
from cli.run import run
from ledger.audit.wording import translate
from ledger.cli.installation import Installation

SHEETS = ("targets", "officers", "items")


@pytest.fixture
def sheets(root: Path) -> Path:
    """Return the folder of the rehearsal's sheets."""
    return root / "docs/guide/rehearsal"


@pytest.mark.parametrize("kind", SHEETS)
@pytest.mark.parametrize("is_there", [False, True])
def test_a_sheet_can_be_imported_where_there_is_nothing_yet(
    kind: str, is_there: bool, sheets: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "new"
    if is_there:
        folder.mkdir()
    ran = run("import", kind, sheets / f"{kind}.csv", "--dir", folder)
    assert ran.status == 0, ran.err
    assert ran.err.splitlines()[-1].startswith(f"Note: {folder} had no installation; a trial one was founded there")
    before = (folder / "log" / "checkpoint").read_bytes()
    again = run("import", kind, sheets / f"{kind}.csv", "--dir", folder, "--json")
    assert again.status == 0
    assert (again.json()["founded_trial"], again.json()["unchanged"], again.json()["imported"]) == (None, True, False)
    assert "founded" not in again.err
    told = run("import", kind, sheets / f"{kind}.csv", "--dir", folder).out.splitlines()[-1]
    assert told == "No change: the log has it so already; nothing was recorded."
    assert (folder / "log" / "checkpoint").read_bytes() == before


@pytest.mark.parametrize("kind", SHEETS)
def test_the_founding_is_told_to_programs_and_in_chinese(kind: str, sheets: Path, tmp_path: Path) -> None:
    folder = tmp_path / "new"
    ran = run("import", kind, sheets / f"{kind}.csv", "--dir", folder, "--json", locale="zh_CN.UTF-8")
    report = ran.json()
    assert report["imported"] is True
    assert report["founded_trial"] == str(folder)
    assert ran.err.splitlines()[-1].startswith(f"注意：{folder} 原来没有装置，已按自带的龙岗政策建立试用装置")


@pytest.mark.parametrize("kind", [*SHEETS, "plan"])
def test_a_trial_run_founds_nothing(kind: str, sheets: Path, tmp_path: Path) -> None:
    folder = tmp_path / "new"
    ran = run("import", kind, sheets / f"{kind}.csv", "--dir", folder, "--dry-run", "--json")
    assert ran.status == 0
    assert ran.json()["founded_trial"] is None
    assert not folder.exists()


def test_a_plan_needs_a_roster_first_and_founds_nothing(sheets: Path, tmp_path: Path) -> None:
    folder = tmp_path / "new"
    ran = run("import", "plan", sheets / "plan.csv", "--dir", folder)
    assert ran.status == 2
    assert "no target roster is approved for" in ran.err
    assert not folder.exists()


@pytest.mark.parametrize("kind", [*SHEETS, "plan"])
def test_nothing_is_founded_among_other_things(kind: str, sheets: Path, tmp_path: Path) -> None:
    folder = tmp_path / "wrong"
    folder.mkdir()
    (folder / "letters.txt").write_text("x")
    ran = run("import", kind, sheets / f"{kind}.csv", "--dir", folder, "--accept-valid")
    assert ran.status == 2
    assert "is --dir right?" in ran.err
    assert [file.name for file in folder.iterdir()] == ["letters.txt"]


def test_a_sheet_that_is_refused_in_the_end_does_not_hide_what_was_founded(sheets: Path, tmp_path: Path) -> None:
    folder = tmp_path / "new"
    words = ("--draft", tmp_path / "draft", "import", "targets", sheets / "targets.csv", "--dir", folder)
    ran = run(*words)
    assert ran.status == 2
    assert "a trial one was founded there" in ran.err
    assert (folder / "keys").is_dir()


def test_both_ways_to_follow_a_list_are_refused_before_anything_is_founded(sheets: Path, tmp_path: Path) -> None:
    folder = tmp_path / "new"
    ran = run("import", "officers", sheets / "officers.csv", "--dir", folder, "--add", "--replace")
    assert ran.status == 2
    assert not folder.exists()


def test_officers_pseudonyms_are_made_with_the_key_that_was_founded(tmp_path: Path) -> None:
    folder, sheet = tmp_path / "new", tmp_path / "officers.csv"
    sheet.write_text(
        "姓名,部门,执法证号,有效期至,在编,在岗,纳入名录库\n示例甲,执法监察科,演示0001,2031-12-31,是,是,是\n",
        encoding="utf-8",
    )
    dry = run("import", "officers", sheet, "--dir", folder, "--dry-run", "--json").json()["root"]
    first = run("import", "officers", sheet, "--dir", folder, "--json").json()["root"]
    again = run("import", "officers", sheet, "--dir", folder, "--dry-run", "--json").json()["root"]
    assert first == again
    assert first != dry


def test_rows_and_lines_of_a_plan_are_told_apart(sheets: Path, tmp_path: Path) -> None:
    words = ("import", "plan", sheets / "plan.csv", "--dir", tmp_path / "new", "--dry-run")
    assert run(*words).out.splitlines()[-2] == "2 rows: 2 can be taken and make 1 line of the plan, 0 cannot"
    said = run(*words, locale="zh_CN.UTF-8").out.splitlines()
    assert said[-2] == "共 2 行，可用 2 行（合为 1 项任务），不可用 0 行"
    assert said[-1].startswith("年度计划：1 项任务，根 ")


def test_a_folder_that_is_mistyped_founds_nothing_while_another_is_set(
    sheets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual, other = tmp_path / "usual", tmp_path / "usaul"
    monkeypatch.setenv("DOUBLE_RANDOM_DIR", str(usual))
    words = ("import", "items", sheets / "items.csv")
    assert run(*words).status == 0, "the folder that is set may be founded"
    ran = run(*words, "--dir", other)
    assert (ran.status, other.exists()) == (2, False)
    assert f"{other}: no installation, and DOUBLE_RANDOM_DIR names one, {usual}: is --dir right?" in ran.err
    assert f"{usual} 有装置" in translate(ran.err.strip())
    assert run("init", "--dir", other).status == 0


def test_a_value_behind_a_seal_is_a_change(tmp_path: Path) -> None:
    folder, sheet = tmp_path / "data", tmp_path / "officers.csv"
    columns = "编号,姓名,部门,执法证号,有效期至,在编,在岗,纳入名录库"

    def bring(name: str, *more: str) -> bool:
        row = f"officer-01,{name},执法监察科,演示0001,2099-12-31,是,是,是"
        sheet.write_text(f"{columns}\n{row}\n", encoding="utf-8")
        ran = run("import", "officers", sheet, "--dir", folder, "--json", *more)
        assert ran.status == 0, ran.out
        changed: bool = ran.json()["imported"]
        return changed

    assert [bring("示例甲"), bring("示例甲"), bring("示例乙"), bring("示例乙", "--add")] == [True, False, True, False]


def test_of_a_sheet_only_the_list_that_changed_is_declared(sheets: Path, tmp_path: Path) -> None:
    folder, sheet = tmp_path / "data", tmp_path / "officers.csv"
    text = (sheets / "officers.csv").read_text(encoding="utf-8-sig")
    assert run("import", "officers", sheets / "officers.csv", "--dir", folder, "--year", "2023").status == 0
    head, first, *rest = text.splitlines()
    sheet.write_text("\n".join([head, *rest]) + "\n", encoding="utf-8")
    before = Installation(folder)
    with before.open_book() as book:
        size = book.size
    ran = run("import", "officers", sheet, "--dir", folder, "--year", "2023", "--replace")
    assert ran.status == 0, first
    with before.open_book() as book:
        declared = [entry for entry in book.read(size, book.size) if b"officers.declared/1" in entry]
    assert len(declared) == 1


def test_a_plan_and_items_that_stand_so_are_not_recorded_again(tmp_path: Path) -> None:
    founded = found_bureau(tmp_path / "data")
    size = founded.size
    told = founded.do("import", "plan", founded.folder.parent / "plan.csv")
    assert "No change" in told
    assert founded.size == size
    assert "recorded in the log" in founded.do("import", "items", REHEARSAL / "items.csv", "--edition", "another")
