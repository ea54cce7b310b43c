"""docs/rules.md: every rule of the plan and every open question, each with things that are really there."""

import re
from pathlib import Path

import pytest

from ledger.office.rule import RULES

TEST = re.compile(r"^ *def (test_\w+)", re.MULTILINE)
NONE = "—"


@pytest.fixture(scope="module")
def rows(root: Path) -> dict[str, list[str]]:
    """The tables' rows: R1 or Q1 -> what it asks, events, where, commands, tests."""
    text = (root / "docs/rules.md").read_text(encoding="utf-8")
    return {id: rest.split(" | ") for id, rest in re.findall(r"^\| ([RQ]\d+) \| (.+) \|$", text, re.MULTILINE)}


def named(rows: dict[str, list[str]], column: int) -> set[str]:
    return {name for row in rows.values() for name in re.findall(r"`([^`]+)`", row[column])}


def test_every_rule_and_every_question_stands_there_once_and_in_order(rows: dict[str, list[str]]) -> None:
    assert list(rows) == [*(f"R{number}" for number in range(1, 52)), *(f"Q{number}" for number in range(1, 14))]
    assert {len(row) for row in rows.values()} == {5}


def test_every_row_names_where_it_works_and_a_test_that_shows_it(rows: dict[str, list[str]]) -> None:
    for id, (asked, events, where, commands, tests) in rows.items():
        assert len(asked) > 10, id
        assert re.findall(r"`[^`]+`", where), f"{id} names no module or page"
        assert re.findall(r"`test_\w+`", tests), f"{id} names no test"
        assert all(re.findall(r"`[^`]+`", cell) or cell == NONE for cell in (events, commands)), id


def test_every_event_that_is_named_is_one(rows: dict[str, list[str]]) -> None:
    assert named(rows, 1) - set(RULES) == set()


def test_every_module_or_page_that_is_named_is_there(rows: dict[str, list[str]], root: Path) -> None:
    places = named(rows, 2)
    assert [p for p in places if not any((root / "src/ledger" / f"{p}{end}").exists() for end in (".py", ".json", ""))
            and not (root / p).exists()] == []  # fmt: skip


def test_every_command_that_is_named_is_in_the_guide(rows: dict[str, list[str]], root: Path) -> None:
    guide = (root / "docs/guide/commands.md").read_text(encoding="utf-8")
    known = {" ".join(word for word in heading.split() if not word.isupper() and word[0] != "[")
             for heading in re.findall(r"^### `([^`]+)`", guide, re.MULTILINE)}  # fmt: skip
    assert named(rows, 3) - known == set()


def test_every_test_that_is_named_exists(rows: dict[str, list[str]], root: Path) -> None:
    tests = {name for file in (root / "tests").rglob("*.py") for name in TEST.findall(file.read_text(encoding="utf-8"))}
    assert named(rows, 4) - tests == set()


def test_every_event_of_the_bureaus_work_serves_a_rule(rows: dict[str, list[str]]) -> None:
    proof = re.compile(r"(log|key|list|rows|checkpoint|seed|seeds|dice|randomness|share|encryption)\.")
    assert {type for type in RULES if not proof.match(type)} - named(rows, 1) == set()
