"""How draws and cases are shown: units by name, what is amiss in words, in tables as wide as the terminal lets them."""

import sys
from typing import Any

import pytest
from rich.cells import cell_len

from forge import SLOT, world_at
from ledger.cli import steps
from ledger.cli.speech import print_table
from ledger.cli.standing import derive_status, format_status
from ledger.cli.words import STATIONS
from ledger.office.calendar import Calendar
from ledger.office.events.calendar import CalendarPublished
from world import DAY, LINE, World

ORGANISER, SUPERVISOR = "bureau/enforcement", "bureau/legal-publicity"


def test_a_monthly_draw_opened_after_the_months_first_working_days_is_called_late() -> None:
    world = World().prepare_year()
    assert derive_status(world.draw(world.open()), world.record.calendar)["is_late"] is False
    world = World().prepare_year()
    world.now += 4 * DAY  # Friday 8 January: the fifth weekday was the 7th
    draw = world.draw(world.open())
    facts = derive_status(draw, world.record.calendar)
    assert (facts["opened"], facts["is_late"], facts["is_provisional"]) == ("2027-01-08", True, True)
    assert format_status(draw, world.record.calendar)[-1] == "迟于 2027-01-07 启用（暂定）"
    holiday = CalendarPublished(year=2027, basis="通知", closed=("2027-01-01",), worked=())
    known = Calendar({2026: holiday.model_copy(update={"year": 2026, "closed": ()}), 2027: holiday})
    assert derive_status(draw, known)["is_late"] is False, "the first of January was a holiday, so the fifth is the 8th"


def test_who_leads_a_joint_draw_and_who_takes_part_is_told() -> None:
    world = World()
    world.plan = [{**LINE, "kind": "joint"}]
    world.prepare_year()
    parties: Any = {"lead": "agency/fire-rescue", "participants": ["bureau/enforcement", "agency/housing"]}
    slot = steps.open_draw(world.desk, "bureau", "2027-01", "monthly", "joint", "szse-work-safety-20", None, **parties)
    facts = derive_status(world.draw(slot), world.record.calendar)
    assert (facts["kind"], facts["lead"], facts["is_late"]) == ("joint", "agency/fire-rescue", False)
    note = format_status(world.draw(slot), world.record.calendar)[-1]
    assert note == "区消防救援大队发起，区住房建设局、执法监察科配合"


@pytest.fixture(autouse=True)
def in_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")


def status(world: World) -> tuple[str, ...]:
    return tuple(format_status(world.draw(SLOT), world.record.calendar)[1:])


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
    assert derive_status(draw, Calendar())["station"] == station
    assert format_status(draw, Calendar())[:2] == [SLOT, STATIONS[station][0]]


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
