"""Declaring what a sheet gave: one list for each sub-roster or home unit, all in one batch, or nothing.

A list that was declared before is never shortened silently: a part of a roster is added to it, or replaces it, by name.
"""

import json
from typing import Any, Literal

from ledger.cli import steps
from ledger.cli.desk import Desk
from ledger.cli.installation import Installation, seal_private
from ledger.intake import Reading
from ledger.office.compose import Listed
from ledger.office.events.body import ListRef
from ledger.proof.errors import Refused

Mode = Literal["whole", "add", "replace"]
Rows = list[dict[str, Any]]


def combine(
    desk: Desk, name: str, before: tuple[ListRef | None, ListRef | None], rows: Rows, sealed: Rows, mode: Mode
) -> tuple[Rows, Rows]:
    """Return the rows to declare, and the sealed ones beside them, where a list was declared before.

    before  the list declared before and what is sealed beside it
    mode    whole: the new list must hold all of the old one; add: the old one's other rows stay; replace: they go

    Raises Refused where a whole list would silently drop rows: nobody is left off a roster by importing a part of it.
    """
    declared, private = before
    if declared is None or mode == "replace":
        return rows, sealed
    ids = {row["id"] for row in rows}
    others = [row for row in map(json.loads, desk.record.lists.leaves(declared)) if row["id"] not in ids]
    if mode == "whole" and others:
        raise Refused(
            f"{name}: the list declared before has {len(others)} rows that this one lacks, such as {others[0]['id']}; "
            "--add keeps them, --replace drops them"
        )
    kept = {row["id"] for row in others}
    leaves = desk.record.lists.leaves(private) if private is not None else []
    old_sealed = [row for row in map(json.loads, leaves) if row["id"] in kept]
    return ([*others, *rows] if others else rows), [*old_sealed, *sealed]


def parse_mode(*, add: bool, replace: bool) -> Mode:
    """Return what to do with a list declared before. Raises Refused for both options at once."""
    if add and replace:
        raise Refused("--add and --replace exclude each other")
    return "add" if add else "replace" if replace else "whole"


def declare_rosters(
    installation: Installation, desk: Desk, year: int, reading: Reading, listed: Listed, mode: Mode = "whole"
) -> int:
    """Declare one list for each sub-roster, all in one batch; return the last index.

    listed  the reading's rows, which are the list itself where they are of one sub-roster
    mode    what to do with a list declared before
    """
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in reading.rows:
        groups.setdefault(row["sub_roster"], []).append(row)
    entries: list[bytes] = []
    with installation.open_openings() as table:
        for name, rows in groups.items():
            sealed, openings = seal_private(
                f"targets/{year}/{name}",
                "targets.declared/1",
                {row["id"]: reading.private[row["id"]] for row in rows if row["id"] in reading.private},
            )
            table.add(openings)
            declared, private = (
                known.get((year, name)) for known in (desk.record.targets.declared, desk.record.targets.private)
            )
            whole, sealed = combine(desk, name, (declared, private), rows, sealed, mode)
            is_all = whole is rows and len(groups) == 1
            entries += steps.prepare_targets(desk, year, name, listed if is_all else whole, sealed)
    return desk.hand_in(entries)[-1]


def declare_units(installation: Installation, desk: Desk, year: int, reading: Reading, mode: Mode = "whole") -> int:
    """Declare one list of officers for each home unit, all in one batch; return the last index."""
    units: dict[str, list[dict[str, Any]]] = {}
    for row in reading.rows:
        units.setdefault(row["unit"], []).append(row)
    entries: list[bytes] = []
    with installation.open_openings() as table:
        for unit, rows in units.items():
            roster = desk.policy.units[unit].office
            sealed, openings = seal_private(
                f"officers/{year}/{roster}/of/{unit}",
                "officers.declared/1",
                {row["id"]: reading.private[row["id"]] for row in rows if row["id"] in reading.private},
            )
            table.add(openings)
            key = (year, roster, unit)
            declared, private = (
                known.get(key) for known in (desk.record.officers.declared, desk.record.officers.private)
            )
            whole, sealed = combine(desk, unit, (declared, private), rows, sealed, mode)
            entries += steps.prepare_officers(desk, year, unit, whole, sealed)
    return desk.hand_in(entries)[-1]
