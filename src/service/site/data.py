"""Open data: what may be downloaded, each file made when it is asked for.

data/results.csv, .json …          the announcements, by the national columns
data/targets-<year>.csv, .json     the target roster, as far as its fields are public
data/officers-<year>.csv, .json    the officer rosters, by ids that say nothing
data/search.json                   what the search page finds, for its script in the exported site
data/bundles/<slot>.zip            a draw's bundle, slot written with - for /
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ledger.audit.bundle import derive_bundle
from ledger.audit.container import format_container
from ledger.cli.announcing import (
    ITEM_COLUMNS,
    PLAN_COLUMNS,
    RESULT_COLUMNS,
    TASK_COLUMNS,
    derive_items,
    derive_plans,
    derive_results,
    derive_tasks,
    format_csv,
    format_json,
)
from ledger.office.record import Record
from ledger.views.registries import REGISTRIES

from ..published import Published
from .searching import list_hits

Make = Callable[[], bytes]

TARGET_COLUMNS = ["id", "name", "sub_roster", "status", "street", "tags", "risk", "scale", "listed", "entry"]
OFFICER_COLUMNS = ["roster", "id", "unit", "certificate_until", "on_establishment", "in_post", "enrolled"]


def _registry(record: Record, name: str, year: int) -> Callable[[], list[dict[str, Any]]]:
    def derive() -> list[dict[str, Any]]:
        return [{key: _cell(value) for key, value in row.items()} for row in REGISTRIES[name](record, year)]

    return derive


def _cell(value: Any) -> Any:
    """Return a value as one cell: lists with spaces between, nothing as an empty one."""
    return " ".join(value) if isinstance(value, list) else "" if value is None else value


def list_files(published: Published) -> dict[str, Make]:
    """Return path under `data/` -> how to make the file."""
    record = published.record
    tables: dict[str, tuple[Callable[[], Sequence[Mapping[str, Any]]], Sequence[str]]] = {
        "results": (lambda: derive_results(record), RESULT_COLUMNS),
        "tasks": (lambda: derive_tasks(record), TASK_COLUMNS),
        "plans": (lambda: derive_plans(record), PLAN_COLUMNS),
        "items": (lambda: derive_items(record), ITEM_COLUMNS),
    }
    for year in sorted(record.targets.approved):
        tables[f"targets-{year}"] = _registry(record, "targets", year), TARGET_COLUMNS
    for year in sorted({year for year, _ in record.officers.approved}):
        tables[f"officers-{year}"] = _registry(record, "officers", year), OFFICER_COLUMNS
    found: dict[str, Make] = {"search.json": lambda: format_json(list_hits(published)).encode()}
    for name, (rows, columns) in tables.items():
        found[f"{name}.csv"] = _csv(rows, columns)
        found[f"{name}.json"] = _json(rows)
    for slot, draw in record.draws.by_slot.items():
        if draw.has_outcome:
            found[f"bundles/{slot.replace('/', '-')}.zip"] = _bundle(published, slot)
    return found


def _csv(rows: Callable[[], Sequence[Mapping[str, Any]]], columns: Sequence[str]) -> Make:
    return lambda: format_csv(rows(), columns).encode()


def _json(rows: Callable[[], Sequence[Mapping[str, Any]]]) -> Make:
    return lambda: format_json(rows()).encode()


def _bundle(published: Published, slot: str) -> Make:
    def make() -> bytes:
        entries = [*published.entries()]
        return format_container(derive_bundle(published.record, entries, published.checkpoint, slot))

    return make
