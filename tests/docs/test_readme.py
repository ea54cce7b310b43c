"""The README: its two commands, its Chinese twin, and everything that it tells a reader to type."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from cli.run import run
from docs.conftest import BUNDLE
from ledger.cli import app
from snippets import Reader, read_blocks, read_headings, read_section

Page = Callable[[str], str]
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")
README, TWIN = "README.md", "README.zh-CN.md"


@pytest.mark.parametrize(
    ("name", "heading", "command"),
    [
        (README, "Run it", "./run demo"),
        (README, "Test it", "./run test"),
        (TWIN, "运行", "./run demo"),
        (TWIN, "测试", "./run test"),
    ],
)
def test_the_section_has_one_block_of_one_command(page: Page, name: str, heading: str, command: str) -> None:
    assert read_blocks(read_section(page(name), heading)) == [("sh", command + "\n")]


def test_the_chinese_readme_is_a_complete_twin(page: Page) -> None:
    english, chinese = page(README), page(TWIN)
    assert read_blocks(english) == read_blocks(chinese)
    assert [level for level, _ in read_headings(english)] == [level for level, _ in read_headings(chinese)]
    assert f"]({TWIN})" in english
    assert f"]({README})" in chinese


def test_every_word_after_run_is_one_that_run_knows(root: Path, page: Page) -> None:
    words = set(re.findall(r"\./run ([a-z]+)", page(README) + page(TWIN)))
    own = set(re.findall(r"^    ([a-z]+)\)$", (root / "run").read_text(), re.MULTILINE))
    assert {"demo", "test", "lint", "bench"} <= own
    assert words - own <= set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


def test_every_link_of_every_page_leads_somewhere(root: Path) -> None:
    pages = [root / README, root / TWIN, root / "CHANGELOG.md", *(root / "docs").rglob("*.md")]
    broken = [
        f"{page.relative_to(root)}: {link}"
        for page in pages
        for link in LINK.findall(page.read_text(encoding="utf-8"))
        if ":" not in link and not (page.parent / link).exists()
    ]
    assert broken == []


def test_the_draw_is_checked_as_the_readme_says(page: Page, reader_after_demo: Reader) -> None:
    verified, by_hand, script, explained = reader_after_demo.follow(read_section(page(README), "Check a draw"))
    assert "FAILED" not in verified
    assert "Nothing failed." in verified
    ticket = by_hand.splitlines()[0].split()[0]
    assert f"ticket is {ticket}" in explained
    largest, drawn = by_hand.splitlines()[1].split()
    assert f"largest of them {largest}" in explained
    assert ("it was drawn" in explained) == (ticket <= largest)
    assert re.findall(r"^ *(\d+) passed", script, re.MULTILINE) == ["14", "17", "18"]
    assert len(re.findall(r"^ *\d+ not checked", script, re.MULTILINE)) == 22
    assert drawn in run("case", "list", "bureau/2023-09/001", "--dir", BUNDLE.parts[0]).out


def test_the_numbers_that_the_readme_gives_of_the_demo_are_its_own(page: Page, reader_after_demo: Reader) -> None:
    text = page(README)
    facts = run("replay", "--dir", BUNDLE.parts[0], "--json").json()
    assert f"{facts['targets']['2023']:,} enterprises" in text
    assert f"{sum(facts['officers'].values())} officers" in text
    assert f"{facts['cases']} enterprises are drawn" in text
