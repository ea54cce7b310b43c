"""Declaring what a sheet gave: one list for each sub-roster or home unit, all in one batch, or nothing.

A list that was declared before is never shortened silently: a part of a roster is added to it, or replaces it, by name.
One that stands in the log already, as it is, is not declared again.
"""

import json
from collections.abc import Collection, Mapping
from typing import Any, Literal

from ledger.cli import steps
from ledger.cli.desk import Desk
from ledger.cli.installation import Installation, seal_private
from ledger.intake import Reading
from ledger.office.compose import Listed, derive_list
from ledger.office.events.body import ListRef
from ledger.office.events.keylists import KeyListDeclared
from ledger.proof.draw import BUREAU
from ledger.proof.errors import Refused
from ledger.store.openings import Openings

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


def is_declared(
    desk: Desk,
    table: Openings,
    before: tuple[ListRef | None, ListRef | None],
    ref: ListRef,
    private: Mapping[str, Mapping[str, str]],
    ids: Collection[str],
) -> bool:
    """Tell whether a list stands in the log as it is to be declared, with the same private values behind its seals.

    before   the list declared before and what is sealed beside it
    ref      the list to declare
    private  id -> field -> value, of the rows of the sheet
    ids      of the rows of the sheet; what is sealed for others is kept anyway
    """
    declared, sealed = before
    if declared != ref:
        return False
    known: dict[str, dict[str, str | None]] = {}
    for row in map(json.loads, desk.record.lists.leaves(sealed) if sealed is not None else ()):
        if row["id"] in ids:
            openings = {field: table.read_seal(value["sealed"]) for field, value in row["fields"].items()}
            known[row["id"]] = {field: opening and opening.value for field, opening in openings.items()}
    return known == {id: dict(fields) for id, fields in private.items() if fields}


def parse_mode(*, add: bool, replace: bool) -> Mode:
    """Return what to do with a list declared before. Raises Refused for both options at once."""
    if add and replace:
        raise Refused("--add and --replace exclude each other")
    return "add" if add else "replace" if replace else "whole"


def declare_rosters(
    installation: Installation, desk: Desk, year: int, reading: Reading, listed: Listed, mode: Mode = "whole"
) -> int | None:
    """Declare one list for each sub-roster, all in one batch; return the last index, None where all stand so already.

    listed  the reading's rows, which are the list itself where they are of one sub-roster
    mode    what to do with a list declared before
    """
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in reading.rows:
        groups.setdefault(row["sub_roster"], []).append(row)
    entries: list[bytes] = []
    with installation.open_openings() as table:
        for name, rows in groups.items():
            private = {row["id"]: reading.private[row["id"]] for row in rows if row["id"] in reading.private}
            sealed, openings = seal_private(f"targets/{year}/{name}", "targets.declared/1", private)
            targets = desk.record.targets
            before = targets.declared.get((year, name)), targets.private.get((year, name))
            whole, sealed = combine(desk, name, before, rows, sealed, mode)
            whole_list = listed if whole is rows and len(groups) == 1 else derive_list(whole)
            if not is_declared(desk, table, before, whole_list.ref, private, {row["id"] for row in rows}):
                table.add(openings)
                entries += steps.prepare_targets(desk, year, name, whole_list, sealed)
    return desk.hand_in(entries)[-1] if entries else None


def declare_key_list(desk: Desk, year: int, name: str, listed: Listed) -> int | None:
    """Declare a list of key enterprises, as its keeper; return the index, None where it stands so already."""
    if desk.record.keylists.declared.get((year, name)) == listed.ref:
        return None
    owner = desk.policy.key_lists[name].owner
    body = KeyListDeclared(year=year, key_list=name, list=listed.ref)
    event = ("keylist.declared/1", f"keylists/{year}/{name}", body, owner, desk.second(BUREAU, owner))
    parts = desk.prepare_list(owner, listed)
    if desk.draft is not None:  # the rows may go ahead: they say nothing until the two signatures cite them
        desk.log.append(parts)
        return desk.submit(*event)
    return desk.hand_in([*parts, desk.prepare(*event)])[-1]


def declare_units(
    installation: Installation, desk: Desk, year: int, reading: Reading, mode: Mode = "whole"
) -> int | None:
    """Declare one list of officers for each home unit, in one batch; return the last index, None as above."""
    units: dict[str, list[dict[str, Any]]] = {}
    for row in reading.rows:
        units.setdefault(row["unit"], []).append(row)
    entries: list[bytes] = []
    with installation.open_openings() as table:
        for unit, rows in units.items():
            roster = desk.policy.units[unit].office
            private = {row["id"]: reading.private[row["id"]] for row in rows if row["id"] in reading.private}
            sealed, openings = seal_private(f"officers/{year}/{roster}/of/{unit}", "officers.declared/1", private)
            key, officers = (year, roster, unit), desk.record.officers
            before = officers.declared.get(key), officers.private.get(key)
            whole, sealed = combine(desk, unit, before, rows, sealed, mode)
            whole_list = derive_list(whole)
            if not is_declared(desk, table, before, whole_list.ref, private, {row["id"] for row in rows}):
                table.add(openings)
                entries += steps.prepare_officers(desk, year, unit, whole_list, sealed)
    return desk.hand_in(entries)[-1] if entries else None
