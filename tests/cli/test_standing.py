"""How draws and cases are shown: units by name, what is amiss in words, in tables as wide as the terminal lets them."""

import sys

import pytest
from rich.cells import cell_len

from forge import SLOT, world_at
from ledger.cli import steps
from ledger.cli.speech import print_table
from ledger.cli.standing import derive_status, format_status
from ledger.cli.words import STATIONS
from world import World

ORGANISER, SUPERVISOR = "bureau/enforcement", "bureau/legal-publicity"


@pytest.fixture(autouse=True)
def in_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")


def status(world: World) -> tuple[str, ...]:
    return tuple(format_status(world.draw(SLOT))[1:])


@pytest.mark.parametrize(
    ("step", "station"),
    [
        ("open", "opened"),
        ("freeze", "frozen"),
        ("close", "closed"),
        ("witness", "witnessed"),
        ("randomness", "randomness"),
        ("execute", "attested"),
    ],
)
def test_a_slots_station_is_told_by_its_name(step: str, station: str) -> None:
    draw = world_at(step).draw(SLOT)
    assert derive_status(draw)["station"] == station
    assert format_status(draw)[:2] == [SLOT, STATIONS[station][0]]


def test_who_committed_and_has_not_revealed_is_named() -> None:
    world = world_at("commit")
    world.reveal(SLOT, ORGANISER)
    assert status(world)[3] == "执法监察科、法制宣传科（已封存，未公开）"


def test_a_missing_share_and_the_reason_of_a_void_are_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    world = world_at("commit")
    world.reveal(SLOT, ORGANISER)
    world.close(SLOT)
    assert status(world)[3:] == ("执法监察科", "缺 法制宣传科、已作废：份额不足两个单位")
    monkeypatch.setenv("LC_ALL", "C")
    note = "missing: Legal-publicity section, void: fewer than two units' shares"
    assert status(world)[3:] == ("Enforcement section", note)


def test_dice_are_shown_as_their_units(monkeypatch: pytest.MonkeyPatch) -> None:
    world = world_at("commit")
    steps.roll_dice(world.desk, SLOT, "12345678901234567890", "0" * 64, "bureau/hazchem", SUPERVISOR)
    assert status(world)[3].startswith("骰子（危化品监督管理科）")
    monkeypatch.setenv("LC_ALL", "C")
    assert status(world)[3].startswith("dice of Hazardous-chemicals section")


HEADER, ROWS = ["号", "名称", "人员"], [["1", "平湖某某厂", "甲", "乙"], ["2", "坂田厂", "丙", "丁戊"]]


def show(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], columns: int | None) -> list[str]:
    if columns is not None:
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        monkeypatch.setenv("COLUMNS", str(columns))
    print_table(HEADER, ROWS)
    return capsys.readouterr().out.splitlines()


def test_a_table_that_is_piped_has_tabs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert show(monkeypatch, capsys, None) == ["\t".join(row) for row in (HEADER, *ROWS)]


def test_a_table_at_a_terminal_has_columns(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    lines = show(monkeypatch, capsys, 40)
    assert lines == ["号  名称        人员", "1   平湖某某厂  甲    乙", "2   坂田厂      丙    丁戊"]
    starts = {cell_len(line[: line.index(word)]) for line, word in zip(lines, ("名", "平", "坂"), strict=True)}
    assert len(starts) == 1


def test_a_table_that_does_not_fit_flows_and_loses_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = show(monkeypatch, capsys, 16)
    assert lines == ["号  名称  人员", "1   平湖某某厂", "    甲  乙", "2   坂田厂  丙", "    丁戊"]
