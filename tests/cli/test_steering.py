"""Statistics at the command line, of the simulated small year: counted from the public log, in both languages."""

import shutil
from pathlib import Path

import pytest
from year.district import SIZES
from year.life import Year

from cli.run import run


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bare copy of the log of a small year."""
    year = Year(tmp_path_factory.mktemp("steering") / "data", SIZES["small"], tell=lambda _: None)
    year.live()
    copy = tmp_path_factory.mktemp("copy") / "log"
    shutil.copytree(year.installation.folder / "log", copy)
    return copy


def test_t34_statistics_are_counted_from_the_public_log_alone(log: Path) -> None:
    facts = run("statistics", "--year", "2027", "--dir", log, "--json").json()
    assert facts["cases"] > 30
    assert sum(facts["load"]["cases"].values()) == 2 * facts["cases"]
    assert sum(facts["tickets"]["deciles"]) > 500
    assert 0.0001 < float(facts["tickets"]["chance"]) <= 1
    assert facts["excluded"]["suspended"] > 0
    assert facts["never_drawn_in_3_years"] is None, "there is no roster of three years"
    assert facts["officer_and_enterprise"][0]["among"] > facts["officer_and_enterprise"][0]["met"]
    assert {row["happened"] for row in facts["shares_withheld"]} == {0}


def test_they_are_told_in_both_languages_and_mark_what_is_too_little(log: Path) -> None:
    english = run("statistics", "--year", "2027", "--dir", log).out
    chinese = run("statistics", "--year", "2027", "--dir", log, locale="zh_CN.UTF-8").out
    assert "tickets by decile" in english
    assert "签号十等分" in chinese
    assert "too few to say" in english, "one recusal out of a few seats says nothing"
    empty = run("statistics", "--year", "2030", "--dir", log).out
    assert "2030: 0 cases from draws" in empty
