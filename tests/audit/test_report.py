"""A report: every check has its line, nothing failed can be made good, and the exit status says the worst."""

import json

import pytest

from ledger.audit.checks import BY_ID, CHECKS
from ledger.audit.report import Report
from ledger.proof.errors import Mismatch

WANTED = [check.id for check in CHECKS if check.is_wanted]


def test_the_numbers_are_gap_free_and_the_ids_differ() -> None:
    assert [check.number for check in CHECKS] == list(range(1, 26))
    assert len(BY_ID) == len({check.zh for check in CHECKS}) == len({check.en for check in CHECKS}) == 25


def test_only_two_checks_cannot_be_wanted() -> None:
    assert {check.id for check in CHECKS if not check.is_wanted} == {"since", "outside"}


def test_what_was_never_touched_reads_not_checked() -> None:
    report = Report("nothing")
    assert [finding.status for finding in report.findings] == ["not checked"] * 25
    assert all(finding.reason.zh and finding.reason.en for finding in report.findings)


def test_nothing_makes_a_failure_good() -> None:
    report = Report("x")
    report.failed("seed", "first")
    report.passed("seed")
    report.unchecked("seed", "无", "none")
    report.failed("seed", "second")
    (finding,) = report.with_status("failed")
    assert (finding.check.id, finding.reason.en) == ("seed", "first")


def test_a_failure_stands_over_what_passed_or_was_not_checked() -> None:
    report = Report("x")
    report.passed("seed")
    report.failed("seed", Mismatch("other seed"))
    report.unchecked("witness", "无", "none")
    report.failed("witness", "late")
    assert [finding.check.id for finding in report.with_status("failed")] == ["witness", "seed"]


def test_what_could_not_be_checked_is_not_passed_afterwards() -> None:
    report = Report("x")
    report.unchecked("randomness", "无", "none")
    report.passed("randomness")
    assert report.with_status("passed") == []


@pytest.mark.parametrize(
    ("passed", "failed", "lax", "strict"),
    [
        (WANTED, [], 0, 0),
        (WANTED[1:], [], 0, 3),
        ([], [], 0, 3),
        (WANTED[1:], WANTED[:1], 1, 1),
        ([], WANTED, 1, 1),
        (WANTED, ["since"], 1, 1),
    ],
)
def test_the_exit_status(passed: list[str], failed: list[str], lax: int, strict: int) -> None:
    report = Report("x")
    for check in passed:
        report.passed(check)
    for check in failed:
        report.failed(check, "wrong")
    assert report.exit_status() == lax
    assert report.exit_status(is_strict=True) == strict


def test_the_text_has_a_line_for_each_check_in_either_language() -> None:
    report = Report("x")
    report.passed("seed", "种子为零", "the seed is nought")
    report.failed("selection", "two of them")
    chinese, english = report.format_text("zh").split("\n"), report.format_text("en").split("\n")
    assert len(chinese) == len(english) == 25
    assert chinese[16] == "17 通过  种子可重算 — 种子为零"
    assert english[16] == "17 passed  the seed comes out the same — the seed is nought"
    assert english[17].startswith("18 FAILED  the same enterprises are drawn — two of them")
    assert chinese[0].startswith(" 1 未核验  ")


def test_the_json_says_the_same() -> None:
    report = Report("a path", {"size": 7})
    report.failed("tree", "other root")
    read = json.loads(report.format_json())
    assert (read["subject"], read["size"], read["exit_status"]) == ("a path", 7, 1)
    assert [check["id"] for check in read["checks"]] == [check.id for check in CHECKS]
    assert read["checks"][5]["status"] == "failed"
    assert read["checks"][5]["reason"] == {"zh": "other root", "en": "other root"}
