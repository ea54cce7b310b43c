"""The year's calendar at the command line."""

from pathlib import Path

import pytest

from cli.bureau import Bureau, found_bureau
from cli.run import run

NOTICE = "日期,安排\n2023-10-02,休\n2023年10月3日,休\n2023-10-01,休\n2023-10-07,班\n2023-10-09,班\n"


@pytest.fixture(scope="module")
def bureau(tmp_path_factory: pytest.TempPathFactory) -> Bureau:
    return found_bureau(tmp_path_factory.mktemp("calendars") / "data")


def write(folder: Path, text: str) -> Path:
    file = folder / "calendar.csv"
    file.write_text(text, encoding="utf-8-sig")
    return file


def test_a_calendar_is_published_and_shown(bureau: Bureau, tmp_path: Path) -> None:
    before = run("calendar", "show", "2023", "--dir", bureau.folder).out
    assert "no calendar of 2023 is published: 260 weekdays, provisionally" in before
    bureau.do("calendar", "publish", "2023", write(tmp_path, NOTICE), "--basis", "放假通知")
    assert bureau.signers() == ["bureau/enforcement", "bureau/legal-publicity"]
    facts = run("calendar", "show", "2023", "--dir", bureau.folder, "--json").json()
    assert facts["notice"]["closed"] == ["2023-10-02", "2023-10-03"]
    assert facts["notice"]["worked"] == ["2023-10-07"], "a weekend off and a weekday worked say nothing new"
    assert (facts["working_days"], facts["is_provisional"]) == (259, False)
    assert "休：2023-10-02" in run("calendar", "show", "2023", "--dir", bureau.folder, locale="zh_CN.UTF-8").out


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("2024-01-01,休\n", "line 1: found 2024-01-01,休, expected a day of 2023"),
        ("日期,安排\n2023-01-02,放假\n", "line 2"),
        ("2023-01-02\n", "line 1"),
        ("一月二日,休\n", "line 1"),
        ("2023-01-02,休\n2023-01-02,班\n", "2023-01-02 is both"),
        ("日期,安排\n", "there is nothing in it"),
    ],
)
def test_a_file_that_is_no_calendar_is_refused_with_its_line(
    bureau: Bureau, tmp_path: Path, text: str, word: str
) -> None:
    assert word in bureau.refused("calendar", "publish", "2023", write(tmp_path, text), "--basis", "x")
