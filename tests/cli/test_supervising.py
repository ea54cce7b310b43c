"""Notices, complaints, filings, trainings and suggestions at the command line."""

from pathlib import Path

import pytest

from cli.bureau import Bureau, copy_bureau, days_later, found_bureau
from cli.run import run

MARK, SENDER, ANSWER = "密标举报内容", "密标举报人 13800009999", "密标答复"


@pytest.fixture(scope="module")
def bureau(tmp_path_factory: pytest.TempPathFactory) -> Bureau:
    return found_bureau(tmp_path_factory.mktemp("supervising") / "data")


def write(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(text + "\n", encoding="utf-8")
    return file


def test_a_complaint_is_received_answered_and_nothing_of_it_is_seen(bureau: Bureau, tmp_path: Path) -> None:
    content, sender, answer = (
        write(tmp_path, name, text) for name, text in (("a", MARK), ("b", SENDER), ("c", ANSWER))
    )
    said = bureau.do("complaint", "receive", "unfair-draw", content, "--complainant", sender)
    assert "receipt number 2023/0001" in said
    said += bureau.do("complaint", "accept", "2023/0001")
    (row,) = run("complaint", "list", "--dir", bureau.folder, "--json").json()
    assert (row["state"], row["due"], row["is_provisional"]) == ("accepted", "2023-11-16", True)
    said += bureau.do("complaint", "answer", "2023/0001", "unfounded", answer, "--summary", "经核查可以验证")
    for locale in ("C", "zh_CN.UTF-8"):
        said += run("complaint", "list", "--dir", bureau.folder, locale=locale).out
    said += bureau.refused("complaint", "accept", "2023/0001") + bureau.refused("complaint", "accept", "2023/0009")
    for mark in (MARK, SENDER, ANSWER):
        assert mark not in said
        for file in bureau.folder.rglob("*"):
            assert not file.is_file() or mark.encode() not in file.read_bytes(), file
    opened = bureau.do("openings", "show", "complaint/2023/0001")
    assert MARK in opened
    assert SENDER in opened


def test_a_complaint_with_nothing_in_it_is_refused(bureau: Bureau, tmp_path: Path) -> None:
    blank = write(tmp_path, "blank.txt", "  ")
    assert "there is nothing in it" in bureau.refused("complaint", "receive", "other", blank)


def test_complaints_are_passed_on_or_declined(bureau: Bureau, tmp_path: Path) -> None:
    content = write(tmp_path, "a", MARK)
    for number, words in enumerate((("pass", "discipline"), ("decline", "repeated")), start=2):
        bureau.do("complaint", "receive", "hazard", content, "--of", "bureau/hazchem", "--channel", "web")
        bureau.do("complaint", words[0], f"2023/{number:04d}", words[1])
    rows = run("complaint", "list", "--dir", bureau.folder, "--json").json()
    assert [row["state"] for row in rows[-2:]] == ["passed", "declined"]


def test_a_notice_is_issued_answered_and_settled(bureau: Bureau) -> None:
    bureau.do("notice", "issue", "bureau/hazchem", "other", "请说明", "--about", "items")
    bureau.do("notice", "answer", "notice/2023/0001", "已说明")
    bureau.do("notice", "settle", "notice/2023/0001", "accepted")
    assert "其他" in run("notice", "list", "--dir", bureau.folder, locale="zh_CN.UTF-8").out
    (row,) = run("notice", "list", "--dir", bureau.folder, "--json").json()
    assert (row["to"], row["settled"]) == ("bureau/hazchem", "accepted")
    assert "no such notice" in bureau.refused("notice", "answer", "notice/2023/0009", "x")


def test_an_overseer_from_outside_gives_an_opinion_and_the_unit_answers(bureau: Bureau, tmp_path: Path) -> None:
    bureau, key = copy_bureau(bureau, tmp_path / "data"), tmp_path / "justice.key"
    now = bureau.now
    assert run("keys", "new", "witness/justice", key).status == 0
    by = [word for unit in ("enforcement", "legal-publicity") for word in ("--by", bureau.key(f"bureau/{unit}"))]
    bureau.do("keys", "enrol", key, *by)
    text = "检查前应先扫码"
    said = ("opinion", "give", "bureau/hazchem", "opinion", text, "--by", "witness/justice", "--about", "items")
    assert "has not waited" in bureau.refused(*said, "--key", key)
    for day in (1, 16):
        bureau.witness(days_later(now, day))
    assert "opinion/2023/0001" in bureau.do(*said, "--key", key)
    (due,) = [
        row
        for row in run(
            "due", "--unit", "bureau/hazchem", "--day", bureau.now[:10], "--dir", bureau.folder, "--json"
        ).json()
        if row["kind"] == "opinion-answer"
    ]
    assert due["subject"] == "opinion/2023/0001"
    bureau.do("opinion", "answer", "opinion/2023/0001", "已整改")
    (row,) = run("opinion", "list", "--dir", bureau.folder, "--json").json()
    assert (row["by"], row["to"], row["text"]) == ("witness/justice", "bureau/hazchem", text)
    assert row["answered"] == bureau.now
    told = run("opinion", "list", "--dir", bureau.folder, locale="zh_CN.UTF-8").out
    for word in ("区司法局", "危化品监督管理科", "监督意见", text):
        assert word in told
    assert "no such opinion was given" in bureau.refused("opinion", "answer", "opinion/2023/0009", "x")


def test_streets_that_have_not_filed_are_listed_and_late_ones_marked(bureau: Bureau, tmp_path: Path) -> None:
    bureau.do("filing", "make", "street/pinghu", write(tmp_path, "plan.txt", "方案"), "--title", "实施方案")
    bureau.do("filing", "acknowledge", "street/pinghu")
    rows = run("filing", "list", "--year", "2023", "--dir", bureau.folder, "--json").json()
    assert len(rows) == 11
    filed = next(row for row in rows if row["street"] == "street/pinghu")
    assert (filed["filed"], filed["is_late"], filed["acknowledged"]) == ("2023-08-24", True, True)
    assert [row for row in rows if row["filed"] is None]
    assert "street/buji\t—" in run("filing", "list", "--year", "2023", "--dir", bureau.folder).out
    assert "nothing was filed" in bureau.refused("filing", "acknowledge", "street/buji")


def test_trainings_and_suggestions_are_recorded_and_listed(bureau: Bureau) -> None:
    officers = bureau.record.officers.approved[2023, "bureau"]
    bureau.do("training", "record", "bureau", "双随机业务培训", "--officer", next(iter(officers)), "--hours", "2")
    assert "双随机业务培训" in run("training", "list", "--dir", bureau.folder).out
    bureau.do("suggestion", "make", "street/pinghu", "增加夜间检查")
    bureau.do("suggestion", "answer", "suggestion/2023/0001", "已采纳")
    (row,) = run("suggestion", "list", "--dir", bureau.folder, "--json").json()
    assert (row["unit"], bool(row["answered"])) == ("street/pinghu", True)
    assert "suggestion" in run("suggestion", "list", "--dir", bureau.folder).out
