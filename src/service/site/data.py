"""Open data: what may be downloaded, each file made when it is asked for.

data/results.csv, .json …          the announcements, by the national columns
data/targets-<year>.csv, .json     the target roster, as far as its fields are public
data/officers-<year>.csv, .json    the officer rosters, by ids that say nothing
data/units.csv, .json              units and duties; keys.csv, .json: their keys
data/overdue.csv, .json            what is overdue; disclosures.csv, .json: all that was made public and changed
data/statistics-<year>.json        a year's statistics
data/search.json                   what the search page finds, for its script in the exported site
data/bundles/<slot>.zip            a draw's bundle, slot written with - for /
data/log.vkey                      the log's key
data/trust.txt                     whom to trust, as `log policy` prints it: the log's key, its own policy's witnesses
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
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
from ledger.cli.installation import format_policy_file
from ledger.cli.steering import hide_unpublished
from ledger.office.record import Record
from ledger.proof.note import format_vkey
from ledger.views.registries import REGISTRIES

from ..public import derived
from ..published import Published
from .language import Language
from .naming import name_slot
from .page import Context
from .searching import list_hits

Make = Callable[[], bytes]

TARGET_COLUMNS = ["id", "name", "sub_roster", "status", "street", "tags", "risk", "scale", "listed", "entry"]
OFFICER_COLUMNS = ["roster", "id", "unit", "certificate_until", "on_establishment", "in_post", "enrolled"]
UNIT_COLUMNS = ["id", "name_zh", "name_en", "office", "duties", "has_key"]
KEY_COLUMNS = ["key", "unit", "state", "enrolled", "revoked", "vkey"]
OVERDUE_COLUMNS = ["due", "kind", "subject", "unit", "is_provisional"]
DISCLOSURE_COLUMNS = [
    "index",
    "day",
    "kind",
    "subject",
    "unit",
    "what",
    "reason",
    "carriers",
    "changes",
    "due",
    "is_late",
    "is_provisional",
]

TITLES = {
    "items": ("抽查事项清单", "Check items"),
    "plans": ("抽查计划公告", "Plans"),
    "tasks": ("抽查任务公告", "Draws"),
    "results": ("抽查结果公告", "Results"),
    "targets": ("检查对象名录", "Target roster"),
    "officers": ("执法人员名录", "Officer rosters"),
    "units": ("各单位及职责", "Units and their duties"),
    "keys": ("各单位密钥", "The units' keys"),
    "disclosures": ("公开、更正和撤回的记录", "All that was made public, corrected or withdrawn"),
    "overdue": ("逾期事项", "What is overdue"),
    "statistics": ("统计", "Statistics"),
    "search": ("检索所用的索引", "The index that the search page uses"),
}
"""Name of a file, without its year -> what is in it; in the order of the page."""

MEANINGS = {
    "items": ("可以检查的全部事项、依据和方式", "everything that may be inspected, on what basis and how"),
    "plans": ("每项计划的范围、比例和次数", "what each plan covers, how many it takes and when"),
    "tasks": ("每次抽取一行", "a row for each draw"),
    "results": ("每件已公开的检查一行，代码用全国公告的", "a row for each published inspection, in the national codes"),
    "targets": ("每户企业一行，只含可以公开的字段", "a row for each enterprise, its public fields only"),
    "officers": ("每名执法人员一行，编号代替姓名", "a row for each officer, by an id that stands for the name"),
    "units": ("每个单位一行：属于哪个机关，负责什么", "a row for each unit: its office and what it is charged with"),
    "keys": ("每把登记过的签名密钥一行，吊销的也在", "a row for each key ever enrolled, revoked ones too"),
    "disclosures": ("每次公开、更正、撤回一行，按日志次序", "a row for each, in the log's order"),
    "overdue": ("到期应办而日志中没有的事项", "what was due and does not stand in the log"),
    "statistics": ("搭档、任务数、签号、排除、回避的计数", "counts of pairs, loads, tickets, exclusions, recusals"),
    "search": ("静态副本的检索页所读", "what the search page of a static copy reads"),
}
"""Name of a file, without its year -> what one finds there, in a few words."""


def _registry(record: Record, name: str, year: int | None) -> Callable[[], list[dict[str, Any]]]:
    def derive() -> list[dict[str, Any]]:
        return [{key: _cell(value) for key, value in row.items()} for row in REGISTRIES[name](record, year)]

    return derive


def _cell(value: Any) -> Any:
    """Return a value as one cell: a list with spaces between, or semicolons where spaces stand in it; none is empty."""
    if isinstance(value, list):
        return ("; " if any(" " in one for one in value) else " ").join(value)
    return "" if value is None else value


def list_files(published: Published) -> dict[str, Make]:
    """Return path under `data/` -> how to make the file."""
    record = published.record
    tables: dict[str, tuple[Callable[[], Sequence[Mapping[str, Any]]], Sequence[str]]] = {
        "results": (lambda: derive_results(record), RESULT_COLUMNS),
        "tasks": (lambda: derive_tasks(record), TASK_COLUMNS),
        "plans": (lambda: derive_plans(record), PLAN_COLUMNS),
        "items": (lambda: derive_items(record), ITEM_COLUMNS),
        "units": (_registry(record, "units", None), UNIT_COLUMNS),
        "keys": (_registry(record, "keys", None), KEY_COLUMNS),
        "overdue": (lambda: _overdue(published), OVERDUE_COLUMNS),
        "disclosures": (lambda: _disclosures(published), DISCLOSURE_COLUMNS),
    }
    for year in sorted(record.targets.approved):
        tables[f"targets-{year}"] = _registry(record, "targets", year), TARGET_COLUMNS
    for year in sorted({year for year, _ in record.officers.approved}):
        tables[f"officers-{year}"] = _registry(record, "officers", year), OFFICER_COLUMNS
    drawn_in = sorted({int(draw.month[:4]) for draw in record.draws.by_slot.values()})
    found: dict[str, Make] = {f"statistics-{year}.json": partial(_statistics, published, year) for year in drawn_in}
    log_key = record.log_key
    if log_key is not None:
        found["log.vkey"] = f"{format_vkey(log_key)}\n".encode
    found["search.json"] = lambda: format_json(list_hits(published)).encode()
    found["trust.txt"] = lambda: derive_trust(published).encode()
    for name, (rows, columns) in tables.items():
        found[f"{name}.csv"] = _csv(rows, columns)
        found[f"{name}.json"] = _json(rows)
    for slot, draw in record.draws.by_slot.items():
        if draw.has_outcome:
            found[name_bundle(slot)] = _bundle(published, slot)
    return found


def describe_files(published: Published, t: Language) -> Context:
    """Return what the page of data shows: `tables` with title, meaning, year, rows and files, `bundles` with names."""
    titles, files, counts = list(TITLES), list_files(published), _count_rows(published)
    found: dict[tuple[str, str], list[str]] = {}
    for file in files:
        name, _, year = file.rpartition(".")[0].partition("-")
        if name in TITLES:
            found.setdefault((name, year), []).append(file)
    draws = published.record.draws.by_slot.values()
    return {
        "tables": [
            {
                "title": t.of(TITLES[name]),
                "meaning": t.of(MEANINGS[name]),
                "year": year,
                "rows": counts.get((name, year)),
                "files": sorted(found[name, year]),
            }
            for name, year in sorted(found, key=lambda key: (titles.index(key[0]), key[1]))
        ],
        "bundles": [
            {"name": name_slot(draw.slot, draw.policy, t), "slot": draw.slot, "file": name_bundle(draw.slot)}
            for draw in reversed(draws)
            if draw.has_outcome
        ],
    }


def derive_trust(published: Published) -> str:
    """Return a tlog-policy that trusts this log, its key first, and its own policy's witnesses."""
    record = published.record
    assert record.log_key is not None  # entry 0 names it
    return format_policy_file(record.log_key, record.policy_at(record.attested_now()))


def _count_rows(published: Published) -> dict[tuple[str, str], int]:
    """Return (name, year) -> how many rows a table has, where that is known without making it."""
    record = published.record
    counts = {
        ("tasks", ""): len(record.draws.by_slot),
        ("results", ""): len(derived.list_results(published)),
        ("units", ""): len(published.in_force.units),
        ("keys", ""): len([*record.keys.all()]),
        ("overdue", ""): len(derived.list_overdue(published)),
        ("disclosures", ""): len(derived.list_disclosures(published)),
    }
    counts |= {("targets", str(year)): len(roster) for year, roster in record.targets.approved.items()}
    for (year, _), officers in record.officers.approved.items():
        counts["officers", str(year)] = counts.get(("officers", str(year)), 0) + len(officers)
    return counts


def name_bundle(slot: str) -> str:
    """Return the path of a draw's bundle under `data/`."""
    return f"bundles/{slot.replace('/', '-')}.zip"


def _overdue(published: Published) -> list[dict[str, Any]]:
    """Return what is overdue; whose certificate it is stays out where officers are not public."""
    is_hidden = published.in_force.publication.officers == "internal"
    return [
        {
            "due": one.due,
            "kind": one.kind,
            "subject": "officer" if is_hidden and one.kind == "certificate" else one.subject,
            "unit": one.unit,
            "is_provisional": one.is_provisional,
        }
        for one in derived.list_overdue(published)
    ]


def _disclosures(published: Published) -> list[dict[str, Any]]:
    rows = (row.fields() for row in derived.list_disclosures(published))
    return [{key: _cell(value) for key, value in row.items()} for row in rows]


def _statistics(published: Published, year: int) -> bytes:
    """Return a year's statistics as JSON, without the officers and codes that are not public."""
    facts = hide_unpublished(derived.derive_year(published, year), published.in_force.publication)
    return (json.dumps(facts, ensure_ascii=False, indent=1) + "\n").encode()


def _csv(rows: Callable[[], Sequence[Mapping[str, Any]]], columns: Sequence[str]) -> Make:
    return lambda: format_csv(rows(), columns).encode()


def _json(rows: Callable[[], Sequence[Mapping[str, Any]]]) -> Make:
    return lambda: format_json(rows()).encode()


def _bundle(published: Published, slot: str) -> Make:
    def make() -> bytes:
        entries = [*published.entries()]
        return format_container(derive_bundle(published.record, entries, published.checkpoint, slot))

    return make
