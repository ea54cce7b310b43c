"""Open data: what may be downloaded, each file made when it is asked for.

data/results.csv, .json …          the announcements, by the national columns
data/targets-<year>.csv, .json     the target roster, as far as its fields are public
data/officers-<year>.csv, .json    the officer rosters, by ids that say nothing
data/bundles/<slot>.zip            a draw's bundle, slot written with - for /
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ledger.audit.bundle import derive_bundle
from ledger.audit.container import format_container
from ledger.audit.folder import StoredEntries
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
from ledger.office.masking import SEALED_NAME, mask_name

from ..published import Published

Make = Callable[[], bytes]

TARGET_COLUMNS = ["code", "name", "sub_roster", "street", "status", "risk", "scale", "tags"]
OFFICER_COLUMNS = ["id", "unit", "certificate_until", "in_post", "on_establishment", "enrolled"]


def show_name(word: str, name: str | None) -> str:
    """Return an enterprise's name as the policy's word for names lets it be shown; None is one that is sealed."""
    if name is None:
        return SEALED_NAME
    return {"public": name, "masked": mask_name(name)}.get(word, "")


def list_targets(published: Published, year: int) -> list[dict[str, Any]]:
    """Return a year's enterprises in the order of their codes, as far as the policy publishes them."""
    word = published.policy.publication.name
    rows = []
    for code, listing in sorted(published.record.targets.approved.get(year, {}).items()):
        target = listing.newest
        name = show_name(word, target.name)
        rows.append(
            {
                "code": code,
                "name": name,
                "sub_roster": target.sub_roster,
                "street": target.street or "",
                "status": target.status,
                "risk": target.risk or "",
                "scale": target.scale or "",
                "tags": " ".join(target.tags or ()),
            }
        )
    return rows


def list_officers(published: Published, year: int) -> list[dict[str, Any]]:
    """Return a year's officers by id; names, numbers and whatever else is sealed are not there."""
    rosters = published.record.officers.rosters(year)
    everyone = {id: officer for officers in rosters.values() for id, officer in officers.items()}
    return [{name: getattr(officer, name) for name in OFFICER_COLUMNS} for _, officer in sorted(everyone.items())]


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
        tables[f"targets-{year}"] = (lambda year=year: list_targets(published, year)), TARGET_COLUMNS  # type: ignore[misc]
        tables[f"officers-{year}"] = (lambda year=year: list_officers(published, year)), OFFICER_COLUMNS  # type: ignore[misc]
    found: dict[str, Make] = {}
    for name, (rows, columns) in tables.items():
        found[f"{name}.csv"] = _csv(rows, columns)
        found[f"{name}.json"] = _json(rows)
    for slot, draw in record.draws.by_slot.items():
        if draw.executed and draw.outcome is not None:
            found[f"bundles/{slot.replace('/', '-')}.zip"] = _bundle(published, slot)
    return found


def _csv(rows: Callable[[], Sequence[Mapping[str, Any]]], columns: Sequence[str]) -> Make:
    return lambda: format_csv(rows(), columns).encode()


def _json(rows: Callable[[], Sequence[Mapping[str, Any]]]) -> Make:
    return lambda: format_json(rows()).encode()


def _bundle(published: Published, slot: str) -> Make:
    def make() -> bytes:
        entries = [*StoredEntries(published.folder, published.size)]
        return format_container(derive_bundle(published.record, entries, published.checkpoint, slot))

    return make
