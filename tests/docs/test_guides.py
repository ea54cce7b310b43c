"""The guides: every command in them is run, in the order of the page, and gives what the page says."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.run import run
from ledger.audit.checks import CHECKS
from snippets import Reader, read_blocks, read_headings, read_section

Page = Callable[[str], str]
GUIDE = "docs/guide"


@pytest.mark.parametrize("name", ["official", "citizen"])
def test_the_chinese_guide_is_a_complete_twin(page: Page, name: str) -> None:
    english, chinese = page(f"{GUIDE}/{name}.md"), page(f"{GUIDE}/{name}.zh-CN.md")
    assert read_blocks(english) == read_blocks(chinese)
    assert [level for level, _ in read_headings(english)] == [level for level, _ in read_headings(chinese)]


def test_a_month_runs_as_the_officials_guide_says(page: Page, reader: Reader) -> None:
    printed = reader.follow(page(f"{GUIDE}/official.md"))
    assert "24 rows: 24 can be taken, 0 cannot" in printed[1]
    assert "follows officer-" in "".join(printed)
    assert "Nothing failed." in printed[-1]
    assert re.findall(r"^ *(\d+) not checked", printed[-1], re.MULTILINE) == ["25"]
    replayed = run("replay", "--json").json()
    assert replayed["draws"] == {"bureau/2023-09/001": "executed"}
    assert replayed["published"] == 1
    states = [line.split("\t")[4] for line in run("case", "list", "bureau/2023-09/001").out.splitlines()]
    assert states == ["published", *["assigned"] * (len(states) - 1)]


def test_the_officials_guide_names_every_station_in_order(page: Page) -> None:
    stations = re.findall(r"^\./run draw (\w+)", page(f"{GUIDE}/official.md"), re.MULTILINE)
    order = [
        "open",
        "freeze",
        "commit",
        "reveal",
        "close",
        "witness",
        "randomness",
        "execute",
        "attest",
        "status",
        "assign",
    ]
    assert list(dict.fromkeys(stations)) == order


def test_a_citizen_checks_a_draw_as_the_guide_says(page: Page, reader_after_demo: Reader) -> None:
    _, explained, by_hand, verified, script, kept = reader_after_demo.follow(page(f"{GUIDE}/citizen.md"))
    assert by_hand.startswith("double-random-seed/1\n")
    ticket, largest = (line.split()[0] for line in by_hand.splitlines()[-2:])
    assert f"ticket is {ticket}" in explained
    assert ("it was drawn" in explained) == (ticket <= largest)
    assert re.findall(r"^ *(\d+) not checked", verified, re.MULTILINE) == ["4", "25"]
    assert re.findall(r"^ *(\d+) not checked", kept, re.MULTILINE) == ["25"]
    assert re.findall(r"^ *(\d+) passed", script, re.MULTILINE) == ["14", "17", "18"]


def test_a_changed_bundle_is_seen_by_the_citizen(page: Page, reader_after_demo: Reader) -> None:
    reader_after_demo.follow(read_section(page(f"{GUIDE}/citizen.md"), "What to fetch"))
    data = bytearray(Path("bundle.zip").read_bytes())
    data[len(data) // 2] ^= 1
    Path("bundle.zip").write_bytes(data)
    assert run("verify", "bundle.zip", "--policy", "trust.txt").status == 1


def test_an_auditor_checks_a_log_as_the_guide_says(page: Page, reader_after_demo: Reader) -> None:
    _, whole, since, replayed, _ = reader_after_demo.follow(page(f"{GUIDE}/auditor.md"))
    assert re.findall(r"^ *(\d+) not checked", whole, re.MULTILINE) == ["1", "4", "24", "25"]
    assert re.findall(r"^ *(\d+) not checked", since, re.MULTILINE) == ["1", "24", "25"]
    assert "size: 228" in replayed
    assert '"size": 100' in replayed
    strict = run("verify", "double-random-data", "--policy", "trust.txt", "--since", "kept.txt", "--strict")
    assert strict.status == 0, "the guide says that what is about a bundle's file is not wanted of a folder"


def test_the_auditors_guide_names_the_checks_by_their_numbers(page: Page) -> None:
    section = read_section(page(f"{GUIDE}/auditor.md"), 'What "not checked" means')
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| ") and line[2].isdigit()]
    numbers = {int(number) for row in rows for number in re.findall(r"\d+", row)}
    assert numbers <= {check.number for check in CHECKS}
    unwanted = {check.number for check in CHECKS if not check.is_wanted}
    assert unwanted <= numbers


def test_keys_move_to_their_units_as_the_operators_guide_says(page: Page, reader: Reader) -> None:
    own, draft, waiting, checked = reader.follow(page(f"{GUIDE}/operator.md"))
    assert "key enrolled" in own
    assert own.count("revoked\t") == 1
    assert '"type":"key.revoked/1"' in draft
    assert "recorded as entry" in draft
    assert "key enrolled" in waiting
    assert checked.endswith("Sound: nothing differs.\n")
    states = [line.split("\t")[0] for line in run("keys", "list").out.splitlines()]
    assert states.count("revoked") == 2


def test_the_operators_guide_names_every_folder_of_an_installation(page: Page, demo: Path) -> None:
    section = read_section(page(f"{GUIDE}/operator.md"), "One folder")
    named = set(re.findall(r"`(\w+)/`", section))
    there = {folder.name for folder in (demo / "double-random-data").iterdir()}
    assert there == named
