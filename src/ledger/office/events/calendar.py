"""The event on the working-day calendar."""

from typing import Annotated

from pydantic import AfterValidator

from ledger.office.events.body import Body, Day, Many, Text, Year


def _is_ascending(days: tuple[str, ...]) -> tuple[str, ...]:
    if list(days) != sorted(set(days)):
        raise ValueError("expected each day once, in ascending order")
    return days


Days = Annotated[Many[Day], AfterValidator(_is_ascending)]
"""Days, each once, ascending; may be none."""


class CalendarPublished(Body):
    """calendar.published/1, subject `calendar/<year>`: the State Council's yearly notice on holidays, as data.

    basis   the notice's title and number
    closed  Mondays to Fridays on which nobody works
    worked  Saturdays and Sundays that are worked instead
    """

    year: Year
    basis: Text
    closed: Days
    worked: Days
