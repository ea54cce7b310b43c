"""Working days: the yearly notice is data; what is counted without it says that it is provisional."""

from typing import Any

import pytest

from forge import ENFORCEMENT, SUPERVISOR, append
from ledger.office.calendar import Calendar
from ledger.proof.errors import LedgerError, Malformed, Mismatch, Refused
from world import World

NOTICE = {"year": 2027, "basis": "国办发明电〔2026〕1号", "closed": ["2027-01-01"], "worked": ["2027-01-10"]}


@pytest.fixture
def world() -> World:
    world = World()
    append(world, "calendar.published/1", "calendar/2027", NOTICE, ENFORCEMENT, SUPERVISOR)
    return world


def test_a_holiday_is_closed_and_a_weekend_worked_instead(world: World) -> None:
    calendar = world.record.calendar
    assert [calendar.is_working(day) for day in ("2027-01-01", "2027-01-04", "2027-01-09", "2027-01-10")] == [
        False,
        True,
        False,
        True,
    ]
    assert calendar.add("2027-01-07", 3) == ("2027-01-11", False)
    assert calendar.count("2027-01-01", "2027-01-10") == (6, False)


def test_a_year_without_its_notice_is_provisional(world: World) -> None:
    calendar = world.record.calendar
    assert calendar.add("2027-12-30", 1) == ("2027-12-31", False)
    assert calendar.add("2027-12-30", 2) == ("2028-01-03", True)
    assert calendar.count("2027-12-31", "2028-01-03") == (2, True)
    assert Calendar().add("2027-01-01", 0) == ("2027-01-01", False)


def test_the_newest_notice_of_a_year_counts(world: World) -> None:
    body = {**NOTICE, "closed": []}
    append(world, "calendar.published/1", "calendar/2027", body, ENFORCEMENT, SUPERVISOR)
    assert world.record.calendar.is_working("2027-01-01")


@pytest.mark.parametrize(
    ("change", "error", "why"),
    [
        ({"year": 2028}, Mismatch, "subject"),
        ({"closed": ["2028-01-03"]}, Refused, "2028-01-03 is not of the year 2027"),
        ({"closed": ["2027-01-02"]}, Refused, "2027-01-02 is a weekend"),
        ({"worked": ["2027-01-04"]}, Refused, "2027-01-04 is a weekday"),
        ({"closed": ["2027-01-05", "2027-01-04"]}, Malformed, "ascending"),
        ({"closed": ["2027-02-30"]}, Malformed, "2027-02-30"),
    ],
)
def test_a_notice_that_cannot_be_is_refused(
    world: World, change: dict[str, Any], error: type[LedgerError], why: str
) -> None:
    with pytest.raises(error, match=why):
        append(world, "calendar.published/1", "calendar/2027", {**NOTICE, **change}, ENFORCEMENT, SUPERVISOR)
