"""`double-random calendar`: the year's working days, from the State Council's notice as an office types it up."""

import csv
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from ledger.cli.drawing import say_done
from ledger.cli.installation import read_text
from ledger.cli.options import DEFAULT_FOLDER, AsJson, At, Folder, Keys, open_installation
from ledger.cli.published import read_record
from ledger.cli.speech import say, say_json, tr
from ledger.intake.dates import parse_date
from ledger.intake.findings import Unread
from ledger.office.events.calendar import CalendarPublished
from ledger.proof.draw import BUREAU
from ledger.proof.errors import Malformed, Refused

app = typer.Typer(no_args_is_help=True, help=tr("工作日历：公布、查看", "the working days of a year"))

CLOSED, WORKED = ("休", "off", "holiday"), ("班", "on", "workday")
"""What a line of the file says of its day."""

HEADS = ("日期", "date", "day")

YearWord = Annotated[int, typer.Argument(metavar="YEAR", help=tr("年度", "the year"))]


def read_calendar(file: Path, year: int, basis: str) -> CalendarPublished:
    """Return what a file of lines `day,休` or `day,班` says. Raises Malformed, naming the line; Refused if it is empty.

    A weekend that is off, and a weekday that is worked, say nothing new and are left out.
    """
    found: dict[str, bool] = {}
    for number, row in enumerate(csv.reader(read_text(file).removeprefix("\ufeff").splitlines()), start=1):
        cells = [cell.strip() for cell in row]
        if any(cells) and not (number == 1 and cells[0] in HEADS):
            day = _read_day(cells[0], year)
            word = cells[1] if len(cells) > 1 else ""
            if day is None or word not in (*CLOSED, *WORKED):
                shown = ",".join(cells)
                raise Malformed(f"{file}, line {number}: found {shown}, expected a day of {year}, a comma, 休 or 班")
            is_worked = word in WORKED
            if found.setdefault(day, is_worked) != is_worked:
                raise Malformed(f"{file}, line {number}: {day} is both 休 and 班")
    if not found:
        raise Refused(f"{file}: there is nothing in it")
    weekends = {day for day in found if date.fromisoformat(day).weekday() >= 5}
    return CalendarPublished(
        year=year,
        basis=basis,
        closed=tuple(sorted(day for day, is_worked in found.items() if not is_worked and day not in weekends)),
        worked=tuple(sorted(day for day, is_worked in found.items() if is_worked and day in weekends)),
    )


def _read_day(text: str, year: int) -> str | None:
    try:
        day, _ = parse_date(text)
    except Unread:
        return None
    return day if day[:4] == str(year) else None


@app.command("publish", help=tr("公布一年的放假调休安排", "publish a year's holidays and worked weekends"))
def publish(
    year: YearWord,
    file: Annotated[
        Path,
        typer.Argument(exists=True, help=tr("CSV：日期,休 或 日期,班，每行一日", "CSV: day,off or day,on")),
    ],
    basis: Annotated[
        str,
        typer.Option(metavar="TEXT", help=tr("国务院办公厅通知的标题和文号", "the State Council's notice")),
    ],
    folder: Folder = DEFAULT_FOLDER,
    keys: Keys = [],
    at: At = None,
) -> None:
    """Publish a year's calendar; the newest counts."""
    body = read_calendar(file, year, basis)
    with open_installation(folder, at).open_desk(keys) as (_, desk):
        office = desk.office(BUREAU)
        index = desk.submit("calendar.published/1", f"calendar/{year}", body, office.organiser, office.supervisor)
    say_done(index, "日历已公布", "calendar published")


@app.command("show", help=tr("一年的日历", "a year's calendar"))
def show_calendar(year: YearWord, folder: Folder = DEFAULT_FOLDER, as_json: AsJson = False) -> None:
    """Show a year's holidays and worked weekends, and how many working days it has."""
    calendar = read_record(folder).calendar
    notice = calendar.notices.get(year)
    days, is_provisional = calendar.count(f"{year}-01-01", f"{year}-12-31")
    if as_json:
        published = notice.model_dump(mode="json") if notice else None
        say_json({"year": year, "working_days": days, "is_provisional": is_provisional, "notice": published})
        return
    if notice is None:
        say(
            f"{year} 年日历尚未公布，暂按周一至周五计 {days} 个工作日",
            f"no calendar of {year} is published: {days} weekdays, provisionally",
        )
        return
    closed, worked = " ".join(notice.closed) or "—", " ".join(notice.worked) or "—"
    say(f"{year} 年 {days} 个工作日；依据：{notice.basis}", f"{year}: {days} working days; by {notice.basis}")
    say(f"休：{closed}", f"off: {closed}")
    say(f"班：{worked}", f"worked: {worked}")
