"""Bad input: each ends in a clear message, and the log is as it was."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from openpyxl import Workbook

from cli.run import run

HEADER = ["企业名称", "统一社会信用代码", "街道"]
GOOD = ["深圳市测试一号有限公司", "91440300MA5TEST0XX", "平湖街道"]


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an installation with nothing in it but its founding."""
    folder = tmp_path_factory.mktemp("bad") / "data"
    assert run("init", "--dir", folder).status == 0
    return folder


def workbook(file: Path, rows: list[list[object]]) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    book.save(file)
    return file


def make_bad(kind: str, folder: Path) -> Path:
    """Write a file that is bad in one way."""
    file = folder / f"{kind}.xlsx"
    match kind:
        case "truncated":
            whole = workbook(folder / "whole.xlsx", [list(HEADER), list(GOOD)]).read_bytes()
            file.write_bytes(whole[: len(whole) // 2])
        case "binary":
            file.write_bytes(bytes(range(256)) * 40)
        case "empty":
            file.write_bytes(b"")
        case "no-rows":
            workbook(file, [list(HEADER)])
        case "wrong-header":
            workbook(file, [["甲", "乙", "丙"], ["1", "2", "3"]])
        case "repeated":
            workbook(file, [list(HEADER), list(GOOD), list(GOOD)])
        case "no-code":
            workbook(file, [list(HEADER), ["深圳市测试二号有限公司", "", "平湖街道"]])
        case "formula":
            workbook(file, [list(HEADER), ["=A1&B1", '=CONCATENATE("9144","0300")', "平湖街道"]])
    return file


@pytest.mark.parametrize(
    "kind", ["truncated", "binary", "empty", "no-rows", "wrong-header", "repeated", "no-code", "formula"]
)
def test_a_bad_roster_changes_nothing(kind: str, founded: Path, tmp_path: Path) -> None:
    before = (founded / "log" / "checkpoint").read_bytes()
    ran = run("import", "targets", make_bad(kind, tmp_path), "--dir", founded)
    assert ran.status == 1
    assert "Nothing was imported" in ran.err
    assert len(ran.out) > 20, "a reason is given"
    assert (founded / "log" / "checkpoint").read_bytes() == before


def test_a_plan_of_free_text_ratios_changes_nothing(founded: Path, tmp_path: Path) -> None:
    file = tmp_path / "plan.csv"
    file.write_text(
        "抽查任务名称,专项库,抽查比例,抽查检查起止时间\n工贸抽查,工矿商贸,根据实际情况确定,1月—12月\n", encoding="utf-8"
    )
    before = (founded / "log" / "checkpoint").read_bytes()
    ran = run("import", "plan", file, "--dir", founded)
    assert ran.status == 1
    assert "根据实际情况确定" in ran.out
    assert (founded / "log" / "checkpoint").read_bytes() == before


def test_valid_rows_go_in_when_asked_and_the_rest_can_be_mended(founded: Path, tmp_path: Path) -> None:
    file = workbook(tmp_path / "mixed.xlsx", [list(HEADER), list(GOOD), ["深圳市测试三号有限公司", "", "布吉街道"]])
    refused = tmp_path / "refused.xlsx"
    assert run("import", "targets", file, "--dir", founded).status == 1
    words = ("--dir", founded, "--accept-valid", "--refused", refused, "--json")
    report = run("import", "targets", file, *words).json()
    assert report["imported"] is True
    assert (report["taken"], report["refused"]) == (1, 1)
    again = run("import", "targets", refused, "--dir", founded, "--dry-run", "--json").json()
    assert again["read"] == 1
    ran = run("import", "targets", file, *words[:-1])
    assert ran.status == 2, "a file of refused rows is never written over"


def test_a_mended_part_is_added_and_never_shortens_the_roster_silently(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    assert run("init", "--dir", folder).status == 0
    first = workbook(
        tmp_path / "first.xlsx", [list(HEADER), list(GOOD), ["深圳市测试二号有限公司", "440307000000002", ""]]
    )
    part = workbook(tmp_path / "part.xlsx", [list(HEADER), ["深圳市测试三号有限公司", "440307000000003", ""]])
    assert run("import", "targets", first, "--dir", folder, "--json").json()["count"] == 2
    ran = run("import", "targets", part, "--dir", folder)
    assert ran.status == 2
    assert "2 rows that this one lacks" in ran.err
    assert run("import", "targets", part, "--dir", folder, "--add").status == 0
    assert run("approve", "targets", "--dir", folder).status == 0
    (count,) = run("replay", "--dir", folder, "--json").json()["targets"].values()
    assert count == 3


def test_a_wrong_officer_and_an_early_closing_are_refused_in_words(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    assert run("demo", "--dir", folder).status == 0
    words = ("leave", "--draw-at", "2023-10-20T00:00:00Z", "--dir", folder)
    ran = run("case", "recuse", "bureau/2023-09/001/0002", "nobody", *words)
    assert ran.status == 2
    assert "nobody is not on the case" in ran.err
    ran = run("verify", folder, "--since", Path(__file__))
    assert ran.status == 2, "a file that is no checkpoint accuses nobody"


def test_a_command_in_an_empty_folder_says_how_to_begin(tmp_path: Path) -> None:
    ran = run("draw", "open", "monthly", "--dir", tmp_path)
    assert ran.status == 2
    assert "init" in ran.err


BAD_POLICIES = {
    "not UTF-8": ('{"units": {"x": "龙岗"}}'.encode("gb18030"), "utf-8"),
    "not JSON": (b'{"units": }', "not JSON"),
    "too deep": (b'{"a":' * 200_000, "nested too deeply"),
    "a long number": (b'{"a":' + b"9" * 5000 + b"}", "not JSON"),
    "a list": (b"[]", "expected a JSON object"),
}


@pytest.mark.parametrize(("content", "word"), BAD_POLICIES.values(), ids=BAD_POLICIES)
def test_a_policy_that_cannot_be_read_founds_nothing(content: bytes, word: str, tmp_path: Path) -> None:
    file = tmp_path / "policy.json"
    file.write_bytes(content)
    ran = run("init", "--dir", tmp_path / "data", "--policy", file)
    assert ran.status == 2
    assert word in ran.err
    assert "policy.json" in ran.err
    assert not (tmp_path / "data").exists()


def test_a_policy_without_its_fields_is_refused_by_name(tmp_path: Path) -> None:
    file = tmp_path / "policy.json"
    file.write_text("{}")
    ran = run("init", "--dir", tmp_path / "data", "--policy", file)
    assert ran.status == 2
    assert "policy.json: line 1, units: Field required" in ran.err
    assert not (tmp_path / "data").exists()


def test_a_trust_policy_that_is_no_text_cannot_be_read(founded: Path, tmp_path: Path) -> None:
    file = tmp_path / "trust.txt"
    file.write_bytes("log 龙岗\n".encode("gb18030"))
    ran = run("verify", founded, "--policy", file)
    assert ran.status == 2
    assert "trust.txt" in ran.err


def test_a_trust_policy_without_a_log_needs_the_logs_key(founded: Path, tmp_path: Path) -> None:
    file = tmp_path / "trust.txt"
    file.write_text("quorum none\n")
    assert "trust.txt: it names no log" in run("verify", founded, "--policy", file).err
    vkey = run("log", "vkey", "--dir", founded).out.strip()
    assert run("verify", founded, "--policy", file, "--vkey", vkey).status == 0


def test_a_key_file_that_is_not_there_is_named(founded: Path, tmp_path: Path) -> None:
    key = tmp_path / "none.key"
    program = "from ledger.cli import main; main()"
    words = [sys.executable, "-c", program, "suggestion", "make", "bureau/hazchem", "甲"]
    words += ["--dir", str(founded), "--key", str(key)]
    ran = subprocess.run(words, capture_output=True, text=True, check=False, env=os.environ | {"LC_ALL": "C.UTF-8"})
    assert (ran.returncode, ran.stderr) == (2, f"refused: {key}: No such file or directory\n")


def test_a_name_that_is_not_utf8_is_told_all_the_same(founded: Path, tmp_path: Path) -> None:
    """The names in a policy are octets, and standard output takes only text."""
    lines = run("log", "policy", "--dir", founded).out.encode().splitlines()
    file = tmp_path / "trust.txt"
    file.write_bytes(b"\n".join([*lines[:-2], b"group \xff\xfe any %b" % lines[1].split()[1], b"quorum \xff\xfe", b""]))
    program = "import sys; from ledger.cli import main; sys.argv[0] = 'double-random'; main()"
    words = [sys.executable, "-c", program, "verify", str(founded), "--policy", str(file)]
    ran = subprocess.run(words, capture_output=True, text=True, check=False, env=os.environ | {"LC_ALL": "C.UTF-8"})
    assert (ran.returncode, ran.stderr) == (1, "")
    assert r"the quorum \udcff\udcfe is not met" in ran.stdout


def test_a_checkpoint_that_is_no_text_cannot_be_shown(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "checkpoint").write_bytes(b"\xff\xfe")
    ran = run("log", "checkpoint", "--dir", tmp_path)
    assert ran.status == 2
    assert "checkpoint" in ran.err
