"""Sections' own tasks of a year (本科室年度监督检查任务): a small sheet beside the plan's, one row a task."""

from pathlib import Path
from typing import Any

from ledger.intake.dates import parse_months
from ledger.intake.files import parse_sheets, read_bytes
from ledger.intake.findings import Unread
from ledger.intake.text import normalise_symbols, normalise_text, normalise_whole, normalise_word
from ledger.intake.vocabulary import Vocabulary, Words
from ledger.proof.errors import Malformed

_COLUMNS = {
    "unit": ("科室", "单位", "unit"),
    "title": ("任务", "任务名称", "title"),
    "count": ("数量", "count"),
    "months": ("时间安排", "months"),
}
_ID = ("编号", "id")


def read_own_tasks(file: Path, vocabulary: Vocabulary, year: int) -> list[dict[str, Any]]:
    """Return the own tasks of a sheet: id, unit, title, count, and twelve weights. An id left out is task-<n>.

    Raises Malformed, naming file and row; Unread where it is no table.
    """
    rows = parse_sheets(read_bytes(file))[0].rows
    heads = [normalise_word(cell) for cell in rows[0]] if rows else []
    places = {field: _find(heads, words) for field, words in {**_COLUMNS, "id": _ID}.items()}
    if any(places[field] is None for field in _COLUMNS):
        columns = ", ".join(words[0] for words in _COLUMNS.values())
        raise Malformed(f"{file}: a sheet of own tasks needs the columns {columns}")
    units = Words(vocabulary).units
    tasks: list[dict[str, Any]] = []
    for number, row in enumerate(rows[1:], start=2):
        cells = {
            field: normalise_text(row[place]) if place is not None and place < len(row) else ""
            for field, place in places.items()
        }
        if any(cells.values()):
            task = _read_task(f"{file}, row {number}", cells, units, year)
            tasks.append({"id": cells["id"] or f"task-{len(tasks) + 1}", **task})
    if not tasks:
        raise Malformed(f"{file}: there is no task in it")
    return tasks


def _find(heads: list[str], words: tuple[str, ...]) -> int | None:
    return next((heads.index(word) for word in words if word in heads), None)


def _read_task(where: str, cells: dict[str, str], units: dict[str, str], year: int) -> dict[str, Any]:
    unit = units.get(normalise_word(cells["unit"]))
    count = normalise_whole(normalise_symbols(cells["count"]))
    if unit is None:
        raise Malformed(f"{where}: found {cells['unit']!r}, expected a unit's name or id")
    if not cells["title"]:
        raise Malformed(f"{where}: the task has no title")
    if not (count.isascii() and count.isdigit() and len(count) < 7 and int(count)):
        raise Malformed(f"{where}: found {cells['count']!r}, expected a number, 1 or more")
    try:
        weights = parse_months(cells["months"], year=year)
    except Unread:
        raise Malformed(f"{where}: found {cells['months']!r}, expected months of {year}") from None
    return {"unit": unit, "title": cells["title"], "count": int(count), "weights": weights}
