"""Working days: Mondays to Fridays, less the holidays of the State Council's notice, with the weekends worked instead.

No formula gives them, so each year's notice stands in the log. A year without its notice is counted by weekdays alone,
and whatever was counted so is *provisional*: it says so wherever it is shown, and is counted again once the notice is
there. Deadlines in working days follow the Law on Administrative Penalties (2021), article 85.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from ledger.office.events.calendar import CalendarPublished
from ledger.office.rule import YEAR, Change, Subject, check_same, refuse_unless, rule
from ledger.proof.event import Event

if TYPE_CHECKING:
    from ledger.office.record import Record


class Counted(NamedTuple):
    """A day, or a number of days, that was counted; provisional where a year's notice was not there."""

    value: str
    is_provisional: bool


@dataclass(slots=True)
class Calendar:
    """The notices, by year; the newest of a year counts."""

    notices: dict[int, CalendarPublished] = field(default_factory=dict)
    _added: dict[tuple[str, int], Counted] = field(default_factory=dict, repr=False, compare=False)

    def publish(self, notice: CalendarPublished) -> None:
        """Take a year's notice in, or its correction."""
        self.notices[notice.year] = notice
        self._added.clear()

    def is_known(self, day: str) -> bool:
        """Tell whether the notice of a day's year is there."""
        return int(day[:4]) in self.notices

    def is_working(self, day: str) -> bool:
        """Tell whether a day is a working day; by weekdays alone where the year's notice is not there."""
        notice = self.notices.get(int(day[:4]))
        if date.fromisoformat(day).weekday() < 5:
            return notice is None or day not in notice.closed
        return notice is not None and day in notice.worked

    def add(self, day: str, working_days: int) -> Counted:
        """Return the day that is so many working days after one: the day itself is not counted.

        By hand: the 1st working day after a Friday is the Monday, where neither is a holiday.
        """
        known = self._added.get((day, working_days))  # a thousand cases began on the same few days
        if known is not None:
            return known
        found, left, is_provisional = date.fromisoformat(day), working_days, False
        while left > 0:
            found += timedelta(days=1)
            is_provisional |= not self.is_known(found.isoformat())
            left -= self.is_working(found.isoformat())
        return self._added.setdefault((day, working_days), Counted(found.isoformat(), is_provisional))

    def month_start(self, month: str, working_days: int) -> Counted:
        """Return the day with which a month's first working days end (月初), so many of them. month: yyyy-mm."""
        eve = date.fromisoformat(f"{month}-01") - timedelta(days=1)
        return self.add(eve.isoformat(), working_days)

    def count(self, first: str, last: str) -> tuple[int, bool]:
        """Return how many working days lie from one day to another, both included, and whether that is provisional."""
        days = [date.fromisoformat(first) + timedelta(days=n) for n in range(_span(first, last))]
        texts = [day.isoformat() for day in days]
        return sum(map(self.is_working, texts)), not all(map(self.is_known, texts))


def _span(first: str, last: str) -> int:
    return max(0, (date.fromisoformat(last) - date.fromisoformat(first)).days + 1)


@rule("calendar.published/1", CalendarPublished, f"calendar/{YEAR}")
def publish_calendar(record: "Record", event: Event, body: CalendarPublished, subject: Subject) -> Change:
    """A year's notice, or its correction: the newest counts."""
    check_same("subject", event.subject, f"calendar/{body.year}")
    for day in (*body.closed, *body.worked):
        refuse_unless(day[:4] == subject["year"], event, f"{day} is not of the year {body.year}")
    for day in body.closed:
        refuse_unless(date.fromisoformat(day).weekday() < 5, event, f"{day} is a weekend: it is closed as it is")
    for day in body.worked:
        refuse_unless(date.fromisoformat(day).weekday() >= 5, event, f"{day} is a weekday: it is worked as it is")

    def change() -> None:
        record.calendar.publish(body)

    return change
