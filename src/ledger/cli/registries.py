"""`double-random registry` and `disclosure`: what is on the registries, and all that was ever made public.

They need no key, and read a bare copy of the log as well; as it stands, or as it stood.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from ledger.audit.folder import read_log
from ledger.cli.announcing import format_csv
from ledger.cli.options import DEFAULT_FOLDER, AsJson, Folder, Index, Until
from ledger.cli.published import find_log, find_size, read_record
from ledger.cli.speech import print_table, say_json, tr
from ledger.cli.words import (
    CARRIERS,
    DISCLOSURES,
    KEY_STATES,
    OUTCOMES,
    PUBLISHED_KINDS,
    REGISTRIES,
    ROLES,
    TARGET_RISKS,
    TARGET_SCALES,
    TARGET_STATUSES,
    VOID_REASONS,
    WITHDRAWALS,
    Meanings,
    join,
    list_meanings,
    name,
    name_unit,
)
from ledger.office.policy import Policy
from ledger.proof.errors import Refused
from ledger.views import registries
from ledger.views.disclosure import Disclosed, list_disclosed

AsCsv = Annotated[
    bool, typer.Option("--csv", help=tr("输出 CSV，供电子表格使用", "print CSV, for spreadsheets; the columns by id"))
]
Row = Mapping[str, Any]
Column = tuple[str, str, Callable[[Any], str]]
"""Key, heading, and how its value is shown."""


def _plain(value: Any) -> str:
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return tr("是", "yes") if value else tr("否", "no")
    if isinstance(value, list):
        return join([str(one) for one in value]) or "—"
    return str(value)


def _meant(meanings: Meanings) -> Callable[[Any], str]:
    return lambda value: name(meanings, value) if value in meanings else _plain(value)


def _columns(which: str, policy: Policy) -> list[Column]:
    """Return the columns that a registry shows to people; programs get all."""

    def unit(value: Any) -> str:
        return "—" if value is None else name_unit(policy, value)

    def sub_roster(value: Any) -> str:
        names = policy.sub_rosters[value].names if value in policy.sub_rosters else None
        return tr(names.zh, names.en) if names else value

    def duties(value: list[str]) -> str:
        told = []
        for role, _, of in (duty.partition(" ") for duty in value):
            over = sub_roster(of) if role in ("owner", "host") else unit(of or None)
            told.append(name(ROLES, role) + (tr(over, f" {over}") if of else ""))
        return tr("；", "; ").join(told) or "—"

    shown: dict[str, list[Column]] = {
        "targets": [
            ("id", tr("代码", "code"), _plain),
            ("name", tr("名称", "name"), _plain),
            ("sub_roster", tr("专项库", "sub-roster"), sub_roster),
            ("status", tr("状态", "status"), _meant(TARGET_STATUSES)),
            ("street", tr("街道", "street"), unit),
            ("risk", tr("风险", "risk"), _meant(TARGET_RISKS)),
            ("scale", tr("规模", "scale"), _meant(TARGET_SCALES)),
            ("entry", tr("条目", "entry"), _plain),
        ],
        "officers": [
            ("roster", tr("名录库", "roster"), unit),
            ("id", tr("编号", "id"), _plain),
            ("unit", tr("单位", "unit"), unit),
            ("certificate_until", tr("证件有效期至", "certified-until"), _plain),
            ("in_post", tr("在岗", "in-post"), _plain),
            ("enrolled", tr("入库", "enrolled"), _plain),
        ],
        "items": [
            ("id", tr("编号", "id"), _plain),
            ("content", tr("内容", "content"), _plain),
            ("basis", tr("依据", "basis"), _plain),
            ("basis_edition", tr("依据版本", "basis-edition"), _plain),
            ("method", tr("方式", "method"), _plain),
            ("authority", tr("主体", "authority"), _plain),
        ],
        "keys": [
            ("unit", tr("单位", "unit"), unit),
            ("key", tr("密钥", "key"), _plain),
            ("state", tr("状态", "state"), _meant(KEY_STATES)),
            ("enrolled", tr("登记于", "enrolled"), _plain),
            ("revoked", tr("撤销于", "revoked"), _plain),
        ],
        "units": [
            ("id", tr("编号", "id"), _plain),
            (tr("name_zh", "name_en"), tr("名称", "name"), _plain),
            ("office", tr("机关", "office"), unit),
            ("has_key", tr("有密钥", "has-key"), _plain),
            ("duties", tr("职责", "duties"), duties),
        ],
    }
    return shown[which]


def show_rows(rows: Sequence[Row], columns: Sequence[Column], as_json: bool, as_csv: bool) -> None:
    """Print rows: as JSON or CSV whole, for people the columns given. Raises Refused where both were asked for."""
    if as_json and as_csv:
        raise Refused("--json and --csv: one of the two")
    if as_json:
        say_json(rows)
    elif as_csv:
        cells = [{key: _cell(value) for key, value in row.items()} for row in rows]
        typer.echo(format_csv(cells, [*rows[0]] if rows else [key for key, _, _ in columns]), nl=False)
    else:
        print_table([head for _, head, _ in columns], [[show(row[key]) for key, _, show in columns] for row in rows])


def _cell(value: Any) -> str:
    """Return a value as a cell of CSV: lists with semicolons, yes and no as true and false, nothing as nothing."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return ";".join(value) if isinstance(value, list) else "" if value is None else str(value)


def registry_command(
    which: Annotated[str, typer.Argument(help=list_meanings(REGISTRIES))],
    year: Annotated[
        int | None,
        typer.Option(metavar="YEAR", help=tr("名录的年度，默认最新", "of the rosters; the newest if none is given")),
    ] = None,
    folder: Folder = DEFAULT_FOLDER,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    at: Index = None,
    until: Until = None,
) -> None:
    """List what is on a registry, as far as the policy makes it public."""
    if which not in REGISTRIES:
        raise Refused(f"registry {which}: expected {', '.join(REGISTRIES)}")
    record = read_record(folder, at, until)
    rows = registries.REGISTRIES[which](record, year)
    show_rows(rows, _columns(which, registries.find_policy(record)), as_json, as_csv)


def disclosure_command(
    kind: Annotated[
        str | None, typer.Option(metavar="KIND", help=tr("只看：", "of one kind only: ") + list_meanings(DISCLOSURES))
    ] = None,
    folder: Folder = DEFAULT_FOLDER,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    at: Index = None,
    until: Until = None,
) -> None:
    """List every publication, correction, withdrawal, void and redraw, with the index of its entry."""
    if kind is not None and kind not in DISCLOSURES:
        raise Refused(f"kind {kind}: expected {', '.join(DISCLOSURES)}")
    rows = [row.fields() for row in read_disclosed(folder, at, until) if kind in (None, row.kind)]
    columns: list[Column] = [
        ("index", tr("条目", "entry"), _plain),
        ("day", tr("日期", "day"), _plain),
        ("kind", tr("事项", "what"), _meant(DISCLOSURES)),
        ("subject", tr("记录", "subject"), _plain),
        ("what", tr("内容", "content"), _meant({**OUTCOMES, **PUBLISHED_KINDS})),
        ("reason", tr("理由", "reason"), _meant({**VOID_REASONS, **WITHDRAWALS})),
        ("carriers", tr("载体", "carriers"), lambda value: join([name(CARRIERS, one) for one in value]) or "—"),
        ("changes", tr("针对条目", "of-entry"), _plain),
        ("is_late", tr("逾期", "late"), _plain),
    ]
    show_rows(rows, columns, as_json, as_csv)


def read_disclosed(folder: Path, at: int | None = None, until: str | None = None) -> list[Disclosed]:
    """Return the disclosure log of the log at a folder, as it stands or stood."""
    _, entries = read_log(find_log(folder))
    return list_disclosed(islice(entries, find_size(folder, at, until)))
