"""docs/why.md: all forty attacks, each with its counter and state, and tests that are there."""

import re
from pathlib import Path

import pytest

TEST = re.compile(r"^ *def (test_\w+)", re.MULTILINE)
STATES = {"I", "D", "R", "I, D", "D, partly", "not yet"}
NONE = "—"


@pytest.fixture(scope="module")
def rows(root: Path) -> dict[int, list[str]]:
    """The table of attacks: number -> attack, counter, state, tests."""
    text = (root / "docs/why.md").read_text(encoding="utf-8")
    found = re.findall(r"^\| T(\d+) \| (.+) \|$", text, re.MULTILINE)
    return {int(number): rest.split(" | ") for number, rest in found}


@pytest.fixture(scope="module")
def tests(root: Path) -> set[str]:
    """The name of every test."""
    return {name for file in (root / "tests").rglob("*.py") for name in TEST.findall(file.read_text(encoding="utf-8"))}


def test_every_attack_stands_there_once_and_in_order(rows: dict[int, list[str]]) -> None:
    assert list(rows) == list(range(1, 41))
    assert {len(row) for row in rows.values()} == {4}


def test_every_attack_has_a_counter_and_a_known_state(rows: dict[int, list[str]]) -> None:
    for attack, counter, state, _ in rows.values():
        assert attack
        assert len(counter) > 10
        assert state in STATES


def test_every_test_that_is_named_exists(rows: dict[int, list[str]], tests: set[str]) -> None:
    named = {name for row in rows.values() for name in re.findall(r"`(\w+)`", row[3])}
    assert len(named) > 40
    assert named - tests == set()


def test_tests_that_carry_a_number_are_named_in_the_row_of_that_number(rows: dict[int, list[str]]) -> None:
    for number, row in rows.items():
        assert {int(other) for other in re.findall(r"`test_t(\d\d)_", row[3])} <= {
            number,
            2 if number == 26 else number,
        }


def test_no_row_says_that_there_is_no_test_where_there_is_one(rows: dict[int, list[str]], tests: set[str]) -> None:
    without = {number for number, row in rows.items() if row[3] == NONE}
    numbered = {int(name[6:8]) for name in tests if re.match(r"test_t\d\d_", name)}
    assert without & numbered == set(), "name the test in docs/why.md, and look at the state again"


def test_what_is_not_here_yet_claims_no_test(rows: dict[int, list[str]]) -> None:
    assert all(row[3] == NONE for row in rows.values() if row[2] == "not yet")


def test_the_states_are_those_of_the_design_or_weaker(shared: Path, rows: dict[int, list[str]]) -> None:
    design = (shared / "design/threats.md").read_text(encoding="utf-8")
    aims = dict(re.findall(r"^\| T(\d+) \|.*\| ([IDR](?:, [IDR])?) \|$", design, re.MULTILINE))
    assert len(aims) == 40
    for number, row in rows.items():
        claimed = set(re.findall(r"\b[IDR]\b", row[2])) - {"R"}  # the weakest of them
        assert claimed <= set(aims[str(number)].split(", ")), f"T{number} claims more than the design aims at"
