"""`plan show`, `queue`, and what `import plan` takes beside its sheet."""

from pathlib import Path

import pytest

from cli.bureau import HEADER, PLAN, Bureau, copy_bureau, days_later, found_bureau
from ledger.cli.planning import parse_budget
from ledger.intake import Vocabulary
from ledger.intake.tasks import read_own_tasks
from ledger.proof.errors import Mismatch, Refused

VOCABULARY = Vocabulary(units={"危化品监督管理科": "bureau/hazchem", "培训中心": "bureau/training-centre"})
TASKS = (
    "科室,任务,数量,时间安排\n危化品监督管理科,储罐区重点检查,5,9月、11月\nbureau/training-centre,培训机构检查,2,10月\n"
)


def write(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    file = folder / "tasks.csv"
    file.write_bytes(text.encode(encoding))
    return file


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_own_tasks_are_read_as_an_office_saves_them(tmp_path: Path, encoding: str) -> None:
    first, second = read_own_tasks(write(tmp_path, TASKS, encoding), vocabulary=VOCABULARY, year=2023).rows
    assert (first["id"], first["unit"], first["count"]) == ("task-1", "bureau/hazchem", 5)
    assert first["weights"] == [0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0]
    assert (second["id"], second["unit"], second["title"]) == ("task-2", "bureau/training-centre", "培训机构检查")


def test_all_that_is_wrong_with_tasks_is_told_at_once_by_its_cell(tmp_path: Path) -> None:
    rows = ("科室,任务,数量,时间安排", "某科,检查,5,9月", "培训中心,,若干,适时", "培训中心,检查,0,2024年9月")
    reading = read_own_tasks(write(tmp_path, "\n".join(rows)), vocabulary=VOCABULARY, year=2023)
    assert [(one.code, one.row, one.field) for one in reading.findings] == [
        ("value-unknown", 2, "unit"),
        ("value-missing", 3, "task"),
        ("value-unknown", 3, "count"),
        ("months-unread", 3, "months"),
        ("value-unknown", 4, "count"),
        ("months-year", 4, "months"),
    ]
    assert not reading.rows
    assert reading.findings[0].expected == "危化品监督管理科、培训中心"


def test_a_sheet_without_a_task_or_a_column_is_refused(tmp_path: Path) -> None:
    for text in (TASKS.partition("\n")[0] + "\n", TASKS.replace("数量", "多少")):
        assert not read_own_tasks(write(tmp_path, text), vocabulary=VOCABULARY, year=2023).is_whole


def test_a_budget_that_contradicts_itself_is_refused() -> None:
    """The reckoning of a real plan: 2,469 days of other enforcement in one place, 2,649 in another."""
    budget = parse_budget(22, 247, [2469, 1994], 971)
    assert budget is not None
    assert (budget.officers, budget.working_days, budget.other_days) == (22, 247, 4463)
    with pytest.raises(Mismatch, match="22 × 247 less 2649 - 1994 is 791"):
        parse_budget(22, 247, [2649, 1994], 971)
    with pytest.raises(Refused, match="names how many officers"):
        parse_budget(22, None, [], None)
    assert parse_budget(None, None, [], None) is None


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Bureau:
    return found_bureau(tmp_path_factory.mktemp("founded") / "data")


@pytest.fixture
def bureau(founded: Bureau, tmp_path: Path) -> Bureau:
    """A bureau whose plan has a budget and own tasks, in force."""
    bureau = copy_bureau(founded, tmp_path / "data")
    plan = tmp_path / "plan.csv"
    plan.write_text("\n".join((HEADER, *PLAN)) + "\n", encoding="utf-8")
    budget = ("--officers", "22", "--working-days", "247", "--other-days", "2469", "--other-days", "1994")
    bureau.do("import", "plan", plan, *budget, "--plan-days", "971", "--own-tasks", write(tmp_path, TASKS))
    again = bureau.run("import", "plan", plan, *budget, "--own-tasks", write(tmp_path, TASKS), "--json").json()
    assert again["unchanged"]
    bureau.witness(bureau.now)
    bureau.witness(days_later(bureau.now, 30))
    return bureau


def test_a_plan_is_shown_with_its_days_and_its_progress(bureau: Bureau) -> None:
    facts = bureau.run("plan", "show", "2023", "--json").json()
    assert facts["budget"]["plan_days"] == 971
    assert facts["is_provisional"]
    assert sum(facts["working_days"]) == 260  # weekdays of 2023
    assert [line["id"] for line in facts["lines"]] == ["2023-all", "2023-monthly"]
    bureau.open("2023-all", "special-campaign")
    told = bureau.do("plan", "show", "2023")
    assert "22 officers × 247 days - 4463 for other work = 971" in told
    assert "(provisional)" in told
    widths = [line.count("\t") for line in told.splitlines() if line.startswith(("line\t", "2023-"))]
    assert len(set(widths)) == 1
    assert widths[0] == 5 - 1 + 12
    chinese = bureau.run("plan", "show", "2023", locale="zh_CN.UTF-8").out
    assert "22 人 × 247 天 - 其他 4463 = 971" in chinese
    assert "储罐区重点检查" in chinese
    assert "no plan of bureau is approved for 2031" in bureau.refused("plan", "show", "2031")


def test_a_task_that_cannot_be_read_keeps_the_plan_out(bureau: Bureau, tmp_path: Path) -> None:
    before, plan = bureau.size, tmp_path / "plan.csv"
    plan.write_text("\n".join((HEADER, *PLAN)) + "\n", encoding="utf-8")
    tasks = write(tmp_path, TASKS.replace("危化品监督管理科", "危化科"))
    ran = bureau.run("import", "plan", plan, "--own-tasks", tasks, locale="zh_CN.UTF-8")
    assert (ran.status, bureau.size) == (1, before)
    assert "tasks.csv: 错误 A2 (部门/单位)：无法识别“危化科”" in ran.out


def test_a_unit_sees_its_own_tasks_and_those_it_received(bureau: Bureau) -> None:
    queues = bureau.run("queue", "--unit", "bureau/hazchem", "--json").json()
    assert [(task["title"], task["count"], task["by_now"]) for task in queues["own"]] == [("储罐区重点检查", 5, 3)]
    assert queues["received"] == []
    told = bureau.do("queue", "--unit", "bureau/training-centre")
    assert "培训机构检查" in told
    assert "unknown unit bureau/of-nobody" in bureau.refused("queue", "--unit", "bureau/of-nobody")
