"""Help pages and usage errors: whole in both languages, and no wider than the terminal."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from rich.cells import cell_len

from cli.run import run
from ledger.cli import app
from ledger.cli.speech import plural, print_table, show, wrap
from ledger.cli.usage import WIDTH_LIMIT
from misuse import MISUSES, UNREADABLE

PROGRAM = """
import json, typer
from ledger.cli import app
def walk(command, parent, name):
    context = command.context_class(command, parent=parent, info_name=name)
    yield context.command_path, context.get_help()
    for name, inner in getattr(command, "commands", {}).items():
        yield from walk(inner, context, name)
print(json.dumps(dict(walk(typer.main.get_command(app), None, "double-random"))))
"""
"""What a reader sees of every command; a program of its own, for the help is made as the modules are loaded."""

TYPERS_OWN = re.compile(r"Usage|Options|Arguments|Commands|OPTIONS|COMMAND|ARGS|required|default:|env var|Show this")
MANY = 40


def read_pages(locale: str, columns: int) -> dict[str, list[str]]:
    env = {**os.environ, "LC_ALL": locale, "COLUMNS": str(columns)}
    ran = subprocess.run([sys.executable, "-c", PROGRAM], env=env, capture_output=True, text=True, check=True)
    return {command: page.split("\n") for command, page in json.loads(ran.stdout).items()}


@pytest.fixture(scope="module")
def chinese() -> dict[str, list[str]]:
    return read_pages("zh_CN.UTF-8", 80)


@pytest.fixture(scope="module")
def english() -> dict[str, list[str]]:
    return read_pages("C.UTF-8", 80)


def test_no_chinese_page_has_a_word_of_typers_own(chinese: dict[str, list[str]]) -> None:
    assert len(chinese) > MANY
    found = [line for page in chinese.values() for line in page if TYPERS_OWN.search(line)]
    assert found == []


def test_every_chinese_line_that_says_something_says_it_in_chinese(chinese: dict[str, list[str]]) -> None:
    for command, page in chinese.items():
        assert page[0].startswith(f"用法：{command} [选项]")
        rows = [line for line in page if re.match(r"  [^\s\u4e00-\u9fff].*?  ", line)]
        assert [line for line in rows if not re.search(r"[\u4e00-\u9fff]", line)] == []
        assert any(re.fullmatch(r"  --help +显示本说明", line) for line in page)


def test_english_pages_keep_typers_words(english: dict[str, list[str]]) -> None:
    assert len(english) > MANY
    page = english["double-random draw freeze"]
    assert page[0] == "Usage: double-random draw freeze [OPTIONS] SLOT"
    assert {"Arguments:", "Options:"} <= set(page)
    assert any(re.fullmatch(r"  --help +Show this message and exit\.", line) for line in page)
    assert any(line.endswith("T, the time of the draw (UTC)  [required]") for line in page)
    assert english["double-random"][0] == "Usage: double-random [OPTIONS] COMMAND [ARGS]..."
    found = {line for page in english.values() for line in page if re.search(r"[\u4e00-\u9fff]", line)}
    assert found == {"  Draws that anyone can check (双随机、一公开). Begin with `double-random demo`."}


@pytest.mark.parametrize("locale", ["zh_CN.UTF-8", "C.UTF-8"])
@pytest.mark.parametrize("columns", [60, 80, 120])
def test_no_line_is_wider_than_the_terminal(locale: str, columns: int) -> None:
    widths = {line: cell_len(line) for page in read_pages(locale, columns).values() for line in page}
    usages = {line for line in widths if line.startswith(("用法：", "Usage: "))}
    limit = min(columns, WIDTH_LIMIT)
    assert max(widths[line] for line in widths.keys() - usages) <= limit
    assert max(widths[line] for line in usages) <= WIDTH_LIMIT


def test_ids_are_shown_with_their_meaning_and_never_broken(
    chinese: dict[str, list[str]], english: dict[str, list[str]]
) -> None:
    def told(page: list[str]) -> str:
        return re.sub(r"\n +", " ", "\n".join(page))

    assert "party-request-granted（当事人申请回避获" in told(chinese["double-random case recuse"])
    recuse = told(english["double-random case recuse"])
    assert "party-request-granted (the enterprise asked for it, and it was granted)" in recuse
    assert "too-few-shares" not in told(english["double-random draw void"]), "no command may name it"
    assert "hazchem（危险化学" in told(chinese["double-random import targets"])


@pytest.mark.parametrize("template", MISUSES)
def test_a_command_line_that_cannot_be_taken_is_told_in_the_readers_language(template: str) -> None:
    _check_misuse(template, MISUSES[template])


def test_an_option_that_goes_before_the_command_is_told_so() -> None:
    for option in ("--service", "--draft"):
        words = ("suggestion", "make", "bureau/hazchem", "x", option, "y")
        english, chinese = run(*words), run(*words, locale="zh_CN.UTF-8")
        assert (english.status, chinese.status) == (2, 2)
        assert f"No such option: {option}" in english.err
        assert english.err.endswith(f"{option} goes before the command\n")
        assert chinese.err.endswith(f"{option} 写在命令之前\n")
    assert "before the command" not in run("suggestion", "list", "--nothing").err


@pytest.mark.parametrize("template", UNREADABLE)
def test_a_file_that_may_not_be_read_is_told_in_the_readers_language(
    template: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("there").touch()
    monkeypatch.setattr(os, "access", lambda *_: False)
    _check_misuse(template, UNREADABLE[template])


def _check_misuse(template: str, words: tuple[str, ...]) -> None:
    english, chinese = run(*words), run(*words, locale="zh_CN.UTF-8")
    said = ".+".join(map(re.escape, template.split("{}")))
    assert re.search(rf"^Error: .*{said}$", english.err, re.MULTILINE), english.err
    assert (english.status, chinese.status) == (2, 2)
    told = chinese.err.splitlines()[-1]
    assert told.startswith("用法有误：")
    assert re.findall("[a-z]{2,}", re.sub(r"--?\w+|'[^']*'|xyzzy", "", told)) == []
    if "说明见" in chinese.err:
        assert chinese.err.startswith("用法：")


def test_where_no_command_is_given_the_page_itself_is_shown() -> None:
    ran = run("draw", locale="zh_CN.UTF-8")
    assert ran.status == 2
    assert ran.err.startswith("用法：")
    assert "用法有误" not in ran.err


def test_a_command_that_succeeds_and_one_that_says_no_keep_their_status(tmp_path: Path) -> None:
    assert run("init", "--dir", tmp_path / "data", locale="zh_CN.UTF-8").status == 0
    assert run("verify", tmp_path / "nothing", locale="zh_CN.UTF-8").status == 2
    assert run("replay", "--dir", tmp_path / "data", locale="zh_CN.UTF-8").out.startswith("日志：")


def test_whoever_reads_input_that_ends_too_soon_is_told_so_in_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    program = typer.main.get_command(app)
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")

    def end(_: object) -> None:
        raise EOFError

    monkeypatch.setattr(program, "invoke", end)
    with pytest.raises(SystemExit) as left:
        program.main(["replay"])
    assert left.value.code == 1


@pytest.mark.parametrize("width", [10, 24, 37, 80])
def test_a_paragraph_is_broken_between_words_and_before_no_closing_mark(width: int) -> None:
    text = "冻结（名录、配额）：party-request-granted、某某科“示例”，至少 20 位；keys sign 会签后再 log submit。"
    lines = wrap(text, width, indent=2)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(cell_len(line) <= max(width, len("  party-request-granted、") + 1) for line in lines)
    assert not any(line.strip()[0] in "，。；：、）”" for line in lines)
    assert not any(line.rstrip()[-1] in "（“" for line in lines)
    assert all(line.startswith("  ") for line in lines[1:])
    assert any("party-request-granted" in line for line in lines)


def test_a_sentence_is_broken_at_a_terminal_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = " 5. 启用批次 bureau/2023-09/001 并冻结\nsecond"
    show(text, indent=4)
    assert capsys.readouterr().out == f"{text}\n"
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "32")
    show(text, indent=4)
    assert capsys.readouterr().out == " 5. 启用批次 bureau/2023-09/001\n    并冻结\nsecond\n"


def test_what_others_wrote_cannot_move_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """A store's answer or a log's name may hold anything; ideographic spaces, tabs and line feeds are no harm."""
    hostile = "answered \x1b[2J\x9b31m\r\u202eabc\x07\u3000区安监局\tx\nsecond"
    spelt = "answered \\x1b[2J\\x9b31m\\r\\u202eabc\\x07\u3000区安监局\tx\nsecond\n"
    show(hostile)
    assert capsys.readouterr().out == spelt
    print_table(["name"], [["a\x1b[2J"]])
    assert capsys.readouterr().out == "name\na\\x1b[2J\n"


def test_what_is_counted_is_one_or_several() -> None:
    assert [plural(number, "line of the plan") for number in (0, 1, 2)] == [
        "0 lines of the plan",
        "1 line of the plan",
        "2 lines of the plan",
    ]
    assert (plural(1, "entry"), plural(2, "entry")) == ("1 entry", "2 entries")
